import { WORDS } from './lexicon.ts';
import type { Mention, WordRole } from './mentions.ts';
import type { Word } from './turn-text.ts';

const MOST_WORDS = 3;

/**
 * Things that are named beside known items and that the catalog doesn't have: "20 roses and a cake". Only what "and" joins
 * on ("and a cake", "и торт"), with nothing but unknown words up to the next comma: the rest of a sentence is not an order.
 */
export function strayItems(words: readonly Word[], roles: readonly WordRole[], mentions: readonly Mention[]): readonly Mention[] {
	const isKnown = (word: Word): boolean => mentions.some(({ start, end }) => word.start >= start && word.end <= end);
	return words.flatMap((word, i) => {
		if (!WORDS.and.has(word.plain) || !mentions.some(({ end, candidates }) => candidates.length > 0 && end <= word.start)) return [];
		let from = i + 1;
		while (words[from] !== undefined && words[from]?.gap === 'space' && WORDS.articles.has(words[from]?.plain ?? '')) from += 1;
		const unknown: Word[] = [];
		for (let at = from; at < words.length; at += 1) {
			const next = words[at];
			if (next === undefined || next.gap !== 'space' || roles[at] === 'taken') break;
			if (isKnown(next)) return [];
			if (roles[at] === 'passed' || next.digits !== null) {
				// "and a cake to Madrid" ends before the place; "and deliver it soon" is no item at all.
				if (unknown.length > 0 && WORDS.stop.has(next.plain)) break;
				return [];
			}
			unknown.push(next);
		}
		const first = unknown[0];
		const last = unknown.at(-1);
		if (first === undefined || last === undefined || unknown.length > MOST_WORDS) return [];
		return [{ start: first.start, end: last.end, count: null, countStart: -1, words: unknown, ownNumbers: [], candidates: [], fullName: false }];
	});
}
