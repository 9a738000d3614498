import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let shop: Business;
let other: Business;
let phone = 32_480_000_000;
beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	other = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
});
afterAll(() => world.close());

interface Placed {
	readonly customer: string;
	readonly orderId: string;
	readonly sessionId: string;
}

async function place(business = shop): Promise<Placed> {
	const customer = String((phone += 1));
	const { turnId, decisionId } = await commit(world, business, customer, ORDER_TEXT);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId });
	const orderId = String((body['order'] as Json).id);
	const sessions = await world.sessionsOf(business.accountId);
	const session = sessions.find((one) => one['client_reference_id'] === orderId);
	return { customer, orderId, sessionId: String(session?.id) };
}

let events = 0;
function checkoutEvent(placed: Placed, type: string, changes: { account?: string; object?: Record<string, unknown>; id?: string } = {}) {
	return {
		id: changes.id ?? `evt_test_${(events += 1)}`,
		object: 'event',
		type,
		account: changes.account ?? shop.accountId,
		created: Math.floor(Date.now() / 1_000),
		livemode: false,
		data: {
			object: {
				id: placed.sessionId,
				object: 'checkout.session',
				amount_total: 2_500,
				currency: 'eur',
				payment_status: type.endsWith('expired') ? 'unpaid' : 'paid',
				status: type.endsWith('expired') ? 'expired' : 'complete',
				client_reference_id: placed.orderId,
				metadata: { order_id: placed.orderId },
				payment_intent: 'pi_1',
				expires_at: Math.floor(Date.now() / 1_000) + 3_600,
				...changes.object,
			},
		},
	};
}

async function deliver(body: unknown, options: { secret?: string; timestamp?: number; header?: string | null } = {}): Promise<{ status: number; code: unknown }> {
	const raw = typeof body === 'string' ? body : JSON.stringify(body);
	const timestamp = options.timestamp ?? Math.floor(Date.now() / 1_000);
	const signature = createHmac('sha256', options.secret ?? world.webhookSecrets[0] ?? '').update(`${timestamp}.${raw}`).digest('hex');
	const header = options.header === undefined ? `t=${timestamp},v1=${signature}` : options.header;
	const response = await fetch(`${world.api.url}/hooks/stripe`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...(header === null ? {} : { 'stripe-signature': header }) },
		body: raw,
	});
	return { status: response.status, code: ((await response.json()) as Json).code };
}

const statusOf = async (orderId: string) => (await world.db.asOwner<{ status: string }>('SELECT status FROM orders WHERE id = $1', [orderId]))[0]?.status;
const confirmations = async (customer: string) => (await world.outboxOf(customer)).filter(({ text }) => text.startsWith('Your order is paid')).length;
const storedEvents = async () => Number((await world.db.asOwner<{ n: number }>('SELECT count(*)::int AS n FROM payment_events'))[0]?.n);

describe('Stripe’s webhook', () => {
	test.each([
		['no signature', { header: null }],
		['another secret', { secret: 'whsec_forged' }],
		['a signature of 6 minutes ago', { timestamp: Math.floor(Date.now() / 1_000) - 360 }],
		['a signature from 6 minutes ahead', { timestamp: Math.floor(Date.now() / 1_000) + 360 }],
	])('with %s is refused: nothing is stored, nothing is paid', async (_what, options) => {
		const placed = await place();
		const before = await storedEvents();
		expect(await deliver(checkoutEvent(placed, 'checkout.session.completed'), options)).toEqual({ status: 401, code: 'signature_invalid' });
		expect([await statusOf(placed.orderId), await storedEvents(), await confirmations(placed.customer)]).toEqual(['awaiting_payment', before, 0]);
	});

	test('that is not JSON is a bad request, one of 2 MB too large', async () => {
		expect(await deliver('not json')).toEqual({ status: 400, code: 'body_not_json' });
		expect(await deliver('x'.repeat(2 * 1024 * 1024))).toEqual({ status: 413, code: 'body_too_large' });
	});

	test('that can’t be read is not acknowledged, so that Stripe keeps it', async () => {
		const placed = await place();
		const odd = checkoutEvent(placed, 'checkout.session.completed', { object: { amount_total: 'many' } });
		expect(await deliver(odd)).toEqual({ status: 422, code: 'event_not_understood' });
		expect(await statusOf(placed.orderId)).toBe('awaiting_payment');
	});

	test('of an event or account that is not ours is acknowledged and dropped', async () => {
		const before = await storedEvents();
		expect((await deliver({ id: 'evt_x', object: 'event', type: 'customer.created', data: { object: {} } })).status).toBe(200);
		const placed = await place();
		const elsewhere = checkoutEvent({ ...placed, sessionId: 'cs_unknown' }, 'checkout.session.completed', { account: 'acct_unknown' });
		expect((await deliver(elsewhere)).status).toBe(200);
		expect([await storedEvents(), await statusOf(placed.orderId)]).toEqual([before, 'awaiting_payment']);
	});

	test('delivered ten times at once pays and confirms once', async () => {
		const placed = await place();
		const event = checkoutEvent(placed, 'checkout.session.completed');
		const answers = await Promise.all(Array.from({ length: 10 }, () => deliver(event)));
		expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
		expect([await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual(['paid', 1]);
	});

	test.each([
		['another sum', { object: { amount_total: 2_499 } }],
		['another currency', { object: { currency: 'usd' } }],
		['no sum', { object: { amount_total: null } }],
		['another order in its metadata', { object: { metadata: { order_id: 'ord_other' } } }],
	])('with %s leaves the order unpaid and is logged', async (_what, changes: { object: Record<string, unknown> }) => {
		const placed = await place();
		const event = checkoutEvent(placed, 'checkout.session.completed', { object: changes.object });
		expect((await deliver(event)).status).toBe(200);
		expect([await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual(['awaiting_payment', 0]);
		expect(world.logLines.some((line) => line['eventId'] === event.id && line['problem'] !== undefined)).toBe(true);
	});

	test('of another business’s account can’t pay this business’s order', async () => {
		const placed = await place();
		for (const sessionId of [placed.sessionId, 'cs_made_by_hand']) {
			await deliver(checkoutEvent({ ...placed, sessionId }, 'checkout.session.completed', { account: other.accountId }));
		}
		expect([await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual(['awaiting_payment', 0]);
	});

	test('that says completed but unpaid waits for the money', async () => {
		const placed = await place();
		await deliver(checkoutEvent(placed, 'checkout.session.completed', { object: { payment_status: 'unpaid' } }));
		expect([await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual(['awaiting_payment', 0]);
		await deliver(checkoutEvent(placed, 'checkout.session.async_payment_succeeded'));
		expect([await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual(['paid', 1]);
	});

	test('faster than the answer to the request that made the session pays the order all the same', async () => {
		const placed = await place();
		await world.db.asOwner('DELETE FROM checkout_sessions WHERE id = $1', [placed.sessionId]);
		await deliver(checkoutEvent(placed, 'checkout.session.completed'));
		expect(await statusOf(placed.orderId)).toBe('paid');
		expect(await world.db.asOwner('SELECT status FROM checkout_sessions WHERE id = $1', [placed.sessionId])).toEqual([{ status: 'complete' }]);
	});

	test('for an order that was cancelled meanwhile: the money counts, and a person is told', async () => {
		const placed = await place();
		await world.db.asOwner(`UPDATE orders SET status = 'cancelled' WHERE id = $1`, [placed.orderId]);
		await deliver(checkoutEvent(placed, 'checkout.session.completed'));
		expect([await statusOf(placed.orderId), await confirmations(placed.customer)]).toEqual(['paid', 1]);
		expect(world.logLines.some((line) => line['orderId'] === placed.orderId && line['was'] === 'cancelled')).toBe(true);
	});

	test('any permutation and repetition of an order’s events ends the same: paid, complete, confirmed once', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.nat({ max: 2 }), { minLength: 3, maxLength: 8 }), async (picks) => {
				const placed = await place();
				const all = [
					checkoutEvent(placed, 'checkout.session.completed', { object: { payment_status: 'unpaid' } }),
					checkoutEvent(placed, 'checkout.session.async_payment_succeeded'),
					checkoutEvent(placed, 'checkout.session.expired'),
				];
				// Every event at least once, in an order and with repetitions that are drawn.
				for (const index of [...picks, ...[0, 1, 2].filter((one) => !picks.includes(one))]) await deliver(all[index]);
				const session = await world.db.asOwner('SELECT status FROM checkout_sessions WHERE id = $1', [placed.sessionId]);
				expect([await statusOf(placed.orderId), session, await confirmations(placed.customer)]).toEqual(['paid', [{ status: 'complete' }], 1]);
			}),
			{ numRuns: 15 },
		);
	});

	test('stores no name, address or e-mail of the payer', async () => {
		const placed = await place();
		const details = { customer_details: { email: 'payer@example.com', name: 'Payer Person' } };
		await deliver(checkoutEvent(placed, 'checkout.session.completed', { object: details }));
		const rows = await world.db.asOwner<{ payload: unknown }>('SELECT payload FROM payment_events');
		expect(JSON.stringify(rows)).not.toMatch(/payer/i);
	});
});

describe('a payment account', () => {
	const account = async (method: string, business: Business, body?: unknown) =>
		world.call(method, `/v1/companies/${business.companyId}/payment_account`, body, business.key);

	test('becomes ready by a thin event of API v2, and on looking when every event was missed', async () => {
		for (const learn of ['thin event', 'look'] as const) {
			const business = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
			await world.db.asOwner(`UPDATE companies SET payment_state = 'onboarding' WHERE id = $1`, [business.companyId]);
			if (learn === 'look') await account('GET', business);
			else {
				await deliver({
					id: `evt_thin_${business.companyId}`,
					object: 'v2.core.event',
					type: 'v2.core.account[configuration.merchant].capability_status_updated',
					related_object: { id: business.accountId, type: 'v2.core.account', url: `/v2/core/accounts/${business.accountId}` },
				});
			}
			expect(await world.db.asOwner('SELECT payment_state FROM companies WHERE id = $1', [business.companyId])).toEqual([{ payment_state: 'ready' }]);
		}
	});

	test('disconnected: open links end, the account is closed, a late payment still counts, and a new account can be connected', async () => {
		const business = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
		const placed = await place(business);
		expect((await account('DELETE', business)).status).toBe(204);
		expect((await account('DELETE', business)).status).toBe(204);
		expect((await account('GET', business)).body).toMatchObject({ id: '', state: 'disconnected' });
		expect((await world.sessionsOf(business.accountId)).map(({ status }) => status)).toEqual(['expired']);
		const { data: accounts = [] } = await world.control('GET', '/stripe/accounts');
		expect(accounts.find(({ id }) => id === business.accountId)).toMatchObject({ closed: true });
		const token = (await world.db.asOwner<{ pay_token: string }>('SELECT pay_token FROM orders WHERE id = $1', [placed.orderId]))[0]?.pay_token;
		expect(await (await fetch(`${world.api.url}/pay/${token}`)).text()).toContain('Our team will arrange the payment');
		// The payment was under way when the account was disconnected.
		await deliver(checkoutEvent(placed, 'checkout.session.completed', { account: business.accountId }));
		expect(await statusOf(placed.orderId)).toBe('paid');
		const next = await account('POST', business, { country: 'ES', email: 'owner@example.com' });
		expect(next.body).toMatchObject({ state: 'onboarding' });
		expect(next.body.id).not.toBe(business.accountId);
	});

	test('deauthorised at Stripe is disconnected here: its open links lead nowhere, and what they held is free', async () => {
		const business = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
		const placed = await place(business);
		await deliver({ id: `evt_deauth_${business.companyId}`, object: 'event', type: 'account.application.deauthorized', account: business.accountId, data: { object: {} } });
		expect((await account('GET', business)).body).toMatchObject({ id: '', state: 'disconnected' });
		const [order] = await world.db.asOwner<{ pay_token: string; session: string; stock: string }>(
			`SELECT pay_token, (SELECT status FROM checkout_sessions s WHERE s.order_id = o.id) AS session, (SELECT state FROM stock_reservations r WHERE r.order_id = o.id) AS stock FROM orders o WHERE id = $1`,
			[placed.orderId],
		);
		expect(order).toMatchObject({ session: 'expired', stock: 'released' });
		expect(await (await fetch(`${world.api.url}/pay/${order?.pay_token}`)).text()).toContain('Our team will arrange the payment');
	});
});
