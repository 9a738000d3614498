/** What a text says about a phone number. */
export type PhoneReading =
	| { readonly kind: 'none' }
	/** `+` and digits, 7–20 of them. */
	| { readonly kind: 'number'; readonly phone: string; readonly start: number; readonly end: number }
	/** Meant as a number and not usable: no country code, too short or too long. */
	| { readonly kind: 'invalid'; readonly start: number; readonly end: number };

const INTERNATIONAL = /(?:\+|(?<![\d.,+])00(?=[1-9]))[ \u00a0(]*\d(?:[ \u00a0().\-/]{0,2}\d)*/gu;
const LOCAL = /(?<![\d.,])\(?\d(?:[ \u00a0().\-/]{0,2}\d){6,}(?!\d)/gu;
/** The customer was asked for a phone number: a few digits are a try at one. */
const SHORT = /^\s*\d(?:[ \-]?\d){2,5}\s*$/u;
/** All that stands between a word for a phone and the end of its part of the sentence. */
const CALLED_PHONE = /^\s*(?:number|número|nummer|номер\p{L}*)?\s*(?:is|es|ist|это|це|[:=\-–—])?\s*(\d[\d ().\-]*|[^\s,;.!?:]+)\s*(?=[,;.!\n]|$)/iu;
/** Too many digits in one go for a count, and not called an order's number. */
const LONG = /(?<![\d.,])(?<!(?:order|pedido|заказ\p{L}*|замовлення|bestellung)\s*(?:no\.?|nº|№|#)?\s*)\d{9,15}(?![\d.,]*\d)/gu;

/**
 * Reads a phone number (rule 9). A number without `+` or `00` is only taken as a (bad) phone number when the customer was
 * asked for one or names it so: otherwise it may be a count or a code.
 */
export function readPhone(text: string, expected: boolean): PhoneReading {
	let invalid: PhoneReading = { kind: 'none' };
	for (const match of text.matchAll(INTERNATIONAL)) {
		const start = match.index;
		const end = start + match[0].length;
		const digits = match[0].replace(/\D/g, '').replace(/^00/, '');
		if (digits.length >= 7 && digits.length <= 20) return { kind: 'number', phone: `+${digits}`, start, end };
		invalid = { kind: 'invalid', start, end };
	}
	if (invalid.kind === 'invalid') return invalid;
	const short = expected ? SHORT.exec(text) : null;
	const local = short ?? text.matchAll(expected ? LOCAL : LONG).next().value;
	return local === undefined ? invalid : { kind: 'invalid', start: local.index, end: local.index + local[0].length };
}

/** What the customer calls their phone and is none: "my phone is 12345", "phone: abc". @param from where the word for a phone ends */
export function readCalledPhone(text: string, from: number): PhoneReading {
	const called = CALLED_PHONE.exec(text.slice(from));
	return called === null ? { kind: 'none' } : { kind: 'invalid', start: from, end: from + called[0].length };
}
