import { z } from 'zod';
import { isPayable, ORDER_STATUSES, statusAt } from '../../../../core/orders/order.ts';
import { NO_REMINDER } from '../../../../core/orders/reminders.ts';
import type { NoReminder } from '../../../../core/orders/reminders.ts';
import { DISPUTE_STATUSES } from '../../../../core/orders/payment-facts.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import { tenantOfList } from './list-tenant.ts';
import { orderNumber } from './order-number.ts';
import { paymentUrl } from './payment-url.ts';
import type { Order } from './repository.ts';
import { orderRepository } from './repository.ts';

const orderStatus = z.enum(ORDER_STATUSES);

export const orderSchema = z
	.object({
		id: z.string(),
		object: z.literal('order'),
		number: z.string().describe('Short, for people: the customer names it in a transfer.'),
		created_at: z.string(),
		company_id: z.string(),
		conversation_id: z.string(),
		decision_id: z.string(),
		status: orderStatus,
		currency: z.string(),
		lines: z.array(z.object({ sku: z.string(), name: z.string(), kind: z.enum(['product', 'service']), quantity: z.int(), unit_cents: z.int() })),
		products_cents: z.int(),
		delivery_cents: z.int(),
		total_cents: z.int(),
		language: z.string(),
		city: z.string(),
		phone: z.string(),
		address: z.string().describe('Street and house, as the customer wrote it; empty when it was not asked for.'),
		client_name: z.string(),
		description: z.string(),
		payment_url: z.string().describe('The customer’s link; empty when there is nothing to pay (any more).'),
		expires_at: z.string(),
		paid_at: z.string().nullable(),
		refunded_cents: z.int().describe('Given back to the customer, or on its way.'),
		reminders_sent: z.int().describe('Of the payment, three at most.'),
		next_reminder_at: z.string().nullable().describe('Not before that time, and by day; null when none comes any more.'),
		no_reminder: z.enum(NO_REMINDER).nullable().describe('Why none comes: not_waiting (for its payment), handed_over (to a person), not_wanted (by the customer), not_set (in the catalog), all_sent, no_time_left, window_closed (of the channel). null while one comes.'),
		dispute_status: z.enum(DISPUTE_STATUSES).nullable().describe('Of a payment that the customer disputes at the bank, as Stripe words it.'),
	})
	.meta({ id: 'Order', description: 'What a customer buys. Sums in cents of `currency`.' });

const id = z.string().min(1).max(100).optional();

export function createOrderEndpoints(deps: { database: Database; publicUrl: string; now: () => Date }): readonly Endpoint[] {
	const { database, now } = deps;
	const toJson = (order: Order) => orderJson(order, deps.publicUrl, now());

	return [
		endpoint({
			method: 'get',
			path: '/v1/orders',
			summary: 'List orders',
			description: 'Newest first. A platform key names the tenant, a company or a conversation.',
			tag: 'Orders',
			scopes: ['platform', 'tenant'],
			query: pageQuery.extend({ tenant_id: id, company_id: id, conversation_id: id, status: orderStatus.optional() }),
			responses: { 200: listOf(orderSchema) },
			async handle({ caller, query }) {
				const tenantId = await tenantOfList(caller, database, query);
				const found = await database.withTenant(tenantId, (sql) =>
					orderRepository.list(sql, {
						companyId: query.company_id,
						conversationId: query.conversation_id,
						status: query.status,
						startingAfter: query.starting_after,
						limit: query.limit + 1,
					}),
				);
				return { status: 200, body: page(found.map(toJson), query.limit) };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/orders/{id}',
			summary: 'Get an order',
			tag: 'Orders',
			scopes: ['platform', 'tenant'],
			params: idParams,
			responses: { 200: orderSchema },
			async handle({ caller, params }) {
				const tenantId = await tenantFor(caller, database, 'order', params.id);
				const order = await database.withTenant(tenantId, (sql) => orderRepository.find(sql, params.id));
				if (!order) throw missing('order', params.id);
				return { status: 200, body: toJson(order) };
			},
		}),
	];
}

/** An order as the API shows it. */
export function orderJson(order: Order, publicUrl: string, now: Date): z.input<typeof orderSchema> {
	return {
		id: order.id,
		object: 'order',
		number: orderNumber(order.id),
		created_at: order.createdAt.toISOString(),
		company_id: order.companyId,
		conversation_id: order.conversationId,
		decision_id: order.decisionId,
		status: statusAt(order, now),
		currency: order.currency,
		lines: [...order.lines],
		products_cents: order.productsCents,
		delivery_cents: order.deliveryCents,
		total_cents: order.totalCents,
		language: order.language,
		city: order.city,
		phone: order.phone,
		address: order.address,
		client_name: order.clientName,
		description: order.description,
		payment_url: isPayable(order, now) ? paymentUrl(publicUrl, order.payToken) : '',
		expires_at: order.expiresAt.toISOString(),
		paid_at: order.paidAt?.toISOString() ?? null,
		refunded_cents: order.refundedCents,
		reminders_sent: order.remindersSent,
		next_reminder_at: isPayable(order, now) ? (order.nextReminderAt?.toISOString() ?? null) : null,
		no_reminder: noReminder(order, now),
		dispute_status: order.disputeStatus,
	};
}

function noReminder(order: Order, now: Date): NoReminder | null {
	if (!isPayable(order, now)) return 'not_waiting';
	if (order.nextReminderAt !== null) return null;
	return order.noReminder ?? (order.paymentReminderHours > 0 ? null : 'not_set');
}
