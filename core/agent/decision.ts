/** Intents that an agent may name for a turn. */
export const INTENTS = [
	'greeting', 'question', 'order', 'payment', 'complaint', 'refund', 'handover', 'off_topic', 'unclear',
] as const;
export type Intent = (typeof INTENTS)[number];

/** A line as a model (or the offline responder) proposes it: which item, and how many selling units. */
export interface ProposedLine {
	readonly SKU: string;
	readonly quantity: number;
}

/**
 * What an agent proposes for a turn. Everything that costs money or breaks a promise is computed or checked by the guard;
 * a proposal carries no sums and no ids.
 */
export interface Proposal {
	readonly response: string;
	/** English name of the language of `response`, e.g. "Spanish". */
	readonly language: string;
	readonly intent: Intent;
	/** true = the customer has committed to the order. */
	readonly send_payment_link: boolean;
	readonly city: string;
	readonly items: readonly ProposedLine[] | null;
	readonly recipient_phone_number: string;
	readonly client_name: string;
	/** Street and house that the customer gave; '' = not in this turn. */
	readonly address: string;
	readonly order_description: string;
	readonly focus_sku: string;
	/** What the customer asked for in their own units ("20 roses"), with a verbatim quote of the turn. */
	readonly requested: readonly RequestedUnits[];
	/** The time that the customer chose in this turn, of the item `sku` ('' or left out: of the one that needs it). */
	readonly slot: ProposedSlot | null;
	/** The customer moves a booking of theirs to `slot`, or cancels it. */
	readonly booking_change: { readonly id: string; readonly action: 'move' | 'cancel' } | null;
	readonly handover: { readonly reason: string } | null;
	/** Verbatim quotes of the turn that back what rules 4, 5, 14, 15 and 20 ask a quote for. */
	readonly quotes: Readonly<Record<string, string>>;
}

/** ISO 8601. The end follows from the item; a proposed one is not read. */
export interface ProposedSlot {
	readonly start: string;
	readonly end?: string | undefined;
	readonly sku?: string | undefined;
}

export interface RequestedUnits {
	readonly count: number;
	readonly noun: string;
	readonly quote: string;
}

/**
 * A line of an accepted decision. `price` and `shippingRate` are for ids on the connected account; '' while checkout sessions state
 * their amounts inline.
 */
export interface DecisionLine {
	readonly SKU: string;
	readonly price: string;
	readonly shippingRate: string;
	readonly quantity: number;
}

/**
 * The agent's structured output for a turn, after the guard. Same keys in every answer; where nothing applies: '', 0,
 * false or null. Sums are in cents of the company's currency. No secret, token or instance id is in here.
 */
export interface Decision {
	readonly response: string;
	readonly language: string;
	readonly intent: Intent;
	readonly imageurl: string;
	readonly videourl: string;
	readonly send_payment_link: boolean;
	readonly city: string;
	readonly items: readonly { readonly lineItems: readonly DecisionLine[] }[] | null;
	readonly units_to_buy: number;
	readonly products_sum: number;
	readonly delivery_sum: number;
	readonly total_sum: number;
	readonly free_delivery: boolean | null;
	readonly recipient_phone_number: string;
	readonly client_name: string;
	readonly address: string;
	readonly order_description: string;
	readonly payment_reminder_hours: number;
	readonly remind: boolean;
	readonly stripe_lang: string | null;
	readonly change_payment_status: boolean;
	/** The first of `slots`; of a booking that is moved, its new time. */
	readonly slot: { readonly start: string; readonly end: string } | null;
	/** Times that the customer chose for the order: of each service, and one for what is delivered. Held at checkout. */
	readonly slots: readonly { readonly SKU: string; readonly start: string; readonly end: string }[];
	/** A booking of the conversation that is moved to `slot` or cancelled when the answer is sent. */
	readonly booking_change: { readonly id: string; readonly action: 'move' | 'cancel' } | null;
	readonly handover: { readonly reason: string } | null;
	readonly focus_sku: string;
	readonly requested: readonly RequestedUnits[];
	readonly decisionId: string;
	readonly conversationId: string;
	readonly turnId: string;
	readonly sender: string;
	/** Model's name, or "offline". */
	readonly model: string;
	readonly origin: 'model' | 'offline' | 'fallback' | 'operator';
	readonly violations: readonly Violation[];
}

/** A rule of the agent that a proposal broke, or a note to the operator why something was withheld. */
export interface Violation {
	/** Stable code, e.g. `fact_not_in_catalog`, `no_payment_reminder`. */
	readonly code: string;
	/** Rule number of docs/agent.md. */
	readonly rule: number;
	/** English, for the operator and for the model's second attempt. */
	readonly message: string;
}

/** Where the Sales Agent node sends a decision: the names of its three outputs. */
export type NextStep = 'reply' | 'checkout' | 'handover';
