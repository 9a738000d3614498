import { alphanumeric } from '../../ids.ts';
import type { JsonObject } from '../../json.ts';
import type { StripeCall } from '../call.ts';
import { invalid } from '../errors.ts';
import { integer, metadata, object, onlyKnown, requiredText, text } from '../params.ts';
import { createPrice, retrieveObject } from '../products.ts';
import { billingOfCall, billingSeconds } from './account.ts';

/** `POST /v1/prices` with `recurring`: a monthly price. Without it: `../products.ts`. */
export function createAnyPrice(call: StripeCall): JsonObject {
	const recurring = object(call.params, 'recurring');
	if (recurring === null) return createPrice(call);
	const { params, context } = call;
	onlyKnown(params, ['currency', 'unit_amount', 'product', 'product_data', 'recurring', 'metadata', 'nickname', 'lookup_key', 'tax_behavior', 'expand']);
	onlyKnown(recurring, ['interval', 'interval_count', 'usage_type'], 'recurring');
	if (requiredText(recurring, 'interval', 'recurring') !== 'month') throw invalid('The sandbox knows monthly prices only.', 'recurring[interval]');
	const amount = integer(params, 'unit_amount') ?? 0;
	const name = text(object(params, 'product_data') ?? {}, 'name') ?? text(params, 'nickname') ?? 'Subscription';
	const price: JsonObject & { id: string } = {
		id: `price_1${alphanumeric(23)}`,
		object: 'price',
		active: true,
		billing_scheme: 'per_unit',
		created: billingSeconds(context),
		currency: requiredText(params, 'currency').toLowerCase(),
		custom_unit_amount: null,
		livemode: false,
		lookup_key: text(params, 'lookup_key'),
		metadata: metadata(params),
		nickname: name,
		product: text(params, 'product') ?? `prod_${alphanumeric(14)}`,
		recurring: { interval: 'month', interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' },
		tax_behavior: text(params, 'tax_behavior') ?? 'unspecified',
		tiers_mode: null,
		transform_quantity: null,
		type: 'recurring',
		unit_amount: amount,
		unit_amount_decimal: String(amount),
	};
	billingOfCall(call).account.prices[price.id] = price;
	return price;
}

export function retrieveAnyPrice(call: StripeCall): JsonObject {
	return billingOfCall(call).account.prices[call.id] ?? retrieveObject('price')(call);
}
