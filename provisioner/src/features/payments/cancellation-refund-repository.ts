import type { Sql } from '../../store/database.ts';

/** Told in the transaction that asks for a refund. */
export const REFUNDS_CHANNEL = 'concierge_refunds';

/** The money of a booking that its customer has cancelled, on its way back. */
export interface CancellationRefund {
	readonly bookingId: string;
	readonly tenantId: string;
	readonly orderId: string;
	/** Minor units. */
	readonly cents: number;
	/** What had gone back of the order, or was on its way, when it was decided. */
	readonly givenBefore: number;
}

export interface DueRefund extends CancellationRefund {
	readonly attempts: number;
	/** Its requests have another idempotency key after an error that the provider would repeat for the old one. */
	readonly keyNumber: number;
}

/** Every function runs in the tenant's session `sql`. */
export const cancellationRefunds = {
	async ask(sql: Sql, refund: CancellationRefund, now: Date): Promise<void> {
		await sql.query('INSERT INTO cancellation_refunds (booking_id, tenant_id, order_id, cents, given_before, next_attempt_at) VALUES ($1, $2, $3, $4, $5, $6)', [
			refund.bookingId, refund.tenantId, refund.orderId, refund.cents, refund.givenBefore, now,
		]);
		await sql.query(`SELECT pg_notify('${REFUNDS_CHANNEL}', '')`);
	},
	/** What cancellations of the order give back, or have given, in minor units. */
	async askedOf(sql: Sql, orderId: string): Promise<number> {
		const { rows } = await sql.query<{ cents: number }>(`SELECT coalesce(sum(cents), 0)::int AS cents FROM cancellation_refunds WHERE order_id = $1 AND state <> 'team'`, [orderId]);
		return rows[0]?.cents ?? 0;
	},
	/** Whether one is still to be made. */
	async isDue(sql: Sql, orderId: string): Promise<boolean> {
		const { rowCount } = await sql.query(`SELECT 1 FROM cancellation_refunds WHERE order_id = $1 AND state = 'due' LIMIT 1`, [orderId]);
		return rowCount === 1;
	},
	/** null: it is not to be made any more. */
	async findDue(sql: Sql, bookingId: string): Promise<DueRefund | null> {
		const { rows } = await sql.query<{ booking_id: string; tenant_id: string; order_id: string; cents: number; given_before: number; attempts: number; key_number: number }>(
			`SELECT booking_id, tenant_id, order_id, cents, given_before, attempts, key_number FROM cancellation_refunds WHERE booking_id = $1 AND state = 'due'`,
			[bookingId],
		);
		const row = rows[0];
		return row ? { bookingId: row.booking_id, tenantId: row.tenant_id, orderId: row.order_id, cents: row.cents, givenBefore: row.given_before, attempts: row.attempts, keyNumber: row.key_number } : null;
	},
	/** false: it had ended before. */
	async end(sql: Sql, bookingId: string, state: 'done' | 'team', lastError: string | null): Promise<boolean> {
		const { rowCount } = await sql.query(`UPDATE cancellation_refunds SET state = $2, last_error = $3, next_attempt_at = NULL WHERE booking_id = $1 AND state = 'due'`, [bookingId, state, lastError]);
		return rowCount === 1;
	},
	async again(sql: Sql, bookingId: string, failure: { readonly error: string; readonly newKey: boolean; readonly nextAt: Date }): Promise<void> {
		await sql.query(
			`UPDATE cancellation_refunds SET attempts = attempts + 1, key_number = key_number + $2, last_error = $3, next_attempt_at = $4 WHERE booking_id = $1 AND state = 'due'`,
			[bookingId, failure.newKey ? 1 : 0, failure.error, failure.nextAt],
		);
	},
	/** The provider took a refund of the order back after all: whose booking it was can't be told, so a person looks at all of them. */
	async failed(sql: Sql, orderId: string): Promise<void> {
		await sql.query(
			`WITH made AS (UPDATE cancellation_refunds SET state = 'team' WHERE order_id = $1 AND state = 'done' RETURNING booking_id)
			 UPDATE bookings SET attention = 'refund_due' WHERE id IN (SELECT booking_id FROM made)`,
			[orderId],
		);
	},
};
