import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../test/database.ts';
import type { TestDatabase } from '../../../test/database.ts';
import { createBusiness } from '../testing/business.ts';
import type { Business } from '../testing/business.ts';
import { readQueues } from './queues.ts';
import { createStageClock } from './stage-clock.ts';

let db: TestDatabase;
let business: Business;

beforeAll(async () => {
	db = await createTestDatabase();
	business = await createBusiness(db);
});
afterAll(() => db.close());
beforeEach(() => db.asOwner('TRUNCATE messages, turns, conversations, customer_aliases, outbox, decisions CASCADE'));

/** Each in a conversation of its own. `ends`: SQL of the window's end. */
async function turn(id: string, state: string, ends: string, more = ''): Promise<void> {
	await db.asOwner('INSERT INTO conversations (id, tenant_id, company_id, connection_id, chat_id) VALUES ($1, $2, $3, $4, $1)', [`cnv_${id}`, business.tenantId, business.companyId, business.whatsapp.id]);
	await db.asOwner(
		`INSERT INTO turns (id, tenant_id, company_id, connection_id, conversation_id, generation, state, opened_at, flush_at)
		 VALUES ($1, $2, $3, $4, $5, 1, $6, now() - interval '100 seconds', ${ends})`,
		[id, business.tenantId, business.companyId, business.whatsapp.id, `cnv_${id}`, state],
	);
	if (more !== '') await db.asOwner(`UPDATE turns SET ${more} WHERE id = $1`, [id]);
}

async function part(id: string, state: string, next = 'now()'): Promise<void> {
	await db.asOwner(
		`INSERT INTO outbox (id, tenant_id, connection_id, conversation_id, idempotency_key, kind, state, next_attempt_at, created_at)
		 VALUES ($1, $2, $3, 'cnv_1', $1, 'text', $4, ${next}, now() - interval '30 seconds')`,
		[id, business.tenantId, business.whatsapp.id, state],
	);
}

const found = async () => new Map((await readQueues(db.database)).map((state) => [`${state.queue} ${state.state}`, state]));

describe('the queues', () => {
	it('have every state, also when nothing is in it', async () => {
		const states = await readQueues(db.database);
		expect(states).toHaveLength(15);
		expect(states.every(({ depth, oldestSeconds }) => depth === 0 && oldestSeconds === 0)).toBe(true);
	});

	it('are counted by state, with the age of the oldest', async () => {
		await turn('1', 'collecting', `now() + interval '5 seconds'`);
		await turn('2', 'collecting', `now() - interval '7 seconds'`);
		await turn('3', 'collecting', `now() - interval '3 seconds'`);
		await turn('4', 'waiting', `now() - interval '1 second'`);
		await turn('5', 'delivering', `now() - interval '20 seconds'`, `next_attempt_at = now() + interval '5 seconds', lease_until = now() + interval '5 seconds'`);
		await turn('6', 'delivered', `now() - interval '9 seconds'`);
		await turn('7', 'decided', `now() - interval '2 seconds'`);
		await turn('8', 'dead', `now() - interval '900 seconds'`, `done_at = now() - interval '600 seconds'`);
		await turn('9', 'done', `now() - interval '900 seconds'`);
		await turn('10', 'superseded', `now() - interval '900 seconds'`);
		await part('a', 'queued');
		await part('b', 'queued', `now() + interval '60 seconds'`);
		await part('c', 'sending');
		await part('r', 'resolving');
		await part('d', 'unknown');
		await part('e', 'failed');
		await part('f', 'sent');

		const states = await found();
		expect(Object.fromEntries([...states].map(([name, { depth }]) => [name, depth]))).toEqual({
			'turns collecting': 1, 'turns due': 2, 'turns waiting': 1, 'turns retrying': 1, 'turns in_flight': 2, 'turns dead': 1,
			'outbox queued': 1, 'outbox delayed': 1, 'outbox sending': 1, 'outbox resolving': 1, 'outbox failed': 1, 'outbox unknown': 1,
			'history waiting': 0, 'history retrying': 0, 'history erasing': 0,
		});
		const age = (name: string) => Math.floor(states.get(name)?.oldestSeconds ?? -1);
		expect(age('turns collecting')).toBeGreaterThanOrEqual(100);
		expect(age('turns due')).toBeGreaterThanOrEqual(7);
		expect(age('turns due')).toBeLessThan(20);
		expect(age('turns in_flight')).toBeGreaterThanOrEqual(9);
		expect(age('turns dead')).toBeGreaterThanOrEqual(600);
		expect(age('outbox queued')).toBeGreaterThanOrEqual(30);
	});

	it('are found without reading what is at its end', async () => {
		await turn('1', 'done', 'now()');
		await db.asOwner(`INSERT INTO turns (id, tenant_id, company_id, connection_id, conversation_id, generation, state, flush_at)
			SELECT 'old_' || n, tenant_id, company_id, connection_id, conversation_id, 1, 'done', now() FROM turns, generate_series(1, 20000) n WHERE id = '1'`);
		await db.asOwner(`INSERT INTO outbox (id, tenant_id, connection_id, conversation_id, idempotency_key, kind, state)
			SELECT 'old_' || n, tenant_id, connection_id, conversation_id, 'old_' || n, 'text', 'sent' FROM turns, generate_series(1, 20000) n WHERE id = '1'`);
		const owner = new pg.Client({ connectionString: db.ownerUrl });
		await owner.connect();
		await owner.query('BEGIN');
		await owner.query('SELECT * FROM queue_metrics()');
		const { rows } = await owner.query<{ read: number }>(`SELECT sum(seq_tup_read)::int AS read FROM pg_stat_xact_user_tables WHERE relname IN ('turns', 'outbox')`);
		await owner.end();
		expect(rows).toEqual([{ read: 0 }]);
	});
});

describe('the stages of turns', () => {
	it('are measured from the end of the window, by the database’s clock, in one query', async () => {
		await turn('1', 'done', `now() - interval '10 seconds'`);
		await turn('2', 'done', `now() + interval '10 seconds'`);
		const seen: [string, number][] = [];
		const clock = createStageClock({ database: db.database, observe: (stage, seconds) => void seen.push([stage, seconds]), onError: (error) => void seen.push([String(error), 0]) });
		clock.reached('claimed', '1');
		clock.reached('sent', '1');
		// Pressed a button: claimed before its window would have ended.
		clock.reached('claimed', '2');
		clock.reached('claimed', 'trn_erased_meanwhile');
		await clock.flush();
		expect(seen.map(([stage]) => stage).toSorted()).toEqual(['claimed', 'claimed', 'sent']);
		const seconds = seen.map(([, after]) => after).toSorted((a, b) => a - b);
		expect(seconds[0]).toBe(0);
		for (const after of seconds.slice(1)) expect(Math.floor(after)).toBeOneOf([10, 11, 12]);
	});

	it('are lost, and nothing else, when the database does not answer', async () => {
		const errors: unknown[] = [];
		const away = { ...db.database, system: { query: () => Promise.reject(new Error('away')) } };
		const clock = createStageClock({ database: away, observe: () => undefined, onError: (error) => void errors.push(error) });
		clock.reached('sent', '1');
		await clock.flush();
		await clock.flush();
		expect(errors).toHaveLength(1);
	});

	it('are no more than a sample when there are very many', async () => {
		await turn('1', 'done', 'now()');
		let seen = 0;
		const clock = createStageClock({ database: db.database, observe: () => void (seen += 1), onError: () => undefined });
		for (let n = 0; n < 5_000; n += 1) clock.reached('claimed', '1');
		await clock.flush();
		expect(seen).toBe(2_000);
	});
});
