import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { VendorError } from '../../vendors/http.ts';
import type { MongoCollection, StoredDocument } from '../../vendors/mongodb/client.ts';
import { boundedText, DAY_MS } from './history.ts';
import type { HistoryArchive, HistoryMessage, HistoryPosition } from './history.ts';

/** One document a message: a conversation has no end, and a document has (16 MiB). */
const messageDocument = z.object({
	/** `<tenant>/<message>`: the tenant stands first in every key. */
	_id: z.string(),
	tenantId: z.string(),
	companyId: z.string(),
	conversationId: z.string(),
	direction: z.enum(['in', 'out']),
	author: z.string(),
	type: z.string(),
	text: z.string(),
	turnId: z.string().nullable(),
	sentAt: z.date(),
	/** Of the TTL index. The server looks once a minute, so that readers filter, too. */
	expiresAt: z.date(),
	revision: z.number(),
});
type MessageDocument = z.output<typeof messageDocument>;

export const HISTORY_COLLECTION = 'messages';
/** Beside `_id`, whose values begin with the tenant. https://www.mongodb.com/docs/manual/core/index-ttl/ */
export const HISTORY_INDEXES = [
	{ name: 'conversation', key: { tenantId: 1, conversationId: 1, sentAt: 1, _id: 1 } },
	{ name: 'expiry', key: { expiresAt: 1 }, expireAfterSeconds: 0 },
] as const;

/** The messages that MongoDB holds. Makes its indexes before its first write, and again after a failure. */
export function createMongoHistory(deps: { messages: MongoCollection; ttlDays: number; now: () => Date }): HistoryArchive {
	const { messages, now } = deps;
	const ttlMs = deps.ttlDays * DAY_MS;
	let indexed: Promise<void> | undefined;

	/** Also by a shorter time to live than the one that it was stored under. */
	const alive = () => ({ expiresAt: { $gt: now() }, sentAt: { $gt: new Date(now().getTime() - ttlMs) } });

	function ensureIndexes(): Promise<void> {
		indexed ??= messages.createIndexes(HISTORY_INDEXES).catch((error: unknown) => {
			indexed = undefined;
			throw error;
		});
		return indexed;
	}

	function before({ sentAt, id }: HistoryPosition, tenantId: string) {
		// The first condition bounds the walk over the index, the second one decides within a millisecond.
		return { $and: [{ sentAt: { $lte: sentAt } }, { $or: [{ sentAt: { $lt: sentAt } }, { _id: { $lt: keyOf(tenantId, id) } }] }] };
	}

	return {
		prepare: ensureIndexes,
		async before({ tenantId, conversationId }, place, limit) {
			const found = await messages.find({ tenantId, conversationId, ...alive(), ...(place === null ? {} : before(place, tenantId)) }, { sort: { sentAt: -1, _id: -1 }, limit });
			return found.map((document) => toMessage(read(document)));
		},
		async placeOf({ tenantId, conversationId }, messageId) {
			const [found] = await messages.find({ _id: keyOf(tenantId, messageId), tenantId, conversationId, ...alive() }, { limit: 1 });
			return found ? { sentAt: read(found).sentAt, id: messageId } : null;
		},
		async append(given) {
			// Newest last, so that of one message the last one stays; what has expired meanwhile would only be deleted again.
			const fresh = given.filter(({ sentAt }) => sentAt.getTime() + ttlMs > now().getTime()).toSorted((a, b) => a.revision - b.revision);
			if (fresh.length === 0) return [];
			await ensureIndexes();
			const refused = await messages.replaceEach(
				fresh.map((message) => {
					const document: MessageDocument = { ...toDocument(message), expiresAt: new Date(message.sentAt.getTime() + ttlMs), revision: message.revision };
					// One that is there with another revision than an older one is found by its id alone: the insertion fails, and nothing is to be done.
					return { filter: { _id: document._id, tenantId: message.tenantId, revision: { $lt: message.revision } }, document };
				}),
			);
			return refused.map((index) => fresh[index]?.id).filter((id) => id !== undefined);
		},
		async holds(tenantId, asked) {
			const wanted = new Map(asked.map((message) => [keyOf(tenantId, message.id), message]));
			const found = await messages.find({ _id: { $in: [...wanted.keys()] }, tenantId, expiresAt: { $gt: now() } }, { limit: wanted.size, settled: true });
			return new Set(
				found.flatMap((stored) => {
					const { expiresAt: _expiresAt, revision: _revision, ...document } = read(stored);
					const message = wanted.get(document._id);
					return message && isDeepStrictEqual(document, toDocument(message)) ? [message.id] : [];
				}),
			);
		},
		async erase({ tenantId, companyId, conversationId }) {
			await messages.deleteMany({ tenantId, ...(companyId === undefined ? {} : { companyId }), ...(conversationId === undefined ? {} : { conversationId }) });
		},
	};
}

function read(document: StoredDocument): MessageDocument {
	const parsed = messageDocument.safeParse(document);
	if (parsed.success) return parsed.data;
	throw new VendorError('mongodb', 'refused', `mongodb holds a message ${document._id} in a form that is not Concierge's: ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')}`);
}

function keyOf(tenantId: string, messageId: string): string {
	return `${tenantId}/${messageId}`;
}

function toDocument({ id, tenantId, companyId, conversationId, direction, author, type, text, turnId, sentAt }: HistoryMessage): Omit<MessageDocument, 'expiresAt' | 'revision'> {
	return { _id: keyOf(tenantId, id), tenantId, companyId, conversationId, direction, author, type, text: boundedText(text), turnId, sentAt };
}

function toMessage({ _id: key, tenantId, companyId, conversationId, direction, author, type, text, turnId, sentAt }: MessageDocument): HistoryMessage {
	return { id: key.slice(tenantId.length + 1), tenantId, companyId, conversationId, direction, author, type, text, turnId, sentAt };
}
