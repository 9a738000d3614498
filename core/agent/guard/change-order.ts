import type { AgentFacts } from '../facts.ts';
import { readCommitment } from '../reading/commitment.ts';
import type { Draft } from './draft.ts';
import { quotedIn } from './quotes.ts';

/** `AgentSession.extra` key: the order that a `change_payment_status` was already sent for. */
export const CHANGED_ORDER = 'changedOrder';

/**
 * Rule 14: true once an order: an unpaid order is open, and the turn orders items disjoint from it or says, in a quote, that
 * it wants something else. Adding to it or changing it amends it instead. What a model calls the turn counts for nothing: a question about
 * something else leaves the open order as it is.
 */
export function changesOrder(facts: AgentFacts, { proposal, order: wanted, asks }: Draft): boolean {
	const { order, session, turn } = facts;
	if (order === null || order.status !== 'awaiting_payment' || session.extra[CHANGED_ORDER] === order.id) return false;
	const open = new Set(order.lines.map(({ sku }) => sku));
	const named = proposal.items === null ? [] : wanted.lines.map(({ item }) => item.sku);
	const ordersAnew = asks.change !== '' || wanted.commits || wanted.withheld || readCommitment(facts).says === 'orders';
	if (named.length > 0 && ordersAnew) return named.every((sku) => !open.has(sku));
	return asks.change !== '' && quotedIn(turn.text, proposal.quotes['change_order'] ?? '');
}
