import { remembered } from '../remembered.ts';

/**
 * Keys under which differently spelled or inflected forms of a word meet. Rules of spelling only, no dictionary: the same
 * for every language, so they err on the side of meeting; search ranks an exact word above one that only meets.
 */

/** How a folded word sounds, roughly: "roza" and "rosa", "buket" and "bouquet", "valensiya" and "valencia" are equal. */
export const soundKey = remembered((foldedWord): string => {
	let sound = foldedWord;
	for (const [spelling, replacement] of SOUNDS) sound = sound.replace(spelling, replacement);
	return sound === '' ? foldedWord : sound;
}, 20_000);

/**
 * How a folded word sounds without its inflection (plural, case, gender): "rosas", "roses", "rosen" and "rozami" all give
 * "ros". At least 3 sounds stay. Words of scripts without such endings are returned as they are.
 */
export function wordKey(foldedWord: string): string {
	const sound = soundKey(foldedWord);
	if (!SPELLED_IN_LATIN.test(sound)) return sound;
	// First the plural, then the ending under it: "gardens" and "garden" must meet.
	// "Strauß" and "glass" are no plurals; "Brezeln" is one.
	const isPlural = sound.length > 3 && ((sound.endsWith('s') && !foldedWord.endsWith('ss')) || (sound.length > 5 && sound.endsWith('eln')));
	const singular = isPlural ? sound.slice(0, -1) : sound;
	const ending = ENDINGS.find((candidate) => singular.length - candidate.length >= 3 && singular.endsWith(candidate));
	return ending === undefined ? singular : singular.slice(0, -ending.length);
}

const SPELLED_IN_LATIN = /^[a-zʃ]+$/;

/** In order: longer spellings first, single letters next, doubled sounds last. ʃ stands for sh, ch and their kin. */
const SOUNDS: ReadonlyArray<readonly [RegExp, string]> = [
	[/shch|sch|sh|ch/g, 'ʃ'],
	[/dzh|zh|dj|kh/g, 'g'],
	[/ph/g, 'f'],
	[/th/g, 't'],
	[/ck|qu(?=[eiy])|q/g, 'k'],
	[/gu(?=[eiy])|j/g, 'g'],
	[/ts|tz/g, 's'],
	[/c(?=[eiy])/g, 's'],
	[/c/g, 'k'],
	[/ou/g, 'u'],
	// Not at the end: "books" is a plural.
	[/ks(?=.)/g, 'x'],
	[/w/g, 'v'],
	[/z/g, 's'],
	[/y/g, 'i'],
	[/h/g, ''],
	[/(.)\1+/g, '$1'],
];

/** Inflections of European languages as they sound, longest first. */
const ENDINGS: readonly string[] = [
	...new Set(
		[
			// Slavic nouns and adjectives
			...['yami', 'ami', 'yakh', 'akh', 'yam', 'am', 'iyu', 'iya', 'iyei', 'ieyu', 'ii', 'ie', 'ogo', 'ego', 'omu', 'emu', 'ymi'],
			...['imi', 'ykh', 'ikh', 'uyu', 'yuyu', 'aya', 'yaya', 'oye', 'oe', 'ye', 'yi', 'oi', 'ei', 'oyu', 'eyu', 'ov', 'ev', 'iv'],
			...['om', 'em', 'ym', 'im', 'ya', 'yu'],
			// Germanic and Romance nouns
			...['ern', 'en', 'er', 'ia', 'io', 'a', 'e', 'i', 'o', 'u', 'y'],
		].map(soundKey),
	),
].sort((a, b) => b.length - a.length);
