import type { Decision, NextStep } from '../../../../core/agent/decision.ts';
import { phrasesFor } from '../../../../core/agent/phrases/index.ts';
import { formatMoney } from '../../../../core/agent/phrases/money.ts';
import type { AgentSession } from '../../../../core/agent/session.ts';
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

/** The text with the payment link below it, then the media. `link` is '' without one. */
export function partsOf({ decision, checkout_refusal: refusal }: DecisionRow, link: string): OutboxPart[] {
	if (refusal && withheldByGuard(decision) === null) return [textPart(refusalText(refusal, decision.language))];
	return [
		textPart(link === '' ? decision.response : `${decision.response}\n\n${link}`),
		...(decision.imageurl === '' ? [] : [{ kind: 'image' as const, text: '', mediaUrl: decision.imageurl }]),
		...(decision.videourl === '' ? [] : [{ kind: 'video' as const, text: '', mediaUrl: decision.videourl }]),
	];
}

/** `paidSince`: an order of the conversation was paid since the decision was made. */
export function newSession({ session, decision }: DecisionRow, { hasOrder, link, paidSince }: { hasOrder: boolean; link: string; paidSince: boolean }): AgentSession {
	const stored = readSession(session);
	if (link !== '') return { ...stored, paymentStatus: 'payment_link_sent' };
	// A payment that came while the answer was on its way must not be forgotten again.
	if (paidSince) return { ...stored, paymentStatus: 'paid' };
	// A new order has begun, or the open one was taken back: what was paid before is over.
	if (hasOrder || decision.change_payment_status) return { ...stored, paymentStatus: 'no_payment_link' };
	return stored;
}

export function textPart(text: string): OutboxPart {
	return { kind: 'text', text, mediaUrl: '' };
}

/** The decision's own words promise a link that its checkout could not give. */
function refusalText({ code, subject }: Refusal, language: string): string {
	const phrases = phrasesFor(language);
	if (code === 'price_changed' && subject) {
		const total = formatMoney(subject.totalCents, subject.currency, phrases.language);
		return `${phrases.priceChanged(subject.name, subject.totalCents === 0 ? phrases.free : total)} ${phrases.wantToOrder}`;
	}
	if (code === 'quantity_not_available' && subject) return phrases.quantityUnavailable(subject.name);
	if (code === 'item_not_available') return phrases.notFound.hybrid;
	return phrases.teamArrangesPayment;
}
