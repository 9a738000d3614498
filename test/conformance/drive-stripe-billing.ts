import Stripe from 'stripe';
import { createStripeBillingClient } from '../../provisioner/src/vendors/stripe-billing/client.ts';
import type { DriveTarget } from './drive-waha.ts';

const KEY = 'sk_test_conformance_billing';

/** Calls every route of Stripe Billing in the stand-in: with our client where it has the call, with the SDK where not. */
export async function driveStripeBilling(target: DriveTarget): Promise<void> {
	const { hostname, port } = new URL(target.url);
	const stripe = new Stripe(KEY, { host: hostname, port: Number(port), protocol: 'http', telemetry: false });
	const priceOf = async (name: string, amount: number) =>
		(await stripe.prices.create({ currency: 'eur', unit_amount: amount, recurring: { interval: 'month' }, product_data: { name } })).id;
	const prices = { single: await priceOf('Single', 999), growth: await priceOf('Growth', 4_999) };
	const client = createStripeBillingClient({ url: target.url, secretKey: KEY, prices });
	await stripe.prices.retrieve(prices.single);
	await stripe.webhookEndpoints.create({ url: target.webhookUrl, enabled_events: ['*'] });

	const customerId = await client.createCustomer({ tenantId: 'ten_1', name: 'Flores', email: 'flores@example.com', idempotencyKey: 'billing:ten_1:customer' });
	await stripe.customers.retrieve(customerId);
	const wanted = { customerId, tenantId: 'ten_1', priceId: prices.single, successUrl: 'https://a.example/done', cancelUrl: 'https://a.example/plans' };
	const left = await client.createCheckout({ ...wanted, idempotencyKey: 'billing:ten_1:0' });
	await client.expireCheckout(left.id);
	const session = await client.createCheckout({ ...wanted, idempotencyKey: 'billing:ten_1:1' });
	await stripe.checkout.sessions.retrieve(session.id);
	await target.control(`/stripe/billing/sessions/${session.id}/pay`);

	const [subscription] = await client.subscriptionsOf(customerId);
	if (!subscription) throw new Error('the stand-in has no subscription after its checkout was paid');
	await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] });
	await client.changePrice(subscription, prices.growth, 'now', 'billing:ten_1:2');
	await client.planEnd(subscription.id, { ends: true, follows: 'free' }, 'billing:ten_1:3');
	const [invoice] = (await stripe.invoices.list({ customer: customerId })).data;
	await stripe.invoices.retrieve(invoice?.id ?? '');
	await client.createPortalSession(customerId, 'https://a.example');
	await client.cancelNow(subscription.id);
	await client.deleteCustomer(customerId);
}
