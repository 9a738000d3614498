import { describe, expect, it } from 'vitest';
import { getFrom } from '../testing/get-from.ts';
import { createEventLoop } from './event-loop.ts';
import { createHealthRouter } from './health.ts';
import type { HealthDeps } from './health.ts';

const NEVER = new Promise<never>(() => undefined);

function health(change: Partial<HealthDeps> = {}) {
	return createHealthRouter({
		role: 'all',
		eventLoop: createEventLoop(),
		database: () => Promise.resolve(),
		missingMigrations: () => Promise.resolve([]),
		n8n: () => Promise.resolve(true),
		mongodb: () => Promise.resolve(true),
		supabase: () => Promise.resolve(true),
		stopping: () => false,
		timeoutMs: 50,
		...change,
	});
}

describe('GET /health/ready', () => {
	it('is ready with a database that has all migrations', async () => {
		const { status, json } = await getFrom(health(), '/health/ready');
		expect(status).toBe(200);
		expect(json).toEqual({
			status: 'ready',
			role: 'all',
			checks: { database: 'ok', migrations: 'ok', n8n: 'ok', mongodb: 'ok', supabase: 'ok', process: 'ok' },
		});
	});

	it.each(['n8n', 'mongodb', 'supabase'])('is ready without %s, and shows that it is away or not there at all', async (service) => {
		for (const [ask, shown] of [[() => Promise.resolve(false), 'no answer'], [() => NEVER, 'no answer'], [() => Promise.reject(new Error('refused')), 'no answer'], [undefined, 'not configured']] as const) {
			const { status, json } = await getFrom(health({ [service]: ask }), '/health/ready');
			expect(status).toBe(200);
			expect(json).toMatchObject({ checks: { [service]: shown } });
		}
	});

	it('is ready without MongoDB, and shows that it is away', async () => {
		for (const [mongodb, shown] of [[() => Promise.resolve(true), 'ok'], [() => Promise.resolve(false), 'no answer'], [() => NEVER, 'no answer']] as const) {
			const { status, json } = await getFrom(health({ mongodb }), '/health/ready');
			expect(status).toBe(200);
			expect(json).toMatchObject({ checks: { mongodb: shown } });
		}
	});

	it.each([
		['that fails', () => Promise.reject(new Error('ECONNREFUSED with a password in it'))],
		['that hangs', () => NEVER],
	])('is not ready with a database %s, and says so within the time', async (_how, database) => {
		const { status, json, type } = await getFrom(health({ database }), '/health/ready');
		expect(status).toBe(503);
		expect(type).toMatch('application/problem+json');
		expect(json).toMatchObject({ code: 'not_ready', status: 503, missing: ['the database does not answer within 50 ms'], checks: { database: 'no answer', migrations: 'unknown' } });
		expect(JSON.stringify(json)).not.toContain('password');
	});

	it('is not ready while migrations are missing, and ready once they are there', async () => {
		let lacking = ['0010_metrics'];
		const router = health({ missingMigrations: () => Promise.resolve(lacking) });
		const before = await getFrom(router, '/health/ready');
		expect(before.status).toBe(503);
		expect(before.json).toMatchObject({ missing: ['migrations are missing: 0010_metrics'] });
		lacking = [];
		expect((await getFrom(router, '/health/ready')).status).toBe(200);
	});

	it('is not ready from the moment that it stops', async () => {
		const { status, json } = await getFrom(health({ stopping: () => true }), '/health/ready');
		expect(status).toBe(503);
		expect(json).toMatchObject({ code: 'not_ready', missing: ['the process is stopping'], checks: { process: 'stopping', database: 'ok' } });
	});
});

describe('GET /health/live', () => {
	it('is live whatever the database does', async () => {
		const { status, json } = await getFrom(health({ database: () => NEVER }), '/health/live');
		expect(status).toBe(200);
		expect(json).toMatchObject({ status: 'live', role: 'all' });
	});

	it('is not live when the event loop stood still, until that is past', async () => {
		let now = 0;
		const eventLoop = createEventLoop(() => now);
		const router = health({ eventLoop });
		now += 7_000;
		eventLoop.beat();
		const stuck = await getFrom(router, '/health/live');
		expect(stuck.status).toBe(503);
		expect(stuck.json).toMatchObject({ code: 'event_loop_stuck', event_loop_lag_ms: 6_000 });
		for (let beat = 0; beat < 15; beat += 1) {
			now += 1_000;
			eventLoop.beat();
		}
		expect((await getFrom(router, '/health/live')).status).toBe(200);
	});
});
