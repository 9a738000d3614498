import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { until } from '../../provisioner/src/testing/until.ts';
import { startWorld } from './world.ts';
import type { Process, World } from './world.ts';

const WAIT_MS = 20_000;

let world: World;
let service: Process;

beforeAll(async () => {
	world = await startWorld();
	service = await world.start('all');
}, 60_000);
afterAll(() => world.close());

async function look(path: string): Promise<{ status: number; json: Record<string, unknown> }> {
	const response = await fetch(`${service.url}${path}`);
	return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

/** Ends every connection to the database and lets none in; or lets them in again. */
async function letIn(allowed: boolean): Promise<void> {
	const admin = new pg.Client({ connectionString: inject('postgresUrl') });
	await admin.connect();
	const name = new URL(world.db.ownerUrl).pathname.slice(1);
	await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS ${String(allowed)}`);
	if (!allowed) await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = $2', [name, 'concierge_app']);
	await admin.end();
}

describe('a process whose database goes away', () => {
	it('is ready before', async () => {
		expect(await look('/health/ready')).toEqual({ status: 200, json: { status: 'ready', role: 'all', checks: { database: 'ok', migrations: 'ok', n8n: 'not configured', mongodb: 'not configured', supabase: 'not configured', process: 'ok' } } });
	});

	it('lives, is not ready and says why, and tells vendors to come again; with the database back it is ready', async () => {
		await letIn(false);
		try {
			const { json } = await until('it is not ready', async () => {
				const found = await look('/health/ready');
				return found.status === 503 ? found : undefined;
			}, WAIT_MS);
			expect(json).toMatchObject({ code: 'not_ready', checks: { database: 'no answer' } });
			expect((await look('/health/live')).status).toBe(200);
			expect(await world.write(service.url, { id: 'AWAY1', body: 'Hola' })).toBeGreaterThanOrEqual(500);
		} finally {
			await letIn(true);
		}
		await until('it is ready again', async () => (await look('/health/ready')).status === 200, WAIT_MS);
		expect(await world.write(service.url, { id: 'AWAY1', body: 'Hola' })).toBe(200);
	});

	it('takes no connection once it stops', async () => {
		await service.service.stop();
		await expect(fetch(`${service.url}/health/ready`)).rejects.toThrow();
	});
});
