import type { Payment, PaymentProviderName, PaymentStatus } from '../../../../core/orders/payment-provider.ts';
import type { Sql } from '../../store/database.ts';
import type { Order } from '../orders/repository.ts';

/** `complete`: the customer has done their part; the order says whether the money came. */
export type SessionStatus = 'open' | 'complete' | 'expired';

/** A payment at a provider, as it is stored: Stripe's checkout session, T-Bank's payment, one by hand. */
export interface NewSession {
	readonly provider: PaymentProviderName;
	/** The provider's. */
	readonly id: string;
	readonly url: string;
	readonly status: SessionStatus;
	readonly amountCents: number;
	readonly currency: string;
	readonly expiresAt: Date;
}

export interface StoredSession extends NewSession {
	readonly orderId: string;
	readonly accountId: string;
	readonly attempt: number;
}

export interface PaidSession extends StoredSession {
	/** Given back, or on its way, in minor units. */
	readonly refundedCents: number;
	/** Ids of all refunds that are known, failed ones too. */
	readonly refunds: readonly string[];
	readonly failedRefunds: number;
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
	provider: PaymentProviderName;
	url: string;
	status: SessionStatus;
	amount_cents: number;
	currency: string;
	attempt: number;
	expires_at: Date;
}
const COLUMNS = 's.id, s.order_id, s.account_id, s.provider, s.url, s.status, s.amount_cents, s.currency, s.attempt, s.expires_at';

/** Every function runs in the tenant's session `sql`. */
export const sessionRepository = {
	async find(sql: Sql, sessionId: string): Promise<StoredSession | undefined> {
		const { rows } = await sql.query<SessionRow>(`SELECT ${COLUMNS} FROM checkout_sessions s WHERE id = $1`, [sessionId]);
		return rows[0] && toSession(rows[0]);
	},
	/** Latest first. */
	async ofOrder(sql: Sql, orderId: string): Promise<StoredSession[]> {
		const { rows } = await sql.query<SessionRow>(
			`SELECT ${COLUMNS} FROM checkout_sessions s WHERE order_id = $1 ORDER BY attempt DESC`,
			[orderId],
		);
		return rows.map(toSession);
	},
	/** Sessions that are still open although their order can't be paid any more. */
	async leftOpen(sql: Sql, conversationId: string): Promise<StoredSession[]> {
		const { rows } = await sql.query<SessionRow>(
			`SELECT ${COLUMNS}
			 FROM checkout_sessions s JOIN orders o ON o.id = s.order_id
			 WHERE o.conversation_id = $1 AND o.status <> 'awaiting_payment' AND s.status = 'open'`,
			[conversationId],
		);
		return rows.map(toSession);
	},
	async openOfCompany(sql: Sql, companyId: string): Promise<StoredSession[]> {
		const { rows } = await sql.query<SessionRow>(
			`SELECT ${COLUMNS}
			 FROM checkout_sessions s JOIN orders o ON o.id = s.order_id WHERE o.company_id = $1 AND s.status = 'open'`,
			[companyId],
		);
		return rows.map(toSession);
	},
	/** Of the whole tenant; where payments are made by hand there is no page to end. */
	async openPages(sql: Sql): Promise<StoredSession[]> {
		const { rows } = await sql.query<SessionRow>(`SELECT ${COLUMNS} FROM checkout_sessions s WHERE status = 'open' AND provider <> 'manual' ORDER BY id`);
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
	/** Those that were paid, the last one first, with what is known of their refunds. */
	async paidOf(sql: Sql, orderId: string): Promise<PaidSession[]> {
		const { rows } = await sql.query<SessionRow & { refunded_cents: number; refunds: string[]; failed_refunds: number }>(
			`SELECT ${COLUMNS}, r.refunded_cents, r.refunds, r.failed_refunds FROM checkout_sessions s, LATERAL (
				SELECT coalesce(sum(amount_cents) FILTER (WHERE status NOT IN ('failed', 'canceled')), 0)::int AS refunded_cents, coalesce(array_agg(id), '{}') AS refunds,
					(count(*) FILTER (WHERE status IN ('failed', 'canceled')))::int AS failed_refunds
				FROM payment_refunds WHERE account_id = s.account_id AND payment_intent_id = s.payment_intent_id) r
			 WHERE s.order_id = $1 AND s.paid_at IS NOT NULL ORDER BY s.paid_at DESC, s.attempt DESC`,
			[orderId],
		);
		return rows.map((row) => ({ ...toSession(row), refundedCents: row.refunded_cents, refunds: row.refunds, failedRefunds: row.failed_refunds }));
	},
	async beginAttempt(sql: Sql, orderId: string, attempt: Attempt): Promise<void> {
		await sql.query('UPDATE orders SET checkout_attempt = $2, attempt_expires_at = $3 WHERE id = $1', [orderId, attempt.number, attempt.expiresAt]);
	},
	/** The provider answered with an error that it would repeat for this key: the next attempt takes a new one. */
	async giveUpAttempt(sql: Sql, orderId: string, attempt: number): Promise<void> {
		await sql.query('UPDATE orders SET attempt_expires_at = NULL WHERE id = $1 AND checkout_attempt = $2', [orderId, attempt]);
	},
	/** One an attempt: the first that is stored wins. */
	async insert(sql: Sql, order: Pick<Order, 'id' | 'tenantId'>, attempt: number, accountId: string, session: NewSession): Promise<void> {
		await sql.query(
			`INSERT INTO checkout_sessions (id, tenant_id, order_id, account_id, url, amount_cents, currency, status, expires_at, attempt, provider)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
			[session.id, order.tenantId, order.id, accountId, session.url, session.amountCents, session.currency, session.status, session.expiresAt, attempt, session.provider],
		);
	},
	/** A session that ended stays ended: events come in any order. */
	async end(sql: Sql, sessionId: string, status: 'complete' | 'expired'): Promise<void> {
		await sql.query(`UPDATE checkout_sessions SET status = $2 WHERE id = $1 AND status <> 'complete' AND NOT payment_failed`, [sessionId, status]);
	},
	/** A payment that was on its way did not come: the order can be paid anew. Returns false when that was known, or the payment came. */
	async failed(sql: Sql, sessionId: string): Promise<boolean> {
		const { rowCount } = await sql.query(`UPDATE checkout_sessions SET status = 'expired', payment_failed = true WHERE id = $1 AND paid_at IS NULL AND NOT payment_failed`, [sessionId]);
		return rowCount === 1;
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
	return {
		id: row.id, orderId: row.order_id, accountId: row.account_id, provider: row.provider, url: row.url, status: row.status, amountCents: row.amount_cents, currency: row.currency, attempt: row.attempt,
		expiresAt: row.expires_at,
	};
}

const STORED = { open: 'open', processing: 'complete', paid: 'complete', refunded: 'complete', expired: 'expired' } as const satisfies Record<PaymentStatus, SessionStatus>;

export function sessionOf(provider: PaymentProviderName, { id, url, status, amountCents, currency, expiresAt }: Payment): NewSession {
	return { provider, id, url, status: STORED[status], amountCents, currency, expiresAt };
}
