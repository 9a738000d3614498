import type { Logger } from 'pino';
import { formatMoney } from '../../../../core/agent/phrases/money.ts';
import { phrasesFor } from '../../../../core/agent/phrases/index.ts';
import type { Sql } from '../../store/database.ts';
import { lockConversation } from '../agent/turn-port.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import { sessionRepository } from '../checkout/session-repository.ts';
import type { Order } from '../orders/repository.ts';
import { orderRepository } from '../orders/repository.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import type { CheckoutEvent } from './stripe-event.ts';

export type Applied =
	/** This event was applied before. */
	| 'duplicate'
	/** Not a session of ours: businesses sell by themselves with the same account. */
	| 'not_ours'
	/** Sum, currency or account are not the order's: recorded, and the order is left alone. */
	| 'mismatch'
	| 'paid'
	| 'recorded';

/**
 * One verified event, in the caller's one transaction of the tenant: the event, the order, its session, the conversation and the
 * confirmation to the customer are stored together or not at all.
 */
export async function applyCheckoutEvent(
	sql: Sql,
	tenantId: string,
	event: CheckoutEvent,
	deps: { outbox: OutboxPort; bookings?: Pick<OrderBookings, 'onPaid'> | undefined; now: Date; log: Logger },
): Promise<Applied> {
	const session = event.data.object;
	const orderId = session.client_reference_id ?? session.metadata?.['order_id'] ?? '';
	const found = await orderRepository.find(sql, orderId);
	if (found) await lockConversation(sql, found.conversationId);
	if (!(await remember(sql, tenantId, event))) return 'duplicate';
	const order = found && (await orderRepository.findForUpdate(sql, found.id));
	if (!order) return 'not_ours';

	const problem = await mismatch(sql, order, event);
	if (problem !== null) {
		deps.log.error({ eventId: event.id, orderId: order.id, problem }, 'a payment event does not match its order; nothing was changed');
		return 'mismatch';
	}
	switch (event.type) {
		case 'checkout.session.expired':
			await sessionRepository.end(sql, session.id, 'expired');
			return 'recorded';
		case 'checkout.session.async_payment_failed':
			await sessionRepository.failed(sql, session.id);
			return 'recorded';
		case 'checkout.session.completed':
		case 'checkout.session.async_payment_succeeded':
			break;
	}
	await storeComplete(sql, order, event);
	if (session.payment_status !== 'paid') return 'recorded';
	const transition = await orderRepository.apply(sql, order, { type: 'payment_received' }, deps.now);
	if (!transition.changed) return 'recorded';
	if (transition.late) {
		deps.log.warn({ orderId: order.id, was: order.status }, 'an order was paid after it had ended: a person should look at it');
	}
	await deps.bookings?.onPaid(sql, order);
	await confirm(sql, order, deps.outbox);
	return 'paid';
}

/** Once an event; less than Stripe sends, because it holds the payer's personal data. */
async function remember(sql: Sql, tenantId: string, event: CheckoutEvent): Promise<boolean> {
	const { rowCount } = await sql.query(
		'INSERT INTO payment_events (id, tenant_id, type, account_id, payload) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING',
		[event.id, tenantId, event.type, event.account, JSON.stringify(event)],
	);
	return rowCount === 1;
}

async function mismatch(sql: Sql, order: Order, event: CheckoutEvent): Promise<string | null> {
	const session = event.data.object;
	const { rows } = await sql.query<{ account: string | null; session_order: string | null }>(
		`SELECT coalesce(s.account_id, c.stripe_account_id) AS account, s.order_id AS session_order
		 FROM companies c LEFT JOIN checkout_sessions s ON s.id = $2 WHERE c.id = $1`,
		[order.companyId, session.id],
	);
	const known = rows[0];
	if (known?.account !== event.account) return 'account';
	if (known.session_order !== null && known.session_order !== order.id) return 'order';
	if (session.metadata?.['order_id'] !== undefined && session.metadata['order_id'] !== order.id) return 'order';
	if (session.amount_total !== order.totalCents) return 'amount';
	if (session.currency !== order.currency) return 'currency';
	return null;
}

/** The session may be unknown still: its event can be faster than the answer to the request that made it. */
async function storeComplete(sql: Sql, order: Order, event: CheckoutEvent): Promise<void> {
	const session = event.data.object;
	const { last } = await sessionRepository.unsettledAttempt(sql, order.id);
	await sessionRepository.insert(sql, order, last, event.account, {
		id: session.id,
		url: '',
		status: 'complete',
		paid: session.payment_status === 'paid',
		amountCents: order.totalCents,
		currency: order.currency,
		expiresAt: new Date((session.expires_at ?? event.created) * 1_000),
	});
	await sessionRepository.end(sql, session.id, 'complete');
}

/** Rule 13: the payment status changes and confirmations are sent only here. */
async function confirm(sql: Sql, order: Order, outbox: OutboxPort): Promise<void> {
	const { rows } = await sql.query<{ connection_id: string }>(
		`UPDATE conversations c
		 SET session = CASE WHEN EXISTS (SELECT 1 FROM orders o WHERE o.conversation_id = c.id AND o.id > $2 AND o.status = 'awaiting_payment')
			THEN session ELSE session || '{"paymentStatus": "paid"}' END
		 WHERE id = $1 RETURNING connection_id`,
		[order.conversationId, order.id],
	);
	const connectionId = rows[0]?.connection_id;
	if (connectionId === undefined) return;
	await outbox.enqueue(sql, {
		tenantId: order.tenantId,
		connectionId,
		conversationId: order.conversationId,
		turnId: null,
		// Sent whatever the conversation has come to meanwhile.
		generation: null,
		keyPrefix: `order-paid:${order.id}`,
		author: 'assistant',
		parts: [{ kind: 'text', text: confirmationText(order), mediaUrl: '' }],
	});
}

/** "Your order is paid", what it was, and the sum, in the order's language. */
export function confirmationText(order: Pick<Order, 'language' | 'lines' | 'totalCents' | 'currency'>): string {
	const phrases = phrasesFor(order.language);
	const lines = order.lines.map(({ name, quantity }) => `• ${name} × ${quantity}`);
	return [phrases.paid, '', ...lines, phrases.cartTotal(formatMoney(order.totalCents, order.currency, phrases.language))].join('\n');
}
