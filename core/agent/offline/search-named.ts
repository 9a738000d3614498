import { nameIndexOf } from '../reading/name-index.ts';
import { wordsOf } from '../reading/turn-text.ts';
import type { Named } from './cart.ts';
import type { Draft } from './draft.ts';
import { has } from './draft.ts';
import { resolveMention } from './resolve.ts';

/** A hit below this answers too little of what was asked for. */
const GOOD_SCORE = 0.25;
/** A turn of no more words than this, and nothing else, is something looked for: "massage". */
const MOST_QUERY_WORDS = 3;
/** Hits this close to the best one are candidates too. */
const CLOSE_TO_BEST = 0.85;

/**
 * When no name of the catalog is in the turn: what its words find in descriptions, categories and by a typing error. Only when
 * the customer asks for or orders something; small talk is not searched.
 */
export function searchNamed(draft: Draft): readonly Named[] {
	const { reading, facts } = draft;
	const { unexplained } = reading;
	const isQuery = reading.signals.size === 0 && reading.name === '' && reading.place.kind === 'none' && facts.session.awaiting.length === 0 && unexplained.length <= MOST_QUERY_WORDS;
	const wants = has(draft, 'order', 'price', 'availability', 'details', 'add', 'delivery', 'list') || reading.asks || isQuery || facts.session.awaiting.includes('items');
	if (unexplained.length === 0 || !wants) return [];
	const query = unexplained.join(' ');
	const hits = facts.catalog.search(query, { limit: 12 });
	const best = hits[0]?.score ?? 0;
	if (best < GOOD_SCORE) return [];
	const { bySku } = nameIndexOf(facts.catalog);
	const candidates = hits.filter(({ score }) => score >= best * CLOSE_TO_BEST).flatMap(({ item }) => bySku.get(item.sku) ?? []);
	const start = Math.max(0, reading.text.indexOf(unexplained[0] ?? ''));
	const mention = { start, end: start, count: reading.bareCount, countStart: -1, words: wordsOf(query), ownNumbers: [], candidates, fullName: false };
	return [{ mention, resolution: resolveMention(mention, draft.city), action: 'add' }];
}
