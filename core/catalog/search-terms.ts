import { tokenize } from './fold.ts';
import { wordKey } from './word-key.ts';

/** The words of a text as search sees them. Scripts without spaces between words are cut into overlapping pairs. */
export function searchTerms(text: string): string[] {
	return tokenize(text).flatMap((word) => (UNSPACED.test(word) && word.length > 2 ? pairsOf(word) : [word]));
}

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

function pairsOf(word: string): string[] {
	const letters = [...word];
	return letters.slice(1).map((letter, index) => `${letters[index] ?? ''}${letter}`);
}

/** How well a term of the catalog answers a term of the query, 0…1. */
export type TermMatch = { readonly term: string; readonly quality: number };

const SAME_KEY = 0.85;
const BEGINS_WITH = 0.65;
const TYPO = 0.55;

/** All distinct terms of a catalog, and which of them a query's word can mean. */
export class Vocabulary {
	readonly #byKey = new Map<string, string[]>();
	readonly #sortedKeys: readonly string[];
	readonly #keysByPair = new Map<string, number[]>();
	readonly #terms: ReadonlySet<string>;

	constructor(terms: Iterable<string>) {
		this.#terms = new Set(terms);
		for (const term of this.#terms) append(this.#byKey, wordKey(term), term);
		this.#sortedKeys = [...this.#byKey.keys()].sort();
		this.#sortedKeys.forEach((key, index) => {
			for (const pair of new Set(pairsOf(`^${key}`))) append(this.#keysByPair, pair, index);
		});
	}

	/** Exact word and other forms of it; failing that, longer and shorter words; failing that, typing errors. Numbers only as written. */
	match(word: string): readonly TermMatch[] {
		if (IS_NUMBER.test(word)) return this.#terms.has(word) ? [{ term: word, quality: 1 }] : [];
		const key = wordKey(word);
		const forms = (this.#byKey.get(key) ?? []).map((term) => ({ term, quality: term === word ? 1 : SAME_KEY }));
		if (forms.length > 0) return forms;
		const related = this.#related(key);
		return related.length > 0 ? this.#termsOf(related, BEGINS_WITH) : this.#termsOf(this.#misspelled(key), TYPO);
	}

	#termsOf(keys: readonly string[], quality: number): TermMatch[] {
		return keys.flatMap((key) => this.#byKey.get(key) ?? []).map((term) => ({ term, quality }));
	}

	/** Keys that begin with `key`, and keys with which it begins, when what they share is most of the word. */
	#related(key: string): string[] {
		if (key.length < 3) return [];
		const longer: string[] = [];
		for (let at = lowerBound(this.#sortedKeys, key); at < this.#sortedKeys.length; at++) {
			const candidate = this.#sortedKeys[at] ?? '';
			if (!candidate.startsWith(key)) break;
			longer.push(candidate);
		}
		const shortest = Math.max(4, Math.ceil(key.length * 0.6));
		for (let length = key.length - 1; length >= shortest; length--) {
			const shorter = key.slice(0, length);
			if (this.#byKey.has(shorter)) longer.push(shorter);
		}
		return longer;
	}

	/** Keys one typing error away (two in long words). Short words have too many neighbours to guess. */
	#misspelled(key: string): string[] {
		const allowed = key.length >= 8 ? 2 : key.length >= 4 ? 1 : 0;
		if (allowed === 0) return [];
		const pairs = new Set(pairsOf(`^${key}`));
		// One error breaks at most three pairs (a swap of two letters does).
		const needed = Math.max(1, pairs.size - 3 * allowed);
		const shared = new Map<number, number>();
		for (const pair of pairs) {
			for (const index of this.#keysByPair.get(pair) ?? []) shared.set(index, (shared.get(index) ?? 0) + 1);
		}
		return [...shared]
			.filter(([, count]) => count >= needed)
			.map(([index]) => this.#sortedKeys[index] ?? '')
			.filter((candidate) => Math.abs(candidate.length - key.length) <= allowed && typingErrors(key, candidate) <= allowed);
	}
}

const IS_NUMBER = /^\p{N}+$/u;

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
	const list = lists.get(key);
	if (list === undefined) lists.set(key, [value]);
	else list.push(value);
}

function lowerBound(sorted: readonly string[], key: string): number {
	let low = 0;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((sorted[middle] ?? '') < key) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** Insertions, deletions, substitutions and swaps of neighbours that make one word of the other (optimal string alignment). */
function typingErrors(a: string, b: string): number {
	let beforeLast: number[] = [];
	let last = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1];
			let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
			row.push(best);
		}
		beforeLast = last;
		last = row;
	}
	return last[b.length] ?? 0;
}
