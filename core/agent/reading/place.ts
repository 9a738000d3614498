import { findAnyCity, findCity } from '../../catalog/city.ts';
import { WORDS } from './lexicon.ts';
import type { Word } from './turn-text.ts';

/** The city that a text names. `city` is written as the company wrote it. */
export type PlaceReading =
	| { readonly kind: 'none' }
	| { readonly kind: 'served'; readonly city: string; readonly start: number; readonly end: number }
	/** A known city that nothing is delivered to. */
	| { readonly kind: 'elsewhere'; readonly start: number; readonly end: number };

const LONGEST_CITY_WORDS = 4;

/**
 * @param words the words that are free to name a city
 * @param expected a city was asked for, or the text talks about places: a bare name counts
 */
export function readPlace(words: readonly Word[], cities: readonly string[], expected: boolean): PlaceReading {
	const text = words.map(({ text: written, gap }) => (gap === 'space' ? ` ${written}` : `, ${written}`)).join('');
	const served = findCity(text, cities);
	if (served !== null) {
		const only = [served];
		const span = spanOf(words, (window) => findCity(window, only) !== null);
		return { kind: 'served', city: served, ...span };
	}
	// Asked for a city, a customer may answer with a bare name that is an ordinary word elsewhere.
	if (findAnyCity(text) === null && (!expected || findAnyCity(`in ${text.replace(/^[\s,]+/u, '')}`) === null)) return { kind: 'none' };
	const span = spanOf(words, (window) => findAnyCity(window) !== null || (expected && findAnyCity(`in ${window}`) !== null));
	const inSpan = words.filter(({ start, end }) => start >= span.start && end <= span.end);
	const before = words[words.findIndex(({ start }) => start === span.start) - 1];
	const led = [before, inSpan[0]].some((word) => word !== undefined && WORDS.toPlace.has(word.plain));
	// "Nice, thanks" is not about Nice.
	return expected || (led && /^\p{Lu}/u.test(inSpan.at(-1)?.text ?? '')) ? { kind: 'elsewhere', ...span } : { kind: 'none' };
}

/** The shortest run of words in which `names` finds the city. */
function spanOf(words: readonly Word[], names: (window: string) => boolean): { readonly start: number; readonly end: number } {
	for (let length = 1; length <= LONGEST_CITY_WORDS; length += 1) {
		for (let from = 0; from + length <= words.length; from += 1) {
			const run = words.slice(from, from + length);
			if (names(run.map(({ text }) => text).join(' '))) return { start: run[0]?.start ?? 0, end: run.at(-1)?.end ?? 0 };
		}
	}
	return { start: 0, end: 0 };
}
