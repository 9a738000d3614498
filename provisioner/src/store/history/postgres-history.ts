import type { Database } from '../database.ts';
import { boundedText, DAY_MS } from './history.ts';
import type { ChatHistory, HistoryMessage } from './history.ts';

/** A row of MESSAGE_COLUMNS. */
export interface MessageRow {
	id: string;
	tenant_id: string;
	company_id: string;
	conversation_id: string;
	direction: 'in' | 'out';
	author: string;
	type: string;
	text: string;
	turn_id: string | null;
	sent_at: Date;
}
/** Of `messages m JOIN conversations v`. */
export const MESSAGE_COLUMNS = 'm.id, m.tenant_id, v.company_id, m.conversation_id, m.direction, m.author, m.type, m.text, m.turn_id, m.sent_at';

/** The messages that PostgreSQL holds. They are written where they come and go: by the gateway (ingest_messages, revise_message) and the outbox (outbox_sent_many). */
export function createPostgresHistory(deps: { database: Database; ttlDays: number; now: () => Date }): ChatHistory {
	const { database } = deps;
	const expired = () => new Date(deps.now().getTime() - deps.ttlDays * DAY_MS);
	return {
		async before({ tenantId, conversationId }, place, limit) {
			const { rows } = await database.withTenant(tenantId, (sql) =>
				sql.query<MessageRow>(
					`SELECT ${MESSAGE_COLUMNS} FROM messages m JOIN conversations v ON v.id = m.conversation_id
					 WHERE m.tenant_id = $1 AND m.conversation_id = $2 AND m.sent_at > $3
						AND ($4::timestamptz IS NULL OR (m.sent_at <= $4 AND (m.sent_at < $4 OR m.id COLLATE "C" < $5)))
					 ORDER BY m.sent_at DESC, m.id COLLATE "C" DESC LIMIT $6`,
					[tenantId, conversationId, expired(), place?.sentAt ?? null, place?.id ?? '', limit],
				),
			);
			return rows.map(toHistoryMessage);
		},
		async placeOf({ tenantId, conversationId }, messageId) {
			const { rows } = await database.withTenant(tenantId, (sql) =>
				sql.query<{ sent_at: Date }>('SELECT sent_at FROM messages WHERE tenant_id = $1 AND conversation_id = $2 AND id = $3 AND sent_at > $4', [tenantId, conversationId, messageId, expired()]),
			);
			return rows[0] ? { sentAt: rows[0].sent_at, id: messageId } : null;
		},
	};
}

export function toHistoryMessage(row: MessageRow): HistoryMessage {
	return {
		id: row.id,
		tenantId: row.tenant_id,
		companyId: row.company_id,
		conversationId: row.conversation_id,
		direction: row.direction,
		author: row.author,
		type: row.type,
		text: boundedText(row.text),
		turnId: row.turn_id,
		sentAt: row.sent_at,
	};
}
