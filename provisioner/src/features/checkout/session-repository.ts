import type { CheckoutSession, CheckoutSessionStatus } from '../../vendors/stripe/checkout-sessions.ts';
import type { Sql } from '../../store/database.ts';
import type { Order } from '../orders/repository.ts';

export interface StoredSession {
	readonly id: string;
	readonly orderId: string;
	readonly accountId: string;
	readonly url: string;
	readonly status: CheckoutSessionStatus;
	readonly attempt: number;
	readonly expiresAt: Date;
}

/** A number and an end for the next request to the provider, fixed before it is made. */
export interface Attempt {
	readonly number: number;
	readonly expiresAt: Date;
}

interface SessionRow {
	id: string;
	order_id: string;
	account_id: string;
	url: string;
	status: CheckoutSessionStatus;
	attempt: number;
	expires_at: Date;
}

/** Every function runs in the tenant's session `sql`. */
export const sessionRepository = {
	/** Latest first. */
	async ofOrder(sql: Sql, orderId: string): Promise<StoredSession[]> {
		const { rows } = await sql.query<SessionRow>(
			'SELECT id, order_id, account_id, url, status, attempt, expires_at FROM checkout_sessions WHERE order_id = $1 ORDER BY attempt DESC',
			[orderId],
		);
		return rows.map(toSession);
	},
	/** Sessions that are still open although their order can't be paid any more. */
	async leftOpen(sql: Sql, conversationId: string): Promise<StoredSession[]> {
		const { rows } = await sql.query<SessionRow>(
			`SELECT s.id, s.order_id, s.account_id, s.url, s.status, s.attempt, s.expires_at
			 FROM checkout_sessions s JOIN orders o ON o.id = s.order_id
			 WHERE o.conversation_id = $1 AND o.status <> 'awaiting_payment' AND s.status = 'open'`,
			[conversationId],
		);
		return rows.map(toSession);
	},
	async openOfCompany(sql: Sql, companyId: string): Promise<StoredSession[]> {
		const { rows } = await sql.query<SessionRow>(
			`SELECT s.id, s.order_id, s.account_id, s.url, s.status, s.attempt, s.expires_at
			 FROM checkout_sessions s JOIN orders o ON o.id = s.order_id WHERE o.company_id = $1 AND s.status = 'open'`,
			[companyId],
		);
		return rows.map(toSession);
	},
	/** The attempt that was begun last, when its session is not known: it is made again with the same key. */
	async unsettledAttempt(sql: Sql, orderId: string): Promise<{ last: number; unsettled: Attempt | null }> {
		const { rows } = await sql.query<{ checkout_attempt: number; attempt_expires_at: Date | null; settled: boolean }>(
			`SELECT checkout_attempt, attempt_expires_at,
				EXISTS (SELECT 1 FROM checkout_sessions s WHERE s.order_id = o.id AND s.attempt = o.checkout_attempt) AS settled
			 FROM orders o WHERE id = $1`,
			[orderId],
		);
		const row = rows[0];
		if (!row) return { last: 0, unsettled: null };
		const unsettled = row.attempt_expires_at !== null && !row.settled;
		return { last: row.checkout_attempt, unsettled: unsettled ? { number: row.checkout_attempt, expiresAt: row.attempt_expires_at ?? new Date(0) } : null };
	},
	async beginAttempt(sql: Sql, orderId: string, attempt: Attempt): Promise<void> {
		await sql.query('UPDATE orders SET checkout_attempt = $2, attempt_expires_at = $3 WHERE id = $1', [orderId, attempt.number, attempt.expiresAt]);
	},
	/** The provider answered with an error that it would repeat for this key: the next attempt takes a new one. */
	async giveUpAttempt(sql: Sql, orderId: string, attempt: number): Promise<void> {
		await sql.query('UPDATE orders SET attempt_expires_at = NULL WHERE id = $1 AND checkout_attempt = $2', [orderId, attempt]);
	},
	async insert(sql: Sql, order: Order, attempt: number, accountId: string, session: CheckoutSession): Promise<void> {
		await sql.query(
			`INSERT INTO checkout_sessions (id, tenant_id, order_id, account_id, url, amount_cents, currency, status, expires_at, attempt)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
			[session.id, order.tenantId, order.id, accountId, session.url, session.amountCents, session.currency, session.status, session.expiresAt, attempt],
		);
	},
	/** A session that ended stays ended: events come in any order. */
	async end(sql: Sql, sessionId: string, status: 'complete' | 'expired'): Promise<void> {
		await sql.query(`UPDATE checkout_sessions SET status = $2 WHERE id = $1 AND status <> 'complete' AND NOT payment_failed`, [sessionId, status]);
	},
	/** A payment that was on its way did not come: the order can be paid anew. */
	async failed(sql: Sql, sessionId: string): Promise<void> {
		await sql.query(`UPDATE checkout_sessions SET status = 'expired', payment_failed = true WHERE id = $1 AND paid_at IS NULL`, [sessionId]);
	},
	/** Its payment came, whatever was told before. Returns false when that was known. `paymentIntentId`: what its refunds and disputes name. */
	async paid(sql: Sql, sessionId: string, now: Date): Promise<boolean> {
		const { rowCount } = await sql.query(`UPDATE checkout_sessions SET status = 'complete', payment_failed = false, paid_at = $2 WHERE id = $1 AND paid_at IS NULL`, [sessionId, now]);
		return rowCount === 1;
	},
	async setPaymentIntent(sql: Sql, sessionId: string, paymentIntentId: string): Promise<void> {
		await sql.query('UPDATE checkout_sessions SET payment_intent_id = $2 WHERE id = $1', [sessionId, paymentIntentId]);
	},
};

function toSession(row: SessionRow): StoredSession {
	return { id: row.id, orderId: row.order_id, accountId: row.account_id, url: row.url, status: row.status, attempt: row.attempt, expiresAt: row.expires_at };
}
