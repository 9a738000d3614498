import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { enqueue } from '../../provisioner/src/features/outbox/enqueue.ts';
import { applyMoneyEvent } from '../../provisioner/src/features/payments/money.ts';
import { disputeEvent } from '../../provisioner/src/features/payments/stripe-event.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { createListener } from './listener.ts';
import type { Listener } from './listener.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT, PLATFORM_KEY } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let shop: Business;
let other: Business;
let listener: Listener;
let phone = 32_850_000_000;

beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	other = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	listener = await createListener(world);
});
afterEach(async () => {
	world.clock.offsetMs = 0;
	await listener.reset();
});
afterAll(async () => {
	await listener.close();
	await world.close();
});

async function place(business = shop): Promise<{ orderId: string; pay: () => Promise<unknown> }> {
	const { turnId, decisionId } = await commit(world, business, String((phone += 1)), ORDER_TEXT);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	const orderId = String((body['order'] as Json).id);
	const [session] = await world.db.asOwner<{ id: string }>('SELECT id FROM checkout_sessions WHERE order_id = $1', [orderId]);
	return { orderId, pay: () => world.control('POST', `/stripe/sessions/${session?.id}/pay`, {}) };
}
const subscribe: Listener['subscribe'] = (...wanted) => listener.subscribe(...wanted);
const deliverAll = () => listener.deliverAll();
const listed = async (orderId: string) => (await world.call('GET', `/v1/order-events?order_id=${orderId}`, undefined, shop.key)).body.data ?? [];

test('a workflow hears of an order’s events in their order, each once, signed, with the order as it is', async () => {
	await subscribe('all', ['order.created', 'order.paid', 'order.refunded']);
	const { orderId, pay } = await place();
	await pay();
	await deliverAll();
	expect(listener.heard).toMatchObject([
		{ type: 'order.created', orderId, status: 'paid', signed: true },
		{ type: 'order.paid', orderId, status: 'paid', signed: true },
	]);
	await deliverAll();
	expect(listener.heard).toHaveLength(2);
	expect((await listed(orderId)).map(({ type, deliveries }) => [type, (deliveries as Json[])[0]?.['status']])).toEqual([['order.paid', 'delivered'], ['order.created', 'delivered']]);
});

test('while n8n is away nothing is lost or overtaken; it is tried again, and given up after three days', async () => {
	await subscribe('away', ['order.created', 'order.paid']);
	const first = await place();
	await first.pay();
	listener.mood = 'starting_up';
	expect(await world.orderEvents.deliver()).toBe(0);
	expect((await listed(first.orderId))[1]).toMatchObject({ deliveries: [{ status: 'waiting', attempts: 1, last_error: expect.stringContaining('without the trigger') }] });
	// The second event waits for the first.
	expect((await listed(first.orderId))[0]).toMatchObject({ deliveries: [{ status: 'waiting', attempts: 0 }] });
	listener.mood = 'ready';
	world.clock.offsetMs = 60_000;
	await deliverAll();
	expect(listener.heard.map(({ type }) => type)).toEqual(['order.created', 'order.paid']);

	const lost = await place();
	listener.mood = 'starting_up';
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
	expect(listener.heard.map(({ path, orderId }) => [path, orderId]).sort()).toEqual([['/company', mine.orderId], ['/paid', mine.orderId], ['/tenant', theirs.orderId]].sort());
	expect((await world.call('GET', `/v1/order-events?order_id=${theirs.orderId}`, undefined, shop.key)).body.data).toEqual([]);
});

test('what waits or happens while the workflow is switched off comes when it is on again; a new one begins with what comes', async () => {
	const body = { url: `${listener.url}/off`, events: ['order.created', 'order.paid'], channels: [], connection_id: '', mode: 'production', workflow_id: 'wf', node_id: 'n' };
	const on = () => world.db.asOwner(`INSERT INTO subscriptions (id, api_key_id, url, mode, events) VALUES ('off', 'key_events', $1, 'production', $2)`, [body.url, body.events]);
	await on();
	const waiting = await place();
	await world.db.asOwner('DELETE FROM subscriptions');
	const gap = await place();
	await world.orderEvents.deliver();
	expect(listener.heard).toEqual([]);
	expect((await listed(waiting.orderId))[0]).toMatchObject({ deliveries: [{ status: 'waiting', last_error: expect.stringContaining('not subscribed') }] });
	await on();
	await subscribe('new', ['order.created']);
	for (const id of ['off', 'new']) await world.db.database.system.query('SELECT catch_up_on_order_events($1, now())', [id]);
	world.clock.offsetMs = 60_000;
	await deliverAll();
	expect(listener.heard.map(({ path, orderId }) => [path, orderId])).toEqual(expect.arrayContaining([['/off', waiting.orderId], ['/off', gap.orderId]]));
	expect(listener.heard).toHaveLength(2);
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
	expect(listener.heard.map(({ type, orderId }) => [type, orderId])).toEqual([['order.cancelled', orders[0]]]);
});

test('a tenant that names the platform’s address takes nothing away from it, and a tenant’s key does not see that address', async () => {
	await world.db.asOwner(`INSERT INTO subscriptions (id, api_key_id, url, mode, events) VALUES ('theirs', 'key_events', $1, 'production', '{order.created}')`, [`${listener.url}/shared`]);
	await world.db.asOwner(`INSERT INTO subscriptions (id, api_key_id, tenant_id, url, mode, events)
		SELECT 'mine', k.id, $1, $2, 'production', '{order.created}' FROM api_keys k WHERE k.tenant_id = $1 LIMIT 1`, [shop.tenantId, `${listener.url}/shared`]);
	const { orderId } = await place();
	await deliverAll();
	// One call is signed with the worker's key, the other with the tenant's.
	expect(listener.heard.map(({ signed }) => signed).sort()).toEqual([false, true]);
	const [event] = await listed(orderId);
	expect((event?.['deliveries'] as Json[]).map((delivery) => [delivery['url'], delivery['status']]).sort()).toEqual([['', 'delivered'], [`${listener.url}/shared`, 'delivered']]);
});

test('what a trigger does not want any more is not delivered to it', async () => {
	await subscribe('fewer', ['order.created', 'order.paid']);
	const { pay } = await place();
	await pay();
	await world.db.asOwner(`UPDATE subscriptions SET events = '{order.created}' WHERE id = 'fewer'`);
	await deliverAll();
	world.clock.offsetMs = 60_000;
	await deliverAll();
	expect(listener.heard.map(({ type }) => type)).toEqual(['order.created']);
});

test('a free order is told as confirmed at once', async () => {
	await subscribe('free', ['order.created', 'order.confirmed', 'order.paid']);
	const { turnId, decisionId } = await commit(world, shop, String((phone += 1)), ORDER_TEXT.replace('1 Blue lamp', '1 Sticker'));
	await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	await deliverAll();
	expect(listener.heard.map(({ type, status }) => [type, status])).toEqual([['order.created', 'confirmed'], ['order.confirmed', 'confirmed']]);
});

test('several workers at once deliver an event once', async () => {
	await subscribe('once', ['order.created']);
	await place();
	await Promise.all([world.orderEvents.deliver(), world.orderEvents.deliver(), world.orderEvents.deliver()]);
	expect(listener.heard).toHaveLength(1);
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
	expect(listener.heard.filter(({ orderId }) => orderId === unpaid.orderId).map(({ type }) => type)).toEqual(['order.expired']);
	expect(listener.heard.filter(({ orderId }) => orderId === refunded.orderId).map(({ type }) => type)).toEqual(['order.refunded']);
});

test('the item has the company’s name and the order; without a booking of its own', async () => {
	await subscribe('item', ['order.created']);
	const { orderId } = await place();
	await deliverAll();
	expect(listener.heard[0]?.item).toMatchObject({ type: 'order.created', tenantId: shop.tenantId, company: { id: shop.companyId, name: 'Company' }, order: { id: orderId, company_id: shop.companyId }, booking: null });
});

test('a payment that is disputed is told, and each step of the dispute after it, once', async () => {
	await subscribe('disputes', ['order.disputed']);
	const { orderId, pay } = await place();
	await pay();
	const [session] = await world.db.asOwner<{ payment_intent_id: string }>('SELECT payment_intent_id FROM checkout_sessions WHERE order_id = $1', [orderId]);
	const dispute = async (id: string, type: string, status: string, created: number) => {
		const event = disputeEvent.parse({
			id, object: 'event', type: `charge.dispute.${type}`, account: shop.accountId, created,
			data: { object: { id: `du_${orderId}`, object: 'dispute', amount: 2_500, currency: 'eur', payment_intent: session?.payment_intent_id, status, reason: 'fraudulent' } },
		});
		await world.db.database.withTenant(shop.tenantId, (sql) => applyMoneyEvent(sql, shop.tenantId, event, { outbox: { enqueue }, now: new Date(), log: createTestLog().log }));
	};
	await dispute(`evt_${orderId}_1`, 'created', 'needs_response', 1);
	await dispute(`evt_${orderId}_1`, 'created', 'needs_response', 1);
	await dispute(`evt_${orderId}_2`, 'funds_withdrawn', 'needs_response', 2);
	await dispute(`evt_${orderId}_3`, 'closed', 'lost', 3);
	await deliverAll();
	expect(listener.heard.map(({ item }) => [item['type'], item['data']])).toEqual([
		['order.disputed', { dispute_status: 'needs_response', amount_cents: 2_500, reason: 'fraudulent' }],
		['order.disputed', { dispute_status: 'lost', amount_cents: 2_500, reason: 'fraudulent' }],
	]);
	expect(listener.heard.at(-1)?.item).toMatchObject({ order: { status: 'paid', dispute_status: 'lost' } });
});

const again = (eventId: unknown, key = PLATFORM_KEY) => world.call('POST', `/v1/order-events/${String(eventId)}/redeliver`, undefined, key);

test('an event is delivered again when somebody asks, under the same id, to those who are subscribed now; what waits is not doubled', async () => {
	await subscribe('first', ['order.paid']);
	const { orderId, pay } = await place();
	await pay();
	await deliverAll();
	await subscribe('later', ['order.paid']);
	const eventId = listener.heard[0]?.eventId;
	const answer = await again(eventId);
	expect(answer).toMatchObject({ status: 200, body: { id: eventId, type: 'order.paid', order_id: orderId } });
	expect((answer.body['deliveries'] as Json[]).map(({ status }) => status)).toEqual(['waiting', 'waiting']);
	await again(eventId);
	await Promise.all([world.orderEvents.deliver(), world.orderEvents.deliver()]);
	expect(listener.heard.map(({ path, eventId: id }) => [path, id]).sort()).toEqual([['/first', eventId], ['/first', eventId], ['/later', eventId]]);
	// The one that asked for an old event has not missed what was between that and now.
	await place();
	await world.db.database.system.query('SELECT catch_up_on_order_events($1, now())', ['later']);
	await deliverAll();
	expect(listener.heard).toHaveLength(3);
});

test('one that was given up gets another three days; one that is tried later is tried now', async () => {
	await subscribe('lost', ['order.created']);
	const { orderId } = await place();
	listener.mood = 'starting_up';
	world.clock.offsetMs = 4 * 24 * 3_600_000;
	await world.orderEvents.deliver();
	const [event] = await listed(orderId);
	expect(event).toMatchObject({ deliveries: [{ status: 'failed' }] });
	await again(event?.id);
	await world.orderEvents.deliver();
	expect((await listed(orderId))[0]).toMatchObject({ deliveries: [{ status: 'waiting', attempts: 1 }] });
	await world.db.asOwner(`UPDATE order_event_deliveries SET next_attempt_at = next_attempt_at + interval '10 minutes' WHERE order_id = $1`, [orderId]);
	listener.mood = 'ready';
	await deliverAll();
	expect(listener.heard).toEqual([]);
	await again(event?.id);
	await deliverAll();
	expect(listener.heard.map(({ eventId }) => eventId)).toEqual([event?.id]);
});

test('delivering again is refused when nobody wants it; a tenant’s key reaches its own events and its own workflows only', async () => {
	const [mine, theirs] = [await place(), await place(other)];
	const [own] = await listed(mine.orderId);
	const [foreign] = (await world.call('GET', `/v1/order-events?order_id=${theirs.orderId}`, undefined, other.key)).body.data ?? [];
	expect(await again(own?.id)).toMatchObject({ status: 409, body: { code: 'order_event_not_wanted' } });
	expect(await again('evt_none')).toMatchObject({ status: 404, body: { code: 'order_event_not_found' } });
	await subscribe('platforms', ['order.created']);
	expect(await again(foreign?.id, shop.key)).toMatchObject({ status: 404, body: { code: 'order_event_not_found' } });
	expect(await again(own?.id, shop.key)).toMatchObject({ status: 409, body: { code: 'order_event_not_wanted' } });
	await subscribe('own', ['order.created'], { tenantId: shop.tenantId });
	expect(await again(own?.id, shop.key)).toMatchObject({ status: 200 });
	await deliverAll();
	expect(listener.heard.map(({ path, eventId }) => [path, eventId])).toEqual([['/own', own?.id]]);
});
