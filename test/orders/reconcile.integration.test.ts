import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { enqueue } from '../../provisioner/src/features/outbox/enqueue.ts';
import { applyMoneyEvent } from '../../provisioner/src/features/payments/money.ts';
import { refundEvent } from '../../provisioner/src/features/payments/stripe-event.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT } from './world.ts';
import type { Business, World } from './world.ts';

const HOUR_MS = 3_600_000;
let world: World;
let shop: Business;
let secrets: string[];
let phone = 32_490_000_000;
beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	// From here on no event is taken: the endpoint has another secret than Stripe.
	secrets = world.webhookSecrets.splice(0, world.webhookSecrets.length, 'whsec_wrong');
});
afterAll(() => world.close());
beforeEach(async () => {
	world.clock.offsetMs = 0;
	await world.control('DELETE', '/faults');
	await world.db.asOwner('DELETE FROM checkout_sessions');
});

async function place(): Promise<{ customer: string; orderId: string; sessionId: string }> {
	const customer = String((phone += 1));
	const { turnId, decisionId } = await commit(world, shop, customer, ORDER_TEXT);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId });
	const orderId = String((body['order'] as Json).id);
	const session = (await world.sessionsOf(shop.accountId)).find((one) => one['client_reference_id'] === orderId);
	return { customer, orderId, sessionId: String(session?.id) };
}
const statusOf = async (orderId: string) => (await world.call('GET', `/v1/orders/${orderId}`, undefined, shop.key)).body['status'];
const storedStatus = async (sessionId: string) => (await world.db.asOwner<{ status: string }>('SELECT status FROM checkout_sessions WHERE id = $1', [sessionId]))[0]?.status;
const confirmations = async (customer: string) => (await world.outboxOf(customer)).filter(({ text }) => text.includes('Blue lamp × 1') && /paid/i.test(text)).length;

test('a payment whose event never came is found at the session’s end, once, and the event that comes after all changes nothing', async () => {
	const placed = await place();
	await world.control('POST', `/stripe/sessions/${placed.sessionId}/pay`, {});
	expect([await statusOf(placed.orderId), await world.payments.reconcile()]).toEqual(['awaiting_payment', 0]);

	world.clock.offsetMs = 24 * HOUR_MS + 60_000;
	const settled = await Promise.all([world.payments.reconcile(), world.payments.reconcile()]);
	expect(settled.reduce((sum, one) => sum + one, 0)).toBe(1);
	expect([await statusOf(placed.orderId), await storedStatus(placed.sessionId), await confirmations(placed.customer)]).toEqual(['paid', 'complete', 1]);

	world.webhookSecrets.push(...secrets);
	const { data: events = [] } = await world.control('GET', '/stripe/events');
	const completed = events.find((event) => event['type'] === 'checkout.session.completed' && JSON.stringify(event).includes(placed.sessionId));
	world.clock.offsetMs = 0;
	const resent = await world.control('POST', `/stripe/events/${String(completed?.id)}/resend`, {});
	world.webhookSecrets.splice(1);
	expect((resent['deliveries'] as { status: number }[])[0]?.status).toBe(200);
	world.clock.offsetMs = 48 * HOUR_MS;
	expect([await world.payments.reconcile(), await confirmations(placed.customer)]).toEqual([0, 1]);
});

test('a payment that was found by asking can be given back: its refund is known by its payment', async () => {
	const placed = await place();
	await world.control('POST', `/stripe/sessions/${placed.sessionId}/pay`, {});
	world.clock.offsetMs = 24 * HOUR_MS + 60_000;
	expect([await world.payments.reconcile(), await statusOf(placed.orderId)]).toEqual([1, 'paid']);
	const session = (await world.sessionsOf(shop.accountId)).find((one) => one.id === placed.sessionId);
	const event = refundEvent.parse({
		id: 'evt_reconciled_refund', object: 'event', type: 'refund.created', account: shop.accountId, created: 1,
		data: { object: { id: 're_reconciled', object: 'refund', amount: 2_500, currency: 'eur', payment_intent: session?.['payment_intent'], status: 'succeeded' } },
	});
	const { log } = createTestLog();
	expect(await world.db.database.withTenant(shop.tenantId, (sql) => applyMoneyEvent(sql, shop.tenantId, event, { outbox: { enqueue }, now: new Date(), log }))).toBe('recorded');
	expect(await statusOf(placed.orderId)).toBe('refunded');
});

test('a session that ended without an event is closed here, and its order can be paid by a new one', async () => {
	const placed = await place();
	await world.control('POST', `/stripe/sessions/${placed.sessionId}/expire`, {});
	world.clock.offsetMs = 25 * HOUR_MS;
	expect(await world.payments.reconcile()).toBe(1);
	expect([await storedStatus(placed.sessionId), await statusOf(placed.orderId)]).toEqual(['expired', 'awaiting_payment']);
	expect(await world.payments.reconcile()).toBe(0);
});

test('a payment that takes days and whose event never came is found later', async () => {
	const placed = await place();
	await world.control('POST', `/stripe/sessions/${placed.sessionId}/pay`, { delayed: true });
	await world.db.asOwner(`UPDATE checkout_sessions SET status = 'complete' WHERE id = $1`, [placed.sessionId]);
	world.clock.offsetMs = 25 * HOUR_MS;
	expect([await world.payments.reconcile(), await statusOf(placed.orderId)]).toEqual([1, 'awaiting_payment']);
	await world.control('POST', `/stripe/sessions/${placed.sessionId}/settle`, { succeeded: true });
	// Asked about a moment ago.
	expect(await world.payments.reconcile()).toBe(0);
	world.clock.offsetMs = 32 * HOUR_MS;
	expect([await world.payments.reconcile(), await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual([1, 'paid', 1]);
});

test('a payment that takes days is found to be on its way, so that its link takes no second one', async () => {
	const placed = await place();
	await world.control('POST', `/stripe/sessions/${placed.sessionId}/pay`, { delayed: true });
	world.clock.offsetMs = 25 * HOUR_MS;
	expect([await world.payments.reconcile(), await storedStatus(placed.sessionId)]).toEqual([1, 'complete']);
	const { body } = await world.call('GET', `/v1/orders/${placed.orderId}`, undefined, shop.key);
	expect(body).toMatchObject({ status: 'awaiting_payment', payment_url: '' });
	world.clock.offsetMs += 7 * HOUR_MS;
	expect(await world.payments.reconcile()).toBe(0);
});

test('one that Stripe gives no answer about is asked about again ten minutes later, and keeps no other waiting', async () => {
	const [first, second] = [await place(), await place()];
	for (const { sessionId } of [first, second]) await world.control('POST', `/stripe/sessions/${sessionId}/pay`, {});
	world.clock.offsetMs = 25 * HOUR_MS;
	// The client tries twice.
	await world.control('POST', '/faults', { vendor: 'stripe', operation: 'checkout.sessions.retrieve', mode: 'status', status: 503, count: 2 });
	expect(await world.payments.reconcile()).toBe(1);
	expect([await statusOf(first.orderId), await statusOf(second.orderId)].sort()).toEqual(['awaiting_payment', 'paid']);
	expect(await world.payments.reconcile()).toBe(0);
	world.clock.offsetMs += 11 * 60_000;
	expect(await world.payments.reconcile()).toBe(1);
	expect([await statusOf(first.orderId), await statusOf(second.orderId)]).toEqual(['paid', 'paid']);
});

test('a session of an order that can’t be paid any more is ended, also when Stripe was away at first', async () => {
	const { orderId, sessionId } = await place();
	await world.db.asOwner(`UPDATE orders SET status = 'expired' WHERE id = $1`, [orderId]);
	await world.control('POST', '/faults', { vendor: 'stripe', operation: 'checkout.sessions.expire', mode: 'status', status: 503, count: 1 });
	expect([await world.payments.endLeftOpen(), await storedStatus(sessionId)]).toEqual([1, 'open']);
	expect(await world.payments.endLeftOpen()).toBe(0);
	world.clock.offsetMs = 11 * 60_000;
	expect([await world.payments.endLeftOpen(), await storedStatus(sessionId)]).toEqual([1, 'expired']);
	expect((await world.sessionsOf(shop.accountId)).find((one) => one.id === sessionId)?.['status']).toBe('expired');
});

test('a running service does it by itself', async () => {
	const placed = await place();
	await world.control('POST', `/stripe/sessions/${placed.sessionId}/pay`, {});
	world.clock.offsetMs = 25 * HOUR_MS;
	world.payments.start();
	await vi.waitUntil(async () => (await statusOf(placed.orderId)) === 'paid', { timeout: 10_000 });
	await world.payments.stop();
	expect(await confirmations(placed.customer)).toBe(1);
});
