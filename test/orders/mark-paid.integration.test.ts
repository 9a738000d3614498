import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT, WORKER_KEY } from './world.ts';
import type { Business, World } from './world.ts';

const HOUR_MS = 3_600_000;
const INSTRUCTIONS = 'Bank transfer: BE68 5390 0754 7034\nKaspi: +7 700 000 00 00 <Lamps & Co>';
let world: World;
let shop: Business;
let phone = 32_450_000_000;

beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, provider: { provider: 'manual', instructions: INSTRUCTIONS } });
}, 60_000);
afterAll(() => world.close());
beforeEach(() => {
	world.clock.offsetMs = 0;
});

async function place(business = shop, text = ORDER_TEXT): Promise<{ customer: string; orderId: string; link: string }> {
	const customer = String((phone += 1));
	const { turnId, decisionId } = await commit(world, business, customer, text);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId });
	return { customer, orderId: String((body['order'] as Json).id), link: String(body['payment_url']).replace('http://pay.example', world.api.url) };
}
const markPaid = (orderId: string, body: Json = { amount_cents: 2_500 }, key = shop.key) => world.call('POST', `/v1/orders/${orderId}/mark-paid`, body, key);
const statusOf = async (orderId: string) => (await world.db.asOwner<{ status: string }>('SELECT status FROM orders WHERE id = $1', [orderId]))[0]?.status;
const confirmations = async (customer: string) => (await world.outboxOf(customer)).filter(({ text }) => text.startsWith('Your order is paid')).length;
const eventsOf = (orderId: string) => world.db.asOwner<{ type: string; created_at: Date; payload: Json }>(`SELECT type, created_at, payload FROM payment_events WHERE id = $1`, [`manual:${orderId}`]);

describe('a company that is paid by hand', () => {
	test('shows how to pay, what and under which number; the company’s words are text, never markup', async () => {
		const placed = await place();
		const response = await fetch(placed.link, { redirect: 'manual' });
		const page = await response.text();
		const { body: order } = await world.call('GET', `/v1/orders/${placed.orderId}`, undefined, shop.key);
		expect(response.status).toBe(200);
		expect(order['number']).toMatch(/^[0-9A-F]{8}$/);
		for (const part of ['<html lang="en">', 'How to pay', '€25.00', String(order['number']), 'BE68 5390 0754 7034\nKaspi: +7 700 000 00 00 &lt;Lamps &amp; Co&gt;']) expect(page).toContain(part);
	});

	test.each([
		['Spanish', 'es', 'Cómo pagar'],
		['Russian', 'ru', 'Как оплатить'],
		['Ukrainian', 'uk', 'вкажіть номер замовлення'],
		['German', 'de', 'So bezahlen Sie'],
	])('shows it in %s', async (language, lang, words) => {
		const placed = await place();
		await world.db.asOwner('UPDATE orders SET language = $2 WHERE id = $1', [placed.orderId, language]);
		const page = await (await fetch(placed.link)).text();
		expect([page.includes(`lang="${lang}"`), page.includes(words)]).toEqual([true, true]);
	});

	test('changes its words under the same account; an order that waits shows the new ones', async () => {
		const business = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, provider: { provider: 'manual', instructions: 'old words' } });
		const placed = await place(business);
		const path = `/v1/companies/${business.companyId}/payment_account`;
		expect((await world.call('PUT', path, { provider: 'manual', instructions: 'new words' }, business.key)).body).toMatchObject({
			id: business.accountId, provider: 'manual', state: 'ready', instructions: 'new words', requirements: [], notification_url: '',
		});
		expect(await (await fetch(placed.link)).text()).toContain('new words');
		expect((await world.call('PUT', path, { provider: 'manual', instructions: '  ' }, business.key)).status).toBe(400);
	});

	test('disconnected: the link says that the team arranges the payment, and marking paid still works', async () => {
		const business = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, provider: { provider: 'manual', instructions: 'x' } });
		const placed = await place(business);
		expect((await world.call('DELETE', `/v1/companies/${business.companyId}/payment_account`, undefined, business.key)).status).toBe(204);
		expect(await (await fetch(placed.link)).text()).toContain('Our team will arrange the payment');
		expect((await markPaid(placed.orderId, { amount_cents: 2_500 }, business.key)).body).toMatchObject({ status: 'paid' });
	});
});

describe('marking an order paid', () => {
	test('pays it, records who, when and why, and confirms to the customer once', async () => {
		const placed = await place();
		const answers = await Promise.all(Array.from({ length: 5 }, () => markPaid(placed.orderId, { amount_cents: 2_500, note: 'transfer 42' })));
		expect(answers.map(({ status, body }) => [status, body['status']])).toEqual(Array.from({ length: 5 }, () => [200, 'paid']));
		expect(answers[0]?.body).toMatchObject({ object: 'order', id: placed.orderId, paid_at: expect.any(String), payment_url: '' });
		expect(await confirmations(placed.customer)).toBe(1);
		const [key] = await world.db.asOwner<{ id: string }>(`SELECT id FROM api_keys WHERE tenant_id = $1`, [shop.tenantId]);
		expect(await eventsOf(placed.orderId)).toMatchObject([{ type: 'checkout.session.completed', payload: { data: { object: { metadata: { marked_by: key?.id, note: 'transfer 42' } } } } }]);
		const { body: log } = await world.call('GET', `/v1/payments?company_id=${shop.companyId}&limit=1`, undefined, shop.key);
		expect(log.data?.[0]).toMatchObject({ id: placed.orderId, provider: 'manual', status: 'paid', marked_paid: { key_id: key?.id, key_label: 'test', note: 'transfer 42' } });
		expect(await world.db.asOwner('SELECT provider, status FROM checkout_sessions WHERE order_id = $1', [placed.orderId])).toEqual([{ provider: 'manual', status: 'complete' }]);
		expect(await (await fetch(placed.link)).text()).toContain('Your order is paid');
	});

	test.each([
		['less', 2_499],
		['more', 2_501],
	])('with %s than it costs is refused with the right sum, and changes nothing', async (_what, amount) => {
		const placed = await place();
		const { status, body } = await markPaid(placed.orderId, { amount_cents: amount });
		expect([status, body.code]).toEqual([422, 'payment_amount_differs']);
		expect(String(body['detail'])).toContain(`2500 cents (eur), not ${amount}`);
		expect([await statusOf(placed.orderId), await confirmations(placed.customer), await eventsOf(placed.orderId)]).toEqual(['awaiting_payment', 0, []]);
	});

	test('of one that has expired counts all the same', async () => {
		const placed = await place();
		world.clock.offsetMs = 73 * HOUR_MS;
		await world.orders.expireOverdue();
		expect(await statusOf(placed.orderId)).toBe('expired');
		expect((await markPaid(placed.orderId)).body).toMatchObject({ status: 'paid' });
		expect(await confirmations(placed.customer)).toBe(1);
	});

	test('of one whose link nobody has opened works: there need be no payment yet', async () => {
		const placed = await place();
		await world.db.asOwner('DELETE FROM checkout_sessions WHERE order_id = $1', [placed.orderId]);
		expect((await markPaid(placed.orderId)).body).toMatchObject({ status: 'paid' });
	});

	test('is for orders of companies that are paid by hand only', async () => {
		const stripe = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
		const placed = await place(stripe);
		const { status, body } = await markPaid(placed.orderId, { amount_cents: 2_500 }, stripe.key);
		expect([status, body.code]).toEqual([409, 'order_not_paid_by_hand']);
		expect(await statusOf(placed.orderId)).toBe('awaiting_payment');
	});

	test('of a free order, of another tenant’s, by a worker: refused', async () => {
		const free = await place(shop, ORDER_TEXT.replace('Blue lamp', 'Sticker'));
		expect((await markPaid(free.orderId)).body.code).toBe('order_not_payable');
		const other = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, provider: { provider: 'manual', instructions: 'x' } });
		const placed = await place();
		expect((await markPaid(placed.orderId, { amount_cents: 2_500 }, other.key)).body.code).toBe('order_not_found');
		expect((await markPaid(placed.orderId, { amount_cents: 2_500 }, WORKER_KEY)).body.code).toBe('key_scope_not_allowed');
		expect(await statusOf(placed.orderId)).toBe('awaiting_payment');
	});
});
