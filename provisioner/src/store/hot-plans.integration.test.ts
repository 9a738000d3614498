import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/database.ts';
import type { TestDatabase } from '../../../test/database.ts';
import { createBusiness } from '../testing/business.ts';
import type { Business } from '../testing/business.ts';

// Statistics of a quiet night, and a backlog in the morning: the partial indexes over what is open look empty to the planner, so that walking one of
// them seems cheaper than looking a row up by its key. It is not.
const OPEN = 1_500;
const TABLES = ['turns', 'outbox', 'messages', 'conversations', 'customer_aliases', 'decisions', 'connections', 'tenants'];
let db: TestDatabase;
let business: Business;
let client: pg.Client;

beforeAll(async () => {
	db = await createTestDatabase();
	business = await createBusiness(db);
	client = new pg.Client({ connectionString: db.ownerUrl });
	await client.connect();
	await ingest('old', range(OPEN));
	await client.query("UPDATE turns SET state = 'done', done_at = now()");
	for (const table of TABLES) await client.query(`VACUUM (ANALYZE) ${pg.escapeIdentifier(table)}`);
	await ingest('open', range(OPEN));
	await ingest('flight', range(OPEN));
	await client.query("UPDATE turns SET state = 'delivered', lease_until = now() + interval '1 hour' WHERE id LIKE 'trn_flight%'");
	await ingest('queued', range(OPEN));
	await client.query("UPDATE turns SET state = 'done', done_at = now() WHERE id LIKE 'trn_queued%'");
	await client.query(
		`INSERT INTO outbox (id, tenant_id, connection_id, conversation_id, turn_id, generation, kind, text, author, idempotency_key)
		 SELECT 'out_' || t.id, t.tenant_id, t.connection_id, t.conversation_id, t.id, t.generation, 'text', 'hello', 'assistant', t.id
		 FROM turns t WHERE t.id LIKE 'trn_queued%'`,
	);
});
afterAll(async () => {
	await client.end();
	await db.close();
});

test.each<[what: string, work: () => Promise<unknown>]>([
	['a first message', () => ingest('new', [1])],
	['one more message of a burst', () => ingest('open', [7], 'more')],
	['a message while the last one is being answered', () => ingest('flight', [8], 'more')],
	['a message while an answer waits to be sent', () => ingest('queued', [9], 'more')],
	['an edited message', () => revise('open', 10, 'edited')],
	['a deleted message', () => revise('open', 11, 'deleted')],
	['an edit of a message that is being answered', () => revise('flight', 12, 'edited')],
	['a transcript', () => client.query("SELECT settle_voice('trn_open13')")],
	['the facts of a turn', () => client.query("SELECT * FROM facts_of_turns(NULL, ARRAY['trn_flight14'])")],
	['a decision', () => client.query("SELECT turn_decided('trn_flight14', NULL, 1000)")],
	['the end of a turn', () => client.query("SELECT turn_finished('trn_flight15')")],
	['a claim of what is due', async () => {
		await client.query("UPDATE turns SET flush_at = now() WHERE id IN ('trn_open19', 'trn_open20')");
		await client.query("SELECT * FROM claim_due_turns(2, 60000, 5)");
	}],
	['what came of a delivery', () => client.query("SELECT settle_deliveries('[{\"id\":\"trn_flight16\",\"attempt\":0,\"taken\":true,\"due_in_ms\":1000}]')")],
	['a part that was sent', () => client.query("SELECT outbox_sent_many('[{\"id\":\"out_trn_queued17\",\"message_id\":\"msg_sent\",\"vendor_message_id\":\"v\"}]')")],
	['a part that was not sent', () => client.query("SELECT outbox_not_sent('out_trn_queued18', 'queued', 'no', 1000, true)")],
])('%s reads its own rows, however many are open', async (_what, work) => {
	await client.query('BEGIN');
	try {
		const before = await rowsRead();
		await work();
		expect((await rowsRead()) - before).toBeLessThan(60);
	} finally {
		await client.query('ROLLBACK');
	}
});

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** By this session, since its figures were last handed in. */
async function rowsRead(): Promise<number> {
	const { rows } = await client.query<{ read: string }>(
		'SELECT sum(coalesce(idx_tup_fetch, 0) + seq_tup_read) AS read FROM pg_stat_xact_user_tables WHERE relname = ANY ($1)',
		[TABLES],
	);
	return Number(rows[0]?.read);
}

function message(group: string, index: number, what = ''): Record<string, unknown> {
	return {
		connection_id: business.whatsapp.id, id: `msg_${group}${index}${what}`, conversation_id: `cnv_${group}${index}`, turn_id: `trn_${group}${index}${what}`,
		vendor_id: `${group}${index}${what}`, address: `${group}${index}@c.us`, address_kind: 'phone', phone: '', name: '', type: 'text', text: 'hello', media: null,
		sent_at: '2026-01-01T00:00:00Z', vendor_order: 1, quiet_ms: 60_000, max_wait_ms: 300_000, max_messages: 20, policy: 'supersede', flush: false,
		voice_wait_ms: 0, traceparent: '',
	};
}

async function ingest(group: string, indexes: readonly number[], what = ''): Promise<void> {
	await client.query('SELECT * FROM ingest_messages($1)', [JSON.stringify(indexes.map((index) => message(group, index, what)))]);
}

async function revise(group: string, index: number, kind: 'edited' | 'deleted'): Promise<void> {
	const { rows } = await client.query<{ outcome: string }>('SELECT * FROM revise_message($1)', [JSON.stringify({ ...message(group, index), id: `msg_${kind}`, turn_id: `trn_${kind}`, kind, at: '2026-01-01T00:01:00Z' })]);
	expect(rows.map(({ outcome }) => outcome)).toEqual(['revised']);
}
