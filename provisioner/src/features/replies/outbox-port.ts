import type { Sql } from '../../store/database.ts';

export interface OutboxPart {
	readonly kind: 'text' | 'image' | 'video';
	readonly text: string;
	readonly mediaUrl: string;
}

/** What replies and payments need of the outbox (features/outbox). */
export interface OutboxPort {
	/**
	 * Puts parts into the outbox in the caller's transaction, split to the channel's limits; returns their ids. The same `keyPrefix`
	 * again gives the same ids and adds nothing. `generation` null: sent even when the conversation has gone on.
	 */
	enqueue(
		sql: Sql,
		message: {
			readonly tenantId: string;
			readonly connectionId: string;
			readonly conversationId: string;
			readonly turnId: string | null;
			readonly generation: number | null;
			readonly keyPrefix: string;
			readonly author: string;
			readonly parts: readonly OutboxPart[];
		},
	): Promise<string[]>;
}
