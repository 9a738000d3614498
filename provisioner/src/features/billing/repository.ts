import { z } from 'zod';
import { PLAN_KEYS } from '../../../../core/tenancy/plans.ts';
import type { Subscription, SubscriptionStatus } from '../../../../core/tenancy/subscription.ts';
import type { Notice, NoticeKind } from '../../../../core/tenancy/notices.ts';
import type { Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';

/** A tenant's subscription, with what only its bookkeeping needs. */
export interface StoredSubscription {
	readonly subscription: Subscription;
	readonly customerId: string | null;
	readonly checkoutSessionId: string | null;
	/** Connections that the tenant gives up when the smaller plan begins. */
	readonly removals: readonly string[];
	/** Connections that are being removed. */
	readonly removing: readonly string[];
	readonly operation: number;
	/** Of the look at Stripe whose findings are stored. */
	readonly storedTicket: number;
}

interface Row {
	status: SubscriptionStatus;
	plan: string | null;
	trial_ends_at: Date | null;
	period_start: Date | null;
	period_end: Date | null;
	past_due_since: Date | null;
	pending_plan: string | null;
	pending_at: Date | null;
	agreed: unknown;
	stripe_customer_id: string | null;
	stripe_subscription_id: string | null;
	checkout_session_id: string | null;
	removals: string[];
	removing: string[];
	operation: number;
	stored_ticket: number;
}
const COLUMNS = `status, plan, trial_ends_at, period_start, period_end, past_due_since, pending_plan, pending_at, agreed, stripe_customer_id,
	stripe_subscription_id, checkout_session_id, removals, removing, operation, stored_ticket`;

const planKey = z.enum(PLAN_KEYS);
export const agreedLimits = z.object({ connections: z.int().min(0).nullable().optional(), answers: z.int().min(0).nullable().optional() });

export interface StoredNotice {
	readonly id: string;
	readonly kind: NoticeKind;
	readonly details: Readonly<Record<string, string | number | null>>;
	readonly createdAt: Date;
}

export interface UsageMonth {
	/** `2026-03` */
	readonly month: string;
	readonly answers: number;
	readonly received: number;
	readonly sent: number;
}

/** Every function runs in the tenant's session. */
export const billingRepository = {
	async insert(sql: Sql, tenantId: string, subscription: Subscription, nextDueAt: Date | null): Promise<void> {
		await sql.query(
			'INSERT INTO billing_subscriptions (tenant_id, status, plan, trial_ends_at, next_due_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
			[tenantId, subscription.status, subscription.plan, subscription.trialEndsAt, nextDueAt],
		);
	},
	async find(sql: Sql, tenantId: string): Promise<StoredSubscription | undefined> {
		const { rows } = await sql.query<Row>(`SELECT ${COLUMNS} FROM billing_subscriptions WHERE tenant_id = $1`, [tenantId]);
		return rows[0] && toStored(rows[0]);
	},
	/** The tenant's row first, as whoever connects a channel does: the limit and what counts against it are looked at one after the other. */
	async lock(sql: Sql, tenantId: string): Promise<StoredSubscription | undefined> {
		await sql.query('SELECT 1 FROM tenants WHERE id = $1 FOR NO KEY UPDATE', [tenantId]);
		const { rows } = await sql.query<Row>(`SELECT ${COLUMNS} FROM billing_subscriptions WHERE tenant_id = $1 FOR UPDATE`, [tenantId]);
		return rows[0] && toStored(rows[0]);
	},
	async save(sql: Sql, tenantId: string, { subscription: state, ...stored }: StoredSubscription, nextDueAt: Date | null): Promise<void> {
		await sql.query(
			`UPDATE billing_subscriptions SET status = $2, plan = $3, trial_ends_at = $4, period_start = $5, period_end = $6, past_due_since = $7, pending_plan = $8,
				pending_at = $9, agreed = $10, stripe_subscription_id = $11, checkout_session_id = $12, removals = $13, removing = $14, stored_ticket = $15, next_due_at = $16,
				due_until = NULL
			 WHERE tenant_id = $1`,
			[
				tenantId, state.status, state.plan, state.trialEndsAt, state.period?.start ?? null, state.period?.end ?? null, state.pastDueSince, state.pending?.plan ?? null,
				state.pending?.at ?? null, JSON.stringify(state.agreed), state.remoteId, stored.checkoutSessionId, stored.removals, stored.removing, stored.storedTicket, nextDueAt,
			],
		);
	},
	/** For a look at Stripe that begins now. No row: the tenant has none. */
	async takeTicket(sql: Sql, tenantId: string): Promise<{ ticket: number; customerId: string | null } | undefined> {
		const { rows } = await sql.query<{ ticket: number; customer: string | null }>(
			'UPDATE billing_subscriptions SET last_ticket = last_ticket + 1 WHERE tenant_id = $1 RETURNING last_ticket AS ticket, stripe_customer_id AS customer',
			[tenantId],
		);
		return rows[0] && { ticket: rows[0].ticket, customerId: rows[0].customer };
	},
	/** Two that made one at the same time have the same, by its idempotency key. */
	async setCustomer(sql: Sql, tenantId: string, customerId: string): Promise<string> {
		const { rows } = await sql.query<{ id: string }>(
			'UPDATE billing_subscriptions SET stripe_customer_id = coalesce(stripe_customer_id, $2) WHERE tenant_id = $1 RETURNING stripe_customer_id AS id',
			[tenantId, customerId],
		);
		return rows[0]?.id ?? customerId;
	},
	async setCheckout(sql: Sql, tenantId: string, sessionId: string | null, removals: readonly string[]): Promise<void> {
		await sql.query('UPDATE billing_subscriptions SET checkout_session_id = $2, removals = $3 WHERE tenant_id = $1', [tenantId, sessionId, removals]);
	},
	async setRemovals(sql: Sql, tenantId: string, removals: readonly string[]): Promise<void> {
		await sql.query('UPDATE billing_subscriptions SET removals = $2 WHERE tenant_id = $1', [tenantId, removals]);
	},
	/** The outcome of a call to Stripe is known: the next one is another. */
	async endOperation(sql: Sql, tenantId: string, operation: number): Promise<void> {
		await sql.query('UPDATE billing_subscriptions SET operation = $2 + 1 WHERE tenant_id = $1 AND operation = $2', [tenantId, operation]);
	},
	async removed(sql: Sql, tenantId: string, connectionId: string): Promise<void> {
		await sql.query('UPDATE billing_subscriptions SET removing = array_remove(removing, $2) WHERE tenant_id = $1', [tenantId, connectionId]);
	},
	async postpone(sql: Sql, tenantId: string, until: Date): Promise<void> {
		await sql.query('UPDATE billing_subscriptions SET next_due_at = $2 WHERE tenant_id = $1', [tenantId, until]);
	},
	/** false: it was told before. */
	async tell(sql: Sql, tenantId: string, notice: Notice, now: Date): Promise<boolean> {
		const { rowCount } = await sql.query(
			'INSERT INTO billing_notices (id, tenant_id, kind, key, details, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, key) DO NOTHING',
			[newId('ntc'), tenantId, notice.kind, notice.key, JSON.stringify(notice.details), now],
		);
		return rowCount === 1;
	},
	async notices(sql: Sql, page: { limit: number; startingAfter?: string | undefined }): Promise<readonly StoredNotice[]> {
		const { rows } = await sql.query<{ id: string; kind: NoticeKind; details: StoredNotice['details']; created_at: Date }>(
			'SELECT id, kind, details, created_at FROM billing_notices WHERE $1::text IS NULL OR id < $1 ORDER BY id DESC LIMIT $2',
			[page.startingAfter ?? null, page.limit],
		);
		return rows.map(({ created_at: createdAt, ...notice }) => ({ ...notice, createdAt }));
	},
	/** Newest first. */
	async usage(sql: Sql, months: number, now: Date): Promise<readonly UsageMonth[]> {
		const { rows } = await sql.query<UsageMonth & { month: string }>(
			`SELECT to_char(month, 'YYYY-MM') AS month, answers, messages_received AS received, messages_sent AS sent FROM usage_months
			 WHERE month > (date_trunc('month', $1::timestamptz, 'UTC') AT TIME ZONE 'UTC')::date - make_interval(months => $2) ORDER BY month DESC`,
			[now, months],
		);
		return rows;
	},
	/** Of this calendar month. */
	async answers(sql: Sql, now: Date): Promise<number> {
		const [month] = await this.usage(sql, 1, now);
		return month?.month === now.toISOString().slice(0, 7) ? month.answers : 0;
	},
	/** That are not being deleted, oldest first. */
	async connections(sql: Sql): Promise<readonly { id: string; name: string; channel: string; suspended: boolean }[]> {
		const { rows } = await sql.query<{ id: string; name: string; channel: string; suspended: boolean }>(
			`SELECT id, name, channel, suspended_at IS NOT NULL AS suspended FROM connections WHERE state <> 'deleting' ORDER BY created_at, id`,
		);
		return rows;
	},
	async seen(sql: Sql, eventId: string): Promise<boolean> {
		const { rowCount } = await sql.query('SELECT 1 FROM billing_events WHERE id = $1', [eventId]);
		return rowCount === 1;
	},
};

function toStored(row: Row): StoredSubscription {
	const period = row.period_start && row.period_end ? { start: row.period_start, end: row.period_end } : null;
	const { connections, answers } = agreedLimits.parse(row.agreed);
	return {
		subscription: {
			status: row.status,
			plan: row.plan === null ? null : planKey.parse(row.plan),
			trialEndsAt: row.trial_ends_at,
			period,
			pastDueSince: row.past_due_since,
			pending: row.pending_at && { plan: row.pending_plan === null ? null : planKey.parse(row.pending_plan), at: row.pending_at },
			remoteId: row.stripe_subscription_id,
			agreed: { ...(connections === undefined ? {} : { connections }), ...(answers === undefined ? {} : { answers }) },
		},
		customerId: row.stripe_customer_id,
		checkoutSessionId: row.checkout_session_id,
		removals: row.removals,
		removing: row.removing,
		operation: row.operation,
		storedTicket: row.stored_ticket,
	};
}
