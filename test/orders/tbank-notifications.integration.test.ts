import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notification, OK, openTbankWorld, signed, TERMINAL } from './tbank-world.ts';
import type { TbankWorld } from './tbank-world.ts';

let bank: TbankWorld;
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
				const all = ['AUTHORIZED', 'CONFIRMED', 'REJECTED', 'PARTIAL_REFUNDED'].map((status) => signed(notification(placed, status)));
				for (const index of [...picks, ...[0, 1, 2, 3].filter((one) => !picks.includes(one))]) expect(await bank.deliver(all[index])).toEqual(OK);
				expect([await bank.statusOf(placed.orderId), await bank.sessionsOf(placed.orderId), await bank.confirmations(placed.customer)]).toMatchObject(['paid', [{ status: 'complete' }], 1]);
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
