import fc from 'fast-check';
import type { QueryResultRow } from 'pg';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { MAX_ATTEMPTS } from '../../../../core/conversation/turns.ts';
import { createDatabase } from '../../store/database.ts';
import type { Database, Sql } from '../../store/database.ts';
import { MASTER_KEY } from '../../testing/api.ts';
import { createBusiness } from '../../testing/business.ts';
import { seedDueTurns } from '../../testing/due-turns.ts';
import { useTurns } from '../../testing/turns.ts';
import { until } from '../../testing/until.ts';
import { createScheduler } from './scheduler.ts';

const t = useTurns();
const TURNS = 120;
const CLAIM_MS = 900;

interface ClaimSeen {
	readonly asked: number;
	readonly answered: number;
}

/** A process's way to the database, until it is killed: before or after what its `diesAt`th statement does. From then on nothing comes back. */
function mortal(database: Database, life: { diesAt: number; after: boolean }, claims: Map<string, ClaimSeen[]>): Database {
	let statements = 0;
	const never = new Promise<never>(() => undefined);
	const query: Sql['query'] = async <Row extends QueryResultRow>(text: string, values?: readonly unknown[], name?: string) => {
		statements += 1;
		if (statements > life.diesAt || (statements === life.diesAt && !life.after)) return never;
		const asked = performance.now();
		// Not taken and handed back: free for others.
		if (text.includes('settle_deliveries')) {
			for (const { id, taken } of JSON.parse(String(values?.[0])) as { id: string; taken: boolean }[]) if (!taken) claims.delete(id);
		}
		const result = await database.system.query<Row>(text, values, name);
		if (text.includes('claim_due_turns')) {
			const claimed = result.rows.flatMap((row) => row['claimed'] as readonly { id: string }[]);
			for (const { id } of claimed) claims.set(id, [...(claims.get(id) ?? []), { asked, answered: performance.now() }]);
		}
		if (statements >= life.diesAt) return never;
		return result;
	};
	return { ...database, system: { query } };
}

test('schedulers that are killed at any statement: every turn is delivered, and none is two processes\' at a time', { timeout: 120_000 }, async () => {
	const life = fc.record({ diesAt: fc.integer({ min: 1, max: 12 }), after: fc.boolean() });
	let run = 0;
	const shared = createDatabase(t.db.appUrl);
	await fc.assert(
		fc.asyncProperty(fc.array(life, { minLength: 3, maxLength: 8 }), async (lives) => {
			run += 1;
			await t.db.asOwner('TRUNCATE messages, turns, conversations CASCADE');
			t.n8n.taken.length = 0;
			const ids = await seedDueTurns(t.db, t.business, TURNS, { name: `run${run}_` });
			const claims = new Map<string, ClaimSeen[]>();
			const begin = (of: { diesAt: number; after: boolean }) => {
				const scheduler = createScheduler({
					database: mortal(shared, of, claims), masterKey: MASTER_KEY, log: pino({ level: 'silent' }), now: () => new Date(),
					leaseMs: 60_000, deliveryTimeoutMs: 600, claimMs: CLAIM_MS, batchMax: 7, stopGraceMs: 0,
				});
				scheduler.start();
				return scheduler;
			};
			// The last one lives.
			const schedulers = [...lives, { diesAt: Infinity, after: false }].map(begin);
			try {
				await until('every turn is delivered', async () => (await t.turns()).every(({ state }) => state === 'delivered'), 20_000);
			} finally {
				await Promise.all(schedulers.map((scheduler) => scheduler.stop()));
			}
			expect(new Set(t.n8n.taken.map(({ event }) => event.turnId))).toEqual(new Set(ids));
			for (const seen of claims.values()) {
				for (const [index, claim] of seen.slice(1).entries()) expect(claim.answered - (seen[index]?.asked ?? 0)).toBeGreaterThan(CLAIM_MS - 5);
			}
		}),
		{ numRuns: 3 },
	);
	await shared.close();
});

test('a flood of one tenant leaves the others their turn', async () => {
	const others = await Promise.all(['b', 'c', 'd'].map((name) => createBusiness(t.db, name)));
	await seedDueTurns(t.db, t.business, 2_000, { agoMs: 60_000 });
	for (const other of others) await seedDueTurns(t.db, other, 2, { agoMs: 1 });
	let after = '';
	const claim = async (limit: number) => {
		const { rows } = await t.db.database.system.query<{ claimed: { tenant_id: string }[]; last_tenant: string }>(
			'SELECT * FROM claim_due_turns($1, 60000, $2, $3)', [limit, MAX_ATTEMPTS, after],
		);
		after = rows[0]?.last_tenant ?? '';
		return (rows[0]?.claimed ?? []).map(({ tenant_id: tenant }) => tenant).toSorted();
	};
	// Fewer places than tenants: one after the other, round and round.
	expect(await claim(1)).toEqual(['ten_a']);
	expect(await claim(1)).toEqual(['ten_b']);
	expect(await claim(2)).toEqual(['ten_c', 'ten_d']);
	expect(await claim(1)).toEqual(['ten_a']);
	// More: an equal share each, and what is left to those who have more.
	expect(await claim(20)).toEqual([...Array(17).fill('ten_a'), 'ten_b', 'ten_c', 'ten_d']);
	expect(await claim(20)).toEqual(Array(20).fill('ten_a'));
});

test('when n8n has as many turns as it shall have, who has none there gets one each, a batch in all', async () => {
	const others = await Promise.all(['e', 'f', 'g', 'h'].map((name) => createBusiness(t.db, name)));
	await seedDueTurns(t.db, t.business, 50, { agoMs: 60_000 });
	for (const other of others) await seedDueTurns(t.db, other, 2, { agoMs: 1 });
	const claim = async (mostOpen: number, batch: number) => {
		const { rows } = await t.db.database.system.query<{ claimed: { id: string; tenant_id: string }[]; crowded: boolean }>(
			`SELECT * FROM claim_due_turns(100, 60000, $1, '', $2, $3)`, [MAX_ATTEMPTS, mostOpen, batch],
		);
		const [{ claimed, crowded } = { claimed: [], crowded: false }] = rows;
		await t.db.asOwner(`UPDATE turns SET state = 'delivered' WHERE id = ANY ($1)`, [claimed.map(({ id }) => id)]);
		return { tenants: claimed.map(({ tenant_id: tenant }) => tenant).toSorted(), crowded };
	};
	await t.db.asOwner(`UPDATE turns SET state = 'delivered', lease_until = now() + interval '1 minute' WHERE id IN (SELECT id FROM turns WHERE tenant_id = 'ten_a' ORDER BY id LIMIT 20)`);
	// Room for two more than there are, and a batch would be three: crowded, and not for those who have nothing there.
	expect(await claim(22, 3)).toEqual({ tenants: ['ten_e', 'ten_f', 'ten_g', 'ten_h'], crowded: true });
	// They have one each now, and n8n has a batch more than it should: nobody gets another.
	expect(await claim(22, 3)).toEqual({ tenants: [], crowded: true });
	// With room, everybody's share again.
	expect((await claim(30, 3)).crowded).toBe(false);
	expect(await claim(1, 3)).toEqual({ tenants: [], crowded: true });
});

test('what a message holds locked is recorded when it is free', async () => {
	const [id] = await seedDueTurns(t.db, t.business, 1);
	const { rows } = await t.db.database.system.query('SELECT * FROM claim_due_turns(1, 60000, 5)');
	expect(rows).toHaveLength(1);
	const outcome = JSON.stringify([{ id, attempt: 1, taken: true, subscription: 'sub_shared', due_in_ms: 60_000, failures: 0, batch_failures: 0 }]);
	const settle = async () => (await t.db.database.system.query<{ locked: string[] }>('SELECT settle_deliveries($1) AS locked', [outcome])).rows[0]?.locked;
	await t.inTenant(async (sql) => {
		await sql.query('SELECT 1 FROM turns WHERE id = $1 FOR UPDATE', [id]);
		expect(await settle()).toEqual([id]);
	});
	expect(await settle()).toEqual([]);
	expect(await t.turns()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
	expect(await settle()).toEqual([]);
});
