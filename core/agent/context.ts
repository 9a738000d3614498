import { slotTexts } from '../booking/slot-texts.ts';
import type { TurnEvent } from '../conversation/turn-event.ts';
import type { AgentFacts, CompanyFacts, HistoryMessage } from './facts.ts';
import { readAsks } from './guard/asks.ts';
import { money, viewItem, type ItemView } from './item-view.ts';
import type { AgentSession } from './session.ts';

/** What a model is given of a turn. No internal field of an item is in here, and detail fields only when the turn asks. */
export interface AgentContext {
	readonly turn: TurnEvent;
	readonly company: Omit<CompanyFacts, 'handoverKeywords' | 'paymentReady' | 'welcomeVideos'>;
	readonly session: ContextSession;
	readonly history: readonly HistoryMessage[];
	/** Ids of the turn's messages that are pictures, the last ones. */
	readonly pictures: readonly string[];
	readonly digest: CatalogDigest;
	/** The latest order; null when there is none. */
	readonly order: ContextOrder | null;
	/** What an order needs to know about when and where; null: nothing is asked, the team agrees on a time. */
	readonly times: ContextTimes | null;
}

export type ContextSession = Pick<
	AgentSession,
	'language' | 'paymentStatus' | 'greeted' | 'focusSku' | 'cart' | 'city' | 'phone' | 'clientName' | 'awaiting' | 'mediaSent'
> & {
	/** The customer can say "use my current number" (rule 9). */
	readonly hasCurrentNumber: boolean;
};

export interface ContextTimes {
	readonly now: string;
	readonly time_zone: string;
	readonly services_need_time: boolean;
	readonly deliveries_need_time: boolean;
	readonly address_needed: boolean;
	readonly address: string;
	readonly chosen: readonly { readonly sku: string; readonly start: string }[];
	/** Of this customer, to come. */
	readonly booked: readonly { readonly id: string; readonly name: string; readonly when: string; readonly customer_may_change_it: boolean }[];
}

export interface ContextOrder {
	readonly status: string;
	readonly paymentStatus: string;
	readonly total: string;
	readonly lines: readonly { readonly sku: string; readonly name: string; readonly quantity: number }[];
}

/** All names and prices when they fit the budget, else the categories; and the items that the turn seems to be about. */
export interface CatalogDigest {
	readonly itemCount: number;
	readonly items: readonly { readonly sku: string; readonly name: string; readonly price: string }[] | null;
	readonly categories: readonly { readonly name: string; readonly items: number; readonly from: string; readonly to: string }[] | null;
	readonly relevant: readonly ItemView[];
}

/** Characters of names, skus and prices that may stand in the prompt; about 3,000 tokens. */
const DIGEST_BUDGET = 12_000;
const MOST_CATEGORIES = 60;
const MOST_RELEVANT = 6;
const MOST_HISTORY = 20;
const MOST_PICTURES = 2;
/** Tokens. */
const HISTORY_BUDGET = 8_000;

/** Pure. The JSON of `GET /v1/turns/{id}/context`. */
export function buildContext(facts: AgentFacts): AgentContext {
	const { turn, company, session, order } = facts;
	const { handoverKeywords: _keywords, paymentReady: _ready, welcomeVideos: _videos, ...told } = company;
	const { language, paymentStatus, greeted, focusSku, cart, city, phone, clientName, awaiting, mediaSent } = session;
	return {
		turn,
		company: told,
		session: { language, paymentStatus, greeted, focusSku, cart, city, phone, clientName, awaiting, mediaSent, hasCurrentNumber: turn.channel === 'whatsapp' && facts.customerPhone !== '' },
		history: recentHistory(facts.history),
		pictures: turn.messages.filter(({ type }) => type === 'image').slice(-MOST_PICTURES).map(({ id }) => id),
		digest: digestOf(facts),
		order: order === null ? null : { status: order.status, paymentStatus: order.paymentStatus, total: money(order.totalCents, company.currency), lines: order.lines },
		times: timesOf(facts),
	};
}

function timesOf({ schedule, session, bookings, now, company }: AgentFacts): ContextTimes | null {
	if (schedule === null && bookings.length === 0) return null;
	const zone = schedule?.zone ?? bookings[0]?.zone ?? 'UTC';
	const told = { language: session.language || company.defaultLanguage, zone, companyZone: zone, now: new Date(now) };
	return {
		// To the minute: what reads "tomorrow" needs no more, and a prompt that stays the same is cached.
		now: slotTexts([{ start: now, end: now }], { ...told, language: 'English' })[0] ?? now,
		time_zone: zone,
		services_need_time: schedule?.asks.appointmentSlot === true,
		deliveries_need_time: schedule?.asks.deliverySlot === true,
		address_needed: schedule?.asks.address === true,
		address: session.address,
		chosen: session.slots.map(({ sku, start }) => ({ sku, start })),
		booked: bookings.map((booking) => ({ id: booking.id, name: booking.name, when: slotTexts([booking], told)[0] ?? booking.start, customer_may_change_it: booking.changeable })),
	};
}

function recentHistory(history: readonly HistoryMessage[]): readonly HistoryMessage[] {
	const kept: HistoryMessage[] = [];
	let used = 0;
	for (const message of history.slice(-MOST_HISTORY).reverse()) {
		used += mostTokensOf(message.text);
		if (used > HISTORY_BUDGET) break;
		kept.push(message);
	}
	return kept.reverse();
}

/** Tokens of a text, rather too many than too few: models cut scripts of which they have read less into smaller pieces. */
function mostTokensOf(text: string): number {
	let tokens = 0;
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		tokens += (TOKENS_A_LETTER.find(({ below }) => code < below) ?? OTHER).tokens;
	}
	return tokens;
}

/** By UTF-16 code units. */
const TOKENS_A_LETTER = [
	// Latin.
	{ below: 0x250, tokens: 0.28 },
	// Greek, Cyrillic, Armenian.
	{ below: 0x590, tokens: 0.42 },
	// Hebrew and Arabic to Thai and the scripts of India.
	{ below: 0x1100, tokens: 0.6 },
	// Typographical signs.
	{ below: 0x1200, tokens: 1 }, { below: 0x2000, tokens: 0.6 },
] as const;
/** Chinese, Japanese, Korean; emoji are two units each. */
const OTHER = { tokens: 1 };

function digestOf(facts: AgentFacts): CatalogDigest {
	const { catalog, company, session, turn } = facts;
	const asks = readAsks(turn.text);
	const about = [session.focusSku, ...session.cart.map(({ sku }) => sku)].flatMap((sku) => catalog.get(sku) ?? []);
	const found = catalog.search(turn.text, { limit: MOST_RELEVANT }).map(({ item }) => item);
	const relevant = [...new Set([...about, ...found])].slice(0, MOST_RELEVANT).map((item) => viewItem(item, facts, asks));
	const size = catalog.items.reduce((sum, { name, sku }) => sum + name.length + sku.length + 24, 0);
	const items = size > DIGEST_BUDGET ? null : catalog.items.map(({ sku, name, priceCents }) => ({ sku, name, price: money(priceCents, company.currency) }));
	return { itemCount: catalog.items.length, items, categories: items === null ? categoriesOf(facts) : null, relevant };
}

function categoriesOf({ catalog, company }: AgentFacts) {
	const groups = new Map<string, { items: number; low: number; high: number }>();
	for (const { category, priceCents } of catalog.items) {
		const group = groups.get(category) ?? { items: 0, low: priceCents, high: priceCents };
		groups.set(category, { items: group.items + 1, low: Math.min(group.low, priceCents), high: Math.max(group.high, priceCents) });
	}
	return [...groups].slice(0, MOST_CATEGORIES).map(([name, { items, low, high }]) => ({ name, items, from: money(low, company.currency), to: money(high, company.currency) }));
}
