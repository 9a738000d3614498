import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { deriveSigningSecret, SIGNATURE_HEADER, verifySignature } from '../../core/signature.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { storedForm } from '../../provisioner/src/features/keys/signing-secret.ts';
import { MASTER_KEY } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT, WORKER_KEY } from './world.ts';
import type { Business, World } from './world.ts';

interface Heard {
	readonly path: string;
	readonly type: string;
	readonly eventId: string;
	readonly orderId: string;
	readonly status: string;
	readonly signed: boolean;
}

let world: World;
let shop: Business;
let other: Business;
let server: Server;
let url: string;
let mood: 'ready' | 'starting_up' = 'ready';
const heard: Heard[] = [];
let phone = 32_850_000_000;

beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	other = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const raw = Buffer.concat(chunks).toString('utf8');
			const event = JSON.parse(raw) as { type: string; eventId: string; order: { id: string; status: string } };
			const check = verifySignature(deriveSigningSecret(WORKER_KEY), raw, String(request.headers[SIGNATURE_HEADER] ?? ''), Math.floor(Date.now() / 1_000));
			if (mood === 'starting_up') return void response.writeHead(200, { 'content-type': 'text/html' }).end('n8n is starting up. Please wait');
			heard.push({ path: String(request.url), type: event.type, eventId: event.eventId, orderId: event.order.id, status: event.order.status, signed: check.ok });
			response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ eventId: event.eventId, accepted: true }));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const stored = storedForm(MASTER_KEY, 'key_events', WORKER_KEY);
	await world.db.asOwner(`INSERT INTO api_keys (id, scope, label, key_hash, signing_secret) VALUES ('key_events', 'worker', 'w', $1, $2)`, [`events-${stored.hash}`, stored.signingSecret]);
});
afterEach(async () => {
	mood = 'ready';
	world.clock.offsetMs = 0;
	heard.length = 0;
	await world.db.asOwner('DELETE FROM subscriptions');
});
afterAll(async () => {
	await new Promise((resolve) => server.close(resolve));
	await world.close();
});

const subscribe = (id: string, events: string[], options: { companyId?: string; tenantId?: string } = {}) =>
	world.db.asOwner(`INSERT INTO subscriptions (id, api_key_id, tenant_id, url, mode, events, company_id) VALUES ($1, 'key_events', $2, $3, 'production', $4, $5)`, [
		id, options.tenantId ?? null, `${url}/${id}`, events, options.companyId ?? null,
	]);
async function place(business = shop): Promise<{ orderId: string; pay: () => Promise<unknown> }> {
	const { turnId, decisionId } = await commit(world, business, String((phone += 1)), ORDER_TEXT);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	const orderId = String((body['order'] as Json).id);
	const [session] = await world.db.asOwner<{ id: string }>('SELECT id FROM checkout_sessions WHERE order_id = $1', [orderId]);
	return { orderId, pay: () => world.control('POST', `/stripe/sessions/${session?.id}/pay`, {}) };
}
async function deliverAll(): Promise<void> {
	while ((await world.orderEvents.deliver()) > 0);
}
const listed = async (orderId: string) => (await world.call('GET', `/v1/order-events?order_id=${orderId}`, undefined, shop.key)).body.data ?? [];

test('a workflow hears of an order’s events in their order, each once, signed, with the order as it is', async () => {
	await subscribe('all', ['order.created', 'order.paid', 'order.refunded']);
	const { orderId, pay } = await place();
	await pay();
	await deliverAll();
	expect(heard).toMatchObject([
		{ type: 'order.created', orderId, status: 'paid', signed: true },
		{ type: 'order.paid', orderId, status: 'paid', signed: true },
	]);
	await deliverAll();
	expect(heard).toHaveLength(2);
	expect((await listed(orderId)).map(({ type, deliveries }) => [type, (deliveries as Json[])[0]?.['status']])).toEqual([['order.paid', 'delivered'], ['order.created', 'delivered']]);
});

test('while n8n is away nothing is lost or overtaken; it is tried again, and given up after three days', async () => {
	await subscribe('away', ['order.created', 'order.paid']);
	const first = await place();
	await first.pay();
	mood = 'starting_up';
	expect(await world.orderEvents.deliver()).toBe(0);
	expect((await listed(first.orderId))[1]).toMatchObject({ deliveries: [{ status: 'waiting', attempts: 1, last_error: expect.stringContaining('without the trigger') }] });
	// The second event waits for the first.
	expect((await listed(first.orderId))[0]).toMatchObject({ deliveries: [{ status: 'waiting', attempts: 0 }] });
	mood = 'ready';
	world.clock.offsetMs = 60_000;
	await deliverAll();
	expect(heard.map(({ type }) => type)).toEqual(['order.created', 'order.paid']);

	const lost = await place();
	mood = 'starting_up';
	await world.orderEvents.deliver();
	world.clock.offsetMs = 4 * 24 * 3_600_000;
	await world.orderEvents.deliver();
	expect((await listed(lost.orderId)).at(-1)).toMatchObject({ deliveries: [{ status: 'failed' }] });
	expect(world.logLines.some((line) => line['order'] === lost.orderId && String(line['msg']).includes('given up'))).toBe(true);
});

test('only the events, the company and the tenant that it is subscribed to', async () => {
	await subscribe('paid', ['order.paid']);
	await subscribe('company', ['order.created'], { companyId: shop.companyId });
	await subscribe('tenant', ['order.created'], { tenantId: other.tenantId });
	const [mine, theirs] = [await place(), await place(other)];
	await mine.pay();
	await deliverAll();
	expect(heard.map(({ path, orderId }) => [path, orderId]).sort()).toEqual([['/company', mine.orderId], ['/paid', mine.orderId], ['/tenant', theirs.orderId]].sort());
	expect((await world.call('GET', `/v1/order-events?order_id=${theirs.orderId}`, undefined, shop.key)).body.data).toEqual([]);
});

test('what waits or happens while the workflow is switched off comes when it is on again; a new one begins with what comes', async () => {
	const body = { url: `${url}/off`, events: ['order.created', 'order.paid'], channels: [], connection_id: '', mode: 'production', workflow_id: 'wf', node_id: 'n' };
	const on = () => world.db.asOwner(`INSERT INTO subscriptions (id, api_key_id, url, mode, events) VALUES ('off', 'key_events', $1, 'production', $2)`, [body.url, body.events]);
	await on();
	const waiting = await place();
	await world.db.asOwner('DELETE FROM subscriptions');
	const gap = await place();
	await world.orderEvents.deliver();
	expect(heard).toEqual([]);
	expect((await listed(waiting.orderId))[0]).toMatchObject({ deliveries: [{ status: 'waiting', last_error: expect.stringContaining('not subscribed') }] });
	await on();
	await subscribe('new', ['order.created']);
	for (const id of ['off', 'new']) await world.db.database.system.query('SELECT catch_up_on_order_events($1, now())', [id]);
	world.clock.offsetMs = 60_000;
	await deliverAll();
	expect(heard.map(({ path, orderId }) => [path, orderId])).toEqual(expect.arrayContaining([['/off', waiting.orderId], ['/off', gap.orderId]]));
	expect(heard).toHaveLength(2);
});

test('one that a newer order takes the place of is told as cancelled', async () => {
	await subscribe('cancelled', ['order.cancelled']);
	const customer = String((phone += 1));
	const orders: string[] = [];
	for (let time = 0; time < 2; time++) {
		const { turnId, decisionId } = await commit(world, shop, customer, ORDER_TEXT);
		const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
		await world.db.asOwner(`UPDATE turns SET state = 'done' WHERE id = $1`, [turnId]);
		orders.push(String((body['order'] as Json).id));
	}
	await deliverAll();
	expect(heard.map(({ type, orderId }) => [type, orderId])).toEqual([['order.cancelled', orders[0]]]);
});

test('a tenant that names the platform’s address takes nothing away from it, and a tenant’s key does not see that address', async () => {
	await world.db.asOwner(`INSERT INTO subscriptions (id, api_key_id, url, mode, events) VALUES ('theirs', 'key_events', $1, 'production', '{order.created}')`, [`${url}/shared`]);
	await world.db.asOwner(`INSERT INTO subscriptions (id, api_key_id, tenant_id, url, mode, events)
		SELECT 'mine', k.id, $1, $2, 'production', '{order.created}' FROM api_keys k WHERE k.tenant_id = $1 LIMIT 1`, [shop.tenantId, `${url}/shared`]);
	const { orderId } = await place();
	await deliverAll();
	// One call is signed with the worker's key, the other with the tenant's.
	expect(heard.map(({ signed }) => signed).sort()).toEqual([false, true]);
	const [event] = await listed(orderId);
	expect((event?.['deliveries'] as Json[]).map((delivery) => [delivery['url'], delivery['status']]).sort()).toEqual([['', 'delivered'], [`${url}/shared`, 'delivered']]);
});

test('what a trigger does not want any more is not delivered to it', async () => {
	await subscribe('fewer', ['order.created', 'order.paid']);
	const { pay } = await place();
	await pay();
	await world.db.asOwner(`UPDATE subscriptions SET events = '{order.created}' WHERE id = 'fewer'`);
	await deliverAll();
	world.clock.offsetMs = 60_000;
	await deliverAll();
	expect(heard.map(({ type }) => type)).toEqual(['order.created']);
});

test('a free order is told as confirmed at once', async () => {
	await subscribe('free', ['order.created', 'order.confirmed', 'order.paid']);
	const { turnId, decisionId } = await commit(world, shop, String((phone += 1)), ORDER_TEXT.replace('1 Blue lamp', '1 Sticker'));
	await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	await deliverAll();
	expect(heard.map(({ type, status }) => [type, status])).toEqual([['order.created', 'confirmed'], ['order.confirmed', 'confirmed']]);
});

test('several workers at once deliver an event once', async () => {
	await subscribe('once', ['order.created']);
	await place();
	await Promise.all([world.orderEvents.deliver(), world.orderEvents.deliver(), world.orderEvents.deliver()]);
	expect(heard).toHaveLength(1);
});

test('an expired order and a refunded one are told too; subscribing over the API takes the same names', async () => {
	await subscribe('ends', ['order.expired', 'order.refunded']);
	const [unpaid, refunded] = [await place(), await place()];
	await refunded.pay();
	await world.call('POST', `/v1/orders/${refunded.orderId}/refunds`, {}, shop.key);
	for (let wait = 0; wait < 200 && (await world.call('GET', `/v1/orders/${refunded.orderId}`, undefined, shop.key)).body['status'] !== 'refunded'; wait++) await new Promise(setImmediate);
	world.clock.offsetMs = 73 * 3_600_000;
	await world.orders.expireOverdue();
	await deliverAll();
	expect(heard.filter(({ orderId }) => orderId === unpaid.orderId).map(({ type }) => type)).toEqual(['order.expired']);
	expect(heard.filter(({ orderId }) => orderId === refunded.orderId).map(({ type }) => type)).toEqual(['order.refunded']);
});
