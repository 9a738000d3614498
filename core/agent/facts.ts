import type { BookedFacts, Schedule } from '../booking/schedule.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Behaviour } from './behaviour.ts';
import type { TurnEvent } from '../conversation/turn-event.ts';
import type { AgentSession, PaymentStatus } from './session.ts';

/** Everything that the agent may state or rely on in a turn, read in one request. History is context, never a source. */
export interface AgentFacts {
	/** ISO 8601, UTC. */
	readonly now: string;
	readonly turn: TurnEvent;
	readonly company: CompanyFacts;
	readonly session: AgentSession;
	readonly catalog: Catalog;
	/** The latest order of the conversation, or null. */
	readonly order: OrderFacts | null;
	/** null: the company has no connected calendar, and nothing is asked or promised about time. */
	readonly schedule: Schedule | null;
	/** What the conversation has booked and is to come, the earliest first. */
	readonly bookings: readonly BookedFacts[];
	/** Oldest first, at most 20. */
	readonly history: readonly HistoryMessage[];
	/** A reply number resolved by the channel ("+34…"), '' when it has none (Telegram, an unresolved @lid). */
	readonly customerPhone: string;
}

export interface CompanyFacts extends Behaviour {
	readonly name: string;
	readonly type: 'product' | 'service' | 'hybrid';
	/** ISO 4217, lower case, e.g. "eur". */
	readonly currency: string;
	/** English name, used when the customer's language is not clear. */
	readonly defaultLanguage: string;
	/** Sent once to every customer; '' = none. */
	readonly privacyPolicyUrl: string;
	/** What new customers see under the first answer, by what the company sells; '' = none. */
	readonly welcomeVideos: { readonly product: string; readonly service: string };
	/** A connected account can take charges. When false, a paid order gets no link and the operator is told why. */
	readonly paymentReady: boolean;
}

export interface OrderFacts {
	readonly id: string;
	/** payment_on_its_way: the customer has paid in a way that takes days. It is not amended any more, and nothing else is paid for it. */
	readonly status: 'awaiting_payment' | 'payment_on_its_way' | 'paid' | 'refunded' | 'confirmed' | 'expired' | 'cancelled';
	readonly paymentStatus: PaymentStatus;
	readonly totalCents: number;
	readonly lines: readonly { readonly sku: string; readonly name: string; readonly quantity: number }[];
	/** Our own link, '' when there is none. */
	readonly paymentUrl: string;
}

export interface HistoryMessage {
	readonly role: 'customer' | 'assistant' | 'operator';
	readonly text: string;
	readonly at: string;
}

/** Result of a language detector; passed in, so that core stays without dependencies. */
export interface DetectedLanguage {
	/** English name, e.g. "Spanish"; '' when unknown. */
	readonly language: string;
	/** 0…1. */
	readonly confidence: number;
}
export type LanguageDetector = (text: string) => DetectedLanguage;
