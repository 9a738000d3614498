import type { JsonObject } from '../json.ts';
import { numberOf } from '../json.ts';
import type { StripeParams } from './params.ts';
import { boolean, object, text, texts } from './params.ts';
import type { CheckoutSession } from './state.ts';

export interface CheckoutFacts {
	readonly id: string;
	readonly url: string;
	/** Unix seconds. */
	readonly now: number;
	readonly expiresAt: number;
	readonly params: StripeParams;
	readonly currency: string;
	/** Minor units, without shipping. */
	readonly subtotal: number;
	readonly shipping: readonly JsonObject[];
	readonly metadata: Record<string, string>;
	readonly successUrl: string;
}

/** A new open session with every field of https://docs.stripe.com/api/checkout/sessions/object */
export function checkoutObject(facts: CheckoutFacts): CheckoutSession {
	const { params } = facts;
	const shippingAmount = numberOf(facts.shipping[0]?.['shipping_amount'], 0);
	const types = texts(params, 'payment_method_types');
	return {
		id: facts.id,
		object: 'checkout.session',
		adaptive_pricing: { enabled: false },
		after_expiration: null,
		allow_promotion_codes: boolean(params, 'allow_promotion_codes') ? true : null,
		allowed_payment_method_types: null,
		amount_subtotal: facts.subtotal,
		amount_total: facts.subtotal + shippingAmount,
		automatic_tax: { enabled: false, liability: null, provider: null, status: null },
		billing_address_collection: text(params, 'billing_address_collection'),
		cancel_url: text(params, 'cancel_url'),
		client_reference_id: text(params, 'client_reference_id'),
		client_secret: null,
		collected_information: null,
		consent: null,
		consent_collection: null,
		created: facts.now,
		currency: facts.currency,
		currency_conversion: null,
		custom_fields: [],
		custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
		customer: text(params, 'customer'),
		customer_account: null,
		customer_creation: text(params, 'customer_creation') ?? 'if_required',
		customer_details: customerDetails(text(params, 'customer_email')),
		customer_email: text(params, 'customer_email'),
		discounts: [],
		expires_at: facts.expiresAt,
		integration_identifier: null,
		invoice: null,
		invoice_creation: {
			enabled: false,
			invoice_data: {
				account_tax_ids: null,
				custom_fields: null,
				description: null,
				footer: null,
				issuer: null,
				metadata: {},
				rendering_options: null,
			},
		},
		livemode: false,
		locale: text(params, 'locale'),
		managed_payments: { enabled: false },
		metadata: facts.metadata,
		mode: 'payment',
		origin_context: null,
		payment_intent: null,
		payment_link: null,
		payment_method_collection: 'if_required',
		payment_method_configuration_details: null,
		payment_method_options: {},
		payment_method_types: types.length > 0 ? types : ['card'],
		payment_status: facts.subtotal + shippingAmount === 0 ? 'no_payment_required' : 'unpaid',
		permissions: null,
		phone_number_collection: { enabled: boolean(object(params, 'phone_number_collection') ?? {}, 'enabled') },
		recovered_from: null,
		saved_payment_method_options: null,
		setup_intent: null,
		shipping_address_collection: null,
		shipping_cost:
			facts.shipping.length === 0 ? null : shippingCost(shippingAmount, facts.shipping[0]?.['shipping_rate'] ?? null),
		shipping_options: [...facts.shipping],
		status: 'open',
		submit_type: text(params, 'submit_type'),
		subscription: null,
		success_url: facts.successUrl,
		total_details: { amount_discount: 0, amount_shipping: shippingAmount, amount_tax: 0 },
		ui_mode: 'hosted_page',
		url: facts.url,
		wallet_options: null,
	};
}

/** `shipping_cost` for a chosen rate, minor units. */
export function shippingCost(amount: number, rate: JsonObject[string]): JsonObject {
	return { amount_subtotal: amount, amount_tax: 0, amount_total: amount, shipping_rate: rate };
}

/** Known before the customer has filled anything in only when an e-mail address was given. */
export function customerDetails(email: string | null): JsonObject | null {
	if (email === null) return null;
	return {
		address: null,
		business_name: null,
		email,
		individual_name: null,
		name: null,
		phone: null,
		tax_exempt: 'none',
		tax_ids: null,
	};
}
