import type { Logger } from 'pino';
import { z } from 'zod';
import { backoffMs } from '../../../../core/conversation/backoff.ts';
import type { OrderEventType } from '../../../../core/orders/order-event.ts';
import { SIGNATURE_HEADER, signBody } from '../../../../core/signature.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import { callVendor, VendorError } from '../../vendors/http.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import { toJson as bookingJson } from '../bookings/booking-json.ts';
import { bookingRepository } from '../bookings/repository.ts';
import { openSigningSecret } from '../keys/signing-secret.ts';
import { orderJson } from './endpoints.ts';
import { createOrderEventEndpoints } from './order-event-endpoints.ts';
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
	/** It is given up three days after it. */
	due_since: Date;
	attempts: number;
	url: string;
	/** '' the platform's key, else the tenant whose key subscribed. */
	owner: string;
	/** null: nobody at the address wants it (any more). */
	api_key_id: string | null;
	signing_secret: string | null;
}

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
			const isOver = now().getTime() - delivery.due_since.getTime() >= GIVEN_UP_AFTER_MS;
			if (isOver) log.error({ event: delivery.event_id, order: delivery.order_id, reason: failure }, 'a workflow has not taken an event of an order for three days; it is given up');
			await sql.query(
				'UPDATE order_event_deliveries SET last_error = $4, next_attempt_at = $5, failed_at = $6 WHERE event_id = $1 AND url = $2 AND owner = $3',
				[...key, failure, new Date(now().getTime() + backoffMs(delivery.attempts, FIRST_RETRY_MS, LONGEST_RETRY_MS)), isOver ? now() : null],
			);
		});
		return failure === null;
	}

	/** What the workflow gets: the event, and what it is about as that is now. null: the order is gone. */
	async function itemOf({ tenant_id: tenantId, event_id: eventId, order_id: orderId, type, data, created_at: createdAt }: Delivery): Promise<object | null> {
		return await database.withTenant(tenantId, async (sql) => {
			const order = await orderRepository.find(sql, orderId);
			if (!order) return null;
			const { rows } = await sql.query<{ id: string; name: string }>('SELECT id, name FROM companies WHERE id = $1', [order.companyId]);
			const bookingId = data['booking_id'];
			const booking = typeof bookingId === 'string' ? bookingJson(await bookingRepository.get(sql, bookingId)) : null;
			return { type, eventId, createdAt: createdAt.toISOString(), tenantId, data, company: rows[0], order: orderJson(order, deps.publicUrl, now()), booking };
		});
	}

	/** null: the trigger has it; else why not, for the operator. */
	async function post(delivery: Delivery, signal?: AbortSignal): Promise<string | null> {
		try {
			const item = await itemOf(delivery);
			if (item === null) return 'the order is gone';
			if (delivery.api_key_id === null || delivery.signing_secret === null) return 'its workflow is not subscribed to it: it is not published, wants other events now, or the key of its credential was revoked';
			const secret = openSigningSecret(deps.masterKey, delivery.api_key_id, Buffer.from(delivery.signing_secret, 'base64'));
			const body = JSON.stringify(item);
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
		endpoints: createOrderEventEndpoints({ database, now, wake: () => loop.wake(0) }),
		async deliver() {
			let taken = 0;
			for (const delivery of await claim(100)) if (await send(delivery)) taken += 1;
			return taken;
		},
		start: () => loop.start(),
		stop: () => loop.stop(STOP_GRACE_MS),
	};
}
