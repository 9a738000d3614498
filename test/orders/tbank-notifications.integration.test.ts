import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { notification, OK, openTbankWorld, signed, TERMINAL } from './tbank-world.ts';
import type { Placed, TbankWorld } from './tbank-world.ts';

let bank: TbankWorld;
const moneyOf = async ({ orderId }: Pick<Placed, 'orderId'>) => {
	const { body } = await bank.world.call('GET', `/v1/orders/${orderId}`, undefined, bank.shop.key);
	return [body['status'], body['refunded_cents']];
};
beforeAll(async () => {
	bank = await openTbankWorld(32_461_000_000);
}, 60_000);
afterAll(() => bank.world.close());

describe('a notification of T-Bank', () => {
	test.each([
		['no token', (body: Record<string, unknown>) => body, 401],
		['the token of another password', (body: Record<string, unknown>) => signed(body, 'guessed'), 401],
		['a sum that was changed after signing', (body: Record<string, unknown>) => ({ ...signed(body), Amount: 1 }), 401],
		['another terminal in it', (body: Record<string, unknown>) => signed({ ...body, TerminalKey: 'Other' }), 401],
		['no status', (body: Record<string, unknown>) => signed({ ...body, Status: '' }), 422],
	])('with %s is refused, and nothing is paid', async (_what, make, status) => {
		const placed = await bank.place();
		const before = await bank.world.db.asOwner('SELECT count(*)::int AS n FROM payment_events');
		expect((await bank.deliver(make(notification(placed, 'CONFIRMED')))).status).toBe(status);
		expect([await bank.statusOf(placed.orderId), await bank.confirmations(placed.customer)]).toEqual(['awaiting_payment', 0]);
		expect(await bank.world.db.asOwner('SELECT count(*)::int AS n FROM payment_events')).toEqual(before);
	});

	test('at an address of nobody is not found; what is no JSON is a bad request', async () => {
		expect((await bank.deliver(signed(notification({ orderId: 'ord_1', paymentId: '1' }, 'CONFIRMED')), bank.notificationUrl.replace(/[^/]+$/, 'x'.repeat(43)))).status).toBe(404);
		expect((await bank.deliver('not json')).status).toBe(400);
	});

	test.each([
		['another sum', { Amount: 2_499 }],
		['an order that is none of ours', { OrderId: '12345' }],
	])('of %s is acknowledged and pays nothing', async (_what, change) => {
		const placed = await bank.place();
		expect(await bank.deliver(signed(notification(placed, 'CONFIRMED', change)))).toEqual(OK);
		expect([await bank.statusOf(placed.orderId), await bank.confirmations(placed.customer)]).toEqual(['awaiting_payment', 0]);
	});

	test('can’t pay another business’s order, the terminal being the same', async () => {
		const [other, placed] = [await bank.newShop(), await bank.place()];
		const url = String((await bank.account('GET', other)).body['notification_url']);
		expect(await bank.deliver(signed(notification(placed, 'CONFIRMED')), url)).toEqual(OK);
		expect(await bank.statusOf(placed.orderId)).toBe('awaiting_payment');
	});

	test('can’t pay the order of another company of the same tenant, known or not', async () => {
		const { db, call } = bank.world;
		await db.asOwner(`INSERT INTO companies (id, tenant_id, name, type, currency) VALUES ('com_second', $1, 'Second', 'product', 'rub')`, [bank.shop.tenantId]);
		const second = await call('PUT', '/v1/companies/com_second/payment_account', { provider: 'tbank', ...TERMINAL }, bank.shop.key);
		const placed = await bank.place();
		for (const forget of [false, true]) {
			if (forget) await db.asOwner('DELETE FROM checkout_sessions WHERE order_id = $1', [placed.orderId]);
			expect(await bank.deliver(signed(notification(placed, 'CONFIRMED', { Amount: 2_500, PaymentId: Number(placed.paymentId) + Number(forget) })), String(second.body['notification_url']))).toEqual(OK);
			expect(await bank.statusOf(placed.orderId)).toBe('awaiting_payment');
		}
	});

	test('faster than the answer to the request that made the payment pays the order all the same', async () => {
		const placed = await bank.place();
		await bank.world.db.asOwner('DELETE FROM checkout_sessions WHERE order_id = $1', [placed.orderId]);
		expect(await bank.deliver(signed(notification(placed, 'CONFIRMED')))).toEqual(OK);
		expect([await bank.statusOf(placed.orderId), await bank.sessionsOf(placed.orderId)]).toMatchObject(['paid', [{ id: placed.paymentId, status: 'complete' }]]);
	});

	test('delivered ten times at once pays and confirms once', async () => {
		const placed = await bank.place();
		const body = signed(notification(placed, 'CONFIRMED'));
		expect(await Promise.all(Array.from({ length: 10 }, () => bank.deliver(body)))).toEqual(Array.from({ length: 10 }, () => OK));
		expect([await bank.statusOf(placed.orderId), await bank.confirmations(placed.customer)]).toEqual(['paid', 1]);
	});

	test('that only holds the sum pays nothing', async () => {
		const placed = await bank.place();
		expect(await bank.deliver(signed(notification(placed, 'AUTHORIZED')))).toEqual(OK);
		expect([await bank.statusOf(placed.orderId), await bank.confirmations(placed.customer)]).toEqual(['awaiting_payment', 0]);
	});

	test('any permutation and repetition of a payment’s notifications ends the same: paid, complete, confirmed once', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.nat({ max: 3 }), { minLength: 4, maxLength: 8 }), async (picks) => {
				const placed = await bank.place();
				const all = ['AUTHORIZED', 'CONFIRMED', 'REJECTED', 'PARTIAL_REFUNDED'].map((status) => signed(notification(placed, status, status === 'PARTIAL_REFUNDED' ? { Amount: 1_000 } : {})));
				for (const index of [...picks, ...[0, 1, 2, 3].filter((one) => !picks.includes(one))]) expect(await bank.deliver(all[index])).toEqual(OK);
				expect([await bank.statusOf(placed.orderId), await bank.sessionsOf(placed.orderId), await bank.confirmations(placed.customer)]).toMatchObject(['paid', [{ status: 'complete' }], 1]);
				expect(await moneyOf(placed)).toEqual(['paid', 1_000]);
			}),
			{ numRuns: 10 },
		);
	});

	test('leaves nothing of the payer’s card behind', async () => {
		const placed = await bank.place();
		await bank.deliver(signed(notification(placed, 'CONFIRMED')));
		expect(JSON.stringify(await bank.world.db.asOwner('SELECT payload FROM payment_events'))).not.toMatch(/430000|Pan/);
	});
});

describe('money that goes back', () => {
	const paid = async () => {
		const placed = await bank.place();
		await bank.act(placed.paymentId, 'pay');
		await until('it is paid', async () => (await bank.statusOf(placed.orderId)) === 'paid');
		return placed;
	};
	const inDashboard = ({ paymentId }: Placed, amount?: number) => bank.world.control('POST', `/tbank/payments/${paymentId}/refund`, amount === undefined ? {} : { amount });
	const refundHere = ({ orderId }: Placed, amount?: number) => bank.world.call('POST', `/v1/orders/${orderId}/refunds`, amount === undefined ? {} : { amount_cents: amount }, bank.shop.key);
	const becomes = (placed: Placed, status: string, refunded: number) => until(`${status}, ${refunded} back`, async () => JSON.stringify(await moneyOf(placed)) === JSON.stringify([status, refunded]));
	const told = async ({ customer }: Placed) => (await bank.world.outboxOf(customer)).filter(({ text }) => text.startsWith('We are giving ')).length;
	const toldByBank = ({ paymentId }: Placed, status: string) => until('the bank has told', async () => (await bank.world.db.asOwner('SELECT 1 FROM payment_events WHERE id LIKE $1', [`tbank:%:${paymentId}:${status}:%`])).length > 0);

	test('in the bank’s dashboard: the order follows, a part and then the rest; its pieces can be sold again', async () => {
		const placed = await paid();
		await inDashboard(placed, 1_000);
		await becomes(placed, 'paid', 1_000);
		await inDashboard(placed);
		await becomes(placed, 'refunded', 2_500);
		expect(await bank.world.db.asOwner('SELECT state FROM stock_reservations WHERE order_id = $1', [placed.orderId])).toEqual([{ state: 'returned' }]);
		expect(await told(placed)).toBe(2);
		const events = (await bank.world.call('GET', `/v1/order-events?order_id=${placed.orderId}&type=order.refunded`, undefined, bank.shop.key)).body.data;
		expect(events?.map(({ data }) => data)).toEqual([{ refunded_cents: 2_500 }]);
	});

	test('what was refunded here and is told by the bank, too, counts once', async () => {
		const placed = await paid();
		expect(await refundHere(placed, 700)).toMatchObject({ status: 200, body: { amount_cents: 700, order: { refunded_cents: 700 } } });
		await toldByBank(placed, 'PARTIAL_REFUNDED');
		expect(await moneyOf(placed)).toEqual(['paid', 700]);
		expect(await refundHere(placed)).toMatchObject({ status: 200, body: { amount_cents: 1_800, order: { status: 'refunded', refunded_cents: 2_500 } } });
		await toldByBank(placed, 'REFUNDED');
		expect(await moneyOf(placed)).toEqual(['refunded', 2_500]);
		expect(await told(placed)).toBe(2);
	});

	test('here after the same sum in the dashboard is another refund', async () => {
		const placed = await paid();
		await inDashboard(placed, 700);
		await becomes(placed, 'paid', 700);
		expect((await refundHere(placed, 700)).body['order']).toMatchObject({ status: 'paid', refunded_cents: 1_400 });
		await inDashboard(placed);
		await becomes(placed, 'refunded', 2_500);
	});

	test('told twice, in any order and before the payment comes to the same', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.nat({ max: 2 }), { minLength: 3, maxLength: 7 }), async (picks) => {
				const placed = await bank.place();
				const all = [notification(placed, 'CONFIRMED'), notification(placed, 'PARTIAL_REFUNDED', { Amount: 1_000 }), notification(placed, 'REFUNDED', { Amount: 1_500 })].map((body) => signed(body));
				for (const index of [...picks, ...[0, 1, 2].filter((one) => !picks.includes(one))]) expect(await bank.deliver(all[index])).toEqual(OK);
				expect(await moneyOf(placed)).toEqual(['refunded', 2_500]);
			}),
			{ numRuns: 10 },
		);
	});

	test('never more than was paid, and never another order’s', async () => {
		const [placed, other] = [await paid(), await paid()];
		expect(await bank.deliver(signed(notification(placed, 'PARTIAL_REFUNDED', { Amount: 9_000 })))).toEqual(OK);
		expect(await moneyOf(placed)).toEqual(['refunded', 2_500]);
		expect(await bank.deliver(signed(notification({ orderId: other.orderId, paymentId: '99999999' }, 'REFUNDED')))).toEqual(OK);
		expect(await moneyOf(other)).toEqual(['paid', 0]);
	});

	test('of payments that are none of ours is forgotten after a month; what is ours stays', async () => {
		const placed = await paid();
		await inDashboard(placed, 1_000);
		await becomes(placed, 'paid', 1_000);
		expect(await bank.deliver(signed(notification({ orderId: 'theirs', paymentId: '88888888' }, 'REFUNDED')))).toEqual(OK);
		const refunds = () => bank.world.db.asOwner<Json>('SELECT payment_intent_id FROM payment_refunds WHERE payment_intent_id = ANY ($1)', [['88888888', placed.paymentId]]);
		await bank.world.payments.prune();
		expect(await refunds()).toHaveLength(2);
		await bank.world.db.asOwner(`UPDATE payment_refunds SET created_at = now() - interval '31 days'`);
		expect(await bank.world.payments.prune()).toBeGreaterThan(0);
		expect(await refunds()).toEqual([{ payment_intent_id: placed.paymentId }]);
		expect(await moneyOf(placed)).toEqual(['paid', 1_000]);
	});
});
