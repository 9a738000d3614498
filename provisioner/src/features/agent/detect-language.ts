import { detectAll } from 'tinyld';
import type { DetectedLanguage } from '../../../../core/agent/facts.ts';
import { COMMON_WORDS } from './common-words.ts';
import { remembered } from '../../../../core/remembered.ts';

/** The languages that are told apart, by ISO 639-1 code: more would only be mistaken for these in texts of a few words. */
const LANGUAGES: Readonly<Record<string, string>> = {
	en: 'English', es: 'Spanish', ru: 'Russian', uk: 'Ukrainian', de: 'German', fr: 'French', it: 'Italian', pt: 'Portuguese', nl: 'Dutch',
	pl: 'Polish', tr: 'Turkish', el: 'Greek', he: 'Hebrew', ar: 'Arabic', hy: 'Armenian', zh: 'Chinese', ja: 'Japanese', ko: 'Korean',
};

/** Letters that only one of these languages writes. */
const OWN_LETTERS: readonly (readonly [RegExp, string])[] = [
	[/[іїєґ]/iu, 'Ukrainian'],
	[/[ыэёъ]/iu, 'Russian'],
	[/[ñ¿¡]/iu, 'Spanish'],
	[/ß/u, 'German'],
	[/[ãõ]/iu, 'Portuguese'],
	[/[łżźśćęą]/iu, 'Polish'],
	[/[ğış]/u, 'Turkish'],
];

const CYRILLIC = /\p{Script=Cyrillic}/u;
const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{M}]+(?:['’][\p{L}]+)*/gu) ?? [];
const lexicon: ReadonlyMap<string, readonly string[]> = indexWords();

/**
 * Language of a short text: a statistical detector (tinyld), the common words of chats and the letters that only one language has,
 * weighed together. `confidence` grows with the evidence and falls when two languages share it; '' and 0 when there is none.
 */
export const detectLanguage = remembered((text): DetectedLanguage => {
	const scores = new Map<string, number>();
	const add = (language: string, score: number) => scores.set(language, (scores.get(language) ?? 0) + score);

	for (const { lang, accuracy } of detectAll(text, { only: Object.keys(LANGUAGES) }).slice(0, 3)) {
		const language = LANGUAGES[lang];
		if (language !== undefined) add(language, accuracy);
	}
	const words = wordsOf(text);
	for (const word of words) {
		const languages = lexicon.get(word) ?? [];
		// A word of several languages says little about which one it is.
		for (const language of languages) add(language, 0.7 / languages.length ** 2);
	}
	for (const [letters, language] of OWN_LETTERS) if (letters.test(text)) add(language, 0.8);
	// Without a letter of Ukrainian's own, Cyrillic is Russian here, however short.
	if (CYRILLIC.test(text) && !/[іїєґ]/iu.test(text)) add('Russian', 0.4);

	const [best, second] = [...scores].toSorted((a, b) => b[1] - a[1]);
	if (!best) return { language: '', confidence: 0 };
	const lead = best[1] / (best[1] + (second?.[1] ?? 0));
	return { language: best[0], confidence: Math.round(Math.min(1, best[1]) * lead * 1_000) / 1_000 };
});

function indexWords(): Map<string, readonly string[]> {
	const index = new Map<string, readonly string[]>();
	for (const [language, words] of Object.entries(COMMON_WORDS)) {
		for (const word of new Set(words.split(/\s+/))) index.set(word, [...(index.get(word) ?? []), language]);
	}
	return index;
}
