import fc from 'fast-check';
import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { useBilling } from './world.ts';
import type { SignedUp } from './world.ts';

const w = useBilling();

/** Stripe delivers an event; the status that it gets. */
async function deliver(event: object, options: { secret?: string; at?: Date; header?: string } = {}): Promise<{ status: number; code: unknown }> {
	const payload = JSON.stringify(event);
	const signature = options.header ?? Stripe.webhooks.generateTestHeaderString({ payload, secret: options.secret ?? w.secret, timestamp: Math.floor((options.at ?? w.now()).getTime() / 1_000) });
	const response = await fetch(`${w.url}/hooks/billing`, { method: 'POST', body: payload, headers: { 'content-type': 'application/json', 'stripe-signature': signature } });
	const body = (await response.json()) as { code?: unknown };
	return { status: response.status, code: body.code };
}
const eventsOf = (tenant: SignedUp) => w.db.asOwner<{ id: string; type: string; amount_cents: number | null }>('SELECT id, type, amount_cents FROM billing_events WHERE tenant_id = $1 ORDER BY happened_at, id', [tenant.id]);
/** Everything that is stored of the tenant's subscription, but for counters. */
async function stored(tenant: SignedUp): Promise<unknown> {
	const [row] = await w.db.asOwner<{ row: Record<string, unknown> }>(
		`SELECT to_jsonb(b) - 'last_ticket' - 'stored_ticket' - 'next_due_at' - 'created_at' || jsonb_build_object('silent', t.silent_reason) AS row FROM billing_subscriptions b JOIN tenants t ON t.id = b.tenant_id WHERE b.tenant_id = $1`,
		[tenant.id],
	);
	return row?.row;
}

describe('events', () => {
	test('are stored once each, of an invoice the sum, and nothing of who paid', async () => {
		const tenant = await w.signUp();
		await w.pay(tenant, 'single');
		const before = await eventsOf(tenant);
		expect(before.map(({ type, amount_cents: cents }) => [type, cents]).toSorted()).toEqual([['checkout.session.completed', null], ['customer.subscription.created', null], ['invoice.paid', 999]]);
		for (const { object } of [...(await w.stripe.events.list({ limit: 20 })).data.map((event) => ({ object: event }))]) expect((await deliver(object)).status).toBe(200);
		expect(await eventsOf(tenant)).toEqual(before);
	});

	test('in any order, repeated and late, end in what Stripe says', async () => {
		const tenant = await w.signUp();
		await w.connect(tenant);
		await w.pay(tenant, 'growth');
		await w.act(tenant, 'change', { plan: 'single' });
		await w.advance(32);
		await w.control('POST', `/stripe/billing/customers/${await w.customerOf(tenant)}/card`, { declines: true });
		await w.advance(33);
		await w.control('POST', `/stripe/billing/customers/${await w.customerOf(tenant)}/pay`);
		const customer = await w.customerOf(tenant);
		const events = (await w.stripe.events.list({ limit: 100 })).data.filter(({ data: { object } }) => 'customer' in object && object.customer === customer);
		expect(events.length).toBeGreaterThan(8);
		const end = await stored(tenant);
		expect(end).toMatchObject({ status: 'active', plan: 'single', silent: null });

		const orders = fc.tuple(fc.shuffledSubarray(events, { minLength: 3 }), fc.array(fc.constantFrom(...events), { maxLength: 4 }));
		await fc.assert(
			fc.asyncProperty(orders, fc.constantFrom('trialing', 'restricted', 'past_due', 'suspended'), async ([order, again], status) => {
				// As if none of it had been heard of, or something else had been believed.
				await w.db.asOwner('DELETE FROM billing_events WHERE tenant_id = $1', [tenant.id]);
				await w.db.asOwner(
					`UPDATE billing_subscriptions SET status = $2, plan = CASE WHEN $2 IN ('past_due', 'suspended') THEN 'single' END, past_due_since = CASE WHEN $2 IN ('past_due', 'suspended') THEN now() END,
						pending_plan = NULL, pending_at = NULL, period_end = NULL, stripe_subscription_id = NULL WHERE tenant_id = $1`,
					[tenant.id, status],
				);
				const answers = await Promise.all([...order, ...again].map((event) => deliver(event)));
				expect(answers.every((answer) => answer.status === 200)).toBe(true);
				expect(await stored(tenant)).toEqual(end);
				expect(await eventsOf(tenant)).toHaveLength(new Set(order.concat(again).filter(({ type }) => type !== 'checkout.session.expired').map(({ id }) => id)).size);
			}),
			{ numRuns: 25 },
		);
	}, 60_000);

	test('that look at Stripe one after the other never store the older look over the newer', async () => {
		const tenant = await w.signUp();
		await w.pay(tenant, 'single');
		await w.db.asOwner('UPDATE billing_subscriptions SET stored_ticket = last_ticket + 5, plan = $2 WHERE tenant_id = $1', [tenant.id, 'double']);
		await w.db.asOwner('DELETE FROM billing_events WHERE tenant_id = $1', [tenant.id]);
		for (const event of (await w.stripe.events.list({ limit: 3 })).data) await deliver(event);
		expect(await w.subscription(tenant)).toMatchObject({ plan: 'double' });
	});

	test('of strangers are acknowledged, and change nothing', async () => {
		const event = { id: 'evt_x', object: 'event', type: 'invoice.paid', created: 1, data: { object: { customer: 'cus_stranger', amount_paid: 1, currency: 'eur' } } };
		expect((await deliver(event)).status).toBe(200);
		expect((await deliver({ ...event, type: 'payout.paid' })).status).toBe(200);
		expect(await w.db.asOwner(`SELECT 1 FROM billing_events WHERE id = 'evt_x'`)).toEqual([]);
	});

	test('that can’t be read, or whose answer Stripe does not give, are not acknowledged', async () => {
		const tenant = await w.signUp();
		await w.pay(tenant, 'single');
		expect(await deliver({ object: 'event', type: 'invoice.paid' })).toEqual({ status: 422, code: 'event_not_understood' });
		const event = { id: 'evt_later', object: 'event', type: 'invoice.paid', created: 1, data: { object: { customer: await w.customerOf(tenant) } } };
		await w.control('POST', '/faults', { vendor: 'stripe', operation: 'subscriptions.list', mode: 'status', status: 500, count: 2 });
		expect(await deliver(event)).toMatchObject({ status: 502, code: 'stripe_ambiguous' });
		expect((await eventsOf(tenant)).some(({ id }) => id === 'evt_later')).toBe(false);
		expect((await deliver(event)).status).toBe(200);
		expect((await eventsOf(tenant)).some(({ id }) => id === 'evt_later')).toBe(true);
	});
});

describe('a signature', () => {
	const event = { id: 'evt_forged', object: 'event', type: 'invoice.paid', created: 1, data: { object: { customer: 'cus_1' } } };

	test.each<[string, () => Parameters<typeof deliver>[1]]>([
		['of another secret, such as that of customers’ payments', () => ({ secret: 'whsec_payments' })],
		['that is old', () => ({ at: new Date(w.now().getTime() - 6 * 60_000) })],
		['from the future', () => ({ at: new Date(w.now().getTime() + 6 * 60_000) })],
		['that is none', () => ({ header: '' })],
	])('%s is refused', async (_what, options) => {
		expect(await deliver(event, options())).toMatchObject({ status: 401, code: 'signature_invalid' });
	});

	test('is named by its own variable', async () => {
		const response = await fetch(`${w.url}/hooks/billing`, { method: 'POST', body: '{}' });
		expect(await response.text()).toContain('BILLING_STRIPE_WEBHOOK_SECRET');
	});
});

describe('tenants are apart', () => {
	test('no key reads or changes another tenant’s subscription, usage and notices', async () => {
		const [a, b] = [await w.signUp('A'), await w.signUp('B')];
		await w.pay(a, 'double');
		for (const path of ['subscription', 'usage', 'notices']) expect(await w.call('GET', `/v1/tenants/${a.id}/${path}`, undefined, b.key)).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } });
		for (const action of ['cancel', 'change', 'checkout', 'portal']) {
			const body = { cancel: undefined, change: { plan: 'free' }, checkout: { plan: 'single', success_url: 'http://a.example', cancel_url: 'http://a.example' }, portal: { return_url: 'http://a.example' } }[action];
			expect(await w.call('POST', `/v1/tenants/${a.id}/subscription/${action}`, body, b.key)).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } });
		}
		expect(await w.subscription(a)).toMatchObject({ plan: 'double', pending: null });
	});

	test('a forgotten WHERE shows and changes nothing of another tenant’s', async () => {
		const [a, b] = [await w.signUp('A'), await w.signUp('B')];
		await w.pay(a, 'double');
		await w.db.asOwner(`INSERT INTO usage_months (tenant_id, month, answers) VALUES ($1, '2026-01-01', 7)`, [a.id]);
		await w.db.database.withTenant(b.id, async (sql) => {
			for (const table of ['billing_subscriptions', 'billing_events', 'billing_notices', 'usage_months']) {
				const { rows } = await sql.query<{ tenant_id: string }>(`SELECT DISTINCT tenant_id FROM ${table} WHERE tenant_id <> $1`, [b.id]);
				expect(rows, table).toEqual([]);
			}
			expect((await sql.query(`UPDATE billing_subscriptions SET plan = 'enterprise', status = 'active'`)).rowCount).toBe(1);
			expect((await sql.query('DELETE FROM usage_months')).rowCount).toBe(0);
		});
		await expect(w.db.database.withTenant(b.id, (sql) => sql.query(`INSERT INTO usage_months (tenant_id, month) VALUES ($1, '2026-02-01')`, [a.id]))).rejects.toThrow(/row-level security/);
		expect(await w.subscription(a)).toMatchObject({ plan: 'double' });
		expect((await w.db.database.system.query('SELECT 1 FROM billing_subscriptions')).rowCount).toBe(0);
	});
});
