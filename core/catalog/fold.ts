/**
 * One written form for words that people write in many: lower case, no accents, Latin letters for Cyrillic and Greek.
 * `fold('ВАЛЕНСИЯ') === 'valensiya'`, `fold('València') === 'valencia'`. Punctuation and spaces stay as they are.
 * Idempotent. Scripts without a rule (Han, Arabic …) come back as they are, composed.
 */
export function fold(text: string): string {
	if (ASCII_ONLY.test(text)) return text.toLowerCase();
	const plain = text.toLowerCase().normalize('NFKD').toLowerCase().replace(ACCENTS, '');
	return plain.replace(SOFT_SIGN_BEFORE_VOWEL, 'y').replace(HAS_LATIN_SPELLING, (letter) => LATIN_SPELLING.get(letter) ?? letter).normalize('NFC');
}

/** The folded words and numbers of a text, in order. Letters and digits that touch are two words: "20шт" is `20`, `sht`. */
export function tokenize(text: string): string[] {
	return fold(text).replace(APOSTROPHE_IN_WORD, '').match(WORD_OR_NUMBER) ?? [];
}

const ASCII_ONLY = /^[\u0000-\u007f]*$/u;
/** Combining accents of Latin, Greek and Cyrillic. Vowel signs of other scripts are letters to their readers and stay. */
const ACCENTS = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/gu;
/** «Торревьеха»: the sign is heard. Before я and ю the vowel's own y says it. */
const SOFT_SIGN_BEFORE_VOWEL = /[ьъ](?=[еєиіо])/gu;
/** м'ята, l'hospitalet, o’brien: one word. */
const APOSTROPHE_IN_WORD = /(?<=\p{L})['’‘ʼ`´](?=\p{L})/gu;
const WORD_OR_NUMBER = /\p{N}+|[\p{L}\p{M}]+/gu;

/** Letters after accents are gone: й and ё are и and е by then, ї is і. */
const LATIN_SPELLING: ReadonlyMap<string, string> = new Map(
	Object.entries({
		// Cyrillic: Russian, Ukrainian, Belarusian
		а: 'a', б: 'b', в: 'v', г: 'g', ґ: 'g', д: 'd', е: 'e', є: 'e', ж: 'zh', з: 'z', и: 'i', і: 'i', к: 'k', л: 'l',
		м: 'm', н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh',
		щ: 'shch', ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya',
		// Kazakh, Tatar
		ә: 'a', ғ: 'g', қ: 'k', ң: 'n', ө: 'o', ұ: 'u', ү: 'u', һ: 'h', җ: 'zh',
		// Serbian, Macedonian
		ђ: 'dj', ј: 'j', љ: 'lj', њ: 'nj', ћ: 'c', џ: 'dzh', ѕ: 'dz',
		// Greek
		α: 'a', β: 'v', γ: 'g', δ: 'd', ε: 'e', ζ: 'z', η: 'i', θ: 'th', ι: 'i', κ: 'k', λ: 'l', μ: 'm', ν: 'n', ξ: 'x',
		ο: 'o', π: 'p', ρ: 'r', σ: 's', ς: 's', τ: 't', υ: 'i', φ: 'f', χ: 'kh', ψ: 'ps', ω: 'o',
		// Latin letters that do not decompose
		ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ŋ: 'n', ħ: 'h', ŧ: 't', ə: 'a',
	}),
);
const HAS_LATIN_SPELLING = new RegExp(`[${[...LATIN_SPELLING.keys()].join('')}]`, 'gu');
