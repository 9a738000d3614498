import { fold } from '../../catalog/fold.ts';
import { wordKey } from '../../catalog/word-key.ts';
import { remembered } from '../../remembered.ts';

/** A word or number of a text, with the place where it stands. */
export interface Word {
	/** As written. */
	readonly text: string;
	/** `plainForm` of it. */
	readonly plain: string;
	/** The key under which its inflected and differently spelled forms meet; digits for a number. */
	readonly key: string;
	readonly start: number;
	readonly end: number;
	/** An integer written in digits, else null. */
	readonly digits: number | null;
	/** What stands between the word before and this one. */
	readonly gap: Gap;
}

/** `line` is a line break (another message of the burst) or the end of a sentence; `comma` any weaker punctuation. */
export type Gap = 'start' | 'space' | 'comma' | 'line';

/** Lower case without accents in the same script, character by character, so that offsets in it are offsets in the text. */
export const plainForm = remembered((text): string => {
	const lower = text.toLowerCase();
	if (NOTHING_TO_STRIP.test(lower)) return lower;
	let plain = '';
	for (const letter of text.normalize('NFC')) {
		const bare = letter.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase();
		const one = APOSTROPHES.has(bare) ? "'" : bare;
		plain += one.length === letter.length ? one : letter;
	}
	return plain;
});

const NOTHING_TO_STRIP = /^[\u0000-\u005f\u0061-\u007fа-ик-я]*$/;
const APOSTROPHES: ReadonlySet<string> = new Set(['’', '‘', 'ʼ', '`', '´']);
const WORD = /\p{N}{1,3}(?:[.,\u00a0]\p{N}{3})+(?!\p{N})|\p{N}+(?:[.,]\p{N}+)?|[\p{L}\p{M}]+(?:['’‘ʼ`´][\p{L}\p{M}]+)*/gu;

/** The words of a text in order. */
export const wordsOf = remembered((text): readonly Word[] => {
	const original = text.normalize('NFC');
	const words: Word[] = [];
	let end = 0;
	for (const match of original.matchAll(WORD)) {
		const written = match[0];
		const start = match.index;
		words.push({
			text: written,
			plain: plainForm(written),
			key: itemKey(written),
			start,
			end: start + written.length,
			digits: integerOf(written),
			gap: words.length === 0 ? 'start' : gapOf(original.slice(end, start)),
		});
		end = start + written.length;
	}
	return words;
});

function gapOf(between: string): Gap {
	if (/[\n\r!?;]|\.(?:\s|$)/u.test(between)) return 'line';
	return /[,:()/–—]|\.\s|\s-\s/u.test(between) ? 'comma' : 'space';
}

function integerOf(written: string): number | null {
	const digits = /^\p{N}{1,3}(?:[.,\u00a0]\p{N}{3})+$/u.test(written) ? written.replace(/[.,\u00a0]/g, '') : written;
	return /^\d{1,9}$/.test(digits) ? Number(digits) : null;
}

/** The key of a word as written: folded, by sound, without its ending, and without the vowel that comes and goes ("открыток"). */
export function itemKey(written: string): string {
	const known = KEYS.get(written);
	if (known !== undefined) return known;
	const folded = fold(written).replace(/['’‘ʼ`´]/gu, '');
	const key = /^\p{N}/u.test(folded) ? folded : withoutFleetingVowel(wordKey(singular(folded, written)), written);
	if (KEYS.size >= MAX_KEYS) KEYS.clear();
	KEYS.set(written, key);
	return key;
}

/** Keys already made: a pure function remembered, bounded. */
const KEYS = new Map<string, string>();
const MAX_KEYS = 50_000;

/**
 * "Tickets" and "eggs" are plurals: the sound rule would make one consonant of the first one's end, as of a Cyrillic «ц», and
 * finds the second one too short to lose its.
 */
function singular(folded: string, written: string): string {
	return PLURAL_BEFORE_SOUND.test(folded) && !IS_CYRILLIC.test(written) ? folded.slice(0, -1) : folded;
}

const PLURAL_BEFORE_SOUND = /^(?:.{3,}t|..[^s])s$/;

const IS_CYRILLIC = /\p{Script=Cyrillic}/u;

function withoutFleetingVowel(key: string, written: string): string {
	if (!IS_CYRILLIC.test(written) || key.length < 5) return key;
	return key.replace(/([^aeiou])[oe]k$/, '$1k');
}
