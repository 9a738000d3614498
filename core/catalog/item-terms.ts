import type { Item } from './item.ts';
import { searchTerms } from './search-terms.ts';
import { STOP_WORDS } from './stop-words.ts';

/** What a term counts where it stands: name, category, text, unknown columns. */
export type TermWeight = 1 | 0.7 | 0.5 | 0.4;

/** Internal, contact and detail fields are no part of it, so that a customer can't learn them by asking around. */
const FIELD_WEIGHTS: ReadonlyArray<readonly [TermWeight, (item: Item) => readonly string[]]> = [
	[1, (item) => [item.name, item.sku]],
	[0.7, (item) => [item.category, item.subcategory, ...item.tags]],
	[0.5, (item) => [item.description, item.format, item.unit, item.duration, item.specialistArea, item.providerName]],
	[0.4, (item) => Object.entries(item.attributes).flat()],
];

/** The terms by which an item is found, each with the weight of the best field that has it. */
export function termsOf(item: Item): ReadonlyMap<string, TermWeight> {
	const weights = new Map<string, TermWeight>();
	for (const [weight, textsOf] of FIELD_WEIGHTS) {
		for (const term of textsOf(item).flatMap(searchTerms)) if (!weights.has(term)) weights.set(term, weight);
	}
	return weights;
}

/** How many different terms the name has: of two items that answer a query alike, the one that says less else is meant. */
export function nameTerms(item: Item): number {
	return new Set(searchTerms(item.name)).size;
}

/** Words that search for something. When there is nothing but grammar in the query, that is searched for ("The One"). */
export function queryTerms(query: string): readonly string[] {
	const terms = [...new Set(searchTerms(query))];
	const telling = terms.filter((term) => !STOP_WORDS.has(term));
	return telling.length > 0 ? telling : terms;
}
