import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Customer, Written } from './customer.ts';
import type { Random } from './random.ts';
import type { Shop } from './shop.ts';

/** The vendors' side of the webhooks, as the real ones do it: signed, out of order, repeated, and again until a 2xx. */
export interface Vendors {
	/** Delivers a burst in the background. */
	deliver(customer: Customer, burst: readonly Written[]): void;
	/** Resolves when every delivery was acknowledged, or after `withinMs` with the number of those that were not. */
	settled(withinMs: number): Promise<number>;
	/** Calls still under way end. */
	close(): void;
}

export interface VendorDeps {
	readonly shop: Shop;
	readonly random: Random;
	/** Told when a webhook call begins and when it was acknowledged: moments to kill something. */
	readonly onMoment: (moment: 'posting' | 'acknowledged') => void;
}

interface Call {
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

const TIMEOUT_MS = 10_000;

export function createVendors({ shop, random, onMoment }: VendorDeps): Vendors {
	const open = new Set<Promise<void>>();
	const closing = new AbortController();
	let nextEvent = 1;

	function whatsapp(message: Written, address: string, event: 'message' | 'message.any'): Call {
		const body = JSON.stringify({
			id: `evt_chaos${nextEvent++}`,
			timestamp: message.at,
			event,
			session: shop.whatsapp.session,
			metadata: {},
			me: { id: shop.whatsapp.ownChatId, pushName: 'Homeware' },
			payload: {
				id: `false_${address}_${message.id}`, timestamp: Math.floor(message.at / 1000), from: address, fromMe: false, source: 'app', to: shop.whatsapp.ownChatId,
				body: message.text, hasMedia: false, ack: 1, ackName: 'SERVER', vCards: [], _data: { notifyName: 'Kim' },
			},
			engine: 'WEBJS',
			environment: { version: '2026.7.1', engine: 'WEBJS', tier: 'CORE' },
		});
		const signature = createHmac('sha512', shop.whatsapp.secret).update(body).digest('hex');
		return { url: shop.whatsapp.url, body, headers: { 'x-webhook-hmac': signature, 'x-webhook-hmac-algorithm': 'sha512' } };
	}

	function telegram(customer: Customer, message: Written): Call {
		const person = { id: Number(customer.id), first_name: 'Kim', language_code: 'en' };
		const body = JSON.stringify({
			update_id: Number(message.id),
			message: { message_id: Number(message.id), from: { ...person, is_bot: false }, chat: { id: person.id, first_name: 'Kim', type: 'private' }, date: Math.floor(message.at / 1000), text: message.text },
		});
		return { url: shop.telegram.url, body, headers: { 'x-telegram-bot-api-secret-token': shop.telegram.secret } };
	}

	/** One delivery, resent until it is acknowledged. */
	async function post(call: Call, message: Written, startInMs: number): Promise<void> {
		await pause(startInMs);
		while (!closing.signal.aborted) {
			let waitMs = random.between(200, 900);
			try {
				const answer = fetch(call.url, {
					method: 'POST', body: call.body, headers: { 'content-type': 'application/json', ...call.headers }, signal: AbortSignal.any([closing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
				});
				onMoment('posting');
				const response = await answer;
				await response.arrayBuffer();
				if (response.ok) {
					message.acknowledgedAt ||= Date.now();
					onMoment('acknowledged');
					return;
				}
				waitMs = Math.max(waitMs, 1000 * Number(response.headers.get('retry-after') ?? 0));
			} catch {
				// Nobody there, or cut off: what a vendor sees of a crash.
			}
			await pause(waitMs);
		}
	}

	async function deliverOne(customer: Customer, message: Written, startInMs: number): Promise<void> {
		if (customer.channel === 'telegram') {
			const call = telegram(customer, message);
			const again = random.chance(0.4) ? [post(call, message, startInMs + random.between(0, 3_000))] : [];
			await Promise.all([post(call, message, startInMs), ...again]);
			return;
		}
		const address = `${customer.id}@c.us`;
		const call = whatsapp(message, address, 'message');
		const again = random.chance(0.4) ? [post(call, message, startInMs + random.between(0, 3_000))] : [];
		const any = random.chance(0.3) ? [post(whatsapp(message, address, 'message.any'), message, startInMs + random.between(0, 300))] : [];
		// The twin under the hidden address follows: were it first, nothing would say yet whose it is.
		const first = post(call, message, startInMs).then(() => (customer.lid === '' ? undefined : post(whatsapp(message, customer.lid, 'message'), message, random.between(0, 200))));
		await Promise.all([first, ...again, ...any]);
	}

	const pause = (ms: number) => delay(ms, undefined, { signal: closing.signal }).catch(() => undefined);

	return {
		deliver(customer, burst) {
			// Each a little after the other; shuffled, so that a later message may overtake an earlier one.
			for (const [index, message] of random.shuffled(burst).entries()) {
				const delivery = deliverOne(customer, message, index * random.between(0, 150)).finally(() => open.delete(delivery));
				open.add(delivery);
			}
		},
		async settled(withinMs) {
			const deadline = Date.now() + withinMs;
			while (open.size > 0 && Date.now() < deadline) await delay(50);
			return open.size;
		},
		close: () => closing.abort(),
	};
}
