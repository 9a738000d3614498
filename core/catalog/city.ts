import { CITIES } from './cities.ts';
import type { Item } from './item.ts';
import { PlaceIndex, placeForms, placeWords, type PlaceForm, type TextWord } from './place-names.ts';

/**
 * Whether two names mean one city, whatever the case, accents, script, language or (Slavic, Kazakh) grammatical case:
 * «Валенсию», "в Валенсии", "València" and "valencia" are one. Known names meet by the alias list, others by their sound.
 */
export function sameCity(a: string, b: string): boolean {
	const [keyOfA = '', ...inflectedA] = cityKeys(a);
	const [keyOfB = '', ...inflectedB] = cityKeys(b);
	if (keyOfA === '' || keyOfB === '') return false;
	// One of the two has to be a nominative as written: two guesses that meet prove nothing.
	return keyOfA === keyOfB || inflectedA.includes(keyOfB) || inflectedB.includes(keyOfA);
}

/**
 * Keys of a city's name: first that of the name as written, then those of its possible nominatives. Names of one city in
 * the nominative have the same first key, which is what an index stores. [] for a text without letters.
 */
export function cityKeys(name: string): readonly string[] {
	const words = withoutLead(placeWords(name));
	const known = knownForms().formsAt(words, 0).find((form) => form.words.length === words.length);
	if (known !== undefined) return [known.place];
	let keys: readonly string[] = words.length === 0 ? [] : [''];
	for (const word of words.slice(0, MAX_NAME_WORDS)) {
		keys = keys.flatMap((key) => [...word.soundCandidates].map((sound) => (key === '' ? sound : `${key} ${sound}`)));
	}
	return keys;
}

/** The one of `cities` that a text mentions first, as it is written in `cities`; null when it mentions none. */
export function findCity(text: string, cities: readonly string[]): string | null {
	return findCities(text, cities)[0] ?? null;
}

/** All of `cities` that a text mentions, in the order of the text, each once. Street names ("Calle Valencia 5") don't count. */
export function findCities(text: string, cities: readonly string[]): string[] {
	return mentioned(placeWords(text), servedForms(cities), (words, start, form) => aloneInSegment(words, start, form));
}

/** The English name of a larger city that a text mentions, served or not; null when it mentions none of the alias list. */
export function findAnyCity(text: string): string | null {
	const [place] = mentioned(placeWords(text), knownForms(), () => false);
	return place === undefined ? null : englishName(place);
}

/** Distinct cities of the items, each as first written, in that order. */
export function servedCities(items: readonly Item[]): string[] {
	const served = new Map<string, string>();
	for (const city of new Set(items.flatMap((item) => item.cities))) {
		const [key] = cityKeys(city);
		if (key !== undefined && !served.has(key)) served.set(key, city);
	}
	return [...served.values()];
}

/** Whether the item is delivered or provided in the city. Online is everywhere; so is an item for which no city was given. */
export function servesCity(item: Item, city: string): boolean {
	return item.online || item.cities.length === 0 || item.cities.some((served) => sameCity(served, city));
}

const MAX_NAME_WORDS = 4;

/** Words before which an ordinary word is a place after all. "A nice bouquet", "para Sofía", "agua de colonia" are none. */
const PLACE_PREPOSITIONS: readonly string[] = [
	...['in', 'to', 'near', 'en', 'desde', 'hasta', 'nach', 'aus', 'bei', 'v', 'vo', 'do', 'iz', 'z'],
	...['city', 'town', 'ciudad', 'stadt', 'gorod', 'gorode', 'goroda', 'misto', 'misti', 'kala', 'kalasy', 'kalasi', 'kalasynda'],
];
const BEFORE_ORDINARY: ReadonlySet<string> = new Set(PLACE_PREPOSITIONS);
/** Words that are no part of a name that they lead to. In cities' own names ("La Coruña") articles stay. */
const LEADS: ReadonlySet<string> = new Set([...PLACE_PREPOSITIONS, 'at', 'from', 'of', 'a', 'de', 'para', 'na', 'po', 'u', 'g', 'm']);
const STREET_BEFORE: ReadonlySet<string> = new Set([
	...['calle', 'carrer', 'avenida', 'avinguda', 'av', 'avda', 'plaza', 'placa', 'paseo', 'ronda', 'rue', 'boulevard', 'piazza'],
	...['ul', 'ulitsa', 'ulitse', 'ulitsu', 'vul', 'vulitsya', 'prospekt', 'pr', 'ploshchad', 'hotel', 'otel'],
]);
const STREET_AFTER: ReadonlySet<string> = new Set(['street', 'road', 'avenue', 'square', 'lane', 'strasse', 'platz', 'allee', 'ulitsa']);
const ARTICLES: ReadonlySet<string> = new Set(['de', 'del', 'la', 'el', 'the']);

type Allowance = (words: readonly TextWord[], start: number, form: PlaceForm) => boolean;

function mentioned(words: readonly TextWord[], index: PlaceIndex, allowsOrdinary: Allowance): string[] {
	const places = new Set<string>();
	let start = 0;
	while (start < words.length) {
		const forms = index.formsAt(words, start);
		const ordinaryPlaces = new Set(forms.filter((form) => form.ordinaryWord).map((form) => form.place));
		const form = forms.find(
			(candidate) =>
				!ordinaryPlaces.has(candidate.place) || follows(words, start, BEFORE_ORDINARY) || allowsOrdinary(words, start, candidate),
		);
		if (form !== undefined && !isStreet(words, start, form)) places.add(form.place);
		start += form?.words.length ?? 1;
	}
	return [...places];
}

/** The word before `start`, in the same segment, is one of `leads`. */
function follows(words: readonly TextWord[], start: number, leads: ReadonlySet<string>): boolean {
	const before = words[start - 1];
	return before !== undefined && before.segment === words[start]?.segment && leads.has(before.folded);
}

function aloneInSegment(words: readonly TextWord[], start: number, form: PlaceForm): boolean {
	const segment = words[start]?.segment;
	return words.filter((word) => word.segment === segment).length === form.words.length;
}

function isStreet(words: readonly TextWord[], start: number, form: PlaceForm): boolean {
	const next = words[start + form.words.length];
	if (next !== undefined && next.segment === words[start]?.segment && STREET_AFTER.has(next.folded)) return true;
	const beforeArticle = follows(words, start, ARTICLES) ? start - 1 : start;
	return STREET_BEFORE.has(words[beforeArticle - 1]?.folded ?? '');
}

function withoutLead(words: readonly TextWord[]): readonly TextWord[] {
	const first = words.findIndex((word) => !LEADS.has(word.folded));
	// "A Coruña": a known name may begin with what is a preposition elsewhere.
	if (first <= 0 || knownForms().formsAt(words, 0).some((form) => form.words.length === words.length)) return words;
	return words.slice(first);
}

let known: PlaceIndex | undefined;

/** Built on first use: most processes that load this file never look for a city. */
function knownForms(): PlaceIndex {
	known ??= new PlaceIndex(CITIES.flatMap((row, number) => placeForms(`#${number}`, row)));
	return known;
}

const servedIndexes = new WeakMap<readonly string[], PlaceIndex>();

/** The index of a list of served cities, kept as long as the list is. */
function servedForms(cities: readonly string[]): PlaceIndex {
	const kept = servedIndexes.get(cities);
	if (kept !== undefined) return kept;
	const index = new PlaceIndex(cities.flatMap((city) => placeForms(city, [...spellingsOf(city), city])));
	servedIndexes.set(cities, index);
	return index;
}

function spellingsOf(city: string): readonly string[] {
	const [key = ''] = cityKeys(city);
	return key.startsWith('#') ? (CITIES[Number(key.slice(1))] ?? []) : [];
}

function englishName(place: string): string {
	return CITIES[Number(place.slice(1))]?.[0].replace('~', '') ?? place;
}
