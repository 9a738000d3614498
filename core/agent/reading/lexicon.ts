import { GERMAN } from './lexicon-de.ts';
import { ENGLISH } from './lexicon-en.ts';
import { RUSSIAN } from './lexicon-ru.ts';
import { SPANISH } from './lexicon-es.ts';
import { UKRAINIAN } from './lexicon-uk.ts';
import { plainForm } from './turn-text.ts';

/** What words of a customer can signal, in whatever language. One list of phrases a signal and language. */
export const SIGNALS = [
	'greeting', 'thanks', 'yes', 'no', 'ask', 'order', 'add', 'remove', 'change', 'insteadOf', 'cancel', 'commits', 'defers', 'declines', 'condition', 'harmless', 'questionWord', 'more', 'list', 'availability',
	'price', 'delivery', 'deliveryTime', 'cities', 'payHow', 'paidClaim', 'noReminders',
	'details', 'included', 'notIncluded', 'guarantee', 'notGuarantee', 'suitable', 'notSuitable', 'duration', 'instructions',
	'supplier', 'warehouse', 'specialist', 'contact', 'refund', 'complaint', 'dispute', 'human',
	'photo', 'video', 'website', 'offTopic', 'identity', 'discount', 'cheapest', 'openingHours', 'please', 'dateTime', 'whenFree', 'reschedule', 'booking', 'ownAddress', 'currentNumber', 'phoneWord', 'nameIntro', 'nameIntroWeak', 'pronoun',
] as const;
export type Signal = (typeof SIGNALS)[number];

/**
 * The words of one language that reading relies on: none of them names goods. A phrase is matched as whole words, whatever
 * the case and accents; `*` stands for any ending. To add a language, add a file of this shape to `LEXICONS`.
 */
export interface Lexicon {
	readonly signals: Readonly<Record<Signal, readonly string[]>>;
	/** Function words and small talk that never name an item. */
	readonly stop: readonly string[];
	/** Words that join two things: "and". */
	readonly and: readonly string[];
	readonly articles: readonly string[];
	/** Words that tie a number to the noun before it: "of" in "bouquet of 20". */
	readonly link: readonly string[];
	readonly numbers: Readonly<Record<string, number>>;
	readonly dozens: readonly string[];
	readonly ordinals: Readonly<Record<string, number>>;
	/** Counting units that stand for the item itself: pieces, units. */
	readonly pieces: readonly string[];
	/** Words for a share of a service: they count the service itself ("2 tickets"). */
	readonly portions: readonly string[];
	/** Words that make "one" a pronoun: "this one". */
	readonly oneAfter: readonly string[];
	/** Words before a number that is only compared with: "more than 30". */
	readonly comparing: readonly string[];
	/** People that something is for: "for 2 people" is a count, and no pack. */
	readonly people: readonly string[];
	/** Words for a package: the number after or before them is its size. */
	readonly packages: readonly string[];
	/** Measures and times: a number before them counts no items. */
	readonly measures: readonly string[];
	/** Words before a clock time or a date. */
	readonly timeBefore: readonly string[];
	/** Small words inside a person's name ("de la"). */
	readonly nameParticles: readonly string[];
	/** Words right before a place a thing goes to. */
	readonly toPlace: readonly string[];
}

export const LEXICONS: readonly Lexicon[] = [ENGLISH, SPANISH, RUSSIAN, UKRAINIAN, GERMAN];

/** A word or phrase in `plainForm`, with umlauts and ß as they are written on keyboards that have none: "schön" is "schon" and "schoen". */
export function spellings(phrase: string): readonly string[] {
	const spelledOut = phrase.replace(/[äöüß]/gu, (letter) => ({ ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' })[letter] ?? letter);
	return [...new Set([phrase, spelledOut, phrase.replaceAll('ß', 'ss')].map(plainForm))];
}

function wordSet(pick: (lexicon: Lexicon) => readonly string[]): ReadonlySet<string> {
	return new Set(LEXICONS.flatMap(pick).flatMap(spellings));
}

function wordMap(pick: (lexicon: Lexicon) => Readonly<Record<string, number>>): ReadonlyMap<string, number> {
	return new Map(LEXICONS.flatMap((lexicon) => Object.entries(pick(lexicon))).flatMap(([word, value]) => spellings(word).map((spelling) => [spelling, value] as const)));
}

/** All languages together: customers mix them, and a short message rarely shows which one it is. */
export const WORDS = {
	stop: wordSet(({ stop, and, link, pieces, people, toPlace, nameParticles }) => [...stop, ...and, ...link, ...pieces, ...people, ...toPlace, ...nameParticles]),
	and: wordSet(({ and }) => and),
	articles: wordSet(({ articles }) => articles),
	link: wordSet(({ link }) => link),
	pieces: wordSet(({ pieces }) => pieces),
	portions: wordSet(({ portions }) => portions),
	oneAfter: wordSet(({ oneAfter }) => oneAfter),
	comparing: wordSet(({ comparing }) => comparing),
	people: wordSet(({ people }) => people),
	packages: wordSet(({ packages }) => packages),
	measures: wordSet(({ measures }) => measures),
	timeBefore: wordSet(({ timeBefore }) => timeBefore),
	nameParticles: wordSet(({ nameParticles }) => nameParticles),
	toPlace: wordSet(({ toPlace }) => toPlace),
	dozens: wordSet(({ dozens }) => dozens),
	numbers: wordMap(({ numbers }) => numbers),
	ordinals: wordMap(({ ordinals }) => ordinals),
} as const;

const SIGNAL_PATTERNS: ReadonlyMap<Signal, RegExp> = new Map(
	SIGNALS.map((signal) => {
		const phrases = LEXICONS.flatMap(({ signals }) => signals[signal]).flatMap(spellings).map(phrasePattern);
		// Longest first, so that "not included" is not read as "included".
		const alternatives = [...new Set(phrases)].sort((a, b) => b.length - a.length).join('|');
		return [signal, new RegExp(`(?<![\\p{L}\\p{N}'])(?:${alternatives})(?![\\p{L}\\p{N}])`, 'gu')];
	}),
);

/** @param phrase in `plainForm` */
function phrasePattern(phrase: string): string {
	return phrase.replace(/[.?+()[\]{}|\\^$]/g, '\\$&').replaceAll('*', '[\\p{L}]*').replaceAll(' ', '\\s+');
}

export interface SignalMatch {
	readonly start: number;
	readonly end: number;
	/** Verbatim, for quotes. */
	readonly quote: string;
}

/** Whether a text as written carries the signal. */
export function hasSignal(signal: Signal, text: string): boolean {
	const written = text.normalize('NFC');
	return findSignal(signal, plainForm(written), written).length > 0;
}

/** Every place where the text carries the signal. `plain` is `plainForm(original)`: the same length, so offsets agree. */
export function findSignal(signal: Signal, plain: string, original: string): readonly SignalMatch[] {
	const pattern = SIGNAL_PATTERNS.get(signal);
	if (pattern === undefined) return [];
	return [...plain.matchAll(pattern)].map((match) => {
		const end = match.index + match[0].length;
		return { start: match.index, end, quote: original.slice(match.index, end) };
	});
}
