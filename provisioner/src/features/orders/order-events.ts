import type { Logger } from 'pino';
import { z } from 'zod';
import { backoffMs } from '../../../../core/conversation/backoff.ts';
import { ORDER_EVENTS } from '../../../../core/orders/order-event.ts';
import type { OrderEventType } from '../../../../core/orders/order-event.ts';
import { SIGNATURE_HEADER, signBody } from '../../../../core/signature.ts';
import { endpoint, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import { callVendor, VendorError } from '../../vendors/http.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import { openSigningSecret } from '../keys/signing-secret.ts';
import { orderJson } from './endpoints.ts';
import { tenantOfList } from './list-tenant.ts';
import { orderRepository } from './repository.ts';

const SWEEP_MS = 2_000;
const STOP_GRACE_MS = 5_000;
const AT_A_TIME = 8;
const TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 10 * 60_000;
/** As long as Stripe tries. */
const GIVEN_UP_AFTER_MS = 3 * 24 * 3_600_000;

interface Delivery {
	event_id: string;
	tenant_id: string;
	order_id: string;
	type: OrderEventType;
	data: Record<string, unknown>;
	created_at: Date;
	attempts: number;
	url: string;
	/** '' the platform's key, else the tenant whose key subscribed. */
	owner: string;
	/** null: nobody at the address wants it (any more). */
	api_key_id: string | null;
	signing_secret: string | null;
}

const eventSchema = z
	.object({
		id: z.string(),
		object: z.literal('order_event'),
		created_at: z.string(),
		type: z.enum(ORDER_EVENTS),
		order_id: z.string(),
		company_id: z.string(),
		data: z.record(z.string(), z.unknown()),
		deliveries: z.array(z.object({ url: z.string().describe('Of the trigger; empty for a tenant’s key where it is the platform’s.'), status: z.enum(['waiting', 'delivered', 'failed']), attempts: z.int(), last_error: z.string().nullable() })).describe('One for each workflow that was subscribed when it happened.'),
	})
	.meta({ id: 'OrderEvent', description: 'What happened to an order, and which workflows have heard of it.' });
const id = z.string().min(1).max(100).optional();
const echoed = z.object({ eventId: z.string(), accepted: z.literal(true) });

export interface OrderEvents {
	readonly endpoints: readonly Endpoint[];
	/** Delivers what is due now. Returns how many were taken. */
	deliver(): Promise<number>;
	start(): void;
	stop(): Promise<void>;
}

/** Tells the workflows that are subscribed what happens to orders: signed, in order for each order, until their trigger has said that it has it. */
export function createOrderEvents(deps: { database: Database; masterKey: Buffer; publicUrl: string; now: () => Date; log: Logger }): OrderEvents {
	const { database, now, log } = deps;

	async function claim(limit: number): Promise<readonly Delivery[]> {
		const { rows } = await database.system.query<Delivery>('SELECT * FROM claim_order_event_deliveries($1, $2)', [now(), limit]);
		return rows;
	}

	async function send(delivery: Delivery, signal?: AbortSignal): Promise<boolean> {
		const failure = await post(delivery, signal);
		await database.withTenant(delivery.tenant_id, async (sql) => {
			const key = [delivery.event_id, delivery.url, delivery.owner];
			if (failure === null) {
				await sql.query('UPDATE order_event_deliveries SET delivered_at = $4, last_error = NULL WHERE event_id = $1 AND url = $2 AND owner = $3', [...key, now()]);
				return;
			}
			const isOver = now().getTime() - delivery.created_at.getTime() >= GIVEN_UP_AFTER_MS;
			if (isOver) log.error({ event: delivery.event_id, order: delivery.order_id, reason: failure }, 'a workflow has not taken an event of an order for three days; it is given up');
			await sql.query(
				'UPDATE order_event_deliveries SET last_error = $4, next_attempt_at = $5, failed_at = $6 WHERE event_id = $1 AND url = $2 AND owner = $3',
				[...key, failure, new Date(now().getTime() + backoffMs(delivery.attempts, FIRST_RETRY_MS, LONGEST_RETRY_MS)), isOver ? now() : null],
			);
		});
		return failure === null;
	}

	/** null: the trigger has it; else why not, for the operator. */
	async function post(delivery: Delivery, signal?: AbortSignal): Promise<string | null> {
		try {
			const order = await database.withTenant(delivery.tenant_id, (sql) => orderRepository.find(sql, delivery.order_id));
			if (!order) return 'the order is gone';
			if (delivery.api_key_id === null || delivery.signing_secret === null) return 'its workflow is not subscribed to it: it is not published, wants other events now, or the key of its credential was revoked';
			const secret = openSigningSecret(deps.masterKey, delivery.api_key_id, Buffer.from(delivery.signing_secret, 'base64'));
			const body = JSON.stringify({
				type: delivery.type, eventId: delivery.event_id, createdAt: delivery.created_at.toISOString(), tenantId: delivery.tenant_id, data: delivery.data,
				order: orderJson(order, deps.publicUrl, now()),
			});
			const answer = await callVendor({
				vendor: 'n8n', operation: 'delivery of an order event', method: 'POST', url: delivery.url, jsonText: body, timeoutMs: TIMEOUT_MS, secrets: [secret],
				headers: { [SIGNATURE_HEADER]: signBody(secret, body, Math.floor(now().getTime() / 1_000)) },
				...(signal ? { signal } : {}),
			});
			if (answer.status === 200 && echoed.safeParse(answer.json).data?.eventId === delivery.event_id) return null;
			return `n8n answered ${answer.status} without the trigger's confirmation: is the workflow published?`;
		} catch (error) {
			if (error instanceof VendorError) return error.message;
			log.error({ err: error, event: delivery.event_id }, 'an event of an order could not be delivered; it is tried again');
			return error instanceof Error ? error.message : 'unknown error';
		}
	}

	const loop = createDueLoop<Delivery>({
		name: 'order events', concurrency: AT_A_TIME, sweepMs: SWEEP_MS, log, claim, run: async (delivery, signal) => void (await send(delivery, signal)), nextDueInMs: () => null,
	});

	return {
		endpoints: [
			endpoint({
				method: 'get',
				path: '/v1/order-events',
				summary: 'List events of orders',
				description: 'Newest first. A platform key names the tenant or a company.',
				tag: 'Orders',
				scopes: ['platform', 'tenant'],
				query: pageQuery.extend({ tenant_id: id, company_id: id, order_id: id, type: z.enum(ORDER_EVENTS).optional() }),
				responses: { 200: listOf(eventSchema) },
				async handle({ caller, query }) {
					const tenantId = await tenantOfList(caller, database, query);
					const { rows } = await database.withTenant(tenantId, (sql) =>
						sql.query<{ id: string; created_at: Date; type: OrderEventType; order_id: string; company_id: string; data: Record<string, unknown>; deliveries: z.input<typeof eventSchema>['deliveries'] }>(
							`SELECT e.id, e.created_at, e.type, e.order_id, e.company_id, e.data, coalesce((
									SELECT jsonb_agg(jsonb_build_object('url', CASE WHEN d.owner = '' AND $6 THEN '' ELSE d.url END, 'attempts', d.attempts, 'last_error', d.last_error,
										'status', CASE WHEN d.delivered_at IS NOT NULL THEN 'delivered' WHEN d.failed_at IS NOT NULL THEN 'failed' ELSE 'waiting' END) ORDER BY d.url)
									FROM order_event_deliveries d WHERE d.event_id = e.id), '[]') AS deliveries
							 FROM order_events e
							 WHERE ($1::text IS NULL OR e.company_id = $1) AND ($2::text IS NULL OR e.order_id = $2) AND ($3::text IS NULL OR e.type = $3) AND ($4::text IS NULL OR e.id < $4)
							 ORDER BY e.id DESC LIMIT $5`,
							[query.company_id ?? null, query.order_id ?? null, query.type ?? null, query.starting_after ?? null, query.limit + 1, caller.tenantId !== null],
						),
					);
					return { status: 200, body: page(rows.map(({ created_at: createdAt, ...row }) => ({ ...row, object: 'order_event' as const, created_at: createdAt.toISOString() })), query.limit) };
				},
			}),
		],
		async deliver() {
			let taken = 0;
			for (const delivery of await claim(100)) if (await send(delivery)) taken += 1;
			return taken;
		},
		start: () => loop.start(),
		stop: () => loop.stop(STOP_GRACE_MS),
	};
}
