/**
 * Cuts a text into messages of at most `limit` UTF-16 units, losing nothing but white space at the cuts. Prefers paragraph ends,
 * then line ends, sentence ends and spaces; never cuts inside a word, a link or a visible character (an emoji with its
 * modifiers) unless that alone is longer than `limit`. An empty or blank text is no message.
 */
export function splitText(text: string, limit: number): string[] {
	if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`A limit must be a positive integer, not ${limit}.`);
	const parts: string[] = [];
	let rest = text.trim();
	while (rest.length > limit) {
		const cut = findCut(rest, limit);
		parts.push(rest.slice(0, cut).trimEnd());
		rest = rest.slice(cut).trimStart();
	}
	if (rest !== '') parts.push(rest);
	return parts;
}

/** Better places first. A cut of each kind is taken only when it fills this share of the message. */
const PLACES: readonly { readonly after: RegExp; readonly leastShare: number }[] = [
	{ after: /\n[^\S\n]*\n/g, leastShare: 0.5 },
	{ after: /\n/g, leastShare: 0.5 },
	{ after: /[.!?…]["'»”)]*\s/g, leastShare: 0.5 },
	{ after: /\s/g, leastShare: 0 },
];

/** Where the first message ends; `text` is longer than `limit`, and begins with no white space. */
function findCut(text: string, limit: number): number {
	// One unit more: white space may stand just behind the last unit that fits.
	const window = text.slice(0, limit + 1);
	for (const { after, leastShare } of PLACES) {
		const last = lastStart(window, after);
		if (last > 0 && last >= limit * leastShare) return last;
	}
	return cutInsideWord(text, limit);
}

/** Index behind the last match's words (its white space belongs to neither message); 0 when there is none. */
function lastStart(window: string, pattern: RegExp): number {
	let found = 0;
	for (const match of window.matchAll(pattern)) {
		const end = match.index + match[0].trimEnd().length;
		if (end < window.length) found = end;
	}
	return found;
}

/** A word or link longer than a whole message: between two visible characters; a single one that is still longer, between code points. */
function cutInsideWord(text: string, limit: number): number {
	const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
	let cut = 0;
	// A little beyond the limit, so that the last character is seen whole.
	for (const { index } of segmenter.segment(text.slice(0, limit + 64))) {
		if (index > limit) break;
		cut = index;
	}
	if (cut > 0) return cut;
	const low = text.charCodeAt(limit);
	return limit > 1 && low >= 0xdc00 && low <= 0xdfff ? limit - 1 : limit;
}
