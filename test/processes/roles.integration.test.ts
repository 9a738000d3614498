import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLATFORM_KEY } from '../../provisioner/src/testing/api.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { startWorld } from './world.ts';
import type { Process, World } from './world.ts';

let world: World;
let gateway: Process;
let worker: Process;
let api: Process;

beforeAll(async () => {
	world = await startWorld();
	[gateway, worker, api] = await Promise.all([world.start('gateway'), world.start('worker'), world.start('api')]);
	world.answerThrough(api.url);
}, 60_000);
afterAll(() => world.close());

const WAIT_MS = 20_000;

const statusOf = async (process: Process, path: string, init: RequestInit = {}) => {
	const response = await fetch(`${process.url}${path}`, init);
	await response.body?.cancel();
	return response.status;
};

describe('a gateway, a worker and an API on one database', () => {
	it('serve what is theirs, and nothing else', async () => {
		const key = { headers: { authorization: `Bearer ${PLATFORM_KEY}` } };
		const post = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
		const routes: [string, RequestInit, Record<'gateway' | 'worker' | 'api', number>][] = [
			['/health/ready', {}, { gateway: 200, worker: 200, api: 200 }],
			['/metrics', {}, { gateway: 200, worker: 200, api: 200 }],
			['/v1/turns', key, { gateway: 404, worker: 404, api: 200 }],
			['/docs/', {}, { gateway: 404, worker: 404, api: 200 }],
			// Known here by their refusal of what has no signature.
			[world.business.whatsapp.path, post, { gateway: 401, worker: 404, api: 404 }],
			['/hooks/stripe', post, { gateway: 404, worker: 404, api: 503 }],
			['/hooks/billing', post, { gateway: 404, worker: 404, api: 503 }],
			['/v1/plans', {}, { gateway: 404, worker: 404, api: 200 }],
		];
		for (const [path, init, expected] of routes) {
			const found = { gateway: await statusOf(gateway, path, init), worker: await statusOf(worker, path, init), api: await statusOf(api, path, init) };
			expect({ path, ...found }).toEqual({ path, ...expected });
		}
	});

	it('take a message through', async () => {
		expect(await world.write(gateway.url, { id: 'THROUGH1', body: 'Hola' })).toBe(200);
		await until('the answer is at the vendor', () => Promise.resolve(world.sent.length === 1 || undefined), WAIT_MS)
		expect(world.sent).toMatchObject([{ chatId: '34699111222@c.us' }]);
		expect(world.n8n.taken).toHaveLength(1);
	});

	it('say in their metrics what they did', async () => {
		const text = async (process: Process) => (await fetch(`${process.url}/metrics`)).text();
		expect(await text(gateway)).toContain('concierge_webhooks_total{channel="whatsapp",outcome="accepted"} 1');
		const ofWorker = await until('the stages are looked up', async () => {
			const found = await text(worker);
			return found.includes('concierge_turn_stage_seconds_count{stage="sent"} 1') ? found : undefined;
		}, WAIT_MS);
		expect(ofWorker).toContain('concierge_n8n_deliveries_total{outcome="taken"} 1');
		expect(ofWorker).toContain('concierge_outbox_sends_total{channel="whatsapp",outcome="sent"} 1');
		expect(ofWorker).toContain('concierge_turn_stage_seconds_count{stage="claimed"} 1');
		expect(ofWorker).toContain('concierge_turn_stage_seconds_count{stage="taken"} 1');
		expect(ofWorker).toMatch(/concierge_queue_depth\{queue="turns",state="due"\} 0/);
		await until('the API’s stages are looked up', async () => {
			const found = await text(api);
			return ['decided', 'queued'].every((stage) => found.includes(`concierge_turn_stage_seconds_count{stage="${stage}"} 1`)) || undefined;
		}, WAIT_MS);
	});

	it('lose nothing when the gateway is killed while customers write: what was acknowledged is answered, what was not is sent again', async () => {
		const before = world.sent.length;
		const customers = Array.from({ length: 8 }, (_, n) => ({ id: `KILL${n}`, from: `3469900000${n}@c.us`, body: 'Hola' }));
		const first = Promise.allSettled(customers.map((message) => world.write(gateway.url, message)));
		await gateway.service.kill();
		const answers = await first;
		// The vendor sends again what got no 200, to the gateway that was started instead.
		gateway = await world.start('gateway');
		const unanswered = customers.filter((_, n) => answers[n]?.status !== 'fulfilled' || answers[n].value !== 200);
		for (const message of unanswered) expect(await world.write(gateway.url, message)).toBe(200);
		// And some that it had answered, because the 200 got lost.
		for (const message of customers.slice(0, 2)) expect(await world.write(gateway.url, message)).toBe(200);

		await until('every customer is answered', () => Promise.resolve(world.sent.length >= before + customers.length || undefined), WAIT_MS);
		const answered = world.sent.slice(before).map(({ chatId }) => chatId).toSorted();
		expect(answered).toEqual(customers.map(({ from }) => from).toSorted());
	});

	it('work on when another of each is there', async () => {
		const second = await world.start('worker');
		const before = world.sent.length;
		for (let n = 0; n < 6; n += 1) await world.write(gateway.url, { id: `TWO${n}`, from: `3469911000${n}@c.us`, body: 'Hola' });
		await worker.service.stop();
		await until('every customer is answered', () => Promise.resolve(world.sent.length >= before + 6 || undefined), WAIT_MS);
		expect(new Set(world.sent.slice(before).map(({ chatId }) => chatId)).size).toBe(6);
		expect(world.sent).toHaveLength(before + 6);
		expect(second.service.running()).toBe(true);
	});
});
