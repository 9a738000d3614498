import type { Signal } from '../reading/lexicon.ts';
import type { Answer } from './answer.ts';
import { answerBooked } from './booked.ts';
import { resolveAll } from './cart.ts';
import type { Named } from './cart.ts';
import { closeOrder } from './closing.ts';
import { takeDetails } from './customer-details.ts';
import type { Draft } from './draft.ts';
import { has } from './draft.ts';
import { ITEM_QUESTIONS } from './item-answers.ts';
import { linesOf } from './memory.ts';
import { takeOrder } from './ordering.ts';
import { itemsTalkedAbout, answerQuestions } from './questions.ts';
import { searchNamed } from './search-named.ts';
import { answerElse, cancelOrder } from './small-talk.ts';
import { answerFreeTimes, takeSlots, timesUnknown } from './times.ts';
import { answerTopics } from './topics.ts';

/** Signals that make a turn a question about what was named, not an order of it. */
const QUESTIONS: readonly Signal[] = ['price', 'availability', 'delivery', 'deliveryTime', 'cities', 'payHow', 'refund', 'ask', 'discount', 'cheapest', 'openingHours', ...ITEM_QUESTIONS];

/** The answer of a turn that stays with the bot. Reads the draft's turn, changes the draft as the customer asks. */
export function answerTurn(draft: Draft): Answer {
	draft.ordering = startsOrder(draft);
	const remarks = [...takeDetails(draft)];
	const booked = answerBooked(draft);
	if (booked !== null) return booked;
	if (has(draft, 'cancel')) return cancelOrder(draft);

	amendOrder(draft);
	const before = draft.city;
	const found = resolveAll(draft);
	const named = found.length > 0 ? found : searchNamed(draft);
	draft.ordering = draft.ordering || goesOnOrdering(draft, named);
	keepAskedCity(draft);
	const resolved = draft.ordering && draft.city !== before ? resolveAll(draft) : named;
	const parts = draft.ordering ? [...takeOrder(draft, resolved)] : [...answerTopics(draft, resolved)];
	parts.push(...takeSlots(draft, resolved));
	const about = itemsTalkedAbout(draft, resolved);
	parts.push(...answerFreeTimes(draft, about), ...answerQuestions(draft, about));

	const inOrder = draft.cart.length > 0 || draft.quantityFor !== null;
	const wishes = draft.facts.schedule === null ? has(draft, 'dateTime') && (inOrder || has(draft, 'delivery', 'deliveryTime')) : timesUnknown(draft);
	if (wishes) remarks.push(draft.phrases.dateOpen);
	const closing = inOrder ? closeOrder(draft, parts, remarks) : null;
	return closing ?? answerElse(draft, [...parts, ...remarks], resolved);
}

/** "Change the city to …", "wrong name, I am Maria": a new detail of the order that waits for payment amends it (rule 14). */
function amendOrder(draft: Draft): void {
	const { order, catalog } = draft.facts;
	if (order?.status !== 'awaiting_payment' || draft.cart.length > 0 || !draft.detailsGiven) return;
	if (draft.reading.mentions.length > 0 || draft.reading.asks || !has(draft, 'change', 'no')) return;
	draft.cart = linesOf(order.lines, catalog);
	draft.offer = [];
	draft.choice = null;
	draft.ordering = true;
}

/** A city that the customer asked about ("do you deliver to …?") is where they order to, unless they name another one. */
function keepAskedCity(draft: Draft): void {
	if (draft.reading.place.kind === 'served') draft.askedCity = draft.reading.place.city;
	if (draft.ordering && draft.city === '') draft.city = draft.askedCity;
}

function startsOrder(draft: Draft): boolean {
	const { reading } = draft;
	// "I want my money back", "I want to pay": nothing is ordered unless something is named.
	if (has(draft, 'order')) return reading.mentions.length > 0 || !has(draft, 'refund', 'payHow', 'paidClaim');
	const wanted = reading.mentions.some(({ count, candidates }) => candidates.length > 0 && (count !== null || has(draft, 'please')));
	return wanted && !reading.asks && !has(draft, ...QUESTIONS);
}

/** Something else in the turn carries on an order: an answer to our question, or a change of the cart. */
function goesOnOrdering(draft: Draft, named: readonly Named[]): boolean {
	const { reading, facts } = draft;
	const { awaiting } = facts.session;
	const counted = reading.bareCount !== null || reading.ordinal !== null;
	const asksOnly = reading.asks || has(draft, 'price', 'availability', ...ITEM_QUESTIONS);
	if (named.length === 0 && counted) {
		// "2" after "how many?", "the second" after "which one?", "for two people" after "would you like to order it?".
		if (draft.quantityFor !== null || draft.choice?.forOrder === true) return true;
		if (awaiting.includes('confirmation') && !asksOnly) return true;
	}
	const started = draft.cart.length > 0 || draft.quantityFor !== null || draft.choice?.forOrder === true;
	const openOrder = facts.order?.status === 'awaiting_payment';
	const changes = has(draft, 'add', 'remove', 'change', 'no', 'pronoun') && (named.length > 0 || counted);
	if (asksOnly) return changes && started && has(draft, 'add', 'remove', 'change');
	if ((changes && (started || openOrder)) || (started && named.length > 0)) return true;
	// "Tenerife, Kim, +34 600 111 222" after a price: whoever gives a number wants what was offered.
	if (named.length === 0 && reading.phone.kind === 'number' && awaiting.includes('confirmation') && draft.offer.length > 0) return true;
	// "Yes" to "would you like to order it?".
	if (has(draft, 'yes') && awaiting.includes('confirmation') && draft.offer.length > 0) return true;
	// A phone or a name is given for an order, not for a talk.
	return named.length > 0 && (reading.phone.kind === 'number' || reading.name !== '');
}
