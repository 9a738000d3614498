import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyCheckoutEvent } from '../../provisioner/src/features/payments/apply-checkout-event.ts';
import { applyMoneyEvent } from '../../provisioner/src/features/payments/money.ts';
import { checkoutEvent, disputeEvent, refundEvent } from '../../provisioner/src/features/payments/stripe-event.ts';
import { enqueue } from '../../provisioner/src/features/outbox/enqueue.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let shop: Business;
let template: { orderId: string; customer: string };
let phone = 32_590_000_000;
beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	template = await place();
});
afterAll(() => world.close());

async function place(): Promise<{ orderId: string; customer: string }> {
	const customer = String((phone += 1));
	const { turnId, decisionId } = await commit(world, shop, customer, ORDER_TEXT);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	return { customer, orderId: String((body['order'] as Json).id) };
}

const NOW = new Date('2026-11-27T12:00:00Z');
const SECONDS = NOW.getTime() / 1_000;
const { log } = createTestLog();
let copies = 0;

/** The order once more, as it was when its link was sent, with an older session and one that is open. Returns its name in the ids. */
async function copyOrder(): Promise<string> {
	const name = `copy${(copies += 1)}`;
	await world.db.asOwner(
		`INSERT INTO orders (id, tenant_id, company_id, conversation_id, decision_id, status, currency, lines, products_cents, delivery_cents, total_cents, pay_token, expires_at)
		 SELECT $2, tenant_id, company_id, conversation_id, $2, 'awaiting_payment', currency, lines, products_cents, delivery_cents, total_cents, $2, $3 FROM orders WHERE id = $1`,
		[template.orderId, `ord_${name}`, new Date(NOW.getTime() + 3_600_000)],
	);
	await world.db.asOwner(
		`INSERT INTO checkout_sessions (id, tenant_id, order_id, account_id, url, amount_cents, currency, status, expires_at, attempt)
		 SELECT 'cs_' || $1 || a, $2, $3, $4, '', 2500, 'eur', 'open', $5, a FROM generate_series(1, 2) a`,
		[name, shop.tenantId, `ord_${name}`, shop.accountId, new Date(NOW.getTime() + 1_800_000)],
	);
	await world.db.asOwner(
		`INSERT INTO stock_reservations (tenant_id, company_id, order_id, sku, quantity, state, held_until) VALUES ($1, $2, $3, 'A1', 1, 'held', $4)`,
		[shop.tenantId, shop.companyId, `ord_${name}`, new Date(NOW.getTime() + 1_800_000)],
	);
	return name;
}

type Deliver = (name: string, id: string) => Promise<unknown>;

function session(type: string, paymentStatus: string, attempt = 2): Deliver {
	return async (name, id) => {
		const event = checkoutEvent.parse({
			id: `evt_${name}_${id}`, object: 'event', type: `checkout.session.${type}`, account: shop.accountId, created: SECONDS,
			data: {
				object: {
					id: `cs_${name}${attempt}`, amount_total: 2_500, currency: 'eur', payment_status: paymentStatus, client_reference_id: `ord_${name}`,
					metadata: { order_id: `ord_${name}` }, payment_intent: type === 'expired' ? null : `pi_${name}`, expires_at: SECONDS + 1_800,
				},
			},
		});
		await world.db.database.withTenant(shop.tenantId, (sql) => applyCheckoutEvent(sql, shop.tenantId, event, { outbox: { enqueue }, publicUrl: 'http://pay.example', now: NOW, log }));
	};
}

function refund(type: string, refundId: string, amount: number, status: string): Deliver {
	return async (name, id) => {
		const event = refundEvent.parse({
			id: `evt_${name}_${id}`, object: 'event', type, account: shop.accountId, created: SECONDS,
			data: { object: { id: `${refundId}_${name}`, object: 'refund', amount, currency: 'eur', payment_intent: `pi_${name}`, status } },
		});
		await world.db.database.withTenant(shop.tenantId, (sql) => applyMoneyEvent(sql, shop.tenantId, event, { outbox: { enqueue }, now: NOW, log }));
	};
}

function dispute(type: string, status: string, created: number): Deliver {
	return async (name, id) => {
		const event = disputeEvent.parse({
			id: `evt_${name}_${id}`, object: 'event', type: `charge.dispute.${type}`, account: shop.accountId, created: SECONDS + created,
			data: { object: { id: `du_${name}`, object: 'dispute', amount: 2_500, currency: 'eur', payment_intent: `pi_${name}`, status, reason: 'fraudulent' } },
		});
		await world.db.database.withTenant(shop.tenantId, (sql) => applyMoneyEvent(sql, shop.tenantId, event, { outbox: { enqueue }, now: NOW, log }));
	};
}

/** What Stripe may tell of one order, in the order in which it happens. */
const STORY: readonly Deliver[] = [
	session('expired', 'unpaid', 1),
	session('completed', 'unpaid'),
	session('async_payment_succeeded', 'paid'),
	refund('refund.created', 're_a', 1_000, 'pending'),
	refund('refund.updated', 're_a', 1_000, 'succeeded'),
	refund('refund.created', 're_b', 1_500, 'succeeded'),
	refund('refund.failed', 're_b', 1_500, 'failed'),
	dispute('created', 'needs_response', 1),
	dispute('updated', 'under_review', 2),
	dispute('closed', 'won', 3),
];
/** A bank debit that doesn't come, and the link that is paid otherwise after it. */
const FAILED: readonly Deliver[] = [session('completed', 'unpaid', 1), session('async_payment_failed', 'unpaid', 1), session('completed', 'paid', 2), refund('refund.created', 're_a', 2_500, 'succeeded')];

async function stateOf(name: string): Promise<unknown> {
	const [state] = await world.db.asOwner<{ state: unknown }>(
		`SELECT jsonb_build_object(
			'order', (SELECT jsonb_build_object('status', status, 'refunded', refunded_cents, 'dispute', dispute_status, 'paid', paid_at IS NOT NULL) FROM orders WHERE id = 'ord_' || $1),
			'sessions', (SELECT jsonb_agg(jsonb_build_array(status, paid_at, payment_failed) ORDER BY id) FROM checkout_sessions WHERE order_id = 'ord_' || $1),
			'stock', (SELECT jsonb_agg(jsonb_build_array(sku, quantity, state, counted)) FROM stock_reservations WHERE order_id = 'ord_' || $1),
			'refunds', (SELECT jsonb_agg(jsonb_build_array(amount_cents, status) ORDER BY id) FROM payment_refunds WHERE payment_intent_id = 'pi_' || $1),
			'disputes', (SELECT jsonb_agg(jsonb_build_array(status, told_at)) FROM payment_disputes WHERE payment_intent_id = 'pi_' || $1),
			'confirmed', (SELECT count(*) FROM outbox WHERE idempotency_key LIKE 'order-paid:ord_' || $1 || ':%')
		) AS state`,
		[name],
	);
	return state?.state;
}

/** Delivers the events with these numbers of the story; a number that comes again is the same event again. */
async function tell(story: readonly Deliver[], numbers: readonly number[]): Promise<unknown> {
	const name = await copyOrder();
	for (const number of numbers) await story[number]?.(name, String(number));
	return stateOf(name);
}

describe('the events of an order', () => {
	test.each([
		['paid, and a part given back', [2, 3, 4], { status: 'paid', refunded: 1_000, dispute: null, paid: true }, 'sold'],
		['paid, and all given back in two parts', [2, 3, 4, 5], { status: 'refunded', refunded: 2_500, dispute: null, paid: true }, 'returned'],
		['paid, and one part of the refund failed', [2, 3, 4, 5, 6], { status: 'paid', refunded: 1_000, dispute: null, paid: true }, 'sold'],
		['paid and disputed', [2, 7], { status: 'paid', refunded: 0, dispute: 'needs_response', paid: true }, 'sold'],
		['refunded before it is known to be paid', [5, 3], { status: 'awaiting_payment', refunded: 0, dispute: null, paid: false }, 'held'],
	] as const)('%s', async (_what, numbers, order, stock) => {
		expect(await tell(STORY, numbers)).toMatchObject({ order, stock: [['A1', 1, stock, false]] });
	});

	test('end the same in 1,000 random permutations, with any of them left out and any told again', async () => {
		const inOrder = new Map<string, Promise<unknown>>();
		let permutations = 0;
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(STORY, FAILED).chain((story) =>
					fc.record({
						story: fc.constant(story),
						some: fc.subarray(story.map((_event, at) => at), { minLength: 1 }),
					}).chain(({ some }) => fc.record({ story: fc.constant(story), some: fc.constant(some), again: fc.subarray(some), keys: fc.array(fc.double({ noNaN: true }), { minLength: 20, maxLength: 20 }) })),
				),
				async ({ story, some, again, keys }) => {
					const key = `${STORY === story} ${some.join()}`;
					const expected = inOrder.get(key) ?? tell(story, some);
					inOrder.set(key, expected);
					const shuffled = [...some, ...again].map((number, at) => ({ number, by: keys[at] ?? 0 })).sort((a, b) => a.by - b.by).map(({ number }) => number);
					permutations += 1;
					expect(await tell(story, shuffled)).toEqual(await expected);
				},
			),
			{ numRuns: 1_000, endOnFailure: true },
		);
		expect(permutations).toBeGreaterThanOrEqual(1_000);
	}, 240_000);

	test('are stored when their payment is not known, and a payment of the business’s own shop changes no order', async () => {
		const name = await copyOrder();
		await refund('refund.created', 're_own', 700, 'succeeded')(`other${name}`, '1');
		expect(await stateOf(name)).toMatchObject({ order: { status: 'awaiting_payment', refunded: 0 } });
	});
});

test('the customer hears of a refund once, and the order over the API and the log show it', async () => {
	const { orderId, customer } = await place();
	const before = (await world.outboxOf(customer)).length;
	const [stored] = await world.db.asOwner<{ id: string }>('SELECT id FROM checkout_sessions WHERE order_id = $1', [orderId]);
	await world.control('POST', `/stripe/sessions/${stored?.id}/pay`, {});
	const [paid] = await world.db.asOwner<{ intent: string }>('SELECT payment_intent_id AS intent FROM checkout_sessions WHERE order_id = $1', [orderId]);
	expect(paid?.intent).toMatch(/^pi_/);
	for (const type of ['refund.created', 'refund.updated']) {
		const event = refundEvent.parse({
			id: `evt_${type}`, object: 'event', type, account: shop.accountId, created: SECONDS,
			data: { object: { id: 're_told', object: 'refund', amount: 2_500, currency: 'eur', payment_intent: paid?.intent, status: 'succeeded' } },
		});
		await world.db.database.withTenant(shop.tenantId, (sql) => applyMoneyEvent(sql, shop.tenantId, event, { outbox: { enqueue }, now: NOW, log }));
	}
	const told = (await world.outboxOf(customer)).slice(before).map(({ text }) => text);
	expect(told).toHaveLength(2);
	expect(told[1]).toBe('We are giving €25.00 back to you. It can take a few days until your bank shows it.');
	expect((await world.call('GET', `/v1/orders/${orderId}`, undefined, shop.key)).body).toMatchObject({ status: 'refunded', refunded_cents: 2_500, dispute_status: null, payment_url: '' });
	const csv = await fetch(`${world.api.url}/v1/payments/export`, { headers: { authorization: `Bearer ${shop.key}` } }).then((response) => response.text());
	expect(csv.split('\n').find((line) => line.includes(orderId))).toMatch(/"refunded","25.00","EUR","[^"]+","25.00",""/);
});
