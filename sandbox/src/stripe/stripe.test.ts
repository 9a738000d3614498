import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Receiver, TestSandbox } from '../test-support.ts';
import { connectStripe, startReceiver, startSandbox } from '../test-support.ts';

let sandbox: TestSandbox;
let stripe: Stripe;
let receiver: Receiver;

beforeEach(async () => {
	sandbox = await startSandbox();
	receiver = await startReceiver();
	stripe = connectStripe(sandbox, 'sk_test_sandbox');
});
afterEach(async () => {
	await sandbox.close();
	await receiver.close();
});

function createAccount() {
	return stripe.v2.core.accounts.create({
		contact_email: 'flores@example.com',
		display_name: 'Flores',
		dashboard: 'full',
		identity: { country: 'es' },
		defaults: { responsibilities: { fees_collector: 'stripe', losses_collector: 'stripe' } },
		configuration: { merchant: { capabilities: { card_payments: { requested: true } } } },
		include: ['configuration.merchant', 'requirements'],
	});
}

async function readyAccount(): Promise<string> {
	const { id } = await createAccount();
	await sandbox.post(`/stripe/accounts/${id}/complete-onboarding`);
	return id;
}

function basket(change: Partial<Stripe.Checkout.SessionCreateParams> = {}): Stripe.Checkout.SessionCreateParams {
	const line = (name: string, unit_amount: number, quantity: number) => ({
		quantity,
		price_data: { currency: 'eur', unit_amount, product_data: { name } },
	});
	return {
		mode: 'payment',
		line_items: [line('20 roses', 5990, 1), line('Card', 250, 1)],
		shipping_options: [
			{ shipping_rate_data: { display_name: 'Delivery', type: 'fixed_amount', fixed_amount: { amount: 500, currency: 'eur' } } },
		],
		client_reference_id: 'order_1',
		metadata: { order_id: 'order_1' },
		payment_intent_data: { metadata: { order_id: 'order_1' }, application_fee_amount: 100 },
		success_url: 'https://shop.example/done?session={CHECKOUT_SESSION_ID}',
		cancel_url: 'https://shop.example/back',
		...change,
	};
}

async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
	const error: unknown = await call.then(() => undefined, (reason: unknown) => reason);
	if (!(error instanceof Stripe.errors.StripeError)) throw new Error(`expected a Stripe error, got ${String(error)}`);
	return error;
}

describe('accounts, driven by the stripe package', () => {
	it('creates an account that cannot charge until it is onboarded', async () => {
		const account = await createAccount();
		expect(account).toMatchObject({ object: 'v2.core.account', applied_configurations: ['merchant'], closed: false });
		expect(account.configuration?.merchant?.capabilities?.card_payments?.status).toBe('restricted');
		expect(account.requirements?.entries?.length).toBeGreaterThan(0);
		expect((await stripe.accounts.retrieve(account.id)).charges_enabled).toBe(false);
		expect(await refusal(stripe.checkout.sessions.create(basket(), { stripeAccount: account.id }))).toMatchObject({ statusCode: 400 });

		const link = await stripe.v2.core.accountLinks.create({
			account: account.id,
			use_case: { type: 'account_onboarding', account_onboarding: { refresh_url: 'https://a.example/r', return_url: 'https://a.example/ok' } },
		});
		expect(link.url).toContain(`${sandbox.url}/onboarding/${account.id}`);
		await sandbox.post(`/stripe/accounts/${account.id}/complete-onboarding`);
		const ready = await stripe.v2.core.accounts.retrieve(account.id, { include: ['configuration.merchant', 'requirements'] });
		expect(ready.configuration?.merchant?.capabilities?.card_payments?.status).toBe('active');
		expect(ready.requirements?.entries).toEqual([]);
		expect((await stripe.accounts.retrieve(account.id)).charges_enabled).toBe(true);
	});

	it('leaves out what was not included', async () => {
		const { id } = await createAccount();
		const account = await stripe.v2.core.accounts.retrieve(id);
		expect(account.configuration).toBeUndefined();
		expect(account.requirements).toBeUndefined();
	});

	it('lists open accounts, closes one, and lets nobody act for it after', async () => {
		const id = await readyAccount();
		expect((await stripe.v2.core.accounts.list({ limit: 10 })).data.map((one) => one.id)).toEqual([id]);
		expect((await stripe.v2.core.accounts.close(id, { applied_configurations: ['merchant'] })).closed).toBe(true);
		expect(await refusal(stripe.checkout.sessions.create(basket(), { stripeAccount: id }))).toMatchObject({ statusCode: 403, code: 'account_invalid' });
	});

	it('refuses keys that are not test keys', async () => {
		const error = await refusal(connectStripe(sandbox, 'sk_live_x').accounts.retrieve('acct_1'));
		expect(error).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
	});
});

describe('checkout sessions', () => {
	it('adds lines and shipping up and belongs to the connected account', async () => {
		const stripeAccount = await readyAccount();
		const session = await stripe.checkout.sessions.create(basket(), { stripeAccount });
		expect(session).toMatchObject({
			object: 'checkout.session',
			status: 'open',
			payment_status: 'unpaid',
			amount_subtotal: 6240,
			amount_total: 6740,
			currency: 'eur',
			client_reference_id: 'order_1',
			url: `${sandbox.url}/c/pay/${session.id}`,
		});
		expect((await refusal(stripe.checkout.sessions.retrieve(session.id))).code).toBe('resource_missing');
		const full = await stripe.checkout.sessions.retrieve(session.id, { expand: ['line_items'] }, { stripeAccount });
		expect(full.line_items?.data.map((line) => [line.description, line.amount_total, line.quantity])).toEqual([
			['20 roses', 5990, 1],
			['Card', 250, 1],
		]);
		expect((await stripe.checkout.sessions.list({ status: 'open' }, { stripeAccount })).data).toHaveLength(1);
		expect(await sandbox.get(`/stripe/sessions?account=${stripeAccount}`)).toMatchObject({
			data: [{ id: session.id, account: stripeAccount, amount_total: 6740 }],
		});
	});

	it('takes prices, products and shipping rates made before', async () => {
		const stripeAccount = await readyAccount();
		const product = await stripe.products.create({ name: 'Roses' }, { stripeAccount });
		const price = await stripe.prices.create({ product: product.id, currency: 'eur', unit_amount: 1500 }, { stripeAccount });
		const rate = await stripe.shippingRates.create(
			{ display_name: 'Van', type: 'fixed_amount', fixed_amount: { amount: 700, currency: 'eur' } },
			{ stripeAccount },
		);
		const session = await stripe.checkout.sessions.create(
			basket({ line_items: [{ price: price.id, quantity: 2 }], shipping_options: [{ shipping_rate: rate.id }] }),
			{ stripeAccount },
		);
		expect(session.amount_total).toBe(3700);
		expect((await stripe.prices.retrieve(price.id, {}, { stripeAccount })).product).toBe(product.id);
		expect((await stripe.shippingRates.retrieve(rate.id, {}, { stripeAccount })).fixed_amount?.amount).toBe(700);
		expect((await refusal(stripe.products.retrieve(product.id))).statusCode).toBe(404);
	});

	it('checks how long it may live, what it costs and what it is told', async () => {
		const now = Math.floor(Date.now() / 1000);
		const param = async (change: Partial<Stripe.Checkout.SessionCreateParams>) =>
			(await refusal(stripe.checkout.sessions.create(basket(change)))).param;
		expect(await param({ expires_at: now + 29 * 60 })).toBe('expires_at');
		expect(await param({ expires_at: now + 25 * 3600 })).toBe('expires_at');
		expect(await param({ line_items: [] })).toBe('line_items');
		expect(await param({ success_url: 'nowhere' })).toBe('success_url');
		const wrong = await refusal(stripe.rawRequest('POST', '/v1/checkout/sessions', { mode: 'payment', colour: 'red' }));
		expect(wrong).toMatchObject({ code: 'parameter_unknown', param: 'colour' });
		const cheap = basket({ line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 49, product_data: { name: 'Leaf' } } }], shipping_options: [], payment_intent_data: {} });
		expect((await refusal(stripe.checkout.sessions.create(cheap))).code).toBe('amount_too_small');
		expect((await stripe.checkout.sessions.create(basket({ expires_at: now + 31 * 60 }))).expires_at).toBe(now + 31 * 60);
	});

	it('expires from open only, and by itself when its time has come', async () => {
		let time = Date.now();
		await sandbox.close();
		sandbox = await startSandbox({ now: () => time });
		stripe = connectStripe(sandbox, 'sk_test_sandbox');
		const first = await stripe.checkout.sessions.create(basket());
		expect(await stripe.checkout.sessions.expire(first.id)).toMatchObject({ status: 'expired', url: null });
		expect((await refusal(stripe.checkout.sessions.expire(first.id))).message).toContain('can be expired');
		const second = await stripe.checkout.sessions.create(basket());
		time += 24 * 3600 * 1000 + 1000;
		await expect.poll(async () => (await stripe.checkout.sessions.retrieve(second.id)).status, { timeout: 4000 }).toBe('expired');
	});
});

describe('idempotency keys', () => {
	it('replay the first answer and refuse other parameters', async () => {
		const options = { idempotencyKey: 'order_1:1' };
		const first = await stripe.checkout.sessions.create(basket(), options);
		await stripe.checkout.sessions.expire(first.id);
		const again = await stripe.checkout.sessions.create(basket(), options);
		expect(again).toMatchObject({ id: first.id, status: 'open' });
		expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
		const other = await refusal(stripe.checkout.sessions.create(basket({ client_reference_id: 'order_2' }), options));
		expect(other).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
		expect((await stripe.checkout.sessions.list()).data).toHaveLength(1);
	});

	it('replay a server error, but not a request that failed validation', async () => {
		await sandbox.post('/faults', { vendor: 'stripe', operation: 'checkout.sessions.create', mode: 'status', status: 500, count: 1 });
		const options = { idempotencyKey: 'order_3:1' };
		expect((await refusal(stripe.checkout.sessions.create(basket(), options))).statusCode).toBe(500);
		expect((await refusal(stripe.checkout.sessions.create(basket(), options))).statusCode).toBe(500);
		expect(await stripe.checkout.sessions.create(basket(), { idempotencyKey: 'order_3:2' })).toMatchObject({ status: 'open' });

		const corrected = { idempotencyKey: 'order_4:1' };
		expect((await refusal(stripe.checkout.sessions.create(basket({ success_url: 'nowhere' }), corrected))).statusCode).toBe(400);
		expect(await stripe.checkout.sessions.create(basket(), corrected)).toMatchObject({ status: 'open' });
	});

	it('give the session that was made when the answer got lost', async () => {
		await sandbox.post('/faults', { vendor: 'stripe', operation: 'checkout.sessions.create', mode: 'hang_after_accept', count: 1 });
		const options = { idempotencyKey: 'order_5:1', timeout: 200 };
		expect(await refusal(stripe.checkout.sessions.create(basket(), options))).toBeInstanceOf(Stripe.errors.StripeConnectionError);
		const session = await stripe.checkout.sessions.create(basket(), { idempotencyKey: 'order_5:1' });
		expect((await stripe.checkout.sessions.list()).data.map((one) => one.id)).toEqual([session.id]);
	});
});

describe('webhooks', () => {
	it('are signed, name the connected account, and can be sent again', async () => {
		const endpoint = await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['checkout.session.completed'], connect: true });
		const stripeAccount = await readyAccount();
		const session = await stripe.checkout.sessions.create(basket(), { stripeAccount });
		expect(await sandbox.post(`/stripe/sessions/${session.id}/pay`)).toMatchObject({ deliveries: [{ status: 200 }] });

		const [call] = await receiver.waitFor(1);
		const signature = call?.headers['stripe-signature'] ?? '';
		const event = stripe.webhooks.constructEvent(call?.raw ?? '', signature, endpoint.secret ?? '');
		expect(event).toMatchObject({ type: 'checkout.session.completed', account: stripeAccount, api_version: '2026-10-28.endive' });
		expect(event.data.object).toMatchObject({ id: session.id, status: 'complete', payment_status: 'paid', amount_total: 6740 });
		expect(() => stripe.webhooks.constructEvent(`${call?.raw} `, signature, endpoint.secret ?? '')).toThrow();

		const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] }, { stripeAccount });
		expect(paid.payment_intent).toMatchObject({ status: 'succeeded', amount_received: 6740, application_fee_amount: 100, metadata: { order_id: 'order_1' } });
		await expect(sandbox.post(`/stripe/sessions/${session.id}/pay`)).rejects.toThrow('complete');

		await sandbox.post(`/stripe/events/${event.id}/resend`);
		const calls = await receiver.waitFor(2);
		expect(calls[1]?.body).toMatchObject({ id: event.id, data: { object: { id: session.id } } });
		expect(await stripe.events.retrieve(event.id, {}, { stripeAccount })).toMatchObject({ id: event.id });
		expect((await stripe.events.list({ type: 'checkout.session.completed' }, { stripeAccount })).data).toHaveLength(1);
		expect((await stripe.events.list()).data).toEqual([]);
	});

	it('go to the endpoints that asked for them only', async () => {
		const platform = await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] });
		const stripeAccount = await readyAccount();
		const connected = await stripe.checkout.sessions.create(basket(), { stripeAccount });
		expect(await sandbox.post(`/stripe/sessions/${connected.id}/pay`)).toMatchObject({ deliveries: [] });
		const own = await stripe.checkout.sessions.create(basket());
		await sandbox.post(`/stripe/sessions/${own.id}/expire`);
		const [call] = await receiver.waitFor(1);
		expect(call?.body).toMatchObject({ type: 'checkout.session.expired' });
		expect(call?.body['account']).toBeUndefined();
		expect((await stripe.webhookEndpoints.list()).data.map((one) => [one.id, one.secret])).toEqual([[platform.id, undefined]]);
		expect(await stripe.webhookEndpoints.del(platform.id)).toMatchObject({ deleted: true });
	});

	it('tell about payments that arrive later', async () => {
		await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['checkout.session.completed', 'checkout.session.async_payment_failed'] });
		const session = await stripe.checkout.sessions.create(basket());
		await sandbox.post(`/stripe/sessions/${session.id}/pay`, { delayed: true });
		await sandbox.post(`/stripe/sessions/${session.id}/settle`, { succeeded: false });
		const calls = await receiver.waitFor(2);
		expect(calls.map(({ body }) => body)).toMatchObject([
			{ type: 'checkout.session.completed', data: { object: { payment_status: 'unpaid' } } },
			{ type: 'checkout.session.async_payment_failed' },
		]);
	});
});
