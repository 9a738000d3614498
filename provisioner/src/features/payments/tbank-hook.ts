import express from 'express';
import type { Router } from 'express';
import type { Logger } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import { readNotification } from '../../vendors/tbank/notification.ts';
import type { TbankNotification } from '../../vendors/tbank/notification.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import { applyCheckoutEvent } from './apply-checkout-event.ts';
import { rememberEvent } from './money.ts';
import type { Applied } from './apply-checkout-event.ts';
import { accountRepository } from './providers/account-repository.ts';
import type { PaymentProviders } from './providers/providers.ts';
import { orderOfTbank, TBANK_CURRENCY, tbankStatusOf } from './providers/tbank.ts';
import type { CheckoutEvent } from './stripe-event.ts';
import { applyTbankRefund, isRefundTold } from './tbank-refund.ts';

/**
 * `POST /hooks/tbank/<hook token>`: the token says whose terminal it is, the terminal's password whether the bank has written it. Applied in one
 * transaction, through the same door as Stripe's events; `OK` once it is committed. The bank repeats whatever gets another answer.
 */
export function createTbankHook(deps: { database: Database; outbox: OutboxPort; bookings?: Pick<OrderBookings, 'extendHold' | 'onPaid' | 'onRefunded'> | undefined; providers: PaymentProviders; publicUrl: string; now: () => Date; log: Logger }): Router {
	const { database, outbox, providers, now, log } = deps;
	const router = express.Router();

	router.post('/hooks/tbank/:token', express.raw({ type: () => true, limit: '1mb' }), async (request, response) => {
		const rawBody: unknown = request.body;
		const { rows } = await database.system.query<{ tenant_id: string; account_id: string }>("SELECT tenant_id, account_id FROM payment_account_of_hook('tbank', $1)", [
			String(request.params.token),
		]);
		const owner = rows[0];
		if (!owner) throw unknownHook();
		const { tenant_id: tenantId, account_id: accountId } = owner;
		const terminal = await database.withTenant(tenantId, async (sql) => {
			const account = await accountRepository.find(sql, accountId);
			return account && (await providers.terminalOf(sql, tenantId, account));
		});
		if (!terminal) throw unknownHook();
		const notification = readNotification(Buffer.isBuffer(rawBody) ? rawBody : Buffer.alloc(0), terminal);
		const event = tbankEvent(notification, accountId, now());
		const applied = await database.withTenant(tenantId, async (sql): Promise<Applied | 'not_matched'> => {
			if (isRefundTold(notification)) return applyTbankRefund(sql, tenantId, accountId, notification, { outbox, bookings: deps.bookings, now: now(), log });
			if (event.type !== null) return applyCheckoutEvent(sql, tenantId, { ...event, type: event.type }, { outbox, bookings: deps.bookings, publicUrl: deps.publicUrl, now: now(), log, provider: 'tbank' });
			return (await rememberEvent(sql, tenantId, { ...event, type: `tbank.${notification.Status}` })) ? 'recorded' : 'duplicate';
		});
		log.info({ eventId: event.id, status: notification.Status, applied }, 'payment event');
		response.type('text/plain').send('OK');
	});
	return router;
}

/**
 * A notification as an event of a checkout; `type` null when it changes nothing here: a sum that is held (CONFIRMED follows). A payment that ended stays ended and one that was made stays made, so their order does not matter.
 */
function tbankEvent(notification: TbankNotification, account: string, now: Date): Omit<CheckoutEvent, 'type'> & { type: CheckoutEvent['type'] | null } {
	const { PaymentId, OrderId, Status, Amount } = notification;
	const orderId = orderOfTbank(OrderId);
	const seconds = Math.floor(now.getTime() / 1_000);
	const paid = Status === 'CONFIRMED';
	return {
		id: `tbank:${account}:${PaymentId}:${Status}:${Amount}`,
		object: 'event',
		type: paid ? 'checkout.session.completed' : tbankStatusOf(Status) === 'expired' ? 'checkout.session.expired' : null,
		account,
		created: seconds,
		livemode: true,
		data: {
			object: { id: PaymentId, amount_total: Amount, currency: TBANK_CURRENCY, payment_status: paid ? 'paid' : 'unpaid', client_reference_id: orderId, payment_intent: PaymentId, expires_at: seconds },
		},
	};
}

/** Never shows the token: it is a secret. */
function unknownHook(): AppError {
	return new AppError('hook_not_found', 'There is no payment account behind this webhook address.', { status: 404 });
}
