import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT } from './world.ts';
import type { Business, World } from './world.ts';

const HOUR = 3_600_000;
let world: World;
let shop: Business;
let phone = 32_610_000_000;
beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, settings: { reminder_hours: { from: '00:00', to: '24:00' } } });
});
afterEach(async () => {
	world.clock.offsetMs = 0;
	await world.db.asOwner('UPDATE orders SET next_reminder_at = NULL');
});
afterAll(() => world.close());

interface Placed {
	readonly customer: string;
	readonly orderId: string;
	readonly url: string;
	readonly decision: Json;
}

async function place(text = ORDER_TEXT, customer = String((phone += 1))): Promise<Placed> {
	const { turnId, decisionId, decision } = await commit(world, shop, customer, text);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId });
	await world.db.asOwner(`UPDATE turns SET state = 'done' WHERE id = $1`, [turnId]);
	// What was not sent yet would be answered again together with the next message.
	await world.db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1`, [turnId]);
	return { customer, orderId: String((body['order'] as Json).id), url: String(body['payment_url']), decision };
}
const orderNow = async ({ orderId }: Placed) => (await world.call('GET', `/v1/orders/${orderId}`, undefined, shop.key)).body;
const page = async ({ url }: Placed) => {
	const response = await fetch(`${world.api.url}/pay/${url.split('/').at(-1)}`, { redirect: 'manual' });
	return { status: response.status, text: await response.text() };
};
const said = async ({ customer }: Placed) => (await world.outboxOf(customer)).map(({ text }) => text);

/** A bank debit: made, and not there yet. */
async function payByDebit(placed: Placed): Promise<string> {
	const session = (await world.sessionsOf(shop.accountId)).find((one) => one['client_reference_id'] === placed.orderId && one['status'] === 'open');
	await world.control('POST', `/stripe/sessions/${session?.id}/pay`, { delayed: true });
	return String(session?.id);
}
/** Stripe's signatures are good for five minutes. */
const settle = async (sessionId: string, succeeded: boolean) => {
	world.clock.offsetMs = 0;
	await world.control('POST', `/stripe/sessions/${sessionId}/settle`, { succeeded });
};
const daysLater = (orderId: string) => world.db.asOwner(`UPDATE orders SET created_at = created_at - interval '80 hours', expires_at = expires_at - interval '80 hours' WHERE id = $1`, [orderId]);

describe('an order whose payment is on its way', () => {
	test('is not amended: what the customer adds is an order of its own, and both are paid once', async () => {
		const first = await place();
		const sessionId = await payByDebit(first);
		expect((await page(first)).text).toContain('Your payment is on its way');
		const second = await place('I also want 1 Green chair, delivery to Ghent, my name is Anna, my phone is +32 470 111 222, yes I confirm', first.customer);
		expect((await orderNow(second))['lines']).toMatchObject([{ sku: 'B2' }]);
		expect([(await orderNow(first))['status'], (await orderNow(second))['status']]).toEqual(['awaiting_payment', 'awaiting_payment']);
		await settle(sessionId, true);
		expect([(await orderNow(first))['status'], (await orderNow(second))['status']]).toEqual(['paid', 'awaiting_payment']);
	});

	test('is not taken back when the customer wants something else', async () => {
		const first = await place();
		await payByDebit(first);
		const second = await place('I want 1 Green chair instead, delivery to Ghent, my name is Anna, my phone is +32 470 111 222, yes I confirm', first.customer);
		expect(second.decision['change_payment_status']).toBe(false);
		expect([(await orderNow(first))['status'], (await orderNow(second))['status']]).toEqual(['awaiting_payment', 'awaiting_payment']);
	});

	test('is told to be so, to the customer who asks', async () => {
		const placed = await place();
		await payByDebit(placed);
		const turnId = await world.customerWrites(shop, placed.customer, 'I have paid, did you get it?');
		const { body } = await world.call('POST', `/v1/turns/${turnId}/decision`, { proposal: null });
		expect(String((body['decision'] as Json)['response'])).toContain('Your bank is still processing the payment of €25.00.');
	});

	test('is not reminded of', async () => {
		const placed = await place();
		await payByDebit(placed);
		world.clock.offsetMs = 5 * HOUR;
		const before = await said(placed);
		expect([await world.orders.remind(), await said(placed)]).toEqual([0, before]);
	});

	test('does not expire, and its link says that the payment is on its way', async () => {
		const placed = await place();
		const sessionId = await payByDebit(placed);
		world.clock.offsetMs = 80 * HOUR;
		await world.orders.expireOverdue();
		expect(await orderNow(placed)).toMatchObject({ status: 'awaiting_payment', payment_url: '' });
		expect(await page(placed)).toMatchObject({ status: 200, text: expect.stringContaining('Your payment is on its way') });
		await settle(sessionId, true);
		expect((await orderNow(placed))['status']).toBe('paid');
	});

	test('says so behind its link also when it had ended before', async () => {
		const placed = await place();
		await payByDebit(placed);
		await world.db.asOwner(`UPDATE orders SET status = 'expired' WHERE id = $1`, [placed.orderId]);
		expect(await page(placed)).toMatchObject({ status: 200, text: expect.stringContaining('Your payment is on its way') });
	});

	test('can be paid anew when the payment fails, after three days too: the customer hears it once, with the link', async () => {
		const placed = await place();
		const sessionId = await payByDebit(placed);
		await daysLater(placed.orderId);
		await settle(sessionId, false);
		expect((await said(placed)).at(-1)).toBe(`The payment of €25.00 for your order did not go through.\nYou can pay here: ${placed.url}`);
		expect(await world.orders.expireOverdue()).toBe(0);
		expect(await orderNow(placed)).toMatchObject({ status: 'awaiting_payment', payment_url: placed.url });
		expect((await page(placed)).status).toBe(303);
		expect(await world.orders.remind()).toBe(0);
	});
});
