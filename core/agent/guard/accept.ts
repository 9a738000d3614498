import type { Item } from '../../catalog/item.ts';
import type { CartPrice } from '../../orders/price.ts';
import type { Decision, NextStep, Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { stripeLanguage } from '../language.ts';
import { phrasesFor } from '../phrases/index.ts';
import { formatMoney } from '../phrases/money.ts';
import { BOOKING_CHANGE, NAMED_CITY, type AgentSession, type AwaitedDetail } from '../session.ts';
import { toBeConfirmed } from './booking-change.ts';
import { CHANGED_ORDER, changesOrder } from './change-order.ts';
import type { LeftOut } from './checks.ts';
import { CITY_TO_CONFIRM, namesCity } from './city.ts';
import { nameIndexOf, servedCityIn } from './draft.ts';
import { fitsChannel } from '../channel-length.ts';
import { isUnclear } from './handover.ts';
import { mediaFor } from './media.ts';
import { keepsReminding } from './remind.ts';
import { holdsInFacts, type Review } from './review.ts';
import { offeredIn } from './slots.ts';
import { maskMentions } from './text/mentions.ts';
import { normaliseText } from './text/normalise.ts';

export interface Authorship {
	readonly decisionId: string;
	readonly model: string;
	readonly origin: Decision['origin'];
	/** Of the answer. */
	readonly language: string;
	/** Of the customer, which the answer's author may not know; the payment page does. */
	readonly customerLanguage: string;
	readonly violations: readonly Violation[];
	/** What the offline responder remembers by itself, and the language when this turn told it. */
	readonly session: Partial<AgentSession>;
	readonly without?: LeftOut;
}

export interface Accepted {
	readonly accepted: true;
	readonly next: NextStep;
	readonly decision: Decision;
	readonly session: AgentSession;
}

/** Fills by code what code decides (sums, lines, media, reminders …) and what the conversation remembers. */
export function accept(facts: AgentFacts, review: Review, by: Authorship): Accepted {
	const { draft: { proposal, order, asks, answer, change } } = review;
	const slots = order.slots.map(({ sku, start, end }) => ({ SKU: sku, start, end }));
	const { without } = by;
	const price = without === 'sums' ? NO_SUMS : review.draft.price;
	const handover = review.handover ?? (without === 'handover' ? null : toArrangePayment(order));
	const { turn, session, catalog } = facts;
	const focusSku = focusOf(facts, review);
	const media = mediaFor(facts, focusSku, asks, without);
	const commits = order.commits && handover === null;
	const changes = without !== 'change_payment_status' && changesOrder(facts, review.draft);
	const hasLines = order.lines.length > 0;
	const priced = toldItems(review);
	const announced = without === 'price_change_told' ? proposal.response : priceChanges(facts, priced, proposal.response, by.language);
	const told = fitsChannel(announced, turn.channel) ? announced : proposal.response;
	const withPolicy = without === 'privacy_policy' ? told : withPrivacyPolicy(facts, told, by.language);
	const response = fitsChannel(withPolicy, turn.channel) ? withPolicy : told;
	const decision: Decision = {
		response,
		language: by.language,
		intent: proposal.intent,
		...media,
		send_payment_link: commits,
		city: order.city,
		items: hasLines ? [{ lineItems: order.lines.map(({ item, quantity }) => ({ SKU: item.sku, price: '', shippingRate: '', quantity })) }] : null,
		units_to_buy: price.units,
		products_sum: price.productsCents,
		delivery_sum: price.deliveryCents,
		total_sum: price.totalCents,
		free_delivery: price.freeDelivery,
		recipient_phone_number: order.phone,
		client_name: order.clientName,
		address: order.address,
		order_description: without === 'order_description' ? proposal.order_description : describe(facts, review),
		payment_reminder_hours: without === 'payment_reminder_hours' ? 0 : (order.reminderHours ?? 0),
		remind: without === 'remind' || keepsReminding(facts, asks),
		stripe_lang: commits && price.totalCents > 0 ? stripeLanguage(without === 'stripe_lang' ? proposal.language : by.customerLanguage) : null,
		change_payment_status: changes,
		slot: change.slot ?? (slots[0] === undefined ? null : { start: slots[0].start, end: slots[0].end }),
		slots,
		booking_change: change.change,
		handover,
		focus_sku: focusSku,
		requested: proposal.requested,
		decisionId: by.decisionId,
		conversationId: turn.conversationId,
		turnId: turn.turnId,
		sender: turn.customer.id,
		model: by.model,
		origin: by.origin,
		violations: [...by.violations, ...order.notes, ...order.remarks],
	};
	const keptExtra: Record<string, string> = { ...session.extra, ...(facts.bookings.length === 0 ? {} : { [BOOKING_CHANGE]: toBeConfirmed(facts, response, change.change) }), ...by.session.extra };
	delete keptExtra[CITY_TO_CONFIRM];
	// A city inside an item's name is not the customer's.
	const namedCity = servedCityIn(maskMentions(normaliseText(turn.text), nameIndexOf(catalog)).text.replace(/\p{Co}/gu, ' '), catalog);
	const next: AgentSession = {
		...session,
		...by.session,
		greeted: true,
		privacyPolicySent: facts.company.privacyPolicyUrl !== '' && response.includes(facts.company.privacyPolicyUrl) ? facts.company.privacyPolicyUrl : session.privacyPolicySent,
		mediaSent: [...new Set([...session.mediaSent, media.imageurl, media.videourl].filter((url) => url !== ''))],
		focusSku: by.session.focusSku ?? focusSku,
		cart: commits ? [] : (by.session.cart ?? order.lines.map(({ item, quantity }) => ({ sku: item.sku, quantity }))),
		city: by.session.city ?? (order.city === 'online' ? session.city : order.city),
		phone: by.session.phone || order.phone,
		clientName: by.session.clientName || order.clientName,
		address: by.session.address || order.address,
		slots: commits ? [] : order.slots,
		offeredSlots: by.session.offeredSlots ?? offeredNow(),
		awaiting: by.session.awaiting ?? awaitedBy(review, commits),
		unclearTurns: isUnclear(facts, proposal.intent, by.origin === 'offline') && handover === null ? session.unclearTurns + 1 : 0,
		quotedCents: { ...session.quotedCents, ...by.session.quotedCents, ...Object.fromEntries(priced.map(({ sku, priceCents }) => [sku, priceCents])) },
		extra: {
			...keptExtra,
			...(namedCity === null ? {} : { [NAMED_CITY]: namedCity }),
			...(namesCity(proposal.response, order.cityToConfirm) ? { [CITY_TO_CONFIRM]: order.cityToConfirm } : {}),
			...(changes && facts.order !== null ? { [CHANGED_ORDER]: facts.order.id } : {}),
		},
	};
	/** What was offered stays on offer while the customer asks about other things. */
	function offeredNow(): AgentSession['offeredSlots'] {
		const told = offeredIn(facts, review.draft);
		return told.length > 0 || commits || change.change !== null ? told : session.offeredSlots;
	}
	return { accepted: true, next: handover === null ? (commits ? 'checkout' : 'reply') : 'handover', decision, session: next };

	function focusOf({ catalog: items, session: before }: AgentFacts, { draft }: Review): string {
		if (items.get(draft.proposal.focus_sku) !== undefined) return draft.proposal.focus_sku;
		const [only, ...more] = answer.named;
		return only !== undefined && more.length === 0 ? only.sku : before.focusSku;
	}
}

const NO_SUMS: CartPrice = { productsCents: 0, deliveryCents: 0, totalCents: 0, freeDelivery: null, units: 0 };

/** Rule 12: who committed and gets no link has been told that the team arranges the payment. So the team has the conversation. */
function toArrangePayment({ withheld, notes }: Review['draft']['order']): { reason: string } | null {
	return withheld ? { reason: `payment to be arranged: ${notes.map(({ code }) => code).join(', ')}` } : null;
}

function awaitedBy({ draft: { order, proposal } }: Review, commits: boolean): AwaitedDetail[] {
	if (commits || order.lines.length === 0 || proposal.handover !== null) return [];
	return order.missing.length === 0 ? ['confirmation'] : [...order.missing];
}

/** The model's own words when they state nothing but facts ("card: With love, Anna"), else the lines. */
function describe(facts: AgentFacts, review: Review): string {
	const { proposal: { order_description: told }, order } = review.draft;
	const lines = order.lines.map(({ item, quantity }) => `${quantity} × ${item.name}`).join('; ');
	return told.length <= 1000 && holdsInFacts(facts, review, told) ? told.trim() : lines;
}

/** Items whose prices this answer tells. */
function toldItems({ draft: { answer, order } }: Review): Item[] {
	const amounts = new Set(answer.sentences.flatMap(({ claims }) => claims.money.flatMap(({ cents }) => cents)));
	const items = [...answer.named, ...order.lines.map(({ item }) => item), ...(answer.named.length === 0 ? answer.subjects : [])];
	return [...new Set(items)].filter(({ priceCents }) => amounts.has(priceCents));
}

/** Once to every customer, and again when it moved; where it doesn't fit any more, with the next answer. */
function withPrivacyPolicy({ company: { privacyPolicyUrl: url }, session }: AgentFacts, response: string, language: string): string {
	return session.privacyPolicySent === url || response.includes(url) ? response : `${response.trim()}\n\n${phrasesFor(language).privacyPolicy(url)}`;
}

/** Rule 1: a price that changed since it was quoted is announced, briefly. */
function priceChanges({ session, company }: AgentFacts, priced: readonly Item[], response: string, language: string): string {
	const notes = priced.flatMap(({ sku, name, priceCents }) => {
		const before = session.quotedCents[sku];
		if (before === undefined || before === priceCents) return [];
		const note = phrasesFor(language).priceChanged(name, formatMoney(priceCents, company.currency, language));
		return response.includes(note) ? [] : [note];
	});
	return notes.length === 0 ? response : `${response.trim()}\n\n${notes.slice(0, 2).join('\n')}`;
}
