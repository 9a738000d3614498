import type { SandboxContext } from '../../context.ts';
import type { Attempt } from '../../deliveries.ts';
import { alphanumeric } from '../../ids.ts';
import { numberOf } from '../../json.ts';
import type { Billing } from './account.ts';
import { billingOf, billingSeconds, emitBilling, ownObject } from './account.ts';
import { invoiceObject, makeInvoice } from './invoices.ts';
import type { StoredInvoice, StoredSubscription } from './state.ts';
import { subscriptionObject } from './subscription-object.ts';

const DAY = 86_400;
/** Days after the first attempt; after the last one the subscription is `unpaid`. */
const RETRY_DAYS = [3, 5, 7];

export function priceAmount(billing: Billing, price: string): number {
	return numberOf(ownObject('price', billing.account.prices, price)['unit_amount'], 0);
}

/** A month later, on the anchor's day or the month's last. Unix seconds. */
export function monthAfter(seconds: number, anchor: number): number {
	const from = new Date(seconds * 1000);
	const lastDay = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 2, 0)).getUTCDate();
	const at = new Date(from);
	at.setUTCDate(1);
	at.setUTCMonth(from.getUTCMonth() + 1);
	at.setUTCDate(Math.min(anchor, lastDay));
	return Math.floor(at.getTime() / 1000);
}

/** Begins with its first payment, which the card has passed. */
export async function beginSubscription(
	billing: Billing,
	facts: { readonly customer: string; readonly price: string; readonly metadata: Record<string, string> },
): Promise<{ subscription: StoredSubscription; invoice: StoredInvoice; deliveries: readonly Attempt[] }> {
	const at = billingSeconds(billing.context);
	const anchor = new Date(at * 1000).getUTCDate();
	const subscription: StoredSubscription = {
		id: `sub_1${alphanumeric(23)}`, item: `si_${alphanumeric(14)}`, status: 'active', ...facts, cancel_at_period_end: false, created: at, canceled_at: null, ended_at: null,
		period_start: at, period_end: monthAfter(at, anchor), anchor, latest_invoice: null,
	};
	billing.account.subscriptions[subscription.id] = subscription;
	const invoice = makeInvoice(billing, subscription, { reason: 'subscription_create', at, price: facts.price, amount: priceAmount(billing, facts.price) });
	settle(invoice, at);
	const created = await emitBilling(billing, 'customer.subscription.created', subscriptionObject(billing, subscription), at);
	return { subscription, invoice, deliveries: [...created, ...(await announcePaid(billing, invoice, at))] };
}

/** Ends at once. */
export function endSubscription(billing: Billing, subscription: StoredSubscription, at: number): Promise<readonly Attempt[]> {
	subscription.status = 'canceled';
	subscription.canceled_at ??= at;
	subscription.ended_at = at;
	billing.context.store.changed();
	return emitBilling(billing, 'customer.subscription.deleted', subscriptionObject(billing, subscription), at);
}

/** One try to charge an open invoice. */
export async function chargeInvoice(billing: Billing, invoice: StoredInvoice, at: number): Promise<readonly Attempt[]> {
	const subscription = ownObject('subscription', billing.account.subscriptions, invoice.subscription);
	invoice.attempts += 1;
	if (billing.account.customers[invoice.customer]?.declines !== true) {
		settle(invoice, at);
		const unpaid = Object.values(billing.account.invoices).some((one) => one.subscription === subscription.id && one.status === 'open');
		if (subscription.status !== 'canceled' && !unpaid) subscription.status = 'active';
		return [...(await announcePaid(billing, invoice, at)), ...(await announce(billing, subscription, at))];
	}
	const days = RETRY_DAYS[invoice.attempts - 1];
	invoice.next_attempt = days === undefined ? null : invoice.created + days * DAY;
	if (subscription.status !== 'canceled') subscription.status = days === undefined ? 'unpaid' : 'past_due';
	return [...(await emitBilling(billing, 'invoice.payment_failed', invoiceObject(billing, invoice), at)), ...(await announce(billing, subscription, at))];
}

/** The customer pays what is open, with a card that works. */
export async function payOpenInvoices(billing: Billing, customer: string): Promise<readonly Attempt[]> {
	ownObject('customer', billing.account.customers, customer).declines = false;
	const deliveries: Attempt[] = [];
	for (const invoice of Object.values(billing.account.invoices)) {
		if (invoice.customer === customer && invoice.status === 'open') deliveries.push(...(await chargeInvoice(billing, invoice, billingSeconds(billing.context))));
	}
	return deliveries;
}

/** Does what Stripe's clock has come to, in order of time: ends, renewals, retries. */
export async function runBillingClock(context: SandboxContext): Promise<readonly Attempt[]> {
	const deliveries: Attempt[] = [];
	for (const owner of Object.keys(context.store.current.stripeBilling.accounts)) {
		const billing = billingOf(context, owner);
		for (let step = nextStep(billing); step !== undefined && step.at <= billingSeconds(context); step = nextStep(billing)) deliveries.push(...(await step.run()));
	}
	return deliveries;
}

function nextStep(billing: Billing): { readonly at: number; readonly run: () => Promise<readonly Attempt[]> } | undefined {
	const ends = Object.values(billing.account.subscriptions)
		.filter(({ status }) => status !== 'canceled' && status !== 'incomplete')
		.map((one) => ({ at: one.period_end, run: () => endPeriod(billing, one) }));
	const retries = Object.values(billing.account.invoices)
		.filter(({ status, next_attempt: next }) => status === 'open' && next !== null)
		.map((one) => ({ at: one.next_attempt ?? 0, run: () => chargeInvoice(billing, one, one.next_attempt ?? 0) }));
	return [...ends, ...retries].toSorted((a, b) => a.at - b.at)[0];
}

function endPeriod(billing: Billing, subscription: StoredSubscription): Promise<readonly Attempt[]> {
	const at = subscription.period_end;
	if (subscription.cancel_at_period_end) return endSubscription(billing, subscription, at);
	subscription.period_start = at;
	subscription.period_end = monthAfter(at, subscription.anchor);
	const invoice = makeInvoice(billing, subscription, { reason: 'subscription_cycle', at, price: subscription.price, amount: priceAmount(billing, subscription.price) });
	return chargeInvoice(billing, invoice, at);
}

export function announce(billing: Billing, subscription: StoredSubscription, at = billingSeconds(billing.context)): Promise<readonly Attempt[]> {
	billing.context.store.changed();
	return emitBilling(billing, 'customer.subscription.updated', subscriptionObject(billing, subscription), at);
}

export function settle(invoice: StoredInvoice, at: number): void {
	invoice.status = 'paid';
	invoice.paid_at = at;
	invoice.next_attempt = null;
}

export function announcePaid(billing: Billing, invoice: StoredInvoice, at: number): Promise<readonly Attempt[]> {
	return emitBilling(billing, 'invoice.paid', invoiceObject(billing, invoice), at);
}
