import { createHmac } from 'node:crypto';
import type { SandboxContext } from '../context.ts';
import type { Attempt } from '../deliveries.ts';
import { lowerBase32, upperHex } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { isObject, numberOf, objectsIn, stringOf } from '../json.ts';
import type { WahaSession } from './state.ts';

export const WAHA_ENGINE = 'WEBJS';
export const WAHA_ENVIRONMENT = {
	version: '2026.7.1',
	engine: WAHA_ENGINE,
	tier: 'CORE',
	browser: '/usr/bin/google-chrome-stable',
	platform: 'linux/x64',
	worker: { id: null },
};

/** WAHA's defaults when a webhook does not configure its retries. */
const DEFAULT_RETRIES = { policy: 'constant', delaySeconds: 2, attempts: 15 };

/** `id` is settable so that a test can deliver the same event twice. */
export interface WahaEvent {
	readonly event: 'message' | 'message.any' | 'message.edited' | 'message.revoked' | 'session.status';
	readonly payload: JsonObject;
	readonly id?: string;
}

/** Sends the event to every webhook of the session that asked for it; resolves with the first attempts. */
export async function deliverWahaEvent(
	context: SandboxContext,
	session: WahaSession,
	event: WahaEvent,
): Promise<readonly Attempt[]> {
	const body = JSON.stringify({
		id: event.id ?? `evt_${lowerBase32(26)}`,
		timestamp: context.now(),
		event: event.event,
		session: session.name,
		metadata: session.config['metadata'] ?? {},
		...(session.me === null ? {} : { me: session.me }),
		payload: event.payload,
		engine: WAHA_ENGINE,
		environment: WAHA_ENVIRONMENT,
	});
	const attempts = webhooksOf(session)
		.filter((webhook) => webhook.events.includes(event.event) || webhook.events.includes('*'))
		.map((webhook) =>
			context.deliveries.deliver({
				url: webhook.url,
				headers: headersFor(webhook, body, context.now()),
				body,
				retryDelays: webhook.retryDelays,
			}),
		);
	return Promise.all(attempts);
}

interface Webhook {
	readonly url: string;
	readonly events: readonly string[];
	readonly hmacKey: string;
	readonly retryDelays: readonly number[];
	readonly headers: Readonly<Record<string, string>>;
}

function webhooksOf(session: WahaSession): readonly Webhook[] {
	return objectsIn(session.config['webhooks']).map((webhook) => ({
		url: stringOf(webhook['url']),
		events: Array.isArray(webhook['events']) ? webhook['events'].map((event) => stringOf(event)) : [],
		hmacKey: isObject(webhook['hmac']) ? stringOf(webhook['hmac']['key']) : '',
		retryDelays: retryDelays(isObject(webhook['retries']) ? webhook['retries'] : {}),
		headers: customHeaders(webhook['customHeaders']),
	}));
}

function retryDelays(retries: Readonly<Record<string, unknown>>): readonly number[] {
	const attempts = Math.min(100, Math.max(0, numberOf(retries['attempts'], DEFAULT_RETRIES.attempts)));
	const delay = Math.max(0, numberOf(retries['delaySeconds'], DEFAULT_RETRIES.delaySeconds)) * 1000;
	const policy = stringOf(retries['policy'], DEFAULT_RETRIES.policy);
	return Array.from({ length: attempts }, (_, retry) => {
		if (policy === 'exponential') return Math.min(delay * 2 ** retry, 3_600_000);
		return policy === 'linear' ? delay * (retry + 1) : delay;
	});
}

function customHeaders(value: unknown): Readonly<Record<string, string>> {
	return Object.fromEntries(
		objectsIn(value).map((header) => [stringOf(header['name']).toLowerCase(), stringOf(header['value'])]),
	);
}

function headersFor(webhook: Webhook, body: string, now: number): Readonly<Record<string, string>> {
	const headers: Record<string, string> = {
		...webhook.headers,
		// A retry repeats these two: they belong to the request, not to the attempt, and are not signed.
		'x-webhook-request-id': upperHex(32).toLowerCase(),
		'x-webhook-timestamp': String(now),
	};
	if (webhook.hmacKey !== '') {
		headers['x-webhook-hmac'] = wahaSignature(webhook.hmacKey, body);
		headers['x-webhook-hmac-algorithm'] = 'sha512';
	}
	return headers;
}

/** Hex HMAC-SHA512 of the raw body. */
export function wahaSignature(key: string, body: string): string {
	return createHmac('sha512', key).update(body).digest('hex');
}
