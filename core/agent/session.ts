import type { ChosenSlot } from '../booking/schedule.ts';

/**
 * What the agent remembers of a conversation between turns, kept by code and not by a model. Stored as JSON with the
 * conversation and written when a decision's reply enters the outbox, so a superseded answer leaves no trace here.
 */
export interface AgentSession {
	/** English name of the last language that was detected with confidence; '' before the first. */
	readonly language: string;
	readonly paymentStatus: PaymentStatus;
	/** The first answer was sent: no greeting again. */
	readonly greeted: boolean;
	/** The privacy policy that the customer was sent, '' before. */
	readonly privacyPolicySent: string;
	readonly mediaSent: readonly string[];
	readonly focusSku: string;
	readonly cart: readonly { readonly sku: string; readonly quantity: number }[];
	readonly city: string;
	readonly phone: string;
	readonly clientName: string;
	/** Street and house, as the customer wrote it; '' before it is known. */
	readonly address: string;
	/** Times that the customer chose for the cart. */
	readonly slots: readonly ChosenSlot[];
	/** The free times that were told last, in that order. */
	readonly offeredSlots: readonly ChosenSlot[];
	/** What the last answer asked the customer for, so that a bare "Anna" or "yes" can be read. */
	readonly awaiting: readonly AwaitedDetail[];
	readonly unclearTurns: number;
	/** Prices already told, by sku, in cents: a change is announced (rule 1). */
	readonly quotedCents: Readonly<Record<string, number>>;
	/** The agent's own scratch data, e.g. of the offline responder. JSON-serialisable. */
	readonly extra: Readonly<Record<string, string>>;
}

/** `AgentSession.extra` key: the served city that the customer's own words named last, if only in a question. */
export const NAMED_CITY = 'namedCity';

/** `AgentSession.extra` key: the change of a booking that the customer was asked about, 'cancel:<id>' or 'move:<id>'. */
export const BOOKING_CHANGE = 'bookingChange';

export type PaymentStatus = 'no_payment_link' | 'payment_link_sent' | 'paid';
export type AwaitedDetail = 'items' | 'quantity' | 'city' | 'phone' | 'name' | 'address' | 'slot' | 'confirmation';

export const NEW_SESSION: AgentSession = {
	language: '',
	paymentStatus: 'no_payment_link',
	greeted: false,
	privacyPolicySent: '',
	mediaSent: [],
	focusSku: '',
	cart: [],
	city: '',
	phone: '',
	clientName: '',
	address: '',
	slots: [],
	offeredSlots: [],
	awaiting: [],
	unclearTurns: 0,
	quotedCents: {},
	extra: {},
};
