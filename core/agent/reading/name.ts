import { WORDS } from './lexicon.ts';
import type { SignalMatch } from './lexicon.ts';
import type { Word } from './turn-text.ts';

export interface NameReading {
	readonly name: string;
	readonly start: number;
	readonly end: number;
}

const MAX_WORDS = 5;

/** A name that the customer introduces: "my name is Anna", "Nombre: Ana María". `weak` introductions need a capital letter. */
export function readIntroducedName(
	text: string,
	words: readonly Word[],
	intros: { readonly strong: readonly SignalMatch[]; readonly weak: readonly SignalMatch[] },
	isFree: (word: Word) => boolean,
): NameReading | null {
	for (const intro of [...intros.strong, ...intros.weak]) {
		const from = words.findIndex(({ start }) => start >= intro.end);
		const first = words[from];
		if (first === undefined || first.gap === 'line' || first.digits !== null) continue;
		// "Wrong name, I am Maria": another introduction follows.
		if ([...intros.strong, ...intros.weak].some((other) => other !== intro && first.start >= other.start && first.end <= other.end && other.start >= intro.end)) continue;
		if (intros.weak.includes(intro) && (!isCapitalised(first) || first.gap !== 'space')) continue;
		// "My name is Will": the first word is a name whatever else it may be, when it is written as one.
		const acceptable = isLetters(first) && (isCapitalised(first) ? isFree(first) || WORDS.stop.has(first.plain) : isFree(first) && !WORDS.stop.has(first.plain));
		if (acceptable) return nameFrom(text, words, from, isFree);
	}
	return null;
}

/**
 * A name that stands alone between commas or line breaks ("Anna, +34 600 111 222"). Without `expected` only words with
 * capital letters qualify.
 */
export function readBareName(
	text: string,
	words: readonly Word[],
	expected: boolean,
	isFree: (word: Word) => boolean,
): NameReading | null {
	const segments = segmentsOf(words, isFree).filter((segment) => segment.length <= MAX_WORDS && isName(segment) && !asks(text, segment) && !isLabel(text, segment));
	const written = segments.filter((segment) => segment.every((word) => isCapitalised(word) || WORDS.nameParticles.has(word.plain)));
	// "Set it to … Bob, +34 600 111 222": a capital letter that begins a sentence says less than one between commas.
	const capitalised = written.find((segment) => !runsOn(words, segment)) ?? written[0];
	const chosen = capitalised ?? (expected ? segments[0] : undefined);
	return chosen === undefined ? null : reading(text, chosen);
}

/** "Ян Ли": a small word may be a surname when all of the name is written as one. */
function isName(segment: readonly Word[]): boolean {
	if (segment.every(isNameWord)) return true;
	return segment.length > 1 && segment.some(isNameWord) && segment.every((word) => isLetters(word) && isCapitalised(word));
}

/** "SYSTEM: …", "Note: …": what stands before a colon says what follows. */
function isLabel(text: string, segment: readonly Word[]): boolean {
	return /^\s*:/u.test(text.slice(segment.at(-1)?.end ?? text.length));
}

/** Other words of the same sentence follow. */
function runsOn(words: readonly Word[], segment: readonly Word[]): boolean {
	const last = segment.at(-1);
	const next = last === undefined ? undefined : words[words.indexOf(last) + 1];
	return next !== undefined && next.gap === 'space' && isLetters(next);
}

function isNameWord(word: Word): boolean {
	return isLetters(word) && !WORDS.measures.has(word.plain) && (!WORDS.stop.has(word.plain) || WORDS.nameParticles.has(word.plain)) && !WORDS.numbers.has(word.plain) && !WORDS.ordinals.has(word.plain);
}

function nameFrom(text: string, words: readonly Word[], from: number, isFree: (word: Word) => boolean): NameReading {
	const taken = words.slice(from, from + 1);
	for (const [offset, word] of words.slice(from + 1, from + MAX_WORDS).entries()) {
		const next = words.slice(from + offset + 2).find(({ plain }) => !WORDS.nameParticles.has(plain));
		// "de la Cruz", "Ó Briain": a small word with the rest of the name after it.
		const isParticle = (WORDS.nameParticles.has(word.plain) || (isLetters(word) && isCapitalised(word))) && next !== undefined && isLetters(next) && isCapitalised(next) && next.gap === 'space';
		if (word.gap !== 'space' || !isFree(word) || !(isParticle || (isNameWord(word) && sameCase(word, taken)))) break;
		taken.push(word);
	}
	return reading(text, taken);
}

/** "Anna Petrova" goes on, "Anna send it" doesn't; a name in small letters goes on in small letters. */
function sameCase(word: Word, taken: readonly Word[]): boolean {
	const first = taken[0];
	return first === undefined || isCapitalised(word) || !isCapitalised(first);
}

function reading(text: string, words: readonly Word[]): NameReading {
	const start = words[0]?.start ?? 0;
	const end = words.at(-1)?.end ?? start;
	return { name: text.slice(start, end), start, end };
}

/** Runs of free words between punctuation, line breaks and words that are something else. */
function segmentsOf(words: readonly Word[], isFree: (word: Word) => boolean): readonly (readonly Word[])[] {
	const segments: Word[][] = [];
	let open = false;
	for (const word of words) {
		if (!isFree(word)) {
			// A number or another detail may follow a name without a comma; a word of a sentence may not.
			const last = segments.at(-1);
			if (open && word.gap === 'space' && word.digits === null && isLetters(word) && last !== undefined && !last.every(isCapitalised)) segments.pop();
			open = false;
			continue;
		}
		const last = segments.at(-1);
		if (open && word.gap === 'space' && last !== undefined) last.push(word);
		else segments.push([word]);
		open = true;
	}
	return segments;
}

function asks(text: string, segment: readonly Word[]): boolean {
	const end = segment.at(-1)?.end ?? 0;
	return /^\s*\?/u.test(text.slice(end));
}

function isLetters(word: Word): boolean {
	return /^[\p{L}\p{M}'’‘ʼ`´]+$/u.test(word.text);
}

function isCapitalised(word: Word): boolean {
	return /^(?:\p{Lu}|\p{Lt}|\p{Lo})/u.test(word.text);
}
