import type { CartLine } from '../../orders/price.ts';
import { takeChoice } from './cart.ts';
import type { Named } from './cart.ts';
import type { Draft } from './draft.ts';
import { has } from './draft.ts';
import { ITEM_QUESTIONS } from './item-answers.ts';
import { describeItem, listOptions } from './listing.ts';
import { askAbout } from './ordering.ts';

/** What was named without ordering it: one item is described with its price, several are listed. */
export function answerTopics(draft: Draft, named: readonly Named[]): readonly string[] {
	if (named.length === 0) return takeChoice(draft) ? offer(draft, draft.offer) : [];
	const settled = linesTalkedAbout(named);
	const parts: string[] = settled.length > 0 ? [...offer(draft, settled)] : [];
	const introduced = parts.length;
	parts.push(...askAbout(draft, named.filter(({ resolution }) => resolution.kind !== 'how_many'), false));
	draft.blocked = false;
	if (introduced > 0 && parts.length === introduced) draft.awaiting.push('confirmation');
	return parts;
}

/** The lines that mentions come down to; of an item without a count, one. */
export function linesTalkedAbout(named: readonly Named[]): readonly CartLine[] {
	return named.flatMap(({ resolution }) => {
		if (resolution.kind === 'lines') return resolution.lines;
		return resolution.kind === 'how_many' ? [{ item: resolution.item, quantity: 1 }] : [];
	});
}

/** Prices lines for the customer, to be taken with "yes". '' when a narrower question says it all. */
export function offer(draft: Draft, lines: readonly CartLine[]): readonly string[] {
	draft.offer = lines;
	draft.focus = lines[0]?.item ?? draft.focus;
	draft.choice = null;
	const only = lines[0];
	if (only === undefined) return [];
	const narrow = has(draft, ...ITEM_QUESTIONS, 'delivery', 'deliveryTime', 'cities') && !has(draft, 'price');
	if (narrow) return [];
	draft.pricedNow = lines;
	return [lines.length > 1 ? listOptions(draft, lines) : describeItem(draft, only)];
}
