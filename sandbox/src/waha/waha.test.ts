import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHmac } from 'node:crypto';
import type { Receiver, TestSandbox } from '../test-support.ts';
import { startReceiver, startSandbox } from '../test-support.ts';
import { wahaSignature } from './webhooks.ts';

let sandbox: TestSandbox;
let receiver: Receiver;

beforeEach(async () => {
	sandbox = await startSandbox();
	receiver = await startReceiver();
});
afterEach(async () => {
	await sandbox.close();
	await receiver.close();
});

async function workingSession(events: readonly string[] = ['message'], extra: object = {}): Promise<void> {
	const webhooks = [{ url: receiver.url, events, hmac: { key: 'my-secret-key' }, ...extra }];
	await sandbox.waha('POST', '/api/sessions', { name: 'flores', start: true, config: { webhooks } });
	await expect.poll(() => statusOf('flores')).toBe('SCAN_QR_CODE');
	await sandbox.post('/waha/sessions/flores/scan', { phone: '34600000000', push_name: 'Flores' });
}

async function statusOf(name: string): Promise<unknown> {
	const { body } = await sandbox.waha('GET', `/api/sessions/${name}`);
	return typeof body === 'object' && body !== null && 'status' in body ? body.status : undefined;
}

describe('WAHA sessions', () => {
	it('needs the API key', async () => {
		const response = await fetch(`${sandbox.url}/waha/api/sessions`, { headers: { 'x-api-key': 'wrong' } });
		expect(response.status).toBe(401);
	});

	it('starts, asks for a scan, works after it, and tells each step by webhook', async () => {
		await workingSession(['session.status']);
		const calls = await receiver.waitFor(3);
		expect(calls.map((call) => call.body['payload'])).toMatchObject([
			{ name: 'flores', status: 'STARTING' },
			{ name: 'flores', status: 'SCAN_QR_CODE' },
			{ name: 'flores', status: 'WORKING' },
		]);
		expect(calls[2]?.body).toMatchObject({ event: 'session.status', session: 'flores', me: { id: '34600000000@c.us' } });
	});

	it('gives the QR code as PNG, as JSON and raw, and only while it waits for a scan', async () => {
		await sandbox.waha('POST', '/api/sessions', { name: 'flores' });
		await expect.poll(() => statusOf('flores')).toBe('SCAN_QR_CODE');
		const headers = { 'x-api-key': 'sandbox-waha-key' };
		const png = await fetch(`${sandbox.url}/waha/api/flores/auth/qr`, { headers });
		expect(png.headers.get('content-type')).toBe('image/png');
		const bytes = Buffer.from(await png.arrayBuffer());
		expect(bytes.subarray(1, 4).toString()).toBe('PNG');
		const json = await sandbox.waha('GET', '/api/flores/auth/qr');
		expect(json.body).toEqual({ mimetype: 'image/png', data: bytes.toString('base64') });
		const raw = await sandbox.waha('GET', '/api/flores/auth/qr?format=raw');
		expect(raw.body).toMatchObject({ value: expect.stringMatching(/^2@/) });

		await sandbox.post('/waha/sessions/flores/scan', { phone: '34600000000' });
		expect(await sandbox.waha('GET', '/api/flores/auth/qr')).toMatchObject({
			status: 422,
			body: { session: 'flores', status: 'WORKING', expected: ['SCAN_QR_CODE'] },
		});
	});

	it('refuses a second session of the same name, and knows no session that was deleted', async () => {
		await sandbox.waha('POST', '/api/sessions', { name: 'flores' });
		expect((await sandbox.waha('POST', '/api/sessions', { name: 'flores' })).status).toBe(422);
		expect((await sandbox.waha('DELETE', '/api/sessions/flores')).status).toBe(200);
		expect((await sandbox.waha('DELETE', '/api/sessions/flores')).status).toBe(200);
		expect((await sandbox.waha('GET', '/api/sessions/flores')).status).toBe(404);
	});

	it('keeps the linked account over stop and start, and forgets it at logout', async () => {
		await workingSession();
		await sandbox.waha('POST', '/api/sessions/flores/stop');
		expect((await sandbox.waha('GET', '/api/sessions')).body).toEqual([]);
		expect((await sandbox.waha('GET', '/api/sessions?all=true')).body).toMatchObject([{ name: 'flores', status: 'STOPPED' }]);
		await sandbox.waha('POST', '/api/sessions/flores/start');
		await expect.poll(() => statusOf('flores')).toBe('WORKING');
		await sandbox.waha('POST', '/api/sessions/flores/logout');
		await expect.poll(() => statusOf('flores')).toBe('SCAN_QR_CODE');
	});
});

describe('WAHA messages', () => {
	it('sends text and media, and lists what was sent', async () => {
		await workingSession();
		const sent = await sandbox.waha('POST', '/api/sendText', { session: 'flores', chatId: '34699111222@c.us', text: 'Hola' });
		expect(sent).toMatchObject({
			status: 201,
			body: { id: expect.stringMatching(/^true_34699111222@c\.us_3EB0[0-9A-F]{18}$/), fromMe: true, source: 'api', body: 'Hola' },
		});
		const file = { mimetype: 'image/png', url: 'https://img.example/rose.png' };
		await sandbox.waha('POST', '/api/sendImage', { session: 'flores', chatId: '34699111222@c.us', file, caption: 'Rosas' });
		expect(await sandbox.get('/sent?channel=whatsapp&to=34699111222@c.us')).toMatchObject({
			data: [
				{ account: 'flores', to: '34699111222@c.us', type: 'text', text: 'Hola', media_url: null },
				{ type: 'image', text: 'Rosas', media_url: 'https://img.example/rose.png' },
			],
		});
	});

	it('lists a chat newest first, also what was accepted without an answer', async () => {
		await workingSession();
		await sandbox.post('/waha/lids', { lid: '120@lid', phone: '34699111222' });
		await sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', body: 'Hola' });
		await sandbox.waha('POST', '/api/sendText', { session: 'flores', chatId: '34699111222@c.us', text: 'one', id: '3EB0AA' });
		await sandbox.post('/faults', { vendor: 'waha', operation: 'sendImage', mode: 'hang_after_accept' });
		const file = { mimetype: 'image/png', url: 'https://img.example/rose.png' };
		const hanging = new AbortController();
		const lost = fetch(`${sandbox.url}/waha/api/sendImage`, {
			method: 'POST', signal: hanging.signal, headers: { 'x-api-key': 'sandbox-waha-key' },
			body: JSON.stringify({ session: 'flores', chatId: '120@lid', file, caption: 'two' }),
		}).catch(() => 'no answer');
		await sandbox.waha('POST', '/api/sendText', { session: 'flores', chatId: '34600000001@c.us', text: 'elsewhere' });
		const list = (query: string) => sandbox.waha('GET', `/api/flores/chats/34699111222@c.us/messages?${query}`);
		await expect.poll(async () => ((await list('limit=10')).body as unknown[]).length).toBe(3);
		hanging.abort();
		expect(await lost).toBe('no answer');
		expect((await list('limit=10&downloadMedia=false')).body).toMatchObject([
			{ fromMe: true, body: 'two', hasMedia: true, to: '120@lid' },
			{ id: 'true_34699111222@c.us_3EB0AA', fromMe: true, body: 'one', hasMedia: false },
			{ fromMe: false, body: 'Hola', from: '34699111222@c.us' },
		]);
		expect((await list('limit=1&filter.fromMe=true&sortOrder=asc')).body).toMatchObject([{ body: 'one' }]);
		const later = Math.floor(Date.now() / 1000) + 60;
		expect((await list(`limit=10&filter.timestamp.gte=${later}`)).body).toEqual([]);
	});

	it('answers 422 when the session does not work', async () => {
		await sandbox.waha('POST', '/api/sessions', { name: 'flores', start: false });
		expect(await sandbox.waha('POST', '/api/sendText', { session: 'flores', chatId: '1@c.us', text: 'x' })).toMatchObject({
			status: 422,
			body: { session: 'flores', status: 'STOPPED', expected: ['WORKING'] },
		});
	});

	it('delivers what a customer writes, signed over the raw body', async () => {
		await workingSession();
		const answer = await sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', body: 'Hola 🌹', name: 'Ana' });
		expect(answer).toMatchObject({ deliveries: [{ status: 200 }] });
		const [call] = await receiver.waitFor(1);
		expect(call?.body).toMatchObject({
			id: expect.stringMatching(/^evt_[0-9a-z]{26}$/),
			event: 'message',
			session: 'flores',
			me: { id: '34600000000@c.us', pushName: 'Flores' },
			payload: { id: answer['message_id'], from: '34699111222@c.us', to: '34600000000@c.us', fromMe: false, body: 'Hola 🌹' },
			engine: 'WEBJS',
		});
		const expected = createHmac('sha512', 'my-secret-key').update(call?.raw ?? '').digest('hex');
		expect(call?.headers).toMatchObject({ 'x-webhook-hmac': expected, 'x-webhook-hmac-algorithm': 'sha512' });
	});

	it('signs as WAHA documents', () => {
		const signature = wahaSignature('my-secret-key', '{"event":"message","session":"default","engine":"WEBJS"}');
		expect(signature).toMatch(/^208f8a55.*53fa89$/);
	});

	it('delivers twins with one message id under both chat ids', async () => {
		await workingSession();
		await sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', body: 'Hola', id: '3EB0AAAA', twin_of: '120@lid' });
		const calls = await receiver.waitFor(2);
		expect(calls.map((call) => call.body['payload'])).toMatchObject([
			{ id: 'false_34699111222@c.us_3EB0AAAA', from: '34699111222@c.us' },
			{ id: 'false_120@lid_3EB0AAAA', from: '120@lid' },
		]);
		expect(calls[0]?.body['id']).not.toBe(calls[1]?.body['id']);
		expect((await sandbox.waha('GET', '/api/flores/lids/120@lid')).body).toEqual({ lid: '120@lid', pn: '34699111222@c.us' });
	});

	it('delivers own messages and groups as WhatsApp names them', async () => {
		await workingSession(['message', 'message.any']);
		await sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', body: 'mine', from_me: true });
		await sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', body: 'all', group: true });
		const calls = await receiver.waitFor(3);
		expect(calls.map(({ body }) => [body['event'], body['payload']])).toMatchObject([
			['message.any', { fromMe: true, to: '34699111222@c.us' }],
			['message', { from: expect.stringMatching(/@g\.us$/), participant: '34699111222@c.us' }],
			['message.any', { from: expect.stringMatching(/@g\.us$/) }],
		]);
	});

	it('retries a refused delivery with the same request id, as configured', async () => {
		await receiver.close();
		receiver = await startReceiver([500, 401]);
		await workingSession(['message'], { retries: { policy: 'constant', delaySeconds: 0.01, attempts: 2 } });
		const answer = await sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', body: 'Hola' });
		expect(answer).toMatchObject({ deliveries: [{ status: 500 }] });
		const calls = await receiver.waitFor(3);
		expect(new Set(calls.map((call) => call.headers['x-webhook-request-id'])).size).toBe(1);
		expect(new Set(calls.map((call) => call.raw)).size).toBe(1);
	});

	it('waits twice as long before each further try, when the policy is exponential', async () => {
		await receiver.close();
		receiver = await startReceiver([503, 503, 503]);
		await workingSession(['message'], { retries: { policy: 'exponential', delaySeconds: 0.05, attempts: 3 } });
		const began = performance.now();
		await sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', body: 'Hola' });
		await receiver.waitFor(4);
		// 50, 100 and 200 ms; Node's timers fire a fraction early.
		expect(performance.now() - began).toBeGreaterThan(340);
	});
});

describe('what a customer does besides writing', () => {
	const bodies = async (count: number) => (await receiver.waitFor(count)).map(({ body }) => [body['event'], body['payload']] as const);

	it('edits and deletes a message: the events name the original', async () => {
		await workingSession(['message.edited', 'message.revoked']);
		await sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', body: 'Rosas', id: 'ABC' });
		await sandbox.post('/waha/sessions/flores/messages/ABC/edit', { body: 'Tulipanes' });
		await sandbox.post('/waha/sessions/flores/messages/false_34699111222@c.us_ABC/delete');
		expect(await bodies(2)).toMatchObject([
			['message.edited', { id: 'false_34699111222@c.us_ABC', from: '34699111222@c.us', body: 'Tulipanes', editedMessageId: 'ABC' }],
			['message.revoked', { revokedMessageId: 'ABC', before: { body: 'Tulipanes' }, after: { body: '', from: '34699111222@c.us' } }],
		]);
		await expect(sandbox.post('/waha/sessions/flores/messages/OTHER/edit', { body: 'x' })).rejects.toThrow('400');
	});

	it('presses a button, chooses a row', async () => {
		await workingSession();
		await sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', button: { id: 'item:rose', text: 'Rosas' } });
		await sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', button: { id: 'item:rose', text: 'Rosas', list: true } });
		expect(await bodies(2)).toMatchObject([
			['message', { body: 'Rosas', _data: { type: 'buttons_response', selectedButtonId: 'item:rose' } }],
			['message', { body: 'Rosas', _data: { type: 'list_response', listResponse: { singleSelectReply: { selectedRowId: 'item:rose' } } } }],
		]);
	});

	it('sends a picture with a caption, which can be downloaded with the API key', async () => {
		await workingSession();
		await sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', body: 'like this one', image: true });
		const [[, payload] = []] = await bodies(1);
		expect(payload).toMatchObject({ body: 'like this one', hasMedia: true, media: { mimetype: 'image/jpeg' }, _data: { type: 'image' } });
		const file = await fetch((payload as { media: { url: string } }).media.url, { headers: { 'x-api-key': 'sandbox-waha-key' } });
		expect(Buffer.from(await file.arrayBuffer()).subarray(1, 4).toString()).toBe('PNG');
	});

	it('speaks: the recording can be downloaded with the API key', async () => {
		await workingSession();
		await sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', voice: { data: Buffer.from('OggS, spoken').toString('base64') } });
		const [[, payload] = []] = await bodies(1);
		expect(payload).toMatchObject({ body: '', hasMedia: true, media: { mimetype: 'audio/ogg; codecs=opus' }, _data: { type: 'ptt' } });
		const { media } = payload as { media: { url: string } };
		expect((await fetch(media.url)).status).toBe(401);
		const file = await fetch(media.url, { headers: { 'x-api-key': 'sandbox-waha-key' } });
		expect([file.headers.get('content-type'), await file.text()]).toEqual(['audio/ogg; codecs=opus', 'OggS, spoken']);
	});
});
