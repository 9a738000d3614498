import type { Item } from '../../catalog/item.ts';
import type { CartPrice } from '../../orders/price.ts';
import { findCity, servedCities } from '../../catalog/city.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Proposal, Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { rememberedFor } from '../../remembered.ts';
import type { Asks } from './asks.ts';
import type { BookingChangeCheck } from './booking-change.ts';
import type { OrderPart } from './order-part.ts';
import { claimsIn, type Claims } from './text/claims.ts';
import { buildNameIndex, hintsIn, maskMentions, type Mention, type NameIndex } from './text/mentions.ts';
import { normaliseText } from './text/normalise.ts';
import { brokenSentencesOf, segmentsOf, type Segment } from './text/segments.ts';

/** A proposal with everything read that the rules look at. */
export interface Draft {
	readonly proposal: Proposal;
	readonly asks: Asks;
	readonly order: OrderPart;
	readonly price: CartPrice;
	/** The turn's text in `plain` writing. */
	readonly turn: string;
	readonly answer: AnswerReading;
	/** Of a booking that is there already. */
	readonly change: BookingChangeCheck;
}

/** Takes the facts of the turn and a draft; [] = the rule is kept. */
export type Rule = (facts: AgentFacts, draft: Draft) => Violation[];

export interface AnswerReading {
	/** Normalised, with case. */
	readonly text: string;
	readonly urls: readonly string[];
	readonly emails: readonly string[];
	readonly sentences: readonly Sentence[];
	/** Items that the answer names. */
	readonly named: readonly Item[];
	/** Items that the answer may speak of without naming them: named, focus, order, cart, what the customer named. */
	readonly subjects: readonly Item[];
}

export interface Sentence extends Segment {
	/** `claims.text` is the sentence with spelled amounts in digits; positions are those of that text. */
	readonly claims: Claims;
	readonly mentions: readonly (Mention & { readonly at: number })[];
	/** The sentence without item names, for rules about places and states. */
	readonly prose: string;
}

const URL = /(?:https?:\/\/|www\.)[^\s<>"'»”)\]]+|(?<![\p{L}\p{N}@.-])(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+(?:com|net|org|es|ru|ua|de|eu|io|co|shop|store|info|biz|me|app|online|site|link|ly|pt|fr|it|uk|us|kz|example|test|to|gg|cc|tv|cat|pay|xyz|top|club|рф|укр)(?![\p{L}\p{N}])(?:\/[^\s<>"'»”)\]]*)?/giu;
const EMAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/giu;
const MARK = /[\ue000-\uf8ff]/gu;

export function readAnswer(facts: AgentFacts, proposal: Proposal, order: OrderPart): AnswerReading {
	const text = normaliseText(proposal.response);
	const emails = text.match(EMAIL) ?? [];
	const withoutEmails = text.replace(EMAIL, ' ');
	const urls = (withoutEmails.match(URL) ?? []).map((url) => url.replace(/[.,;:!?…*_~]+$/u, ''));
	const index = nameIndexOf(facts.catalog);
	const masked = maskMentions(withoutEmails.replace(URL, ' '), index);
	const sentences = [...segmentsOf(masked.text), ...brokenSentencesOf(masked.text)].map((segment) => readSentence(segment, masked.mentions));
	const named = [...new Set(masked.mentions.flatMap(({ items }) => items))];
	return { text, urls, emails, sentences, named, subjects: subjectsOf(facts, proposal, order, [...named, ...hintsIn(masked.text, index)], index) };
}

function readSentence(segment: Segment, mentions: readonly Mention[]): Sentence {
	const claims = claimsIn(segment.text);
	const placed = [...claims.text.matchAll(MARK)].flatMap((match) => {
		const mention = mentions.find(({ mark }) => mark === match[0]);
		return mention === undefined ? [] : [{ ...mention, at: match.index }];
	});
	return { ...segment, claims, mentions: placed, prose: segment.text.replace(MARK, ' ') };
}

/** What an unnamed "it" may be. Only when nothing else tells, what a search for the customer's words finds. */
function subjectsOf(facts: AgentFacts, proposal: Proposal, order: OrderPart, named: readonly Item[], index: NameIndex): Item[] {
	const { catalog, session, turn } = facts;
	const skus = [proposal.focus_sku, session.focusSku, ...session.cart.map(({ sku }) => sku), ...(facts.order?.lines ?? []).map(({ sku }) => sku)];
	const turnNames = maskMentions(normaliseText(turn.text), index).mentions.flatMap(({ items }) => items);
	const known = [...named, ...order.lines.map(({ item }) => item), ...turnNames, ...skus.flatMap((sku) => catalog.get(sku) ?? [])];
	const subjects = known.length > 0 ? known : catalog.search(turn.text, { limit: 3 }).map(({ item }) => item);
	return [...new Set(subjects)];
}

export const nameIndexOf = rememberedFor(({ items }: Catalog): NameIndex => buildNameIndex(items));

/** All cities of a catalog: the same array for the same catalog, which is what the city index is remembered by. */
export const citiesOf = rememberedFor(({ items }: Catalog): readonly string[] => servedCities(items));

/** The served city that a text names, as the catalog writes it. */
export function servedCityIn(text: string, catalog: Catalog): string | null {
	return findCity(text, citiesOf(catalog));
}

/** What delivery costs, from when it is free and how long it takes, where that is the same for everything that is charged for. */
export interface GeneralDelivery {
	readonly cents: number;
	readonly freeFromCents: number | null;
	readonly minutes: number | null;
}

/** "How much is delivery?" with nothing named. null: it depends on the item. */
export const generalDelivery = rememberedFor(({ items }: Catalog): GeneralDelivery | null => {
	const [first, ...others] = items.filter(({ deliveryCents }) => deliveryCents > 0);
	if (first === undefined || others.some((item) => item.deliveryCents !== first.deliveryCents || item.freeDeliveryFromCents !== first.freeDeliveryFromCents)) return null;
	const isSameTime = items.every(({ deliveryTimeHours }) => deliveryTimeHours === first.deliveryTimeHours);
	return { cents: first.deliveryCents, freeFromCents: first.freeDeliveryFromCents, minutes: isSameTime && first.deliveryTimeHours !== null ? first.deliveryTimeHours * 60 : null };
});
