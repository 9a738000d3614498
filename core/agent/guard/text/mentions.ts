import type { Item } from '../../../catalog/item.ts';
import { itemKey } from '../../reading/turn-text.ts';

/** Where an answer names an item of the catalog. Several items when they share the words that were used. */
export interface Mention {
	readonly items: readonly Item[];
	/** The private-use character that stands for the mention in the masked text. */
	readonly mark: string;
	/** As written in the answer. */
	readonly written: string;
}

export interface MaskedText {
	/** The text with every mention replaced by its mark, so that numbers and commas inside names are no claims. */
	readonly text: string;
	readonly mentions: readonly Mention[];
}

interface Token {
	readonly at: number;
	readonly end: number;
	readonly key: string;
	readonly raw: string;
}

interface NamePosition {
	readonly name: readonly string[];
	readonly item: Item;
	readonly offset: number;
}

export interface NameIndex {
	readonly byPair: ReadonlyMap<string, readonly NamePosition[]>;
	readonly byOnlyWord: ReadonlyMap<string, readonly Item[]>;
	/** Word key → the item that alone has it in its name, or null. */
	readonly byWord: ReadonlyMap<string, Item | null>;
}

const TOKEN = /\p{N}+|[\p{L}\p{M}]+(?:['’ʼ][\p{L}\p{M}]+)*/gu;
const FIRST_MARK = 0xe000;
const MOST_MARKS = 6000;
/** More items than this share the words: the text names a kind of thing, not an item. */
const MOST_SHARED = 4;

export function buildNameIndex(items: readonly Item[]): NameIndex {
	const byPair = new Map<string, NamePosition[]>();
	const byOnlyWord = new Map<string, Item[]>();
	const byWord = new Map<string, Item | null>();
	for (const item of items) {
		const name = tokensOf(item.name).map(({ key }) => key);
		if (name.length === 1 && name[0] !== undefined) push(byOnlyWord, name[0], item);
		for (let offset = 0; offset < name.length; offset += 1) {
			const key = name[offset] ?? '';
			byWord.set(key, !byWord.has(key) || byWord.get(key) === item ? item : null);
			const next = name[offset + 1];
			if (next !== undefined) push(byPair, `${key} ${next}`, { name, item, offset });
		}
	}
	return { byPair, byOnlyWord, byWord };
}

export function maskMentions(text: string, index: NameIndex): MaskedText {
	const tokens = tokensOf(text);
	const mentions: Mention[] = [];
	let masked = '';
	let copied = 0;
	for (let i = 0; i < tokens.length; i += 1) {
		const found = mentions.length < MOST_MARKS ? longestName(tokens, i, index) : null;
		const token = tokens[i];
		if (token === undefined) break;
		if (found === null) continue;
		const last = tokens[i + found.length - 1] ?? token;
		const mark = String.fromCharCode(FIRST_MARK + mentions.length);
		mentions.push({ items: found.items, mark, written: text.slice(token.at, last.end) });
		masked += text.slice(copied, token.at) + mark;
		copied = last.end + closingDot(text, last.end, found.items);
		i += found.length - 1;
	}
	return { text: masked + text.slice(copied), mentions };
}

/**
 * Items of which a text uses a word that no other item's name has, or that is a whole name: enough to be the subject, too
 * little to bind a price.
 */
export function hintsIn(text: string, index: NameIndex): Item[] {
	const hinted = tokensOf(text).flatMap(({ key, raw }) => {
		if (raw.length < 4 || /^\d/u.test(raw)) return [];
		return [index.byWord.get(key) ?? [], index.byOnlyWord.get(key) ?? []].flat();
	});
	return [...new Set(hinted)];
}

/** "Rose, 1 pc. is delivered …": the dot belongs to the name and ends no sentence. */
function closingDot(text: string, end: number, items: readonly Item[]): number {
	return items.some(({ name }) => name.trim().endsWith('.')) && /^\.(?=\s*(?:\p{Ll}|[-–—:(,]))/u.test(text.slice(end)) ? 1 : 0;
}

function longestName(tokens: readonly Token[], at: number, index: NameIndex): { items: readonly Item[]; length: number } | null {
	const [first, second] = [tokens[at], tokens[at + 1]];
	if (first === undefined) return null;
	const positions = second === undefined ? [] : (index.byPair.get(`${first.key} ${second.key}`) ?? []);
	let best = 0;
	let items: Item[] = [];
	let whole = false;
	for (const position of positions) {
		let length = 2;
		while (length < position.name.length - position.offset && tokens[at + length]?.key === position.name[position.offset + length]) length += 1;
		const isWhole = length === position.name.length;
		if (length > best || (length === best && isWhole && !whole)) {
			best = length;
			items = [position.item];
			whole = isWhole;
		} else if (length === best && isWhole === whole && !items.includes(position.item)) items.push(position.item);
	}
	const run = tokens.slice(at, at + best);
	if (best > 0 && items.length <= MOST_SHARED && (whole || isTelling(run, items.length))) return { items, length: best };
	const named = index.byOnlyWord.get(first.key);
	// A one-word name such as "Call" is an ordinary word unless it is written like a name.
	const asName = named !== undefined && named.length <= MOST_SHARED && /^[\p{Lu}\p{Lo}]/u.test(first.raw);
	return asName ? { items: named, length: 1 } : null;
}

/** Enough words of a name to mean that item: two longer words, or a number with its noun. */
function isTelling(run: readonly Token[], sharedBy: number): boolean {
	const longWords = run.filter(({ raw }) => /^\p{L}/u.test(raw) && raw.length >= 4).length;
	const numbers = run.filter(({ raw }) => /^\p{N}/u.test(raw)).length;
	return sharedBy === 1 ? longWords >= 2 || (numbers >= 1 && longWords >= 1) : longWords >= 3;
}

/** A word's own number keeps its form: "20" never meets "2". */
function tokensOf(text: string): Token[] {
	return [...text.matchAll(TOKEN)].map((match) => ({ at: match.index, end: match.index + match[0].length, raw: match[0], key: keyOf(match[0]) }));
}

function keyOf(word: string): string {
	return /^\d/u.test(word) ? String(Number(word)) : itemKey(word);
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
	const list = map.get(key);
	if (list === undefined) map.set(key, [value]);
	else list.push(value);
}
