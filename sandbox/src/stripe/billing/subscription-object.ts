import type { JsonObject } from '../../json.ts';
import type { Billing } from './account.ts';
import { ownObject } from './account.ts';
import { invoiceObject } from './invoices.ts';
import type { StoredSubscription } from './state.ts';

/** With the fields of https://docs.stripe.com/api/subscriptions/object; the period stands on the item. `expand`: paths, `latest_invoice` is known. */
export function subscriptionObject(billing: Billing, stored: StoredSubscription, expand: readonly string[] = []): JsonObject & { id: string } {
	const price = ownObject('price', billing.account.prices, stored.price);
	const latest = billing.account.invoices[stored.latest_invoice ?? ''];
	return {
		id: stored.id,
		object: 'subscription',
		application: null,
		application_fee_percent: null,
		automatic_tax: { disabled_reason: null, enabled: false, liability: null },
		billing_cycle_anchor: stored.created,
		billing_cycle_anchor_config: null,
		billing_mode: { flexible: null, type: 'classic' },
		billing_schedules: [],
		billing_thresholds: null,
		cancel_at: stored.cancel_at_period_end ? stored.period_end : null,
		cancel_at_period_end: stored.cancel_at_period_end,
		canceled_at: stored.canceled_at,
		cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: stored.canceled_at === null ? null : 'cancellation_requested' },
		collection_method: 'charge_automatically',
		created: stored.created,
		currency: price['currency'] ?? '',
		customer: stored.customer,
		customer_account: null,
		days_until_due: null,
		default_payment_method: null,
		default_source: null,
		default_tax_rates: [],
		description: null,
		discounts: [],
		ended_at: stored.ended_at,
		invoice_settings: { account_tax_ids: null, custom_fields: null, description: null, footer: null, issuer: { type: 'self' } },
		items: {
			object: 'list',
			data: [
				{
					id: stored.item,
					object: 'subscription_item',
					billing_thresholds: null,
					created: stored.created,
					current_period_end: stored.period_end,
					current_period_start: stored.period_start,
					current_trial: null,
					discounts: [],
					metadata: {},
					plan: planObject(price),
					price,
					quantity: 1,
					subscription: stored.id,
					tax_rates: [],
				},
			],
			has_more: false,
			url: `/v1/subscription_items?subscription=${stored.id}`,
		},
		latest_invoice: latest === undefined ? null : expand.includes('latest_invoice') ? invoiceObject(billing, latest) : latest.id,
		livemode: false,
		managed_payments: { enabled: false },
		metadata: stored.metadata,
		next_pending_invoice_item_invoice: null,
		on_behalf_of: null,
		pause_collection: null,
		payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
		pending_invoice_item_interval: null,
		pending_setup_intent: null,
		pending_update: null,
		schedule: null,
		start_date: stored.created,
		status: stored.status,
		test_clock: null,
		transfer_data: null,
		trial_end: null,
		trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: 'create_invoice' } },
		trial_start: null,
	};
}

/** The price in its older form, which items still show. */
function planObject(price: JsonObject): JsonObject {
	return {
		id: price['id'] ?? '', object: 'plan', active: true, amount: price['unit_amount'] ?? null, amount_decimal: price['unit_amount_decimal'] ?? null, billing_scheme: 'per_unit',
		created: price['created'] ?? 0, currency: price['currency'] ?? '', interval: 'month', interval_count: 1, livemode: false, metadata: {}, meter: null, nickname: price['nickname'] ?? null,
		product: price['product'] ?? null, tiers_mode: null, transform_usage: null, trial_period_days: null, usage_type: 'licensed',
	};
}
