import { remembered } from '../../../remembered.ts';

/**
 * An answer's text without what the eye doesn't see and without other ways to write the same digits: zero-width and
 * direction marks, keycaps, private-use characters, full-width or Arabic digits, ½. Line breaks stay.
 */
export const normaliseText = remembered((text): string =>
	text
		.replace(/(\d?)\s?½/gu, (_, whole: string) => `${whole || '0'}.5`)
		.normalize('NFKC')
		.replace(INVISIBLE, '')
		.replace(OTHER_DIGIT, asciiDigit)
		.replace(/\r\n?|[\u2028\u2029]/gu, '\n')
		.replace(/[^\S\n]+/gu, ' ')
		// "59\n€" is one amount.
		.replace(/(\d)\n+ ?(?=[\p{Sc}%]|(?:EUR|USD|GBP|UAH|RUB|KZT|euros?|евро|євро)(?!\p{L}))/giu, '$1 ')
		.replace(/(\p{Sc}) ?\n+ ?(?=\d)/gu, '$1')
		// "Name —\n€12.50" is one line of a list.
		.replace(/([—–-]) ?\n+ ?(?=\p{Sc} ?\d|\d[\d.,]* ?(?:\p{Sc}|EUR|USD|GBP))/gu, '$1 ')
		.trim(),
);

const INVISIBLE = /[\p{Cf}\p{Co}\p{Cn}\u{FE00}-\u{FE0F}\u20E3\u0335-\u0338]/gu;
const OTHER_DIGIT = /(?![0-9])\p{Nd}/gu;

/** Every decimal digit block begins at a code point that ends in 0 or 6. */
function asciiDigit(digit: string): string {
	const code = digit.codePointAt(0) ?? 0;
	const low = code % 16;
	const startsAtZero = /\p{Nd}/u.test(String.fromCodePoint(code - low));
	return String(startsAtZero ? low : low - 6);
}

/**
 * Lower case without the accents of Latin letters; other scripts keep their letters, so that Russian «но» and «до» don't
 * meet English "no" and "do". What claims are looked for in.
 */
export const plain = remembered((text): string =>
	text.toLowerCase().normalize('NFD').replace(LATIN_ACCENTS, '$1').normalize('NFC').replace(/ё/gu, 'е').replace(/[’ʼ`´]/gu, "'"),
);

const LATIN_ACCENTS = /(\p{Script=Latin})\p{M}+/gu;
