import type { AgentFacts, DetectedLanguage, LanguageDetector } from './facts.ts';
import { citiesOf, nameIndexOf } from './guard/draft.ts';
import { maskMentions } from './guard/text/mentions.ts';

/** A detector's answer below this is a guess (rule 7). */
export const MIN_CONFIDENCE = 0.5;
/** Below this it isn't even that, but where it agrees with what is expected. */
const WORTH_A_THOUGHT = 0.25;
const MIN_LETTERS = 6;

export interface TurnLanguage {
	/** English name. */
	readonly language: string;
	/** false: taken from an earlier turn or from the company's default. */
	readonly detected: boolean;
	/** What a turn that doesn't tell its language for sure may be in as well; '' for nothing else. */
	readonly maybe: string;
}

/**
 * Rule 7: the language of the turn's text without names, links and numbers; with fewer than 6 letters or a doubtful result
 * that of the last clear turn, else the company's default. Items' names are left out where something else is said: who
 * orders "Morning Mist" in Spanish writes Spanish.
 */
export function turnLanguage(facts: AgentFacts, detect: LanguageDetector): TurnLanguage {
	const { turn, session, company, catalog } = facts;
	const people = [turn.customer.name, session.clientName, company.name];
	const text = withoutNames(turn.text, [...people, ...citiesOf(catalog)]);
	const items = maskMentions(text, nameIndexOf(catalog)).mentions.map(({ written }) => written);
	let guess: DetectedLanguage = { language: '', confidence: 0 };
	// Items' names tell a language only where nothing told one before: "no, 3 clay mugs" is no Spanish.
	for (const candidate of [withoutNames(text, items), ...(session.language === '' ? [text] : [])]) {
		if (letterCount(candidate) < MIN_LETTERS) continue;
		const detected = detect(candidate);
		const { language, confidence } = detected;
		if (guess.language === '') guess = detected;
		if (language === '' || confidence < MIN_CONFIDENCE || isTwinGuess(candidate, language, session.language || company.defaultLanguage)) continue;
		return { language, detected: true, maybe: '' };
	}
	const language = session.language || company.defaultLanguage || 'English';
	return { language, detected: false, maybe: guess.confidence >= WORTH_A_THOUGHT || guess.language === language ? guess.language : '' };
}

/** Letters that only one of the two writes. */
const OWN_LETTERS: Readonly<Record<string, RegExp>> = { Russian: /[ыэёъ]/iu, Ukrainian: /[іїєґ]/iu };
const SHORT_LETTERS = 24;

/** The one of Russian and Ukrainian that a text's letters tell; '' for neither, both, or another language. */
export function slavicByLetters(text: string): string {
	const told = Object.entries(OWN_LETTERS).flatMap(([language, letters]) => (letters.test(text) ? [language] : []));
	return told.length === 1 ? (told[0] ?? '') : '';
}

/** "Так, добре" in a Ukrainian conversation: too short to tell the two apart without a letter of one's own. */
function isTwinGuess(text: string, language: string, before: string): boolean {
	if (language === before || OWN_LETTERS[language] === undefined || OWN_LETTERS[before] === undefined) return false;
	return letterCount(text) < SHORT_LETTERS && slavicByLetters(text) === '';
}

/** The text without links, e-mail addresses, numbers and the given names. */
export function withoutNames(text: string, names: readonly string[]): string {
	const bare = text.replace(/(?:https?:\/\/|www\.)\S+|\S+@\S+\.\S+|[@#]\S+/gu, ' ').replace(/[+]?\d[\d\s().,:/-]*/gu, ' ');
	return names.filter((name) => name.trim().length > 1).reduce((rest, name) => rest.replaceAll(name, ' '), bare).replace(/\s+/gu, ' ').trim();
}

export function letterCount(text: string): number {
	return text.match(/\p{L}/gu)?.length ?? 0;
}

/**
 * Languages of Stripe Checkout by English name, as its `locale` takes them.
 * https://docs.stripe.com/js/appendix/supported_locales
 */
const STRIPE_LOCALES: Readonly<Record<string, string>> = {
	Bulgarian: 'bg', Croatian: 'hr', Czech: 'cs', Danish: 'da', Dutch: 'nl', English: 'en', Estonian: 'et', Filipino: 'fil', Tagalog: 'fil', Finnish: 'fi', French: 'fr',
	German: 'de', Greek: 'el', Hungarian: 'hu', Indonesian: 'id', Italian: 'it', Japanese: 'ja', Korean: 'ko', Latvian: 'lv', Lithuanian: 'lt', Malay: 'ms', Maltese: 'mt',
	Norwegian: 'nb', Polish: 'pl', Portuguese: 'pt', Romanian: 'ro', Russian: 'ru', Slovak: 'sk', Slovenian: 'sl', Spanish: 'es', Swedish: 'sv', Thai: 'th', Turkish: 'tr',
	Vietnamese: 'vi', Chinese: 'zh',
};

/** `stripe_lang`: the locale of the checkout page; 'en' for a language that Stripe doesn't have. */
export function stripeLanguage(language: string): string {
	return STRIPE_LOCALES[language] ?? 'en';
}
