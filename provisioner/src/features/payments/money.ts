import type { Logger } from 'pino';
import { formatMoney } from '../../../../core/agent/phrases/money.ts';
import { phrasesFor } from '../../../../core/agent/phrases/index.ts';
import { laterDispute, laterRefundStatus, moneyState } from '../../../../core/orders/payment-facts.ts';
import type { DisputeStatus, RefundStatus } from '../../../../core/orders/payment-facts.ts';
import { statusWithRefunds } from '../../../../core/orders/order.ts';
import type { Sql } from '../../store/database.ts';
import { lockConversation } from '../agent/turn-port.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import type { Order } from '../orders/repository.ts';
import { orderRepository } from '../orders/repository.ts';
import { recordOrderEvent } from '../orders/record-order-event.ts';
import { stockReservations } from '../orders/stock.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import { cancellationRefunds } from './cancellation-refund-repository.ts';
import type { DisputeEvent, RefundEvent } from './stripe-event.ts';

export interface MoneyDeps {
	readonly outbox: OutboxPort;
	readonly bookings?: Pick<OrderBookings, 'onRefunded'> | undefined;
	readonly now: Date;
	readonly log: Logger;
}

/** Once an event; less than the provider sends, because it holds the payer's personal data. false: it was applied before. */
export async function rememberEvent(sql: Sql, tenantId: string, event: { readonly id: string; readonly type: string; readonly account: string }): Promise<boolean> {
	const { rowCount } = await sql.query(
		'INSERT INTO payment_events (id, tenant_id, type, account_id, payload) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING',
		[event.id, tenantId, event.type, event.account, JSON.stringify(event)],
	);
	return rowCount === 1;
}

/** Whoever tells of a payment takes turns, until the transaction ends: a refund and the payment that it gives back may come at the same moment. Before the conversation's lock. */
export async function lockPayment(sql: Sql, accountId: string, paymentIntentId: string): Promise<void> {
	await sql.query(`SELECT pg_advisory_xact_lock(hashtextextended('payment:' || $1 || ':' || $2, 0))`, [accountId, paymentIntentId]);
}

/**
 * A verified event of a refund or a dispute, in the caller's one transaction of the tenant. What it tells is stored even when the payment
 * is not known (yet): the order learns of it when it is.
 */
export async function applyMoneyEvent(sql: Sql, tenantId: string, event: RefundEvent | DisputeEvent, deps: MoneyDeps): Promise<'duplicate' | 'recorded' | 'not_matched'> {
	const paymentIntentId = event.data.object.payment_intent;
	if (paymentIntentId === null) return 'not_matched';
	await lockPayment(sql, event.account, paymentIntentId);
	const { rows } = await sql.query<{ order_id: string; conversation_id: string }>(
		`SELECT o.id AS order_id, o.conversation_id FROM checkout_sessions s JOIN orders o ON o.id = s.order_id
		 WHERE s.account_id = $1 AND s.payment_intent_id = $2`,
		[event.account, paymentIntentId],
	);
	const known = rows[0];
	if (known) await lockConversation(sql, known.conversation_id);
	if (!(await rememberEvent(sql, tenantId, event))) return 'duplicate';
	if (isRefund(event)) await storeRefund(sql, tenantId, event, paymentIntentId);
	else await storeDispute(sql, tenantId, event, paymentIntentId, deps.log);
	const order = known && (await orderRepository.findForUpdate(sql, known.order_id));
	if (!order) return 'not_matched';
	await settleMoney(sql, order, deps);
	return 'recorded';
}

function isRefund(event: RefundEvent | DisputeEvent): event is RefundEvent {
	return event.data.object.object === 'refund';
}

async function storeRefund(sql: Sql, tenantId: string, event: RefundEvent, paymentIntentId: string): Promise<void> {
	const refund = event.data.object;
	const { rows } = await sql.query<{ status: RefundStatus }>('SELECT status FROM payment_refunds WHERE account_id = $1 AND id = $2', [event.account, refund.id]);
	const status = rows[0] ? laterRefundStatus(rows[0].status, refund.status) : refund.status;
	await sql.query(
		`INSERT INTO payment_refunds (id, tenant_id, account_id, payment_intent_id, amount_cents, currency, status) VALUES ($1, $2, $3, $4, $5, $6, $7)
		 ON CONFLICT (tenant_id, account_id, id) DO UPDATE SET status = excluded.status`,
		[refund.id, tenantId, event.account, paymentIntentId, refund.amount, refund.currency, status],
	);
}

async function storeDispute(sql: Sql, tenantId: string, event: DisputeEvent, paymentIntentId: string, log: Logger): Promise<void> {
	const dispute = event.data.object;
	const { rows } = await sql.query<{ status: DisputeStatus; told_at: string }>('SELECT status, told_at FROM payment_disputes WHERE account_id = $1 AND id = $2', [event.account, dispute.id]);
	const told = { status: dispute.status, toldAt: event.created };
	const later = rows[0] ? laterDispute({ status: rows[0].status, toldAt: Number(rows[0].told_at) }, told) : told;
	await sql.query(
		`INSERT INTO payment_disputes (id, tenant_id, account_id, payment_intent_id, amount_cents, currency, status, reason, told_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		 ON CONFLICT (tenant_id, account_id, id) DO UPDATE SET status = excluded.status, told_at = excluded.told_at`,
		[dispute.id, tenantId, event.account, paymentIntentId, dispute.amount, dispute.currency, later.status, dispute.reason, later.toldAt],
	);
	if (rows.length === 0) log.warn({ disputeId: dispute.id, reason: dispute.reason, status: later.status }, 'a customer disputes a payment: answer in the dashboard of the payment provider');
}

/** Makes the order, its stock and its conversation agree with all that is known of its money. The caller holds the order locked. Returns the order as it is now. */
export async function settleMoney(sql: Sql, order: Order, deps: MoneyDeps): Promise<Order> {
	const { rows } = await sql.query<{
		paid_cents: string;
		refunds: { id: string; amountCents: number; status: RefundStatus }[];
		disputes: { status: DisputeStatus; toldAt: number; amountCents: number; reason: string }[];
	}>(
		`WITH paid AS (SELECT account_id, payment_intent_id, amount_cents FROM checkout_sessions WHERE order_id = $1 AND paid_at IS NOT NULL)
		 SELECT (SELECT coalesce(sum(amount_cents), 0) FROM paid) AS paid_cents,
			(SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'amountCents', r.amount_cents, 'status', r.status) ORDER BY r.id), '[]')
			 FROM payment_refunds r JOIN paid USING (account_id, payment_intent_id)) AS refunds,
			(SELECT coalesce(jsonb_agg(jsonb_build_object('status', d.status, 'toldAt', d.told_at, 'amountCents', d.amount_cents, 'reason', d.reason)), '[]')
			 FROM payment_disputes d JOIN paid USING (account_id, payment_intent_id)) AS disputes`,
		[order.id],
	);
	const [known] = rows;
	if (!known) throw new Error('a SELECT without FROM returned no row');
	const money = moneyState({ paidCents: Number(known.paid_cents), refunds: known.refunds, disputes: known.disputes });
	const status = statusWithRefunds(order.status, money.refunded);
	if (status === order.status && money.refundedCents === order.refundedCents && money.disputeStatus === order.disputeStatus) return order;
	await sql.query('UPDATE orders SET status = $2, refunded_cents = $3, dispute_status = $4 WHERE id = $1', [order.id, status, money.refundedCents, money.disputeStatus]);
	if (money.disputeStatus !== null && money.disputeStatus !== order.disputeStatus) {
		const dispute = known.disputes.find((one) => one.status === money.disputeStatus);
		await recordOrderEvent(sql, order.id, 'order.disputed', deps.now, { dispute_status: money.disputeStatus, amount_cents: dispute?.amountCents, reason: dispute?.reason });
	}
	if (money.refundedCents < order.refundedCents) await cancellationRefunds.failed(sql, order.id);
	if (status !== order.status) {
		if (status === 'refunded') {
			await stockReservations.giveBack(sql, order.id);
			await deps.bookings?.onRefunded(sql, order);
			await recordOrderEvent(sql, order.id, 'order.refunded', deps.now, { refunded_cents: money.refundedCents });
			await sql.query(
				`UPDATE conversations c SET session = session || '{"paymentStatus": "no_payment_link"}'
				 WHERE id = $1 AND session->>'paymentStatus' = 'paid' AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.conversation_id = c.id AND o.status = 'paid')`,
				[order.conversationId],
			);
		} else {
			await stockReservations.sell(sql, order.id);
			deps.log.error({ orderId: order.id }, 'a refund failed: the order counts as paid again, and the customer still waits for the money');
		}
	}
	for (const refund of known.refunds) if (refund.status !== 'failed' && refund.status !== 'canceled') await tellRefund(sql, order, refund, deps.outbox);
	return { ...order, status, refundedCents: money.refundedCents, disputeStatus: money.disputeStatus };
}

/** Once a refund: the outbox knows its key. */
async function tellRefund(sql: Sql, order: Order, refund: { readonly id: string; readonly amountCents: number }, outbox: OutboxPort): Promise<void> {
	const { rows } = await sql.query<{ connection_id: string }>('SELECT connection_id FROM conversations WHERE id = $1', [order.conversationId]);
	const connectionId = rows[0]?.connection_id;
	if (connectionId === undefined) return;
	const phrases = phrasesFor(order.language);
	await outbox.enqueue(sql, {
		tenantId: order.tenantId,
		connectionId,
		conversationId: order.conversationId,
		turnId: null,
		generation: null,
		keyPrefix: `order-refunded:${refund.id}`,
		author: 'assistant',
		parts: [{ kind: 'text', text: phrases.refunded(formatMoney(refund.amountCents, order.currency, phrases.language)), mediaUrl: '' }],
	});
}
