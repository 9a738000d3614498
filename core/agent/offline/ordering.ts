import type { Item } from '../../catalog/item.ts';
import { applyBareCount, applyToCart, takeChoice, takeOffer } from './cart.ts';
import type { Named } from './cart.ts';
import { answerNotServed } from './answers.ts';
import type { Draft } from './draft.ts';
import { has } from './draft.ts';
import { chooseFromAll, listOptions, listOthers } from './listing.ts';
import { inStock } from './resolve.ts';

const MOST_OPTIONS = 12;

/** Carries out what the turn does to the order; returns what has to be said or asked about it. */
export function takeOrder(draft: Draft, named: readonly Named[]): readonly string[] {
	const { phrases } = draft;
	const parts: string[] = [];
	const before = draft.cart;
	if (named.length === 0 && !takeChoice(draft)) {
		const short = applyBareCount(draft);
		if (short !== null) parts.push(tooMany(draft, short));
		else if (draft.cart.length === 0 && draft.quantityFor === null) takeWhatWasOffered(draft);
	}
	for (const name of applyToCart(draft, named)) parts.push(phrases.removed(name));
	if (before.length > 0 && draft.cart.length === 0 && parts.length > 0) parts.push(phrases.cartEmpty);
	for (const line of draft.cart.filter(({ item, quantity }) => !inStock(item, quantity))) {
		draft.cart = draft.cart.filter((other) => other !== line);
		parts.push(tooMany(draft, line.item));
	}
	parts.push(...askAbout(draft, named.filter(({ action }) => action !== 'remove'), true));
	if (draft.cart.length > 0 && !draft.blocked) {
		draft.choice = null;
		draft.offer = [];
	}
	return parts;
}

/** "I'll take it" after one item was priced or described. */
function takeWhatWasOffered(draft: Draft): void {
	if (draft.offer.length > 0) return takeOffer(draft);
	if (draft.focus === null || draft.reading.unexplained.length > 0 || has(draft, 'list') || !has(draft, 'pronoun', 'order')) return;
	draft.offer = [{ item: draft.focus, quantity: 1 }];
	takeOffer(draft);
}

function tooMany(draft: Draft, item: Item): string {
	draft.blocked = true;
	draft.quantityFor = item;
	draft.focus = item;
	draft.awaiting.push('quantity');
	return draft.phrases.quantityUnavailable(item.name);
}

/** Questions that what was named leaves open: which one, how many, where. */
export function askAbout(draft: Draft, named: readonly Named[], forOrder: boolean): readonly string[] {
	const { phrases, facts } = draft;
	const parts: string[] = [];
	for (const { resolution } of named) {
		switch (resolution.kind) {
			case 'lines': break;
			case 'how_many':
				draft.quantityFor = resolution.item;
				draft.focus = resolution.item;
				break;
			case 'too_many':
				parts.push(tooMany(draft, resolution.item));
				break;
			case 'choose': {
				draft.blocked = true;
				draft.choice = { options: resolution.options.slice(0, MOST_OPTIONS), forOrder };
				draft.awaiting.push('items');
				const severalWays = resolution.count !== null && resolution.options.some(({ quantity }) => quantity > 1);
				parts.push(`${severalWays ? phrases.whichForCount(String(resolution.count)) : phrases.whichOne}\n${listOptions(draft, severalWays ? resolution.options.map(({ item }) => ({ item, quantity: 1 })) : resolution.options)}`);
				break;
			}
			case 'not_in_city':
				draft.blocked = true;
				parts.push(answerNotServed(draft, resolution.items, draft.city));
				draft.city = '';
				draft.awaiting.push('city');
				break;
			case 'not_found': {
				draft.blocked = true;
				draft.awaiting.push('items');
				const only = named.every((other) => other.resolution.kind === 'not_found') && draft.cart.length === 0;
				const others = only ? chooseFromAll(draft, forOrder) : listOthers(draft, named);
				const said = [only ? phrases.notFound[facts.company.type] : phrases.partNotFound, others].filter((part) => part !== '').join('\n');
				if (!parts.includes(said)) parts.push(said);
			}
		}
	}
	return parts;
}
