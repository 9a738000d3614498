/** One message of a conversation, in or out, as people read it later. */
export interface HistoryMessage {
	readonly id: string;
	readonly tenantId: string;
	readonly companyId: string;
	readonly conversationId: string;
	readonly direction: 'in' | 'out';
	/** customer, assistant or operator */
	readonly author: string;
	readonly type: string;
	/** At most MOST_TEXT UTF-16 units. */
	readonly text: string;
	readonly turnId: string | null;
	/** To the millisecond. */
	readonly sentAt: Date;
}

export interface ConversationKey {
	readonly tenantId: string;
	readonly conversationId: string;
}

/** A place in a conversation: messages are in the order of their times, those of one millisecond in the order of their ids. */
export interface HistoryPosition {
	readonly sentAt: Date;
	/** '' stands before every message of that time. */
	readonly id: string;
}

/**
 * Where a conversation's messages are read. Every implementation passes test/contracts/chat-history.ts: the tenant stands first in every query, and
 * what has expired is not there, whether or not it has been deleted yet.
 */
export interface ChatHistory {
	/** Newest first: the last `limit` before that place; null: before now and ever. */
	before(conversation: ConversationKey, place: HistoryPosition | null, limit: number): Promise<readonly HistoryMessage[]>;
	/** Where a message stands; null: there is none of that id (any more). */
	placeOf(conversation: ConversationKey, messageId: string): Promise<HistoryPosition | null>;
}

/** A message at a moment of its life: the greater revision is the later one. */
export interface RevisedMessage extends HistoryMessage {
	readonly revision: number;
}

/** What is to be forgotten: a conversation, a company, or all of a tenant. */
export interface ErasureScope {
	readonly tenantId: string;
	readonly companyId?: string;
	readonly conversationId?: string;
}

/** A history beside PostgreSQL's, to which messages are copied. Every function throws VendorError and nothing else. */
export interface HistoryArchive extends ChatHistory {
	/** Makes what it needs to be fast and to let go what expires; done again it changes nothing. */
	prepare(): Promise<void>;
	/**
	 * Stores messages, each under its id: again changes nothing, and an older revision never replaces a newer one. Returns the ids of those that it
	 * did not take; the others are safe.
	 */
	append(messages: readonly RevisedMessage[]): Promise<readonly string[]>;
	/** Those of the messages that it holds exactly as they are given, whatever their revision. Read as safely as `append` wrote. */
	holds(tenantId: string, messages: readonly HistoryMessage[]): Promise<ReadonlySet<string>>;
	erase(scope: ErasureScope): Promise<void>;
}

/** WhatsApp's longest message has so many; a history is no place for longer ones. */
export const MOST_TEXT = 65_536;

/** The text, or as much of it as is kept: cut between characters. */
export function boundedText(text: string): string {
	// No half of a pair at the end.
	return text.length <= MOST_TEXT ? text : text.slice(0, MOST_TEXT - 1).replace(/[\ud800-\udbff]$/, '').concat('…');
}

/** Below 0: `left` stands before `right`. Ids are compared by their bytes, as both stores do. */
export function comparePlaces(left: HistoryPosition, right: HistoryPosition): number {
	return left.sentAt.getTime() - right.sentAt.getTime() || Buffer.compare(Buffer.from(left.id), Buffer.from(right.id));
}

export const DAY_MS = 24 * 60 * 60_000;
