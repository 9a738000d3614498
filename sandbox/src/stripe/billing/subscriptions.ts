import type { JsonObject } from '../../json.ts';
import { stringOf } from '../../json.ts';
import type { StripeCall } from '../call.ts';
import { page } from '../call.ts';
import { invalid, refused, StripeApiError } from '../errors.ts';
import { boolean, metadata, object, objects, onlyKnown, text, texts } from '../params.ts';
import type { Billing } from './account.ts';
import { billingOfCall, billingSeconds, ownObject } from './account.ts';
import { makeInvoice } from './invoices.ts';
import type { StoredSubscription } from './state.ts';
import { announce, announcePaid, endSubscription, priceAmount, settle } from './subscription-life.ts';
import { subscriptionObject } from './subscription-object.ts';

export function retrieveSubscription(call: StripeCall): JsonObject {
	const billing = billingOfCall(call);
	return subscriptionObject(billing, find(call, billing), texts(call.params, 'expand'));
}

/** `GET /v1/subscriptions`: without a status those that have not ended. */
export function listSubscriptions(call: StripeCall): JsonObject {
	const billing = billingOfCall(call);
	onlyKnown(call.params, ['customer', 'status', 'price', 'limit', 'starting_after', 'ending_before', 'expand']);
	const customer = text(call.params, 'customer');
	const status = text(call.params, 'status');
	const expand = texts(call.params, 'expand').map((path) => path.replace(/^data\./, ''));
	const found = Object.values(billing.account.subscriptions)
		.filter((one) => customer === null || one.customer === customer)
		.filter((one) => (status === null ? one.status !== 'canceled' : status === 'all' || one.status === status));
	return page(call, '/v1/subscriptions', found.toReversed().map((one) => subscriptionObject(billing, one, expand)));
}

/** `POST /v1/subscriptions/{id}`: another price for its item, an end with the period, metadata. https://docs.stripe.com/api/subscriptions/update */
export function updateSubscription(call: StripeCall): JsonObject {
	const { params } = call;
	const billing = billingOfCall(call);
	onlyKnown(params, ['items', 'proration_behavior', 'payment_behavior', 'cancel_at_period_end', 'metadata', 'expand']);
	const stored = find(call, billing);
	if (stored.status === 'canceled') throw refused('A canceled subscription can only update its cancellation_details and metadata.');
	const price = priceOf(call, billing, stored);
	if (price !== null && price !== stored.price) changePrice(call, billing, stored, price);
	if (params['cancel_at_period_end'] !== undefined) {
		stored.cancel_at_period_end = boolean(params, 'cancel_at_period_end');
		stored.canceled_at = stored.cancel_at_period_end ? billingSeconds(call.context) : null;
	}
	const changed = object(params, 'metadata');
	if (changed !== null) {
		// An empty value takes the key away.
		stored.metadata = { ...stored.metadata, ...metadata(params) };
		for (const [key, value] of Object.entries(changed)) if (value === '') delete stored.metadata[key];
	}
	void announce(billing, stored);
	return subscriptionObject(billing, stored, texts(params, 'expand'));
}

/** `DELETE /v1/subscriptions/{id}`: at once. */
export function cancelSubscription(call: StripeCall): JsonObject {
	const billing = billingOfCall(call);
	const stored = find(call, billing);
	// Stripe says so of one that has ended before.
	if (stored.status === 'canceled') throw new StripeApiError(404, { type: 'invalid_request_error', code: 'resource_missing', message: `No such subscription: '${call.id}'`, param: 'id' }, true);
	void endSubscription(billing, stored, billingSeconds(call.context));
	return subscriptionObject(billing, stored, texts(call.params, 'expand'));
}

function find(call: StripeCall, billing: Billing): StoredSubscription {
	return ownObject('subscription', billing.account.subscriptions, call.id);
}

function priceOf(call: StripeCall, billing: Billing, stored: StoredSubscription): string | null {
	const [item, more] = objects(call.params, 'items');
	if (item === undefined) return null;
	if (more !== undefined) throw invalid('The sandbox knows subscriptions with one item only.', 'items');
	onlyKnown(item, ['id', 'price', 'quantity'], 'items[0]');
	// Without its id it would be a second item.
	if (stringOf(item['id']) !== stored.item) throw invalid('The sandbox knows subscriptions with one item only: pass its id.', 'items[0][id]');
	const price = text(item, 'price');
	if (price !== null) ownObject('price', billing.account.prices, price, 'items[0][price]');
	return price;
}

/** `always_invoice`: the difference for the rest of the period is charged now; a card that is declined changes nothing with `error_if_incomplete`. */
function changePrice(call: StripeCall, billing: Billing, stored: StoredSubscription, price: string): void {
	const proration = text(call.params, 'proration_behavior') ?? 'create_prorations';
	const at = billingSeconds(call.context);
	if (proration === 'always_invoice') {
		const rest = Math.max(0, (stored.period_end - at) / (stored.period_end - stored.period_start));
		const amount = Math.round((priceAmount(billing, price) - priceAmount(billing, stored.price)) * rest);
		const declined = amount > 0 && billing.account.customers[stored.customer]?.declines === true;
		if (declined && text(call.params, 'payment_behavior') === 'error_if_incomplete') {
			throw new StripeApiError(402, { type: 'card_error', code: 'card_declined', message: 'Your card was declined.' }, true);
		}
		if (declined) throw invalid('The sandbox plays a declined change with payment_behavior error_if_incomplete only.', 'payment_behavior');
		stored.price = price;
		const invoice = makeInvoice(billing, stored, { reason: 'subscription_update', at, price, amount });
		settle(invoice, at);
		void announcePaid(billing, invoice, at);
		return;
	}
	if (proration !== 'none') throw invalid('The sandbox plays proration_behavior none and always_invoice only.', 'proration_behavior');
	stored.price = price;
}
