import type { ItemKind } from '../../../../core/catalog/item.ts';
import { applyOrderEvent } from '../../../../core/orders/order.ts';
import type { DisputeStatus } from '../../../../core/orders/payment-facts.ts';
import type { OrderEvent, OrderStatus, OrderTransition } from '../../../../core/orders/order.ts';
import type { NoReminder } from '../../../../core/orders/reminders.ts';
import type { OrderEventType } from '../../../../core/orders/order-event.ts';
import type { Sql } from '../../store/database.ts';
import { newId, newToken } from '../../store/ids.ts';
import { recordOrderEvent } from './record-order-event.ts';

export interface OrderLine {
	readonly sku: string;
	readonly name: string;
	readonly kind: ItemKind;
	readonly quantity: number;
	readonly unit_cents: number;
}

/** What is ordered, before it is stored. Sums in cents of `currency`. */
export interface OrderDraft {
	readonly currency: string;
	readonly lines: readonly OrderLine[];
	readonly productsCents: number;
	readonly deliveryCents: number;
	readonly totalCents: number;
	readonly language: string;
	readonly city: string;
	readonly phone: string;
	/** Street and house, as the customer wrote it; '' when it was not asked for. */
	readonly address: string;
	readonly clientName: string;
	readonly description: string;
	readonly paymentReminderHours: number;
}

export interface Order extends OrderDraft {
	readonly id: string;
	readonly tenantId: string;
	readonly companyId: string;
	readonly conversationId: string;
	readonly decisionId: string;
	readonly status: OrderStatus;
	readonly payToken: string;
	readonly expiresAt: Date;
	readonly createdAt: Date;
	readonly paidAt: Date | null;
	/** The customer has paid in a way that takes days; nobody knows yet whether the money comes. */
	readonly paymentOnItsWay: boolean;
	/** Given back, or on its way, in minor units. */
	readonly refundedCents: number;
	readonly disputeStatus: DisputeStatus | null;
	readonly remindersSent: number;
	/** When it is looked at for a reminder; null: none comes any more. */
	readonly nextReminderAt: Date | null;
	/** Why none comes any more, as far as somebody has looked. */
	readonly noReminder: NoReminder | null;
}

interface OrderRow {
	id: string;
	tenant_id: string;
	company_id: string;
	conversation_id: string;
	decision_id: string;
	status: OrderStatus;
	currency: string;
	lines: OrderLine[];
	products_cents: number;
	delivery_cents: number;
	total_cents: number;
	language: string;
	city: string;
	phone: string;
	address: string;
	client_name: string;
	description: string;
	payment_reminder_hours: string;
	pay_token: string;
	expires_at: Date;
	created_at: Date;
	paid_at: Date | null;
	on_its_way: boolean;
	refunded_cents: number;
	dispute_status: DisputeStatus | null;
	reminders_sent: number;
	next_reminder_at: Date | null;
	no_reminder: NoReminder | null;
}
const COLUMNS = `id, tenant_id, company_id, conversation_id, decision_id, status, currency, lines, products_cents, delivery_cents, total_cents,
	language, city, phone, address, client_name, description, payment_reminder_hours, pay_token, expires_at, created_at, paid_at, refunded_cents, dispute_status, reminders_sent, next_reminder_at, no_reminder,
	payment_on_its_way(id) AS on_its_way`;

const EVENT = { payment_received: 'order.paid', payment_time_over: 'order.expired', cancelled: 'order.cancelled' } as const satisfies Record<OrderEvent['type'], OrderEventType>;

/** Every function runs in the tenant's session `sql`. */
export const orderRepository = {
	/** One order a decision: the one that exists wins. */
	async insert(
		sql: Sql,
		order: OrderDraft & { tenantId: string; companyId: string; conversationId: string; decisionId: string; status: OrderStatus; expiresAt: Date; createdAt: Date },
	): Promise<Order> {
		const { rows } = await sql.query<OrderRow & { inserted: boolean }>(
			`INSERT INTO orders (id, tenant_id, company_id, conversation_id, decision_id, status, currency, lines, products_cents, delivery_cents,
				total_cents, language, city, phone, client_name, description, payment_reminder_hours, pay_token, expires_at, created_at, address, next_reminder_at)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
				CASE WHEN $6 = 'awaiting_payment' AND $17::numeric > 0 THEN $20::timestamptz + $17::double precision * interval '1 hour' END)
			 ON CONFLICT (decision_id) DO UPDATE SET decision_id = excluded.decision_id RETURNING ${COLUMNS}, (xmax = 0) AS inserted`,
			[
				newId('ord'), order.tenantId, order.companyId, order.conversationId, order.decisionId, order.status, order.currency,
				JSON.stringify(order.lines), order.productsCents, order.deliveryCents, order.totalCents, order.language, order.city, order.phone,
				order.clientName, order.description, order.paymentReminderHours, newToken(), order.expiresAt, order.createdAt, order.address,
			],
		);
		const stored = one(rows);
		if (rows[0]?.inserted === true) {
			await recordOrderEvent(sql, stored.id, 'order.created', order.createdAt);
			if (stored.status === 'confirmed') await recordOrderEvent(sql, stored.id, 'order.confirmed', order.createdAt);
		}
		return stored;
	},
	async find(sql: Sql, orderId: string): Promise<Order | undefined> {
		const { rows } = await sql.query<OrderRow>(`SELECT ${COLUMNS} FROM orders WHERE id = $1`, [orderId]);
		return rows[0] && toOrder(rows[0]);
	},
	/** Locked until the transaction ends. */
	async findForUpdate(sql: Sql, orderId: string): Promise<Order | undefined> {
		const { rows } = await sql.query<OrderRow>(`SELECT ${COLUMNS} FROM orders WHERE id = $1 FOR UPDATE`, [orderId]);
		return rows[0] && toOrder(rows[0]);
	},
	async findByDecision(sql: Sql, decisionId: string): Promise<Order | undefined> {
		const { rows } = await sql.query<OrderRow>(`SELECT ${COLUMNS} FROM orders WHERE decision_id = $1`, [decisionId]);
		return rows[0] && toOrder(rows[0]);
	},
	async findByPayToken(sql: Sql, token: string): Promise<Order | undefined> {
		const { rows } = await sql.query<OrderRow>(`SELECT ${COLUMNS} FROM orders WHERE pay_token = $1`, [token]);
		return rows[0] && toOrder(rows[0]);
	},
	/** Newest first. */
	async list(
		sql: Sql,
		filter: { companyId?: string | undefined; conversationId?: string | undefined; status?: OrderStatus | undefined; startingAfter?: string | undefined; limit: number },
	): Promise<Order[]> {
		const { rows } = await sql.query<OrderRow>(
			`SELECT ${COLUMNS} FROM orders
			 WHERE ($1::text IS NULL OR company_id = $1) AND ($2::text IS NULL OR conversation_id = $2) AND ($3::text IS NULL OR status = $3)
				AND ($4::text IS NULL OR id < $4)
			 ORDER BY id DESC LIMIT $5`,
			[filter.companyId ?? null, filter.conversationId ?? null, filter.status ?? null, filter.startingAfter ?? null, filter.limit],
		);
		return rows.map(toOrder);
	},
	/** A conversation's orders that wait for a payment which nobody has made yet. */
	async unpaidOf(sql: Sql, conversationId: string): Promise<Order[]> {
		const { rows } = await sql.query<OrderRow>(
			`SELECT ${COLUMNS} FROM orders WHERE conversation_id = $1 AND status = 'awaiting_payment' AND NOT payment_on_its_way(id) ORDER BY id FOR UPDATE`,
			[conversationId],
		);
		return rows.map(toOrder);
	},
	/** Applies an event to an order that the caller holds locked. */
	async apply(sql: Sql, order: Order, event: OrderEvent, now: Date): Promise<OrderTransition> {
		const transition = applyOrderEvent(order.status, event);
		if (transition.changed) {
			await sql.query(`UPDATE orders SET status = $2, paid_at = CASE WHEN $2 = 'paid' THEN $3 ELSE paid_at END WHERE id = $1`, [
				order.id, transition.status, now,
			]);
			await recordOrderEvent(sql, order.id, EVENT[event.type], now);
		}
		return transition;
	},
};

function one(rows: readonly OrderRow[]): Order {
	const [row] = rows;
	if (!row) throw new Error('INSERT … RETURNING returned no order');
	return toOrder(row);
}

function toOrder(row: OrderRow): Order {
	return {
		id: row.id,
		tenantId: row.tenant_id,
		companyId: row.company_id,
		conversationId: row.conversation_id,
		decisionId: row.decision_id,
		status: row.status,
		currency: row.currency,
		lines: row.lines,
		productsCents: row.products_cents,
		deliveryCents: row.delivery_cents,
		totalCents: row.total_cents,
		language: row.language,
		city: row.city,
		phone: row.phone,
		address: row.address,
		clientName: row.client_name,
		description: row.description,
		paymentReminderHours: Number(row.payment_reminder_hours),
		payToken: row.pay_token,
		expiresAt: row.expires_at,
		createdAt: row.created_at,
		paidAt: row.paid_at,
		paymentOnItsWay: row.on_its_way,
		refundedCents: row.refunded_cents,
		disputeStatus: row.dispute_status,
		remindersSent: row.reminders_sent,
		nextReminderAt: row.next_reminder_at,
		noReminder: row.no_reminder,
	};
}
