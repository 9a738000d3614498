import { plain } from './normalise.ts';
import { remembered } from '../../../remembered.ts';

/** A sentence or line of an answer, in `plain` writing. Item names in it are replaced by one private-use character each (mentions.ts). */
export interface Segment {
	readonly text: string;
	readonly question: boolean;
	/** A line that begins with a bullet or a number of its own. */
	readonly listed: boolean;
}

/** "am 3. Oktober" goes on. */
const SENTENCE_END = /(?<=[.!?…。！？]["'»”)*_~]{0,3})\s+(?=\S)(?!(?<=\d\.\s+)(?:jan|feb|marz|apr|mai|juni|juli|aug|sept|okt|nov|dez|oktober|dezember))/u;
const BULLET = /^(?:\*(?=\s)\s*|[-•·▪◦–—✅✔☑🔹🔸👉]+\s*|\((\d{1,3})\)\s+|(\d{1,3})[.)]\s+)(?=\S)/u;
const UNIT_AHEAD = /^(?:\p{Sc}|%|eur|usd|euro|rub)/u;

/** `masked`: normalised text with item names masked. */
export function segmentsOf(masked: string): Segment[] {
	const segments: Segment[] = [];
	let ordinal = 0;
	for (const rawLine of masked.split('\n')) {
		const line = plain(rawLine).trim();
		if (line === '') continue;
		const { rest, number } = takeBullet(line, ordinal);
		ordinal = number ?? ordinal;
		for (const sentence of rest.split(SENTENCE_END)) {
			segments.push({ text: sentence, question: /[?？]/u.test(sentence), listed: rest !== line });
		}
	}
	return segments;
}

/** Sentences that a line break divides: "It arrives\nby Friday". Lines of a list and lines that end with a mark are not taken together. */
export function brokenSentencesOf(masked: string): Segment[] {
	const lines = masked.split('\n').map((line) => plain(line).trim());
	return lines.flatMap((line, at) => {
		const next = lines[at + 1] ?? '';
		if (line === '' || next === '' || /[.!?…。！？:;,]["'»”)\]*_~]*$/u.test(line) || (BULLET.test(line) && !/^(?:\p{Sc}|\p{N})/u.test(next)) || BULLET.test(next)) return [];
		const [first, second] = [line.split(SENTENCE_END).at(-1) ?? '', next.split(SENTENCE_END)[0] ?? ''];
		// "Price: …" on a line of its own is no half of a sentence; two lines with numbers of their own speak of two things.
		if (second.includes(':') || (/\p{N}/u.test(first) && /\p{N}/u.test(second))) return [];
		const text = `${first} ${second}`;
		return [{ text, question: /[?？]/u.test(text), listed: false }];
	});
}

/** A number is a list's own only where it goes on from the one before: "20. " elsewhere is a claim. */
function takeBullet(line: string, ordinal: number): { rest: string; number: number | null } {
	const match = BULLET.exec(line);
	if (match === null) return { rest: line, number: null };
	const rest = line.slice(match[0].length);
	const digits = match[1] ?? match[2];
	if (digits === undefined) return { rest, number: null };
	const number = Number(digits);
	const goesOn = number === 1 || number === ordinal + 1;
	return goesOn && !UNIT_AHEAD.test(rest) ? { rest, number } : { rest: line, number: null };
}

/** Parts of a sentence: what one negation covers. */
export const statementsOf = remembered((text): readonly string[] =>
	text.split(/,(?!\d)|;|\s[-–—]\s|(?<![\p{L}\p{N}])(?:but|pero|но|але|проте|однак|aber|jedoch|allerdings|mas|mais|however)(?![\p{L}\p{N}])/u).map((part) => part.trim()).filter((part) => part !== ''),
);
