import { z } from 'zod';
import type { Logger } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import type { Caller } from '../../http/authenticate.ts';
import { endpoint, idParams } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import { sessionRepository } from '../checkout/session-repository.ts';
import { orderJson, orderSchema } from '../orders/endpoints.ts';
import type { Order } from '../orders/repository.ts';
import { orderRepository } from '../orders/repository.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import { applyCheckoutEvent } from './apply-checkout-event.ts';
import type { PaymentProviders } from './providers/providers.ts';

/**
 * A person says that the money of an order came. What follows is what a provider's event does: in one transaction the order is paid, who said so
 * is recorded and the customer gets the confirmation.
 */
export function createMarkPaidEndpoint(deps: { database: Database; providers: PaymentProviders; outbox: OutboxPort; bookings?: Pick<OrderBookings, 'extendHold' | 'onPaid' | 'onRefunded'> | undefined; publicUrl: string; now: () => Date; log: Logger }): Endpoint {
	const { database, outbox, now, log } = deps;

	/** The account by hand that an order is paid on: that of its link, else of its company. */
	async function accountOf(sql: Sql, order: Order): Promise<{ accountId: string; sessionId: string }> {
		const session = (await sessionRepository.ofOrder(sql, order.id)).find(({ provider }) => provider === 'manual');
		if (session) return { accountId: session.accountId, sessionId: session.id };
		const { provider, accountId } = await deps.providers.ofCompany(sql, order.companyId);
		if (provider === 'manual' && accountId !== null) return { accountId, sessionId: `manual_${order.id}_0` };
		throw new AppError('order_not_paid_by_hand', 'Only orders of companies that are paid by hand are marked as paid: a provider says so of the others.', { status: 409 });
	}

	async function markPaid(tenantId: string, orderId: string, caller: Caller, marked: { amount_cents: number; note: string }): Promise<Order> {
		return database.withTenant(tenantId, async (sql) => {
			const order = await orderRepository.find(sql, orderId);
			if (!order) throw missing('order', orderId);
			const { accountId, sessionId } = await accountOf(sql, order);
			if (order.status === 'confirmed') throw new AppError('order_not_payable', 'The order is free: there is nothing to pay.', { status: 409 });
			if (marked.amount_cents !== order.totalCents) {
				const message = `The order costs ${order.totalCents} cents (${order.currency}), not ${marked.amount_cents}. Mark it paid with that amount once all of it has come; it was not changed.`;
				throw new AppError('payment_amount_differs', message, { status: 422 });
			}
			const seconds = Math.floor(now().getTime() / 1_000);
			const event = {
				id: `manual:${order.id}`,
				object: 'event' as const,
				type: 'checkout.session.completed' as const,
				account: accountId,
				created: seconds,
				livemode: true,
				data: {
					object: {
						id: sessionId,
						amount_total: marked.amount_cents,
						currency: order.currency,
						payment_status: 'paid',
						client_reference_id: order.id,
						payment_intent: sessionId,
						metadata: { order_id: order.id, marked_by: caller.keyId, marked_by_label: caller.label, note: marked.note },
						expires_at: seconds,
					},
				},
			};
			const applied = await applyCheckoutEvent(sql, tenantId, event, { outbox, bookings: deps.bookings, publicUrl: deps.publicUrl, now: now(), log, provider: 'manual' });
			log.info({ orderId, keyId: caller.keyId, applied }, 'an order was marked paid by hand');
			return (await orderRepository.find(sql, orderId)) ?? order;
		});
	}

	return endpoint({
		method: 'post',
		path: '/v1/orders/{id}/mark-paid',
		summary: 'Mark an order paid',
		description:
			'For companies that are paid by hand (bank transfer, Kaspi): says that the whole sum came. The customer gets the confirmation, once; who did it, when and the note are ' +
			'recorded with the order’s payment events. Another amount than the order’s is refused. An order that has expired meanwhile counts as paid all the same.',
		tag: 'Orders',
		scopes: ['platform', 'tenant'],
		params: idParams,
		body: z.strictObject({
			amount_cents: z.int().min(1).describe('What came, in cents of the order’s currency: its `total_cents`.'),
			note: z.string().trim().max(500).default('').describe('For the records, e.g. the number of the transfer.'),
		}),
		responses: { 200: orderSchema },
		async handle({ caller, params, body }) {
			const tenantId = await tenantFor(caller, database, 'order', params.id);
			return { status: 200, body: orderJson(await markPaid(tenantId, params.id, caller, body), deps.publicUrl, now()) };
		},
	});
}
