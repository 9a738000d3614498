import type { Logger } from 'pino';
import { formatMoney } from '../../../../core/agent/phrases/money.ts';
import { phrasesFor } from '../../../../core/agent/phrases/index.ts';
import { backoffMs } from '../../../../core/conversation/backoff.ts';
import { AppError } from '../../../../core/errors.ts';
import { refundStep } from '../../../../core/orders/cancelled-money.ts';
import type { Database } from '../../store/database.ts';
import { VendorError } from '../../vendors/http.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import { lockConversation } from '../agent/turn-port.ts';
import { bookingRepository } from '../bookings/repository.ts';
import { orderRepository } from '../orders/repository.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import { cancellationRefunds, REFUNDS_CHANNEL, type CancellationRefund, type DueRefund } from './cancellation-refund-repository.ts';
import type { GiveBack } from './refund-order.ts';

const LEASE_MS = 60_000;
const SWEEP_MS = 30_000;
const STOP_GRACE_MS = 5_000;
const AT_A_TIME = 4;
const FIRST_RETRY_MS = 5_000;
const MOST_RETRY_MS = 15 * 60_000;
/** About two hours: providers know our keys for longer, so that a repeat is the same refund. */
const MOST_ATTEMPTS = 12;

interface Job {
	readonly tenantId: string;
	readonly bookingId: string;
}

export interface CancelledRefunds {
	/** Makes what is due now. Returns how many were looked at. */
	look(): Promise<number>;
	start(): void;
	stop(): Promise<void>;
}

/**
 * Gives back what was paid for bookings that customers have cancelled, once each. What the provider refuses, or does not do for long, waits for a person:
 * the booking's `attention` says so, and the customer is told.
 */
export function createCancelledRefunds(deps: { database: Database; giveBack: GiveBack; outbox: OutboxPort; now: () => Date; log: Logger }): CancelledRefunds {
	const { database, giveBack, now, log } = deps;

	async function claim(limit: number): Promise<readonly Job[]> {
		const { rows } = await database.system.query<{ tenant_id: string; booking_id: string }>('SELECT tenant_id, booking_id FROM claim_due_refunds($1, $2, $3)', [now(), limit, LEASE_MS]);
		return rows.map((row) => ({ tenantId: row.tenant_id, bookingId: row.booking_id }));
	}

	async function run({ tenantId, bookingId }: Job): Promise<void> {
		const { refund, order } = await database.withTenant(tenantId, async (sql) => {
			const found = await cancellationRefunds.findDue(sql, bookingId);
			return { refund: found, order: found && (await orderRepository.find(sql, found.orderId)) };
		});
		if (refund === null || !order) return;
		const step = refundStep({ ...order, disputed: order.disputeStatus !== null }, refund);
		if (step === 'team') {
			await leaveToTeam(refund, 'the order’s money has changed since: it was given back in part, or is disputed');
			return;
		}
		try {
			if (step === 'give') {
				await giveBack(tenantId, refund.orderId, {
					amountCents: refund.cents, idempotencyKey: `${bookingId}:refund:${refund.keyNumber}`, ...(refund.attempts === 0 ? {} : { repeatedAfter: refund.givenBefore }),
				});
			}
			await database.withTenant(tenantId, (sql) => cancellationRefunds.end(sql, bookingId, 'done', null));
		} catch (error) {
			await failed(refund, error);
		}
	}

	async function failed(refund: DueRefund, error: unknown): Promise<void> {
		const message = error instanceof Error ? error.message : String(error);
		const attempts = refund.attempts + 1;
		const refused = error instanceof VendorError ? error.outcome === 'refused' : error instanceof AppError && error.code === 'refund_not_possible';
		if (refused || attempts >= MOST_ATTEMPTS) {
			await leaveToTeam(refund, message);
			return;
		}
		const waitMs = Math.max(backoffMs(attempts, FIRST_RETRY_MS, MOST_RETRY_MS), error instanceof VendorError ? (error.retryAfterMs ?? 0) : 0);
		// Stripe answers a repeat with the error that it gave first. Whether the refund was made all the same is asked before the next try.
		const newKey = error instanceof VendorError && (error.vendorStatus ?? 0) >= 500;
		await database.withTenant(refund.tenantId, (sql) => cancellationRefunds.again(sql, refund.bookingId, { error: message, newKey, nextAt: new Date(now().getTime() + waitMs) }));
		log.warn({ ...named(refund), err: error, attempts }, 'the money of a cancelled booking could not be given back yet; it is tried again');
	}

	async function leaveToTeam(refund: CancellationRefund, why: string): Promise<void> {
		await database.withTenant(refund.tenantId, async (sql) => {
			const order = await orderRepository.find(sql, refund.orderId);
			if (order) await lockConversation(sql, order.conversationId);
			if (!order || !(await cancellationRefunds.end(sql, refund.bookingId, 'team', why))) return;
			await bookingRepository.refundDue(sql, refund.bookingId);
			const { rows } = await sql.query<{ connection_id: string }>('SELECT connection_id FROM conversations WHERE id = $1', [order.conversationId]);
			const connectionId = rows[0]?.connection_id;
			if (connectionId === undefined) return;
			const phrases = phrasesFor(order.language);
			await deps.outbox.enqueue(sql, {
				tenantId: refund.tenantId,
				connectionId,
				conversationId: order.conversationId,
				turnId: null,
				generation: null,
				keyPrefix: `refund-not-made:${refund.bookingId}`,
				author: 'assistant',
				parts: [{ kind: 'text', text: phrases.refundNotMade(formatMoney(refund.cents, order.currency, phrases.language)), mediaUrl: '' }],
			});
		});
		log.error({ ...named(refund), why, alert: 'cancelled_booking_not_refunded' }, 'the money of a booking that its customer has cancelled was not given back: a person has to look at it, at the payment provider first');
	}

	const loop = createDueLoop<Job>({
		name: 'refunds of cancelled bookings', concurrency: AT_A_TIME, sweepMs: SWEEP_MS, log,
		claim, run,
		async nextDueInMs() {
			const { rows } = await database.system.query<{ ms: number | null }>('SELECT next_refund_in_ms($1) AS ms', [now()]);
			return rows[0]?.ms ?? null;
		},
	});

	return {
		async look() {
			const jobs = await claim(100);
			for (const job of jobs) await run(job);
			return jobs.length;
		},
		start() {
			loop.start();
			void database.listen(REFUNDS_CHANNEL, () => loop.wake(0));
		},
		stop: () => loop.stop(STOP_GRACE_MS),
	};
}

const named = ({ tenantId, bookingId, orderId, cents }: CancellationRefund) => ({ tenantId, bookingId, orderId, cents });
