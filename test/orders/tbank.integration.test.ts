import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { openTbankWorld, TERMINAL } from './tbank-world.ts';
import type { TbankWorld } from './tbank-world.ts';
import { commit, ORDER_TEXT } from './world.ts';

const HOUR_MS = 3_600_000;
let bank: TbankWorld;
beforeAll(async () => {
	bank = await openTbankWorld(32_460_000_000);
}, 60_000);
afterAll(() => bank.world.close());
beforeEach(async () => {
	bank.world.clock.offsetMs = 0;
	await bank.world.control('DELETE', '/faults');
});

describe('an order paid through T-Bank', () => {
	test('from the link over the bank’s page to the confirmation', async () => {
		const placed = await bank.place();
		const opened = await bank.open(placed.link);
		expect([opened.status, opened.headers.get('location')]).toEqual([303, `${bank.world.sandbox.url}/tbank/pay/${placed.paymentId}`]);
		const paid = await fetch(String(opened.headers.get('location')), { method: 'POST', redirect: 'manual' });
		expect(String(paid.headers.get('location'))).toMatch(/^http:\/\/pay\.example\/pay\/.+\/done$/);
		expect([await bank.statusOf(placed.orderId), await bank.confirmations(placed.customer)]).toEqual(['paid', 1]);
		expect(await bank.sessionsOf(placed.orderId)).toEqual([{ id: placed.paymentId, status: 'complete', attempt: 1 }]);
		expect(await (await bank.open(placed.link)).text()).toContain('Your order is paid');
		const { body } = await bank.world.call('GET', `/v1/payments?company_id=${bank.shop.companyId}&limit=1`, undefined, bank.shop.key);
		expect(body.data?.[0]).toMatchObject({ provider: 'tbank', status: 'paid', currency: 'rub', amount_cents: 2_500, checkout_session_id: placed.paymentId });
	});

	test('a payment waits as long as its order', async () => {
		const placed = await bank.place();
		const [payment] = await bank.paymentsOf(placed.orderId);
		expect(Math.abs(Number(payment?.dueAt) - Date.now() - 72 * HOUR_MS)).toBeLessThan(60_000);
	});

	test('an answer of the bank that was lost: the link works the next time, and one payment is known', async () => {
		await bank.world.control('POST', '/faults', { vendor: 'tbank', operation: 'Init', mode: 'hang_after_accept', count: 2 });
		const placed = await bank.order();
		expect(placed.answer['status']).toBe('payment_link_sent');
		expect((await bank.open(placed.link)).status).toBe(503);
		const opened = await bank.open(placed.link);
		expect(opened.status).toBe(303);
		const made = await bank.paymentsOf(placed.orderId);
		expect(new Set(made.map(({ orderId }) => orderId))).toEqual(new Set([`${placed.orderId}-1`]));
		const sessions = await bank.sessionsOf(placed.orderId);
		expect(sessions.map(({ attempt }) => attempt)).toEqual([1]);
		expect(opened.headers.get('location')).toBe(`${bank.world.sandbox.url}/tbank/pay/${sessions[0]?.id}`);
	});

	test('opened many times in one moment, it leads to one payment; what was made besides is ended', async () => {
		await bank.world.control('POST', '/faults', { vendor: 'tbank', operation: 'Init', mode: 'drop', count: 1 });
		const placed = await bank.order();
		await bank.world.control('POST', '/faults', { vendor: 'tbank', operation: 'Init', mode: 'delay', delay_ms: 200, count: 5 });
		const opened = await Promise.all(Array.from({ length: 5 }, () => bank.open(placed.link)));
		expect(new Set(opened.map((one) => one.headers.get('location'))).size).toBe(1);
		const [session] = await bank.sessionsOf(placed.orderId);
		const made = await bank.paymentsOf(placed.orderId);
		expect(made.length).toBeGreaterThan(1);
		expect(made.filter(({ status }) => status === 'NEW').map(({ id }) => id)).toEqual([session?.id]);
		expect(await bank.statusOf(placed.orderId)).toBe('awaiting_payment');
	});

	test('a page whose time was over is made anew', async () => {
		const placed = await bank.place();
		await bank.act(placed.paymentId, 'expire');
		expect(await bank.sessionsOf(placed.orderId)).toMatchObject([{ status: 'expired' }]);
		expect((await bank.open(placed.link)).status).toBe(303);
		expect((await bank.paymentsOf(placed.orderId)).map(({ orderId, status }) => [orderId, status])).toEqual([[`${placed.orderId}-1`, 'DEADLINE_EXPIRED'], [`${placed.orderId}-2`, 'NEW']]);
	});

	test('a declined card leaves the order to be paid anew', async () => {
		const placed = await bank.place();
		await bank.act(placed.paymentId, 'fail');
		expect([await bank.statusOf(placed.orderId), (await bank.open(placed.link)).status]).toEqual(['awaiting_payment', 303]);
	});

	test('the bank refuses: no link, with its words for the operator', async () => {
		const broken = await bank.newShop();
		await bank.world.control('POST', '/tbank/terminals', { ...TERMINAL, password: 'changed' });
		const { answer } = await bank.order(broken);
		await bank.world.control('POST', '/tbank/terminals', TERMINAL);
		expect(answer).toMatchObject({ status: 'refused', reason: { code: 'payment_provider_refused' } });
		expect(String((answer['reason'] as Json)['message'])).toMatch(/204/);
		expect(JSON.stringify(answer)).not.toContain(TERMINAL.password);
	});

	test('in another currency: no link, with a clear reason', async () => {
		const euro = await bank.newShop('eur');
		await bank.world.db.asOwner(`UPDATE companies SET payment_state = 'ready' WHERE id = $1`, [euro.companyId]);
		const { answer } = await bank.order(euro);
		expect(answer).toMatchObject({ status: 'refused', reason: { code: 'currency_not_supported' } });
		expect(String((answer['reason'] as Json)['message'])).toMatch(/T-Bank takes RUB only.*EUR/);
	});

	test('replaced by a newer order, its page is ended at the bank', async () => {
		const placed = await bank.place();
		const { turnId, decisionId } = await commit(bank.world, bank.shop, placed.customer, ORDER_TEXT.replace('1 Blue lamp', '2 Blue lamp'));
		await bank.world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
		expect(await bank.paymentsOf(placed.orderId)).toMatchObject([{ status: 'CANCELED' }]);
		expect(await bank.sessionsOf(placed.orderId)).toMatchObject([{ status: 'expired' }]);
	});

	test('paid while no notification could come, it is found at its end', async () => {
		const placed = await bank.place();
		await bank.world.db.asOwner(`UPDATE payment_accounts SET hook_token = 'x' || hook_token WHERE company_id = $1`, [bank.shop.companyId]);
		await bank.act(placed.paymentId, 'pay');
		await bank.world.db.asOwner(`UPDATE payment_accounts SET hook_token = substr(hook_token, 2) WHERE company_id = $1`, [bank.shop.companyId]);
		expect(await bank.statusOf(placed.orderId)).toBe('awaiting_payment');
		bank.world.clock.offsetMs = 73 * HOUR_MS;
		await bank.world.payments.reconcile();
		expect([await bank.statusOf(placed.orderId), await bank.confirmations(placed.customer)]).toEqual(['paid', 1]);
		bank.world.clock.offsetMs = 0;
		await bank.act(placed.paymentId, 'resend');
		expect(await bank.confirmations(placed.customer)).toBe(1);
	});
});
