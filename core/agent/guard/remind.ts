import type { AgentFacts } from '../facts.ts';
import type { Asks } from './asks.ts';

/** Rule 15: reminders are on, except when a link is out and the turn complains about reminders or cancels. */
export function keepsReminding({ order, session }: AgentFacts, asks: Asks): boolean {
	const linkIsOut = order?.status === 'awaiting_payment' || session.paymentStatus === 'payment_link_sent';
	return !(linkIsOut && asks.noReminders !== '');
}
