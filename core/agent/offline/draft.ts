import { servedCities } from '../../catalog/city.ts';
import type { ChosenSlot } from '../../booking/schedule.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Item, ItemKind } from '../../catalog/item.ts';
import type { CartLine } from '../../orders/price.ts';
import type { RequestedUnits } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { formatMoney } from '../phrases/money.ts';
import type { Phrases } from '../phrases/index.ts';
import type { Signal } from '../reading/lexicon.ts';
import type { TurnReading } from '../reading/read-turn.ts';
import type { AwaitedDetail } from '../session.ts';

/** An answer in the making: what the conversation knows so far, changed step by step by one turn. Lives for one call. */
export interface Draft {
	readonly facts: AgentFacts;
	readonly reading: TurnReading;
	readonly phrases: Phrases;
	readonly cities: readonly string[];
	cart: readonly CartLine[];
	city: string;
	phone: string;
	name: string;
	address: string;
	/** Times of the cart that the customer chose. */
	slots: readonly ChosenSlot[];
	/** The one that this turn chose. */
	chosenSlot: ChosenSlot | null;
	/** Free times that were told last, and whether this answer tells them. */
	offeredSlots: readonly ChosenSlot[];
	offeredNow: boolean;
	/** The turn says something about when. */
	readonly saysWhen: boolean;
	/** A booking of the conversation that this turn moves or cancels. */
	bookingChange: { readonly id: string; readonly action: 'move' | 'cancel' } | null;
	/** What was asked about one, 'cancel:<id>' or 'move:<id>'; '' = nothing. */
	bookingAsked: string;
	focus: Item | null;
	/** The cart was changed in this turn. */
	cartChanged: boolean;
	/** A phone, name or city was given in this turn. */
	detailsGiven: boolean;
	/** The customer orders (or goes on with an order). */
	ordering: boolean;
	/** A question must be answered before anything can be committed. */
	blocked: boolean;
	/** An item waits for its quantity. */
	quantityFor: Item | null;
	/** Offered and not chosen yet. */
	choice: Choice | null;
	/** Priced for the customer, to be taken with "yes" or "I'll take it". */
	offer: readonly CartLine[];
	/** The part of it that this turn priced. */
	pricedNow: readonly CartLine[];
	/** How many items of the catalog were listed so far. */
	listed: number;
	/** Where the last part of the list began. */
	listedFrom: number;
	/** A served city that the customer asked about without ordering anything yet. */
	askedCity: string;
	/** We offered to pass the customer on to a person. */
	personOffered: boolean;
	awaiting: AwaitedDetail[];
	readonly requested: RequestedUnits[];
	readonly quotes: Record<string, string>;
	readonly told: Map<string, number>;
}

export interface Choice {
	readonly options: readonly CartLine[];
	/** The customer is ordering, not only asking. */
	readonly forOrder: boolean;
}

export function has(draft: Draft, ...signals: readonly Signal[]): boolean {
	return signals.some((signal) => draft.reading.signals.has(signal));
}

export function quoteOf(draft: Draft, signal: Signal): string {
	return draft.reading.signals.get(signal)?.[0]?.quote ?? '';
}

/** A price or fee in the customer's words; notes prices that were told, so that a change can be announced later. */
export function money(draft: Draft, cents: number): string {
	return formatMoney(cents, draft.facts.company.currency, draft.phrases.language);
}

/** "2 × Name — €119.80". */
export function lineText(draft: Draft, { item, quantity }: CartLine): string {
	draft.told.set(item.sku, item.priceCents);
	return `${quantity > 1 ? `${quantity} × ` : ''}${item.name} — ${money(draft, item.priceCents * quantity)}`;
}

/** Products or services, for the wording: what the items are, else what the company sells. */
export function kindOf(draft: Draft, items: readonly Item[]): ItemKind {
	const onlyKind = items[0]?.kind;
	if (onlyKind !== undefined && items.every(({ kind }) => kind === onlyKind)) return onlyKind;
	return draft.facts.company.type === 'service' ? 'service' : 'product';
}

/** Cities of a catalog, the same array as long as the catalog lives. */
export function citiesOf(catalog: Catalog): readonly string[] {
	const known = CITIES.get(catalog);
	if (known !== undefined) return known;
	const cities = servedCities(catalog.items);
	CITIES.set(catalog, cities);
	return cities;
}

const CITIES = new WeakMap<Catalog, readonly string[]>();

/** Sentences as one paragraph. */
export function sentences(...parts: readonly string[]): string {
	return parts.filter((part) => part !== '').join(' ');
}
