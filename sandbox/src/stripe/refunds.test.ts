import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectStripe, startSandbox, type TestSandbox } from '../test-support.ts';

let sandbox: TestSandbox;
let stripe: Stripe;
let account: string;
beforeAll(async () => {
	sandbox = await startSandbox();
	stripe = connectStripe(sandbox, 'sk_test_refunds');
	account = (
		await stripe.v2.core.accounts.create({
			contact_email: 'a@example.com', identity: { country: 'es' }, configuration: { merchant: { capabilities: { card_payments: { requested: true } } } }, dashboard: 'full',
			defaults: { responsibilities: { fees_collector: 'stripe', losses_collector: 'stripe' } },
		})
	).id;
	await sandbox.post(`/stripe/accounts/${account}/complete-onboarding`);
});
afterAll(() => sandbox.close());

async function paidIntent(delayed = false): Promise<string> {
	const connected = { stripeAccount: account };
	const { id } = await stripe.checkout.sessions.create(
		{ mode: 'payment', success_url: 'https://a.example', line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 2_500, product_data: { name: 'Lamp' } } }] },
		connected,
	);
	await sandbox.post(`/stripe/sessions/${id}/pay`, { delayed });
	return String((await stripe.checkout.sessions.retrieve(id, {}, connected)).payment_intent);
}

test('a payment is refunded in parts and whole, once a key, and never more than was paid', async () => {
	const intent = await paidIntent();
	const refund = (amount: number | undefined, key: string) =>
		stripe.refunds.create({ payment_intent: intent, ...(amount === undefined ? {} : { amount }) }, { stripeAccount: account, idempotencyKey: key });
	const first = await refund(100, 'r1');
	expect(first).toMatchObject({ object: 'refund', amount: 100, currency: 'eur', payment_intent: intent, status: 'succeeded' });
	expect((await refund(100, 'r1')).id).toBe(first.id);
	await expect(refund(2_401, 'r2')).rejects.toThrow(/greater than unrefunded amount/);
	expect((await refund(undefined, 'r3')).amount).toBe(2_400);
	await expect(refund(undefined, 'r4')).rejects.toMatchObject({ code: 'charge_already_refunded' });
	const { data } = await stripe.refunds.list({ payment_intent: intent }, { stripeAccount: account });
	expect(data.map(({ amount }) => amount)).toEqual([2_400, 100]);
});

test('what has not arrived, and another account’s, is not refunded', async () => {
	await expect(stripe.refunds.create({ payment_intent: await paidIntent(true) }, { stripeAccount: account })).rejects.toThrow(/does not have a successful charge/);
	await expect(stripe.refunds.create({ payment_intent: await paidIntent() })).rejects.toMatchObject({ statusCode: 404 });
});
