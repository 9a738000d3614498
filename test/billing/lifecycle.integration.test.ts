import { describe, expect, test } from 'vitest';
import { useBilling } from './world.ts';

const w = useBilling();

describe('a trial', () => {
	test('has one channel for seven days, is reminded of its end twice, and restricted after', async () => {
		const tenant = await w.signUp();
		expect(await w.subscription(tenant)).toMatchObject({ status: 'trialing', plan: null, limits: { connections: 1 }, enforced: true, silent_reason: null, pending: null });
		expect((await w.connect(tenant)).status).toBe(201);
		expect(await w.connect(tenant)).toMatchObject({ status: 403, body: { code: 'plan_limit_reached', limit: 1, plan: 'double' } });
		for (const [days, kinds] of [[3.9, []], [0.2, ['trial_ending']], [2, ['trial_ending', 'trial_ending']]] as const) {
			await w.advance(days);
			expect(await w.told(tenant)).toEqual(kinds);
		}
		await w.advance(1);
		expect(await w.subscription(tenant)).toMatchObject({ status: 'restricted', silent_reason: 'restricted' });
		expect(await w.told(tenant)).toEqual(['trial_ending', 'trial_ending', 'trial_ended']);
		expect(await w.connect(tenant)).toMatchObject({ status: 402, body: { code: 'subscription_required', status: 402 } });
		// Its connection is kept.
		expect((await w.subscription(tenant))['connections']).toMatchObject([{ channel: 'whatsapp', suspended: false }]);

		await w.pay(tenant, 'double');
		expect(await w.subscription(tenant)).toMatchObject({ status: 'active', plan: 'double', silent_reason: null, trial_ends_at: null, limits: { connections: 2, answers: 3_000 } });
		expect((await w.told(tenant)).slice(3).toSorted()).toEqual(['plan_changed', 'resumed']);
		expect((await w.connect(tenant)).status).toBe(201);
	});

	test('ends with the free plan too, without Stripe', async () => {
		const tenant = await w.signUp();
		expect(await w.act(tenant, 'change', { plan: 'free' })).toMatchObject({ status: 200, body: { status: 'active', plan: 'free', limits: { connections: 1, answers: 100 } } });
		await w.advance(30);
		expect(await w.subscription(tenant)).toMatchObject({ status: 'active', plan: 'free' });
		expect(await w.told(tenant)).toEqual(['plan_changed']);
	});

	test('and the company says which channels: others can’t be connected', async () => {
		const tenant = await w.signUp();
		const settings = (connectable_channels: unknown) => w.call('PATCH', `/v1/companies/${tenant.companyId}`, { settings: { connectable_channels } }, tenant.key);
		expect((await settings(['signal'])).status).toBe(400);
		await settings(['telegram']);
		expect(await w.connect(tenant)).toMatchObject({ status: 403, body: { code: 'channel_not_chosen', connectable_channels: ['telegram'] } });
		await settings(['telegram', 'whatsapp']);
		expect((await w.connect(tenant)).status).toBe(201);
	});

	test('two connections at the same time: one has the plan’s last place', async () => {
		const tenant = await w.signUp();
		expect((await Promise.all([w.connect(tenant), w.connect(tenant), w.connect(tenant)])).map(({ status }) => status).toSorted()).toEqual([201, 403, 403]);
	});
});

describe('a payment that fails', () => {
	test('is told on three days, silences the bot after seven, and paid it is active again in one step', async () => {
		const tenant = await w.signUp();
		await w.pay(tenant, 'single');
		await w.connect(tenant);
		const { ends_at: end } = (await w.subscription(tenant))['current_period'] as { ends_at: string };
		const daysLeft = (new Date(end).getTime() - w.now().getTime()) / 86_400_000;
		await w.advance(daysLeft - 6.5);
		await w.advance(4);
		expect(await w.told(tenant)).toEqual(['plan_changed', 'period_ending', 'period_ending']);

		const customer = await w.customerOf(tenant);
		await w.control('POST', `/stripe/billing/customers/${customer}/card`, { declines: true });
		await w.advance(2.6);
		const due = await w.subscription(tenant);
		expect(due).toMatchObject({ status: 'past_due', plan: 'single', past_due_since: end, silent_reason: null });
		const reminders = async () => (await w.told(tenant)).filter((kind) => kind === 'payment_due').length;
		const counts = [await reminders()];
		for (let day = 1; day <= 5; day += 1) {
			await w.advance(1);
			counts.push(await reminders());
		}
		expect(counts).toEqual([1, 2, 3, 3, 3, 3]);
		expect(await w.act(tenant, 'change', { plan: 'growth' })).toMatchObject({ status: 409, body: { code: 'payment_due' } });
		await w.advance(2);
		expect(await w.subscription(tenant)).toMatchObject({ status: 'suspended', plan: 'single', silent_reason: 'suspended', connections: [{ suspended: false }] });
		expect((await w.told(tenant)).at(-1)).toBe('suspended');

		const portal = await w.act(tenant, 'portal', { return_url: 'http://127.0.0.1/' });
		await fetch(String(portal.body['url']), { method: 'POST', body: 'action=pay', redirect: 'manual' });
		expect(await w.subscription(tenant)).toMatchObject({ status: 'active', plan: 'single', silent_reason: null, past_due_since: null });
		expect((await w.told(tenant)).at(-1)).toBe('resumed');
	});

	test('is found by asking when no event came', async () => {
		const tenant = await w.signUp();
		await w.pay(tenant, 'single');
		const endpoints = (await w.stripe.webhookEndpoints.list()).data;
		await w.control('POST', `/stripe/billing/customers/${await w.customerOf(tenant)}/card`, { declines: true });
		// The endpoint is away: the events are lost for now.
		await w.db.asOwner('ALTER TABLE billing_events ADD CONSTRAINT nothing CHECK (false) NOT VALID');
		try {
			await w.advance(32);
			expect(await w.subscription(tenant)).toMatchObject({ status: 'past_due' });
			await w.control('POST', `/stripe/billing/customers/${await w.customerOf(tenant)}/pay`);
			await w.advance(0.1);
			expect(await w.subscription(tenant)).toMatchObject({ status: 'active' });
		} finally {
			await w.db.asOwner('ALTER TABLE billing_events DROP CONSTRAINT nothing');
		}
		expect(endpoints).toHaveLength(1);
	});
});

describe('the end of a subscription', () => {
	test('comes with the period, restricts the tenant, and can be taken back before', async () => {
		const tenant = await w.signUp();
		await w.pay(tenant, 'single');
		expect(await w.act(tenant, 'cancel')).toMatchObject({ status: 200, body: { status: 'active', pending: { plan: null, surplus: 0 } } });
		expect(await w.act(tenant, 'change', { plan: 'single' })).toMatchObject({ status: 200, body: { pending: null } });
		await w.advance(32);
		expect(await w.subscription(tenant)).toMatchObject({ status: 'active', plan: 'single' });
		await w.act(tenant, 'cancel');
		await w.advance(32);
		expect(await w.subscription(tenant)).toMatchObject({ status: 'restricted', plan: null, silent_reason: 'restricted' });
		expect((await w.told(tenant)).at(-1)).toBe('subscription_ended');
		await w.pay(tenant, 'growth');
		expect(await w.subscription(tenant)).toMatchObject({ status: 'active', plan: 'growth', silent_reason: null });
	});

	test('in the free plan: what it chose follows the period', async () => {
		const tenant = await w.signUp();
		await w.pay(tenant, 'single');
		expect(await w.act(tenant, 'change', { plan: 'free' })).toMatchObject({ status: 200, body: { plan: 'single', pending: { plan: 'free' } } });
		await w.advance(32);
		expect(await w.subscription(tenant)).toMatchObject({ status: 'active', plan: 'free', pending: null, silent_reason: null });
		expect((await w.stripe.subscriptions.list({ customer: await w.customerOf(tenant) })).data).toEqual([]);
	});

	test('with the tenant: its customer goes at Stripe, and the report says so', async () => {
		const tenant = await w.signUp();
		await w.pay(tenant, 'single');
		const customer = await w.customerOf(tenant);
		const report = await w.call('DELETE', `/v1/tenants/${tenant.id}`);
		expect(report.body['removed']).toMatchObject([{ type: 'stripe_subscription', outcome: 'removed' }, { type: 'stripe_customer', id: customer, outcome: 'removed' }, { type: 'tenant' }]);
		expect(await w.stripe.customers.retrieve(customer).catch((error: unknown) => (error as { statusCode: number }).statusCode)).toBe(404);
	});
});

describe('without billing', () => {
	test('who signs up has no limits, and keeps that when billing is switched on', async () => {
		const { body } = await w.off.call('POST', '/v1/tenants', { key: 'ck_platform_'.padEnd(44, 'p'), body: { name: 'Early', email: 'e@example.com' } });
		const key = String((body['api_key'] as { secret: string }).secret);
		expect((await w.call('GET', `/v1/tenants/${String(body.id)}/subscription`, undefined, key)).body).toMatchObject({ status: 'active', plan: 'enterprise', limits: { connections: null, answers: null } });
		expect(await w.off.call('POST', `/v1/tenants/${String(body.id)}/subscription/change`, { key, body: { plan: 'free' } })).toMatchObject({ status: 503, body: { code: 'billing_off' } });
	});

	test('nobody is limited', async () => {
		const tenant = await w.signUp();
		await w.connect(tenant);
		expect((await w.off.call('POST', `/v1/companies/${tenant.companyId}/connections`, { key: tenant.key, body: { channel: 'whatsapp' } })).status).toBe(201);
	});
});
