import type { Item } from '../../catalog/item.ts';
import { clip } from './length.ts';
import type { CartLine } from '../../orders/price.ts';
import type { Named } from './cart.ts';
import { listOf } from '../phrases/lists.ts';
import type { Draft } from './draft.ts';
import { has, kindOf, lineText, money, sentences } from './draft.ts';
import { servedIn } from './served.ts';

const MOST_CATEGORIES = 8;
const MOST_OPTIONS = 12;
const MOST_CHEAPEST = 3;
/** Characters of a list, so that greeting and questions still fit into a message. */
const LIST_CHARACTERS = 2800;
const DESCRIPTION_CHARACTERS = 400;
const LONGEST_COMPANY_NAME = 60;

/** The greeting of a first answer; '' later (rule 17). */
export function greetingOf(draft: Draft): string {
	const { session, company } = draft.facts;
	if (session.greeted) return '';
	return company.name === '' || company.name.length > LONGEST_COMPANY_NAME ? draft.phrases.hello : draft.phrases.helloFrom(company.name);
}

/** The next part of the list of items with prices; after it the categories of what is left, and an offer to go on. */
export function listItems(draft: Draft): string {
	const { phrases, facts } = draft;
	const items = itemsHere(draft);
	// Asked again what there is, the list begins again; "more" goes on.
	const from = has(draft, 'more') && draft.listed < items.length ? draft.listed : 0;
	const lines: string[] = [];
	let characters = 0;
	for (const item of items.slice(from, from + Math.max(1, facts.company.firstAnswerItems))) {
		const line = `• ${lineText(draft, { item, quantity: 1 })}`;
		characters += line.length + 1;
		if (lines.length > 0 && characters > LIST_CHARACTERS) break;
		lines.push(line);
	}
	if (lines.length === 0) return phrases.listEmpty;
	draft.listed = from + lines.length;
	draft.listedFrom = from;
	const rest = items.slice(draft.listed);
	const categories = [...new Set(rest.map(({ category }) => category).filter((category) => category !== ''))].slice(0, MOST_CATEGORIES);
	const more = rest.length === 0 ? phrases.listEnd : categories.length === 0 ? phrases.listMore : phrases.listCategories(listOf(phrases.locale, categories));
	draft.choice = null;
	return `${phrases.listIntro[facts.company.type]}\n${lines.join('\n')}\n\n${more}`;
}

/** Of a short list, what is neither ordered nor just named: what wasn't found may be there under another name. '' else. */
export function listOthers(draft: Draft, named: readonly Named[]): string {
	const { company, catalog } = draft.facts;
	const known = new Set([...draft.cart.map(({ item }) => item.sku), ...named.flatMap(({ mention }) => mention.candidates.map(({ item }) => item.sku))]);
	const others = itemsHere(draft).filter(({ sku }) => !known.has(sku));
	if (others.length === 0 || catalog.items.length > company.firstAnswerItems) return '';
	return [draft.phrases.alsoHave, ...others.map((item) => `• ${lineText(draft, { item, quantity: 1 })}`)].join('\n');
}

/** All of a short list by numbers, to choose from: what wasn't found may be there under another name. '' when it is long. */
export function chooseFromAll(draft: Draft, forOrder: boolean): string {
	const { company, catalog } = draft.facts;
	if (catalog.items.length > Math.min(company.firstAnswerItems, MOST_OPTIONS)) return '';
	const options = itemsHere(draft).map((item) => ({ item, quantity: 1 }));
	draft.choice = { options, forOrder };
	return `${draft.phrases.listIntro[company.type]}\n${listOptions(draft, options)}`;
}

/** What costs least, the cheapest first. What is free is no answer to "the cheapest" while anything has a price. */
export function listCheapest(draft: Draft): string {
	const paid = itemsHere(draft).filter(({ priceCents }) => priceCents > 0);
	const cheapest = [...(paid.length > 0 ? paid : itemsHere(draft))].sort((a, b) => a.priceCents - b.priceCents).slice(0, MOST_CHEAPEST);
	if (cheapest.length === 0) return draft.phrases.listEmpty;
	draft.choice = { options: cheapest.map((item) => ({ item, quantity: 1 })), forOrder: false };
	draft.offer = [];
	draft.awaiting.push('items');
	return `${draft.phrases.listIntro[draft.facts.company.type]}\n${listOptions(draft, draft.choice.options)}`;
}

/** "The first one" of the part that was listed last. */
export function listedAt(draft: Draft, place: number): Item | undefined {
	const at = draft.listedFrom + place - 1;
	return at < draft.listed ? itemsHere(draft)[at] : undefined;
}

function itemsHere(draft: Draft): readonly Item[] {
	const { items } = draft.facts.catalog;
	const here = draft.city === '' ? items : items.filter(servedIn(draft.city));
	return here.length > 0 ? here : items;
}

/** Numbered options with prices, so that they can be chosen by number. */
export function listOptions(draft: Draft, options: readonly CartLine[]): string {
	// The semicolon keeps a price apart from the number of the next line.
	return options.slice(0, MOST_OPTIONS).map((line, i) => `${i + 1}. ${lineText(draft, line)}`).join(';\n');
}

/** One item: price and what the customer should know about it, without fields that have to be asked for (rules 4, 5). */
export function describeItem(draft: Draft, line: CartLine): string {
	const { phrases } = draft;
	const { item } = line;
	const facts = sentences(
		item.duration === '' ? '' : phrases.duration(item.duration),
		item.format === '' ? '' : phrases.format(item.format),
		item.online ? phrases.online : '',
	);
	const delivery = item.deliveryCents > 0 ? deliverySentence(draft, item) : '';
	return [lineText(draft, line), clip(item.description, DESCRIPTION_CHARACTERS), facts, delivery].filter((part) => part !== '').join('\n');
}

/** "Delivery costs €7.50 per order, free from €100." or that there is none to pay. */
export function deliverySentence(draft: Draft, item: Item): string {
	const { phrases } = draft;
	const kind = kindOf(draft, [item]);
	if (item.deliveryCents === 0) return item.online ? phrases.online : phrases.deliveryNone[kind];
	const threshold = item.freeDeliveryFromCents;
	const fee = phrases.deliveryFee[kind](money(draft, item.deliveryCents));
	if (threshold === null) return `${fee}.`;
	return threshold === 0 ? phrases.deliveryNone[kind] : `${fee} (${phrases.deliveryFreeFrom(money(draft, threshold))}).`;
}
