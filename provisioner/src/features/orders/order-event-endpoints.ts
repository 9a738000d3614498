import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { ORDER_EVENTS } from '../../../../core/orders/order-event.ts';
import type { OrderEventType } from '../../../../core/orders/order-event.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import { tenantOfList } from './list-tenant.ts';

const eventSchema = z
	.object({
		id: z.string(),
		object: z.literal('order_event'),
		created_at: z.string(),
		type: z.enum(ORDER_EVENTS),
		order_id: z.string(),
		company_id: z.string(),
		data: z.record(z.string(), z.unknown()),
		deliveries: z.array(z.object({ url: z.string().describe('Of the trigger; empty for a tenant’s key where it is the platform’s.'), status: z.enum(['waiting', 'delivered', 'failed']), attempts: z.int(), last_error: z.string().nullable() })).describe('One for each workflow that was subscribed when it happened, or when it was asked for again.'),
	})
	.meta({ id: 'OrderEvent', description: 'What happened to an order, and which workflows have heard of it.' });
type EventJson = z.input<typeof eventSchema>;
const id = z.string().min(1).max(100).optional();

interface Filter {
	readonly id?: string | undefined;
	readonly companyId?: string | undefined;
	readonly orderId?: string | undefined;
	readonly type?: OrderEventType | undefined;
	readonly startingAfter?: string | undefined;
	readonly limit: number;
	/** For a tenant's key: it does not see where the platform's workflows are. */
	readonly hideUrls: boolean;
}

async function find(sql: Sql, filter: Filter): Promise<EventJson[]> {
	const { rows } = await sql.query<{ id: string; created_at: Date; type: OrderEventType; order_id: string; company_id: string; data: Record<string, unknown>; deliveries: EventJson['deliveries'] }>(
		`SELECT e.id, e.created_at, e.type, e.order_id, e.company_id, e.data, coalesce((
				SELECT jsonb_agg(jsonb_build_object('url', CASE WHEN d.owner = '' AND $7 THEN '' ELSE d.url END, 'attempts', d.attempts, 'last_error', d.last_error,
					'status', CASE WHEN d.delivered_at IS NOT NULL THEN 'delivered' WHEN d.failed_at IS NOT NULL THEN 'failed' ELSE 'waiting' END) ORDER BY d.url)
				FROM order_event_deliveries d WHERE d.event_id = e.id), '[]') AS deliveries
		 FROM order_events e
		 WHERE ($1::text IS NULL OR e.id = $1) AND ($2::text IS NULL OR e.company_id = $2) AND ($3::text IS NULL OR e.order_id = $3) AND ($4::text IS NULL OR e.type = $4)
			AND ($5::text IS NULL OR e.id < $5)
		 ORDER BY e.id DESC LIMIT $6`,
		[filter.id ?? null, filter.companyId ?? null, filter.orderId ?? null, filter.type ?? null, filter.startingAfter ?? null, filter.limit, filter.hideUrls],
	);
	return rows.map(({ created_at: createdAt, ...row }) => ({ ...row, object: 'order_event' as const, created_at: createdAt.toISOString() }));
}

/** What happened to orders and who has heard of it, for operators. `wake`: a delivery is due. */
export function createOrderEventEndpoints(deps: { database: Database; now: () => Date; wake: () => void }): readonly Endpoint[] {
	const { database, now } = deps;
	const common = { tag: 'Orders', scopes: ['platform', 'tenant'] } as const;
	return [
		endpoint({
			...common,
			method: 'get',
			path: '/v1/order-events',
			summary: 'List events of orders',
			description: 'Newest first. A platform key names the tenant or a company.',
			query: pageQuery.extend({ tenant_id: id, company_id: id, order_id: id, type: z.enum(ORDER_EVENTS).optional() }),
			responses: { 200: listOf(eventSchema) },
			async handle({ caller, query }) {
				const tenantId = await tenantOfList(caller, database, query);
				const found = await database.withTenant(tenantId, (sql) =>
					find(sql, { companyId: query.company_id, orderId: query.order_id, type: query.type, startingAfter: query.starting_after, limit: query.limit + 1, hideUrls: caller.tenantId !== null }),
				);
				return { status: 200, body: page(found, query.limit) };
			},
		}),
		endpoint({
			...common,
			method: 'post',
			path: '/v1/order-events/{id}/redeliver',
			summary: 'Deliver an event of an order again',
			description:
				'To the workflows that are subscribed to it now, with the same `eventId` and the order as it is by now; with a tenant’s key only to the tenant’s own. Where it still waits it is tried at ' +
				'once, and not delivered twice. 409 `order_event_not_wanted` when no workflow is subscribed to it.',
			idempotent: true,
			params: idParams,
			responses: { 200: eventSchema },
			async handle({ caller, params }) {
				const tenantId = await tenantFor(caller, database, 'order_event', params.id);
				const own = caller.tenantId !== null;
				const event = await database.withTenant(tenantId, async (sql) => {
					const [found] = await find(sql, { id: params.id, limit: 1, hideUrls: own });
					if (!found) throw missing('order_event', params.id);
					const { rows } = await sql.query<{ workflows: number }>('SELECT redeliver_order_event($1, $2, $3) AS workflows', [params.id, own, now()]);
					if (!rows[0]?.workflows) throw notWanted(found, own);
					return (await find(sql, { id: params.id, limit: 1, hideUrls: own }))[0];
				});
				deps.wake();
				return { status: 200, body: event };
			},
		}),
	];
}

function notWanted({ id: eventId, type }: EventJson, own: boolean): AppError {
	const whose = own ? ' with a key of this tenant' : '';
	return new AppError('order_event_not_wanted', `Event ${eventId} was not delivered again: no workflow is subscribed to ${type} of this company${whose}. Publish one with an Order Trigger for it, or listen in the editor.`, { status: 409 });
}
