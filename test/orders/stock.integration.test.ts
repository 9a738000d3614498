import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf } from '../../provisioner/src/testing/files.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let phone = 32_600_000_000;
beforeAll(async () => {
	world = await createWorld();
});
afterAll(() => world.close());

const FREE_TEXT = ORDER_TEXT.replace('1 Blue lamp', '1 Sticker');
const shopWith = (stock: number): Promise<Business> => world.addBusiness({ type: 'product', csv: CATALOG_CSV.replaceAll('9000', String(stock)).replace(',500,', `,${stock},`) });

interface Wish {
	readonly customer: string;
	readonly turnId: string;
	readonly decisionId: string;
}
async function decide(shop: Business, text = ORDER_TEXT, customer = String((phone += 1))): Promise<Wish> {
	return { customer, ...(await commit(world, shop, customer, text)) };
}
const checkout = async ({ turnId, decisionId }: Wish): Promise<Json> => (await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId })).body;
const orderOf = (answer: Json): string => String((answer['order'] as Json | null)?.id);
const sessionOf = async (shop: Business, orderId: string): Promise<string> => String((await world.sessionsOf(shop.accountId)).find((one) => one['client_reference_id'] === orderId)?.id);
const open = async (url: unknown): Promise<Response> => fetch(`${world.api.url}${new URL(String(url)).pathname}`, { redirect: 'manual' });

test('of 20 customers and one last item exactly one can pay; the others hear that it is gone', async () => {
	const shop = await shopWith(1);
	const wishes: Wish[] = [];
	for (let customer = 0; customer < 20; customer++) wishes.push(await decide(shop));
	const answers = await Promise.all(wishes.map(checkout));
	const sent = answers.filter(({ status }) => status === 'payment_link_sent');
	expect(sent).toHaveLength(1);
	expect(answers.filter((answer) => (answer['reason'] as Json | undefined)?.code === 'quantity_not_available')).toHaveLength(19);
	const open = (await world.sessionsOf(shop.accountId)).filter(({ status }) => status === 'open');
	expect(open).toHaveLength(1);
	const lost = wishes[answers.findIndex(({ status }) => status === 'refused')];
	await world.call('POST', `/v1/turns/${lost?.turnId}/reply`, { decision_id: lost?.decisionId });
	expect((await world.outboxOf(lost?.customer ?? '')).map(({ text }) => text).join('\n')).toContain('“Blue lamp” is not available in that quantity');
});

test('a free order takes the last item too, once', async () => {
	const shop = await shopWith(1);
	const wishes = [await decide(shop, FREE_TEXT), await decide(shop, FREE_TEXT), await decide(shop, FREE_TEXT)];
	const answers = await Promise.all(wishes.map(checkout));
	expect(answers.map(({ status }) => status).sort()).toEqual(['free', 'refused', 'refused']);
});

test('who comes while the last item is held is told so, and can have it when the session has expired', async () => {
	const shop = await shopWith(1);
	const first = await checkout(await decide(shop));
	const late = String((phone += 1));
	await expect(decide(shop, ORDER_TEXT, late)).rejects.toThrow(/not available in that quantity/);
	await world.control('POST', `/stripe/sessions/${await sessionOf(shop, orderOf(first))}/expire`);
	const second = await checkout(await decide(shop));
	expect(second['status']).toBe('payment_link_sent');
	// The first customer's own link can't take it back.
	const page = await open(first['payment_url']);
	expect(page.status).toBe(200);
	expect(await page.text()).toContain('Sold out for now');
	await world.control('POST', `/stripe/sessions/${await sessionOf(shop, orderOf(second))}/expire`);
	expect((await open(first['payment_url'])).status).toBe(303);
});

test('a customer who orders anew takes the place of their own order', async () => {
	const shop = await shopWith(1);
	const wish = await decide(shop);
	expect((await checkout(wish))['status']).toBe('payment_link_sent');
	await world.db.asOwner(`UPDATE turns SET state = 'done' WHERE id = $1`, [wish.turnId]);
	expect((await checkout(await decide(shop, ORDER_TEXT, wish.customer)))['status']).toBe('payment_link_sent');
	expect(await world.db.asOwner('SELECT state FROM stock_reservations WHERE company_id = $1 ORDER BY created_at', [shop.companyId])).toEqual([{ state: 'released' }, { state: 'held' }]);
});

test('what is sold stays sold until the business states its stock anew, in a file or by hand', async () => {
	const shop = await shopWith(2);
	for (let piece = 0; piece < 2; piece++) {
		const answer = await checkout(await decide(shop));
		await world.control('POST', `/stripe/sessions/${await sessionOf(shop, orderOf(answer))}/pay`, {});
		expect((await world.call('GET', `/v1/orders/${orderOf(answer)}`, undefined, shop.key)).body['status']).toBe('paid');
	}
	await expect(decide(shop)).rejects.toThrow(/not available in that quantity/);
	// Twice the same number in the list, and each time it is what is there now.
	for (let time = 0; time < 2; time++) {
		await world.catalogs.importFile(shop.tenantId, shop.companyId, fileOf(CATALOG_CSV.replaceAll('9000', '1')), { dryRun: false, partial: false, repair: false, columns: {} });
		const answer = await checkout(await decide(shop));
		await world.control('POST', `/stripe/sessions/${await sessionOf(shop, orderOf(answer))}/pay`, {});
		await expect(decide(shop)).rejects.toThrow(/not available in that quantity/);
	}
	await world.catalogs.editItems(shop.tenantId, shop.companyId, [{ sku: 'A1', stock: 1 }]);
	expect((await checkout(await decide(shop)))['status']).toBe('payment_link_sent');
	// A price alone says nothing of the stock.
	await world.catalogs.editItems(shop.tenantId, shop.companyId, [{ sku: 'A1', price_cents: 2_000 }]);
	await expect(decide(shop)).rejects.toThrow(/not available in that quantity/);
});

test('pieces that a lost request held are free again after its session would have ended', async () => {
	const shop = await shopWith(1);
	const wish = await decide(shop);
	const order = orderOf(await checkout(wish));
	// As after a crash between the request and its answer: the attempt is known, the session isn't.
	await world.db.asOwner('DELETE FROM checkout_sessions WHERE order_id = $1', [order]);
	await world.orders.releaseOverdue();
	await expect(decide(shop)).rejects.toThrow(/not available in that quantity/);
	world.clock.offsetMs += 25 * 3_600_000;
	try {
		await world.orders.releaseOverdue();
		expect(await world.db.asOwner('SELECT state FROM stock_reservations WHERE order_id = $1', [order])).toEqual([{ state: 'released' }]);
	} finally {
		world.clock.offsetMs = 0;
	}
});

test('what waits for a payment by hand is free again when the order’s time is over', async () => {
	const shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV.replaceAll('9000', '1'), provider: { provider: 'manual', instructions: 'Pay at the counter' } });
	const order = orderOf(await checkout(await decide(shop)));
	await expect(decide(shop)).rejects.toThrow(/not available in that quantity/);
	world.clock.offsetMs += 73 * 3_600_000;
	try {
		await world.orders.expireOverdue();
		await world.orders.releaseOverdue();
		expect(await world.db.asOwner('SELECT state FROM stock_reservations WHERE order_id = $1', [order])).toEqual([{ state: 'released' }]);
	} finally {
		world.clock.offsetMs = 0;
	}
});

test('another tenant sees and takes nothing of it', async () => {
	const [one, other] = [await shopWith(1), await shopWith(1)];
	await checkout(await decide(one));
	expect((await checkout(await decide(other)))['status']).toBe('payment_link_sent');
	const seen = await world.db.database.withTenant(other.tenantId, (sql) => sql.query('SELECT 1 FROM stock_reservations WHERE company_id = $1', [one.companyId]));
	expect(seen.rowCount).toBe(0);
});
