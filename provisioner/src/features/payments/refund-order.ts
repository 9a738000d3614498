import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Logger } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import { endpoint, idParams } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { PaidSession } from '../checkout/session-repository.ts';
import { sessionRepository } from '../checkout/session-repository.ts';
import { orderJson, orderSchema } from '../orders/endpoints.ts';
import type { Order } from '../orders/repository.ts';
import { orderRepository } from '../orders/repository.ts';
import { cancellationRefunds } from './cancellation-refund-repository.ts';
import type { MoneyDeps } from './money.ts';
import { applyMoneyEvent, lockPayment } from './money.ts';
import type { PaymentProviders } from './providers/providers.ts';
import { refundsOf } from './tbank-refund.ts';

const refundSchema = z
	.object({
		object: z.literal('refund'),
		status: z.enum(['succeeded', 'pending', 'by_hand']).describe('pending: the provider does it later. by_hand: send the money yourself; it is recorded as given back.'),
		amount_cents: z.int(),
		order: orderSchema,
	})
	.meta({ id: 'Refund' });

/**
 * Gives the money of an order back, all that is left of a payment or a part: at its provider, which tells of it by its events, or by hand. Of an
 * order that was paid twice, the payment that came last and has enough left.
 *
 * @throws AppError `order_not_found` (404), `refund_not_possible` (409), VendorError when the provider does not do it or gives no answer
 */
export type GiveBack = (
	tenantId: string,
	orderId: string,
	wanted: {
		readonly amountCents: number | null;
		/** The same refund has the same one. Left out: it is one of the same sum that is asked for before the provider has told of the first. */
		readonly idempotencyKey?: string;
		/** It may have been made before: not again when the provider says that more than this has gone back. Minor units. */
		readonly repeatedAfter?: number;
	},
) => Promise<z.input<typeof refundSchema>>;

export function createGiveBack(deps: {
	database: Database;
	providers: PaymentProviders;
	outbox: MoneyDeps['outbox'];
	bookings?: MoneyDeps['bookings'];
	publicUrl: string;
	now: () => Date;
	log: Logger;
}): GiveBack {
	const { database, providers, now, log } = deps;

	return async (tenantId, orderId, { amountCents: asked, idempotencyKey: key, repeatedAfter }) => {
		const { order, session, provider } = await database.withTenant(tenantId, async (sql) => {
			const found = await orderRepository.find(sql, orderId);
			if (!found) throw missing('order', orderId);
			const paid = await sessionRepository.paidOf(sql, orderId);
			if (repeatedAfter !== undefined && paid.length > 1) throw notPossible(found, 'it was paid twice, and whether this refund was made before can\'t be told');
			const chosen = choose(found, paid, asked);
			return { order: found, session: chosen, provider: await providers.open(sql, tenantId, chosen.provider, chosen.accountId) };
		});
		if (!provider) throw notPossible(order, 'its payment provider is not configured here any more');
		const amount = asked ?? leftOf(session);

		// Providers repeat their old answer for a key, also of a refund that has failed since: the next try takes another one. Without a key of the
		// caller's, every refund that is known does.
		const idempotencyKey = key === undefined ? `${order.id}:refund:${session.refunds.length}:${amount}` : `${key}:${session.failedRefunds}`;
		const gone = repeatedAfter === undefined ? null : (await provider.retrieve(session.id)).refundedCents;
		const wasMade = gone !== null && repeatedAfter !== undefined && gone >= repeatedAfter + amount;
		if (!wasMade && gone !== null && repeatedAfter !== undefined && gone > repeatedAfter) throw notPossible(order, `${gone} cents of it have gone back, which is not what was given back here`);
		const done = wasMade ? ({ status: 'succeeded' } as const) : await provider.refund({ paymentId: session.id, amountCents: amount === session.amountCents ? null : amount, idempotencyKey });
		log.info({ orderId, provider: provider.name, amount, status: done.status }, 'money of an order goes back');
		// Stripe tells of each refund with an id of its own. T-Bank tells without one, perhaps faster than it answers; by hand this is all that will be known.
		if (provider.name !== 'stripe') {
			await database.withTenant(tenantId, async (sql) => {
				await lockPayment(sql, session.accountId, session.id);
				const refunds = await refundsOf(sql, session.accountId, session.id);
				if (refunds.some(({ id, amountCents }) => id === idempotencyKey || (!session.refunds.includes(id) && provider.name === 'tbank' && amountCents === amount))) return;
				const left = session.amountCents - refunds.reduce((sum, { amountCents }) => sum + amountCents, 0);
				// Nobody but these records knows of a refund by hand; the bank has refused what is too much.
				if (provider.name === 'manual' && amount > left) throw tooMuch(order, left, amount);
				await applyMoneyEvent(
					sql,
					tenantId,
					{
						id: idempotencyKey, object: 'event', type: 'refund.created', account: session.accountId, created: Math.floor(now().getTime() / 1_000),
						data: { object: { id: idempotencyKey, object: 'refund', amount, currency: order.currency, payment_intent: session.id, status: done.status === 'pending' ? 'pending' : 'succeeded' } },
					},
					{ outbox: deps.outbox, bookings: deps.bookings, now: now(), log },
				);
			});
		}
		const current = (await database.withTenant(tenantId, (sql) => orderRepository.find(sql, orderId))) ?? order;
		return { object: 'refund', status: done.status, amount_cents: amount, order: orderJson(current, deps.publicUrl, now()) };
	};
}

/** A person gives the money of an order back. */
export function createRefundEndpoint({ database, giveBack }: { database: Database; giveBack: GiveBack }): Endpoint {
	return endpoint({
		method: 'post',
		path: '/v1/orders/{id}/refunds',
		summary: 'Give money back',
		description:
			'All that was paid, or a part. With Stripe and T-Bank the provider gives it back; where payments are made by hand, send the money yourself: this records it. The customer is ' +
			'told. When all is given back, the order is `refunded`, its products can be sold again and its bookings are cancelled. With Stripe that follows within seconds, by its events; until ' +
			'then the same sum again is the same refund, unless each has an Idempotency-Key of its own. Of an order that was paid twice, one payment is given back at a time, the last one first.',
		tag: 'Orders',
		scopes: ['platform', 'tenant'],
		idempotent: true,
		params: idParams,
		body: z.strictObject({ amount_cents: z.int().min(1).optional().describe('In cents of the order’s currency. Left out: all that is left of the payment.') }),
		responses: { 200: refundSchema },
		async handle({ caller, params, body, request }) {
			const tenantId = await tenantFor(caller, database, 'order', params.id);
			if (await database.withTenant(tenantId, (sql) => cancellationRefunds.isDue(sql, params.id))) {
				throw new AppError('refund_on_its_way', `Money of the order ${params.id} is being given back, because its customer has cancelled a booking. Try again when that is done.`, { status: 409 });
			}
			const key = request.get('idempotency-key');
			const idempotencyKey = key && `${params.id}:refund:${createHash('sha256').update(`${caller.keyId}\n${key}`).digest('hex').slice(0, 32)}`;
			return { status: 200, body: await giveBack(tenantId, params.id, { amountCents: body.amount_cents ?? null, ...(idempotencyKey ? { idempotencyKey } : {}) }) };
		},
	});
}

const leftOf = ({ amountCents, refundedCents }: PaidSession): number => amountCents - refundedCents;

function choose(order: Order, paid: readonly PaidSession[], asked: number | null): PaidSession {
	if (paid.length === 0) throw notPossible(order, `it is ${order.status}`);
	const session = paid.find((one) => leftOf(one) >= (asked ?? 1));
	if (session) return session;
	const most = Math.max(...paid.map(leftOf));
	if (most <= 0) throw notPossible(order, 'all of its money has gone back');
	throw tooMuch(order, most, asked ?? 0);
}

function tooMuch(order: Order, left: number, asked: number): AppError {
	return notPossible(order, `only ${left} cents of its payment are left to give back, and ${asked} were asked for`);
}

function notPossible(order: Order, why: string): AppError {
	return new AppError('refund_not_possible', `Nothing was given back of the order ${order.id}: ${why}.`, { status: 409 });
}
