import type { Proposal } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import type { CartLine } from '../../orders/price.ts';
import { phrasesFor } from '../phrases/index.ts';
import { formatMoney } from '../phrases/money.ts';
import type { OrderPart } from './order-part.ts';

/**
 * The answer that code gives by itself to a customer who has committed: the order with its computed sums, and what follows.
 * Used when a model's order holds and its words don't.
 */
export function orderSummary({ company }: AgentFacts, order: OrderPart, language: string): string {
	const phrases = phrasesFor(language);
	const { price, lines } = order;
	const money = (cents: number): string => formatMoney(cents, company.currency, phrases.language);
	const kind = lines.every(({ item }) => item.kind === 'service') ? 'service' : 'product';
	const told = lines.map((line) => `• ${lineOf(line, money)}`);
	if (price.freeDelivery !== null) told.push(price.deliveryCents === 0 ? phrases.cartDeliveryFree[kind] : phrases.cartDelivery[kind](money(price.deliveryCents)));
	if (price.totalCents > 0) told.push(phrases.cartTotal(money(price.totalCents)));
	const ending = order.withheld ? phrases.teamArrangesPayment : price.totalCents === 0 ? phrases.nothingToPay : phrases.linkFollows;
	return [phrases.committed(order.clientName), ...told, '', ending].join('\n');
}

function lineOf({ item, quantity }: CartLine, money: (cents: number) => string): string {
	return `${quantity > 1 ? `${quantity} × ` : ''}${item.name} — ${money(item.priceCents * quantity)}`;
}

/** States nothing at all: for when even the offline responder's answer doesn't hold. */
export function plainAnswer({ company }: AgentFacts, language: string): string {
	return phrasesFor(language).unclear[company.type];
}

/** The proposal without what didn't hold; its words are replaced by code. */
export function withSafeOrder(proposal: Proposal, order: OrderPart, response: string): Proposal {
	return {
		...proposal,
		response,
		send_payment_link: order.commits || order.withheld,
		items: order.lines.map(({ item, quantity }) => ({ SKU: item.sku, quantity })),
		city: order.city,
		recipient_phone_number: order.phone,
		client_name: order.clientName,
		order_description: '',
		handover: null,
	};
}
