import type { OrderEventType } from '../../../../core/orders/order-event.ts';
import type { Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';

/** In the transaction that changes the order. */
export async function recordOrderEvent(sql: Sql, orderId: string, type: OrderEventType, at: Date, data: Readonly<Record<string, unknown>> = {}): Promise<void> {
	await sql.query('SELECT record_order_event($1, $2, $3, $4, $5)', [newId('evt'), orderId, type, JSON.stringify(data), at]);
}
