import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notification, OK, openTbankWorld, signed, TERMINAL } from './tbank-world.ts';
import type { TbankWorld } from './tbank-world.ts';
import { CATALOG_CSV } from './world.ts';

let bank: TbankWorld;
beforeAll(async () => {
	bank = await openTbankWorld(32_462_000_000);
}, 60_000);
afterAll(() => bank.world.close());

describe('a T-Bank account', () => {
	test('is tried at the bank first; a wrong password is refused and nothing is stored', async () => {
		const business = await bank.world.addBusiness({ type: 'product', csv: CATALOG_CSV, currency: 'rub', provider: { provider: 'manual', instructions: 'x' } });
		await bank.account('DELETE', business);
		const refused = await bank.account('PUT', business, { provider: 'tbank', ...TERMINAL, password: 'wrong-password' });
		expect([refused.status, refused.body.code]).toEqual([422, 'payment_credentials_invalid']);
		expect(JSON.stringify(refused.body)).not.toContain('wrong-password');
		expect(await bank.world.db.asOwner(`SELECT 1 FROM payment_accounts WHERE company_id = $1 AND provider = 'tbank'`, [business.companyId])).toEqual([]);
		await bank.world.control('POST', '/faults', { vendor: 'tbank', mode: 'drop', count: 1 });
		expect((await bank.account('PUT', business, { provider: 'tbank', ...TERMINAL })).body.code).toBe('tbank_ambiguous');
	});

	test('never shows its password, which is stored encrypted', async () => {
		const business = await bank.newShop();
		const put = await bank.account('PUT', business, { provider: 'tbank', ...TERMINAL });
		const got = await bank.account('GET', business);
		expect(put.body).toEqual(got.body);
		expect(got.body).toMatchObject({ id: business.accountId, provider: 'tbank', state: 'ready', requirements: [], terminal_key: 'Lamps', notification_url: expect.stringContaining('/hooks/tbank/') });
		const rows = await bank.world.db.asOwner<{ secrets: Buffer }>('SELECT * FROM payment_accounts WHERE company_id = $1', [business.companyId]);
		expect(JSON.stringify([put.body, rows])).not.toContain(TERMINAL.password);
		expect(rows[0]?.secrets.includes(TERMINAL.password)).toBe(false);
	});

	test('says in words what is missing: the currency, a password that was changed at the bank', async () => {
		const business = await bank.newShop('eur');
		const problem = expect.stringMatching(/T-Bank takes RUB only/);
		expect((await bank.account('GET', business)).body).toMatchObject({ state: 'onboarding', requirements: [problem] });
		await bank.world.db.asOwner(`UPDATE companies SET currency = 'rub' WHERE id = $1`, [business.companyId]);
		expect((await bank.account('GET', business)).body).toMatchObject({ state: 'ready', requirements: [] });
		await bank.world.control('POST', '/tbank/terminals', { ...TERMINAL, password: 'changed' });
		expect((await bank.account('GET', business)).body).toMatchObject({ state: 'onboarding', requirements: [expect.stringMatching(/give them again/)] });
		await bank.world.control('POST', '/tbank/terminals', TERMINAL);
	});

	test('disconnected: pages are ended, links stop, a late payment still counts, the log stays, and it can be connected again', async () => {
		const business = await bank.newShop();
		const placed = await bank.place(business);
		const url = String((await bank.account('GET', business)).body['notification_url']);
		expect([(await bank.account('DELETE', business)).status, (await bank.account('DELETE', business)).status]).toEqual([204, 204]);
		expect((await bank.account('GET', business)).body).toMatchObject({ id: '', provider: 'tbank', state: 'disconnected' });
		expect(await bank.paymentsOf(placed.orderId)).toMatchObject([{ status: 'CANCELED' }]);
		expect(await (await bank.open(placed.link)).text()).toContain('Our team will arrange the payment');
		expect(await bank.deliver(signed(notification(placed, 'CONFIRMED')), url)).toEqual(OK);
		expect(await bank.statusOf(placed.orderId)).toBe('paid');
		const { body } = await bank.world.call('GET', `/v1/payments?company_id=${business.companyId}`, undefined, business.key);
		expect(body.data).toMatchObject([{ id: placed.orderId, provider: 'tbank', status: 'paid', account_id: business.accountId }]);
		expect((await bank.account('PUT', business, { provider: 'tbank', ...TERMINAL })).body).toMatchObject({ id: business.accountId, notification_url: url, state: 'ready' });
	});

	test('whose password was changed at the bank can be disconnected all the same: its links stop', async () => {
		const business = await bank.newShop();
		const placed = await bank.place(business);
		await bank.world.control('POST', '/tbank/terminals', { ...TERMINAL, password: 'changed' });
		expect((await bank.account('DELETE', business)).status).toBe(204);
		await bank.world.control('POST', '/tbank/terminals', TERMINAL);
		expect(await (await bank.open(placed.link)).text()).toContain('Our team will arrange the payment');
		expect((await bank.account('GET', business)).body).toMatchObject({ state: 'disconnected' });
	});

	test('is not forgotten when the bank can’t be asked: its pages are ended with the next try', async () => {
		const business = await bank.newShop();
		const placed = await bank.place(business);
		await bank.world.control('POST', '/faults', { vendor: 'tbank', operation: 'GetState', mode: 'status', status: 503, count: 1 });
		expect((await bank.account('DELETE', business)).body.code).toBe('tbank_ambiguous');
		expect((await bank.account('DELETE', business)).status).toBe(204);
		expect(await bank.paymentsOf(placed.orderId)).toMatchObject([{ status: 'CANCELED' }]);
	});

	test('stands alone: another provider is connected only after it was disconnected', async () => {
		const business = await bank.newShop();
		for (const [method, body] of [['PUT', { provider: 'manual', instructions: 'x' }], ['POST', { country: 'ES', email: 'a@example.com' }]] as const) {
			const answer = await bank.account(method, business, body);
			expect([answer.status, answer.body.code]).toEqual([409, 'payment_account_connected']);
		}
		await bank.account('DELETE', business);
		expect((await bank.account('POST', business, { country: 'ES', email: 'a@example.com' })).body).toMatchObject({ provider: 'stripe', state: 'onboarding' });
		expect((await bank.account('PUT', business, { provider: 'tbank', ...TERMINAL })).body.code).toBe('payment_account_connected');
	});
});
