import type { Item } from '../../catalog/item.ts';
import { rememberedFor } from '../../remembered.ts';
import { STOP_WORDS } from '../../catalog/stop-words.ts';
import type { Asks } from './asks.ts';
import { claimsIn } from './text/claims.ts';
import { normaliseText, plain } from './text/normalise.ts';
import { numbersIn } from './text/numbers.ts';
import { wordsOf } from '../reading/turn-text.ts';

/** What an item's own texts state, so that an answer may repeat it. */
export interface ItemFacts {
	/** In `plain` writing. */
	readonly text: string;
	readonly cents: ReadonlySet<number>;
	readonly percents: ReadonlySet<number>;
	readonly minutes: ReadonlySet<number>;
	readonly numbers: ReadonlySet<number>;
	readonly phones: readonly string[];
}

/** The parts of an item that this turn may tell: detail and contact fields only when the turn asks (rules 4, 5). */
export function toldText(item: Item, asks: Asks): string {
	const parts = [publicText(item)];
	if (asks.details !== '') parts.push(...Object.values(item.detailFields));
	if (asks.contacts !== '' || asks.refund !== '') parts.push(...Object.values(item.contactFields));
	return parts.join('\n');
}

/** Everything that anyone may be told about an item, without asking for it. */
export function publicText(item: Item): string {
	return [
		item.name, item.description, item.category, item.subcategory, ...item.tags, item.unit, item.duration, item.format,
		item.specialistInitials, item.specialistArea, item.providerName, item.officeAddress, item.instructions,
		...Object.entries(item.attributes).flat(),
	].filter((part) => part !== '').join('\n');
}

const factsOfItem = rememberedFor((_item: Item) => new Map<string, ItemFacts>());

/** Items are immutable, so what their texts state is read once. */
export function itemFacts(item: Item, asks: Asks): ItemFacts {
	const released = `${asks.details !== ''} ${asks.contacts !== '' || asks.refund !== ''}`;
	const perItem = factsOfItem(item);
	const known = perItem.get(released);
	if (known !== undefined) return known;
	const text = plain(normaliseText(toldText(item, asks)));
	const claims = claimsIn(text);
	const facts: ItemFacts = {
		text,
		cents: new Set(claims.money.flatMap(({ cents }) => cents)),
		percents: new Set(claims.percents.flatMap(({ values }) => values)),
		minutes: new Set(claims.durations.flatMap(({ minutes }) => minutes)),
		numbers: numbersIn(text),
		phones: claims.phones.map(({ written }) => written.replace(/\D/gu, '')),
	};
	perItem.set(released, facts);
	return facts;
}

/**
 * Whether one of an item's sentences with `claim` in it speaks of what `statement` speaks of: they share a telling word that is neither the
 * claim nor the item's name nor grammar. "Free parking" lets "parking is free" be said, not that the item is.
 */
export function statedBy(item: Item, asks: Asks, claim: RegExp, statement: string): boolean {
	const own = new Set(wordsOf(item.name).map(({ key }) => key));
	const telling = (text: string): string[] => wordsOf(text).filter(({ text: word, digits, key }) => (digits !== null || word.length >= 4) && !own.has(key) && !STOP_WORDS.has(word) && !claim.test(word)).map(({ key }) => key);
	const said = new Set(telling(plain(statement)));
	return itemFacts(item, asks).text.split(/(?<=[.!?;])\s|\n/u).some((sentence) => claim.test(sentence) && telling(sentence).some((key) => said.has(key)));
}
