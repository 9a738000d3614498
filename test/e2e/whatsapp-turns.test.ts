import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { eventually, stackClients } from './clients.ts';
import { openDatabase } from './stored.ts';

const access = inject('stack');
const { sandbox, platform, textsTo, executions, workflowId, api } = stackClients(access);
const stored = openDatabase(access.databaseOwnerUrl);

interface Webhook {
	readonly url: string;
	readonly hmac: { readonly key: string };
}
let session: string;
let webhook: Webhook;
let answerId: string;

beforeAll(async () => {
	const florist = access.demo['Flores'];
	const { body } = await api(florist?.apiKey ?? '').get<{ data: { external_id: string }[] }>('/v1/connections');
	session = body.data[0]?.external_id ?? '';
	// What the vendor knows: where to deliver, and the key to sign with.
	const waha = await fetch(`${access.urls.sandbox}/waha/api/sessions/${session}`, { headers: { 'x-api-key': 'sandbox-waha-key' } });
	webhook = ((await waha.json()) as { config: { webhooks: Webhook[] } }).config.webhooks[0] as Webhook;
	answerId = await workflowId('Concierge: answer');
});

const customerWrites = (from: string, body: string, extra: object = {}) =>
	sandbox.post<{ message_id: string; deliveries: { status: number }[] }>(`/control/waha/sessions/${session}/messages`, { from, body, ...extra });

function post(body: string | Buffer, headers: Record<string, string>) {
	return fetch(webhook.url, { method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body), headers: { 'content-type': 'application/json', ...headers } });
}
const signed = (body: string | Buffer) => ({
	'x-webhook-hmac': createHmac('sha512', webhook.hmac.key).update(body).digest('hex'),
	'x-webhook-hmac-algorithm': 'sha512',
});

describe('a burst', () => {
	test('of three messages within a second is one execution and one answer, with the right price in the right language', async () => {
		const from = '34699100001';
		const before = (await executions(answerId)).length;
		for (const text of ['Здравствуйте!', 'Сколько стоит букет', 'из 20 роз?']) await customerWrites(from, text);
		const answer = await eventually('an answer', async () => (await textsTo('whatsapp', from))[0]);
		expect(answer.text).toContain('59,90');
		expect(answer.text).toMatch(/Букет из 20 роз/);
		expect(answer.text).not.toMatch(/Hello|Hola/);
		await stored.untilQuiet();
		expect((await executions(answerId)).length - before).toBe(1);
		expect(await textsTo('whatsapp', from)).toHaveLength(1);
		const [execution] = await executions(answerId);
		expect(execution?.status).toBe('success');
	});

	test('in Spanish about goods with Russian names is answered in Spanish', async () => {
		const from = '34699100002';
		for (const text of ['Hola', 'quiero 20 rosas', '¿cuánto cuesta?']) await customerWrites(from, text);
		const answer = await eventually('an answer', async () => (await textsTo('whatsapp', from))[0]);
		expect(answer.text).toContain('59,90');
		expect(answer.text).toMatch(/[áéíóúñ¿¡]|cuesta|precio|por favor/i);
	});
});

test('the same deliveries repeated, shuffled and as @lid/@c.us twins change nothing', async () => {
	const phone = '34699111222';
	const original = await readFile(new URL('../fixtures/data/webhooks/waha-message.json', import.meta.url), 'utf8');
	const twin = await readFile(new URL('../fixtures/data/webhooks/waha-message-lid-twin.json', import.meta.url), 'utf8');
	// The recorded bodies, as they would come for this session and today.
	const now = Math.floor(Date.now() / 1000);
	const asNow = (text: string) => text.replaceAll('"flores"', JSON.stringify(session)).replace(/175826226(\d)(\d{3})/, `${now}$2`).replace('1758262259', String(now));
	const bodies = [original, twin].map(asNow);
	const second = asNow(original).replaceAll('3EB0AAAA', '3EB0BBBB').replace('20 rosas', '10 rosas').replace('zymy', 'zzzz');
	const before = (await executions(answerId)).length;
	// Other files' customers may have this number.
	const texts = async () => [...(await textsTo('whatsapp', phone)), ...(await textsTo('whatsapp', '120000000000001')), ...(await textsTo('whatsapp', '120000000000001@lid'))].length;
	const sentBefore = await texts();
	for (const body of [...bodies, second]) expect((await post(body, signed(body))).status).toBe(200);
	await eventually('an answer', async () => (await texts()) > sentBefore);
	await stored.untilQuiet();
	for (const body of [second, ...bodies.toReversed(), ...bodies, second]) expect((await post(body, signed(body))).status).toBe(200);
	await stored.untilQuiet();
	expect((await executions(answerId)).length - before).toBe(1);
	expect((await texts()) - sentBefore).toBe(1);
	const rows = await stored.query<{ messages: number; conversations: number }>(
		`SELECT count(*)::int AS messages, count(DISTINCT conversation_id)::int AS conversations FROM messages WHERE direction = 'in' AND vendor_message_id LIKE '%3EB0AAAA%' OR vendor_message_id LIKE '%3EB0BBBB%'`,
	);
	expect(rows).toEqual([{ messages: 2, conversations: 1 }]);
});

describe('a delivery that is not the vendor’s', () => {
	const counted = async () => (await stored.query<{ n: number }>('SELECT count(*)::int AS n FROM messages'))[0]?.n;

	test('with a wrong or missing signature is 401, and nothing is stored', async () => {
		const body = JSON.stringify({ id: 'evt_x', timestamp: Date.now(), event: 'message', session, payload: { id: 'false_1@c.us_X', timestamp: 1, from: '1@c.us', fromMe: false, body: 'x' } });
		const before = await counted();
		const wrong = { 'x-webhook-hmac': createHmac('sha512', 'not the key').update(body).digest('hex'), 'x-webhook-hmac-algorithm': 'sha512' };
		for (const headers of [{}, wrong, { ...signed(`${body} `) }, { ...signed(body), 'x-webhook-hmac': signed(body)['x-webhook-hmac'].slice(0, 20) }]) {
			const response = await post(body, headers);
			expect(response.status).toBe(401);
			expect(response.headers.get('content-type')).toContain('application/problem+json');
		}
		expect(await counted()).toBe(before);
	});

	test('that is not JSON is 400, 2 MB is 413, an unknown hook is 404', async () => {
		const before = await counted();
		expect((await post('not json', signed('not json'))).status).toBe(400);
		const large = Buffer.alloc(2 * 1024 * 1024, 0x20);
		expect((await post(large, signed(large))).status).toBe(413);
		expect((await fetch(`${webhook.url}x`, { method: 'POST', body: '{}' })).status).toBe(404);
		expect(await counted()).toBe(before);
	});
});

test('echoes, groups and status events start nothing', async () => {
	const before = (await executions(answerId)).length;
	const delivery = (payload: object, event = 'message') =>
		JSON.stringify({ id: `evt_${event}_1`, timestamp: Date.now(), event, session, metadata: {}, me: { id: '34600000000@c.us', pushName: 'Flores' }, payload, engine: 'WEBJS', environment: {} });
	const common = { timestamp: Math.floor(Date.now() / 1000), to: '34600000000@c.us', hasMedia: false, ack: 1 };
	for (const body of [
		delivery({ ...common, id: 'true_34699100009@c.us_3EB0E1', from: '34600000000@c.us', to: '34699100009@c.us', fromMe: true, source: 'app', body: 'our own words' }),
		delivery({ ...common, id: 'true_34699100009@c.us_3EB0E2', from: '34600000000@c.us', to: '34699100009@c.us', fromMe: true, source: 'api', body: 'our own answer' }, 'message.any'),
		delivery({ ...common, id: 'false_120363000000000000@g.us_3EB0E3_34699100009@c.us', from: '120363000000000000@g.us', participant: '34699100009@c.us', fromMe: false, source: 'app', body: 'a group' }),
		delivery({ name: session, status: 'WORKING', statuses: [] }, 'session.status'),
	]) {
		expect((await post(body, signed(body))).status).toBe(200);
	}
	await stored.untilQuiet();
	expect((await executions(answerId)).length).toBe(before);
	expect(await textsTo('whatsapp', '34699100009')).toEqual([]);
});

test('the platform lists the conversation with what was said', async () => {
	const florist = access.demo['Flores'];
	const { body } = await platform.get<{ data: { id: string }[] }>(`/v1/conversations?tenant_id=${florist?.tenantId}`);
	const first = body.data[0];
	const messages = await api(florist?.apiKey ?? '').get<{ data: { direction: string; text: string }[] }>(`/v1/conversations/${first?.id}/messages`);
	expect(messages.body.data.some((message) => message.direction === 'in')).toBe(true);
	expect(messages.body.data.some((message) => message.direction === 'out')).toBe(true);
});
