import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RequestListener, Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { callVendor, VendorError } from './http.ts';
import { createTelegramClient } from './telegram/client.ts';
import { createWahaClient } from './waha/client.ts';

const TOKEN = '123456:AAE-secret-token';
let server: Server | undefined;

async function serve(listener: RequestListener): Promise<string> {
	server = createServer(listener);
	await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
	server?.closeAllConnections();
	server?.close();
});

async function failureOf(call: Promise<unknown>): Promise<VendorError> {
	const error = await call.then(() => undefined, (reason: unknown) => reason);
	if (!(error instanceof VendorError)) throw new Error(`expected a VendorError, got ${String(error)}`);
	return error;
}

function everythingIn(error: Error): string {
	return JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error.stack) + String(error.cause);
}

describe('what is known of a failed call', () => {
	test('nobody listens: unreachable', async () => {
		const url = await serve(() => undefined);
		await new Promise((resolve) => server?.close(resolve));
		const error = await failureOf(createTelegramClient({ url }).sendMessage(TOKEN, { chatId: '1', text: 'hi' }));
		expect(error).toMatchObject({ outcome: 'unreachable', code: 'telegram_unreachable', vendorStatus: null });
		expect(everythingIn(error)).not.toContain('secret-token');
	});

	test('accepted, then silence: ambiguous after the timeout', async () => {
		const url = await serve(() => undefined);
		const error = await failureOf(callVendor({ vendor: 'waha', operation: 'sendText', method: 'POST', url, json: {}, timeoutMs: 50, secrets: [] }));
		expect(error.outcome).toBe('ambiguous');
		expect(error.message).toContain('no answer within 50 ms');
	});

	test('the connection breaks in the middle: ambiguous', async () => {
		const url = await serve((request) => request.socket.destroy());
		const error = await failureOf(createTelegramClient({ url }).sendMessage(TOKEN, { chatId: '1', text: 'hi' }));
		expect(error.outcome).toBe('ambiguous');
		expect(everythingIn(error)).not.toContain('secret-token');
	});

	test.each([[500, 'refused'], [503, 'refused'], [400, 'refused'], [502, 'ambiguous'], [504, 'ambiguous']])('status %i: %s', async (status, outcome) => {
		const url = await serve((_request, response) => response.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"no"}'));
		const error = await failureOf(createWahaClient({ url, apiKey: 'k' }).startSession('s'));
		expect(error).toMatchObject({ outcome, vendorStatus: status });
	});

	test.each([[400, 'refused'], [404, 'refused'], [429, 'rate_limited'], [500, 'ambiguous'], [502, 'ambiguous'], [503, 'ambiguous'], [504, 'ambiguous']])(
		'a message, status %i: %s',
		async (status, outcome) => {
			const url = await serve((_request, response) => response.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"no"}'));
			const { sendText, sendImage, sendVideo } = createWahaClient({ url, apiKey: 'k' });
			const media = { session: 's', chatId: '1@c.us', url: 'https://media.example/a', caption: '' };
			for (const send of [sendText({ session: 's', chatId: '1@c.us', text: 'hi' }), sendImage(media), sendVideo(media)]) {
				expect(await failureOf(send)).toMatchObject({ outcome, vendorStatus: status });
			}
			const telegram = createTelegramClient({ url });
			for (const send of [telegram.sendMessage(TOKEN, { chatId: '1', text: 'hi' }), telegram.sendPhoto(TOKEN, { ...media, chatId: '1' }), telegram.sendVideo(TOKEN, { ...media, chatId: '1' })]) {
				expect(await failureOf(send)).toMatchObject({ outcome, vendorStatus: status });
			}
		},
	);

	test.each([500, 502, 503])('a message, status %i with retry-after: rate limited', async (status) => {
		const url = await serve((_request, response) => response.writeHead(status, { 'retry-after': '7' }).end());
		for (const send of [
			createWahaClient({ url, apiKey: 'k' }).sendText({ session: 's', chatId: '1@c.us', text: 'hi' }),
			createTelegramClient({ url }).sendMessage(TOKEN, { chatId: '1', text: 'hi' }),
		]) expect(await failureOf(send)).toMatchObject({ outcome: 'rate_limited', retryAfterMs: 7_000, vendorStatus: status });
	});

	test.each([[500, 'refused'], [502, 'ambiguous'], [504, 'ambiguous']])("a message, %i in Telegram's own words: %s", async (status, outcome) => {
		const body = { ok: false, error_code: status, description: 'Internal Server Error' };
		const url = await serve((_request, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
		const error = await failureOf(createTelegramClient({ url }).sendMessage(TOKEN, { chatId: '1', text: 'hi' }));
		expect(error).toMatchObject({ outcome, vendorStatus: status });
		expect(error.message).toContain('Internal Server Error');
	});

	test("Telegram's 429 carries retry_after, and a token that it echoes is not shown", async () => {
		const body = { ok: false, error_code: 429, description: `Too Many Requests for ${TOKEN}`, parameters: { retry_after: 3 } };
		const url = await serve((_request, response) => response.writeHead(429, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
		const error = await failureOf(createTelegramClient({ url }).sendMessage(TOKEN, { chatId: '1', text: 'hi' }));
		expect(error).toMatchObject({ outcome: 'rate_limited', retryAfterMs: 3_000, status: 503 });
		expect(everythingIn(error)).not.toContain('secret-token');
		expect(error.message).toContain('Too Many Requests for •••');
	});

	test('a WAHA session that does not work sent nothing', async () => {
		const body = { error: 'Session status is not as expected', session: 's', status: 'SCAN_QR_CODE', expected: ['WORKING'] };
		const url = await serve((_request, response) => response.writeHead(422, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
		const error = await failureOf(createWahaClient({ url, apiKey: 'k' }).sendText({ session: 's', chatId: '1@c.us', text: 'hi' }));
		expect(error).toMatchObject({ outcome: 'unreachable', vendorStatus: 422 });
		expect(error.message).toContain('the session is SCAN_QR_CODE, it must be WORKING');
	});

	test('a redirect is not followed', async () => {
		const url = await serve((_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
		const error = await failureOf(createTelegramClient({ url }).getMe(TOKEN));
		expect(error).toMatchObject({ outcome: 'refused', vendorStatus: 302 });
	});
});

test('what WAHA gets is what it documents', async () => {
	const seen: { method?: string; url?: string; key?: unknown; body?: unknown }[] = [];
	const url = await serve((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const text = Buffer.concat(chunks).toString();
			seen.push({ method: request.method, url: request.url, key: request.headers['x-api-key'], body: text === '' ? undefined : JSON.parse(text) });
			response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ id: 'true_1@c.us_AA', name: 's', status: 'STARTING', me: null }));
		});
	});
	const waha = createWahaClient({ url, apiKey: 'key' });
	expect(await waha.createSession({ name: 's', webhookUrl: 'http://x/h', hmacKey: 'h' })).toEqual({ name: 's', status: 'STARTING', me: null });
	expect(await waha.sendText({ session: 's', chatId: '1@c.us', text: 'hi' })).toEqual({ messageId: 'true_1@c.us_AA' });
	await waha.sendImage({ session: 's', chatId: '1@c.us', url: 'https://x.example/rose.png', caption: 'A rose' });
	expect(seen).toEqual([
		{
			method: 'POST', url: '/api/sessions', key: 'key',
			body: {
				name: 's', start: true,
				config: { metadata: {}, webhooks: [{ url: 'http://x/h', events: ['message', 'message.edited', 'message.revoked', 'session.status'], hmac: { key: 'h' }, retries: { policy: 'exponential', delaySeconds: 2, attempts: 12 } }], noweb: { markOnline: true, store: { enabled: true, fullSync: false } } },
			},
		},
		{ method: 'POST', url: '/api/sendText', key: 'key', body: { session: 's', chatId: '1@c.us', text: 'hi' } },
		{
			method: 'POST', url: '/api/sendImage', key: 'key',
			body: { session: 's', chatId: '1@c.us', caption: 'A rose', file: { mimetype: 'image/png', filename: 'rose.png', url: 'https://x.example/rose.png' } },
		},
	]);
});
