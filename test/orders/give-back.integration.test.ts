import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let shop: Business;
let phone = 32_595_000_000;
beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
});
afterAll(() => world.close());

async function place(): Promise<string> {
	const { turnId, decisionId } = await commit(world, shop, String((phone += 1)), ORDER_TEXT);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	return String((body['order'] as Json).id);
}

describe('money that a person gives back', () => {
	const refund = (orderId: string, body: object = {}, key = shop.key) => world.call('POST', `/v1/orders/${orderId}/refunds`, body, key);
	const orderNow = async (orderId: string) => (await world.call('GET', `/v1/orders/${orderId}`, undefined, shop.key)).body;

	async function paid(): Promise<{ orderId: string; sessionId: string }> {
		const orderId = await place();
		const [stored] = await world.db.asOwner<{ id: string }>('SELECT id FROM checkout_sessions WHERE order_id = $1', [orderId]);
		await world.control('POST', `/stripe/sessions/${stored?.id}/pay`, {});
		return { orderId, sessionId: String(stored?.id) };
	}

	test('goes back through Stripe, a part and then the rest; the order follows its events', async () => {
		const { orderId } = await paid();
		expect(await refund(orderId, { amount_cents: 1_000 })).toMatchObject({ status: 200, body: { object: 'refund', status: 'succeeded', amount_cents: 1_000 } });
		await until('the refund is known', async () => (await orderNow(orderId))['refunded_cents'] === 1_000);
		expect(await refund(orderId, { amount_cents: 1_501 })).toMatchObject({ status: 409, body: { code: 'refund_not_possible' } });
		expect((await refund(orderId)).body).toMatchObject({ amount_cents: 1_500 });
		await until('the order is refunded', async () => (await orderNow(orderId))['status'] === 'refunded');
		expect(await orderNow(orderId)).toMatchObject({ refunded_cents: 2_500, payment_url: '' });
		expect(await refund(orderId)).toMatchObject({ status: 409, body: { code: 'refund_not_possible' } });
	});

	test('asked for twice at once goes back once; what the bank sends back counts as paid again', async () => {
		const { orderId } = await paid();
		const both = await Promise.all([refund(orderId, { amount_cents: 2_500 }), refund(orderId, { amount_cents: 2_500 })]);
		expect(both.map(({ status }) => status)).toContain(200);
		await until('the order is refunded', async () => (await orderNow(orderId))['status'] === 'refunded');
		const refunds = await world.db.asOwner<{ id: string }>(
			'SELECT r.id FROM payment_refunds r JOIN checkout_sessions s ON s.payment_intent_id = r.payment_intent_id WHERE s.order_id = $1',
			[orderId],
		);
		expect(refunds).toHaveLength(1);
		await world.control('POST', `/stripe/refunds/${refunds[0]?.id}/fail`);
		expect(await orderNow(orderId)).toMatchObject({ status: 'paid', refunded_cents: 0 });
		expect(await world.db.asOwner('SELECT state FROM stock_reservations WHERE order_id = $1', [orderId])).toEqual([{ state: 'sold' }]);
	});

	test('is recorded where payments are made by hand', async () => {
		const cash = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, provider: { provider: 'manual', instructions: 'Pay at the counter' } });
		const { turnId, decisionId } = await commit(world, cash, String((phone += 1)), ORDER_TEXT);
		const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
		const orderId = String((body['order'] as Json).id);
		expect((await refund(orderId, {}, cash.key)).body.code).toBe('refund_not_possible');
		await world.call('POST', `/v1/orders/${orderId}/mark-paid`, { amount_cents: 2_500 }, cash.key);
		expect((await refund(orderId, { amount_cents: 500 }, cash.key)).body).toMatchObject({ status: 'by_hand', order: { status: 'paid', refunded_cents: 500 } });
		expect((await refund(orderId, {}, cash.key)).body).toMatchObject({ status: 'by_hand', amount_cents: 2_000, order: { status: 'refunded', refunded_cents: 2_500 } });
	});

	test('asked for again with its key is the same refund; another key is another one', async () => {
		const { orderId } = await paid();
		const keyed = (key: string) => world.call('POST', `/v1/orders/${orderId}/refunds`, { amount_cents: 500 }, shop.key, { 'idempotency-key': key });
		const { body: first } = await keyed('a');
		await until('the refund is known', async () => (await orderNow(orderId))['refunded_cents'] === 500);
		expect([(await keyed('a')).body, (await orderNow(orderId))['refunded_cents']]).toEqual([first, 500]);
		expect(await keyed('b')).toMatchObject({ status: 200, body: { amount_cents: 500 } });
		await until('the second refund is known', async () => (await orderNow(orderId))['refunded_cents'] === 1_000);
	});

	test('that the bank has sent back can be given back again at once', async () => {
		const { orderId } = await paid();
		const refundsOf = () => world.db.asOwner<{ id: string; status: string }>('SELECT r.id, r.status FROM payment_refunds r JOIN checkout_sessions s USING (payment_intent_id) WHERE s.order_id = $1 ORDER BY r.created_at', [orderId]);
		await refund(orderId, { amount_cents: 2_500 });
		await until('the order is refunded', async () => (await orderNow(orderId))['status'] === 'refunded');
		await world.control('POST', `/stripe/refunds/${(await refundsOf())[0]?.id}/fail`);
		expect(await orderNow(orderId)).toMatchObject({ status: 'paid', refunded_cents: 0 });
		expect((await refund(orderId, { amount_cents: 2_500 })).status).toBe(200);
		await until('the order is refunded again', async () => (await orderNow(orderId))['status'] === 'refunded');
		expect((await refundsOf()).map(({ status }) => status)).toEqual(['failed', 'succeeded']);
	});

	test('of an order that was paid twice goes back from the payment that has some left', async () => {
		const { orderId, sessionId } = await paid();
		await world.db.asOwner(
			`INSERT INTO checkout_sessions (id, tenant_id, order_id, account_id, url, amount_cents, currency, status, expires_at, attempt, payment_intent_id, paid_at)
			 SELECT id || '_b', tenant_id, order_id, account_id, '', amount_cents, currency, 'complete', expires_at, attempt + 1, 'pi_twice', paid_at - interval '1 hour' FROM checkout_sessions WHERE id = $1`,
			[sessionId],
		);
		expect((await refund(orderId)).body).toMatchObject({ amount_cents: 2_500 });
		await until('the refund is known', async () => (await orderNow(orderId))['refunded_cents'] === 2_500);
		expect(await orderNow(orderId)).toMatchObject({ status: 'paid' });
		expect(await refund(orderId, { amount_cents: 2_501 })).toMatchObject({ status: 409, body: { code: 'refund_not_possible' } });
		await world.db.asOwner(
			`INSERT INTO payment_refunds (id, tenant_id, account_id, payment_intent_id, amount_cents, currency, status) VALUES ('re_twice', $1, $2, 'pi_twice', 1000, 'eur', 'succeeded')`,
			[shop.tenantId, shop.accountId],
		);
		expect(await refund(orderId, { amount_cents: 1_501 })).toMatchObject({ status: 409, body: { detail: expect.stringContaining('only 1500 cents') } });
	});

	test('by hand is never more than was paid, whoever asks at once', async () => {
		const cash = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, provider: { provider: 'manual', instructions: 'Pay at the counter' } });
		const { turnId, decisionId } = await commit(world, cash, String((phone += 1)), ORDER_TEXT);
		const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
		const orderId = String((body['order'] as Json).id);
		await world.call('POST', `/v1/orders/${orderId}/mark-paid`, { amount_cents: 2_500 }, cash.key);
		const answers = await Promise.all([2_000, 1_900, 1_800].map((cents) => refund(orderId, { amount_cents: cents }, cash.key)));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
		const given = answers.find(({ status }) => status === 200)?.body['amount_cents'];
		expect((await world.call('GET', `/v1/orders/${orderId}`, undefined, cash.key)).body['refunded_cents']).toBe(given);
	});

	test('is nobody else’s to give, and a dispute shows on the order', async () => {
		const other = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
		const { orderId, sessionId } = await paid();
		expect((await refund(orderId, {}, other.key)).status).toBe(404);
		for (const status of ['needs_response', 'won']) {
			await world.control('POST', `/stripe/sessions/${sessionId}/dispute`, { status });
			expect((await orderNow(orderId))['dispute_status']).toBe(status);
		}
	});
});
