import type { TestDatabase } from '../../../test/database.ts';
import type { Business } from './business.ts';

/** So many turns of as many customers, one message each, due since `agoMs`; as bursts would have left them. Resolves with their ids. */
export async function seedDueTurns(db: TestDatabase, business: Business, count: number, options: { agoMs?: number; name?: string } = {}): Promise<readonly string[]> {
	const { agoMs = 1_000, name = 'due' } = options;
	const values = [`${business.tenantId}_${name}`, count, business.tenantId, business.companyId, business.whatsapp.id];
	await db.asOwner(
		`INSERT INTO conversations (id, tenant_id, company_id, connection_id, chat_id, customer_phone, customer_name, generation)
		 SELECT 'cnv_' || $1 || i, $3, $4, $5, $1 || i || '@c.us', '', '', 1 FROM generate_series(1, $2::int) i`,
		values,
	);
	await db.asOwner(
		`INSERT INTO turns (id, tenant_id, company_id, connection_id, conversation_id, generation, opened_at, flush_at, message_count)
		 SELECT 'trn_' || $1 || i, $3, $4, $5, 'cnv_' || $1 || i, 1, now() - $6::int * interval '1 ms', now() - $6::int * interval '1 ms' + i * interval '1 us', 1
		 FROM generate_series(1, $2::int) i`,
		[...values, agoMs],
	);
	const rows = await db.asOwner<{ turn_id: string }>(
		`INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, type, text, sent_at, turn_id)
		 SELECT 'msg_' || $1 || i, $3, 'cnv_' || $1 || i, $5, 'in', $1 || i, 'text', 'Hola ' || i, now(), 'trn_' || $1 || i FROM generate_series(1, $2::int) i
		 -- One type a parameter.
		 WHERE $4::text IS NOT NULL RETURNING turn_id`,
		values,
	);
	return rows.map(({ turn_id: id }) => id);
}
