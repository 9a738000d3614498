/**
 * Cuts a text into messages of at most `limit` UTF-16 units, losing nothing but white space at the cuts. Prefers paragraph ends,
 * then line ends, sentence ends and spaces; never cuts inside a word, a link or a visible character (an emoji with its
 * modifiers) unless that alone is longer than `limit`. Spaces that must not break (30 €) hold words together; in scripts without
 * spaces words are found by their language's rules. An empty or blank text is no message.
 */
export function splitText(text: string, limit: number): string[] {
	if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`A limit must be a positive integer, not ${limit}.`);
	const parts: string[] = [];
	let rest = withoutLeadingSpace(text).trimEnd();
	while (rest.length > limit) {
		const cut = findCut(rest, limit);
		parts.push(rest.slice(0, cut).trimEnd());
		rest = withoutLeadingSpace(rest.slice(cut));
	}
	if (rest !== '') parts.push(rest);
	return parts;
}

/** With a mark behind it a space carries that mark, and is a visible character. Line ends and tabs carry none. */
const CARRIES_NOTHING = String.raw`(?![\p{M}\p{EMod}\u200c\u200d\u0e33\u0eb3\uff9e\uff9f\u{e0020}-\u{e007f}])`;
const CONTROL = String.raw`[\t\n\v\f\r\u2028\u2029]`;
/** White space where a line may be broken. */
const SPACE = String.raw`(?:${CONTROL}|[^\S\u00a0\u2007\u202f\ufeff]${CARRIES_NOTHING})`;

/** Better places first. A cut of each kind is taken only when it fills this share of the message. */
const PLACES: readonly { readonly after: RegExp; readonly leastShare: number }[] = [
	{ after: /\n[^\S\n]*\n/gu, leastShare: 0.5 },
	{ after: /\n/gu, leastShare: 0.5 },
	{ after: new RegExp(String.raw`[.!?…]["'»”)]*${SPACE}`, 'gu'), leastShare: 0.5 },
	{ after: new RegExp(SPACE, 'gu'), leastShare: 0 },
];

const LINK = /(?:https?:\/\/|www\.)\S+/giu;
const LEADING_SPACE = new RegExp(String.raw`^(?:${CONTROL}|\s${CARRIES_NOTHING})+`, 'u');

function withoutLeadingSpace(text: string): string {
	return text.replace(LEADING_SPACE, '');
}

/** Where the first message ends; `text` is longer than `limit`, and begins with no white space. */
function findCut(text: string, limit: number): number {
	// Two units more: white space may stand just behind the last unit that fits, and a mark behind that.
	const window = text.slice(0, limit + 2);
	for (const { after, leastShare } of PLACES) {
		const last = lastEnd(window, limit, after);
		if (last > 0 && last >= limit * leastShare) return last;
	}
	return cutInsideRun(text, limit);
}

/** Index behind the last match's words (its white space belongs to neither message), within the limit; 0 when there is none. */
function lastEnd(window: string, limit: number, pattern: RegExp): number {
	let found = 0;
	for (const match of window.matchAll(pattern)) {
		const end = match.index + match[0].trimEnd().length;
		if (end <= limit) found = end;
	}
	return found;
}

const LOOK_BEYOND = 64;
const SEGMENTERS = { word: new Intl.Segmenter(undefined, { granularity: 'word' }), grapheme: new Intl.Segmenter(undefined, { granularity: 'grapheme' }) };

/**
 * More than a whole message without white space: before a link, else between two words, as in scripts that write no spaces. A single
 * word or link that is longer: between two visible characters; a single one of those that is still longer: between code points.
 */
function cutInsideRun(text: string, limit: number): number {
	const run = /^[^\s]+/u.exec(text.slice(0, 2 * limit + LOOK_BEYOND))?.[0] ?? text;
	const characters = startsOf('grapheme', text, limit);
	const links = [...run.matchAll(LINK)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
	const insideLink = (index: number) => links.some(({ start, end }) => start < index && index < end);
	const words = startsOf('word', text, limit).filter((index) => !insideLink(index) && characters.includes(index) && !CLOSES.test(text.slice(index, index + 2)));
	const cut = words.at(-1) ?? characters.at(-1);
	if (cut !== undefined) return cut;
	const low = text.charCodeAt(limit);
	return limit > 1 && low >= 0xdc00 && low <= 0xdfff ? limit - 1 : limit;
}

/** What stands at the end of what is before it. */
const CLOSES = /^[\p{Pe}\p{Pf}\p{Po}]/u;

/** Where words or visible characters begin, behind the first and up to `limit`. */
function startsOf(granularity: 'word' | 'grapheme', text: string, limit: number): number[] {
	const starts: number[] = [];
	// A little beyond the limit, so that the last one is seen whole.
	for (const { index } of SEGMENTERS[granularity].segment(text.slice(0, limit + LOOK_BEYOND))) {
		if (index > limit) break;
		if (index > 0) starts.push(index);
	}
	return starts;
}
