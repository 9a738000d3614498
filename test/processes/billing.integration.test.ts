import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLATFORM_KEY } from '../../provisioner/src/testing/api.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { createSandbox } from '../../sandbox/src/server.ts';
import type { Sandbox } from '../../sandbox/src/server.ts';
import { startWorld } from './world.ts';
import type { Process, World } from './world.ts';

let world: World;
let sandbox: Sandbox;
beforeAll(async () => {
	world = await startWorld();
	sandbox = await createSandbox({ port: 0 });
	// A trial that was over before any process runs.
	await world.db.asOwner(`INSERT INTO billing_subscriptions (tenant_id, status, trial_ends_at, next_due_at) VALUES ($1, 'trialing', now() - interval '1 minute', now())`, [world.business.tenantId]);
}, 60_000);
afterAll(async () => {
	await world.close();
	await sandbox.close();
});

const WAIT_MS = 20_000;
const call = async (process: Process, method: string, path: string, body?: object): Promise<Json> => {
	const response = await fetch(`${process.url}${path}`, {
		method, headers: { authorization: `Bearer ${PLATFORM_KEY}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	return (await response.json()) as Json;
};
const silent = async (): Promise<unknown> => (await world.db.asOwner<{ reason: string | null }>('SELECT silent_reason AS reason FROM tenants WHERE id = $1', [world.business.tenantId]))[0]?.reason;

describe('a process with billing', () => {
	it('ends trials by itself, does not answer then, and answers again with the payment; without billing it limits nobody', async () => {
		const { hostname, port } = new URL(sandbox.url);
		const stripe = new Stripe('sk_test_own', { host: hostname, port: Number(port), protocol: 'http', telemetry: false });
		const price = await stripe.prices.create({ currency: 'eur', unit_amount: 999, recurring: { interval: 'month' }, product_data: { name: 'Single' } });
		const env = { STRIPE_API_URL: sandbox.url, BILLING_STRIPE_SECRET_KEY: 'sk_test_own', BILLING_PRICES: JSON.stringify({ single: price.id }) };
		const first = await world.start('all', env);
		world.answerThrough(first.url);
		expect(first.lines().map(({ msg }) => msg)).toContain('payments of subscriptions are noticed late, without events: set BILLING_STRIPE_WEBHOOK_SECRET');
		await until('the trial has ended', async () => (await silent()) === 'restricted', WAIT_MS);
		expect(await world.write(first.url, { id: 'SILENT1', body: 'Hola' })).toBe(200);
		await until('its turn has ended', async () => (await world.db.asOwner(`SELECT 1 FROM turns WHERE state = 'suspended'`)).length === 1, WAIT_MS);
		expect(await call(first, 'POST', '/v1/tenants', { name: 'New', email: 'n@example.com' })).toMatchObject({ object: 'tenant' });

		const link = await call(first, 'POST', `/v1/tenants/${world.business.tenantId}/subscription/checkout`, { plan: 'single', success_url: 'http://127.0.0.1/', cancel_url: 'http://127.0.0.1/', remove_connections: [] });
		await fetch(String(link['url']), { method: 'POST', redirect: 'manual' });
		// Without events it is found by whoever looks.
		expect(await call(first, 'POST', `/v1/tenants/${world.business.tenantId}/subscription/change`, { plan: 'single' })).toMatchObject({ status: 'active', plan: 'single', silent_reason: null });
		expect(await world.write(first.url, { id: 'HEARD1', body: 'Hola' })).toBe(200);
		await until('the answer is at the vendor', () => world.sent.length === 1, WAIT_MS);
		expect(world.n8n.taken).toHaveLength(1);
		await first.service.stop();

		await world.db.asOwner(`UPDATE tenants SET silent_reason = 'suspended'`);
		const third = await world.start('all');
		await until('nobody is silent', async () => (await silent()) === null, WAIT_MS);
		expect(await call(third, 'POST', `/v1/tenants/${world.business.tenantId}/subscription/cancel`)).toMatchObject({ code: 'billing_off' });
	}, 120_000);
});
