import type { Item } from '../../catalog/item.ts';
import { WORDS } from './lexicon.ts';
import { itemKey, wordsOf } from './turn-text.ts';
import type { Word } from './turn-text.ts';

/** How many countable things one selling unit holds: a "Bouquet of 20 roses" holds 20 roses. */
export interface Pack {
	readonly size: number;
	/** Keys of the words for what is inside ("roses"); a customer who counts these counts contents, not selling units. */
	readonly nouns: ReadonlySet<string>;
}

/**
 * Reads the pack of an item from its name, else from its unit: a number right before the noun it counts ("20 roses"), before
 * a piece word ("Rose, 1 pc", "Eggs, 12 pcs") or beside a package word ("6-pack", "box of 6"). Measures ("60 cm", "90
 * minutes") and model numbers at the end ("Phone 15") are not packs. null = the name tells of none.
 */
export function packOf(item: Item): Pack | null {
	const known = PACKS.get(item);
	if (known !== undefined) return known;
	const words = wordsOf(item.name);
	const pack = packOfWords(words) ?? packOfUnit(item.unit, words);
	PACKS.set(item, pack);
	return pack;
}

/** Packs already read; items are immutable. */
const PACKS = new WeakMap<Item, Pack | null>();

function packOfWords(words: readonly Word[]): Pack | null {
	for (const [index, word] of words.entries()) {
		const size = word.digits;
		if (size === null || size < 1 || isMeasured(words, index)) continue;
		const before = words.slice(0, index);
		const next = words[index + 1];
		const previous = before.findLast(({ plain }) => !WORDS.link.has(plain));
		if (next !== undefined && next.gap === 'space' && WORDS.pieces.has(next.plain)) {
			const after = nounsOf(segment(words, index + 2));
			return { size, nouns: after.size > 0 ? after : nounsOf(before) };
		}
		if (next !== undefined && WORDS.packages.has(next.plain)) {
			const others = nounsOf([...before, ...words.slice(index + 2)]);
			if (others.size > 0) return { size, nouns: others };
		}
		const counted = nounsOf(segment(words, index + 1));
		if (counted.size > 0) return { size, nouns: counted };
		if (previous !== undefined && (WORDS.packages.has(previous.plain) || WORDS.pieces.has(previous.plain))) {
			return { size, nouns: nounsOf(before.filter(({ plain }) => !WORDS.packages.has(plain))) };
		}
	}
	return null;
}

function packOfUnit(unit: string, nameWords: readonly Word[]): Pack | null {
	const words = wordsOf(unit);
	const index = words.findIndex(({ digits }) => digits !== null && digits > 1);
	const size = words[index]?.digits;
	if (size === undefined || size === null || isMeasured(words, index)) return null;
	const counted = nounsOf(words.slice(index + 1));
	return { size, nouns: counted.size > 0 ? counted : nounsOf(nameWords) };
}

/** true when the number at `index` is a measure, a time or a number of people: not a pack. */
export function isMeasured(words: readonly Word[], index: number): boolean {
	const next = words[index + 1];
	return next !== undefined && next.gap === 'space' && (WORDS.measures.has(next.plain) || WORDS.people.has(next.plain));
}

/** The words from `from` up to the next punctuation. */
function segment(words: readonly Word[], from: number): readonly Word[] {
	const rest = words.slice(from);
	const end = rest.findIndex(({ gap, digits }) => gap !== 'space' || digits !== null);
	return end === -1 ? rest : rest.slice(0, end);
}

function nounsOf(words: readonly Word[]): ReadonlySet<string> {
	return new Set(
		words.filter(({ plain, digits }) => digits === null && !WORDS.stop.has(plain) && !WORDS.measures.has(plain)).map(({ key }) => key),
	);
}

/** true when every one of these words (keys) names what is inside the pack, so that a count of them counts contents. */
export function countsContents(pack: Pack | null, keys: readonly string[]): pack is Pack {
	return pack !== null && keys.length > 0 && keys.every((key) => pack.nouns.has(key));
}

/** The same for a noun in words, as a `RequestedUnits.noun` carries it. */
export function nounCountsContents(item: Item, noun: string): boolean {
	const keys = wordsOf(noun).filter(({ plain, digits }) => digits === null && !WORDS.stop.has(plain)).map(({ text }) => itemKey(text));
	return countsContents(packOf(item), keys);
}
