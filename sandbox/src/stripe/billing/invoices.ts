import { alphanumeric } from '../../ids.ts';
import type { JsonObject } from '../../json.ts';
import type { StripeCall } from '../call.ts';
import { page } from '../call.ts';
import { text } from '../params.ts';
import type { Billing } from './account.ts';
import { billingOfCall, ownObject } from './account.ts';
import type { StoredInvoice, StoredSubscription } from './state.ts';

/** An open invoice of a subscription, for its price unless `amount` says otherwise. It is the subscription's latest from now on. */
export function makeInvoice(
	billing: Billing,
	subscription: StoredSubscription,
	facts: { readonly reason: StoredInvoice['billing_reason']; readonly at: number; readonly price: string; readonly amount: number },
): StoredInvoice {
	const price = ownObject('price', billing.account.prices, facts.price);
	const invoice: StoredInvoice = {
		id: `in_1${alphanumeric(23)}`,
		number: `SANDBOX-${String(Object.keys(billing.account.invoices).length + 1).padStart(4, '0')}`,
		customer: subscription.customer,
		subscription: subscription.id,
		billing_reason: facts.reason,
		status: 'open',
		amount: facts.amount,
		currency: String(price['currency']),
		description: String(price['nickname'] ?? ''),
		price: facts.price,
		created: facts.at,
		paid_at: null,
		attempts: 0,
		next_attempt: null,
		period_start: subscription.period_start,
		period_end: subscription.period_end,
	};
	billing.account.invoices[invoice.id] = invoice;
	subscription.latest_invoice = invoice.id;
	return invoice;
}

/** With the fields of https://docs.stripe.com/api/invoices/object; the subscription stands under `parent`. */
export function invoiceObject(billing: Billing, invoice: StoredInvoice): JsonObject & { id: string } {
	const paid = invoice.status === 'paid' ? invoice.amount : 0;
	const customer = billing.account.customers[invoice.customer]?.object;
	const subscription = billing.account.subscriptions[invoice.subscription];
	return {
		id: invoice.id,
		object: 'invoice',
		account_country: 'ES',
		account_name: 'Sandbox',
		account_tax_ids: null,
		amount_due: invoice.amount,
		amount_overpaid: 0,
		amount_paid: paid,
		amount_remaining: invoice.amount - paid,
		amount_shipping: 0,
		application: null,
		attempt_count: invoice.attempts,
		attempted: invoice.attempts > 0,
		auto_advance: invoice.status === 'open',
		automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
		automatically_finalizes_at: null,
		billing_reason: invoice.billing_reason,
		collection_method: 'charge_automatically',
		created: invoice.created,
		currency: invoice.currency,
		custom_fields: null,
		customer: invoice.customer,
		customer_account: null,
		customer_address: null,
		customer_email: customer?.['email'] ?? null,
		customer_name: customer?.['name'] ?? null,
		customer_phone: null,
		customer_shipping: null,
		customer_tax_exempt: 'none',
		customer_tax_ids: [],
		default_payment_method: null,
		default_source: null,
		default_tax_rates: [],
		description: null,
		discounts: [],
		due_date: null,
		effective_at: invoice.created,
		ending_balance: 0,
		footer: null,
		from_invoice: null,
		hosted_invoice_url: `${billing.context.url()}/invoice/${invoice.id}`,
		invoice_pdf: null,
		issuer: { type: 'self' },
		last_finalization_error: null,
		latest_revision: null,
		lines: { object: 'list', data: [line(invoice)], has_more: false, url: `/v1/invoices/${invoice.id}/lines` },
		livemode: false,
		metadata: {},
		next_payment_attempt: invoice.next_attempt,
		number: invoice.number,
		on_behalf_of: null,
		parent: { quote_details: null, subscription_details: { metadata: subscription?.metadata ?? {}, subscription: invoice.subscription }, type: 'subscription_details' },
		payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
		period_end: invoice.period_end,
		period_start: invoice.period_start,
		post_payment_credit_notes_amount: 0,
		pre_payment_credit_notes_amount: 0,
		receipt_number: null,
		rendering: null,
		shipping_cost: null,
		shipping_details: null,
		starting_balance: 0,
		statement_descriptor: null,
		status: invoice.status,
		status_transitions: { finalized_at: invoice.created, marked_uncollectible_at: null, paid_at: invoice.paid_at, voided_at: null },
		subtotal: invoice.amount,
		subtotal_excluding_tax: invoice.amount,
		test_clock: null,
		total: invoice.amount,
		total_discount_amounts: [],
		total_excluding_tax: invoice.amount,
		total_pretax_credit_amounts: [],
		total_taxes: [],
		webhooks_delivered_at: null,
	};
}

function line(invoice: StoredInvoice): JsonObject {
	return {
		id: `il_${invoice.id.slice(3)}`,
		object: 'line_item',
		amount: invoice.amount,
		currency: invoice.currency,
		description: invoice.description,
		discount_amounts: [],
		discountable: true,
		discounts: [],
		invoice: invoice.id,
		livemode: false,
		metadata: {},
		parent: null,
		period: { end: invoice.period_end, start: invoice.period_start },
		pretax_credit_amounts: [],
		pricing: { price_details: { price: invoice.price, product: '' }, type: 'price_details', unit_amount_decimal: String(invoice.amount) },
		quantity: 1,
		quantity_decimal: '1',
		subscription: invoice.subscription,
		subtotal: invoice.amount,
		taxes: [],
	};
}

export function retrieveInvoice(call: StripeCall): JsonObject {
	const billing = billingOfCall(call);
	return invoiceObject(billing, ownObject('invoice', billing.account.invoices, call.id));
}

export function listInvoices(call: StripeCall): JsonObject {
	const billing = billingOfCall(call);
	const wanted = { customer: text(call.params, 'customer'), subscription: text(call.params, 'subscription'), status: text(call.params, 'status') };
	const found = Object.values(billing.account.invoices).filter(
		(one) => (wanted.customer ?? one.customer) === one.customer && (wanted.subscription ?? one.subscription) === one.subscription && (wanted.status ?? one.status) === one.status,
	);
	return page(call, '/v1/invoices', found.toReversed().map((one) => invoiceObject(billing, one)));
}
