import type { Logger } from 'pino';
import type { PaymentProviderName } from '../../../../core/orders/payment-provider.ts';
import { formatMoney } from '../../../../core/agent/phrases/money.ts';
import { phrasesFor } from '../../../../core/agent/phrases/index.ts';
import { isPayable } from '../../../../core/orders/order.ts';
import type { Sql } from '../../store/database.ts';
import { lockConversation } from '../agent/turn-port.ts';
import type { Booking } from '../bookings/booking.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import { whenOf } from '../bookings/tell-customer.ts';
import { sessionRepository } from '../checkout/session-repository.ts';
import { readCompanySettings } from '../companies/settings.ts';
import { paymentUrl } from '../orders/payment-url.ts';
import type { Order } from '../orders/repository.ts';
import { orderRepository } from '../orders/repository.ts';
import { releaseUnlessPayable } from '../orders/release-holds.ts';
import { stockReservations } from '../orders/stock.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import { lockPayment, rememberEvent, settleMoney } from './money.ts';
import type { CheckoutEvent } from './stripe-event.ts';

/** Of a payment that was made and is not there yet, as of a bank debit. */
const LONGEST_ON_ITS_WAY_MS = 14 * 86_400_000;

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
 * One verified event of any provider, in the form of Stripe's, in the caller's one transaction of the tenant: the event, the order, its session, the conversation and the
 * confirmation to the customer are stored together or not at all.
 */
export async function applyCheckoutEvent(
	sql: Sql,
	tenantId: string,
	event: CheckoutEvent,
	deps: { outbox: OutboxPort; publicUrl: string; now: Date; log: Logger; provider?: PaymentProviderName; bookings?: Pick<OrderBookings, 'extendHold' | 'onPaid' | 'onRefunded'> | undefined },
): Promise<Applied> {
	const session = event.data.object;
	const payment = session.payment_intent ?? null;
	if (payment !== null) await lockPayment(sql, event.account, payment);
	const orderId = session.client_reference_id ?? session.metadata?.['order_id'] ?? '';
	const found = await orderRepository.find(sql, orderId);
	if (found) await lockConversation(sql, found.conversationId);
	if (!(await rememberEvent(sql, tenantId, event))) return 'duplicate';
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
			// At other providers than Stripe, a sum that was held may be let go.
			if (deps.provider !== undefined && deps.provider !== 'stripe') await sessionRepository.failed(sql, session.id);
			await releaseUnlessPayable(sql, order.id, deps.now);
			return 'recorded';
		case 'checkout.session.async_payment_failed':
			await storeComplete(sql, order, event, deps.provider ?? 'stripe');
			if (await sessionRepository.failed(sql, session.id)) await tellFailure(sql, order, session.id, deps);
			await releaseUnlessPayable(sql, order.id, deps.now);
			return 'recorded';
		case 'checkout.session.completed':
		case 'checkout.session.async_payment_succeeded':
			break;
	}
	await storeComplete(sql, order, event, deps.provider ?? 'stripe');
	if (payment !== null) await sessionRepository.setPaymentIntent(sql, session.id, payment);
	if (session.payment_status !== 'paid') {
		// Whoever is deciding on an answer to the customer begins anew: the order is not to be amended any more.
		await sql.query('UPDATE orders SET status = status WHERE id = $1', [order.id]);
		await deps.bookings?.extendHold(sql, order.id, new Date(deps.now.getTime() + LONGEST_ON_ITS_WAY_MS));
		return 'recorded';
	}
	const isNews = await sessionRepository.paid(sql, session.id, deps.now);
	const transition = await orderRepository.apply(sql, order, { type: 'payment_received' }, deps.now);
	if (!transition.changed) {
		if (isNews) deps.log.error({ orderId: order.id, sessionId: session.id }, 'an order was paid twice: give one of the payments back');
		await settleMoney(sql, order, deps);
		return 'recorded';
	}
	if (transition.late) {
		deps.log.warn({ orderId: order.id, was: order.status }, 'an order was paid after it had ended: a person should look at it');
	}
	await stockReservations.sell(sql, order.id);
	const booked = (await deps.bookings?.onPaid(sql, order)) ?? [];
	await confirm(sql, order, booked, deps);
	await settleMoney(sql, { ...order, status: transition.status }, deps);
	return 'paid';
}

async function mismatch(sql: Sql, order: Order, event: CheckoutEvent): Promise<string | null> {
	const session = event.data.object;
	const { rows } = await sql.query<{ account: string | null; session_order: string | null }>(
		`SELECT coalesce(s.account_id, (SELECT a.id FROM payment_accounts a WHERE a.company_id = c.id AND a.id = $3), c.stripe_account_id) AS account, s.order_id AS session_order
		 FROM companies c LEFT JOIN checkout_sessions s ON s.id = $2 WHERE c.id = $1`,
		[order.companyId, session.id, event.account],
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
async function storeComplete(sql: Sql, order: Order, event: CheckoutEvent, provider: PaymentProviderName): Promise<void> {
	const session = event.data.object;
	const { last } = await sessionRepository.unsettledAttempt(sql, order.id);
	await sessionRepository.insert(sql, order, last, event.account, {
		provider,
		id: session.id,
		url: '',
		status: 'complete',
		amountCents: order.totalCents,
		currency: order.currency,
		expiresAt: new Date((session.expires_at ?? event.created) * 1_000),
	});
	await sessionRepository.end(sql, session.id, 'complete');
}

/** The customer can try again, for as long as a new order could be paid. An order whose time began meanwhile has no link any more. */
async function tellFailure(sql: Sql, order: Order, sessionId: string, { outbox, publicUrl, now }: { readonly outbox: OutboxPort; readonly publicUrl: string; readonly now: Date }): Promise<void> {
	if (order.status === 'paid' || order.status === 'refunded') return;
	const { rows } = await sql.query<{ connection_id: string; settings: unknown; begins_at: Date | null }>(
		`SELECT v.connection_id, c.settings, (SELECT min(b.starts_at) FROM bookings b WHERE b.order_id = $2 AND b.status IN ('held', 'released')) AS begins_at
		 FROM conversations v JOIN companies c ON c.id = $3 WHERE v.id = $1`,
		[order.conversationId, order.id, order.companyId],
	);
	const known = rows[0];
	if (!known) return;
	const latest = Math.max(order.expiresAt.getTime(), now.getTime() + readCompanySettings(known.settings).order_expires_after_hours * 3_600_000);
	const expiresAt = new Date(Math.min(latest, known.begins_at?.getTime() ?? latest));
	// The message takes the place of a reminder.
	await sql.query(`UPDATE orders SET expires_at = $2, reminded_at = $3 WHERE id = $1 AND status = 'awaiting_payment'`, [order.id, expiresAt, now]);
	const phrases = phrasesFor(order.language);
	const canPay = isPayable({ status: order.status, expiresAt, paymentOnItsWay: false }, now);
	const text = [phrases.paymentFailed(formatMoney(order.totalCents, order.currency, phrases.language)), canPay ? phrases.paymentLink(paymentUrl(publicUrl, order.payToken)) : phrases.orderClosed].join('\n');
	await outbox.enqueue(sql, {
		tenantId: order.tenantId,
		connectionId: known.connection_id,
		conversationId: order.conversationId,
		turnId: null,
		generation: null,
		keyPrefix: `payment-failed:${sessionId}`,
		author: 'assistant',
		parts: [{ kind: 'text', text, mediaUrl: '' }],
	});
}

/** Rule 13: the payment status changes and confirmations are sent only here. */
async function confirm(sql: Sql, order: Order, booked: readonly Booking[], { outbox, now }: { readonly outbox: OutboxPort; readonly now: Date }): Promise<void> {
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
		parts: [{ kind: 'text', text: confirmationText(order, booked, now), mediaUrl: '' }],
	});
}

/** "Your order is paid", what it was, the sum and when it takes place or arrives, in the order's language. A time that was lost meanwhile is said to be. */
export function confirmationText(order: Pick<Order, 'language' | 'lines' | 'totalCents' | 'currency'>, booked: readonly Booking[], now: Date): string {
	const phrases = phrasesFor(order.language);
	const lines = order.lines.map(({ name, quantity }) => `• ${name} × ${quantity}`);
	const kept = booked.filter(({ status }) => status === 'confirmed');
	const several = kept.filter(({ kind }) => kind === 'appointment').length > 1;
	const times = kept.map((booking) => {
		const when = whenOf(booking, phrases.language, now);
		if (booking.kind === 'delivery') return phrases.cartDelivered(when);
		return phrases.cartWhen(several ? `${booking.itemName} — ${when}` : when);
	});
	const lost = booked.filter(({ status }) => status === 'failed').map(({ itemName }) => `${phrases.slotTaken(itemName)} ${phrases.dateOpen}`);
	return [phrases.paid, '', ...lines, phrases.cartTotal(formatMoney(order.totalCents, order.currency, phrases.language)), ...times, ...lost].join('\n');
}
