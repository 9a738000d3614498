import type { Logger } from 'pino';
import type { Database } from '../../store/database.ts';
import { lockConversation } from '../agent/turn-port.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import type { PaymentLinks } from '../checkout/payment-links.ts';
import { orderRepository } from './repository.ts';

/** The database names an order here whose turn is superseded (0033_turns_that_end.sql). */
export const SUPERSEDED_ORDERS_CHANNEL = 'concierge_superseded_orders';
const MOST_AT_ONCE = 100;

export interface SupersededOrders {
	/** Cancels this order, or all that are left, and ends what it was to be paid in. Returns how many. One that was paid meanwhile stays paid. */
	cancel(orderId: string | null): Promise<number>;
}

/** Unpaid orders of answers that never left: the customer wrote again, and knows of no link. What the newer turn orders is an order of its own. */
export function createSupersededOrders(deps: {
	database: Database;
	bookings: Pick<OrderBookings, 'onReleased'>;
	links: Pick<PaymentLinks, 'closeLeftOpen'>;
	now: () => Date;
	log: Logger;
}): SupersededOrders {
	const { database, bookings, links, now, log } = deps;

	/** Its conversation; null: it waits for no payment any more. */
	async function cancelOne(tenantId: string, orderId: string): Promise<string | null> {
		return await database.withTenant(tenantId, async (sql) => {
			const found = await orderRepository.find(sql, orderId);
			if (!found) return null;
			await lockConversation(sql, found.conversationId);
			const order = await orderRepository.findForUpdate(sql, orderId);
			if (order?.status !== 'awaiting_payment' || order.paymentOnItsWay) return null;
			await orderRepository.apply(sql, order, { type: 'cancelled' }, now());
			await bookings.onReleased(sql, order);
			return order.conversationId;
		});
	}

	return {
		async cancel(orderId) {
			const { rows } = await database.system.query<{ tenant_id: string; order_id: string }>('SELECT tenant_id, order_id FROM orders_of_superseded_turns($1, $2)', [
				orderId, MOST_AT_ONCE,
			]);
			let cancelled = 0;
			for (const row of rows) {
				try {
					const conversationId = await cancelOne(row.tenant_id, row.order_id);
					if (conversationId === null) continue;
					cancelled += 1;
					await links.closeLeftOpen(row.tenant_id, conversationId);
				} catch (error) {
					log.error({ err: error, orderId: row.order_id }, 'the order of an answer that never left could not be cancelled; it is tried again in a minute');
				}
			}
			return cancelled;
		},
	};
}
