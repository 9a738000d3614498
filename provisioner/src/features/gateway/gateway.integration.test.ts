import { createConnection } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../../../../test/database.ts';
import type { TestDatabase } from '../../../../test/database.ts';
import { createBusiness, fixture, HOOK_SECRET, wahaDelivery, wahaSignature } from '../../testing/business.ts';
import type { Business } from '../../testing/business.ts';
import { startGateway } from '../../testing/gateway.ts';
import type { TestGateway } from '../../testing/gateway.ts';
import { until } from '../../testing/until.ts';

let db: TestDatabase;
let business: Business;
let gateway: TestGateway;
const phones = new Map<string, string>();

beforeAll(async () => {
	db = await createTestDatabase();
	business = await createBusiness(db, 'a', { quietMs: 3_000, maxWaitMs: 15_000 });
	gateway = await startGateway(db, business, { schedule: false, waha: { lidToPhone: (_session, lid) => Promise.resolve(phones.get(lid) ?? null) } });
});
afterAll(async () => {
	await gateway.stop();
	await db.close();
});
beforeEach(() => db.asOwner('TRUNCATE messages, turns, conversations, customer_aliases, outbox CASCADE').then(() => undefined));

const stored = async () => ({
	messages: await db.asOwner<{ vendor_message_id: string; conversation_id: string; turn_id: string; text: string; type: string }>(
		'SELECT vendor_message_id, conversation_id, turn_id, text, type FROM messages ORDER BY sent_at, vendor_order',
	),
	conversations: await db.asOwner<{ id: string; chat_id: string; customer_phone: string; customer_name: string; generation: number }>('SELECT * FROM conversations'),
	turns: await db.asOwner<{ id: string; state: string; generation: number; message_count: number; conversation_id: string }>('SELECT * FROM turns'),
	aliases: await db.asOwner<{ alias: string; conversation_id: string }>('SELECT alias, conversation_id FROM customer_aliases ORDER BY alias'),
});
const secretToken = { 'x-telegram-bot-api-secret-token': HOOK_SECRET };
const recorded = (name: string) => gateway.post(business.whatsapp.path, fixture(name), wahaSignature(fixture(name)));

describe('what is refused', () => {
	test.each([
		['no signature', {}],
		['a wrong signature', { 'x-webhook-hmac': 'ab'.repeat(64), 'x-webhook-hmac-algorithm': 'sha512' }],
		['a signature with another secret', wahaSignature(fixture('waha-message.json'), 'another')],
		["the other channel's signature", secretToken],
	])('%s: 401, nothing stored', async (_name, headers: Record<string, string>) => {
		expect(await gateway.post(business.whatsapp.path, fixture('waha-message.json'), headers)).toEqual({ status: 401, code: 'signature_invalid' });
		expect((await stored()).messages).toEqual([]);
	});

	test('a changed body under a good signature: 401', async () => {
		const raw = fixture('waha-message.json');
		const forged = Buffer.from(raw.toString('utf8').replace('20 rosas', '99 rosas'));
		expect((await gateway.post(business.whatsapp.path, forged, wahaSignature(raw))).status).toBe(401);
	});

	test('a body that is not JSON: 400; without a signature: 401 before it is looked at', async () => {
		expect(await gateway.post(business.whatsapp.path, 'hello', wahaSignature(Buffer.from('hello')))).toEqual({ status: 400, code: 'body_not_json' });
		expect(await gateway.post(business.telegram.path, '{"a":', secretToken)).toEqual({ status: 400, code: 'body_not_json' });
		const notUtf8 = Buffer.from([0x22, 0xff, 0xfe, 0x22]);
		expect((await gateway.post(business.telegram.path, notUtf8, secretToken)).status).toBe(400);
		expect((await gateway.post(business.telegram.path, 'hello')).status).toBe(401);
	});

	test('2 MB: 413, announced or streamed', async () => {
		const big = Buffer.alloc(2 * 1024 * 1024, 0x20);
		expect(await gateway.post(business.whatsapp.path, big, wahaSignature(big))).toEqual({ status: 413, code: 'body_too_large' });
		const stream = new ReadableStream<Uint8Array>({
			start(controller) {
				for (let index = 0; index < 32; index += 1) controller.enqueue(new Uint8Array(64 * 1024));
				controller.close();
			},
		});
		const answer = await fetch(`${gateway.api.url}${business.whatsapp.path}`, { method: 'POST', body: stream, duplex: 'half' } as RequestInit);
		expect(answer.status).toBe(413);
	});

	test('an announced 2 MB is refused before it is sent', async () => {
		const { hostname, port } = new URL(gateway.api.url);
		const first = await new Promise<string>((resolve, reject) => {
			const socket = createConnection(Number(port), hostname, () => {
				socket.write(`POST ${business.whatsapp.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${2 * 1024 * 1024}\r\n\r\n{`);
			});
			socket.once('data', (chunk) => {
				resolve(chunk.toString('utf8'));
				socket.destroy();
			});
			socket.on('error', reject);
		});
		expect(first).toMatch(/^HTTP\/1\.1 413/);
	});

	test('a body of almost 1 MB is taken', async () => {
		const raw = wahaDelivery({ id: 'LONG', body: 'x'.repeat(1_000_000) });
		expect((await gateway.post(business.whatsapp.path, raw, wahaSignature(raw))).status).toBe(200);
	});

	test('an unknown token, and the token of another channel: 404', async () => {
		const raw = fixture('waha-message.json');
		expect(await gateway.post(`/hooks/whatsapp/${'z'.repeat(43)}`, raw, wahaSignature(raw))).toEqual({ status: 404, code: 'hook_not_found' });
		expect((await gateway.post(business.telegram.path.replace('telegram', 'whatsapp'), raw, secretToken)).status).toBe(404);
		expect((await gateway.post('/hooks/whatsapp/%00', raw, wahaSignature(raw))).status).toBe(404);
	});

	test('a compressed body: 415', async () => {
		expect((await gateway.post(business.whatsapp.path, 'x', { 'content-encoding': 'gzip' })).status).toBe(415);
	});
});

describe('what is stored', () => {
	test('the recorded WhatsApp message, with its customer, its conversation and its turn', async () => {
		expect((await recorded('waha-message.json')).status).toBe(200);
		const { messages, conversations, turns } = await stored();
		expect(messages).toEqual([{ vendor_message_id: '3EB0AAAA', conversation_id: conversations[0]?.id, turn_id: turns[0]?.id, text: 'Hola, quiero 20 rosas', type: 'text' }]);
		expect(conversations).toMatchObject([{ chat_id: '34699111222@c.us', customer_phone: '34699111222', generation: 1 }]);
		expect(turns).toMatchObject([{ state: 'collecting', generation: 1 }]);
	});

	test('the recorded Telegram messages, text and voice, in one turn', async () => {
		for (const name of ['telegram-text.json', 'telegram-voice.json']) {
			expect((await gateway.post(business.telegram.path, fixture(name), secretToken)).status).toBe(200);
		}
		const { messages, conversations, turns } = await stored();
		expect(messages.map(({ vendor_message_id: id, type, text }) => [id, type, text])).toEqual([['1111:1', 'text', 'Здравствуйте! Сколько стоит букет?'], ['1111:2', 'voice', '']]);
		expect(conversations).toMatchObject([{ chat_id: '1111', customer_name: 'A', customer_phone: '' }]);
		expect(turns).toHaveLength(1);
	});

	test('a delivery repeated in any number and order: nothing more', async () => {
		const ids = ['D1', 'D2', 'D3'];
		const at = Date.now();
		const deliveries = [...ids, ...ids.toReversed(), ...ids].map((id, index) => ({ id, body: id, at: at + ids.indexOf(id), index }));
		expect(new Set(await Promise.all(deliveries.map((delivery) => gateway.write(business, delivery))))).toEqual(new Set([200]));
		const { messages, conversations, turns } = await stored();
		expect(messages.map(({ vendor_message_id: id }) => id)).toEqual(ids);
		expect(conversations).toMatchObject([{ generation: 1 }]);
		expect(turns).toMatchObject([{ state: 'collecting', generation: 1, message_count: 3 }]);
	});

	test('text that a database could not hold: NUL and half a surrogate pair are dropped, the rest stays', async () => {
		expect(await gateway.write(business, { id: 'ODD', body: 'a\u0000b\ud800c' })).toBe(200);
		expect((await stored()).messages[0]?.text).toBe('ab\ufffdc');
		const media = { url: 'http://waha/a\ud800.jpg', mimetype: 'image/jpeg\u0000' };
		expect(await gateway.write(business, { id: 'ODD MEDIA', change: { hasMedia: true, media } })).toBe(200);
	});

	test('echoes, groups, newsletters, receipts: acknowledged, not stored', async () => {
		const answers = await Promise.all([
			gateway.write(business, { id: 'E1', event: 'message.any', change: { id: 'true_34699111222@c.us_E1', fromMe: true, source: 'api' } }),
			gateway.write(business, { id: 'E2', event: 'message.any', change: { fromMe: true, source: 'app' } }),
			gateway.write(business, { id: 'E3', from: '12036304@g.us' }),
			gateway.write(business, { id: 'E4', from: '12036304@newsletter' }),
			gateway.write(business, { id: 'E5', from: 'status@broadcast' }),
			gateway.write(business, { id: 'E6', event: 'message.ack' }),
		]);
		expect(answers).toEqual([200, 200, 200, 200, 200, 200]);
		const group = { update_id: 1, message: { message_id: 1, date: 1, from: { id: 1, is_bot: false, first_name: 'A' }, chat: { id: -1, type: 'group' }, text: 'hi' } };
		expect((await gateway.post(business.telegram.path, JSON.stringify(group), secretToken)).status).toBe(200);
		expect(await stored()).toEqual({ messages: [], conversations: [], turns: [], aliases: [] });
	});

	test('`message` and `message.any` of one message are one', async () => {
		await Promise.all([gateway.write(business, { id: 'ANY' }), gateway.write(business, { id: 'ANY', event: 'message.any' })]);
		expect((await stored()).conversations).toMatchObject([{ generation: 1 }]);
	});
});

describe('@lid and @c.us', () => {
	test.each([[['waha-message.json', 'waha-message-lid-twin.json']], [['waha-message-lid-twin.json', 'waha-message.json']]])('twins one after the other: %s', async (names) => {
		for (const name of names) expect((await recorded(name)).status).toBe(200);
		const { messages, conversations, turns, aliases } = await stored();
		expect([messages.length, conversations.length, turns.length]).toEqual([1, 1, 1]);
		expect(conversations[0]).toMatchObject({ generation: 1, customer_phone: '34699111222' });
		expect(aliases).toEqual([
			{ alias: '120000000000001@lid', conversation_id: conversations[0]?.id },
			{ alias: '34699111222@c.us', conversation_id: conversations[0]?.id },
		]);
	});

	test('twins at the same moment, many times over: one conversation each', async () => {
		const pairs = Array.from({ length: 20 }, (_, index) => [`3469900${index}00@c.us`, `120000${index}@lid`].map((from) => ({ id: `T${index}`, from, body: 'hola', at: 1_758_262_259_000 })));
		const answers = await Promise.all(pairs.flat().flatMap((delivery) => [gateway.write(business, delivery), gateway.write(business, delivery)]));
		expect(new Set(answers)).toEqual(new Set([200]));
		const { messages, conversations, turns, aliases } = await stored();
		expect([messages.length, conversations.length, turns.length, aliases.length]).toEqual([20, 20, 20, 40]);
		expect(conversations.every(({ generation }) => generation === 1)).toBe(true);
		expect(new Set(aliases.map(({ conversation_id: id }) => id)).size).toBe(20);
	});

	test('once the twin is known, either address continues the conversation', async () => {
		await recorded('waha-message.json');
		await recorded('waha-message-lid-twin.json');
		await gateway.write(business, { id: 'NEXT', from: '120000000000001@lid' });
		const { conversations, turns } = await stored();
		expect(conversations).toMatchObject([{ chat_id: '34699111222@c.us' }]);
		expect(turns).toMatchObject([{ message_count: 2 }]);
	});

	test("another person's message with the same id is a message of its own", async () => {
		await gateway.write(business, { id: 'SAME', from: '34699000001@c.us', body: 'one' });
		await gateway.write(business, { id: 'SAME', from: '34699000002@c.us', body: 'two' });
		await gateway.write(business, { id: 'SAME', from: '34699000002@c.us', body: 'two' });
		await gateway.write(business, { id: 'SAME', from: '777@lid', body: 'three' });
		const { messages, conversations } = await stored();
		expect(messages.map(({ text }) => text).sort()).toEqual(['one', 'three', 'two']);
		expect(conversations.map(({ generation }) => generation)).toEqual([1, 1, 1]);
	});

	test("a hidden address without a twin: WAHA tells the phone, and the customer's earlier conversation goes on", async () => {
		phones.set('555@lid', '34699000009@c.us');
		await gateway.write(business, { id: 'P1', from: '34699000009@c.us' });
		await gateway.write(business, { id: 'P2', from: '555@lid' });
		await until('the address is linked', async () => new Set((await stored()).aliases.map(({ conversation_id: id }) => id)).size === 1);
		await gateway.write(business, { id: 'P3', from: '555@lid' });
		const { conversations, aliases, turns } = await stored();
		const conversation = conversations.find(({ id }) => id === aliases[0]?.conversation_id);
		expect(conversation).toMatchObject({ chat_id: '34699000009@c.us' });
		expect(turns.find(({ conversation_id: of }) => of === conversation?.id)).toMatchObject({ message_count: 2 });
	});
});

test('first messages of one customer at the same moment are one conversation', async () => {
	const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => gateway.write(business, { id: `F${index}` })));
	expect(new Set(answers)).toEqual(new Set([200]));
	const { conversations, turns, messages } = await stored();
	expect(conversations).toHaveLength(1);
	expect(turns).toMatchObject([{ message_count: 12, conversation_id: conversations[0]?.id }]);
	expect(new Set(messages.map(({ turn_id: id }) => id)).size).toBe(1);
});

test("a tenant's messages are invisible to another", async () => {
	await recorded('waha-message.json');
	const seen = await db.database.withTenant('ten_other', async (sql) => (await sql.query('SELECT id FROM messages')).rows);
	expect(seen).toEqual([]);
});

test('session status: stored with its reason, an older one does not overwrite a newer', async () => {
	const state = async () => (await db.asOwner<{ state: string; last_error: string | null; error_count: number }>('SELECT state, last_error, error_count FROM connections WHERE id = $1', [business.whatsapp.id]))[0];
	expect((await recorded('waha-session-status.json')).status).toBe(200);
	expect(await state()).toEqual({ state: 'error', last_error: 'The WhatsApp session failed. Restart it; scan the QR code if it asks.', error_count: 1 });
	await recorded('waha-session-status.json');
	const report = (status: string, at: number) => {
		const raw = Buffer.from(JSON.stringify({ event: 'session.status', timestamp: at, payload: { status } }));
		return gateway.post(business.whatsapp.path, raw, wahaSignature(raw));
	};
	await report('WORKING', 1_758_262_260_416);
	expect(await state()).toMatchObject({ state: 'error', error_count: 1 });
	await report('WORKING', 1_758_262_260_418);
	expect(await state()).toEqual({ state: 'connected', last_error: null, error_count: 0 });
});

test('a new secret is used at once, and a deleted connection is gone at once', async () => {
	const raw = fixture('waha-message.json');
	expect((await recorded('waha-message.json')).status).toBe(200);
	const sealed = await db.database.withTenant(business.tenantId, (sql) => business.secrets.seal(sql, business.tenantId, { hookSecret: 'new-secret' }, `connection:${business.whatsapp.id}`));
	await db.asOwner('UPDATE connections SET secrets = $2 WHERE id = $1', [business.whatsapp.id, sealed]);
	await until('the new secret works', async () => (await gateway.post(business.whatsapp.path, raw, wahaSignature(raw, 'new-secret'))).status === 200);
	expect((await recorded('waha-message.json')).status).toBe(401);
	await db.asOwner(`UPDATE connections SET state = 'deleting' WHERE id = $1`, [business.whatsapp.id]);
	expect((await gateway.post(business.whatsapp.path, raw, wahaSignature(raw, 'new-secret'))).status).toBe(404);
});
