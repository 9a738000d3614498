import { normaliseText, plain } from './text/normalise.ts';

/** Whether a quote stands in the turn word for word; case, accents and spacing apart. An empty quote proves nothing. */
export function quotedIn(turnText: string, quote: string): boolean {
	const needle = flat(quote);
	return needle.length >= 2 && flat(turnText).includes(needle);
}

function flat(text: string): string {
	return plain(normaliseText(text)).replace(/[\s"'«»“”„.,!?;:]+/gu, ' ').trim();
}
