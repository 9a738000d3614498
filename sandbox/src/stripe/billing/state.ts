import type { JsonObject } from '../../json.ts';

/** A customer, and whether the bank declines what is charged to its card. */
export interface StoredCustomer {
	object: JsonObject & { id: string };
	declines: boolean;
}

export type SubscriptionStatus = 'incomplete' | 'active' | 'past_due' | 'unpaid' | 'canceled';

export interface StoredSubscription {
	id: string;
	customer: string;
	status: SubscriptionStatus;
	/** Of its one item. */
	item: string;
	price: string;
	metadata: Record<string, string>;
	cancel_at_period_end: boolean;
	/** Unix seconds, as all times here. */
	created: number;
	canceled_at: number | null;
	ended_at: number | null;
	period_start: number;
	period_end: number;
	/** The day of the month that periods begin on. */
	anchor: number;
	latest_invoice: string | null;
}

export interface StoredInvoice {
	id: string;
	number: string;
	customer: string;
	subscription: string;
	billing_reason: 'subscription_create' | 'subscription_cycle' | 'subscription_update';
	status: 'open' | 'paid' | 'void';
	amount: number;
	currency: string;
	description: string;
	price: string;
	created: number;
	paid_at: number | null;
	attempts: number;
	next_attempt: number | null;
	period_start: number;
	period_end: number;
}

export interface StoredSubscriptionCheckout {
	id: string;
	customer: string;
	price: string;
	status: 'open' | 'complete' | 'expired';
	subscription: string | null;
	invoice: string | null;
	client_reference_id: string | null;
	metadata: Record<string, string>;
	subscription_metadata: Record<string, string>;
	success_url: string;
	cancel_url: string | null;
	locale: string | null;
	created: number;
	expires_at: number;
}

export interface StoredPortalSession {
	id: string;
	token: string;
	customer: string;
	return_url: string | null;
	created: number;
}

/** What belongs to one secret key: nothing of it shows under another. */
export interface BillingAccount {
	prices: Record<string, JsonObject & { id: string }>;
	customers: Record<string, StoredCustomer>;
	subscriptions: Record<string, StoredSubscription>;
	invoices: Record<string, StoredInvoice>;
	checkouts: Record<string, StoredSubscriptionCheckout>;
	portals: Record<string, StoredPortalSession>;
}

export interface StripeBillingState {
	/** By `ownerOf` the key. */
	accounts: Record<string, BillingAccount>;
	/** How far Stripe's clock is ahead of the machine's. */
	ahead_ms: number;
}

export function emptyStripeBillingState(): StripeBillingState {
	return { accounts: {}, ahead_ms: 0 };
}
