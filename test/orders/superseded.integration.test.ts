import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let phone = 32_610_000_000;
beforeAll(async () => {
	world = await createWorld();
});
afterAll(() => world.close());

const NO = 'no, forget it';

interface Ordered {
	readonly shop: Business;
	readonly customer: string;
	readonly turnId: string;
	readonly decisionId: string;
	readonly orderId: string;
}
/** A customer's order of the last lamp, up to the checkout; the answer with its link is not sent. */
async function order(shop?: Business, customer = String((phone += 1))): Promise<Ordered> {
	shop ??= await world.addBusiness({ type: 'product', csv: CATALOG_CSV.replaceAll('9000', '1') });
	const { turnId, decisionId } = await commit(world, shop, customer, ORDER_TEXT);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	expect(body['status'], JSON.stringify(body)).toBe('payment_link_sent');
	return { shop, customer, turnId, decisionId, orderId: String((body['order'] as Json)['id']) };
}
const reply = async ({ turnId, decisionId }: Ordered) => (await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId })).body['status'];
const statusOf = async ({ orderId, shop }: Ordered) => (await world.call('GET', `/v1/orders/${orderId}`, undefined, shop.key)).body['status'];
const sessionOf = async ({ shop, orderId }: Ordered) => (await world.sessionsOf(shop.accountId)).find((session) => session['client_reference_id'] === orderId) ?? {};
const stockOf = async ({ orderId }: Ordered) => (await world.db.asOwner<{ state: string }>('SELECT state FROM stock_reservations WHERE order_id = $1', [orderId])).map(({ state }) => state);

test('superseded before the reply: cancelled, its session ended, and another customer can have the last item', async () => {
	const first = await order();
	await world.customerWrites(first.shop, first.customer, NO);
	expect(await reply(first)).toBe('superseded');
	expect([await statusOf(first), await stockOf(first)]).toEqual(['awaiting_payment', ['held']]);
	expect(await world.orders.cancelSuperseded()).toBe(1);
	expect([await statusOf(first), await stockOf(first), (await sessionOf(first))['status']]).toEqual(['cancelled', ['released'], 'expired']);
	expect(await world.orders.cancelSuperseded()).toBe(0);
	await order(first.shop);
});

test('superseded in the outbox: the same; one whose answer has begun to leave is kept', async () => {
	const queued = await order();
	expect(await reply(queued)).toBe('queued');
	await world.customerWrites(queued.shop, queued.customer, NO);
	const left = await order();
	expect(await reply(left)).toBe('queued');
	await world.db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1 AND kind = 'text'`, [left.turnId]);
	await world.customerWrites(left.shop, left.customer, NO);
	expect(await world.orders.cancelSuperseded()).toBe(1);
	expect([await statusOf(queued), (await sessionOf(queued))['status']]).toEqual(['cancelled', 'expired']);
	expect([await statusOf(left), await stockOf(left), (await sessionOf(left))['status']]).toEqual(['awaiting_payment', ['held'], 'open']);
});

test('the newer turn orders the same again: its order stands, whichever is first', async () => {
	const first = await order();
	const second = await order(first.shop, first.customer);
	expect(second.orderId).not.toBe(first.orderId);
	expect(await world.orders.cancelSuperseded()).toBe(0);
	expect([await statusOf(first), await statusOf(second)]).toEqual(['cancelled', 'awaiting_payment']);
	expect([await stockOf(second), (await sessionOf(second))['status'], await reply(second)]).toEqual([['held'], 'open', 'queued']);

	const dropped = await order();
	await world.customerWrites(dropped.shop, dropped.customer, 'Hello');
	expect(await world.orders.cancelSuperseded()).toBe(1);
	const again = await order(dropped.shop, dropped.customer);
	expect(await world.orders.cancelSuperseded()).toBe(0);
	expect([await statusOf(dropped), await statusOf(again), await stockOf(again), (await sessionOf(again))['status']]).toEqual(['cancelled', 'awaiting_payment', ['held'], 'open']);
});

test('a payment that slipped in is kept: before the cancellation, and after it', async () => {
	const before = await order();
	await world.customerWrites(before.shop, before.customer, NO);
	await world.control('POST', `/stripe/sessions/${(await sessionOf(before))['id']}/pay`, {});
	expect(await world.orders.cancelSuperseded()).toBe(0);
	expect([await statusOf(before), await stockOf(before)]).toEqual(['paid', ['sold']]);

	const after = await order();
	await world.customerWrites(after.shop, after.customer, NO);
	// Cancelled, and the provider was not reached yet.
	await world.db.asOwner(`UPDATE orders SET status = 'cancelled' WHERE id = $1`, [after.orderId]);
	await world.control('POST', `/stripe/sessions/${(await sessionOf(after))['id']}/pay`, {});
	expect([await statusOf(after), await stockOf(after)]).toEqual(['paid', ['sold']]);
});

test('a worker does it by itself, at once', async () => {
	world.orders.start();
	try {
		const listening = await order();
		// Until it listens a notification may be missed, and the sweep is a minute away.
		await until('it listens', async () => (await world.db.asOwner<{ n: number }>(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE query ILIKE 'LISTEN%superseded_orders%'`))[0]?.n === 1);
		await world.customerWrites(listening.shop, listening.customer, NO);
		await until('it is cancelled', async () => (await statusOf(listening)) === 'cancelled');
		await until('its session has ended', async () => (await sessionOf(listening))['status'] === 'expired');
	} finally {
		await world.orders.stop();
	}
});
