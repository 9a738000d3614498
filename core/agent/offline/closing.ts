import type { Intent } from '../decision.ts';
import { readCommitment } from '../reading/commitment.ts';
import { answer } from './answer.ts';
import type { Answer } from './answer.ts';
import { answerNotServed } from './answers.ts';
import { askFor, cartText, commitOutcome, commitText, missingDetails, notServedInCart } from './checkout.ts';
import type { Draft } from './draft.ts';
import { has, money, sentences } from './draft.ts';
import { listOptions } from './listing.ts';

/**
 * Goes on towards checkout: refuses a city, asks for everything that is missing in one question, or commits (rule 10).
 * null = the turn does nothing for the order.
 *
 * @param parts answers and questions about what was named
 * @param remarks what has to be said about details, e.g. an incomplete phone number
 */
export function closeOrder(draft: Draft, parts: readonly string[], remarks: readonly string[]): Answer | null {
	const { phrases, facts } = draft;
	const noted = draft.cartChanged && draft.cart.length > 0 ? [`${phrases.cartIntro}\n${cartText(draft)}`] : [];
	if (notServedInCart(draft).length > 0) {
		const text = answerNotServed(draft, draft.cart.map(({ item }) => item), draft.city);
		draft.city = '';
		draft.awaiting.push('city');
		return answer(draft, 'order', [...parts, text]);
	}
	const { says } = readCommitment(facts);
	if (says === 'holds' && parts.length === 0 && remarks.length === 0) return held(draft, noted);
	// "No, that's all" after "what else are you looking for?".
	const settles = facts.session.awaiting.includes('items') && has(draft, 'no', 'remove', 'change');
	const moves = draft.ordering || draft.cartChanged || draft.detailsGiven || settles || has(draft, 'yes', 'ownAddress');
	if (!moves && remarks.length === 0 && parts.length === 0) {
		if (has(draft, 'no')) {
			draft.awaiting.push('confirmation');
			return answer(draft, 'order', [phrases.whatToChange]);
		}
		if (!has(draft, 'thanks')) return null;
	}
	const missing = missingDetails(draft);
	// "2 bouquets", which of them is still open: asked again, not left out.
	const open = draft.choice?.forOrder === true && !draft.blocked && !settles && !has(draft, 'yes') ? draft.choice : null;
	if (open !== null && moves && parts.length === 0) {
		draft.awaiting.push('items', ...missing);
		return answer(draft, 'order', [...noted, `${phrases.whichOne}\n${listOptions(draft, open.options)}`]);
	}
	if (missing.length === 0 && !draft.blocked && moves && draft.cart.length > 0) {
		if (says === 'orders') return committed(draft, parts, remarks);
		draft.awaiting.push('confirmation');
		return answer(draft, 'order', [...priceChanges(draft), ...noted, ...parts, sentences(...remarks, says === 'holds' ? phrases.whenReady : phrases.wantToOrder)]);
	}

	const thanked = draft.detailsGiven && noted.length === 0 && parts.length === 0 && remarks.length === 0 ? [phrases.noted] : [];
	const toAsk = missing.filter((detail) => !isAskedAlready(draft, detail));
	draft.awaiting.push(...missing);
	// "That number looks incomplete, please write it with +" asks for the phone well enough.
	const remarkAsks = remarks.some((remark) => remark !== phrases.dateOpen) && toAsk.length === 1 && toAsk[0] === 'phone';
	const question = toAsk.length === 0 || remarkAsks ? '' : askFor(draft, toAsk);
	const intent: Intent = moves || remarks.length > 0 ? 'order' : 'question';
	return answer(draft, intent, [...priceChanges(draft), ...noted, ...thanked, ...parts, sentences(...remarks, question)]);
}

/** "How many instead?" and "would one of these cities suit you?" were asked in the parts. */
function isAskedAlready(draft: Draft, detail: string): boolean {
	return (detail === 'quantity' && draft.blocked && draft.awaiting.includes('quantity')) || (detail === 'city' && draft.awaiting.includes('city'));
}

/** "Not yet, I have to ask my wife": what is known is kept, and nothing is asked for. */
function held(draft: Draft, noted: readonly string[]): Answer {
	const missing = missingDetails(draft);
	draft.awaiting.push(...(missing.length === 0 ? (['confirmation'] as const) : missing));
	return answer(draft, 'order', [...noted, draft.phrases.whenReady]);
}

function committed(draft: Draft, parts: readonly string[], remarks: readonly string[]): Answer {
	const outcome = commitOutcome(draft);
	// Beside the order itself only answers to questions are told.
	const beside = [...(draft.reading.asks ? parts : []), ...remarks];
	const result = answer(draft, 'order', [...priceChanges(draft), ...beside, commitText(draft, outcome)]);
	draft.focus = draft.cart[0]?.item ?? draft.focus;
	draft.choice = null;
	draft.offer = [];
	return { ...result, commit: true };
}

/** Prices that changed since they were told in this conversation (rule 1). */
function priceChanges(draft: Draft): readonly string[] {
	const { quotedCents } = draft.facts.session;
	return draft.cart
		.filter(({ item }) => quotedCents[item.sku] !== undefined && quotedCents[item.sku] !== item.priceCents)
		.map(({ item }) => {
			draft.told.set(item.sku, item.priceCents);
			return draft.phrases.priceChanged(item.name, money(draft, item.priceCents));
		});
}
