import type pg from 'pg';

/** Messages of one conversation, on average. */
const MESSAGES_EACH = 10;

/**
 * A past: conversations of all connections with their addresses, turns, answers and messages, over ninety days. Customers are those whom the
 * load generator sends as (customer n writes to connection n modulo connections, in the order of their ids). Some have written hundreds of times, most a few.
 * Made by statements of the database, with every foreign key checked, and analysed at the end.
 */
export async function storeHistory(database: pg.Pool, messages: number): Promise<void> {
	const conversations = Math.max(1, Math.round(messages / MESSAGES_EACH));
	await database.query(`
		CREATE TEMP TABLE account AS
			SELECT row_number() OVER (ORDER BY id COLLATE "C") - 1 AS nr, id, tenant_id, company_id FROM connections;
		CREATE UNIQUE INDEX ON account (nr)`);
	// newId of the service: time, then chance. Index pages fill as they would have.
	await database.query(`
		CREATE FUNCTION pg_temp.made_id(prefix text, at timestamptz, nr bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
			SELECT prefix || '_' || lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || left(md5(prefix || nr), 16) $$`);
	await database.query(
		`INSERT INTO conversations (id, tenant_id, company_id, connection_id, chat_id, customer_phone, customer_name, generation, created_at, last_message_at)
		 SELECT pg_temp.made_id('cnv', now() - interval '90 days', n), a.tenant_id, a.company_id, a.id, (34600000000 + n)::text || '@c.us', (34600000000 + n)::text,
			'Customer ' || n, 3, now() - interval '90 days', now() - random() * interval '90 days'
		 FROM generate_series(0, $1::bigint - 1) n JOIN account a ON a.nr = n % (SELECT count(*) FROM account)`,
		[conversations],
	);
	await database.query('INSERT INTO customer_aliases (tenant_id, connection_id, alias, conversation_id) SELECT tenant_id, connection_id, chat_id, id FROM conversations');
	// A fifth of the messages are answers: four messages in, one out, make a turn.
	await database.query(`
		CREATE TEMP TABLE talker AS SELECT row_number() OVER (ORDER BY id) - 1 AS nr, id, tenant_id, company_id, connection_id, chat_id FROM conversations;
		CREATE UNIQUE INDEX ON talker (nr)`);
	await database.query(`
		CREATE TEMP TABLE talk AS
			SELECT n, t.*, at, pg_temp.made_id('trn', at, n) AS turn_id
			FROM (SELECT n, floor(${conversations} * power(random(), 1.7))::bigint AS who, now() - random() * interval '90 days' AS at
				FROM generate_series(1, ${Math.round(messages / 5)}) n) s
			JOIN talker t ON t.nr = s.who`);
	await database.query(`
		INSERT INTO turns (id, tenant_id, company_id, connection_id, conversation_id, generation, state, opened_at, flush_at, attempts, delivered_at, done_at)
		SELECT turn_id, tenant_id, company_id, connection_id, id, 1, 'done', at, at + interval '3 seconds', 1, at + interval '3 seconds', at + interval '4 seconds' FROM talk`);
	await database.query(`
		INSERT INTO outbox (id, tenant_id, connection_id, conversation_id, turn_id, generation, idempotency_key, kind, text, state, attempts, created_at, sent_at)
		SELECT pg_temp.made_id('out', at, n), tenant_id, connection_id, id, turn_id, 1, turn_id || ':0', 'text', repeat('answer ', 20), 'sent', 1, at, at FROM talk`);
	await database.query(`
		INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, address, address_kind, type, text, author, turn_id, sent_at, received_at, vendor_order)
		SELECT pg_temp.made_id('msg', at, n * 5 + part), tenant_id, id, connection_id, CASE part WHEN 4 THEN 'out' ELSE 'in' END, '3EB0' || upper(left(md5('vendor' || n * 5 + part), 18)),
			chat_id, 'c.us', 'text', repeat('a few words ', 1 + part), CASE part WHEN 4 THEN 'assistant' ELSE 'customer' END, turn_id,
			at + part * interval '1 second', at + part * interval '1 second', (extract(epoch FROM at) * 1000)::bigint
		FROM talk, generate_series(0, 4) part`);
	await database.query('DROP TABLE talk, talker, account');
	await database.query('VACUUM ANALYZE');
}
