import type { Catalog } from '../../catalog/catalog.ts';
import type { Item } from '../../catalog/item.ts';
import { WORDS } from './lexicon.ts';
import { itemKey, wordsOf } from './turn-text.ts';
import type { Word } from './turn-text.ts';

/** An item with the words of its name. */
export interface NamedItem {
	readonly item: Item;
	/** Keys of all words of the name, in order. */
	readonly sequence: readonly string[];
	/** Keys of the words that tell it apart: without function words, with numbers. */
	readonly content: ReadonlySet<string>;
	/** How many of `content` are not numbers. */
	readonly contentWords: number;
}

export interface NameIndex {
	readonly byWord: ReadonlyMap<string, readonly NamedItem[]>;
	readonly byFirstWord: ReadonlyMap<string, readonly NamedItem[]>;
	readonly bySku: ReadonlyMap<string, NamedItem>;
	/** By the end of a compound: "Torte" is in "Schokoladentorte". */
	readonly byTail: ReadonlyMap<string, readonly NamedItem[]>;
}

/** The names of a catalog by word. Built once a catalog and remembered as long as the catalog lives. */
export function nameIndexOf(catalog: Catalog): NameIndex {
	const known = INDICES.get(catalog);
	if (known !== undefined) return known;
	const index = buildIndex(catalog.items);
	INDICES.set(catalog, index);
	return index;
}

const INDICES = new WeakMap<Catalog, NameIndex>();

function buildIndex(items: readonly Item[]): NameIndex {
	const byWord = new Map<string, NamedItem[]>();
	const byFirstWord = new Map<string, NamedItem[]>();
	const bySku = new Map<string, NamedItem>();
	const byTail = new Map<string, NamedItem[]>();
	for (const item of items) {
		const words = wordsOf(item.name);
		const telling = words.filter(({ plain }) => !WORDS.stop.has(plain));
		const content = new Set((telling.length > 0 ? telling : words).map(({ key }) => key));
		const named: NamedItem = {
			item,
			sequence: words.map(({ key }) => key),
			content,
			contentWords: [...content].filter((key) => !/^\p{N}/u.test(key)).length,
		};
		bySku.set(item.sku, named);
		for (const key of content) {
			push(byWord, key, named);
			for (const tail of tailsOf(key)) push(byTail, tail, named);
		}
		const first = named.sequence[0];
		if (first !== undefined) push(byFirstWord, first, named);
	}
	return { byWord, byFirstWord, bySku, byTail };
}

function push(map: Map<string, NamedItem[]>, key: string, named: NamedItem): void {
	const list = map.get(key);
	if (list === undefined) map.set(key, [named]);
	else list.push(named);
}

/** Shorter ends and beginnings of compounds are no words of their own. */
const SHORTEST_TAIL = 4;
const SHORTEST_HEAD = 3;
const LATIN_WORD = /^[a-zʃ]+$/;

function tailsOf(key: string): readonly string[] {
	if (!LATIN_WORD.test(key)) return [];
	const count = Math.max(0, key.length - SHORTEST_HEAD - SHORTEST_TAIL + 1);
	return Array.from({ length: count }, (_, n) => key.slice(SHORTEST_HEAD + n));
}

/** The items that a word can mean: those with the word in their name, else those with a compound that it is the end or the sum of. */
export function itemsNamed(word: Word, { byWord, byTail }: NameIndex): readonly NamedItem[] | undefined {
	return byWord.get(word.key) ?? byTail.get(word.key) ?? partsOf(word, byWord);
}

/** "Rosenstrauß" for "Strauß mit 20 Rosen": both parts are words of one name. */
function partsOf({ plain, digits }: Word, byWord: NameIndex['byWord']): readonly NamedItem[] | undefined {
	if (digits !== null || plain.length < SHORTEST_HEAD + SHORTEST_TAIL) return undefined;
	for (let at = plain.length - SHORTEST_TAIL; at >= SHORTEST_HEAD; at -= 1) {
		const tail = byWord.get(itemKey(plain.slice(at)));
		if (tail === undefined) continue;
		const head = itemKey(plain.slice(0, at));
		const both = tail.filter(({ content }) => content.has(head));
		if (both.length > 0) return both;
	}
	return undefined;
}

/** "Kaese" and "Straeusse", from keyboards without umlauts, as the catalog spells them. */
export function respelled(word: Word, { byWord }: NameIndex): Word {
	if (!/[aou]e/.test(word.plain) || byWord.has(word.key)) return word;
	const key = itemKey(word.plain.replace(/([aou])e/g, '$1'));
	return byWord.has(key) ? { ...word, key } : word;
}
