import type { Item } from '../../catalog/item.ts';
import { listOf } from '../phrases/lists.ts';
import type { Draft } from './draft.ts';
import { has, kindOf, money, sentences } from './draft.ts';
import { deliverySentence } from './listing.ts';
import { servedIn } from './served.ts';

const MOST_CITIES = 30;
const MOST_ITEMS_THERE = 5;
const MOST_ITEMS_BY_NAME = 12;

/** What delivery (or travel) costs, from when it is free, and how long it takes: for the items talked about, else in general. */
export function answerDelivery(draft: Draft, items: readonly Item[]): string {
	const { phrases, facts } = draft;
	const about = items.length > 0 ? items : facts.catalog.items;
	const kind = kindOf(draft, items);
	const told = [...new Set(about.map((item) => deliverySentence(draft, item)))];
	const hours = about.map(({ deliveryTimeHours }) => deliveryTimeHours);
	const longest = hours.every((value) => value !== null) ? Math.max(...hours.map((value) => value ?? 0)) : null;
	const time = longest === null || longest <= 0 ? '' : phrases.deliveryTime(longest);
	const asksTimeOnly = has(draft, 'deliveryTime') && !has(draft, 'delivery', 'price');
	if (asksTimeOnly && time !== '' && (items.length > 0 || new Set(hours).size === 1)) return time;
	if (items.length === 0) {
		// In general: the same for everything, or nothing that can be said without knowing what.
		const charged = [...new Set(about.filter(({ deliveryCents }) => deliveryCents > 0).map((item) => deliverySentence(draft, item)))];
		const general = charged.length === 1 ? charged[0] : told.length === 1 ? told[0] : undefined;
		if (general === undefined && about.length <= MOST_ITEMS_BY_NAME) return byDelivery(draft, about);
		return sentences(general ?? phrases.deliveryVaries[kind], new Set(hours).size === 1 ? time : '');
	}
	// "Delivery is free" beside an order might be taken for the order's: it is said of the item by name.
	const isClear = facts.order === null || about.some(({ deliveryCents }) => deliveryCents > 0);
	if (isClear && told.length === 1 && new Set(hours).size === 1) return sentences(told[0] ?? '', time);
	return byDelivery(draft, items);
}

/** Items with the same delivery on one line; only the time when only that was asked for. */
function byDelivery(draft: Draft, items: readonly Item[]): string {
	const groups = new Map<string, string[]>();
	for (const item of items) {
		const hours = item.deliveryTimeHours ?? 0;
		const time = hours > 0 ? draft.phrases.deliveryTime(hours) : '';
		const timeOnly = time !== '' && has(draft, 'deliveryTime') && !has(draft, 'delivery', 'price');
		const sentence = timeOnly ? time : sentences(deliverySentence(draft, item), time);
		groups.set(sentence, [...(groups.get(sentence) ?? []), item.name]);
	}
	return [...groups].map(([sentence, names]) => `• ${names.join('; ')}: ${sentence}`).join('\n');
}

/** Whether the named city is served, else which cities are. */
export function answerCities(draft: Draft, items: readonly Item[]): string {
	const { phrases, reading, cities } = draft;
	const kind = kindOf(draft, items);
	if (reading.place.kind === 'served') {
		const { city } = reading.place;
		if (items.length === 0 || items.every(servedIn(city))) return phrases.servedThere[kind];
		return '';
	}
	const [only] = items;
	if (only !== undefined && items.length === 1) {
		return only.online ? phrases.online : phrases.itemCities(only.name, citiesText(draft, only.cities));
	}
	if (cities.length === 0) return draft.facts.catalog.items.some(({ online }) => online) ? phrases.online : '';
	return phrases.cities[kind](citiesText(draft, cities));
}

/** A named city that can't be served: says so, and offers cities that are valid for everything, or what is available there. */
export function answerNotServed(draft: Draft, items: readonly Item[], city: string): string {
	const { phrases, facts, cities } = draft;
	const wanted = items.filter(({ online }) => !online);
	const kind = kindOf(draft, wanted);
	if (city === '' || wanted.length === 0) {
		const common = wanted.length === 0 ? cities : citiesForAll(draft, wanted);
		return sentences(phrases.notServed[kind], common.length === 0 ? '' : phrases.cities[kind](citiesText(draft, common)));
	}
	const isServed = servedIn(city);
	const refused = wanted.filter((item) => !isServed(item));
	const common = citiesForAll(draft, wanted);
	const there = facts.catalog.items.filter((item) => !item.online && isServed(item) && !wanted.includes(item)).slice(0, MOST_ITEMS_THERE);
	return [
		phrases.itemsNotServed(listOf(phrases.locale, refused.slice(0, 5).map(({ name }) => `«${name}»`))),
		common.length === 0 ? '' : phrases.allServedIn(citiesText(draft, common)),
		there.length === 0 ? '' : `${phrases.availableThere}\n${there.map((item) => `• ${item.name} — ${money(draft, item.priceCents)}`).join('\n')}`,
	].filter((part) => part !== '').join('\n');
}

/** Cities where every one of the items is delivered or provided. */
export function citiesForAll(draft: Draft, items: readonly Item[]): readonly string[] {
	const [first, ...others] = items.filter(({ online }) => !online);
	if (first === undefined) return [];
	const candidates = first.cities.length === 0 ? draft.cities : first.cities;
	return candidates.filter((city) => others.every(servedIn(city)));
}

export function citiesText(draft: Draft, cities: readonly string[]): string {
	const shown = cities.slice(0, MOST_CITIES).join(', ');
	return cities.length > MOST_CITIES ? `${shown} …` : listOf(draft.phrases.locale, cities);
}

/** The state of the last order, or how payment works (rule 13: only what order events have made true). */
export function answerPayment(draft: Draft): string {
	const { phrases, facts } = draft;
	const { order, company } = facts;
	const how = company.paymentReady ? phrases.payHow : phrases.payByTeam;
	if (order === null) return has(draft, 'paidClaim') ? phrases.noOrderYet : how;
	const total = money(draft, order.totalCents);
	switch (order.status) {
		case 'paid': return phrases.paid;
		case 'refunded': return phrases.refunded(total);
		case 'confirmed': return order.totalCents === 0 ? phrases.freeOrder : phrases.paid;
		case 'payment_on_its_way': return phrases.paymentOnItsWay(total);
		case 'awaiting_payment': return sentences(
			has(draft, 'paidClaim') ? phrases.notPaidYet(total) : phrases.awaitingPayment(total),
			order.paymentUrl === '' ? '' : phrases.paymentLink(order.paymentUrl),
		);
		case 'expired':
		case 'cancelled': return sentences(phrases.orderClosed, how);
	}
}
