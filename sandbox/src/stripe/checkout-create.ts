import type { SandboxContext } from '../context.ts';
import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { isObject, numberOf, stringOf } from '../json.ts';
import { connectedAccount } from './accounts.ts';
import type { StripeCall } from './call.ts';
import { unixSeconds } from './call.ts';
import { checkoutObject } from './checkout-object.ts';
import { invalid, missing, refused } from './errors.ts';
import type { StripeParams } from './params.ts';
import { integer, metadata, object, objects, onlyKnown, requiredText, text } from './params.ts';
import { findObject, makePrice, makeShippingRate } from './products.ts';
import type { CheckoutSession, StoredCheckout } from './state.ts';

const CREATE_PARAMS = [
	'after_expiration', 'allow_promotion_codes', 'automatic_tax', 'billing_address_collection', 'cancel_url', 'client_reference_id',
	'consent_collection', 'currency', 'custom_fields', 'custom_text', 'customer', 'customer_creation', 'customer_email', 'expand',
	'expires_at', 'invoice_creation', 'line_items', 'locale', 'metadata', 'mode', 'payment_intent_data', 'payment_method_options',
	'payment_method_types', 'phone_number_collection', 'shipping_address_collection', 'shipping_options', 'submit_type', 'success_url',
	'tax_id_collection', 'ui_mode',
];
const INTENT_PARAMS = [
	'application_fee_amount', 'capture_method', 'description', 'metadata', 'on_behalf_of', 'receipt_email', 'setup_future_usage',
	'shipping', 'statement_descriptor', 'statement_descriptor_suffix', 'transfer_data', 'transfer_group',
];
const MIN_LIFE_SECONDS = 30 * 60;
const MAX_LIFE_SECONDS = 24 * 60 * 60;
/** https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts (the ones in use here). */
const MINIMUM_CHARGE: Readonly<Record<string, number>> = { eur: 50, usd: 50, gbp: 30, pln: 200, chf: 50 };

/** `POST /v1/checkout/sessions`, mode `payment`, hosted page. https://docs.stripe.com/api/checkout/sessions/create */
export function createCheckoutSession(call: StripeCall): JsonObject {
	const { context, params } = call;
	onlyKnown(params, CREATE_PARAMS);
	checkMode(params);
	const now = unixSeconds(context);
	const expiresAt = expiry(params, now);
	const reference = text(params, 'client_reference_id');
	if (reference !== null && reference.length > 200) throw invalid('client_reference_id is at most 200 characters', 'client_reference_id');
	const intentData = object(params, 'payment_intent_data') ?? {};
	onlyKnown(intentData, INTENT_PARAMS, 'payment_intent_data');
	// Validated before anything is made, so that a refused request leaves nothing behind.
	if (objects(params, 'line_items').length === 0) throw missing('line_items');
	checkCharges(call);

	const lineItems = objects(params, 'line_items').map((item, index) => makeLineItem(call, item, index));
	const currency = oneCurrency(lineItems);
	const shipping = objects(params, 'shipping_options').map((option, index) => shippingOption(call, option, index, currency));
	const subtotal = lineItems.reduce((sum, item) => sum + numberOf(item['amount_total'], 0), 0);
	const shippingAmount = numberOf(shipping[0]?.['shipping_amount'], 0);
	checkAmount(subtotal + shippingAmount, currency);
	const fee = integer(intentData, 'application_fee_amount', 'payment_intent_data');
	if (fee !== null && fee > subtotal + shippingAmount) {
		throw invalid('The application fee must be less than or equal to the total.', 'payment_intent_data[application_fee_amount]');
	}

	const id = `cs_test_a1${alphanumeric(56)}`;
	const session = checkoutObject({
		id,
		url: `${context.url()}/c/pay/${id}`,
		now,
		expiresAt,
		params,
		currency,
		subtotal,
		shipping,
		metadata: metadata(params),
		successUrl: requiredText(params, 'success_url'),
	});
	const stored: StoredCheckout = {
		account: call.account,
		object: session,
		line_items: lineItems,
		intent: {
			description: text(intentData, 'description'),
			application_fee_amount: fee,
			metadata: metadata(intentData),
		},
	};
	context.store.current.stripe.sessions[id] = stored;
	announceCheckout(context, stored);
	return session;
}

/** Tells the phone page where a session stands. */
export function announceCheckout(context: SandboxContext, stored: StoredCheckout): void {
	const session: CheckoutSession = stored.object;
	context.announce('checkout', {
		session: session.id,
		account: stored.account,
		status: session.status,
		payment_status: session.payment_status,
		amount_total: session.amount_total,
		currency: session.currency,
		client_reference_id: session.client_reference_id,
	});
}

function checkMode(params: StripeParams): void {
	const mode = requiredText(params, 'mode');
	if (mode !== 'payment') throw invalid(`The sandbox supports mode payment only, not ${mode}.`, 'mode');
	const uiMode = text(params, 'ui_mode') ?? 'hosted_page';
	if (uiMode !== 'hosted_page') throw invalid(`Invalid ui_mode: the sandbox supports hosted_page only, not ${uiMode}.`, 'ui_mode');
	for (const name of ['success_url', 'cancel_url']) {
		const url = name === 'success_url' ? requiredText(params, name) : text(params, name);
		if (url !== null && (!URL.canParse(url) || !/^https?:/i.test(url))) {
			throw invalid('Not a valid URL', name, 'url_invalid');
		}
	}
}

function expiry(params: StripeParams, now: number): number {
	const expiresAt = integer(params, 'expires_at');
	if (expiresAt === null) return now + MAX_LIFE_SECONDS;
	if (expiresAt < now + MIN_LIFE_SECONDS) {
		throw invalid('The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.', 'expires_at');
	}
	if (expiresAt > now + MAX_LIFE_SECONDS) {
		throw invalid('The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.', 'expires_at');
	}
	return expiresAt;
}

function checkCharges(call: StripeCall): void {
	if (call.account === null) return;
	const account = connectedAccount(call.context, call.account);
	if (!account.onboarded) {
		throw refused(
			'No valid payment method types for this Checkout Session. Please ensure that the account has active capabilities (complete its onboarding).',
		);
	}
}

function makeLineItem(call: StripeCall, params: StripeParams, index: number): JsonObject {
	const prefix = `line_items[${index}]`;
	onlyKnown(params, ['adjustable_quantity', 'dynamic_tax_rates', 'metadata', 'price', 'price_data', 'quantity', 'tax_rates'], prefix);
	const data = object(params, 'price_data');
	const priceId = text(params, 'price');
	if ((data === null) === (priceId === null)) {
		throw invalid('You must specify either `price` or `price_data` for a line item, and not both.', prefix);
	}
	const quantity = integer(params, 'quantity', prefix);
	if (quantity === null) throw missing(`${prefix}[quantity]`);
	if (quantity < 1) throw invalid('This value must be greater than or equal to 1.', `${prefix}[quantity]`, 'parameter_invalid_integer');
	const price =
		data === null
			? findObject(call.context, call.account, 'price', priceId ?? '', `${prefix}[price]`)
			: makePrice(call.context, call.account, data, `${prefix}[price_data]`, false);
	const product = call.context.store.current.stripe.objects[stringOf(price['product'])]?.object;
	const total = numberOf(price['unit_amount'], 0) * quantity;
	return {
		id: `li_1${alphanumeric(23)}`,
		object: 'item',
		adjustable_quantity: null,
		amount_discount: 0,
		amount_subtotal: total,
		amount_tax: 0,
		amount_total: total,
		currency: price['currency'] ?? '',
		description: product?.['name'] ?? '',
		metadata: metadata(params),
		price,
		quantity,
	};
}

function oneCurrency(lineItems: readonly JsonObject[]): string {
	const currency = stringOf(lineItems[0]?.['currency']);
	if (lineItems.some((item) => item['currency'] !== currency)) {
		throw invalid('All line items must have the same currency.', 'line_items');
	}
	return currency;
}

function shippingOption(call: StripeCall, params: StripeParams, index: number, currency: string): JsonObject {
	const prefix = `shipping_options[${index}]`;
	onlyKnown(params, ['shipping_rate', 'shipping_rate_data'], prefix);
	const data = object(params, 'shipping_rate_data');
	const rate =
		data === null
			? findObject(call.context, call.account, 'shipping_rate', requiredText(params, 'shipping_rate', prefix), prefix)
			: makeShippingRate(call.context, call.account, data, `${prefix}[shipping_rate_data]`);
	const fixed = isObject(rate['fixed_amount']) ? rate['fixed_amount'] : {};
	if (fixed['currency'] !== currency) throw invalid('The shipping rate must have the currency of the line items.', prefix);
	return { shipping_amount: numberOf(fixed['amount'], 0), shipping_rate: rate['id'] ?? null };
}

function checkAmount(total: number, currency: string): void {
	const minimum = MINIMUM_CHARGE[currency] ?? 0;
	if (total > 0 && total < minimum) {
		throw invalid(
			`The Checkout Session's total amount due must add up to at least ${(minimum / 100).toFixed(2)} ${currency}`,
			undefined,
			'amount_too_small',
		);
	}
}
