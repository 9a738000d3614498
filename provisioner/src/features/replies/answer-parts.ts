import type { Decision, NextStep } from '../../../../core/agent/decision.ts';
import { phrasesFor } from '../../../../core/agent/phrases/index.ts';
import { formatMoney } from '../../../../core/agent/phrases/money.ts';
import { slotList } from '../../../../core/booking/slot-texts.ts';
import type { ChosenSlot } from '../../../../core/booking/schedule.ts';
import { BOOKING_CHANGE, type AgentSession } from '../../../../core/agent/session.ts';
import type { CustomerChange } from '../bookings/customer-changes.ts';
import { readSession } from '../agent/stored-session.ts';
import { withheldByGuard } from '../checkout/draft-order.ts';
import type { Refusal } from '../checkout/draft-order.ts';
import type { OutboxPart } from './outbox-port.ts';

/** What a reply says and what the conversation remembers of it: from a stored decision and what became of its order. */
export interface DecisionRow {
	readonly decision: Decision;
	readonly session: unknown;
	readonly next: NextStep;
	readonly checkout_refusal: Refusal | null;
}

/** What became of what a reply says, by the time that it is sent. */
export interface Outcome {
	/** '' without one. */
	readonly link: string;
	/** Of the booking that the decision moves or cancels; left out: it does neither. */
	readonly change?: CustomerChange;
	readonly now: Date;
}

/** The text with the payment link below it, then the media. */
export function partsOf({ decision, checkout_refusal: refusal }: DecisionRow, { link, change, now }: Outcome): OutboxPart[] {
	if (refusal && withheldByGuard(decision) === null) return [textPart(refusalText(refusal, decision.language, now))];
	if (change?.ok === false) return [textPart(change.reason === 'refused' ? phrasesFor(decision.language).dateOpen : slotTakenText(change.name, nextOf(change), change.zone, decision.language, now))];
	return [
		textPart([decision.response, moneyText(change, decision.language), link].filter((text) => text !== '').join('\n\n')),
		...(decision.imageurl === '' ? [] : [{ kind: 'image' as const, text: '', mediaUrl: decision.imageurl }]),
		...(decision.videourl === '' ? [] : [{ kind: 'video' as const, text: '', mediaUrl: decision.videourl }]),
	];
}

/** `paidSince`: an order of the conversation was paid since the decision was made. */
export function newSession(row: DecisionRow, { hasOrder, link, change, paidSince }: Omit<Outcome, 'now'> & { hasOrder: boolean; paidSince: boolean }): AgentSession {
	const { decision } = row;
	const stored = withTimes(row, change);
	if (link !== '') return { ...stored, paymentStatus: 'payment_link_sent' };
	// A payment that came while the answer was on its way must not be forgotten again.
	if (paidSince) return { ...stored, paymentStatus: 'paid' };
	// A new order has begun, or the open one was taken back: what was paid before is over.
	if (hasOrder || decision.change_payment_status) return { ...stored, paymentStatus: 'no_payment_link' };
	return stored;
}

/** A time that can't be had is asked for again, and the order, or the change of a booking, goes on with the answer: as if it had not been committed. */
function withTimes({ decision, session, checkout_refusal: refusal }: DecisionRow, change: CustomerChange | undefined): AgentSession {
	const stored = readSession(session);
	if (change?.ok === false && change.reason === 'slot_taken') {
		return { ...stored, offeredSlots: nextOf(change), extra: { ...stored.extra, [BOOKING_CHANGE]: `move:${decision.booking_change?.id ?? ''}` } };
	}
	if (!refusal?.times) return stored;
	const cart = (decision.items ?? []).flatMap(({ lineItems }) => lineItems.map(({ SKU: sku, quantity }) => ({ sku, quantity })));
	return { ...stored, cart, address: decision.address || stored.address, slots: refusal.times.kept, offeredSlots: refusal.times.next, awaiting: ['slot'] };
}

const nextOf = ({ kind, sku, slots }: Extract<CustomerChange, { readonly reason: 'slot_taken' }>): ChosenSlot[] => slots.map((slot) => ({ ...slot, kind, sku }));

/** "… has just been taken. These times are free: 1. Mon 30 Nov, 10:00 …" */
function slotTakenText(name: string, next: readonly ChosenSlot[], zone: string, language: string, now: Date): string {
	const phrases = phrasesFor(language);
	const [first] = next;
	if (first === undefined) return `${phrases.slotTaken(name)} ${phrases.slotTakenOther}`;
	const list = slotList(next, { language: phrases.language, zone, companyZone: zone, now, withEnd: first.kind === 'delivery' });
	return `${phrases.slotTaken(name)} ${phrases.freeTimes}\n${list}`;
}

/** What becomes of the money of a booking that was cancelled with this answer; '' = there is none. Code says it, when it is known: nothing that a model promises. */
function moneyText(change: CustomerChange | undefined, language: string): string {
	if (change?.ok !== true || change.cancelled === undefined) return '';
	const phrases = phrasesFor(language);
	const { money, currency } = change.cancelled;
	if (money.is === 'refund') return phrases.refundAsked(formatMoney(money.cents, currency, phrases.language));
	return money.is === 'team' ? phrases.refundByTeam : '';
}

export function textPart(text: string): OutboxPart {
	return { kind: 'text', text, mediaUrl: '' };
}

/** The decision's own words promise a link that its checkout could not give. */
function refusalText({ code, subject, times }: Refusal, language: string, now: Date): string {
	const phrases = phrasesFor(language);
	if (subject && (code === 'slot_taken' || code === 'slot_not_offered')) return slotTakenText(subject.name, times?.next ?? [], times?.zone ?? 'UTC', language, now);
	if (code === 'price_changed' && subject) {
		const total = formatMoney(subject.totalCents, subject.currency, phrases.language);
		return `${phrases.priceChanged(subject.name, subject.totalCents === 0 ? phrases.free : total)} ${phrases.wantToOrder}`;
	}
	if (code === 'quantity_not_available' && subject) return phrases.quantityUnavailable(subject.name);
	if (code === 'item_not_available') return phrases.notFound.hybrid;
	return phrases.teamArrangesPayment;
}
