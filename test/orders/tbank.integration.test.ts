import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT } from './world.ts';
import type { Business, World } from './world.ts';

const HOUR_MS = 3_600_000;
const TERMINAL = { terminal_key: 'Lamps', password: 'lamps-password' };
let world: World;
let shop: Business;
let notificationUrl: string;
let phone = 32_460_000_000;

beforeAll(async () => {
	world = await createWorld();
	await world.control('POST', '/tbank/terminals', TERMINAL);
	shop = await newShop();
	notificationUrl = String((await account('GET', shop)).body['notification_url']);
}, 60_000);
afterAll(() => world.close());
beforeEach(async () => {
	world.clock.offsetMs = 0;
	await world.control('DELETE', '/faults');
});

async function newShop(currency = 'rub'): Promise<Business> {
	return world.addBusiness({ type: 'product', csv: CATALOG_CSV, currency, provider: { provider: 'tbank', ...TERMINAL } });
}
function account(method: string, business: Business, body?: unknown) {
	return world.call(method, `/v1/companies/${business.companyId}/payment_account`, body, business.key);
}
interface BankPayment {
	readonly id: string;
	readonly orderId: string;
	readonly status: string;
	readonly dueAt: number;
}
async function paymentsOf(orderId: string): Promise<BankPayment[]> {
	const { data } = (await world.control('GET', '/tbank/payments')) as unknown as { data: BankPayment[] };
	return data.filter((one) => one.orderId.startsWith(orderId));
}
async function order(business = shop): Promise<{ customer: string; orderId: string; link: string; answer: Json }> {
	const customer = String((phone += 1));
	const { turnId, decisionId } = await commit(world, business, customer, ORDER_TEXT);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId });
	return { customer, orderId: String((body['order'] as Json | null)?.id), link: String(body['payment_url']).replace('http://pay.example', world.api.url), answer: body };
}
async function place(business = shop): Promise<{ customer: string; orderId: string; link: string; paymentId: string }> {
	const placed = await order(business);
	const [payment] = await paymentsOf(placed.orderId);
	if (!payment) throw new Error(JSON.stringify(placed.answer));
	return { ...placed, paymentId: payment.id };
}
const act = (paymentId: string, what: string, body: Json = {}) => world.control('POST', `/tbank/payments/${paymentId}/${what}`, body);
const open = (link: string) => fetch(link, { redirect: 'manual' });
const statusOf = async (orderId: string) => (await world.db.asOwner<{ status: string }>('SELECT status FROM orders WHERE id = $1', [orderId]))[0]?.status;
const sessionsOf = (orderId: string) => world.db.asOwner<{ id: string; status: string; attempt: number }>('SELECT id, status, attempt FROM checkout_sessions WHERE order_id = $1 ORDER BY attempt', [orderId]);
const confirmations = async (customer: string) => (await world.outboxOf(customer)).filter(({ text }) => text.startsWith('Your order is paid')).length;

/** The bank's signature, written anew here. */
function signed(body: Record<string, unknown>, password = TERMINAL.password): Record<string, unknown> {
	const values = Object.entries({ ...body, Password: password }).filter(([, value]) => typeof value !== 'object').toSorted(([a], [b]) => (a < b ? -1 : 1));
	return { ...body, Token: createHash('sha256').update(values.map(([, value]) => String(value)).join('')).digest('hex') };
}
function notification(placed: { orderId: string; paymentId: string }, Status: string, change: Record<string, unknown> = {}) {
	return {
		TerminalKey: TERMINAL.terminal_key, OrderId: `${placed.orderId}-1`, Success: true, Status, PaymentId: Number(placed.paymentId), ErrorCode: '0', Amount: 2_500, Pan: '430000******0777',
		Data: { Route: 'ACQ' }, ...change,
	};
}
async function deliver(body: unknown, url = notificationUrl): Promise<{ status: number; text: string }> {
	const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) });
	return { status: response.status, text: await response.text() };
}
const OK = { status: 200, text: 'OK' };

describe('an order paid through T-Bank', () => {
	test('from the link over the bank’s page to the confirmation', async () => {
		const placed = await place();
		const opened = await open(placed.link);
		expect([opened.status, opened.headers.get('location')]).toEqual([303, `${world.sandbox.url}/tbank/pay/${placed.paymentId}`]);
		const paid = await fetch(String(opened.headers.get('location')), { method: 'POST', redirect: 'manual' });
		expect(String(paid.headers.get('location'))).toMatch(/^http:\/\/pay\.example\/pay\/.+\/done$/);
		expect([await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual(['paid', 1]);
		expect(await sessionsOf(placed.orderId)).toEqual([{ id: placed.paymentId, status: 'complete', attempt: 1 }]);
		expect(await (await open(placed.link)).text()).toContain('Your order is paid');
		const { body } = await world.call('GET', `/v1/payments?company_id=${shop.companyId}&limit=1`, undefined, shop.key);
		expect(body.data?.[0]).toMatchObject({ provider: 'tbank', status: 'paid', currency: 'rub', amount_cents: 2_500, checkout_session_id: placed.paymentId });
	});

	test('a payment waits as long as its order', async () => {
		const placed = await place();
		const [payment] = await paymentsOf(placed.orderId);
		expect(Math.abs(Number(payment?.dueAt) - Date.now() - 72 * HOUR_MS)).toBeLessThan(60_000);
	});

	test('an answer of the bank that was lost: the link works the next time, and one payment is known', async () => {
		await world.control('POST', '/faults', { vendor: 'tbank', operation: 'Init', mode: 'hang_after_accept', count: 2 });
		const placed = await order();
		expect(placed.answer['status']).toBe('payment_link_sent');
		expect((await open(placed.link)).status).toBe(503);
		const opened = await open(placed.link);
		expect(opened.status).toBe(303);
		const made = await paymentsOf(placed.orderId);
		expect(new Set(made.map(({ orderId }) => orderId))).toEqual(new Set([`${placed.orderId}-1`]));
		const sessions = await sessionsOf(placed.orderId);
		expect(sessions.map(({ attempt }) => attempt)).toEqual([1]);
		expect(opened.headers.get('location')).toBe(`${world.sandbox.url}/tbank/pay/${sessions[0]?.id}`);
	});

	test('opened many times in one moment, it leads to one payment; what was made besides is ended', async () => {
		await world.control('POST', '/faults', { vendor: 'tbank', operation: 'Init', mode: 'drop', count: 1 });
		const placed = await order();
		await world.control('POST', '/faults', { vendor: 'tbank', operation: 'Init', mode: 'delay', delay_ms: 200, count: 5 });
		const opened = await Promise.all(Array.from({ length: 5 }, () => open(placed.link)));
		expect(new Set(opened.map((one) => one.headers.get('location'))).size).toBe(1);
		const [session] = await sessionsOf(placed.orderId);
		const made = await paymentsOf(placed.orderId);
		expect(made.length).toBeGreaterThan(1);
		expect(made.filter(({ status }) => status === 'NEW').map(({ id }) => id)).toEqual([session?.id]);
		expect(await statusOf(placed.orderId)).toBe('awaiting_payment');
	});

	test('a page whose time was over is made anew', async () => {
		const placed = await place();
		await act(placed.paymentId, 'expire');
		expect(await sessionsOf(placed.orderId)).toMatchObject([{ status: 'expired' }]);
		expect((await open(placed.link)).status).toBe(303);
		expect((await paymentsOf(placed.orderId)).map(({ orderId, status }) => [orderId, status])).toEqual([[`${placed.orderId}-1`, 'DEADLINE_EXPIRED'], [`${placed.orderId}-2`, 'NEW']]);
	});

	test('a declined card leaves the order to be paid anew', async () => {
		const placed = await place();
		await act(placed.paymentId, 'fail');
		expect([await statusOf(placed.orderId), (await open(placed.link)).status]).toEqual(['awaiting_payment', 303]);
	});

	test('the bank refuses: no link, with its words for the operator', async () => {
		const broken = await newShop();
		await world.control('POST', '/tbank/terminals', { ...TERMINAL, password: 'changed' });
		const { answer } = await order(broken);
		await world.control('POST', '/tbank/terminals', TERMINAL);
		expect(answer).toMatchObject({ status: 'refused', reason: { code: 'payment_provider_refused' } });
		expect(String((answer['reason'] as Json)['message'])).toMatch(/204/);
		expect(JSON.stringify(answer)).not.toContain(TERMINAL.password);
	});

	test('in another currency: no link, with a clear reason', async () => {
		const euro = await newShop('eur');
		await world.db.asOwner(`UPDATE companies SET payment_state = 'ready' WHERE id = $1`, [euro.companyId]);
		const { answer } = await order(euro);
		expect(answer).toMatchObject({ status: 'refused', reason: { code: 'currency_not_supported' } });
		expect(String((answer['reason'] as Json)['message'])).toMatch(/T-Bank takes RUB only.*EUR/);
	});

	test('replaced by a newer order, its page is ended at the bank', async () => {
		const placed = await place();
		const { turnId, decisionId } = await commit(world, shop, placed.customer, ORDER_TEXT.replace('1 Blue lamp', '2 Blue lamp'));
		await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
		expect(await paymentsOf(placed.orderId)).toMatchObject([{ status: 'CANCELED' }]);
		expect(await sessionsOf(placed.orderId)).toMatchObject([{ status: 'expired' }]);
	});

	test('paid while no notification could come, it is found at its end', async () => {
		const placed = await place();
		await world.db.asOwner(`UPDATE payment_accounts SET hook_token = 'x' || hook_token WHERE company_id = $1`, [shop.companyId]);
		await act(placed.paymentId, 'pay');
		await world.db.asOwner(`UPDATE payment_accounts SET hook_token = substr(hook_token, 2) WHERE company_id = $1`, [shop.companyId]);
		expect(await statusOf(placed.orderId)).toBe('awaiting_payment');
		world.clock.offsetMs = 73 * HOUR_MS;
		await world.payments.reconcile();
		expect([await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual(['paid', 1]);
		world.clock.offsetMs = 0;
		await act(placed.paymentId, 'resend');
		expect(await confirmations(placed.customer)).toBe(1);
	});
});

describe('a notification of T-Bank', () => {
	test.each([
		['no token', (body: Record<string, unknown>) => body, 401],
		['the token of another password', (body: Record<string, unknown>) => signed(body, 'guessed'), 401],
		['a sum that was changed after signing', (body: Record<string, unknown>) => ({ ...signed(body), Amount: 1 }), 401],
		['another terminal in it', (body: Record<string, unknown>) => signed({ ...body, TerminalKey: 'Other' }), 401],
		['no status', (body: Record<string, unknown>) => signed({ ...body, Status: '' }), 422],
	])('with %s is refused, and nothing is paid', async (_what, make, status) => {
		const placed = await place();
		const before = await world.db.asOwner('SELECT count(*)::int AS n FROM payment_events');
		expect((await deliver(make(notification(placed, 'CONFIRMED')))).status).toBe(status);
		expect([await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual(['awaiting_payment', 0]);
		expect(await world.db.asOwner('SELECT count(*)::int AS n FROM payment_events')).toEqual(before);
	});

	test('at an address of nobody is not found; what is no JSON is a bad request', async () => {
		expect((await deliver(signed(notification({ orderId: 'ord_1', paymentId: '1' }, 'CONFIRMED')), notificationUrl.replace(/[^/]+$/, 'x'.repeat(43)))).status).toBe(404);
		expect((await deliver('not json')).status).toBe(400);
	});

	test.each([
		['another sum', { Amount: 2_499 }],
		['an order that is none of ours', { OrderId: '12345' }],
	])('of %s is acknowledged and pays nothing', async (_what, change) => {
		const placed = await place();
		expect(await deliver(signed(notification(placed, 'CONFIRMED', change)))).toEqual(OK);
		expect([await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual(['awaiting_payment', 0]);
	});

	test('can’t pay another business’s order, the terminal being the same', async () => {
		const [other, placed] = [await newShop(), await place()];
		const url = String((await account('GET', other)).body['notification_url']);
		expect(await deliver(signed(notification(placed, 'CONFIRMED')), url)).toEqual(OK);
		expect(await statusOf(placed.orderId)).toBe('awaiting_payment');
	});

	test('faster than the answer to the request that made the payment pays the order all the same', async () => {
		const placed = await place();
		await world.db.asOwner('DELETE FROM checkout_sessions WHERE order_id = $1', [placed.orderId]);
		expect(await deliver(signed(notification(placed, 'CONFIRMED')))).toEqual(OK);
		expect([await statusOf(placed.orderId), await sessionsOf(placed.orderId)]).toMatchObject(['paid', [{ id: placed.paymentId, status: 'complete' }]]);
	});

	test('delivered ten times at once pays and confirms once', async () => {
		const placed = await place();
		const body = signed(notification(placed, 'CONFIRMED'));
		expect(await Promise.all(Array.from({ length: 10 }, () => deliver(body)))).toEqual(Array.from({ length: 10 }, () => OK));
		expect([await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual(['paid', 1]);
	});

	test('that only holds the sum pays nothing', async () => {
		const placed = await place();
		expect(await deliver(signed(notification(placed, 'AUTHORIZED')))).toEqual(OK);
		expect([await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual(['awaiting_payment', 0]);
	});

	test('any permutation and repetition of a payment’s notifications ends the same: paid, complete, confirmed once', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.nat({ max: 3 }), { minLength: 4, maxLength: 8 }), async (picks) => {
				const placed = await place();
				const all = ['AUTHORIZED', 'CONFIRMED', 'REJECTED', 'PARTIAL_REFUNDED'].map((status) => signed(notification(placed, status)));
				for (const index of [...picks, ...[0, 1, 2, 3].filter((one) => !picks.includes(one))]) expect(await deliver(all[index])).toEqual(OK);
				expect([await statusOf(placed.orderId), await sessionsOf(placed.orderId), await confirmations(placed.customer)]).toMatchObject(['paid', [{ status: 'complete' }], 1]);
			}),
			{ numRuns: 10 },
		);
	});

	test('leaves nothing of the payer’s card behind', async () => {
		const placed = await place();
		await deliver(signed(notification(placed, 'CONFIRMED')));
		expect(JSON.stringify(await world.db.asOwner('SELECT payload FROM payment_events'))).not.toMatch(/430000|Pan/);
	});
});

describe('a T-Bank account', () => {
	test('is tried at the bank first; a wrong password is refused and nothing is stored', async () => {
		const business = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, currency: 'rub', provider: { provider: 'manual', instructions: 'x' } });
		await account('DELETE', business);
		const refused = await account('PUT', business, { provider: 'tbank', ...TERMINAL, password: 'wrong-password' });
		expect([refused.status, refused.body.code]).toEqual([422, 'payment_credentials_invalid']);
		expect(JSON.stringify(refused.body)).not.toContain('wrong-password');
		expect(await world.db.asOwner(`SELECT 1 FROM payment_accounts WHERE company_id = $1 AND provider = 'tbank'`, [business.companyId])).toEqual([]);
		await world.control('POST', '/faults', { vendor: 'tbank', mode: 'drop', count: 1 });
		expect((await account('PUT', business, { provider: 'tbank', ...TERMINAL })).body.code).toBe('tbank_ambiguous');
	});

	test('never shows its password, which is stored encrypted', async () => {
		const business = await newShop();
		const put = await account('PUT', business, { provider: 'tbank', ...TERMINAL });
		const got = await account('GET', business);
		expect(put.body).toEqual(got.body);
		expect(got.body).toMatchObject({ id: business.accountId, provider: 'tbank', state: 'ready', requirements: [], terminal_key: 'Lamps', notification_url: expect.stringContaining('/hooks/tbank/') });
		const rows = await world.db.asOwner<{ secrets: Buffer }>('SELECT * FROM payment_accounts WHERE company_id = $1', [business.companyId]);
		expect(JSON.stringify([put.body, rows])).not.toContain(TERMINAL.password);
		expect(rows[0]?.secrets.includes(TERMINAL.password)).toBe(false);
	});

	test('says in words what is missing: the currency, a password that was changed at the bank', async () => {
		const business = await newShop('eur');
		const problem = expect.stringMatching(/T-Bank takes RUB only/);
		expect((await account('GET', business)).body).toMatchObject({ state: 'onboarding', requirements: [problem] });
		await world.db.asOwner(`UPDATE companies SET currency = 'rub' WHERE id = $1`, [business.companyId]);
		expect((await account('GET', business)).body).toMatchObject({ state: 'ready', requirements: [] });
		await world.control('POST', '/tbank/terminals', { ...TERMINAL, password: 'changed' });
		expect((await account('GET', business)).body).toMatchObject({ state: 'onboarding', requirements: [expect.stringMatching(/give them again/)] });
		await world.control('POST', '/tbank/terminals', TERMINAL);
	});

	test('disconnected: pages are ended, links stop, a late payment still counts, the log stays, and it can be connected again', async () => {
		const business = await newShop();
		const placed = await place(business);
		const url = String((await account('GET', business)).body['notification_url']);
		expect([(await account('DELETE', business)).status, (await account('DELETE', business)).status]).toEqual([204, 204]);
		expect((await account('GET', business)).body).toMatchObject({ id: '', provider: 'tbank', state: 'disconnected' });
		expect(await paymentsOf(placed.orderId)).toMatchObject([{ status: 'CANCELED' }]);
		expect(await (await open(placed.link)).text()).toContain('Our team will arrange the payment');
		expect(await deliver(signed(notification(placed, 'CONFIRMED')), url)).toEqual(OK);
		expect(await statusOf(placed.orderId)).toBe('paid');
		const { body } = await world.call('GET', `/v1/payments?company_id=${business.companyId}`, undefined, business.key);
		expect(body.data).toMatchObject([{ id: placed.orderId, provider: 'tbank', status: 'paid', account_id: business.accountId }]);
		expect((await account('PUT', business, { provider: 'tbank', ...TERMINAL })).body).toMatchObject({ id: business.accountId, notification_url: url, state: 'ready' });
	});

	test('stands alone: another provider is connected only after it was disconnected', async () => {
		const business = await newShop();
		for (const [method, body] of [['PUT', { provider: 'manual', instructions: 'x' }], ['POST', { country: 'ES', email: 'a@example.com' }]] as const) {
			const answer = await account(method, business, body);
			expect([answer.status, answer.body.code]).toEqual([409, 'payment_account_connected']);
		}
		await account('DELETE', business);
		expect((await account('POST', business, { country: 'ES', email: 'a@example.com' })).body).toMatchObject({ provider: 'stripe', state: 'onboarding' });
		expect((await account('PUT', business, { provider: 'tbank', ...TERMINAL })).body.code).toBe('payment_account_connected');
	});
});
