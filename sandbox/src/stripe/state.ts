import type { JsonObject, JsonValue } from '../json.ts';

/** A Stripe object as the API shows it, with the account that owns it (`null`: the platform). */
export interface Owned<T> {
	account: string | null;
	object: T;
}

export interface StoredAccount {
	id: string;
	/** Unix milliseconds. */
	created: number;
	contact_email: string;
	display_name: string;
	country: string;
	entity_type: string;
	currency: string;
	dashboard: string;
	fees_collector: string;
	losses_collector: string;
	configurations: string[];
	/** Capabilities asked for in the merchant configuration. */
	requested: string[];
	metadata: Record<string, string>;
	onboarded: boolean;
	closed: boolean;
}

/** A hosted onboarding link: single use, short-lived. */
export interface StoredAccountLink {
	token: string;
	account: string;
	refresh_url: string;
	return_url: string;
	/** Unix milliseconds. */
	expires_at: number;
	used: boolean;
}

export type CheckoutStatus = 'open' | 'complete' | 'expired';

export interface CheckoutSession {
	[key: string]: JsonValue;
	id: string;
	object: 'checkout.session';
	status: CheckoutStatus;
	payment_status: 'unpaid' | 'paid' | 'no_payment_required';
	amount_subtotal: number;
	amount_total: number;
	currency: string;
	created: number;
	expires_at: number;
	url: string | null;
	success_url: string;
	cancel_url: string | null;
	payment_intent: string | null;
	customer_email: string | null;
	client_reference_id: string | null;
	metadata: Record<string, string>;
}

export interface StoredCheckout extends Owned<CheckoutSession> {
	line_items: JsonObject[];
	/** What `payment_intent_data` asked for. */
	intent: { description: string | null; application_fee_amount: number | null; metadata: Record<string, string> };
}

export interface StoredEndpoint {
	id: string;
	url: string;
	secret: string;
	enabled_events: string[];
	/** Gets the events of connected accounts, instead of the platform's own. */
	connect: boolean;
	api_version: string | null;
	description: string | null;
	metadata: Record<string, string>;
	created: number;
	/** Whose key made it (`billing/account.ts`). */
	owner?: string;
}

export interface StoredEvent {
	account: string | null;
	/** Of billing: the account of the secret key. */
	owner?: string;
	object: JsonObject & { id: string; type: string; created: number };
}

/** The first answer to an idempotency key. */
export interface StoredAnswer {
	fingerprint: string;
	endpoint: string;
	status: number;
	body: JsonValue;
	/** Unix milliseconds. */
	at: number;
}

export interface StripeState {
	accounts: Record<string, StoredAccount>;
	links: Record<string, StoredAccountLink>;
	sessions: Record<string, StoredCheckout>;
	/** Products, prices, shipping rates and payment intents, by id. */
	objects: Record<string, Owned<JsonObject>>;
	endpoints: Record<string, StoredEndpoint>;
	events: StoredEvent[];
	answers: Record<string, StoredAnswer>;
}

export function emptyStripeState(): StripeState {
	return { accounts: {}, links: {}, sessions: {}, objects: {}, endpoints: {}, events: [], answers: {} };
}
