import type { LanguageDetector } from '../facts.ts';
import { letterCount, slavicByLetters, withoutNames, type TurnLanguage } from '../language.ts';
import type { Draft } from './draft.ts';
import { violation } from './violation.ts';

const ENOUGH_LETTERS = 40;
const SURE = 0.9;
/** Of more letters a detector is right with less: what it wavers between are near languages, not this one and the expected one. */
const MANY_LETTERS = 60;
const SURE_OF_MANY = 0.6;

/**
 * Rule 7: the answer is in the customer's language. Names are taken out first: a catalog in another language stays as it is. Where the turn
 * doesn't tell its language for sure, that of the conversation and what it most looks like are both right.
 */
export function checkAnswerLanguage({ answer }: Draft, { language: expected, detected, maybe }: TurnLanguage, isRemembered: boolean, detect: LanguageDetector) {
	const prose = withoutNames(answer.sentences.map((sentence) => sentence.prose).join(' '), answer.subjects.flatMap(({ name, cities }) => [name, ...cities]));
	if (expected === '' || letterCount(prose) < ENOUGH_LETTERS) return [];
	const twin = slavicByLetters(prose);
	// Russian and Ukrainian are near in a detector's eyes and not in a customer's: their letters tell them apart.
	if (detected && twin !== '' && twin !== expected && (expected === 'Russian' || expected === 'Ukrainian')) return [wrong(expected, twin)];
	const { language, confidence } = detect(prose);
	if (language === '' || language === expected || confidence < (letterCount(prose) < MANY_LETTERS ? SURE : SURE_OF_MANY) || areClose(language, expected)) return [];
	// Whoever answers in what the turn looks like isn't wrong either; a first turn in nobody knows what may be answered in anything.
	if (!detected && (language === maybe || areClose(language, maybe) || (!isRemembered && maybe !== expected && !areClose(maybe, expected)))) return [];
	return [wrong(expected, language)];
}

function wrong(expected: string, language: string) {
	return violation('wrong_language', `The customer writes ${expected}; the answer is in ${language}. Answer in ${expected}.`);
}

/** Languages that detectors take for each other in short texts. */
const FAMILIES: readonly (readonly string[])[] = [
	['Spanish', 'Catalan', 'Galician', 'Portuguese', 'Italian'],
	['Russian', 'Ukrainian', 'Belarusian', 'Bulgarian', 'Macedonian', 'Serbian', 'Kazakh'],
	['Danish', 'Norwegian', 'Swedish'],
	['Czech', 'Slovak', 'Polish'],
	['Croatian', 'Serbian', 'Slovenian', 'Bosnian'],
	['German', 'Dutch', 'Afrikaans'],
	['Indonesian', 'Malay'],
];

function areClose(a: string, b: string): boolean {
	return FAMILIES.some((family) => family.includes(a) && family.includes(b));
}
