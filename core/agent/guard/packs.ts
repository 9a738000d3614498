import type { Item } from '../../catalog/item.ts';
import type { CartLine } from '../../orders/price.ts';
import type { RequestedUnits, Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { nounCountsContents, packOf } from '../reading/packs.ts';
import { wordsOf } from '../reading/turn-text.ts';
import type { LeftOut } from './checks.ts';
import { quotedIn } from './quotes.ts';
import { numbersIn } from './text/numbers.ts';
import { normaliseText, plain } from './text/normalise.ts';
import { violation } from './violation.ts';

/** Requests whose quote really stands in the turn and really holds the count. */
export function verifiedRequests(turnText: string, requested: readonly RequestedUnits[], without?: LeftOut): { readonly verified: readonly RequestedUnits[]; readonly violations: readonly Violation[] } {
	const isQuoted = (quote: string): boolean => without === 'quote_not_in_turn' || quotedIn(turnText, quote);
	const verified = requested.filter(({ quote, count }) => isQuoted(quote) && holdsCount(quote, count));
	const violations = requested
		.filter((request) => !verified.includes(request) && !isQuoted(request.quote))
		.map(({ quote }) => violation('quote_not_in_turn', `The quote "${quote}" is not in the customer's message. Quote it word for word, or leave "requested" empty.`));
	return { verified, violations };
}

/** A quote without any number that we can read (a language whose numerals we don't know) is taken at its word. */
function holdsCount(quote: string, count: number): boolean {
	const numbers = numbersIn(plain(normaliseText(quote)));
	return numbers.size === 0 || numbers.has(count);
}

/**
 * Rule 11: "20 roses" is one bouquet of 20 or two of 10, never twenty bouquets. Checked for what the model says was requested
 * and for what the turn itself says in the words of the items' names.
 */
export function checkPacks(facts: AgentFacts, lines: readonly CartLine[], requests: readonly RequestedUnits[]): Violation[] {
	const counted = [...requests, ...countsInTurn(facts.turn.text)];
	const violations: Violation[] = [];
	for (const { count, noun } of counted) {
		if (!lines.some(({ item }) => nounCountsContents(item, noun))) continue;
		const packed = lines.filter(({ item }) => nounCountsContents(item, noun) || (packOf(item) === null && [...keysOf(item.name)].some((key) => isSameNoun(key, keyOf(noun)))));
		// Single pieces beside packs count as what they are: their pack holds one.
		const total = packed.reduce((sum, { item, quantity }) => sum + (packOf(item)?.size ?? 1) * quantity, 0);
		const unitsAgree = packed.every(({ item }) => (packOf(item)?.size ?? 1) === 1) && packed.reduce((sum, { quantity }) => sum + quantity, 0) === count;
		const times = packed.flatMap(({ item }) => packsOf(facts.turn.text, count, item));
		const wanted = times.length > 0 ? times.map((packs) => packs * count) : [count, ...sumsOfCounts(counted, noun)];
		const mayMultiply = times.length === 0 && saysTimes(facts.turn.text, count, total);
		if (!wanted.includes(total) && !unitsAgree && !mayMultiply) violations.push(mismatch(wanted[0] ?? count, noun, total));
	}
	const numbers = numbersIn(plain(normaliseText(facts.turn.text)));
	for (const { item, quantity } of lines) {
		const size = packOf(item)?.size ?? 1;
		// "20 roses" in words that the catalog doesn't use, ordered as 20 packs of 20.
		const namedTwice = quantity > 1 && quantity === size && numbers.has(size) && violations.length === 0 && !saysUnits(facts.turn.text, quantity, item.name, item.unit);
		if (namedTwice) violations.push(mismatch(size, item.name, size * quantity));
	}
	return violations.slice(0, 1);
}

/** How many packs stand before their contents in the item's own words: "two bouquets of 20 roses". */
function packsOf(turnText: string, count: number, { name, unit }: Item): number[] {
	const words = wordsOf(normaliseText(turnText));
	const packWords = keysOf(`${unit} ${name.split(/\d/u)[0] ?? ''}`);
	return words.flatMap(({ digits }, at) => {
		if (digits !== count) return [];
		const before = words.slice(Math.max(0, at - 4), at);
		const unitAt = before.findLastIndex(({ key, digits: number }) => number === null && packWords.has(key));
		const number = before[unitAt - 1];
		if (unitAt < 1 || number === undefined) return [];
		return [...numbersIn(number.plain)].filter((packs) => packs > 0);
	});
}

/** The same in other words than the item's ("2 ramos de 20 rosas"): another number stands right before the pack. */
function saysTimes(turnText: string, count: number, total: number): boolean {
	const text = plain(normaliseText(turnText));
	return [...text.matchAll(new RegExp(`(?<!\\d)${count}(?!\\d)`, 'gu'))].some(({ index }) => {
		const before = /[^.!?\n,;]{0,30}$/u.exec(text.slice(0, index))?.[0] ?? '';
		return [...numbersIn(before)].some((times) => times * count === total);
	});
}

/** "20 roses and 5 roses more" may be added up. */
function sumsOfCounts(counted: readonly { readonly count: number; readonly noun: string }[], noun: string): ReadonlySet<number> {
	const same = counted.filter((other) => keyOf(other.noun) === keyOf(noun)).map(({ count }) => count);
	return new Set([...same, [...new Set(same)].reduce((sum, count) => sum + count, 0)]);
}

/** A number and the word right after it, wherever the turn has them. */
function countsInTurn(turnText: string): { count: number; noun: string }[] {
	const words = wordsOf(normaliseText(turnText));
	return words.flatMap(({ digits }, index) => {
		const next = words[index + 1];
		return digits === null || next === undefined || next.digits !== null || next.gap !== 'space' ? [] : [{ count: digits, noun: next.text }];
	});
}

/** Numbers that stand right before a word of the item's name. */
export function countsBefore(turnText: string, { name }: Item): number[] {
	const keys = keysOf(name);
	return countsInTurn(turnText).filter(({ noun }) => [...keysOf(noun)].some((key) => keys.has(key))).map(({ count }) => count);
}

/** Numbers that stand right before the item's whole name, whose own numbers count nothing: "2 Set of 6 bowls". */
export function countsOfName(turnText: string, { name }: Item): number[] {
	const words = wordsOf(normaliseText(turnText));
	const own = wordsOf(normaliseText(name));
	return words.flatMap(({ digits }, at) => (digits !== null && own.every(({ key, digits: number }, index) => words[at + 1 + index]?.key === key && words[at + 1 + index]?.digits === number) ? [digits] : []));
}

/** The customer counts selling units: "20 bouquets". */
function saysUnits(turnText: string, quantity: number, name: string, unit: string): boolean {
	const keys = keysOf(`${unit} ${name.split(/\d/u)[0] ?? ''}`);
	return countsInTurn(turnText).some(({ count, noun }) => count === quantity && keys.has(keyOf(noun)));
}

function mismatch(count: number, noun: string, total: number): Violation {
	return violation('pack_mismatch', `The customer asked for ${count} × "${noun}", but the items add up to ${total}. "quantity" counts selling units: choose packs that add up exactly, or ask one question.`);
}

function keysOf(text: string): ReadonlySet<string> {
	return new Set(wordsOf(text).map(({ key }) => key));
}

function keyOf(noun: string): string {
	return [...keysOf(noun)].join(' ');
}

/** "Brezel" and "Brezeln": endings that word keys leave on. */
function isSameNoun(a: string, b: string): boolean {
	const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
	return a === b || (shorter.length >= 4 && longer.startsWith(shorter) && longer.length - shorter.length <= 2);
}
