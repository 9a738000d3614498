import type { SandboxContext } from '../context.ts';
import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { StripeCall } from './call.ts';
import { unixSeconds } from './call.ts';
import { invalid, missing, noSuch } from './errors.ts';
import type { StripeParams } from './params.ts';
import { integer, metadata, object, onlyKnown, requiredText, text, texts } from './params.ts';

/** Products, prices and shipping rates: made by their own endpoints, or inline by a checkout session. */

export function createProduct(call: StripeCall): JsonObject {
	onlyKnown(call.params, ['name', 'description', 'images', 'metadata', 'active', 'shippable', 'tax_code', 'unit_label', 'url', 'expand']);
	return makeProduct(call.context, call.account, call.params, true);
}

export function createPrice(call: StripeCall): JsonObject {
	onlyKnown(call.params, [
		'currency', 'unit_amount', 'unit_amount_decimal', 'product', 'product_data', 'metadata', 'nickname', 'active', 'lookup_key',
		'tax_behavior', 'expand',
	]);
	return makePrice(call.context, call.account, call.params, '', true);
}

export function createShippingRate(call: StripeCall): JsonObject {
	onlyKnown(call.params, [...SHIPPING_RATE_PARAMS, 'expand']);
	return makeShippingRate(call.context, call.account, call.params, '');
}

/** `GET /v1/products/{id}` and its like: 404 for another account's object. */
export function retrieveObject(kind: string): (call: StripeCall) => JsonObject {
	return (call) => findObject(call.context, call.account, kind, call.id, 'id');
}

export function findObject(
	context: SandboxContext,
	account: string | null,
	kind: string,
	id: string,
	param: string,
): JsonObject {
	const stored = context.store.current.stripe.objects[id];
	if (stored === undefined || stored.account !== account || stored.object['object'] !== kind) {
		throw noSuch(kind.replace('_', ' '), id, param);
	}
	return stored.object;
}

export function keepObject<T extends JsonObject & { id: string }>(
	context: SandboxContext,
	account: string | null,
	stored: T,
): T {
	context.store.current.stripe.objects[stored.id] = { account, object: stored };
	return stored;
}

/** Unit price of a line item's `price_data`, or a stand-alone price. `active` is false for inline ones. */
export function makePrice(
	context: SandboxContext,
	account: string | null,
	params: StripeParams,
	prefix: string,
	active: boolean,
): JsonObject {
	const currency = requiredText(params, 'currency', prefix).toLowerCase();
	if (!/^[a-z]{3}$/.test(currency)) throw invalid(`Invalid currency: ${currency}.`, at(prefix, 'currency'));
	const amount = unitAmount(params, prefix);
	if (amount < 0) throw invalid('This value must be greater than or equal to 0.', at(prefix, 'unit_amount'), 'parameter_invalid_integer');
	const productData = object(params, 'product_data');
	const productId = text(params, 'product');
	if (productData === null && productId === null) throw missing(at(prefix, 'product'));
	const product =
		productData === null
			? findObject(context, account, 'product', productId ?? '', at(prefix, 'product'))
			: makeProduct(context, account, productData, active, at(prefix, 'product_data'));
	return keepObject(context, account, {
		id: `price_1${alphanumeric(23)}`,
		object: 'price',
		active,
		billing_scheme: 'per_unit',
		created: unixSeconds(context),
		currency,
		custom_unit_amount: null,
		livemode: false,
		lookup_key: text(params, 'lookup_key'),
		metadata: metadata(params),
		nickname: text(params, 'nickname'),
		product: product['id'] ?? null,
		recurring: null,
		tax_behavior: text(params, 'tax_behavior') ?? 'unspecified',
		tiers_mode: null,
		transform_quantity: null,
		type: 'one_time',
		unit_amount: amount,
		unit_amount_decimal: String(amount),
	});
}

const SHIPPING_RATE_PARAMS = ['display_name', 'type', 'fixed_amount', 'delivery_estimate', 'metadata', 'tax_behavior', 'tax_code'];

export function makeShippingRate(
	context: SandboxContext,
	account: string | null,
	params: StripeParams,
	prefix: string,
): JsonObject {
	onlyKnown(params, [...SHIPPING_RATE_PARAMS, 'expand'], prefix);
	const fixed = object(params, 'fixed_amount');
	if (fixed === null) throw missing(at(prefix, 'fixed_amount'));
	const amount = integer(fixed, 'amount', at(prefix, 'fixed_amount'));
	if (amount === null) throw missing(at(at(prefix, 'fixed_amount'), 'amount'));
	if (amount < 0) throw invalid('This value must be greater than or equal to 0.', at(prefix, 'fixed_amount'));
	return keepObject(context, account, {
		id: `shr_1${alphanumeric(23)}`,
		object: 'shipping_rate',
		active: true,
		created: unixSeconds(context),
		delivery_estimate: estimate(object(params, 'delivery_estimate')),
		display_name: requiredText(params, 'display_name', prefix),
		fixed_amount: { amount, currency: requiredText(fixed, 'currency', at(prefix, 'fixed_amount')).toLowerCase() },
		livemode: false,
		metadata: metadata(params),
		tax_behavior: text(params, 'tax_behavior') ?? 'unspecified',
		tax_code: text(params, 'tax_code'),
		type: 'fixed_amount',
	});
}

function makeProduct(
	context: SandboxContext,
	account: string | null,
	params: StripeParams,
	active: boolean,
	prefix = '',
): JsonObject {
	const now = unixSeconds(context);
	return keepObject(context, account, {
		id: `prod_${alphanumeric(14)}`,
		object: 'product',
		active,
		created: now,
		default_price: null,
		description: text(params, 'description'),
		images: texts(params, 'images'),
		livemode: false,
		marketing_features: [],
		metadata: metadata(params),
		name: requiredText(params, 'name', prefix),
		package_dimensions: null,
		shippable: null,
		statement_descriptor: null,
		tax_code: text(params, 'tax_code'),
		tax_details: null,
		type: 'service',
		unit_label: text(params, 'unit_label'),
		updated: now,
		url: text(params, 'url'),
	});
}

function unitAmount(params: StripeParams, prefix: string): number {
	const whole = integer(params, 'unit_amount', prefix);
	if (whole !== null) return whole;
	const decimal = text(params, 'unit_amount_decimal');
	if (decimal === null) throw missing(at(prefix, 'unit_amount'));
	if (!/^\d+(\.0+)?$/.test(decimal)) throw invalid('The sandbox takes whole cents only.', at(prefix, 'unit_amount_decimal'));
	return Number(decimal);
}

function estimate(params: StripeParams | null): JsonObject | null {
	if (params === null) return null;
	const bound = (name: string) => {
		const given = object(params, name);
		return given === null ? null : { unit: requiredText(given, 'unit'), value: integer(given, 'value') ?? 0 };
	};
	return { maximum: bound('maximum'), minimum: bound('minimum') };
}

function at(prefix: string, name: string): string {
	return prefix === '' ? name : `${prefix}[${name}]`;
}
