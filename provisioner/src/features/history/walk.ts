import type { Logger } from 'pino';
import { DAY_MS } from '../../store/history/history.ts';
import type { ConversationKey, HistoryArchive, HistoryPosition } from '../../store/history/history.ts';
import { VendorError } from '../../vendors/http.ts';
import type { HistoryRepository } from './repository.ts';

export interface WalkResult {
	readonly expired: number;
	readonly moved: number;
	/** Not moved, because the archive has not got them as they are: they are queued. */
	readonly queued: number;
}

export interface WalkDeps {
	readonly repository: HistoryRepository;
	/** null: nothing moves. */
	readonly archive: HistoryArchive | null;
	readonly ttlDays: number;
	/** Younger messages stay in PostgreSQL. */
	readonly keepDays: number;
	/** As many older ones with words stay, too: what the agent reads. */
	readonly keepMessages: number;
	readonly now: () => Date;
	readonly log: Logger;
}

const CONVERSATIONS = 1_000;
const EXPIRED_AT_ONCE = 1_000;
const MOVED_AT_ONCE = 200;

/**
 * One walk over all conversations: what has expired is deleted, and what is old moves to the archive. A message leaves PostgreSQL only when the
 * archive was asked and holds exactly this; one that it lacks, for whatever reason, is queued again, and moves with a later walk. So nothing that was
 * not queued (before the archive was there, while it was switched off) is lost.
 */
export async function walkHistory(deps: WalkDeps, isStopped: () => boolean): Promise<WalkResult> {
	const { repository, log } = deps;
	const daysAgo = (days: number) => new Date(deps.now().getTime() - days * DAY_MS);
	const expiredBy = daysAgo(deps.ttlDays);
	const result = { expired: 0, moved: 0, queued: 0 };
	let { archive } = deps;

	async function expire(conversation: ConversationKey): Promise<void> {
		for (let deleted = EXPIRED_AT_ONCE; deleted === EXPIRED_AT_ONCE && !isStopped(); ) {
			deleted = await repository.deleteExpired(conversation, expiredBy, EXPIRED_AT_ONCE);
			result.expired += deleted;
		}
	}

	async function move(to: HistoryArchive, conversation: ConversationKey, before: HistoryPosition): Promise<void> {
		for (let after: HistoryPosition | null = null; !isStopped(); ) {
			const found = await repository.movable(conversation, after, before, MOVED_AT_ONCE);
			const held = await to.holds(conversation.tenantId, found.map(({ message }) => message));
			const safe = found.filter(({ message }) => held.has(message.id));
			const lacking = found.flatMap(({ message }) => (held.has(message.id) ? [] : [message.id]));
			const last = safe.at(-1)?.message;
			if (last) result.moved += await repository.moved(conversation, safe, last);
			if (lacking.length > 0) await repository.queue(conversation.tenantId, lacking);
			result.queued += lacking.length;
			after = found.at(-1)?.message ?? null;
			if (found.length < MOVED_AT_ONCE) return;
		}
	}

	for (let after = ''; !isStopped(); ) {
		const oldBy = archive === null ? null : daysAgo(deps.keepDays);
		const conversations = await repository.toDo(after, CONVERSATIONS, { expiredBy, oldBy, keep: deps.keepMessages });
		for (const conversation of conversations) {
			if (isStopped()) break;
			if (conversation.hasExpired) await expire(conversation);
			if (archive === null || conversation.movableBefore === null) continue;
			try {
				await move(archive, conversation, conversation.movableBefore);
			} catch (error) {
				if (!(error instanceof VendorError)) throw error;
				log.warn({ code: error.code, reason: error.message }, 'chat history: nothing more moves to MongoDB in this walk');
				archive = null;
			}
		}
		if (conversations.length < CONVERSATIONS) break;
		after = conversations.at(-1)?.conversationId ?? '';
	}
	return result;
}
