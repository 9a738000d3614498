import { createHmac } from 'node:crypto';

/** A channel account that messages are sent to: its webhook, and the key that signs. */
export interface Target {
	/** Path of the webhook, e.g. /hooks/whatsapp/<token>. */
	readonly path: string;
	/** '' : not signed. */
	readonly hmacKey: string;
	/** WAHA's name of the account. */
	readonly session: string;
}

const WORDS = ['Здравствуйте!', 'Хочу заказать цветы маме на день рождения', 'Сколько стоит букет из 20 роз?'];

/** Phones are 34 and nine digits: the customer's number is in them. */
export const phoneOf = (customer: number): string => String(34_600_000_000 + customer);
export const chatIdOf = (customer: number): string => `${phoneOf(customer)}@c.us`;

/** A customer's message as WAHA posts it (https://waha.devlike.pro/docs/how-to/webhooks/), the whole HTTP request, ready to be written. */
export function wahaRequest(target: Target, message: { customer: number; part: number; size: number; id: string; host: string; now: number }): Buffer {
	const { customer, part, size, id, now } = message;
	const chatId = chatIdOf(customer);
	// The burst ends with the question, however long it is.
	const words = part === size - 1 ? WORDS[2] : WORDS[part % 2];
	const body = Buffer.from(
		JSON.stringify({
			id: `evt_${id}`,
			timestamp: now,
			event: 'message',
			session: target.session,
			metadata: {},
			me: { id: '34600000000@c.us', pushName: 'Flores' },
			payload: {
				id: `false_${chatId}_${id}`,
				timestamp: Math.floor(now / 1000),
				from: chatId,
				fromMe: false,
				source: 'app',
				to: '34600000000@c.us',
				body: words,
				hasMedia: false,
				ack: 1,
				ackName: 'SERVER',
				vCards: [],
				_data: { notifyName: `Customer ${customer}` },
			},
			engine: 'WEBJS',
			environment: { version: '2026.7.1', engine: 'WEBJS', tier: 'CORE', browser: '/usr/bin/google-chrome-stable' },
		}),
	);
	const signature = target.hmacKey === '' ? '' : `x-webhook-hmac: ${createHmac('sha512', target.hmacKey).update(body).digest('hex')}\r\nx-webhook-hmac-algorithm: sha512\r\n`;
	const head = `POST ${target.path} HTTP/1.1\r\nhost: ${message.host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${signature}\r\n`;
	return Buffer.concat([Buffer.from(head), body]);
}
