import type { AwaitedDetail } from '../session.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { SIGNALS, WORDS, findSignal } from './lexicon.ts';
import type { Signal, SignalMatch } from './lexicon.ts';
import { countAt, readMentions } from './mentions.ts';
import type { Mention, WordRole } from './mentions.ts';
import { nameIndexOf, respelled } from './name-index.ts';
import type { NameIndex } from './name-index.ts';
import { readBareName, readIntroducedName } from './name.ts';
import { readCalledPhone, readPhone } from './phone.ts';
import type { PhoneReading } from './phone.ts';
import { readPlace } from './place.ts';
import type { PlaceReading } from './place.ts';
import { strayItems } from './stray-items.ts';
import { plainForm, wordsOf } from './turn-text.ts';
import type { Word } from './turn-text.ts';
import { remembered } from '../../remembered.ts';

/** What a turn's text says, as far as words and the catalog's names tell. Nothing here is decided yet. */
export interface TurnReading {
	/** The turn's text; offsets and quotes are in it. */
	readonly text: string;
	readonly signals: ReadonlyMap<Signal, readonly SignalMatch[]>;
	readonly phone: PhoneReading;
	readonly place: PlaceReading;
	/** '' when none was given. */
	readonly name: string;
	readonly mentions: readonly Mention[];
	/** A number that counts nothing named: "2", "make it 3". */
	readonly bareCount: number | null;
	/** "the second one" → 2. */
	readonly ordinal: number | null;
	/** Words that nothing explains, as written. */
	readonly unexplained: readonly string[];
	readonly asks: boolean;
}

export interface ReadingContext {
	readonly catalog: Catalog;
	/** Cities of the catalog, the same array for the same catalog. */
	readonly cities: readonly string[];
	readonly awaiting: readonly AwaitedDetail[];
}

/** Signals whose words may as well name an item ("Book") when nothing else in the turn does. */
const NOT_PASSED: ReadonlySet<Signal> = new Set<Signal>(['availability', 'pronoun', 'nameIntroWeak', 'whenFree', 'reschedule', 'booking', 'commits', 'condition', 'harmless', 'questionWord']);
const ABOUT_PLACES: readonly Signal[] = ['cities', 'delivery'];
const ABOUT_ITEMS: readonly Signal[] = ['order', 'add', 'remove', 'change', 'price', 'availability', 'details', 'list'];

export function readTurn(turnText: string, { catalog, cities, awaiting }: ReadingContext): TurnReading {
	const text = turnText.normalize('NFC');
	const index = nameIndexOf(catalog);
	const words = wordsOf(text).map((word) => respelled(word, index));
	const signals = withoutPictureRequests(signalsOf(text), words, index);
	const taken: boolean[] = words.map((word) => isPriceOrTime(text, word));
	const take = (start: number, end: number): void => {
		words.forEach((word, i) => {
			if (word.start < end && word.end > start) taken[i] = true;
		});
	};

	const phone = phoneIn(text, signals, awaiting, ({ start, end }) => words.some((word) => word.digits === null && word.start >= start && word.end <= end && index.byWord.has(word.key)));
	if (phone.kind !== 'none') take(phone.start, phone.end);

	const named = fullNameWords(words, taken, index);
	const isFree = (word: Word): boolean => {
		const i = words.indexOf(word);
		return taken[i] !== true && word.digits === null;
	};
	const introduced = readIntroducedName(text, words, { strong: signals.get('nameIntro') ?? [], weak: signals.get('nameIntroWeak') ?? [] }, isFree);
	if (introduced !== null) take(introduced.start, introduced.end);

	const freeForPlace = words.filter((_, i) => taken[i] !== true && named[i] !== true);
	const place = readPlace(freeForPlace, cities, awaiting.includes('city') || ABOUT_PLACES.some((signal) => signals.has(signal)));
	if (place.kind !== 'none') take(place.start, place.end);

	const lexical = words.map((word) => isLexical(word, signals));
	const isUnclaimed = (word: Word): boolean => isFree(word) && lexical[words.indexOf(word)] !== true;
	const nameExpected = awaiting.includes('name') && introduced === null;
	// A customer who was asked for a name and orders nothing gives it, even when it is the name of an item too ("Роза").
	const nameFirst = nameExpected && !ABOUT_ITEMS.some((signal) => signals.has(signal)) && !awaiting.includes('items');
	let bare = nameFirst ? readBareName(text, words, true, (word) => isUnclaimed(word) && named[words.indexOf(word)] !== true) : null;
	if (bare !== null) take(bare.start, bare.end);

	const roles = words.map((word, i): WordRole => (taken[i] === true ? 'taken' : WORDS.stop.has(word.plain) || lexical[i] === true ? 'passed' : 'free'));
	let mentions = readMentions(words, roles, index);
	if (!mentions.some(({ candidates }) => candidates.length > 0) && ABOUT_ITEMS.some((signal) => signals.has(signal))) {
		// "I want a book": the only word that can name an item is one that means something else elsewhere.
		const second = readMentions(words, roles.map((role, i) => (role === 'passed' && !WORDS.stop.has(words[i]?.plain ?? '') ? 'free' : role)), index);
		if (second.some(({ candidates }) => candidates.length > 0)) mentions = second.filter(({ candidates }) => candidates.length > 0);
	}
	if (ABOUT_ITEMS.some((signal) => signals.has(signal)) || mentions.some(({ count }) => count !== null)) mentions = [...mentions, ...strayItems(words, roles, mentions)];
	const inMention = (word: Word): boolean => mentions.some(({ start, end }) => word.start >= start && word.end <= end);
	if (bare === null && introduced === null && (nameExpected || phone.kind !== 'none' || signals.has('currentNumber'))) {
		// "Without the card" is about the order: a name in small letters is not looked for in it.
		bare = readBareName(text, words, nameExpected && !ABOUT_ITEMS.some((signal) => signals.has(signal)), (word) => isUnclaimed(word) && !inMention(word));
		if (bare !== null) take(bare.start, bare.end);
	}

	mentions = countedApart(words, mentions, (word) => taken[words.indexOf(word)] === true);
	const loose = words.filter((word, i) => taken[i] !== true && !inMention(word));
	return {
		text,
		signals,
		phone,
		place,
		name: introduced?.name ?? bare?.name ?? '',
		mentions: mentions.filter((mention) => bare === null || mention.start >= bare.end || mention.end <= bare.start),
		bareCount: bareCountOf(loose, words),
		ordinal: loose.map(({ plain: word }) => WORDS.ordinals.get(word)).find((value) => value !== undefined) ?? null,
		unexplained: loose.filter((word) => roles[words.indexOf(word)] === 'free' && word.digits === null && !WORDS.ordinals.has(word.plain)).map(({ text: written }) => written),
		asks: /[?¿]/u.test(text),
	};
}

/** @param namesItem whether something that is sold stands there: "a phone case" */
function phoneIn(text: string, signals: ReadonlyMap<Signal, readonly SignalMatch[]>, awaiting: readonly AwaitedDetail[], namesItem: (span: { readonly start: number; readonly end: number }) => boolean): PhoneReading {
	const asked = awaiting.includes('phone');
	const called = signals.get('phoneWord')?.at(-1);
	const phone = readPhone(text, asked || called !== undefined);
	// "100" after "how many?" is no try at a phone.
	if (phone.kind === 'invalid' && awaiting.includes('quantity') && /^\s*\d{3}\s*$/u.test(text)) return { kind: 'none' };
	if (phone.kind !== 'none' || !asked || called === undefined || /[?¿]/u.test(text)) return phone;
	const tried = readCalledPhone(text, called.end);
	return tried.kind === 'invalid' && namesItem(tried) ? phone : tried;
}

/** "Send me a photo of …", "I want a picture": what is wanted is the picture, where no item is called so. */
function withoutPictureRequests(signals: ReadonlyMap<Signal, readonly SignalMatch[]>, words: readonly Word[], index: NameIndex): ReadonlyMap<Signal, readonly SignalMatch[]> {
	const pictures = [...(signals.get('photo') ?? []), ...(signals.get('video') ?? [])].filter((match) => !words.some((word) => within(word, match) && index.byWord.has(word.key)));
	const isOfPicture = (match: SignalMatch): boolean => pictures.some((picture) =>
		picture.start >= match.end && words.filter(({ start, end }) => start >= match.end && end <= picture.start).every(({ plain, gap }) => gap === 'space' && (WORDS.stop.has(plain) || WORDS.articles.has(plain))));
	const order = (signals.get('order') ?? []).filter((match) => !isOfPicture(match));
	if (order.length === (signals.get('order')?.length ?? 0)) return signals;
	const others = new Map(signals);
	if (order.length > 0) others.set('order', order);
	else others.delete('order');
	return others;
}

function within(word: Word, match: SignalMatch): boolean {
	return word.start >= match.start && word.end <= match.end;
}

const signalsOf = remembered((text): ReadonlyMap<Signal, readonly SignalMatch[]> => {
	const plain = plainForm(text);
	const found = new Map<Signal, readonly SignalMatch[]>();
	for (const signal of SIGNALS) {
		const matches = findSignal(signal, plain, text);
		if (matches.length > 0) found.set(signal, matches);
	}
	for (const [winner, losers] of OVERRULES) {
		const winning = found.get(winner) ?? [];
		for (const loser of losers) {
			const kept = (found.get(loser) ?? []).filter((match) => !winning.some((other) => overlaps(match, other)));
			if (kept.length > 0) found.set(loser, kept);
			else found.delete(loser);
		}
	}
	return found;
});

/** Where two readings claim the same words, the first is meant: "I don't want" is no order, "not included" is not "included". */
const OVERRULES: ReadonlyArray<readonly [Signal, readonly Signal[]]> = [
	['noReminders', ['remove', 'cancel', 'more']],
	['harmless', ['condition', 'defers']],
	['declines', ['order', 'commits', 'yes']],
	['defers', ['commits']],
	['ask', ['order', 'commits', 'availability', 'yes']],
	// "Ich hätte gerne …" agrees to nothing; "guten Morgen" is no date.
	['order', ['yes']],
	['greeting', ['dateTime']],
	['cancel', ['remove', 'order', 'payHow']],
	['remove', ['order', 'change', 'no', 'more']],
	['paidClaim', ['payHow']],
	['notIncluded', ['included']],
	['notGuarantee', ['guarantee', 'remove']],
	['notSuitable', ['suitable', 'no']],
	['deliveryTime', ['delivery', 'price', 'duration', 'cities']],
	['duration', ['price']],
	['list', ['availability', 'price']],
	['cities', ['delivery', 'list']],
	['currentNumber', ['phoneWord', 'contact', 'pronoun', 'cities']],
	['contact', ['phoneWord']],
	['payHow', ['order', 'cities']],
	['instructions', ['order']],
	['identity', ['human', 'pronoun', 'list', 'nameIntro', 'nameIntroWeak', 'ask']],
	['ownAddress', ['contact', 'pronoun']],
	['openingHours', ['cities', 'dateTime', 'order', 'delivery']],
	['discount', ['price', 'availability', 'cheapest', 'order', 'list', 'add']],
	['cheapest', ['price', 'availability']],
];

function overlaps(a: SignalMatch, b: SignalMatch): boolean {
	return a.start < b.end && b.start < a.end;
}

function isLexical(word: Word, signals: ReadonlyMap<Signal, readonly SignalMatch[]>): boolean {
	for (const [signal, matches] of signals) {
		if (!NOT_PASSED.has(signal) && matches.some(({ start, end }) => word.start >= start && word.end <= end)) return true;
	}
	return false;
}

/** 18:00, 50 €, $20, 10 %: numbers that count nothing. */
function isPriceOrTime(text: string, word: Word): boolean {
	if (!/^\p{N}/u.test(word.text)) return false;
	return /^\s?(?:[€$£₽₴%]|:\d|(?:eur|euros?|usd|dollars?|dólares|dollar|евро|руб|рублей|рубля|євро|грн|гривень|гривні|uhr)(?!\p{L}))/iu.test(text.slice(word.end, word.end + 10)) || /(?:[€$£₽₴]\s?|\d:)$/u.test(text.slice(Math.max(0, word.start - 2), word.start));
}

/** Which words belong to an item's full name, so that a city inside it is not read as the customer's city. */
function fullNameWords(words: readonly Word[], taken: readonly boolean[], index: NameIndex): readonly boolean[] {
	const roles = words.map((_, i): WordRole => (taken[i] === true ? 'taken' : 'passed'));
	const names = readMentions(words, roles, index);
	return words.map((word) => names.some(({ fullName, start, end, countStart }) => fullName && word.end <= end && word.start >= start && word.start !== countStart));
}

/**
 * "A boat transfer to the island for 2", "wine tour please, 2 tickets": a count of people or tickets that stands apart counts the
 * only thing named.
 */
function countedApart(words: readonly Word[], mentions: readonly Mention[], isTaken: (word: Word) => boolean): readonly Mention[] {
	const portions = mentions.filter(({ candidates, count, words: named }) => candidates.length === 0 && count !== null && named.every(({ plain }) => WORDS.portions.has(plain)));
	const [only, ...others] = mentions.filter((mention) => !portions.includes(mention));
	if (only === undefined || others.length > 0 || only.count !== null || only.candidates.length === 0) return mentions;
	const [portion, ...more] = portions;
	if (portion !== undefined) return more.length > 0 ? mentions : [{ ...only, count: portion.count, countStart: portion.countStart }];
	for (const [i, word] of words.entries()) {
		const count = word.start >= only.end && !isTaken(word) ? countAt(words, i) : null;
		const next = words[i + (count?.length ?? 1)];
		const before = words[i - 1]?.plain ?? '';
		const ends = next === undefined || next.gap !== 'space';
		const people = next !== undefined && next.gap === 'space' && WORDS.people.has(next.plain);
		if (count !== null && word.gap === 'space' && (people || (ends && WORDS.link.has(before)))) return [{ ...only, count: count.value, countStart: word.start }];
	}
	return mentions;
}

/** "This one", "the first one": no number. */
function isPronoun(words: readonly Word[], at: number): boolean {
	const word = words[at];
	const before = words[at - 1]?.plain ?? '';
	return word?.digits === null && word.gap === 'space' && WORDS.numbers.get(word.plain) === 1 && (WORDS.oneAfter.has(before) || WORDS.ordinals.has(before));
}

/** "More than 30": a number to compare with, not one to order. */
function isCompared(words: readonly Word[], { start }: Word): boolean {
	const at = words.findIndex((word) => word.start === start);
	return at > 0 && words[at]?.gap === 'space' && words.slice(Math.max(0, at - 2), at).some(({ plain }) => WORDS.comparing.has(plain));
}

function bareCountOf(loose: readonly Word[], words: readonly Word[]): number | null {
	for (let i = 0; i < loose.length; i += 1) {
		const word = loose[i];
		const count = countAt(loose, i);
		if (word === undefined || count === null || WORDS.measures.has(loose[i + 1]?.plain ?? '') || isPronoun(loose, i) || isCompared(words, word)) continue;
		return count.value;
	}
	return null;
}
