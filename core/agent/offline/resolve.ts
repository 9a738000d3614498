import type { Item } from '../../catalog/item.ts';
import type { CartLine } from '../../orders/price.ts';
import type { Mention } from '../reading/mentions.ts';
import type { NamedItem } from '../reading/name-index.ts';
import { countsContents, packOf } from '../reading/packs.ts';
import { wordsOf } from '../reading/turn-text.ts';
import { servedIn } from './served.ts';

/** What a mention comes down to. */
export type Resolution =
	| { readonly kind: 'lines'; readonly lines: readonly CartLine[]; readonly countsContents: boolean }
	/** One item, and how many was left open ("postcards"). */
	| { readonly kind: 'how_many'; readonly item: Item }
	| { readonly kind: 'choose'; readonly options: readonly CartLine[]; readonly count: number | null }
	| { readonly kind: 'too_many'; readonly item: Item }
	| { readonly kind: 'not_in_city'; readonly items: readonly Item[] }
	| { readonly kind: 'not_found' };

/**
 * Which item, and how many selling units of it. A count of what a pack holds ("20 roses") is turned into packs: the pack
 * of exactly that size, else the only exact combination, else a choice (rule 11).
 *
 * @param city '' when it is not known yet
 */
export function resolveMention(mention: Mention, city: string): Resolution {
	const { candidates, count } = mention;
	if (candidates.length === 0) return { kind: 'not_found' };
	const isServed = servedIn(city);
	const here = city === '' ? candidates : candidates.filter(({ item }) => isServed(item));
	if (here.length === 0) {
		// What it would be elsewhere is kept, so that another city is all that is needed.
		const elsewhere = resolveMention(mention, '');
		return elsewhere.kind === 'choose' ? { kind: 'not_in_city', items: elsewhere.options.map(({ item }) => item) } : elsewhere;
	}

	const keys = mention.words.map(({ key }) => key).filter((key) => candidates.some(({ content }) => content.has(key)));
	const packed = count !== null && !mention.fullName && mention.ownNumbers.length === 0 ? here.filter(({ item }) => countsContents(packOf(item), keys)) : [];
	const counted = countedPacks(here, packed, keys);
	if (count !== null && counted.length > 0) return resolvePacks(here, counted, keys, count);

	const chosen = theOne(here, mention, keys);
	if (chosen === null) return { kind: 'choose', options: here.map(({ item }) => ({ item, quantity: count ?? 1 })), count };
	if (count === null && looksPlural(mention, chosen)) return { kind: 'how_many', item: chosen.item };
	return withinStock([{ item: chosen.item, quantity: count ?? 1 }], false);
}

/** "One tea" counts no "Box of 6 Tea Candles" where there are teas: names end with what a thing is. */
function countedPacks(here: readonly NamedItem[], packed: readonly NamedItem[], keys: readonly string[]): readonly NamedItem[] {
	const isSuch = ({ sequence }: NamedItem): boolean => keys.includes(sequence.at(-1) ?? '');
	const isKindOf = here.some((named) => !packed.includes(named) && isSuch(named) && named.contentWords > keys.length);
	return isKindOf ? packed.filter(isSuch) : packed;
}

function resolvePacks(here: readonly NamedItem[], packed: readonly NamedItem[], keys: readonly string[], count: number): Resolution {
	const sized = here.flatMap(({ item, contentWords }) => {
		const pack = packOf(item);
		if (countsContents(pack, keys)) return [{ item, size: pack.size }];
		// An item called just that, without a pack in its name, is sold one by one.
		return pack === null && contentWords === keys.length ? [{ item, size: 1 }] : [];
	});
	const fitting = sized.filter(({ size }) => count % size === 0).map(({ item, size }) => ({ item, quantity: count / size, size }));
	const exact = fitting.filter(({ size, item }) => size === count && inStock(item, 1));
	if (exact.length === 1) return { kind: 'lines', lines: exact.map(({ item }) => ({ item, quantity: 1 })), countsContents: true };

	const options = (exact.length > 1 ? exact : fitting)
		.filter(({ item, quantity }) => inStock(item, quantity))
		.map(({ item, quantity }) => ({ item, quantity }))
		.sort((a, b) => a.quantity - b.quantity);
	if (options.length === 1) return { kind: 'lines', lines: options, countsContents: true };
	if (options.length > 1) return { kind: 'choose', options, count };
	const short = fitting[0];
	if (short !== undefined) return { kind: 'too_many', item: short.item };
	const pairs = pairsFor(sized, count);
	if (pairs.length === 1 && pairs[0] !== undefined) return { kind: 'lines', lines: pairs[0], countsContents: true };
	return { kind: 'choose', options: packed.map(({ item }) => ({ item, quantity: 1 })), count };
}

/** Combinations of two pack sizes that give the count exactly and are in stock. */
function pairsFor(sized: ReadonlyArray<{ readonly item: Item; readonly size: number }>, count: number): readonly (readonly CartLine[])[] {
	const pairs: CartLine[][] = [];
	const few = sized.slice(0, MOST_SIZES);
	for (const [at, larger] of few.entries()) {
		for (const smaller of few.slice(at + 1)) {
			for (let quantity = 1; quantity * larger.size < count && pairs.length < 2; quantity += 1) {
				const rest = (count - quantity * larger.size) / smaller.size;
				if (!Number.isInteger(rest) || !inStock(larger.item, quantity) || !inStock(smaller.item, rest)) continue;
				pairs.push([{ item: larger.item, quantity }, { item: smaller.item, quantity: rest }]);
			}
		}
	}
	return pairs;
}

const MOST_SIZES = 8;

/** The only candidate, or the only one that is called exactly what the customer wrote. */
function theOne(here: readonly NamedItem[], mention: Mention, keys: readonly string[]): NamedItem | null {
	if (here.length === 1) return here[0] ?? null;
	const exact = here.filter(({ contentWords }) => contentWords === new Set(keys).size);
	const only = exact.length === 1 ? exact[0] : undefined;
	if (only === undefined) return null;
	// "Roses" is not the one called "Rose", when there are bouquets of them.
	return mention.count === null && looksPlural(mention, only) ? null : only;
}

/** The customer's word is a plural of the name's word, as far as spelling tells. */
function looksPlural(mention: Mention, { item }: NamedItem): boolean {
	if (mention.fullName) return false;
	const ofName = wordsOf(item.name);
	const inside = packOf(item)?.nouns;
	return mention.words.some((word) => {
		if (inside?.has(word.key) === true && packOf(item)?.size !== 1) return false;
		const same = ofName.filter(({ key }) => key === word.key);
		return PLURAL.test(word.plain) && same.length > 0 && same.every(({ plain }) => !PLURAL.test(plain) && (isCyrillic(plain) === isCyrillic(word.plain) || !plain.endsWith('с')));
	});
}

function isCyrillic(plain: string): boolean {
	return /\p{Script=Cyrillic}/u.test(plain);
}

/** Ukrainian «і» is the plural of many words; «и» there ends no singular. */
const PLURAL = /(?:[a-z]{2}s|[а-яіїєґ]{2}[ыиі]|[а-я]{2}(?:ые|ие))$/u;

export function inStock(item: Item, quantity: number): boolean {
	return item.stock === null || quantity <= item.stock;
}

function withinStock(lines: readonly CartLine[], contents: boolean): Resolution {
	const short = lines.find(({ item, quantity }) => !inStock(item, quantity));
	return short === undefined ? { kind: 'lines', lines, countsContents: contents } : { kind: 'too_many', item: short.item };
}
