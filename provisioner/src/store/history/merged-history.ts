import { comparePlaces } from './history.ts';
import type { ChatHistory, ConversationKey, HistoryPosition } from './history.ts';

/**
 * One history of two. PostgreSQL has the latest messages, as they are; the archive is asked only where a page reaches messages that may be there
 * alone, so that the latest ones are read without it. A message that is in both is PostgreSQL's.
 */
export function createMergedHistory(deps: {
	postgres: ChatHistory;
	archive: ChatHistory;
	/** The latest message that may be in the archive alone; null: none is. */
	movedUpTo(conversation: ConversationKey): Promise<HistoryPosition | null>;
}): ChatHistory {
	const { postgres, archive } = deps;
	return {
		async before(conversation, place, limit) {
			// In this order: what moved before the first query is known to have moved by the second.
			const latest = await postgres.before(conversation, place, limit);
			const moved = await deps.movedUpTo(conversation);
			const last = latest.at(-1);
			const whole = latest.length === limit && last !== undefined;
			if (moved === null || (whole && comparePlaces(moved, last) < 0)) return latest;
			const known = new Set(latest.map(({ id }) => id));
			const older = (await archive.before(conversation, place, limit)).filter(({ id }) => !known.has(id));
			return [...latest, ...older].toSorted((a, b) => comparePlaces(b, a)).slice(0, limit);
		},
		async placeOf(conversation, messageId) {
			const place = await postgres.placeOf(conversation, messageId);
			if (place !== null || (await deps.movedUpTo(conversation)) === null) return place;
			return archive.placeOf(conversation, messageId);
		},
	};
}
