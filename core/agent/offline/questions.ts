import { servesCity } from '../../catalog/city.ts';
import type { Item } from '../../catalog/item.ts';
import { answerCities, answerDelivery, answerNotServed, answerPayment } from './answers.ts';
import type { Named } from './cart.ts';
import { cartText } from './checkout.ts';
import { asksAboutPlaces } from './customer-details.ts';
import type { Draft } from './draft.ts';
import { has } from './draft.ts';
import { ITEM_QUESTIONS, answerAboutItem, answerRefund, sharedContact } from './item-answers.ts';
import { describeItem } from './listing.ts';
import { inStock } from './resolve.ts';
import { linesTalkedAbout, offer } from './topics.ts';

/** What the turn's questions are about: the items named, else those of the cart, else the last one talked about. */
export function itemsTalkedAbout(draft: Draft, named: readonly Named[]): readonly Item[] {
	const settled = linesTalkedAbout(named).map(({ item }) => item);
	if (settled.length > 0) return settled;
	if (draft.cart.length > 0) return draft.cart.map(({ item }) => item);
	return draft.focus === null || named.length > 0 ? [] : [draft.focus];
}

/** Answers to what the turn asks beside naming items. */
export function answerQuestions(draft: Draft, items: readonly Item[]): readonly string[] {
	const parts = [...aboutItems(draft, items), ...aboutPlaces(draft, items)];
	// In an order the summary tells the delivery; asked for alone it is told at length.
	const placeOnly = parts.length > 0 && has(draft, 'cities') && !has(draft, 'price');
	const deliveryAsked = has(draft, 'delivery', 'deliveryTime') && (!draft.ordering || draft.reading.asks);
	const placeAnswered = draft.reading.place.kind !== 'none' && !has(draft, 'price', 'deliveryTime');
	if (deliveryAsked && !placeOnly && !placeAnswered) parts.push(answerDelivery(draft, items));
	if (has(draft, 'discount')) parts.push(draft.phrases.noDiscount);
	if (has(draft, 'openingHours')) {
		draft.personOffered = true;
		parts.push(draft.phrases.noHours);
	}
	if (has(draft, 'payHow', 'paidClaim')) parts.push(answerPayment(draft));
	parts.push(...priceAgain(draft, parts.length > 0));
	return parts.filter((part) => part !== '');
}

function aboutItems(draft: Draft, items: readonly Item[]): readonly string[] {
	const [item] = items;
	if (has(draft, 'refund')) return [answerRefund(draft, refundItems(draft, items))];
	if (!has(draft, ...ITEM_QUESTIONS)) return [];
	if (item !== undefined) {
		const told = answerAboutItem(draft, item);
		const described = draft.pricedNow.length > 0;
		// A picture goes out beside the text; what there is to say then is the item itself.
		return (told.length === 0 || has(draft, 'details')) && !described && !draft.ordering ? [describeItem(draft, { item, quantity: 1 }), told.join('\n')] : [told.join('\n')];
	}
	const anyOfThem = has(draft, 'contact', 'specialist') && !has(draft, 'supplier', 'warehouse') ? sharedContact(draft) : null;
	if (anyOfThem !== null) return [answerAboutItem(draft, anyOfThem).join('\n')];
	return draft.choice !== null || draft.blocked ? [] : [draft.phrases.whichItem];
}

/** A refund is about what was ordered. */
function refundItems(draft: Draft, items: readonly Item[]): readonly Item[] {
	const ordered = (draft.facts.order?.lines ?? []).flatMap(({ sku }) => draft.facts.catalog.get(sku) ?? []);
	return ordered.length > 0 ? ordered : items;
}

function aboutPlaces(draft: Draft, items: readonly Item[]): readonly string[] {
	const { place } = draft.reading;
	if (place.kind === 'elsewhere' || isUnknownCity(draft)) {
		draft.blocked = true;
		draft.awaiting.push('city');
		return [answerNotServed(draft, items, '')];
	}
	if (place.kind === 'served' && !draft.ordering && asksAboutPlaces(draft)) {
		const refused = items.some((item) => !servesCity(item, place.city));
		if (refused) return [answerNotServed(draft, items, place.city)];
		return has(draft, 'delivery', 'cities', 'availability') ? [answerCities(draft, items)] : [];
	}
	return has(draft, 'cities') && !draft.ordering ? [answerCities(draft, items)] : [];
}

/** An answer to "which city?" that names none we know of. */
function isUnknownCity({ reading, facts, city, detailsGiven, cartChanged }: Draft): boolean {
	const asked = facts.session.awaiting.includes('city') && city === '';
	return asked && reading.unexplained.length > 0 && reading.mentions.length === 0 && !detailsGiven && !cartChanged && !reading.asks && reading.signals.size === 0;
}

/** "How much is it?" about what was talked about before. */
function priceAgain(draft: Draft, answered: boolean): readonly string[] {
	if (!has(draft, 'price') || has(draft, 'delivery') || draft.reading.mentions.length > 0 || draft.cartChanged) return [];
	if (draft.cart.length > 0) return [cartText(draft)];
	if (draft.focus === null || answered || draft.pricedNow.length > 0) return [];
	draft.awaiting.push('confirmation');
	const [only, ...others] = draft.offer.length > 0 ? draft.offer : [{ item: draft.focus, quantity: 1 }];
	if (only === undefined || others.length > 0) return offer(draft, draft.offer);
	// "How much for 2 people?"
	const quantity = draft.reading.bareCount ?? only.quantity;
	return offer(draft, [{ item: only.item, quantity: inStock(only.item, quantity) ? quantity : only.quantity }]);
}
