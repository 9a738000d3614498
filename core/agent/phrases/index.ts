import { GERMAN } from './de.ts';
import { ENGLISH } from './en.ts';
import { SPANISH } from './es.ts';
import type { Phrases } from './phrases.ts';
import { RUSSIAN } from './ru.ts';
import { UKRAINIAN } from './uk.ts';

export type { Goods, MissingDetail, Phrases } from './phrases.ts';

const LANGUAGES: ReadonlyMap<string, Phrases> = new Map([ENGLISH, SPANISH, RUSSIAN, UKRAINIAN, GERMAN].map((phrases) => [phrases.language, phrases]));

/** @param language English name of a language ("Spanish"); one that we have no phrases for gives English. */
export function phrasesFor(language: string): Phrases {
	return LANGUAGES.get(language) ?? ENGLISH;
}

/** English names of the languages with phrases of their own. */
export const PHRASE_LANGUAGES: readonly string[] = [...LANGUAGES.keys()];
