import type { Catalog } from '../../catalog/catalog.ts';
import type { Item } from '../../catalog/item.ts';
import { WORDS } from './lexicon.ts';
import { wordsOf } from './turn-text.ts';

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
		for (const key of content) push(byWord, key, named);
		const first = named.sequence[0];
		if (first !== undefined) push(byFirstWord, first, named);
	}
	return { byWord, byFirstWord, bySku };
}

function push(map: Map<string, NamedItem[]>, key: string, named: NamedItem): void {
	const list = map.get(key);
	if (list === undefined) map.set(key, [named]);
	else list.push(named);
}
