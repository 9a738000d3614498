import { Agent, request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLATFORM_KEY } from '../../provisioner/src/testing/api.ts';
import { wahaDelivery, wahaSignature } from '../../provisioner/src/testing/business.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { startWorld } from './world.ts';
import type { Process, World } from './world.ts';

let world: World;
const agent = new Agent({ keepAlive: true });

beforeAll(async () => void (world = await startWorld()), 60_000);
afterAll(async () => {
	agent.destroy();
	await world.close();
});

const STOP_WITHIN_MS = 10_000;

interface Call {
	readonly request: ClientRequest;
	readonly answer: Promise<{ status: number | undefined; connection: string | undefined; body: string }>;
}

function open(process: Process, method: string, path: string, headers: Record<string, string | number> = {}): Call {
	const call = request(`${process.url}${path}`, { method, headers, agent });
	const answer = once(call, 'response').then(async ([response]: IncomingMessage[]) => {
		let body = '';
		for await (const chunk of response ?? []) body += String(chunk);
		return { status: response?.statusCode, connection: response?.headers.connection, body };
	});
	// Whoever awaits it sees how it failed.
	answer.catch(() => undefined);
	call.flushHeaders();
	return { request: call, answer };
}

/** A webhook of which half has been sent. */
async function halfAWebhook(process: Process, id: string): Promise<Call & { finish(): void }> {
	const raw = wahaDelivery({ id });
	const call = open(process, 'POST', world.business.whatsapp.path, { 'content-type': 'application/json', 'content-length': raw.length, ...wahaSignature(raw) });
	await new Promise((resolve) => call.request.write(raw.subarray(0, raw.length / 2), resolve));
	return { ...call, finish: () => void call.request.end(raw.subarray(raw.length / 2)) };
}

function signUp(process: Process, key: string): Call {
	const body = JSON.stringify({ name: key, email: `${key}@example.com` });
	const call = open(process, 'POST', '/v1/tenants', {
		authorization: `Bearer ${PLATFORM_KEY}`, 'content-type': 'application/json', 'content-length': body.length, 'idempotency-key': key,
	});
	call.request.end(body);
	return call;
}

/** A connection on which a request was answered, and that stays open. */
async function keptAlive(process: Process): Promise<void> {
	const { request: call, answer } = open(process, 'GET', '/health/live');
	call.end();
	expect(await answer).toMatchObject({ status: 200, connection: 'keep-alive' });
}

async function blocker(statement: string): Promise<{ release(): Promise<void> }> {
	const client = new pg.Client({ connectionString: world.db.ownerUrl });
	await client.connect();
	await client.query(`BEGIN; ${statement}`);
	return {
		async release() {
			await client.query('COMMIT');
			await client.end();
		},
	};
}

const waiting = () => until('a statement waits for the lock', async () => (await world.db.asOwner('SELECT 1 FROM pg_locks WHERE NOT granted')).length > 0 || undefined);

describe('a process that stops', () => {
	it.each(['all', 'api'] as const)('%s: answers what is under way, and ends in time although a client never sends the rest', async (role) => {
		const process = await world.start(role);
		const hooks = role === 'all';
		await keptAlive(process);
		const never = await halfAWebhook(process, 'NEVER');
		const webhook = hooks ? await halfAWebhook(process, `HALF-${role}`) : undefined;
		const lock = await blocker('LOCK TABLE tenants IN SHARE ROW EXCLUSIVE MODE');
		const slow = signUp(process, `slow-${role}`);
		await waiting();

		const began = performance.now();
		const ended = process.service.stop(2 * STOP_WITHIN_MS);
		await until('it stops', () => process.lines().some(({ msg }) => msg === 'stopping') || undefined);
		webhook?.finish();
		await lock.release();
		if (webhook) {
			expect(await webhook.answer).toMatchObject({ status: 200 });
			expect(await world.db.asOwner('SELECT 1 FROM messages WHERE vendor_message_id = $1', [`HALF-${role}`])).toHaveLength(1);
		}
		const signedUp = await slow.answer;
		expect(signedUp).toMatchObject({ status: 201 });
		await ended;
		expect(await process.service.exited).toBe(0);
		expect(performance.now() - began).toBeLessThan(STOP_WITHIN_MS);
		if (hooks) await expect(never.answer).rejects.toThrow();
		// Not its own: answered before it was read.
		else expect(await never.answer).toMatchObject({ status: 404 });

		if (role !== 'api') return;
		const next = await world.start('api');
		expect(await signUp(next, 'slow-api').answer).toEqual(signedUp);
	}, 90_000);
});
