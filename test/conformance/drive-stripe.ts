import Stripe from 'stripe';
import { createStripeClient } from '../../provisioner/src/vendors/stripe/client.ts';
import type { DriveTarget } from './drive-waha.ts';

const KEY = 'sk_test_conformance';

/** Calls every Stripe route of the stand-in: with our client where it has the call, with the SDK where not. */
export async function driveStripe(target: DriveTarget): Promise<void> {
	const client = createStripeClient({ url: target.url, secretKey: KEY });
	const { hostname, port } = new URL(target.url);
	const stripe = new Stripe(KEY, { host: hostname, port: Number(port), protocol: 'http', telemetry: false });

	const endpoint = await stripe.webhookEndpoints.create({
		url: target.webhookUrl,
		enabled_events: ['*'],
		connect: true,
		description: 'conformance',
	});
	await stripe.webhookEndpoints.retrieve(endpoint.id);
	await stripe.webhookEndpoints.list();

	const { accountId } = await client.createConnectedAccount({
		email: 'flores@example.com',
		displayName: 'Flores',
		country: 'ES',
		companyId: 'company_1',
		idempotencyKey: 'account:company_1',
	});
	await client.createOnboardingLink({ accountId, refreshUrl: 'https://a.example/again', returnUrl: 'https://a.example/done' });
	await client.getAccountStatus(accountId);
	await target.control(`/stripe/accounts/${accountId}/complete-onboarding`);
	await client.getAccountStatus(accountId);
	await stripe.v2.core.accounts.retrieve(accountId, {
		include: ['configuration.merchant', 'requirements', 'identity', 'defaults', 'future_requirements'],
	});
	await stripe.v2.core.accounts.list({ limit: 5 });
	await stripe.accounts.retrieve(accountId);
	await stripe.rawRequest('GET', '/v1/account');

	await driveCheckout(stripe, client, target, accountId);
	await client.closeAccount(accountId);
	await stripe.webhookEndpoints.del(endpoint.id);
}

async function driveCheckout(
	stripe: Stripe,
	client: ReturnType<typeof createStripeClient>,
	target: DriveTarget,
	accountId: string,
): Promise<void> {
	const connected = { stripeAccount: accountId };
	const session = await client.createCheckoutSession({
		accountId,
		idempotencyKey: 'order_1:1',
		orderId: 'order_1',
		conversationId: 'conversation_1',
		companyId: 'company_1',
		currency: 'eur',
		lines: [{ name: 'Roses', quantity: 1, unitCents: 5990 }, { name: 'Card', quantity: 1, unitCents: 250 }],
		locale: 'es',
		successUrl: 'https://a.example/paid',
		expiresAt: new Date(Date.now() + 60 * 60 * 1000),
		applicationFeeCents: 0,
	});
	await client.retrieveCheckoutSession(accountId, session.id);
	await stripe.checkout.sessions.listLineItems(session.id, {}, connected);
	await target.control(`/stripe/sessions/${session.id}/pay`);
	const paid = await stripe.checkout.sessions.retrieve(session.id, {}, connected);
	if (typeof paid.payment_intent === 'string') {
		await stripe.paymentIntents.retrieve(paid.payment_intent, {}, connected);
		await client.createRefund({ accountId, paymentIntentId: paid.payment_intent, amountCents: 100, idempotencyKey: 'order_1:refund:1' });
		await client.refundedCents(accountId, paid.payment_intent);
	}
	await stripe.checkout.sessions.list({ limit: 5 }, connected);

	const product = await stripe.products.create({ name: 'Tulips', metadata: { sku: '7' } }, connected);
	await stripe.products.retrieve(product.id, {}, connected);
	const price = await stripe.prices.create({ product: product.id, currency: 'eur', unit_amount: 900 }, connected);
	await stripe.prices.retrieve(price.id, {}, connected);
	const rate = await stripe.shippingRates.create(
		{ display_name: 'Van', type: 'fixed_amount', fixed_amount: { amount: 500, currency: 'eur' } },
		connected,
	);
	await stripe.shippingRates.retrieve(rate.id, {}, connected);
	const second = await stripe.checkout.sessions.create(
		{
			mode: 'payment',
			line_items: [{ price: price.id, quantity: 2 }],
			shipping_options: [{ shipping_rate: rate.id }],
			customer_email: 'ana@example.com',
			success_url: 'https://a.example/paid',
		},
		connected,
	);
	await client.expireCheckoutSession(accountId, second.id);
	const events = await stripe.events.list({ limit: 5 }, connected);
	await stripe.events.retrieve(events.data[0]?.id ?? '', {}, connected);
}
