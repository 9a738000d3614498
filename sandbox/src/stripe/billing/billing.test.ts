import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Receiver, TestSandbox } from '../../test-support.ts';
import { connectStripe, startReceiver, startSandbox } from '../../test-support.ts';

let sandbox: TestSandbox;
let receiver: Receiver;
let stripe: Stripe;
let other: Stripe;

beforeEach(async () => {
	sandbox = await startSandbox();
	receiver = await startReceiver();
	stripe = connectStripe(sandbox, 'sk_test_billing');
	other = connectStripe(sandbox, 'sk_test_payments');
});
afterEach(async () => {
	await sandbox.close();
	await receiver.close();
});
const priceOf = (name: string, unit_amount: number) => stripe.prices.create({ currency: 'eur', unit_amount, recurring: { interval: 'month' }, product_data: { name } });
async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
	const error: unknown = await call.then(() => undefined, (reason: unknown) => reason);
	if (!(error instanceof Stripe.errors.StripeError)) throw new Error(`expected a Stripe error, got ${String(error)}`);
	return error;
}
const types = (): unknown[] => receiver.received.map(({ body }) => body['type']);
/** A customer who has subscribed to a price. */
async function subscriber(price: string) {
	const customer = await stripe.customers.create({ name: 'Flores', email: 'f@example.com', metadata: { tenant_id: 'ten_1' } });
	const session = await stripe.checkout.sessions.create({
		mode: 'subscription', customer: customer.id, line_items: [{ price, quantity: 1 }], client_reference_id: 'ten_1', subscription_data: { metadata: { tenant_id: 'ten_1' } },
		success_url: 'https://site.example/done?session={CHECKOUT_SESSION_ID}', cancel_url: 'https://site.example/plans',
	});
	await sandbox.post(`/stripe/billing/sessions/${session.id}/pay`);
	const [subscription] = (await stripe.subscriptions.list({ customer: customer.id, expand: ['data.latest_invoice'] })).data;
	if (!subscription) throw new Error('there is no subscription');
	return { customer: customer.id, session: session.id, subscription };
}
const advance = (days: number) => sandbox.post('/stripe/billing/clock', { advance_days: days });
const item = (subscription: Stripe.Subscription) => subscription.items.data[0]!;

describe('subscriptions, driven by the stripe package', () => {
	it('begin at the hosted page, with a period of a month on the item and a paid invoice', async () => {
		await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] });
		const price = await priceOf('Double', 1_999);
		const customer = await stripe.customers.create({ name: 'Flores' });
		const session = await stripe.checkout.sessions.create({ mode: 'subscription', customer: customer.id, line_items: [{ price: price.id, quantity: 1 }], success_url: 'https://site.example/done?session={CHECKOUT_SESSION_ID}' });
		expect(session).toMatchObject({ mode: 'subscription', status: 'open', amount_total: 1_999, payment_status: 'unpaid', subscription: null });
		expect(await (await fetch(session.url ?? '')).text()).toContain('Double');
		const paid = await fetch(session.url ?? '', { method: 'POST', redirect: 'manual' });
		expect(paid.headers.get('location')).toBe(`https://site.example/done?session=${session.id}`);

		const [subscription] = (await stripe.subscriptions.list({ customer: customer.id, expand: ['data.latest_invoice'] })).data;
		expect(subscription).toMatchObject({ status: 'active', cancel_at_period_end: false });
		const days = (item(subscription!).current_period_end - item(subscription!).current_period_start) / 86_400;
		expect(days >= 28 && days <= 31).toBe(true);
		expect(subscription).not.toHaveProperty('current_period_end');
		const invoice = subscription!.latest_invoice as Stripe.Invoice;
		expect(invoice).toMatchObject({ status: 'paid', amount_paid: 1_999, billing_reason: 'subscription_create', parent: { type: 'subscription_details', subscription_details: { subscription: subscription!.id } } });
		expect((await stripe.checkout.sessions.retrieve(session.id)).subscription).toBe(subscription!.id);
		expect(types()).toEqual(['customer.subscription.created', 'invoice.paid', 'checkout.session.completed']);
		expect((await stripe.events.list()).data.map(({ type }) => type)).toEqual(types().toReversed());
	});

	it('renew with Stripe’s clock, fall past due with a card that is declined, and are active again when it is paid', async () => {
		const { customer, subscription } = await subscriber((await priceOf('Single', 999)).id);
		const end = item(subscription).current_period_end;
		await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] });
		await advance(31);
		const renewed = await stripe.subscriptions.retrieve(subscription.id);
		expect([renewed.status, item(renewed).current_period_start]).toEqual(['active', end]);
		expect(types()).toEqual(['invoice.paid', 'customer.subscription.updated']);

		await sandbox.post(`/stripe/billing/customers/${customer}/card`, { declines: true });
		await advance(31);
		const due = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] });
		expect(due.status).toBe('past_due');
		expect(due.latest_invoice).toMatchObject({ status: 'open', attempt_count: 1, created: item(due).current_period_start });
		await advance(8);
		expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('unpaid');
		expect(types().filter((type) => type === 'invoice.payment_failed')).toHaveLength(4);

		const portal = await stripe.billingPortal.sessions.create({ customer, return_url: 'https://site.example' });
		expect(await (await fetch(portal.url)).text()).toContain('Pay what is open');
		await fetch(portal.url, { method: 'POST', body: 'action=pay', redirect: 'manual' });
		expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
		expect((await stripe.invoices.list({ customer, status: 'open' })).data).toEqual([]);
	});

	it('change their price: upwards the rest of the period is charged, downwards nothing moves', async () => {
		const [single, growth] = [await priceOf('Single', 999), await priceOf('Growth', 4_999)];
		const { customer, subscription } = await subscriber(single.id);
		const change = (price: string, more: Partial<Stripe.SubscriptionUpdateParams>) => stripe.subscriptions.update(subscription.id, { items: [{ id: item(subscription).id, price }], expand: ['latest_invoice'], ...more });
		const up = await change(growth.id, { proration_behavior: 'always_invoice', payment_behavior: 'error_if_incomplete' });
		expect(item(up).price.id).toBe(growth.id);
		expect(up.latest_invoice).toMatchObject({ status: 'paid', billing_reason: 'subscription_update', amount_paid: 4_000 });
		const down = await change(single.id, { proration_behavior: 'none' });
		expect([item(down).price.id, (down.latest_invoice as Stripe.Invoice).id]).toEqual([single.id, (up.latest_invoice as Stripe.Invoice).id]);

		await sandbox.post(`/stripe/billing/customers/${customer}/card`, { declines: true });
		const declined = await refusal(change(growth.id, { proration_behavior: 'always_invoice', payment_behavior: 'error_if_incomplete' }));
		expect(declined).toMatchObject({ statusCode: 402, code: 'card_declined' });
		expect(item(await stripe.subscriptions.retrieve(subscription.id)).price.id).toBe(single.id);
	});

	it('end with the period or at once, and with their customer', async () => {
		await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['customer.subscription.deleted'] });
		const price = (await priceOf('Single', 999)).id;
		const first = await subscriber(price);
		await stripe.subscriptions.update(first.subscription.id, { cancel_at_period_end: true });
		expect((await stripe.subscriptions.retrieve(first.subscription.id)).status).toBe('active');
		await advance(31);
		expect((await stripe.subscriptions.retrieve(first.subscription.id)).status).toBe('canceled');
		expect((await stripe.subscriptions.list({ customer: first.customer })).data).toEqual([]);
		expect((await stripe.subscriptions.list({ customer: first.customer, status: 'all' })).data).toHaveLength(1);

		const next = await subscriber(price);
		expect((await stripe.subscriptions.cancel(next.subscription.id)).status).toBe('canceled');
		expect(await refusal(stripe.subscriptions.cancel(next.subscription.id))).toMatchObject({ statusCode: 404 });
		const last = await subscriber(price);
		expect(await stripe.customers.del(last.customer)).toMatchObject({ deleted: true });
		expect(await refusal(stripe.customers.retrieve(last.customer))).toMatchObject({ statusCode: 404 });
		expect(types()).toHaveLength(3);
	});
});

describe('two secret keys', () => {
	it('are two accounts: neither sees the other’s customers, subscriptions, sessions, prices and events', async () => {
		await other.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] });
		const price = await priceOf('Single', 999);
		const { customer, session, subscription } = await subscriber(price.id);
		for (const call of [other.customers.retrieve(customer), other.subscriptions.retrieve(subscription.id), other.checkout.sessions.retrieve(session), other.prices.retrieve(price.id)]) {
			expect(await refusal(call)).toMatchObject({ statusCode: 404, code: 'resource_missing' });
		}
		expect((await other.subscriptions.list({ status: 'all' })).data).toEqual([]);
		expect((await other.events.list()).data).toEqual([]);
		expect((await stripe.events.list()).data.length).toBeGreaterThan(0);
		expect(receiver.received).toEqual([]);
	});

	it('may use the same idempotency key', async () => {
		const make = (client: Stripe, name: string) => client.customers.create({ name }, { idempotencyKey: 'customer:ten_1' });
		const [own, theirs] = [await make(stripe, 'A'), await make(other, 'B')];
		expect(own.id).not.toBe(theirs.id);
		expect((await make(stripe, 'A')).id).toBe(own.id);
	});
});
