import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let shop: Business;
let phone = 32_470_000_000;
const nextCustomer = () => String((phone += 1));
beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
});
afterAll(() => world.close());
beforeEach(async () => {
	world.clock.offsetMs = 0;
	await world.control('DELETE', '/faults');
});

const checkout = async (turnId: string, decisionId: string) => (await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId })).body;
const open = (paymentUrl: unknown, headers: Record<string, string> = {}) =>
	fetch(`${world.api.url}/pay/${String(paymentUrl).split('/').at(-1)}`, { redirect: 'manual', headers });
const sessionsOfOrder = async (orderId: unknown) => (await world.sessionsOf(shop.accountId)).filter((session) => session['client_reference_id'] === orderId);
const orderOf = (body: Json) => body['order'] as Json;

describe('checkout', () => {
	test('is made once, however often and however concurrently it is asked for', async () => {
		const { turnId, decisionId } = await commit(world, shop, nextCustomer(), ORDER_TEXT);
		const answers = await Promise.all(Array.from({ length: 5 }, () => checkout(turnId, decisionId)));
		answers.push(await checkout(turnId, decisionId));
		for (const answer of answers) expect(answer).toEqual(answers[0]);
		expect(answers[0]).toMatchObject({ status: 'payment_link_sent', order: { total_cents: 2_500 } });
		expect(await sessionsOfOrder(orderOf(answers[0] ?? {}).id)).toHaveLength(1);
	});

	test('is refused when the price changed after the decision, and the customer hears the new sum', async () => {
		const customer = nextCustomer();
		const { turnId, decisionId } = await commit(world, shop, customer, ORDER_TEXT);
		await reprice('A1', 2_200);
		const answer = await checkout(turnId, decisionId);
		expect(answer).toMatchObject({ status: 'refused', order: null, payment_url: '', reason: { code: 'price_changed' } });
		await reprice('A1', 2_000);
		expect(await checkout(turnId, decisionId)).toEqual(answer);
		expect((await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId })).body['status']).toBe('queued');
		const [sent] = await world.outboxOf(customer);
		expect(sent?.text).toBe('Please note that the price of “Blue lamp × 1” has changed: it is now €27.00. Would you like to order it?');
	});

	test('is refused for a quantity that is not there any more, without telling how many are', async () => {
		const { turnId, decisionId } = await commit(world, shop, nextCustomer(), ORDER_TEXT);
		await setItem('A1', { stock: 0 });
		const answer = await checkout(turnId, decisionId);
		await setItem('A1', { stock: 9000 });
		expect(answer).toMatchObject({ status: 'refused', reason: { code: 'quantity_not_available' } });
	});

	test('is refused when the account can’t take charges any more; the customer hears that the team arranges the payment', async () => {
		const customer = nextCustomer();
		const { turnId, decisionId } = await commit(world, shop, customer, ORDER_TEXT);
		await world.db.asOwner(`UPDATE companies SET payment_state = 'onboarding' WHERE id = $1`, [shop.companyId]);
		const answer = await checkout(turnId, decisionId);
		await world.db.asOwner(`UPDATE companies SET payment_state = 'ready' WHERE id = $1`, [shop.companyId]);
		expect(answer).toMatchObject({ status: 'refused', reason: { code: 'payment_account_not_ready' } });
		await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId });
		expect((await world.outboxOf(customer)).map(({ text }) => text)).toEqual(['I’ve passed your order on: our team will arrange the payment with you.']);
	});

	test('is refused, and its order closed, when the provider refuses', async () => {
		const { turnId, decisionId } = await commit(world, shop, nextCustomer(), ORDER_TEXT);
		await world.control('POST', '/faults', { vendor: 'stripe', operation: 'checkout.sessions.create', mode: 'status', status: 400, count: 1 });
		const answer = await checkout(turnId, decisionId);
		expect(answer).toMatchObject({ status: 'refused', reason: { code: 'payment_provider_refused' }, order: { status: 'cancelled' } });
	});

	test('goes on without the provider: the session is made when the customer opens the link', async () => {
		const { turnId, decisionId } = await commit(world, shop, nextCustomer(), ORDER_TEXT);
		await world.control('POST', '/faults', { vendor: 'stripe', operation: 'checkout.sessions.create', mode: 'status', status: 503, count: 20 });
		const answer = await checkout(turnId, decisionId);
		expect(answer).toMatchObject({ status: 'payment_link_sent', order: { status: 'awaiting_payment' } });
		const failed = await open(answer['payment_url']);
		expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '60']);
		expect(await failed.text()).toContain('try the link again');
		await world.control('DELETE', '/faults');
		expect((await open(answer['payment_url'])).status).toBe(303);
		expect(await sessionsOfOrder(orderOf(answer).id)).toHaveLength(1);
	}, 60_000);

	test('finishes what a crash between the provider’s answer and ours left: one session, found by its key', async () => {
		const { turnId, decisionId } = await commit(world, shop, nextCustomer(), ORDER_TEXT);
		const answer = await checkout(turnId, decisionId);
		const orderId = orderOf(answer).id;
		await world.db.asOwner('DELETE FROM checkout_sessions WHERE order_id = $1', [orderId]);
		expect((await open(answer['payment_url'])).status).toBe(303);
		expect(await checkout(turnId, decisionId)).toEqual(answer);
		expect(await sessionsOfOrder(orderId)).toHaveLength(1);
	});

	test('of a newer order cancels the older one and ends its session', async () => {
		const customer = nextCustomer();
		const first = await commit(world, shop, customer, ORDER_TEXT);
		const older = await checkout(first.turnId, first.decisionId);
		await world.call('POST', `/v1/turns/${first.turnId}/reply`, { decision_id: first.decisionId });
		await world.db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1`, [first.turnId]);
		const second = await commit(world, shop, customer, 'I want 1 Green chair instead, delivery to Ghent, my name is Anna, my phone is +32 470 111 222, yes I confirm');
		const newer = await checkout(second.turnId, second.decisionId);
		expect(newer).toMatchObject({ status: 'payment_link_sent' });
		const statuses = await world.call('GET', `/v1/orders?company_id=${shop.companyId}`, undefined, shop.key);
		const statusOf = (id: unknown) => statuses.body.data?.find((order) => order.id === id)?.['status'];
		expect([statusOf(orderOf(older).id), statusOf(orderOf(newer).id)]).toEqual(['cancelled', 'awaiting_payment']);
		expect((await sessionsOfOrder(orderOf(older).id)).map(({ status }) => status)).toEqual(['expired']);
		expect((await sessionsOfOrder(orderOf(newer).id)).map(({ status }) => status)).toEqual(['open']);
		const page = await open(older['payment_url']);
		expect([page.status, (await page.text()).includes('This order is closed')]).toEqual([410, true]);
	});

	test('is a conflict for a turn that a newer message superseded: no order is made', async () => {
		const customer = nextCustomer();
		const { turnId, decisionId } = await commit(world, shop, customer, ORDER_TEXT);
		await world.customerWrites(shop, customer, 'wait');
		const late = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
		expect([late.status, late.body.code]).toEqual([409, 'turn_superseded']);
		expect(await world.db.asOwner('SELECT 1 FROM orders WHERE decision_id = $1', [decisionId])).toEqual([]);
	});

	test('needs a decision of this very turn', async () => {
		const first = await commit(world, shop, nextCustomer(), ORDER_TEXT);
		const second = await commit(world, shop, nextCustomer(), ORDER_TEXT);
		const mixed = await world.call('POST', `/v1/turns/${first.turnId}/checkout`, { decision_id: second.decisionId });
		expect([mixed.status, mixed.body.code]).toEqual([404, 'decision_not_found']);
	});

	test('left out of the workflow, the reply says so instead of promising a link', async () => {
		const { turnId, decisionId } = await commit(world, shop, nextCustomer(), ORDER_TEXT);
		const reply = await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId });
		expect([reply.status, reply.body.code]).toEqual([409, 'checkout_missing']);
	});
});

describe('the payment link', () => {
	const placed = async (text = ORDER_TEXT) => {
		const { turnId, decisionId } = await commit(world, shop, nextCustomer(), text);
		return checkout(turnId, decisionId);
	};

	test('opens the session that is there, and a new one when that has ended', async () => {
		const answer = await placed();
		const first = (await open(answer['payment_url'])).headers.get('location');
		expect((await open(answer['payment_url'])).headers.get('location')).toBe(first);
		const [session] = await sessionsOfOrder(orderOf(answer).id);
		await world.control('POST', `/stripe/sessions/${session?.id}/expire`);
		const again = await open(answer['payment_url']);
		expect(again.status).toBe(303);
		expect(again.headers.get('location')).not.toBe(first);
		expect((await sessionsOfOrder(orderOf(answer).id)).map(({ status, amount_total: amount }) => [status, amount]).toSorted()).toEqual([
			['expired', 2_500], ['open', 2_500],
		]);
	});

	test('opened ten times at once after the session’s end makes one new session', async () => {
		const answer = await placed();
		const [session] = await sessionsOfOrder(orderOf(answer).id);
		await world.control('POST', `/stripe/sessions/${session?.id}/expire`);
		const pages = await Promise.all(Array.from({ length: 10 }, () => open(answer['payment_url'])));
		expect(new Set(pages.map((page) => page.headers.get('location'))).size).toBe(1);
		expect(await sessionsOfOrder(orderOf(answer).id)).toHaveLength(2);
	});

	test('says that the order’s time is over after 72 hours; the job writes it down', async () => {
		const answer = await placed();
		const token = answer['payment_url'];
		world.clock.offsetMs = 72 * 3_600_000 - 60_000;
		expect((await fetch(`${world.api.url}/pay/${String(token).split('/').at(-1)}/done`)).status).toBe(200);
		world.clock.offsetMs = 72 * 3_600_000 + 1_000;
		const page = await open(token);
		expect([page.status, (await page.text()).includes('This link has expired')]).toEqual([410, true]);
		expect(await world.orders.expireOverdue()).toBeGreaterThanOrEqual(1);
		const order = await world.call('GET', `/v1/orders/${orderOf(answer).id}`, undefined, shop.key);
		expect(order.body).toMatchObject({ status: 'expired', payment_url: '' });
		expect(await world.orders.expireOverdue()).toBe(0);
	});

	test('of one order that can’t be ended keeps no other from being', async () => {
		const [bad, good] = [await placed(), await placed()];
		await world.db.asOwner(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$`);
		await world.db.asOwner(`CREATE TRIGGER refuse BEFORE UPDATE ON orders FOR EACH ROW WHEN (OLD.id = '${orderOf(bad).id}') EXECUTE FUNCTION refuse()`);
		world.clock.offsetMs = 73 * 3_600_000;
		expect(await world.orders.expireOverdue()).toBeGreaterThanOrEqual(1);
		await world.db.asOwner('DROP TRIGGER refuse ON orders');
		const stored = await world.db.asOwner<{ status: string }>('SELECT status FROM orders WHERE id = ANY ($1) ORDER BY id', [[orderOf(bad).id, orderOf(good).id]]);
		expect(stored.map(({ status }) => status)).toEqual(['awaiting_payment', 'expired']);
	});

	test('says that a payment is on its way instead of taking a second one', async () => {
		const answer = await placed();
		const [session] = await sessionsOfOrder(orderOf(answer).id);
		await world.control('POST', `/stripe/sessions/${session?.id}/pay`, { delayed: true });
		const page = await open(answer['payment_url']);
		expect([page.status, (await page.text()).includes('Your payment is on its way')]).toEqual([200, true]);
		await world.control('POST', `/stripe/sessions/${session?.id}/settle`, { succeeded: false });
		expect((await open(answer['payment_url'])).status).toBe(303);
		expect(await sessionsOfOrder(orderOf(answer).id)).toHaveLength(2);
	});

	test('is unknown for any other token, in the visitor’s language, and is not indexed, framed or cached', async () => {
		const page = await open('/nothing', { 'accept-language': 'ru-RU,ru;q=0.9' });
		expect(page.status).toBe(404);
		expect(await page.text()).toContain('Здесь ничего нет');
		expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
		expect(page.headers.get('cache-control')).toBe('no-store');
		expect((await open(`/${'x'.repeat(5_000)}`)).status).toBe(404);
		expect((await fetch(`${world.api.url}/pay/nothing/done`)).status).toBe(404);
	});
});

async function setItem(sku: string, changes: Record<string, unknown>): Promise<void> {
	await world.db.asOwner('UPDATE catalog_items SET item = item || $3 WHERE company_id = $1 AND sku = $2', [shop.companyId, sku, JSON.stringify(changes)]);
	await world.db.asOwner('UPDATE companies SET catalog_version = catalog_version + 1 WHERE id = $1', [shop.companyId]);
}
async function reprice(sku: string, priceCents: number): Promise<void> {
	await setItem(sku, { priceCents });
}
