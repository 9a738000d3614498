import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatMoney } from '../../core/agent/phrases/money.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { commit, createWorld } from './world.ts';
import type { Business, World } from './world.ts';

/** Words that no item shares with another, and that mean nothing else. */
const NAMES = ['Falcon lamp', 'Otter chair', 'Badger table', 'Heron vase', 'Lynx mirror', 'Marten carpet', 'Raven clock', 'Stork basket'];

let world: World;
let phone = 32_700_000_000;
beforeAll(async () => {
	world = await createWorld();
});
afterAll(() => world.close());

// Stripe charges no less than 0.50.
const cents = (most: number) => fc.integer({ min: 0, max: most });
const listed = fc.record({ price: fc.integer({ min: 50, max: 999_999 }), delivery: cents(9_999), free: fc.option(cents(500_000)) });
const decimal = (amount: number) => (amount / 100).toFixed(2);

async function shopSelling(items: readonly { price: number; delivery: number; free: number | null }[]): Promise<Business> {
	const rows = items.map(({ price, delivery, free }, at) => `S${at},${NAMES[at]},A fine thing,piece,${decimal(price)},${decimal(delivery)},${free === null ? '' : decimal(free)},500,24,4,Ghent`);
	return world.addBusiness({ type: 'product', csv: ['sku,name,description,unit,price_eur,logistics_price_eur,free_delivery,stock_units,delivery_time_h,payment_reminder,city', ...rows].join('\n') });
}

test('what the customer was told, the order, the session at the provider and the log are the same sum, to the cent', async () => {
	let compared = 0;
	await fc.assert(
		fc.asyncProperty(
			fc.array(listed, { minLength: NAMES.length, maxLength: NAMES.length }),
			fc.array(fc.record({ item: fc.nat(NAMES.length - 1), quantity: fc.integer({ min: 1, max: 9 }) }), { minLength: 5, maxLength: 5 }),
			async (items, wishes) => {
				const shop = await shopSelling(items);
				for (const { item, quantity } of wishes) {
					const customer = String((phone += 1));
					const { turnId, decisionId, decision } = await commit(world, shop, customer, `I want ${quantity} ${NAMES[item]}, delivery to Ghent, my name is Anna, my phone is +32 470 111 222, yes I confirm`);
					const answer = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
					await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId });
					const orderId = String((answer.body['order'] as Json).id);
					const total = Number((await world.call('GET', `/v1/orders/${orderId}`, undefined, shop.key)).body['total_cents']);

					const { price = 0, delivery = 0, free = null } = items[item] ?? {};
					expect(total).toBe(price * quantity + (free !== null && price * quantity >= free ? 0 : delivery));
					expect(decision['total_sum']).toBe(total);
					const told = (await world.outboxOf(customer)).map(({ text }) => text).join('\n');
					expect(told).toContain(formatMoney(total, 'eur', 'English'));
					const session = (await world.sessionsOf(shop.accountId)).find((one) => one['client_reference_id'] === orderId);
					expect(session?.['amount_total']).toBe(total);
					await world.control('POST', `/stripe/sessions/${String(session?.id)}/pay`, {});
					const logged = (await world.call('GET', '/v1/payments?limit=100', undefined, shop.key)).body.data?.find(({ id }) => id === orderId);
					expect(logged).toMatchObject({ amount_cents: total, status: 'paid' });
					const csv = await fetch(`${world.api.url}/v1/payments/export`, { headers: { authorization: `Bearer ${shop.key}` } }).then((response) => response.text());
					expect(csv.split('\n').find((line) => line.includes(orderId))).toContain(`,"${decimal(total)}","EUR",`);
					compared += 1;
				}
			},
		),
		{ numRuns: 12 },
	);
	expect(compared).toBeGreaterThanOrEqual(60);
}, 180_000);
