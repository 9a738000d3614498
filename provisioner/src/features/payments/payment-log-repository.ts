import type { PaymentProviderName } from '../../../../core/orders/payment-provider.ts';
import type { Sql } from '../../store/database.ts';

export const PAYMENT_STATUSES = ['open', 'processing', 'paid', 'refunded', 'expired', 'cancelled'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** A payment link and what came of it: one for each order that costs something. */
export interface LoggedPayment {
	readonly orderId: string;
	readonly companyId: string;
	readonly companyName: string;
	readonly connectionId: string;
	readonly channel: string;
	readonly conversationId: string;
	readonly customerName: string;
	readonly status: PaymentStatus;
	/** In minor units of `currency`, as the order and its sessions have it. */
	readonly amountCents: number;
	readonly currency: string;
	/** How many sessions the provider made for the link. */
	readonly sessions: number;
	/** Of the last session; '' before there is one. */
	readonly sessionId: string;
	/** Of the last session; the company's before there is one. */
	readonly provider: PaymentProviderName;
	readonly accountId: string;
	readonly payToken: string;
	readonly createdAt: Date;
	readonly expiresAt: Date;
	readonly paidAt: Date | null;
	/** Given back, or on its way. */
	readonly refundedCents: number;
	/** As Stripe words it; '' when nobody disputes the payment. */
	readonly disputeStatus: string;
	/** Who said that the money came, where nobody but a person can; null: a provider did, or nobody yet. */
	readonly markedPaid: { readonly keyId: string; readonly keyLabel: string; readonly note: string } | null;
}

export interface PaymentFilter {
	readonly companyId?: string | undefined;
	readonly connectionId?: string | undefined;
	readonly channel?: string | undefined;
	readonly status?: PaymentStatus | undefined;
	/** Links made at that time or later. */
	readonly from?: Date | undefined;
	/** Links made before. */
	readonly to?: Date | undefined;
	readonly startingAfter?: string | undefined;
	readonly limit: number;
}

interface PaymentRow {
	id: string;
	company_id: string;
	company_name: string;
	connection_id: string;
	channel: string;
	conversation_id: string;
	customer_name: string;
	log_status: PaymentStatus;
	total_cents: number;
	currency: string;
	sessions: number;
	session_id: string | null;
	provider: PaymentProviderName;
	account_id: string | null;
	pay_token: string;
	created_at: Date;
	expires_at: Date;
	paid_at: Date | null;
	refunded_cents: number;
	dispute_status: string | null;
	marked: { marked_by: string; marked_by_label: string; note: string } | null;
}

/** The newest link first. In the tenant's session `sql`; an order whose time is over counts as expired from that moment on. */
export async function listPayments(sql: Sql, filter: PaymentFilter, now: Date): Promise<LoggedPayment[]> {
	const { rows } = await sql.query<PaymentRow>(
		`SELECT * FROM (
			SELECT o.id, o.company_id, c.name AS company_name, v.connection_id, k.channel, o.conversation_id, v.customer_name, o.total_cents, o.currency,
				s.sessions, s.session_id, coalesce(s.provider, c.payment_provider) AS provider, s.account_id, o.pay_token, o.created_at, o.expires_at, o.paid_at, o.refunded_cents, o.dispute_status,
				(SELECT e.payload #> '{data,object,metadata}' FROM payment_events e WHERE e.id = 'manual:' || o.id) AS marked,
				CASE
					WHEN o.status IN ('paid', 'refunded') THEN o.status
					WHEN s.status = 'complete' THEN 'processing'
					WHEN o.status = 'awaiting_payment' AND o.expires_at > $1 THEN 'open'
					WHEN o.status IN ('awaiting_payment', 'expired') THEN 'expired'
					ELSE 'cancelled'
				END AS log_status
			FROM orders o JOIN companies c ON c.id = o.company_id JOIN conversations v ON v.id = o.conversation_id JOIN connections k ON k.id = v.connection_id
				LEFT JOIN LATERAL (
					SELECT count(*)::int AS sessions, (array_agg(id ORDER BY attempt DESC))[1] AS session_id,
						(array_agg(provider ORDER BY attempt DESC))[1] AS provider,
						(array_agg(account_id ORDER BY attempt DESC))[1] AS account_id, (array_agg(status ORDER BY attempt DESC))[1] AS status
					FROM checkout_sessions WHERE order_id = o.id
				) s ON true
			WHERE o.total_cents > 0 AND ($2::text IS NULL OR o.company_id = $2) AND ($3::text IS NULL OR v.connection_id = $3)
				AND ($4::text IS NULL OR k.channel = $4) AND ($5::timestamptz IS NULL OR o.created_at >= $5) AND ($6::timestamptz IS NULL OR o.created_at < $6)
				AND ($7::text IS NULL OR o.id < $7)
		) links
		WHERE $8::text IS NULL OR log_status = $8
		ORDER BY id DESC LIMIT $9`,
		[
			now, filter.companyId ?? null, filter.connectionId ?? null, filter.channel ?? null, filter.from ?? null, filter.to ?? null, filter.startingAfter ?? null,
			filter.status ?? null, filter.limit,
		],
	);
	return rows.map((row) => ({
		orderId: row.id,
		companyId: row.company_id,
		companyName: row.company_name,
		connectionId: row.connection_id,
		channel: row.channel,
		conversationId: row.conversation_id,
		customerName: row.customer_name,
		status: row.log_status,
		amountCents: row.total_cents,
		currency: row.currency,
		sessions: row.sessions,
		sessionId: row.session_id ?? '',
		provider: row.provider,
		accountId: row.account_id ?? '',
		payToken: row.pay_token,
		createdAt: row.created_at,
		expiresAt: row.expires_at,
		paidAt: row.paid_at,
		refundedCents: row.refunded_cents,
		disputeStatus: row.dispute_status ?? '',
		markedPaid: row.marked && { keyId: row.marked.marked_by, keyLabel: row.marked.marked_by_label, note: row.marked.note },
	}));
}
