import { plainForm } from '../reading/turn-text.ts';
import type { Intent, Proposal } from '../decision.ts';
import type { TurnEvent } from '../../conversation/turn-event.ts';
import type { AgentFacts } from '../facts.ts';
import { phrasesFor } from '../phrases/index.ts';
import { readingOf } from '../reading/commitment.ts';
import { readGrievance } from '../reading/grievance.ts';
import { takeTimesAndPlace } from '../reading/times-and-place.ts';
import type { AgentSession, AwaitedDetail } from '../session.ts';
import { answerTurn } from './answer-turn.ts';
import { citiesOf, has, quoteOf } from './draft.ts';
import type { Draft } from './draft.ts';
import { answer, type Answer } from './answer.ts';
import { missingDetails, orderDescription } from './checkout.ts';
import { shorten } from '../channel-length.ts';
import { linesOf, recall, remember } from './memory.ts';

export interface OfflineAnswer {
	readonly proposal: Proposal;
	/** What changes in the session when the answer is sent. */
	readonly session: Partial<AgentSession>;
}

/**
 * Answers a turn without a model: lists and searches the catalog, keeps a cart, takes an order to checkout. Pure; states
 * nothing that is not in the facts. The proposal goes through the guard like a model's.
 *
 * @param language English name; one without phrases of ours is answered in English
 */
export function respondOffline(facts: AgentFacts, language: string): OfflineAnswer {
	const draft = openDraft(facts, language);
	const answered = isUnheard(facts.turn) ? askToWrite(draft) : (handOver(draft) ?? answerTurn(draft));
	return { proposal: proposalOf(draft, answered), session: sessionOf(draft, answered) };
}

/** Voice messages alone, of none of which the words are known: there is nothing that a model could answer. */
export function isUnheard({ messages }: TurnEvent): boolean {
	return messages.length > 0 && messages.every(({ type, text }) => type === 'voice' && text.trim() === '');
}

/** Whatever was asked before is still open. */
function askToWrite(draft: Draft): Answer {
	draft.awaiting.push(...draft.facts.session.awaiting);
	return answer(draft, 'question', [draft.phrases.pleaseWrite]);
}

function openDraft(facts: AgentFacts, language: string): Draft {
	const { session, catalog } = facts;
	const cities = citiesOf(catalog);
	const memory = recall(session, catalog);
	const said = takeTimesAndPlace(facts);
	return {
		facts,
		reading: readingOf(facts),
		phrases: phrasesFor(language),
		cities,
		cart: linesOf(session.cart, catalog),
		city: session.city,
		phone: session.phone,
		name: session.clientName,
		address: said.address || session.address,
		slots: session.slots,
		chosenSlot: null,
		offeredSlots: session.offeredSlots,
		offeredNow: false,
		saysWhen: said.saysWhen,
		bookingChange: null,
		bookingAsked: '',
		focus: catalog.get(session.focusSku) ?? null,
		cartChanged: false,
		detailsGiven: said.address !== '',
		ordering: false,
		blocked: false,
		quantityFor: memory.quantityFor,
		choice: memory.choice,
		offer: memory.offer,
		pricedNow: [],
		listed: memory.listed,
		listedFrom: memory.listedFrom,
		askedCity: memory.askedCity,
		personOffered: false,
		awaiting: [],
		requested: [],
		quotes: {},
		told: new Map(),
	};
}

/** A person is asked for, a keyword of the company stands in the turn, or something went wrong (rule 20). */
function handOver(draft: Draft): Answer | null {
	const { facts, phrases } = draft;
	const plain = ` ${plainForm(facts.turn.text).replace(/[^\p{L}\p{N}]+/gu, ' ')} `;
	const keyword = facts.company.handoverKeywords.find((word) => word.trim() !== '' && plain.includes(` ${plainForm(word.trim())} `));
	if (keyword !== undefined) return handedOver(phrases.handover, 'handover', `keyword: ${keyword}`, keyword, draft);
	const grievance = readGrievance(facts);
	if (grievance !== null) return handedOver(phrases.complaint, 'complaint', grievance.kind, grievance.quote, draft);
	if (has(draft, 'yes') && recall(facts.session, facts.catalog).personOffered) return handedOver(phrases.handover, 'handover', 'the customer takes up the offer of a person', quoteOf(draft, 'yes'), draft);
	if (has(draft, 'human')) return handedOver(phrases.handover, 'handover', 'the customer asks for a person', quoteOf(draft, 'human'), draft);
	return null;
}

function handedOver(response: string, intent: Intent, reason: string, quote: string, draft: Draft): Answer {
	draft.quotes.handover = quote;
	return { response, intent, commit: false, handover: reason, lines: [] };
}

function proposalOf(draft: Draft, answer: Answer): Proposal {
	const { facts, phrases } = draft;
	const lines = draft.cart.length > 0 && answer.lines.length === 0 ? draft.cart : [...draft.cart, ...answer.lines.filter(({ item }) => !draft.cart.some((line) => line.item.sku === item.sku))];
	const emptied = facts.session.cart.length > 0 && draft.cart.length === 0;
	// null leaves the cart as it is, [] empties it.
	const leavesCart = !emptied && (lines.length === 0 || (!answer.commit && answer.intent !== 'order' && answer.lines.length === 0));
	const online = lines.length > 0 && lines.every(({ item }) => item.online);
	return {
		response: shorten(answer.response, facts.turn.channel, phrases.cutOff),
		language: phrases.language,
		intent: answer.intent,
		send_payment_link: answer.commit,
		city: online ? 'online' : draft.city,
		items: leavesCart ? null : lines.map(({ item, quantity }) => ({ SKU: item.sku, quantity })),
		recipient_phone_number: draft.phone,
		client_name: draft.name,
		address: draft.address,
		order_description: draft.cart.length === 0 ? '' : orderDescription(draft),
		focus_sku: draft.focus?.sku ?? '',
		requested: draft.requested,
		slot: draft.chosenSlot,
		booking_change: draft.bookingChange,
		handover: answer.handover === null ? null : { reason: answer.handover },
		quotes: draft.quotes,
	};
}

/** What this answer asks for, and what an earlier one asked for and an order in progress still lacks. */
function awaitingOf(draft: Draft): readonly AwaitedDetail[] {
	const inOrder = draft.cart.length > 0 || draft.quantityFor !== null;
	const missing: readonly AwaitedDetail[] = inOrder ? missingDetails(draft) : [];
	return [...new Set([...draft.awaiting, ...draft.facts.session.awaiting.filter((detail) => missing.includes(detail))])];
}

function sessionOf(draft: Draft, answer: Answer): Partial<AgentSession> {
	const { session } = draft.facts;
	return {
		// A committed order lives on as the order; the cart starts afresh.
		cart: answer.commit ? [] : draft.cart.map(({ item, quantity }) => ({ sku: item.sku, quantity })),
		city: draft.city,
		phone: draft.phone,
		clientName: draft.name,
		address: draft.address,
		slots: answer.commit ? [] : draft.slots,
		offeredSlots: answer.commit || draft.bookingChange !== null ? [] : draft.offeredSlots,
		focusSku: draft.focus?.sku ?? '',
		awaiting: answer.commit ? [] : awaitingOf(draft),
		greeted: true,
		unclearTurns: answer.intent === 'unclear' ? session.unclearTurns + 1 : 0,
		quotedCents: { ...session.quotedCents, ...Object.fromEntries(draft.told) },
		extra: { ...session.extra, ...remember(draft) },
	};
}
