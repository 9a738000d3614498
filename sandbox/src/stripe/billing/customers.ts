import { alphanumeric } from '../../ids.ts';
import type { JsonObject } from '../../json.ts';
import type { StripeCall } from '../call.ts';
import { metadata, onlyKnown, text } from '../params.ts';
import { billingOfCall, billingSeconds, ownObject } from './account.ts';
import { endSubscription } from './subscription-life.ts';

export function createCustomer(call: StripeCall): JsonObject {
	const { params, context } = call;
	onlyKnown(params, ['name', 'email', 'description', 'metadata', 'phone', 'preferred_locales', 'expand']);
	const customer: JsonObject & { id: string } = {
		id: `cus_${alphanumeric(14)}`,
		object: 'customer',
		address: null,
		balance: 0,
		created: billingSeconds(context),
		currency: null,
		customer_account: null,
		default_source: null,
		delinquent: false,
		description: text(params, 'description'),
		discount: null,
		email: text(params, 'email'),
		invoice_prefix: alphanumeric(8).toUpperCase(),
		invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
		livemode: false,
		metadata: metadata(params),
		name: text(params, 'name'),
		next_invoice_sequence: 1,
		phone: text(params, 'phone'),
		preferred_locales: [],
		shipping: null,
		tax_exempt: 'none',
		test_clock: null,
	};
	billingOfCall(call).account.customers[customer.id] = { object: customer, declines: false };
	return customer;
}

export function retrieveCustomer(call: StripeCall): JsonObject {
	return ownObject('customer', billingOfCall(call).account.customers, call.id).object;
}

/** `DELETE /v1/customers/{id}`: ends its subscriptions at once. */
export function deleteCustomer(call: StripeCall): JsonObject {
	const billing = billingOfCall(call);
	ownObject('customer', billing.account.customers, call.id);
	for (const subscription of Object.values(billing.account.subscriptions)) {
		if (subscription.customer === call.id && subscription.status !== 'canceled') void endSubscription(billing, subscription, billingSeconds(call.context));
	}
	delete billing.account.customers[call.id];
	return { id: call.id, object: 'customer', deleted: true };
}
