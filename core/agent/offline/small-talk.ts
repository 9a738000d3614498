import { servesCity } from '../../catalog/city.ts';
import { answer } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Named } from './cart.ts';
import type { Draft } from './draft.ts';
import { has, quoteOf, sentences } from './draft.ts';
import { describeItem, listCheapest, listItems, listOptions, listedAt } from './listing.ts';
import { offer } from './topics.ts';

/** Everything that is not about an order in progress: answers to questions, lists, greetings, thanks, and what we didn't get. */
export function answerElse(draft: Draft, parts: readonly string[], named: readonly Named[]): Answer {
	const { phrases, facts } = draft;
	const type = facts.company.type;
	if (has(draft, 'noReminders')) draft.quotes.noReminders = quoteOf(draft, 'noReminders');
	if (parts.length > 0) return answered(draft, parts);
	if (has(draft, 'cheapest') && named.length === 0) return answer(draft, 'question', [listCheapest(draft)]);
	// A picture without words, which nothing here sees, or one beside a voice message.
	if (facts.turn.text.trim() === '' && facts.turn.messages.some(({ type }) => type !== 'text')) return answer(draft, 'question', [phrases.pleaseWrite]);
	if (has(draft, 'identity')) return answer(draft, 'question', [phrases.identity(facts.company.name)]);
	if (has(draft, 'offTopic')) return answer(draft, 'off_topic', [phrases.offTopic[type]]);
	// No complaint in the sense of rule 20.
	if (has(draft, 'noReminders')) return answer(draft, 'question', [phrases.noted]);
	if (named.length === 0 && asksForUnknown(draft)) {
		draft.awaiting.push('items');
		const intent = has(draft, 'order') ? 'order' : 'question';
		// In a short list a customer finds it by themselves, whatever language it is written in.
		const short = facts.catalog.items.length <= facts.company.firstAnswerItems;
		return answer(draft, intent, facts.session.greeted && !short ? [phrases.notFound[type]] : [phrases.notFound[type], listItems(draft)]);
	}
	const pick = draft.reading.ordinal === null || draft.listed === 0 ? undefined : listedAt(draft, draft.reading.ordinal);
	if (pick !== undefined) {
		const priced = offer(draft, [{ item: pick, quantity: 1 }]);
		draft.awaiting.push('confirmation');
		return answer(draft, 'question', [...priced, phrases.wantToOrder]);
	}
	const [offered, ...others] = draft.offer;
	if (draft.reading.place.kind === 'served' && offered !== undefined && others.length === 0 && servesCity(offered.item, draft.reading.place.city)) {
		// "Tenerife then" about what was priced before.
		draft.awaiting.push('confirmation');
		return answer(draft, 'question', [sentences(phrases.servedThere[offered.item.kind], phrases.wantToOrder)]);
	}
	if (wantsList(draft)) return answer(draft, has(draft, 'order') ? 'order' : 'question', [listItems(draft)]);
	if (has(draft, 'thanks')) return answer(draft, 'greeting', [phrases.thanks]);
	if (!facts.session.greeted) return answer(draft, 'greeting', [listItems(draft)]);
	if (has(draft, 'greeting', 'yes', 'no') || draft.detailsGiven) return answer(draft, 'greeting', [draft.detailsGiven ? phrases.noted : '', phrases.whatElse]);
	return whatIsKnown(draft) ?? unclear(draft);
}

function answered(draft: Draft, parts: readonly string[]): Answer {
	if (has(draft, 'refund')) return answer(draft, 'refund', parts);
	if (has(draft, 'payHow', 'paidClaim')) return answer(draft, 'payment', parts);
	const asksToOrder = draft.awaiting.includes('confirmation');
	const intent = has(draft, 'remove', 'order') ? 'order' : 'question';
	return answer(draft, intent, asksToOrder ? [...parts, draft.phrases.wantToOrder] : parts);
}

/** The customer wants something, in words that nothing in the catalog answers to. */
function asksForUnknown(draft: Draft): boolean {
	return draft.reading.unexplained.length > 0 && has(draft, 'order', 'price', 'availability', 'add', 'remove') && !has(draft, 'list');
}

function wantsList(draft: Draft): boolean {
	return has(draft, 'list', 'order', 'price', 'availability', 'ask') || (has(draft, 'more') && draft.listed > 0) || draft.reading.place.kind === 'served';
}

/** Empties the cart; an open order needs nothing: it lapses unpaid. */
export function cancelOrder(draft: Draft): Answer {
	const unpaid = draft.cart.length === 0 && draft.facts.order?.status === 'awaiting_payment';
	draft.quotes.noReminders = quoteOf(draft, 'cancel');
	draft.cart = [];
	draft.choice = null;
	draft.offer = [];
	draft.quantityFor = null;
	return answer(draft, 'order', [unpaid ? draft.phrases.cancelledUnpaid : draft.phrases.cancelled]);
}

/** A question that nothing here answers: what is known of the item in focus, or the choice that is open. null = neither. */
function whatIsKnown(draft: Draft): Answer | null {
	const { choice, focus, phrases, reading } = draft;
	if (!reading.asks || draft.cart.length > 0) return null;
	if (choice !== null) {
		draft.awaiting.push('items');
		return answer(draft, 'question', [`${phrases.whichOne}\n${listOptions(draft, choice.options)}`]);
	}
	if (focus === null) return null;
	draft.pricedNow = [{ item: focus, quantity: 1 }];
	draft.offer = draft.pricedNow;
	draft.awaiting.push('confirmation');
	return answer(draft, 'question', [describeItem(draft, { item: focus, quantity: 1 }), phrases.wantToOrder]);
}

/** Asks once; a second unclear turn in a row goes to a person (rule 20). */
function unclear(draft: Draft): Answer {
	const { phrases, facts } = draft;
	if (facts.session.unclearTurns >= 1) return { ...answer(draft, 'unclear', [phrases.handover]), handover: 'two unclear turns in a row' };
	return answer(draft, 'unclear', [phrases.unclear[facts.company.type]]);
}
