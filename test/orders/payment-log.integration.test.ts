import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT, PLATFORM_KEY } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let shop: Business;
let other: Business;
let phone = 32_495_000_000;
const links: { orderId: string; sessionId: string; amount: unknown }[] = [];

async function place(business: Business): Promise<{ orderId: string; sessionId: string; amount: unknown }> {
	const { turnId, decisionId } = await commit(world, business, String((phone += 1)), ORDER_TEXT);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	const orderId = String((body['order'] as Json).id);
	const session = (await world.sessionsOf(business.accountId)).find((one) => one['client_reference_id'] === orderId);
	return { orderId, sessionId: String(session?.id), amount: session?.['amount_total'] };
}
const list = (query: string, key = shop.key) => world.call('GET', `/v1/payments${query}`, undefined, key);
const idsOf = async (query: string) => ((await list(query)).body['data'] as Json[]).map((payment) => payment.id);

beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	other = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	// Paid, open, on its way, expired: in this order.
	for (let count = 0; count < 4; count += 1) links.push(await place(shop));
	await world.control('POST', `/stripe/sessions/${links[0]?.sessionId}/pay`, {});
	await world.control('POST', `/stripe/sessions/${links[2]?.sessionId}/pay`, { delayed: true });
	await world.db.asOwner(`UPDATE orders SET expires_at = now() - interval '1 minute', created_at = '2026-01-31T23:30:00Z' WHERE id = $1`, [links[3]?.orderId]);
	await place(other);
});
afterAll(() => world.close());

describe('the log of links and payments', () => {
	test('shows each link with what came of it, the newest first, with the sum that the session charges', async () => {
		const { body } = await list('');
		const payments = body['data'] as Json[];
		expect(payments.map(({ id, status }) => [id, status])).toEqual([
			[links[3]?.orderId, 'expired'],
			[links[2]?.orderId, 'processing'],
			[links[1]?.orderId, 'open'],
			[links[0]?.orderId, 'paid'],
		]);
		expect(payments.map((payment) => payment['amount_cents'])).toEqual(links.map(({ amount }) => amount));
		expect(payments.map((payment) => payment['checkout_session_id'])).toEqual(links.map(({ sessionId }) => sessionId).toReversed());
		expect(payments[3]).toMatchObject({
			object: 'payment', company_id: shop.companyId, connection_id: shop.connectionId, channel: 'whatsapp', currency: 'eur', sessions: 1, account_id: shop.accountId, payment_url: '',
		});
		expect(payments[3]?.['paid_at']).not.toBeNull();
		expect(String(payments[2]?.['payment_url'])).toMatch(/^http:\/\/pay\.example\/pay\//);
		expect([payments[2]?.['paid_at'], payments[1]?.['payment_url']]).toEqual([null, '']);
	});

	test('is filtered by company, channel, connection, status and time', async () => {
		for (const query of [`?company_id=${shop.companyId}`, '?channel=whatsapp', `?connection_id=${shop.connectionId}`, '?to=2100-01-01T00:00:00Z']) expect(await idsOf(query)).toHaveLength(4);
		for (const query of ['?company_id=com_none', '?channel=telegram', '?connection_id=con_none', '?status=cancelled', '?from=2100-01-01T00:00:00Z']) expect(await idsOf(query)).toEqual([]);
		expect(await idsOf('?status=paid')).toEqual([links[0]?.orderId]);
		// The zone counts: half past midnight of 1 February in Brussels is January in UTC.
		expect(await idsOf('?to=2026-02-01T00:00:00Z')).toEqual([links[3]?.orderId]);
		expect(await idsOf('?to=2026-02-01T00:00:00%2B01:00')).toEqual([]);
		const bad = await list('?from=yesterday');
		expect([bad.status, bad.body.code]).toEqual([400, 'invalid_request']);
	});

	test('comes in pages', async () => {
		const first = await list('?limit=3');
		expect(first.body['has_more']).toBe(true);
		const last = (first.body['data'] as Json[]).at(-1)?.id;
		const second = await list(`?limit=3&starting_after=${String(last)}`);
		expect([(second.body['data'] as Json[]).map(({ id }) => id), second.body['has_more']]).toEqual([[links[0]?.orderId], false]);
	});

	test('is its tenant’s alone; a platform key names whose', async () => {
		expect(((await list('', other.key)).body['data'] as Json[]).map((payment) => payment['company_id'])).toEqual([other.companyId]);
		expect(((await list(`?company_id=${shop.companyId}`, other.key)).body['data'] as Json[])).toEqual([]);
		expect((await list('', PLATFORM_KEY)).body.code).toBe('tenant_id_required');
		expect((await list(`?company_id=${shop.companyId}`, PLATFORM_KEY)).body['data']).toHaveLength(4);
	});
});

test('the file has the same payments, in cells that no spreadsheet runs', async () => {
	await world.db.asOwner(`UPDATE conversations SET customer_name = '=HYPERLINK("http://evil.example")' WHERE id = (SELECT conversation_id FROM orders WHERE id = $1)`, [links[0]?.orderId]);
	await world.db.asOwner(`UPDATE conversations SET customer_name = 'نور "🌷", Ana' WHERE id = (SELECT conversation_id FROM orders WHERE id = $1)`, [links[1]?.orderId]);
	const response = await fetch(`${world.api.url}/v1/payments/export`, { headers: { authorization: `Bearer ${shop.key}` } });
	expect([response.status, response.headers.get('content-type'), response.headers.get('content-disposition')]).toEqual([200, 'text/csv; charset=utf-8', 'attachment; filename=payments.csv']);
	const header = 'created_at,order_id,company,channel,connection_id,conversation_id,customer,status,amount,currency,paid_at,refunded,dispute,expires_at,checkout_session_id,account_id,provider'.split(',');
	const customers = ['', '', 'نور ""🌷"", Ana', `'=HYPERLINK(""http://evil.example"")`];
	const rows = ((await list('')).body['data'] as Json[]).map((payment, at) => [
		payment['created_at'], payment.id, 'Company', 'whatsapp', shop.connectionId, payment['conversation_id'], customers[at], payment['status'], '25.00', 'EUR',
		payment['paid_at'] ?? '', '0.00', '', payment['expires_at'], payment['checkout_session_id'], shop.accountId, 'stripe',
	]);
	expect(rows).toHaveLength(4);
	const text = (lines: readonly (readonly unknown[])[]) => `\ufeff${lines.map((cells) => `${cells.map((cell) => `"${String(cell)}"`).join(',')}\r\n`).join('')}`;
	expect(Buffer.from(await response.arrayBuffer()).toString('utf8')).toBe(text([header, ...rows]));
	const none = await fetch(`${world.api.url}/v1/payments/export?channel=telegram`, { headers: { authorization: `Bearer ${shop.key}` } });
	expect(Buffer.from(await none.arrayBuffer()).toString('utf8')).toBe(text([header]));
});
