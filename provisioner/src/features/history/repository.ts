import type { Database, Sql } from '../../store/database.ts';
import type { ConversationKey, HistoryMessage, HistoryPosition, RevisedMessage } from '../../store/history/history.ts';
import { MESSAGE_COLUMNS, toHistoryMessage } from '../../store/history/postgres-history.ts';
import type { MessageRow } from '../../store/history/postgres-history.ts';

/** Entries of history_outgoing for one message, and the message as it is now; null: it has gone. */
export interface OutgoingMessage {
	readonly entries: readonly number[];
	readonly failures: number;
	readonly message: RevisedMessage | null;
}

export interface Erasure {
	readonly id: number;
	readonly tenantId: string;
	/** null: everything of the tenant. */
	readonly conversationId: string | null;
	readonly failures: number;
}

/** What a walk finds to do in a conversation. */
export interface ConversationToDo extends ConversationKey {
	readonly hasExpired: boolean;
	/** What stands before it is old enough to move; null: nothing is. */
	readonly movableBefore: HistoryPosition | null;
}

/** A message as it was read: with another version in the table it has changed meanwhile. */
export interface MessageVersion {
	readonly message: HistoryMessage;
	readonly version: string;
}

type ClaimedRow = { entries: number[]; revision: number; failures: number } & Omit<MessageRow, 'conversation_id'> & { conversation_id: string | null };

/** Of an answer that is under way. */
const OPEN_TURN = `EXISTS (SELECT 1 FROM turns t WHERE t.id = m.turn_id AND t.state IN ('collecting', 'waiting', 'delivering', 'delivered', 'decided'))`;
/** One that was given up may be delivered again, with its messages. */
const DEAD_TURN = `EXISTS (SELECT 1 FROM turns t WHERE t.id = m.turn_id AND t.state = 'dead')`;

export function createHistoryRepository(database: Database) {
	const system = database.system;
	async function nextInMs(queue: 'outgoing' | 'erasures'): Promise<number | null> {
		const { rows } = await system.query<{ ms: number | null }>('SELECT next_history_in_ms($1) AS ms', [queue]);
		return rows[0]?.ms ?? null;
	}
	return {
		nextInMs,
		/** Whether that is a change. */
		async setCopying(on: boolean): Promise<boolean> {
			const { rows } = await system.query<{ changed: boolean }>('SELECT set_history_copying($1) AS changed', [on]);
			return rows[0]?.changed === true;
		},
		async claimOutgoing(limit: number, leaseMs: number): Promise<readonly OutgoingMessage[]> {
			const { rows } = await system.query<ClaimedRow>('SELECT * FROM claim_history($1, $2)', [limit, leaseMs]);
			return rows.map(({ entries, revision, failures, conversation_id: conversationId, ...row }) => ({
				entries: entries.map(Number),
				failures,
				message: conversationId === null ? null : { ...toHistoryMessage({ ...row, conversation_id: conversationId }), revision },
			}));
		},
		async copied(entries: readonly number[]): Promise<void> {
			await system.query('SELECT history_copied($1)', [entries]);
		},
		async notCopied(entries: readonly number[], retryMs: number, failed: boolean): Promise<void> {
			await system.query('SELECT history_not_copied($1, $2, $3)', [entries, Math.ceil(retryMs), failed]);
		},
		async claimErasures(limit: number, leaseMs: number): Promise<readonly Erasure[]> {
			const { rows } = await system.query<{ id: number; tenant_id: string; conversation_id: string | null; failures: number }>('SELECT * FROM claim_history_erasures($1, $2)', [limit, leaseMs]);
			return rows.map(({ id, tenant_id: tenantId, conversation_id: conversationId, failures }) => ({ id, tenantId, conversationId, failures }));
		},
		async erased(id: number, againMs: number): Promise<void> {
			await system.query('SELECT history_erased($1, $2)', [id, againMs]);
		},
		async notErased(id: number, retryMs: number, failed: boolean): Promise<void> {
			await system.query('SELECT history_not_erased($1, $2, $3)', [id, Math.ceil(retryMs), failed]);
		},
		/** The tenant was erased; once more in `inMs`, for what was on its way. */
		async eraseTenantAgain(tenantId: string, inMs: number): Promise<void> {
			await database.withTenant(tenantId, (sql) =>
				sql.query(`INSERT INTO history_erasures (tenant_id, again, next_attempt_at) VALUES ($1, true, clock_timestamp() + make_interval(secs => $2 / 1000.0))`, [tenantId, inMs]),
			);
		},
		/** null: all of the conversation is in PostgreSQL. */
		async movedUpTo({ tenantId, conversationId }: ConversationKey): Promise<HistoryPosition | null> {
			const { rows } = await database.withTenant(tenantId, (sql) =>
				sql.query<{ sent_at: Date; message_id: string }>('SELECT sent_at, message_id FROM history_moved WHERE tenant_id = $1 AND conversation_id = $2', [tenantId, conversationId]),
			);
			return rows[0] ? { sentAt: rows[0].sent_at, id: rows[0].message_id } : null;
		},
		/** true: this process shall walk now, and none within `everyMs`. */
		async claimWalk(everyMs: number): Promise<boolean> {
			const { rowCount } = await system.query(
				'UPDATE history_walks SET next_at = clock_timestamp() + make_interval(secs => $1 / 1000.0) WHERE next_at <= clock_timestamp()', [everyMs],
			);
			return rowCount === 1;
		},
		async nextWalkInMs(): Promise<number | null> {
			const { rows } = await system.query<{ ms: number }>(`SELECT extract(epoch FROM greatest(next_at, clock_timestamp()) - clock_timestamp())::double precision * 1000 AS ms FROM history_walks`);
			return rows[0]?.ms ?? null;
		},
		/** The next conversations after that id, up to `limit`; fewer: there are no more. `oldBy` null: nothing moves. */
		async toDo(afterId: string, limit: number, by: { expiredBy: Date; oldBy: Date | null; keep: number }): Promise<readonly ConversationToDo[]> {
			const { rows } = await system.query<{ tenant_id: string; conversation_id: string; expired: boolean; kept_sent_at: Date | null; kept_id: string | null }>(
				'SELECT * FROM history_to_do($1, $2, $3, $4, $5)', [afterId, limit, by.expiredBy, by.oldBy, by.keep],
			);
			return rows.map((row) => ({
				tenantId: row.tenant_id,
				conversationId: row.conversation_id,
				hasExpired: row.expired,
				movableBefore: row.kept_sent_at && row.kept_id !== null ? { sentAt: row.kept_sent_at, id: row.kept_id } : null,
			}));
		},
		/** How many; fewer than `most`: there are no more. One whose answer is under way stays until that has ended. */
		async deleteExpired({ tenantId, conversationId }: ConversationKey, expiredBy: Date, most: number): Promise<number> {
			const { rowCount } = await database.withTenant(tenantId, (sql) =>
				sql.query(
					`DELETE FROM messages WHERE id IN (
						SELECT m.id FROM messages m WHERE m.tenant_id = $1 AND m.conversation_id = $2 AND m.sent_at <= $3 AND NOT ${OPEN_TURN} ORDER BY m.sent_at LIMIT $4)`,
					[tenantId, conversationId, expiredBy, most],
				),
			);
			return rowCount ?? 0;
		},
		/** Oldest first, between two places. */
		async movable({ tenantId, conversationId }: ConversationKey, after: HistoryPosition | null, before: HistoryPosition, most: number): Promise<readonly MessageVersion[]> {
			const { rows } = await database.withTenant(tenantId, (sql) =>
				sql.query<MessageRow & { version: string }>(
					`SELECT ${MESSAGE_COLUMNS}, m.xmin::text AS version FROM messages m JOIN conversations v ON v.id = m.conversation_id
					 WHERE m.tenant_id = $1 AND m.conversation_id = $2 AND (m.sent_at, m.id) < ($3, $4) AND (m.sent_at, m.id) > ($5, $6) AND NOT ${OPEN_TURN} AND NOT ${DEAD_TURN}
					 ORDER BY m.sent_at, m.id LIMIT $7`,
					[tenantId, conversationId, before.sentAt, before.id, after?.sentAt ?? '-infinity', after?.id ?? '', most],
				),
			);
			return rows.map(({ version, ...row }) => ({ message: toHistoryMessage(row), version }));
		},
		/** Deletes those that are as they were read, and notes up to where the conversation has moved. How many. */
		moved({ tenantId, conversationId }: ConversationKey, messages: readonly MessageVersion[], upTo: HistoryPosition): Promise<number> {
			return database.withTenant(tenantId, async (sql) => {
				await sql.query(
					`INSERT INTO history_moved AS k (conversation_id, tenant_id, sent_at, message_id) VALUES ($1, $2, $3, $4)
					 ON CONFLICT (conversation_id) DO UPDATE SET sent_at = excluded.sent_at, message_id = excluded.message_id WHERE (k.sent_at, k.message_id) < (excluded.sent_at, excluded.message_id)`,
					[conversationId, tenantId, upTo.sentAt, upTo.id],
				);
				const { rowCount } = await sql.query(
					'DELETE FROM messages m USING unnest($1::text[], $2::text[]) AS r (id, version) WHERE m.id = r.id AND m.tenant_id = $3 AND m.xmin::text = r.version',
					[messages.map(({ message }) => message.id), messages.map(({ version }) => version), tenantId],
				);
				return rowCount ?? 0;
			});
		},
		async queue(tenantId: string, messageIds: readonly string[]): Promise<void> {
			await database.withTenant(tenantId, (sql: Sql) => sql.query('INSERT INTO history_outgoing (tenant_id, message_id) SELECT $1, id FROM unnest($2::text[]) AS id', [tenantId, messageIds]));
		},
	};
}

export type HistoryRepository = ReturnType<typeof createHistoryRepository>;
