import { describe, expect, test } from 'vitest';
import { createBusiness } from '../../testing/business.ts';
import { seedDueTurns } from '../../testing/due-turns.ts';
import { useTurns } from '../../testing/turns.ts';
import { until } from '../../testing/until.ts';
import type { DeliveryReport } from './scheduler.ts';

const t = useTurns();
const { start, turns } = t;
const allDelivered = (count: number) =>
	until('all are delivered', async () => {
		const states = await turns();
		return states.length === count && states.every(({ state }) => state === 'delivered');
	});
const taken = () => t.n8n.taken.map(({ event }) => event.turnId);

describe('turns that queue up', () => {
	test('go together: signed, each once, as many as may; the calls are reported', async () => {
		const ids = await seedDueTurns(t.db, t.business, 130);
		const reports: DeliveryReport[] = [];
		await start({ observe: (report) => reports.push(report) });
		await allDelivered(130);
		expect(taken().toSorted()).toEqual(ids.toSorted());
		expect(t.n8n.taken.every(({ signatureOk }) => signatureOk)).toBe(true);
		expect(t.n8n.sizes.slice(0, 4)).toEqual([20, 20, 20, 20]);
		expect(Math.max(...t.n8n.sizes)).toBe(20);
		expect(reports.reduce((sum, report) => sum + report.taken, 0)).toBe(130);
		expect(reports[0]).toMatchObject({ result: 'taken', turns: 20, taken: 20 });
		expect(Math.min(...reports.flatMap(({ waitedMs }) => waitedMs))).toBeGreaterThanOrEqual(990);
	});

	test('without a backlog each goes alone, at once', async () => {
		await seedDueTurns(t.db, t.business, 4);
		await start();
		await allDelivered(4);
		expect(t.n8n.sizes).toEqual([1, 1, 1, 1]);
		expect(t.n8n.taken.map(({ event }) => event.type)).toEqual(Array(4).fill('turn.ready'));
	});

	test('behind a flood that fills n8n, a tenant with nothing there has its turn delivered at once', async () => {
		const other = await createBusiness(t.db, 'quiet');
		await seedDueTurns(t.db, t.business, 200);
		await t.db.asOwner(`UPDATE turns SET state = 'delivered', lease_until = now() + interval '1 minute' WHERE id IN (SELECT id FROM turns ORDER BY flush_at LIMIT 90)`);
		const [quiet] = await seedDueTurns(t.db, other, 1, { agoMs: 1 });
		await start();
		await until('it is delivered', async () => (await turns()).find(({ id }) => id === quiet)?.state === 'delivered');
		expect((await turns()).find(({ id }) => id === quiet)).toMatchObject({ attempts: 1 });
		expect(t.n8n.sizes[0]).toBe(1);
	});

	test('TURN_BATCH_MAX 1: one by one', async () => {
		await seedDueTurns(t.db, t.business, 40);
		await start({ batchMax: 1 });
		await allDelivered(40);
		expect(Math.max(...t.n8n.sizes)).toBe(1);
	});

	test('what the trigger does not echo is not taken, and the others are', async () => {
		const [first] = await seedDueTurns(t.db, t.business, 60);
		t.n8n.refuses = ({ turnId }) => (turnId === first ? 'unechoed' : false);
		await start();
		await until('the others', async () => (await turns()).filter(({ state }) => state === 'delivered').length === 59);
		const [left] = (await turns()).filter(({ state }) => state !== 'delivered');
		expect(left).toMatchObject({ id: first, state: 'delivering', attempts: 1 });
		expect(left?.last_error).toMatch(/n8n took 1?\d of \d\d turns that were delivered together, and not this one/);
		t.n8n.refuses = () => false;
		await allDelivered(60);
	});

	test('one that n8n chokes on is soon tried alone; the others are delivered', async () => {
		const [first] = await seedDueTurns(t.db, t.business, 12);
		t.n8n.refuses = ({ turnId }) => (turnId === first ? 'poison' : false);
		const gateway = await start({ concurrency: 1 });
		for (const failures of [1, 2]) {
			await until(`failure ${failures}`, async () => (await turns()).every(({ delivery_failures: seen }) => seen === failures));
			await t.retryNow(gateway);
		}
		await until('the others', async () => (await turns()).filter(({ state }) => state === 'delivered').length === 11);
		expect(t.n8n.sizes).toEqual(Array(11).fill(1));
		await until('it is tried again', async () => (await turns()).find(({ id }) => id === first)?.last_error?.includes('500'));
	});

	test('taken together and twice not answered, they go alone: what is wrong with one of them keeps no others', async () => {
		await seedDueTurns(t.db, t.business, 3);
		const gateway = await start({ concurrency: 1 });
		for (const attempt of [1, 2, 3]) {
			await until(`attempt ${attempt}`, async () => (await turns()).every(({ state, attempts }) => state === 'delivered' && attempts === attempt));
			await t.db.asOwner('UPDATE turns SET lease_until = now()');
			gateway.turns.wake(0);
		}
		await until('the fourth', async () => (await turns()).every(({ state, attempts }) => state === 'delivered' && attempts === 4));
		expect(t.n8n.sizes).toEqual([3, 3, 1, 1, 1, 1, 1, 1]);
	});

	test('a trigger of an older package gets them one by one, at once, and nothing counts as a failure', async () => {
		t.n8n.mood = 'one_only';
		await seedDueTurns(t.db, t.business, 100);
		await start();
		await allDelivered(100);
		expect(t.n8n.sizes).toEqual(Array(100).fill(1));
		expect(t.n8n.calls).toBeLessThanOrEqual(104);
		expect((await turns()).every(({ attempts, last_error: error }) => attempts === 1 && error === null)).toBe(true);
	});

	test('while n8n is away they wait; when it is back they go together', async () => {
		t.n8n.mood = 'starting_up';
		await seedDueTurns(t.db, t.business, 50);
		const gateway = await start({ concurrency: 1 });
		for (const failures of [1, 2, 3]) {
			await until(`failure ${failures}`, async () => (await turns()).every(({ delivery_failures: seen }) => seen === failures));
			if (failures === 3) t.n8n.mood = 'ready';
			await t.retryNow(gateway);
		}
		await allDelivered(50);
		expect(Math.max(...t.n8n.sizes)).toBe(20);
	});
});

describe('stop', () => {
	test('what n8n has not acknowledged is handed back: another process takes it at once', async () => {
		t.n8n.mood = 'silent';
		const ids = await seedDueTurns(t.db, t.business, 90);
		const first = await start({ stopGraceMs: 200, deliveryTimeoutMs: 60_000 });
		await until('calls are under way', () => t.n8n.calls === 4);
		const stopping = performance.now();
		await first.turns.stop();
		expect(performance.now() - stopping).toBeLessThan(1_500);
		t.n8n.mood = 'ready';
		await start();
		await allDelivered(90);
		expect(performance.now() - stopping).toBeLessThan(3_000);
		expect(taken().toSorted()).toEqual(ids.toSorted());
		expect((await turns()).every(({ attempts, delivery_failures: failures }) => attempts === 1 && failures === 0)).toBe(true);
	});
});
