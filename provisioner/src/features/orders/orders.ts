import type { Logger } from 'pino';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import { lockConversation } from '../agent/turn-port.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import type { PaymentLinks } from '../checkout/payment-links.ts';
import { createOrderEndpoints } from './endpoints.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import { releaseUnlessPayable } from './release-holds.ts';
import { createReminders } from './reminders.ts';
import type { Order } from './repository.ts';
import { orderRepository } from './repository.ts';
import { createSupersededOrders, SUPERSEDED_ORDERS_CHANNEL } from './superseded-orders.ts';

const SWEEP_EVERY_MS = 60_000;
const SWEEP_BATCH = 100;

export interface Orders {
	readonly endpoints: readonly Endpoint[];
	/** Writes down that pieces are free again whose time to be paid for is over. */
	releaseOverdue(): Promise<void>;
	/** Writes down that orders' time to pay is over; every read already treats them so. Returns how many. */
	expireOverdue(): Promise<number>;
	/** Cancels the unpaid orders of answers that never left. Returns how many. */
	cancelSuperseded(): Promise<number>;
	/** Reminds the customers who are due now. Returns how many. */
	remind(): Promise<number>;
	start(): void;
	stop(): Promise<void>;
}

/** Orders over the API, and the jobs that end those that nobody paid, or will. */
export function createOrders(deps: {
	database: Database;
	outbox: OutboxPort;
	bookings: Pick<OrderBookings, 'onReleased'>;
	links: Pick<PaymentLinks, 'closeLeftOpen'>;
	publicUrl: string;
	now: () => Date;
	log: Logger;
}): Orders {
	const { database, now, log } = deps;
	const reminders = createReminders(deps);
	const superseded = createSupersededOrders(deps);
	let timer: NodeJS.Timeout | undefined;
	let running: Promise<unknown> = Promise.resolve();

	interface DueOrder {
		tenant_id: string;
		order_id: string;
	}

	/** One order must not keep the others waiting. Returns with how many it worked. */
	async function each(orders: readonly DueOrder[], work: (sql: Sql, order: Order) => Promise<void>): Promise<number> {
		let done = 0;
		for (const { tenant_id: tenantId, order_id: orderId } of orders) {
			try {
				await database.withTenant(tenantId, async (sql) => {
					const found = await orderRepository.find(sql, orderId);
					if (!found) return;
					await lockConversation(sql, found.conversationId);
					await work(sql, found);
				});
				done += 1;
			} catch (error) {
				log.error({ err: error, orderId }, 'an overdue order could not be ended; it is tried again in a minute');
			}
		}
		return done;
	}

	async function expireOverdue(): Promise<number> {
		const { rows } = await database.system.query<DueOrder>('SELECT tenant_id, order_id FROM overdue_orders($1, $2)', [now(), SWEEP_BATCH]);
		return each(rows, async (sql, { id }) => {
			const current = await orderRepository.findForUpdate(sql, id);
			if (!current || current.paymentOnItsWay) return;
			const transition = await orderRepository.apply(sql, current, { type: 'payment_time_over' }, now());
			if (!transition.changed) return;
			await sql.query(
				`UPDATE conversations c SET session = session || '{"paymentStatus": "no_payment_link"}'
				 WHERE id = $1 AND session->>'paymentStatus' = 'payment_link_sent'
					AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.conversation_id = c.id AND o.status = 'awaiting_payment')`,
				[current.conversationId],
			);
		});
	}

	/** Pieces that are held for a session which was never made, or whose end is known. */
	async function releaseOverdue(): Promise<void> {
		const { rows } = await database.system.query<DueOrder>('SELECT tenant_id, order_id FROM overdue_reservations($1, $2)', [now(), SWEEP_BATCH]);
		await each(rows, (sql, { id }) => releaseUnlessPayable(sql, id, now()));
	}

	/** One thing after the other; what fails is done again by the next sweep. */
	function run(work: () => Promise<unknown>): void {
		running = running.then(work).catch((error: unknown) => log.error({ err: error }, 'overdue or superseded orders could not be ended; trying again in a minute'));
	}

	return {
		endpoints: createOrderEndpoints(deps),
		expireOverdue,
		releaseOverdue,
		cancelSuperseded: () => superseded.cancel(null),
		remind: () => reminders.look(),
		start() {
			reminders.start();
			database
				.listen(SUPERSEDED_ORDERS_CHANNEL, (orderId) => {
					if (timer) run(() => superseded.cancel(orderId));
				})
				.catch((error: unknown) => log.warn({ err: error }, 'orders: no notifications; the sweep finds them'));
			timer = setInterval(() => {
				run(() => superseded.cancel(null));
				run(() => expireOverdue().then(releaseOverdue));
			}, SWEEP_EVERY_MS);
			timer.unref();
		},
		async stop() {
			clearInterval(timer);
			timer = undefined;
			await reminders.stop();
			await running;
		},
	};
}
