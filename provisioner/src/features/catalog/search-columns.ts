import { cityKeys } from '../../../../core/catalog/city.ts';
import type { Item } from '../../../../core/catalog/item.ts';
import { nameTerms, termsOf, type TermWeight } from '../../../../core/catalog/item-terms.ts';
import { wordKey } from '../../../../core/catalog/word-key.ts';

/** By what a stored item is found: the columns beside it (migration 0013_catalog_store.sql). */
export interface SearchColumns {
	/** tsvector: each term, and '~' with its key. A number has none: it is found as it is written only. */
	readonly words: string;
	readonly name_terms: number;
	/** Keys of the cities served; [] is everywhere. */
	readonly places: readonly string[];
}

/** A tsvector holds a megabyte; an item that says so much is found by what it says first. */
const MOST_TERMS = 5_000;
const LONGEST_TERM = 60;

export function searchColumns(item: Item): SearchColumns {
	const words = new Map<string, TermWeight>();
	for (const [term, weight] of [...termsOf(item)].slice(0, MOST_TERMS)) {
		add(words, term.slice(0, LONGEST_TERM), weight);
		if (!isNumber(term)) add(words, `~${wordKey(term).slice(0, LONGEST_TERM)}`, weight);
	}
	return {
		// Terms have letters and digits only: nothing to escape.
		words: [...words].map(([word, weight]) => `'${word}':1${LETTER[weight]}`).join(' '),
		name_terms: nameTerms(item),
		places: item.online ? [] : [...new Set(item.cities.flatMap((city) => cityKeys(city).slice(0, 1)))],
	};
}

/** A query's term as it is looked up: cut like those that are stored. */
export function searchedWord(term: string): { word: string; key: string; isNumber: boolean } {
	return { word: term.slice(0, LONGEST_TERM), key: wordKey(term).slice(0, LONGEST_TERM), isNumber: isNumber(term) };
}

const LETTER: Readonly<Record<TermWeight, string>> = { 1: 'A', 0.7: 'B', 0.5: 'C', 0.4: 'D' };

function add(words: Map<string, TermWeight>, word: string, weight: TermWeight): void {
	if (weight > (words.get(word) ?? 0)) words.set(word, weight);
}

function isNumber(term: string): boolean {
	return /^\p{N}+$/u.test(term);
}
