import { WORDS } from './lexicon.ts';
import { itemsNamed } from './name-index.ts';
import type { NamedItem, NameIndex } from './name-index.ts';
import { isMeasured } from './packs.ts';
import { itemKey } from './turn-text.ts';
import type { Word } from './turn-text.ts';

/** Something that the customer named, and the items that it can mean. */
export interface Mention {
	readonly start: number;
	readonly end: number;
	/** How many, in the customer's own units; null = not said. */
	readonly count: number | null;
	/** Where the count stands; -1 without one. */
	readonly countStart: number;
	/** Words that name the item, without numbers. Empty for a pronoun ("2 of those"). */
	readonly words: readonly Word[];
	/** Numbers that belong to the name: 20 in "bouquet of 20". */
	readonly ownNumbers: readonly number[];
	/** Empty: nothing in the catalog is called so. */
	readonly candidates: readonly NamedItem[];
	/** The whole name of the item was written out. */
	readonly fullName: boolean;
}

/** What a word of the text is to the reader of items. */
export type WordRole =
	/** Part of a phone number, a city or a person's name: it ends whatever was being named. */
	| 'taken'
	/** Grammar and signals: passed over. */
	| 'passed'
	| 'free';

interface Draft {
	start: number;
	end: number;
	count: number | null;
	countStart: number;
	words: Word[];
	ownNumbers: number[];
	candidates: readonly NamedItem[];
	fullName: boolean;
	/** An item was recognised; false while only unknown words were read. */
	known: boolean;
	open: boolean;
	/** Key of the measure that the count counts: "2 hours of …" is a quantity only for items sold by the hour. */
	measure: string | null;
}

/**
 * Reads what a text names, left to right: the longest full name first, else words that items have in common. A number before
 * a name counts it, a number that the name itself has belongs to the name, and "and", commas or another number part names.
 */
export function readMentions(words: readonly Word[], roles: readonly WordRole[], index: NameIndex): readonly Mention[] {
	const drafts: Draft[] = [];
	let pending: { readonly count: number; readonly start: number; readonly measure: string | null } | null = null;
	let parted = false;
	let i = 0;

	const open = (): Draft | undefined => {
		const last = drafts.at(-1);
		return last?.open === true ? last : undefined;
	};
	const close = (): void => {
		const last = drafts.at(-1);
		if (last !== undefined) last.open = false;
		pending = null;
	};
	const begin = (from: Word, to: Word, named: Word[], candidates: readonly NamedItem[], known: boolean): Draft => {
		const last = open();
		if (last !== undefined) last.open = false;
		const measured = pending?.measure ?? null;
		const ownMeasure = measured === null ? [] : candidates.filter(({ content }) => content.has(String(pending?.count)));
		const draft: Draft = {
			start: pending?.start ?? from.start, end: to.end, count: pending?.count ?? null, countStart: pending?.start ?? -1,
			words: named, ownNumbers: [], candidates, fullName: false, known, open: true, measure: measured,
		};
		// "A 90 minutes massage": the measure tells which one.
		if (ownMeasure.length > 0) Object.assign(draft, { candidates: ownMeasure, ownNumbers: [pending?.count ?? 0], count: null, measure: null });
		pending = null;
		drafts.push(draft);
		return draft;
	};

	while (i < words.length) {
		const word = words[i];
		if (word === undefined) break;
		if (word.gap === 'line') close();
		if (word.gap === 'comma' || WORDS.and.has(word.plain)) parted = true;
		if (word.gap === 'line' || word.gap === 'start') parted = false;
		if (roles[i] === 'taken') {
			close();
			i += 1;
			continue;
		}
		const full = fullNameAt(words, roles, i, index);
		if (full !== null) {
			const named = words.slice(i, i + full.length);
			const last = named.at(-1) ?? word;
			const draft = begin(word, last, named.filter(({ digits }) => digits === null), full.items, true);
			draft.ownNumbers = named.flatMap(({ digits }) => digits ?? []);
			draft.fullName = true;
			parted = false;
			i += full.length;
			continue;
		}
		const count = countAt(words, i);
		if (count !== null) {
			const current = open();
			const next = nextFree(words, roles, i + count.length);
			const joint = current?.known === true && !current.fullName ? current.candidates.filter(({ content }) => content.has(word.key)) : [];
			if (WORDS.timeBefore.has(words[i - 1]?.plain ?? '')) {
				// A clock time or a date.
			} else if (isMeasured(words, i) && !WORDS.people.has(words[i + 1]?.plain ?? '')) {
				if (current !== undefined && joint.length > 0) narrow(current, joint, word);
				else {
					close();
					pending = { count: count.value, start: word.start, measure: words[i + 1]?.key ?? null };
				}
			} else if (current !== undefined && word.digits !== null && joint.length > 0 && !parted) {
				narrow(current, joint, word);
			} else if (current !== undefined && current.count === null && next === null) {
				// "Cards, 2 pcs": a number with nothing after it counts what stands before it.
				current.count = count.value;
				current.countStart = word.start;
				current.end = words[i + count.length - 1]?.end ?? word.end;
				current.open = false;
			} else {
				close();
				pending = { count: count.value, start: word.start, measure: null };
			}
			parted = false;
			i += count.length;
			continue;
		}
		if (roles[i] === 'passed') {
			i += 1;
			continue;
		}
		const items = itemsNamed(word, index);
		const current = open();
		if (items === undefined) {
			if (current !== undefined && !parted) current.end = current.known ? current.end : word.end;
			else if (pending !== null) begin(word, word, [word], [], false);
			if (current !== undefined && !parted && !current.known) current.words.push(word);
		} else if (current === undefined || pending !== null) {
			begin(word, word, [word], items, true);
		} else if (!current.known && !parted) {
			// "20 fresh roses": what counted an unknown word counts the known one after it.
			current.candidates = items;
			current.words = [word];
			current.end = word.end;
			current.known = true;
		} else {
			const joint = current.fullName ? longerNames(current, items, parted) : current.candidates.filter(({ content }) => content.has(word.key));
			const joins = joint.length > 0 && (!parted || joint.length === items.length || joint.length === current.candidates.length);
			if (!joins) begin(word, word, [word], items, true);
			else {
				current.candidates = joint;
				current.words.push(word);
				current.end = word.end;
				current.fullName = false;
			}
		}
		parted = false;
		i += 1;
	}
	return drafts.map(finished);
}

function finished({ start, end, count, countStart, words, ownNumbers, candidates, fullName, measure }: Draft): Mention {
	const counted = measure === null || (candidates.length > 0 && candidates.every(({ item }) => itemKey(item.unit) === measure));
	return { start, end, count: counted ? count : null, countStart: counted ? countStart : -1, words, ownNumbers, candidates, fullName };
}

/** Items that have all words of the full name just read and one more: "Rose" goes on to "Rose bouquet". */
function longerNames(draft: Draft, items: readonly NamedItem[], parted: boolean): readonly NamedItem[] {
	if (parted) return [];
	const needed = draft.candidates[0]?.content ?? new Set<string>();
	return items.filter(({ content }) => [...needed].every((key) => content.has(key)));
}

function narrow(draft: Draft, candidates: readonly NamedItem[], number: Word): void {
	draft.candidates = candidates;
	if (number.digits !== null) draft.ownNumbers.push(number.digits);
	draft.end = number.end;
}

/** The longest name of at least two words that stands at `from`, written out in full. */
function fullNameAt(words: readonly Word[], roles: readonly WordRole[], from: number, index: NameIndex): { length: number; items: readonly NamedItem[] } | null {
	let length = 1;
	let items: NamedItem[] = [];
	for (const named of index.byFirstWord.get(words[from]?.key ?? '') ?? []) {
		const { sequence } = named;
		if (sequence.length < Math.max(2, length) || from + sequence.length > words.length) continue;
		if (!sequence.every((key, offset) => words[from + offset]?.key === key && roles[from + offset] !== 'taken')) continue;
		if (sequence.length > length) items = [];
		length = sequence.length;
		items.push(named);
	}
	return items.length === 0 ? null : { length, items };
}

const ENGLISH_BEFORE_ONCE = new Set(['this', 'just', 'at', 'only', 'for', 'more']);

/** A count in digits or words: "20", "two", "a dozen", "2 dozen". `length` is how many words it takes. */
export function countAt(words: readonly Word[], at: number): { readonly value: number; readonly length: number } | null {
	const word = words[at];
	if (word === undefined) return null;
	// "Just this once": Spanish for eleven only where it isn't English.
	if (word.plain === 'once' && ENGLISH_BEFORE_ONCE.has(words[at - 1]?.plain ?? '')) return null;
	if (WORDS.dozens.has(word.plain)) return { value: 12, length: 1 };
	const value = word.digits ?? WORDS.numbers.get(word.plain);
	if (value === undefined || value < 1) return null;
	const next = words[at + 1];
	return next !== undefined && WORDS.dozens.has(next.plain) && next.gap === 'space' ? { value: value * 12, length: 2 } : { value, length: 1 };
}

/** The next word of the same sentence part that may name something. */
function nextFree(words: readonly Word[], roles: readonly WordRole[], from: number): Word | null {
	for (let i = from; i < words.length; i += 1) {
		const word = words[i];
		if (word === undefined || word.gap !== 'space' || roles[i] === 'taken' || WORDS.and.has(word.plain)) return null;
		if (roles[i] === 'free' && word.digits === null) return word;
	}
	return null;
}
