import type { TurnEvent } from '../../../../core/conversation/turn-event.ts';
import type { Sql } from '../../store/database.ts';

/** A turn that may still be answered, with its conversation. */
export interface OpenTurn {
	readonly event: TurnEvent;
	readonly conversation: {
		readonly id: string;
		readonly chatId: string;
		/** Digits, or ''. */
		readonly customerPhone: string;
		readonly state: 'bot' | 'human';
		readonly generation: number;
		/** core/agent/session.ts, or {} before the first answer. */
		readonly session: unknown;
	};
}

/** What the turn API needs of the turn scheduler (features/turns). `sql` is a session of the turn's tenant. */
export interface TurnPort {
	/** How long n8n may take from one step of a turn to the next. */
	readonly leaseMs: number;
	/** @throws AppError `turn_not_found` (404), `turn_superseded`, `turn_closed` (409) */
	loadOpenTurn(sql: Sql, turnId: string): Promise<OpenTurn>;
	/** The agent is at work on the turn: what the customer writes from now on does not join it, and its lease begins anew. */
	markRead(sql: Sql, turnId: string): Promise<void>;
	markDecided(sql: Sql, turnId: string, executionId: string | null): Promise<void>;
	/** The turn is answered (or shall not be): nothing follows. */
	finish(sql: Sql, turnId: string): Promise<void>;
}

/**
 * Holds the conversation's row until the transaction ends: decision, checkout, reply and payment of one conversation happen one after
 * the other. Taken before any other row of it, so that two of them can't wait for each other.
 */
export async function lockConversationOfTurn(sql: Sql, turnId: string): Promise<void> {
	await sql.query('SELECT 1 FROM conversations WHERE id = (SELECT conversation_id FROM turns WHERE id = $1) FOR NO KEY UPDATE', [turnId]);
}

export async function lockConversation(sql: Sql, conversationId: string): Promise<void> {
	await sql.query('SELECT 1 FROM conversations WHERE id = $1 FOR NO KEY UPDATE', [conversationId]);
}
