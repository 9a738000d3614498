import type { Logger } from 'pino';
import type { Database } from '../../store/database.ts';
import type { CheckoutSession } from '../../vendors/stripe/checkout-sessions.ts';
import type { StripeClient } from '../../vendors/stripe/client.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import { applyCheckoutEvent } from './apply-checkout-event.ts';
import type { CheckoutEvent } from './stripe-event.ts';

const BATCH = 50;

interface SessionToCheck {
	tenant_id: string;
	order_id: string;
	session_id: string;
	account_id: string;
}

/**
 * Asks Stripe about sessions that should have ended and whose event never came, and does what the event would have done: through the same
 * door, so that an event that comes after all changes nothing. One that Stripe can't be asked about now is asked about again.
 * Returns how many sessions were settled.
 */
export async function reconcileSessions(deps: { database: Database; stripe: StripeClient; outbox: OutboxPort; now: () => Date; log: Logger }): Promise<number> {
	const { database, stripe, outbox, now, log } = deps;
	const { rows } = await database.system.query<SessionToCheck>('SELECT tenant_id, order_id, session_id, account_id FROM claim_sessions_to_check($1, $2)', [now(), BATCH]);
	let settled = 0;
	for (const row of rows) {
		try {
			const session = await stripe.retrieveCheckoutSession(row.account_id, row.session_id);
			const event = eventOf(session, row, now());
			if (event === null) continue;
			const applied = await database.withTenant(row.tenant_id, (sql) => applyCheckoutEvent(sql, row.tenant_id, event, { outbox, now: now(), log }));
			log.warn({ sessionId: row.session_id, orderId: row.order_id, type: event.type, applied }, 'the event of a checkout session never came; Stripe was asked');
			settled += 1;
		} catch (error) {
			// One session must not keep the others from being asked about.
			log.error({ err: error, sessionId: row.session_id, orderId: row.order_id }, 'a checkout session could not be reconciled; it is tried again');
		}
	}
	return settled;
}

/** The event that should have come; null while the session says nothing new: still open, or complete with the payment on its way. */
function eventOf(session: CheckoutSession, row: SessionToCheck, now: Date): CheckoutEvent | null {
	const type = session.status === 'expired' ? 'checkout.session.expired' : session.paid ? 'checkout.session.completed' : null;
	if (type === null) return null;
	return {
		id: `reconciled:${session.id}:${session.status}`,
		object: 'event',
		type,
		account: row.account_id,
		created: Math.floor(now.getTime() / 1_000),
		livemode: false,
		data: {
			object: {
				id: session.id,
				amount_total: session.amountCents,
				currency: session.currency,
				payment_status: session.paid ? 'paid' : 'unpaid',
				client_reference_id: row.order_id,
				expires_at: Math.floor(session.expiresAt.getTime() / 1_000),
			},
		},
	};
}
