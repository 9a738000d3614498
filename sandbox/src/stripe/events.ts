import { createHmac } from 'node:crypto';
import type { SandboxContext } from '../context.ts';
import type { Attempt } from '../deliveries.ts';
import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { StripeCall } from './call.ts';
import { page, STRIPE_API_VERSION, unixSeconds } from './call.ts';
import { noSuch } from './errors.ts';
import { text, texts } from './params.ts';
import type { StoredEndpoint, StoredEvent } from './state.ts';

/** Stripe keeps trying for three days; the sandbox for about five minutes. */
const RETRY_DELAYS_MS = [1, 2, 4, 8, 15, 30, 60, 60, 60].map((seconds) => seconds * 1000);
const KEPT_EVENTS = 1_000;

export interface NewEvent {
	readonly type: string;
	readonly object: JsonObject;
	/** `null`: the platform's own. */
	readonly account: string | null;
	/** Of billing: only endpoints that the same key made get it. */
	readonly owner?: string;
	/** Unix seconds; now when left out. */
	readonly created?: number;
	/** The API request that led to it. */
	readonly request?: { readonly id: string; readonly idempotencyKey: string | null };
}

/** Stores an event and sends it to every endpoint that wants it; resolves with the first attempts. */
export function emitEvent(context: SandboxContext, event: NewEvent): Promise<readonly Attempt[]> {
	const stored: StoredEvent = {
		account: event.account,
		...(event.owner === undefined ? {} : { owner: event.owner }),
		object: {
			id: `evt_1${alphanumeric(23)}`,
			object: 'event',
			...(event.account === null ? {} : { account: event.account }),
			api_version: STRIPE_API_VERSION,
			created: event.created ?? unixSeconds(context),
			// A copy: the event shows the object as it was.
			data: { object: structuredClone(event.object) },
			livemode: false,
			pending_webhooks: 0,
			request: { id: event.request?.id ?? null, idempotency_key: event.request?.idempotencyKey ?? null },
			type: event.type,
		},
	};
	stored.object['pending_webhooks'] = endpointsFor(context, stored).length;
	const { events } = context.store.current.stripe;
	events.push(stored);
	if (events.length > KEPT_EVENTS) events.shift();
	context.store.changed();
	return deliverEvent(context, stored);
}

/** Sends a stored event (again), as the dashboard's "Resend" does. */
export function deliverEvent(context: SandboxContext, event: StoredEvent): Promise<readonly Attempt[]> {
	const body = JSON.stringify(event.object, null, 2);
	return Promise.all(
		endpointsFor(context, event).map((endpoint) =>
			context.deliveries.deliver({
				url: endpoint.url,
				headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Stripe/1.0 (sandbox)' },
				body,
				retryDelays: RETRY_DELAYS_MS,
				attemptHeaders: () => ({ 'stripe-signature': stripeSignature(endpoint.secret, body, unixSeconds(context)) }),
				onAttempt(attempt) {
					const pending = Number(event.object['pending_webhooks']);
					if (attempt.status >= 200 && attempt.status < 300 && pending > 0) event.object['pending_webhooks'] = pending - 1;
				},
			}),
		),
	);
}

/** `t=<unix seconds>,v1=<hex HMAC-SHA256(secret, "t.body")>` */
export function stripeSignature(secret: string, body: string, seconds: number): string {
	return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

function endpointsFor(context: SandboxContext, event: StoredEvent): readonly StoredEndpoint[] {
	return Object.values(context.store.current.stripe.endpoints).filter(
		(endpoint) =>
			endpoint.connect === (event.account !== null) &&
			(event.owner === undefined || event.owner === endpoint.owner) &&
			(endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(event.object.type)),
	);
}

export function findEvent(context: SandboxContext, id: string): StoredEvent {
	const event = context.store.current.stripe.events.find((one) => one.object.id === id);
	if (event === undefined) throw noSuch('event', id);
	return event;
}

export function retrieveEvent(call: StripeCall): JsonObject {
	const event = findEvent(call.context, call.id);
	if (event.account !== call.account || (event.owner ?? call.owner) !== call.owner) throw noSuch('event', call.id);
	return event.object;
}

export function listEvents(call: StripeCall): JsonObject {
	const type = text(call.params, 'type');
	const types = texts(call.params, 'types');
	const events = call.context.store.current.stripe.events
		.filter((event) => event.account === call.account && (event.owner ?? call.owner) === call.owner)
		.map((event) => event.object)
		.filter((event) => (type === null || event.type === type) && (types.length === 0 || types.includes(event.type)));
	return page(call, '/v1/events', events.toReversed());
}
