import type { AgentFacts } from '../facts.ts';
import type { Draft } from './draft.ts';
import { quotedIn } from './quotes.ts';

/** `AgentSession.extra` key: the order that a `change_payment_status` was already sent for. */
export const CHANGED_ORDER = 'changedOrder';

/**
 * Rule 14: true once an order: an unpaid order is open, and the turn names items disjoint from it or says, in a quote, that
 * it wants something else. Adding to it or changing it amends it instead.
 */
export function changesOrder({ order, session, turn }: AgentFacts, { proposal, order: wanted, asks }: Draft): boolean {
	if (order === null || order.status !== 'awaiting_payment' || session.extra[CHANGED_ORDER] === order.id) return false;
	const open = new Set(order.lines.map(({ sku }) => sku));
	const named = proposal.items === null ? [] : wanted.lines.map(({ item }) => item.sku);
	// A question about something else leaves the open order as it is.
	if (named.length > 0 && (proposal.intent !== 'question' || asks.change !== '')) return named.every((sku) => !open.has(sku));
	return asks.change !== '' && quotedIn(turn.text, proposal.quotes['change_order'] ?? '');
}
