import type { Item } from '../../catalog/item.ts';
import type { CartLine } from '../../orders/price.ts';
import type { Mention } from '../reading/mentions.ts';
import { WORDS } from '../reading/lexicon.ts';
import type { Signal } from '../reading/lexicon.ts';
import { countsContents, packOf } from '../reading/packs.ts';
import { wordsOf } from '../reading/turn-text.ts';
import type { Draft } from './draft.ts';
import { has, quoteOf } from './draft.ts';
import { linesOf } from './memory.ts';
import { inStock, resolveMention } from './resolve.ts';
import type { Resolution } from './resolve.ts';

/** A mention with what it comes down to. */
export interface Named {
	readonly mention: Mention;
	readonly resolution: Resolution;
	readonly action: 'add' | 'remove' | 'change';
}

/** Resolves everything the turn names, in the city that is known by now. */
export function resolveAll(draft: Draft): readonly Named[] {
	return draft.reading.mentions.filter((mention, _, all) => !all.some((other) => repeats(mention, other))).map((mention) => ({
		mention,
		resolution: fromChoice(draft, mention) ?? changedLine(draft, mention) ?? resolveMention(mention, draft.city),
		action: actionOf(draft, mention),
	}));
}

/** "Are the roses fresh? I want 20 roses": what is counted elsewhere in the turn is not asked for once more. */
function repeats(mention: Mention, other: Mention): boolean {
	if (mention === other || mention.count !== null || mention.ownNumbers.length > 0 || mention.fullName || other.count === null || mention.words.length === 0) return false;
	return mention.candidates.length > 0 && mention.words.every(({ key }) => other.words.some((word) => word.key === key));
}

/** An answer to "which one?" is read among the options first; a count of contents ("20 roses") speaks for itself. */
function fromChoice(draft: Draft, mention: Mention): Resolution | null {
	const options = (draft.choice?.options ?? []).filter(({ item }) => mention.candidates.some((candidate) => candidate.item.sku === item.sku));
	const option = options[0];
	if (option === undefined || options.length !== 1) return null;
	const keys = mention.words.map(({ key }) => key);
	if (mention.count !== null && mention.ownNumbers.length === 0 && countsContents(packOf(option.item), keys)) return null;
	const quantity = mention.count ?? option.quantity;
	if (mention.count === null) noteAcceptance(draft, option, mention.words[0]?.text ?? '');
	return inStock(option.item, quantity)
		? { kind: 'lines', lines: [{ item: option.item, quantity }], countsContents: false }
		: { kind: 'too_many', item: option.item };
}

/** "Actually 2 bouquets" with one kind of bouquet in the order: that one. */
function changedLine(draft: Draft, mention: Mention): Resolution | null {
	const { order, catalog } = draft.facts;
	if (mention.count === null || mention.ownNumbers.length > 0 || mention.fullName || !has(draft, 'change', 'no') || has(draft, 'add')) return null;
	const lines = draft.cart.length > 0 ? draft.cart : order?.status === 'awaiting_payment' ? linesOf(order.lines, catalog) : [];
	const [only, ...others] = lines.filter(({ item }) => mention.candidates.some((candidate) => candidate.item.sku === item.sku));
	if (only === undefined || others.length > 0 || mention.candidates.length === 1) return null;
	if (countsContents(packOf(only.item), mention.words.map(({ key }) => key))) return null;
	return inStock(only.item, mention.count)
		? { kind: 'lines', lines: [{ item: only.item, quantity: mention.count }], countsContents: false }
		: { kind: 'too_many', item: only.item };
}

/** What the words before a mention, in the same sentence, ask to do with it. */
function actionOf(draft: Draft, mention: Mention): Named['action'] {
	if (isReplaced(draft, mention)) return 'remove';
	const sentenceStart = Math.max(0, ...['.', '\n', '!', '?', ';'].map((mark) => draft.reading.text.lastIndexOf(mark, mention.start - 1) + 1));
	let latest = -1;
	let action: Named['action'] = 'add';
	const consider = (signal: Signal, meaning: Named['action']): void => {
		for (const { start } of draft.reading.signals.get(signal) ?? []) {
			if (start < sentenceStart || start > mention.start || start < latest) continue;
			latest = start;
			action = meaning;
		}
	};
	consider('order', 'add');
	consider('add', 'add');
	consider('remove', 'remove');
	consider('change', 'change');
	consider('no', 'change');
	return action;
}

/** "A card instead of the roses", "instead of the roses, a card": what stands right after it goes. */
function isReplaced({ reading }: Draft, mention: Mention): boolean {
	return (reading.signals.get('insteadOf') ?? []).some(({ end }) => end <= mention.start && !reading.mentions.some((other) => other.start >= end && other.start < mention.start));
}

/** Does to the cart what the mentions say; returns the names of what was removed. */
export function applyToCart(draft: Draft, named: readonly Named[]): readonly string[] {
	reopenOrder(draft, named);
	const removed: string[] = [];
	for (const { mention, resolution, action } of named) {
		const skus = new Set(mention.candidates.map(({ item }) => item.sku));
		if (action === 'remove') {
			for (const { item } of draft.cart.filter((line) => skus.has(line.item.sku))) removed.push(item.name);
			put(draft, draft.cart.filter(({ item }) => !skus.has(item.sku)));
			continue;
		}
		if (resolution.kind !== 'lines') continue;
		// "No, 10 roses" stands for the 20 roses in the cart.
		const kept = action === 'change' || resolution.countsContents ? draft.cart.filter(({ item }) => !skus.has(item.sku)) : draft.cart;
		const base = action === 'change' || !isMore(draft) ? kept : draft.cart;
		put(draft, resolution.lines.reduce((cart, line) => withLine(draft, cart, line, mention), base));
		draft.focus = resolution.lines[0]?.item ?? draft.focus;
		if (resolution.countsContents && mention.count !== null) noteRequest(draft, mention, mention.count);
	}
	return removed;
}

/** "2 of those", "make it 3", "2" after we asked how many. Returns the item when there is less of it. */
export function applyBareCount(draft: Draft): Item | null {
	const count = draft.reading.bareCount;
	const { awaiting } = draft.facts.session;
	const asked = draft.quantityFor !== null || awaiting.includes('quantity') || (awaiting.includes('confirmation') && draft.offer.length === 1);
	if (count === null || !(asked || has(draft, 'pronoun', 'change', 'no', 'order', 'add'))) return null;
	const only = draft.cart.length === 1 ? draft.cart[0]?.item : undefined;
	const inCart = draft.cart.find(({ item }) => item.sku === draft.focus?.sku)?.item;
	const offered = draft.offer.length === 1 ? draft.offer[0]?.item : undefined;
	const item = draft.quantityFor ?? inCart ?? only ?? offered ?? (draft.cart.length === 0 && has(draft, 'order', 'pronoun') ? draft.focus : null);
	if (item === null) return null;
	const before = draft.cart.find((line) => line.item.sku === item.sku)?.quantity ?? 0;
	const quantity = isMore(draft) && before > 0 ? before + count : count;
	draft.focus = item;
	draft.ordering = true;
	if (!inStock(item, quantity)) return item;
	draft.quantityFor = null;
	put(draft, [...draft.cart.filter((line) => line.item.sku !== item.sku), { item, quantity }]);
	return null;
}

/** Takes one of the offered options by its number ("2"), its place ("the second") or "yes" when there is only one. */
export function takeChoice(draft: Draft): boolean {
	const { choice, reading } = draft;
	if (choice === null) return false;
	const place = reading.ordinal ?? reading.bareCount;
	if (place === null) return false;
	// "20" after "20 or 10?" is no place in the list.
	const bySize = choice.options.filter(({ item }) => new RegExp(`(?<!\\d)${place}(?!\\d)`).test(item.name));
	const option = choice.options[place - 1] ?? (bySize.length === 1 ? bySize[0] : undefined);
	if (option === undefined) return false;
	draft.focus = option.item;
	draft.choice = null;
	draft.offer = [option];
	if (!choice.forOrder && !draft.ordering) return true;
	draft.ordering = true;
	if (option.quantity > 1 && reading.ordinal === null) {
		// A bare "2" says which one, and nothing that a quantity could be read from.
		draft.quantityFor = option.item;
		draft.offer = [];
		return true;
	}
	put(draft, [...draft.cart.filter(({ item }) => item.sku !== option.item.sku), option]);
	noteAcceptance(draft, option, ordinalWord(draft));
	return true;
}

/** Puts what was priced for the customer into the cart: "yes", "I'll take it". */
export function takeOffer(draft: Draft): void {
	const skus = new Set(draft.offer.map(({ item }) => item.sku));
	for (const line of draft.offer) noteAcceptance(draft, line, quoteOf(draft, 'order') || quoteOf(draft, 'yes') || quoteOf(draft, 'pronoun'));
	put(draft, [...draft.cart.filter(({ item }) => !skus.has(item.sku)), ...draft.offer]);
	draft.focus = draft.offer[0]?.item ?? draft.focus;
	draft.offer = [];
}

/** Adding to or changing an order that waits for payment goes on from what it has (rule 14). */
function reopenOrder(draft: Draft, named: readonly Named[]): void {
	const { order, catalog } = draft.facts;
	if (draft.cart.length > 0 || order === null || order.status !== 'awaiting_payment') return;
	const ordered = new Set(order.lines.map(({ sku }) => sku));
	const touches = named.some(({ mention }) => mention.candidates.length > 0 && mention.candidates.every(({ item }) => ordered.has(item.sku)));
	// "A card instead" is another order.
	const changes = has(draft, 'change') && !named.some(({ mention }) => mention.candidates.length > 0);
	if (touches || changes || has(draft, 'add', 'remove')) draft.cart = linesOf(order.lines, catalog);
}

function withLine(draft: Draft, cart: readonly CartLine[], line: CartLine, mention: Mention): readonly CartLine[] {
	const before = cart.find(({ item }) => item.sku === line.item.sku);
	if (before === undefined) return [...cart, line];
	const quantity = isMore(draft) ? before.quantity + line.quantity : mention.count === null ? before.quantity : line.quantity;
	return cart.map((other) => (other === before ? { item: line.item, quantity } : other));
}

function isMore(draft: Draft): boolean {
	return has(draft, 'add');
}

function put(draft: Draft, cart: readonly CartLine[]): void {
	draft.cartChanged = draft.cartChanged || cart.length !== draft.cart.length || cart.some((line, i) => line !== draft.cart[i]);
	draft.cart = cart;
}

/** A quantity that we offered is the customer's own once they take it; the quote is where they do. */
function noteAcceptance(draft: Draft, { item, quantity }: CartLine, quote: string): void {
	if (quantity > 1 && quote !== '') draft.requested.push({ count: quantity, noun: item.unit, quote });
}

function ordinalWord(draft: Draft): string {
	return wordsOf(draft.reading.text).find(({ plain }) => WORDS.ordinals.has(plain))?.text ?? '';
}

function noteRequest(draft: Draft, mention: Mention, count: number): void {
	draft.requested.push({
		count,
		noun: mention.words.map(({ text }) => text).join(' '),
		quote: draft.reading.text.slice(mention.start, mention.end),
	});
}
