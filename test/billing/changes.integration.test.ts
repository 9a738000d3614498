import { describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { useBilling } from './world.ts';
import type { SignedUp } from './world.ts';

const w = useBilling();

/** A tenant that pays for a plan and has so many connections, oldest first. */
async function subscriber(plan: string, connections: number): Promise<SignedUp & { readonly connections: readonly string[] }> {
	const tenant = await w.signUp();
	await w.pay(tenant, plan);
	const made: string[] = [];
	for (let count = 0; count < connections; count += 1) made.push(String((await w.connect(tenant)).body.id));
	return { ...tenant, connections: made };
}
const suspended = async (tenant: SignedUp): Promise<unknown[]> => ((await w.subscription(tenant))['connections'] as Json[]).map((connection) => connection['suspended']);
const invoices = async (tenant: SignedUp) => (await w.stripe.invoices.list({ customer: await w.customerOf(tenant) })).data.map((one) => [one.billing_reason, one.amount_paid]);

describe('upwards', () => {
	test('counts at once, for the difference; the same again changes and costs nothing', async () => {
		const tenant = await subscriber('single', 1);
		expect((await w.connect(tenant)).body).toMatchObject({ code: 'plan_limit_reached', plan: 'double' });
		expect(await w.act(tenant, 'change', { plan: 'growth' })).toMatchObject({ status: 200, body: { plan: 'growth', pending: null, limits: { connections: 4 } } });
		expect((await w.connect(tenant)).status).toBe(201);
		expect(await w.act(tenant, 'change', { plan: 'growth' })).toMatchObject({ status: 200, body: { plan: 'growth' } });
		const [latest, ...first] = await invoices(tenant);
		expect([latest?.[0], first]).toEqual(['subscription_update', [['subscription_create', 999]]]);
		expect(latest?.[1]).toBeGreaterThan(3_990);
	});

	test('clicked three times at once is charged once', async () => {
		const tenant = await subscriber('single', 0);
		const answers = await Promise.all([1, 2, 3].map(() => w.act(tenant, 'change', { plan: 'growth' })));
		expect(answers.map(({ status, body }) => [status, body['plan']])).toEqual([[200, 'growth'], [200, 'growth'], [200, 'growth']]);
		expect((await invoices(tenant)).filter(([reason, amount]) => reason === 'subscription_update' && Number(amount) > 0)).toHaveLength(1);
	});

	test('with a card that is declined changes nothing', async () => {
		const tenant = await subscriber('single', 0);
		await w.control('POST', `/stripe/billing/customers/${await w.customerOf(tenant)}/card`, { declines: true });
		expect(await w.act(tenant, 'change', { plan: 'growth' })).toMatchObject({ status: 402, body: { code: 'payment_failed' } });
		expect(await w.subscription(tenant)).toMatchObject({ status: 'active', plan: 'single' });
		await w.control('POST', `/stripe/billing/customers/${await w.customerOf(tenant)}/card`, { declines: false });
		expect(await w.act(tenant, 'change', { plan: 'growth' })).toMatchObject({ status: 200, body: { plan: 'growth' } });
	});

	test('while a downgrade is planned: the difference is to the plan that was paid for', async () => {
		const tenant = await subscriber('double', 0);
		await w.act(tenant, 'change', { plan: 'single' });
		await w.act(tenant, 'change', { plan: 'growth' });
		expect(await w.subscription(tenant)).toMatchObject({ plan: 'growth', pending: null });
		const [[, amount]] = (await invoices(tenant)) as [[string, number]];
		expect(amount).toBeGreaterThan(2_990);
		expect(amount).toBeLessThanOrEqual(3_000);
	});
});

describe('downwards', () => {
	test('asks which connections go, and takes them away when the period ends', async () => {
		const tenant = await subscriber('growth', 3);
		const [first, second, third] = tenant.connections;
		expect(await w.act(tenant, 'change', { plan: 'single' })).toMatchObject({
			status: 409,
			body: { code: 'connections_surplus', surplus: 2, connections: tenant.connections.map((id) => ({ id, channel: 'whatsapp' })) },
		});
		expect(await w.subscription(tenant)).toMatchObject({ plan: 'growth', pending: null });
		expect(await w.act(tenant, 'change', { plan: 'single', remove_connections: ['con_unknown'] })).toMatchObject({ status: 404, body: { code: 'connection_not_found' } });
		expect(await w.act(tenant, 'change', { plan: 'single', remove_connections: [first, third] })).toMatchObject({
			status: 200, body: { plan: 'growth', pending: { plan: 'single', surplus: 0, remove_connections: [first, third] } },
		});
		expect(await suspended(tenant)).toEqual([false, false, false]);
		await w.advance(32);
		expect(await w.subscription(tenant)).toMatchObject({ plan: 'single', pending: null, connections: [{ id: second, suspended: false }] });
		// At WhatsApp too.
		expect(((await w.control('GET', '/waha/sessions')).data ?? []).map((session) => session['name']).filter((name) => tenant.connections.includes(String(name)))).toEqual([second]);
		expect((await invoices(tenant))[0]).toEqual(['subscription_cycle', 999]);
	});

	test('without an answer the newest are suspended, and have room again with a larger plan, or when one goes', async () => {
		const tenant = await subscriber('growth', 3);
		expect(await w.act(tenant, 'change', { plan: 'double', remove_connections: [] })).toMatchObject({ status: 200, body: { pending: { plan: 'double', surplus: 1 } } });
		await w.advance(32);
		expect(await suspended(tenant)).toEqual([false, false, true]);
		expect((await w.told(tenant)).includes('connections_suspended')).toBe(true);
		expect((await w.connect(tenant)).status).toBe(403);

		await w.call('DELETE', `/v1/connections/${tenant.connections[0]}`, undefined, tenant.key);
		await w.billing.runDue();
		expect(await suspended(tenant)).toEqual([false, false]);
		expect((await w.told(tenant)).includes('connections_resumed')).toBe(true);
	});

	test('can be taken back, and the answer with it', async () => {
		const tenant = await subscriber('growth', 2);
		await w.act(tenant, 'change', { plan: 'single', remove_connections: [tenant.connections[0]] });
		expect(await w.act(tenant, 'change', { plan: 'growth' })).toMatchObject({ status: 200, body: { plan: 'growth', pending: null } });
		await w.advance(32);
		expect(await w.subscription(tenant)).toMatchObject({ plan: 'growth', connections: [{ suspended: false }, { suspended: false }] });
		expect((await invoices(tenant)).map(([, amount]) => amount)).toEqual([4_999, 4_999]);
	});

	test('a connection that can’t be removed yet is silent, and tried again', async () => {
		const tenant = await subscriber('double', 2);
		await w.act(tenant, 'change', { plan: 'single', remove_connections: [tenant.connections[0]] });
		await w.control('POST', '/faults', { vendor: 'waha', mode: 'status', status: 500, count: 20 });
		await w.advance(32);
		expect(await w.db.asOwner('SELECT id, suspended_at IS NOT NULL AS suspended FROM connections WHERE tenant_id = $1 ORDER BY created_at', [tenant.id])).toEqual([
			{ id: tenant.connections[0], suspended: true }, { id: tenant.connections[1], suspended: false },
		]);
		await w.control('DELETE', '/faults');
		await w.advance(0.01);
		expect(await w.db.asOwner('SELECT id FROM connections WHERE tenant_id = $1', [tenant.id])).toEqual([{ id: tenant.connections[1] }]);
	});
});

describe('who chooses what', () => {
	test('a plan that has to be paid first, that the operator assigns, that is paid already, that has no price', async () => {
		const tenant = await w.signUp();
		expect(await w.act(tenant, 'change', { plan: 'double' })).toMatchObject({ status: 409, body: { code: 'checkout_required' } });
		expect(await w.act(tenant, 'change', { plan: 'enterprise' })).toMatchObject({ status: 403, body: { code: 'plan_not_self_serve' } });
		expect(await w.checkout(tenant, 'special')).toMatchObject({ status: 403, body: { code: 'plan_not_self_serve' } });
		expect(await w.checkout(tenant, 'free')).toMatchObject({ status: 409, body: { code: 'checkout_not_needed' } });
		expect(await w.act(tenant, 'cancel')).toMatchObject({ status: 409, body: { code: 'no_paid_subscription' } });
		expect(await w.act(tenant, 'portal', { return_url: 'http://127.0.0.1/' })).toMatchObject({ status: 409, body: { code: 'no_paid_subscription' } });
		expect(await w.checkout(tenant, 'double', { success_url: 'javascript:alert(1)' })).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
		await w.pay(tenant, 'double');
		expect(await w.checkout(tenant, 'growth')).toMatchObject({ status: 409, body: { code: 'subscription_exists' } });
		expect((await w.call('POST', `/v1/tenants/${tenant.id}/subscription/assign`, { plan: 'enterprise' })).body).toMatchObject({ code: 'subscription_exists' });
	});

	test('the operator assigns any plan, with limits of its own', async () => {
		const tenant = await w.signUp();
		const assign = (body: object, key?: string) => w.call('POST', `/v1/tenants/${tenant.id}/subscription/assign`, body, key);
		expect((await assign({ plan: 'special' }, tenant.key)).body).toMatchObject({ code: 'key_scope_not_allowed' });
		expect((await assign({ plan: 'special', connections: 3 })).body).toMatchObject({ status: 'active', plan: 'special', limits: { connections: 3, answers: 5_000 } });
		expect((await assign({ plan: 'enterprise', answers: 7 })).body).toMatchObject({ plan: 'enterprise', limits: { connections: null, answers: 7 } });
		expect((await w.act(tenant, 'change', { plan: 'free' })).body).toMatchObject({ plan: 'free', limits: { connections: 1, answers: 100 } });
	});

	test('a new checkout ends the one before: nobody pays twice', async () => {
		const tenant = await w.signUp();
		const first = String((await w.checkout(tenant, 'single')).body['url']);
		const second = String((await w.checkout(tenant, 'double')).body['url']);
		await fetch(first, { method: 'POST', redirect: 'manual' });
		expect((await w.subscription(tenant))['status']).toBe('trialing');
		await fetch(second, { method: 'POST', redirect: 'manual' });
		expect(await w.subscription(tenant)).toMatchObject({ status: 'active', plan: 'double' });
		expect((await w.stripe.subscriptions.list({ customer: await w.customerOf(tenant) })).data).toHaveLength(1);
	});

	test('a missing payment is no obstacle to the free plan', async () => {
		const tenant = await subscriber('double', 2);
		await w.control('POST', `/stripe/billing/customers/${await w.customerOf(tenant)}/card`, { declines: true });
		await w.advance(33);
		expect((await w.subscription(tenant))['status']).toBe('past_due');
		expect((await w.act(tenant, 'change', { plan: 'free' })).body).toMatchObject({ code: 'connections_surplus', surplus: 1 });
		expect((await w.act(tenant, 'change', { plan: 'free', remove_connections: [tenant.connections[1]] })).body).toMatchObject({ status: 'active', plan: 'free', silent_reason: null });
		// A connection whose channel gives no answer just now is removed at another pass.
		const left = await until('the connection that was given up is gone', async () => {
			await w.billing.runDue();
			const connections = (await w.subscription(tenant))['connections'] as Json[];
			return connections.length === 1 && connections;
		});
		expect(left).toMatchObject([{ id: tenant.connections[0], suspended: false }]);
		expect((await w.stripe.subscriptions.list({ customer: await w.customerOf(tenant), status: 'all' })).data.map(({ status }) => status)).toEqual(['canceled']);
	});

	test('everybody sees the plans, without a key', async () => {
		const response = await fetch(`${w.url}/v1/plans`);
		const { data } = (await response.json()) as { data: Json[] };
		expect(data.map(({ id, ...plan }) => [id, plan['price_cents'], (plan['limits'] as Json)['connections'], plan['available']])).toEqual([
			['free', 0, 1, true], ['single', 999, 1, true], ['double', 1_999, 2, true], ['growth', 4_999, 4, true], ['special', 2_999, 2, false], ['enterprise', null, null, false],
		]);
		expect((await w.call('GET', '/openapi.json')).body).toMatchObject({ paths: { '/v1/plans': { get: { security: [] } } } });
	});
});

describe('an outcome that is not known', () => {
	test('is asked for: a change whose answers were lost is done once', async () => {
		const tenant = await subscriber('single', 0);
		w.loseNextAnswer();
		expect(await w.act(tenant, 'change', { plan: 'growth' })).toMatchObject({ status: 200, body: { plan: 'growth' } });
		expect((await invoices(tenant)).map(([reason]) => reason)).toEqual(['subscription_update', 'subscription_create']);
	});

	test('that was not done is an error, and the next try does it', async () => {
		const tenant = await subscriber('single', 0);
		await w.control('POST', '/faults', { vendor: 'stripe', operation: 'subscriptions.update', mode: 'status', status: 500, count: 2 });
		expect(await w.act(tenant, 'change', { plan: 'growth' })).toMatchObject({ status: 502, body: { code: 'stripe_ambiguous' } });
		expect(await w.subscription(tenant)).toMatchObject({ plan: 'single' });
		await w.control('DELETE', '/faults');
		expect(await w.act(tenant, 'change', { plan: 'growth' })).toMatchObject({ status: 200, body: { plan: 'growth' } });
	});

	test('of a checkout: the repeat gets the session that was made', async () => {
		const tenant = await w.signUp();
		w.loseNextAnswer();
		expect(await w.checkout(tenant, 'single')).toMatchObject({ status: 502, body: { code: 'stripe_ambiguous' } });
		expect((await w.checkout(tenant, 'single')).status).toBe(201);
		const customer = await w.customerOf(tenant);
		const sessions = ((await w.control('GET', '/stripe/billing/sessions')).data ?? []).filter((session) => session['customer'] === customer);
		expect(sessions).toHaveLength(1);
	});

	test('while Stripe is away nothing that is paid falls silent', async () => {
		const tenant = await subscriber('single', 0);
		await w.control('POST', '/faults', { vendor: 'stripe', mode: 'status', status: 503, count: 400 });
		w.skip(45);
		await w.billing.runDue();
		expect(await w.subscription(tenant)).toMatchObject({ status: 'active', silent_reason: null });
		await w.control('DELETE', '/faults');
		await w.advance(0.1);
		const { ends_at: end } = (await until('the next period', async () => (await w.subscription(tenant))['current_period'])) as { ends_at: string };
		expect(new Date(end).getTime()).toBeGreaterThan(w.now().getTime());
	});
});
