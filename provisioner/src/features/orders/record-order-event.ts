import type { OrderEventType } from '../../../../core/orders/order-event.ts';
import type { Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';

/** In the transaction that changes the order. */
export async function recordOrderEvent(sql: Sql, orderId: string, type: OrderEventType, at: Date, data: Readonly<Record<string, unknown>> = {}): Promise<void> {
	await sql.query('SELECT record_order_event($1, $2, $3, $4, $5)', [newId('evt'), orderId, type, JSON.stringify(data), at]);
}

/** Recording locks the order. Who locks its bookings before that calls this first, after the conversation: payments take their locks in that order. */
export async function lockForEvent(sql: Sql, orderId: string | null): Promise<void> {
	if (orderId !== null) await sql.query('SELECT 1 FROM orders WHERE id = $1 FOR KEY SHARE', [orderId]);
}
