import express from 'express';
import type { Router } from 'express';
import type { Logger } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import type { StripeClient } from '../../vendors/stripe/client.ts';
import { verifyWebhook } from '../../vendors/stripe/webhook.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import { applyAccountEvent } from './apply-account-event.ts';
import { applyCheckoutEvent } from './apply-checkout-event.ts';
import { applyMoneyEvent } from './money.ts';
import { accountEvent, anyCheckoutEvent, anyMoneyEvent, checkoutEvent, moneyEvent } from './stripe-event.ts';

/**
 * `POST /hooks/stripe`: verify the raw bytes, apply in one transaction, answer 200 once it is committed. Anything but 2xx makes Stripe
 * deliver again. Events of accounts and sessions that are not ours are acknowledged and dropped.
 */
export function createStripeHook(deps: {
	database: Database;
	outbox: OutboxPort;
	bookings?: Pick<OrderBookings, 'extendHold' | 'onPaid' | 'onRefunded'> | undefined;
	stripe: StripeClient | null;
	/** One per endpoint at Stripe; two while one is rolled. */
	webhookSecrets: readonly string[];
	publicUrl: string;
	now: () => Date;
	log: Logger;
}): Router {
	const { database, outbox, bookings, stripe, webhookSecrets, publicUrl, now, log } = deps;
	const router = express.Router();

	router.post('/hooks/stripe', express.raw({ type: () => true, limit: '1mb' }), async (request, response) => {
		if (webhookSecrets.length === 0) {
			throw new AppError('payments_off', 'Payment confirmations are off: set STRIPE_WEBHOOK_SECRET.', { status: 503 });
		}
		const rawBody: unknown = request.body;
		const body = verifyWebhook(Buffer.isBuffer(rawBody) ? rawBody : Buffer.alloc(0), request.get('stripe-signature'), webhookSecrets, now());
		const checkout = checkoutEvent.safeParse(body);
		if (checkout.success) {
			const event = checkout.data;
			const tenantId = await tenantOf(event.account, event.data.object.id);
			if (tenantId === null) log.info({ eventId: event.id, type: event.type }, 'event of an account that is not connected here');
			else {
				const applied = await database.withTenant(tenantId, (sql) => applyCheckoutEvent(sql, tenantId, event, { outbox, bookings, publicUrl, now: now(), log }));
				log.info({ eventId: event.id, type: event.type, applied }, 'payment event');
			}
		} else if (anyMoneyEvent.safeParse(body).success) {
			const money = moneyEvent.safeParse(body);
			if (!money.success) throw notUnderstood(money.error.issues);
			const event = money.data;
			const tenantId = await tenantOfPayment(event.account, event.data.object.payment_intent ?? '');
			if (tenantId !== null) {
				const applied = await database.withTenant(tenantId, (sql) => applyMoneyEvent(sql, tenantId, event, { outbox, bookings, now: now(), log }));
				log.info({ eventId: event.id, type: event.type, applied }, 'payment event');
			}
		} else if (anyCheckoutEvent.safeParse(body).success) {
			throw notUnderstood(checkout.error.issues);
		} else {
			const account = accountEvent.safeParse(body);
			const tenantId = account.success ? await tenantOf(account.data.account, '') : null;
			if (account.success && tenantId !== null && stripe) await applyAccountEvent(database, stripe, tenantId, account.data, now());
		}
		response.json({ received: true });
	});

	/** Not acknowledged: Stripe keeps it for days, until it can be read. */
	function notUnderstood(issues: unknown): AppError {
		log.error({ issues }, 'a payment event can\'t be read');
		return new AppError('event_not_understood', 'This event is not of the form that Stripe documents. It is not acknowledged.', { status: 422 });
	}

	async function tenantOfPayment(accountId: string, paymentIntentId: string): Promise<string | null> {
		const { rows } = await database.system.query<{ tenant: string | null }>(
			"SELECT coalesce(tenant_of('stripe_account', $1), tenant_of_payment_intent($1, $2)) AS tenant",
			[accountId, paymentIntentId],
		);
		return rows[0]?.tenant ?? null;
	}

	/** By the connected account; for one that was disconnected meanwhile, by the session that was made on it. */
	async function tenantOf(accountId: string, sessionId: string): Promise<string | null> {
		const { rows } = await database.system.query<{ tenant: string | null }>(
			"SELECT coalesce(tenant_of('stripe_account', $1), tenant_of_checkout_session($2)) AS tenant",
			[accountId, sessionId],
		);
		return rows[0]?.tenant ?? null;
	}
	return router;
}
