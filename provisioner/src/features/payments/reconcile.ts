import type { Logger } from 'pino';
import type { Database } from '../../store/database.ts';
import type { CheckoutSession } from '../../vendors/stripe/checkout-sessions.ts';
import type { StripeClient } from '../../vendors/stripe/client.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import { applyCheckoutEvent } from './apply-checkout-event.ts';
import type { CheckoutEvent } from './stripe-event.ts';

const SWEEP_MS = 60_000;
const STOP_GRACE_MS = 5_000;
const AT_A_TIME = 4;
const BATCH = 50;

interface SessionToCheck {
	tenant_id: string;
	order_id: string;
	session_id: string;
	account_id: string;
}

export interface Reconciliation {
	/** One look at what is due now. Returns how many sessions were settled. */
	look(): Promise<number>;
	start(): void;
	stop(): Promise<void>;
}

/**
 * Asks Stripe about sessions that should have ended and whose event never came, and does what the event would have done: through the same
 * door, so that an event that comes after all changes nothing. One that Stripe can't be asked about now is asked about again.
 */
export function createReconciliation(deps: { database: Database; stripe: StripeClient; outbox: OutboxPort; bookings?: Pick<OrderBookings, 'onPaid'> | undefined; now: () => Date; log: Logger }): Reconciliation {
	const { database, stripe, outbox, bookings, now, log } = deps;

	async function claim(limit: number): Promise<readonly SessionToCheck[]> {
		const { rows } = await database.system.query<SessionToCheck>('SELECT tenant_id, order_id, session_id, account_id FROM claim_sessions_to_check($1, $2)', [now(), limit]);
		return rows;
	}

	async function settle(row: SessionToCheck): Promise<boolean> {
		try {
			const event = eventOf(await stripe.retrieveCheckoutSession(row.account_id, row.session_id), row, now());
			if (event === null) return false;
			const applied = await database.withTenant(row.tenant_id, (sql) => applyCheckoutEvent(sql, row.tenant_id, event, { outbox, bookings, now: now(), log }));
			log.warn({ sessionId: row.session_id, orderId: row.order_id, type: event.type, applied }, 'the event of a checkout session never came; Stripe was asked');
			return true;
		} catch (error) {
			// One session must not keep the others from being asked about.
			log.error({ err: error, sessionId: row.session_id, orderId: row.order_id }, 'a checkout session could not be reconciled; it is tried again');
			return false;
		}
	}

	const loop = createDueLoop<SessionToCheck>({
		name: 'reconciliation of checkout sessions',
		concurrency: AT_A_TIME,
		sweepMs: SWEEP_MS,
		endMakesDue: false,
		log,
		claim,
		run: async (row) => void (await settle(row)),
		nextDueInMs: () => null,
	});
	return {
		async look() {
			let settled = 0;
			for (const row of await claim(BATCH)) if (await settle(row)) settled += 1;
			return settled;
		},
		start: () => loop.start(),
		stop: () => loop.stop(STOP_GRACE_MS),
	};
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
