import type { Sql } from '../../store/database.ts';

/** No session of order $1 is open or on its way at $2, and none is being made. */
const NOBODY_CAN_PAY = `NOT EXISTS (SELECT 1 FROM checkout_sessions s WHERE s.order_id = $1 AND s.status IN ('open', 'complete')
		AND NOT (s.provider = 'manual' AND s.status = 'open' AND s.expires_at <= $2))
	AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = $1 AND o.attempt_expires_at > $2::timestamptz - interval '15 minutes'
		AND NOT EXISTS (SELECT 1 FROM checkout_sessions s WHERE s.order_id = o.id AND s.attempt = o.checkout_attempt))`;

/** Frees the pieces and the times that an order holds when nobody can pay for it any more. In the tenant's session `sql`. */
export async function releaseUnlessPayable(sql: Sql, orderId: string, now: Date): Promise<void> {
	await sql.query(`UPDATE stock_reservations SET state = 'released', held_until = NULL, changed_at = now() WHERE order_id = $1 AND state = 'held' AND ${NOBODY_CAN_PAY}`, [orderId, now]);
	await sql.query(`UPDATE bookings SET status = 'released', ended_at = $2, ended_by = 'time', changed_at = $2 WHERE order_id = $1 AND status = 'held' AND ${NOBODY_CAN_PAY}`, [orderId, now]);
}
