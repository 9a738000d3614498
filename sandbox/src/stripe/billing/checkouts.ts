import type { Attempt } from '../../deliveries.ts';
import { alphanumeric } from '../../ids.ts';
import type { JsonObject } from '../../json.ts';
import type { StripeCall } from '../call.ts';
import { expireCheckoutSession, retrieveCheckoutSession } from '../checkout.ts';
import { createCheckoutSession } from '../checkout-create.ts';
import { checkoutObject } from '../checkout-object.ts';
import { invalid, refused } from '../errors.ts';
import { metadata, object, objects, onlyKnown, requiredText, text } from '../params.ts';
import type { Billing } from './account.ts';
import { billingOfCall, billingSeconds, emitBilling, ownObject } from './account.ts';
import type { StoredSubscriptionCheckout } from './state.ts';
import { beginSubscription, priceAmount } from './subscription-life.ts';

const LIFE_SECONDS = 24 * 60 * 60;

/** `POST /v1/checkout/sessions`: mode `subscription` here, the others in `../checkout-create.ts`. */
export function createAnyCheckout(call: StripeCall): JsonObject {
	const { params, context } = call;
	if (text(params, 'mode') !== 'subscription') return createCheckoutSession(call);
	const billing = billingOfCall(call);
	onlyKnown(params, ['mode', 'customer', 'line_items', 'client_reference_id', 'metadata', 'subscription_data', 'success_url', 'cancel_url', 'locale', 'allow_promotion_codes', 'expand']);
	for (const name of ['success_url', 'cancel_url']) {
		const url = name === 'success_url' ? requiredText(params, name) : text(params, name);
		if (url !== null && !URL.canParse(url)) throw invalid('Not a valid URL', name, 'url_invalid');
	}
	const [line, more] = objects(params, 'line_items');
	if (line === undefined || more !== undefined) throw invalid('The sandbox sells one price in a subscription.', 'line_items');
	const price = ownObject('price', billing.account.prices, requiredText(line, 'price', 'line_items[0]'), 'line_items[0][price]');
	const customer = ownObject('customer', billing.account.customers, requiredText(params, 'customer'), 'customer').object.id;
	const data = object(params, 'subscription_data') ?? {};
	onlyKnown(data, ['metadata', 'description'], 'subscription_data');
	const at = billingSeconds(context);
	const stored: StoredSubscriptionCheckout = {
		id: `cs_test_b1${alphanumeric(56)}`, customer, price: price.id, status: 'open', subscription: null, invoice: null,
		client_reference_id: text(params, 'client_reference_id'), metadata: metadata(params), subscription_metadata: metadata(data),
		success_url: requiredText(params, 'success_url'), cancel_url: text(params, 'cancel_url'), locale: text(params, 'locale'), created: at, expires_at: at + LIFE_SECONDS,
	};
	billing.account.checkouts[stored.id] = stored;
	return shown(billing, stored);
}

export function retrieveAnyCheckout(call: StripeCall): JsonObject {
	const billing = billingOfCall(call);
	const stored = billing.account.checkouts[call.id];
	return stored === undefined ? retrieveCheckoutSession(call) : shown(billing, stored);
}

export function expireAnyCheckout(call: StripeCall): JsonObject {
	const billing = billingOfCall(call);
	const stored = billing.account.checkouts[call.id];
	if (stored === undefined) return expireCheckoutSession(call);
	if (stored.status !== 'open') throw refused(`Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${stored.status}\`.`);
	stored.status = 'expired';
	void emitBilling(billing, 'checkout.session.expired', shown(billing, stored));
	return shown(billing, stored);
}

/** The person pays: the subscription begins. Throws Stripe's 400 when the session is not open. */
export async function paySubscriptionCheckout(billing: Billing, stored: StoredSubscriptionCheckout): Promise<readonly Attempt[]> {
	if (stored.status !== 'open' || stored.expires_at <= billingSeconds(billing.context)) throw refused(`This Checkout Session is ${stored.status}; it can no longer be paid.`);
	stored.status = 'complete';
	const customer = ownObject('customer', billing.account.customers, stored.customer);
	customer.declines = false;
	const { subscription, invoice, deliveries } = await beginSubscription(billing, { customer: stored.customer, price: stored.price, metadata: stored.subscription_metadata });
	stored.subscription = subscription.id;
	stored.invoice = invoice.id;
	return [...deliveries, ...(await emitBilling(billing, 'checkout.session.completed', shown(billing, stored)))];
}

export function shown(billing: Billing, stored: StoredSubscriptionCheckout): JsonObject {
	const session = checkoutObject({
		id: stored.id, url: `${billing.context.url()}/c/subscribe/${stored.id}`, now: stored.created, expiresAt: stored.expires_at,
		params: { cancel_url: stored.cancel_url ?? '', client_reference_id: stored.client_reference_id ?? '', customer: stored.customer, locale: stored.locale ?? '' },
		currency: String(billing.account.prices[stored.price]?.['currency'] ?? ''), subtotal: priceAmount(billing, stored.price), shipping: [], metadata: stored.metadata, successUrl: stored.success_url,
	});
	return {
		...session,
		mode: 'subscription', status: stored.status, url: stored.status === 'open' ? session.url : null, payment_status: stored.status === 'complete' ? 'paid' : 'unpaid',
		subscription: stored.subscription, invoice: stored.invoice, customer_creation: null, invoice_creation: null, payment_method_collection: 'always',
	};
}
