import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPaymentLinks } from '../../provisioner/src/features/checkout/payment-links.ts';
import { createCatalogs } from '../../provisioner/src/features/catalog/catalogs.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { openTbankWorld, type TbankWorld } from './tbank-world.ts';
import { CATALOG_CSV, commit, ORDER_TEXT } from './world.ts';
import type { Business } from './world.ts';

let bank: TbankWorld;
beforeAll(async () => {
	bank = await openTbankWorld(32_470_500_000);
});
afterAll(() => bank.world.close());

let phone = 32_480_000_000;
async function place(business: Business): Promise<string> {
	const { turnId, decisionId } = await commit(bank.world, business, String((phone += 1)), ORDER_TEXT);
	const { body } = await bank.world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	const orderId = String((body['order'] as Json).id);
	const [session] = await bank.world.db.asOwner<{ id: string }>(`SELECT id FROM checkout_sessions WHERE order_id = $1 AND status = 'open'`, [orderId]);
	return session?.id ?? '';
}
const { log, lines } = createTestLog();
const endOf = (business: Business) => {
	const { db, providers, bookings } = bank.world;
	const { loadCatalog } = createCatalogs({ database: db.database, databaseUrl: db.appUrl, log });
	return createPaymentLinks({ database: db.database, loadCatalog, bookings: bookings.orders, providers, publicUrl: 'http://pay.example', now: () => new Date(), log }).endOfTenant(business.tenantId);
};

test('a tenant that is deleted leaves no page open where customers could pay, at any provider', async () => {
	const tbank = await bank.newShop();
	const stripe = await bank.world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	const [paymentId, sessionId] = [await place(tbank), await place(stripe)];
	expect(await endOf(tbank)).toEqual([{ type: 'payment_page', id: paymentId, name: 'tbank', outcome: 'removed' }]);
	expect(await endOf(stripe)).toEqual([{ type: 'payment_page', id: sessionId, name: 'stripe', outcome: 'removed' }]);
	const provider = await bank.world.db.database.withTenant(tbank.tenantId, (sql) => bank.world.providers.open(sql, tbank.tenantId, 'tbank', tbank.accountId));
	expect((await provider?.retrieve(paymentId))?.status).toBe('expired');
	expect((await bank.world.sessionsOf(stripe.accountId)).map(({ status }) => status)).toEqual(['expired']);
	expect([await endOf(tbank), await endOf(stripe)]).toEqual([[], []]);
});

test('one that the provider does not end is in the report, and the others are ended', async () => {
	const business = await bank.newShop();
	const pages = [await place(business), await place(business)].sort();
	await bank.world.control('POST', '/faults', { vendor: 'tbank', mode: 'drop', count: 1 });
	expect(await endOf(business)).toEqual([
		{ type: 'payment_page', id: pages[0], name: 'tbank', outcome: 'failed' },
		{ type: 'payment_page', id: pages[1], name: 'tbank', outcome: 'removed' },
	]);
	expect(lines.filter(({ sessionId }) => sessionId === pages[0])).toMatchObject([{ level: 40 }]);
});
