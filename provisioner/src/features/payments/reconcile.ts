import type { Logger } from 'pino';
import type { Payment, PaymentProviderName } from '../../../../core/orders/payment-provider.ts';
import { PROVIDER_NAMES } from '../../../../core/orders/payment-provider.ts';
import type { Database } from '../../store/database.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import type { PaymentLinks } from '../checkout/payment-links.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import { applyCheckoutEvent } from './apply-checkout-event.ts';
import type { PaymentProviders } from './providers/providers.ts';
import type { CheckoutEvent } from './stripe-event.ts';

const SWEEP_MS = 60_000;
const STOP_GRACE_MS = 5_000;
const AT_A_TIME = 4;
const BATCH = 50;
const PRUNE_EVERY_MS = 6 * 3_600_000;
/** A refund can be told before its payment by days, not weeks. */
const UNMATCHED_DAYS = 30;

interface SessionToCheck {
	tenant_id: string;
	order_id: string;
	session_id: string;
	account_id: string;
	provider: PaymentProviderName;
}

export interface Reconciliation {
	/** One look at what is due now. Returns how many sessions were settled. */
	look(): Promise<number>;
	/** Ends sessions of orders that can't be paid any more, which could not be ended at once. Returns how many were looked at. */
	endLeftOpen(): Promise<number>;
	/** Forgets refunds and disputes of payments that are none of ours. Returns how many. */
	prune(): Promise<number>;
	start(): void;
	stop(): Promise<void>;
}

/**
 * Asks the providers about sessions that should have ended and whose event never came, and does what the event would have done: through the same
 * door, so that an event that comes after all changes nothing. One that its provider can't be asked about now is asked about again.
 */
export function createReconciliation(deps: { database: Database; links: Pick<PaymentLinks, 'close'>; providers: PaymentProviders; outbox: OutboxPort; bookings?: Pick<OrderBookings, 'extendHold' | 'onPaid' | 'onRefunded'> | undefined; publicUrl: string; now: () => Date; log: Logger }): Reconciliation {
	const { database, providers, outbox, bookings, now, log } = deps;

	async function claim(limit: number): Promise<readonly SessionToCheck[]> {
		const { rows } = await database.system.query<SessionToCheck>('SELECT tenant_id, order_id, session_id, account_id, provider FROM claim_sessions_to_check($1, $2)', [now(), limit]);
		return rows;
	}

	async function settle(row: SessionToCheck): Promise<boolean> {
		try {
			const provider = await database.withTenant(row.tenant_id, (sql) => providers.open(sql, row.tenant_id, row.provider, row.account_id));
			const event = provider && eventOf(await provider.retrieve(row.session_id), row, now());
			if (event === null) return false;
			const applied = await database.withTenant(row.tenant_id, (sql) => applyCheckoutEvent(sql, row.tenant_id, event, { outbox, bookings, publicUrl: deps.publicUrl, now: now(), log, provider: row.provider }));
			// A payment that is still on its way is asked about again and again.
			if (applied === 'duplicate') return false;
			log.warn({ sessionId: row.session_id, orderId: row.order_id, type: event.type, applied }, `the event of a checkout session never came; ${PROVIDER_NAMES[row.provider]} was asked`);
			return true;
		} catch (error) {
			// One session must not keep the others from being asked about.
			log.error({ err: error, sessionId: row.session_id, orderId: row.order_id }, 'a checkout session could not be reconciled; it is tried again');
			return false;
		}
	}

	async function claimToEnd(limit: number): Promise<readonly SessionToCheck[]> {
		const { rows } = await database.system.query<SessionToCheck>('SELECT tenant_id, order_id, session_id, account_id, provider FROM claim_sessions_to_end($1, $2)', [now(), limit]);
		return rows;
	}

	async function end(row: SessionToCheck): Promise<void> {
		try {
			await deps.links.close(row.tenant_id, { id: row.session_id, orderId: row.order_id, provider: row.provider, accountId: row.account_id });
		} catch (error) {
			log.warn({ err: error, sessionId: row.session_id, orderId: row.order_id }, 'a session that is not needed any more could not be ended; it is tried again in ten minutes');
		}
	}

	async function prune(): Promise<number> {
		const { rows } = await database.system.query<{ pruned: number }>('SELECT prune_unmatched_money($1) AS pruned', [new Date(now().getTime() - UNMATCHED_DAYS * 86_400_000)]);
		return rows[0]?.pruned ?? 0;
	}
	let pruning: NodeJS.Timeout | undefined;

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
	const ending = createDueLoop<SessionToCheck>({
		name: 'ends of checkout sessions',
		concurrency: AT_A_TIME,
		sweepMs: SWEEP_MS,
		endMakesDue: false,
		log,
		claim: claimToEnd,
		run: end,
		nextDueInMs: () => null,
	});
	return {
		async endLeftOpen() {
			const rows = await claimToEnd(BATCH);
			for (const row of rows) await end(row);
			return rows.length;
		},
		async look() {
			let settled = 0;
			for (const row of await claim(BATCH)) if (await settle(row)) settled += 1;
			return settled;
		},
		prune,
		start() {
			loop.start();
			ending.start();
			pruning = setInterval(() => {
				prune().catch((error: unknown) => log.warn({ err: error }, 'refunds of payments that are not ours were not forgotten; it is tried again in six hours'));
			}, PRUNE_EVERY_MS).unref();
		},
		async stop() {
			clearInterval(pruning);
			await Promise.all([loop.stop(STOP_GRACE_MS), ending.stop(STOP_GRACE_MS)]);
		},
	};
}

/** The event that should have come; null while the session is still open. */
function eventOf(payment: Payment, row: SessionToCheck, now: Date): CheckoutEvent | null {
	const paid = payment.status === 'paid' || payment.status === 'refunded';
	if (payment.status === 'open') return null;
	const type = payment.status === 'expired' ? 'checkout.session.expired' : 'checkout.session.completed';
	return {
		id: `reconciled:${payment.id}:${paid ? 'complete' : payment.status}`,
		object: 'event',
		type,
		account: row.account_id,
		created: Math.floor(now.getTime() / 1_000),
		livemode: false,
		data: {
			object: {
				id: payment.id,
				amount_total: payment.amountCents,
				currency: payment.currency,
				payment_status: paid ? 'paid' : 'unpaid',
				client_reference_id: row.order_id,
				payment_intent: payment.reference,
				expires_at: Math.floor(payment.expiresAt.getTime() / 1_000),
			},
		},
	};
}
