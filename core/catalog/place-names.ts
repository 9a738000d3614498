import { nominativeCandidates } from './case-endings.ts';
import { fold } from './fold.ts';
import { soundKey } from './word-key.ts';
import { remembered } from '../remembered.ts';

/** One spelling of a place's name, ready to be found in a text. */
export interface PlaceForm {
	/** What the index answers with: a served city as the company wrote it, or the number of a row of the alias list. */
	readonly place: string;
	readonly words: readonly PlaceWord[];
	/** The spelling is also an ordinary word or a person's name: in free text it needs a preposition of place. */
	readonly ordinaryWord: boolean;
	/** Scripts in which the place has no spelling of its own, so that the sound alone decides there. */
	readonly knownScripts: ReadonlySet<string>;
}

export interface PlaceWord {
	readonly folded: string;
	readonly sound: string;
	readonly script: string;
}

/** A word of a text, with the forms that it may have in the nominative. */
export interface TextWord extends PlaceWord {
	readonly candidates: ReadonlySet<string>;
	readonly soundCandidates: ReadonlySet<string>;
	/** Number of the part between commas, full stops and the like that the word stands in. */
	readonly segment: number;
}

/** The words of a text in order. Hyphens part words: «Нью-Йорк» is two. */
export const placeWords = remembered((text): readonly TextWord[] =>
	text
		.normalize('NFC')
		.split(/[,;:.!?()[\]\n\r"«»“”]+/u)
		.flatMap((part, segment) => (part.match(WORD) ?? []).map((word) => ({ ...textWord(word), segment }))),
);

const textWord = remembered((word): Omit<TextWord, 'segment'> => {
	const candidates = nominativeCandidates(word.replace(/['’ʼ]s$/u, '')).map(fold);
	const [folded = ''] = candidates;
	return {
		folded,
		sound: soundKey(folded),
		script: scriptOf(word),
		candidates: new Set(candidates),
		soundCandidates: new Set(candidates.map((candidate) => soundKey(candidate))),
	};
}, 20_000);

const WORD = /[\p{L}\p{M}]+(?:['’ʼ][\p{L}\p{M}]+)*/gu;

function scriptOf(word: string): string {
	if (/\p{Script=Cyrillic}/u.test(word)) return 'cyrillic';
	return /\p{Script=Latin}/u.test(word) ? 'latin' : 'other';
}

/** The spellings of one place. A leading `~` marks an ordinary word (see cities.ts). */
export function placeForms(place: string, spellings: readonly string[]): PlaceForm[] {
	const parsed = spellings.map((spelling) => ({ words: placeWords(spelling), ordinaryWord: spelling.startsWith('~') }));
	const knownScripts = new Set(parsed.flatMap(({ words }) => words.map(({ script }) => script)));
	return parsed.filter(({ words }) => words.length > 0).map((form) => ({ place, knownScripts, ...form }));
}

/** Finds place names among the words of a text in time that does not depend on the number of places. */
export class PlaceIndex {
	readonly #byFirstWord = new Map<string, PlaceForm[]>();

	constructor(forms: readonly PlaceForm[]) {
		for (const form of forms) {
			const [first] = form.words;
			if (first === undefined) continue;
			for (const key of new Set([first.folded, first.sound])) {
				const sharing = this.#byFirstWord.get(key) ?? [];
				if (!sharing.includes(form)) sharing.push(form);
				this.#byFirstWord.set(key, sharing);
			}
		}
	}

	/** The spellings that stand in the text from its word number `start` on, longest first. */
	formsAt(words: readonly TextWord[], start: number): PlaceForm[] {
		const first = words[start];
		if (first === undefined) return [];
		const keys = new Set([...first.candidates, ...first.soundCandidates]);
		const found = [...keys].flatMap((key) => this.#byFirstWord.get(key) ?? []);
		return [...new Set(found)]
			.filter((form) => form.words.every((word, offset) => meets(words[start + offset], word, form)))
			.sort((a, b) => b.words.length - a.words.length || exactness(words, start, b) - exactness(words, start, a));
	}
}

/** Below this many sounds, words of one script meet only when they are spelled alike: "Rom" is not "Rhum". */
const SOUND_DECIDES_FROM = 5;

function meets(written: TextWord | undefined, word: PlaceWord, form: PlaceForm): boolean {
	if (written === undefined) return false;
	if (written.script === word.script && written.candidates.has(word.folded)) return true;
	const soundDecides = word.sound.length >= SOUND_DECIDES_FROM || !form.knownScripts.has(written.script) || form.words.length > 1;
	return soundDecides && written.soundCandidates.has(word.sound);
}

function exactness(words: readonly TextWord[], start: number, form: PlaceForm): number {
	return form.words.filter((word, offset) => words[start + offset]?.folded === word.folded).length;
}
