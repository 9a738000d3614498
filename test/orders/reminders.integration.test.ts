import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let shop: Business;
let phone = 32_800_000_000;
const HOUR = 3_600_000;
/** A day that never ends, so that the clock of the machine that runs the test is none of its business. */
const ALL_DAY = { reminder_hours: { from: '00:00', to: '24:00' } };
beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, settings: ALL_DAY });
});
afterEach(async () => {
	world.clock.offsetMs = 0;
	await world.db.asOwner('UPDATE orders SET next_reminder_at = NULL');
});
afterAll(() => world.close());

interface Placed {
	readonly customer: string;
	readonly orderId: string;
	readonly conversationId: string;
	readonly url: string;
}

/** 4 hours are what the catalog says of a Blue lamp. */
async function place(business = shop): Promise<Placed> {
	const customer = String((phone += 1));
	const { turnId, decisionId } = await commit(world, business, customer, ORDER_TEXT);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId });
	await world.db.asOwner(`UPDATE turns SET state = 'done' WHERE id = $1`, [turnId]);
	const orderId = String((body['order'] as Json).id);
	const order = (await world.call('GET', `/v1/orders/${orderId}`, undefined, business.key)).body;
	return { customer, orderId, conversationId: String(order['conversation_id']), url: String(body['payment_url']) };
}
const after = async (hours: number): Promise<number> => {
	world.clock.offsetMs = hours * HOUR + 1_000;
	return world.orders.remind();
};
const remindersTo = async ({ customer }: Placed) => (await world.outboxOf(customer)).filter(({ text }) => text.includes('is waiting for payment'));
const orderNow = async ({ orderId }: Placed, business = shop) => (await world.call('GET', `/v1/orders/${orderId}`, undefined, business.key)).body;

describe('a payment that does not come', () => {
	test('is reminded of three times, with what was ordered, the sum and the link; the order shows it', async () => {
		const placed = await place();
		expect(await after(3.9)).toBe(0);
		for (const [at, number] of [[4, 1], [8, 2], [12, 3], [16, 3], [40, 3]] as const) {
			await after(at);
			expect(await remindersTo(placed)).toHaveLength(number);
			expect(await orderNow(placed)).toMatchObject({ reminders_sent: number, next_reminder_at: number < 3 ? expect.any(String) : null, no_reminder: number < 3 ? null : 'all_sent' });
		}
		expect((await remindersTo(placed))[0]?.text).toBe(`Your order for €25.00 is waiting for payment.\n\n• Blue lamp × 1\n\nYou can pay here: ${placed.url}`);
	});

	test('is reminded of after the session’s end too: the link opens a new one', async () => {
		const placed = await place();
		await world.db.asOwner(`UPDATE checkout_sessions SET status = 'expired' WHERE order_id = $1`, [placed.orderId]);
		expect(await after(4)).toBe(1);
		expect(await remindersTo(placed)).toHaveLength(1);
	});

	test('is reminded of once by several workers at once', async () => {
		const placed = await place();
		world.clock.offsetMs = 4 * HOUR + 1_000;
		await Promise.all([world.orders.remind(), world.orders.remind(), world.orders.remind()]);
		expect(await remindersTo(placed)).toHaveLength(1);
	});

	test('waits for the company’s day, in its time zone', async () => {
		const zone = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
		const placed = await place(zone);
		const hour = (await world.db.asOwner<{ hour: number }>(`SELECT extract(hour FROM (created_at + interval '4 hours') AT TIME ZONE 'Asia/Almaty')::int AS hour FROM orders WHERE id = $1`, [placed.orderId]))[0]?.hour ?? 0;
		// An hour of the day that begins two hours after the reminder would be due, by that zone's clocks.
		const from = (hour + 2) % 23;
		const settings = { reminder_hours: { from: `${String(from).padStart(2, '0')}:00`, to: `${String(from + 1).padStart(2, '0')}:00` } };
		await world.db.asOwner(`UPDATE companies SET settings = $2, time_zone = 'Asia/Almaty' WHERE id = $1`, [zone.companyId, JSON.stringify(settings)]);
		expect(await after(4)).toBe(0);
		const next = new Date(String((await orderNow(placed, zone))['next_reminder_at']));
		expect(new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Almaty', hour: '2-digit', minute: '2-digit' }).format(next)).toBe(`${String(from).padStart(2, '0')}:00`);
		world.clock.offsetMs = next.getTime() - Date.now() + 1_000;
		expect(await world.orders.remind()).toBe(1);
	});
});

describe('no reminder comes', () => {
	test('after the payment', async () => {
		const placed = await place();
		const [session] = await world.db.asOwner<{ id: string }>('SELECT id FROM checkout_sessions WHERE order_id = $1', [placed.orderId]);
		await world.control('POST', `/stripe/sessions/${session?.id}/pay`, {});
		expect(await orderNow(placed)).toMatchObject({ status: 'paid', no_reminder: 'not_waiting' });
		expect(await after(4)).toBe(0);
	});

	test('after the end of the order', async () => {
		const placed = await place();
		expect(await after(73)).toBe(0);
		expect(await remindersTo(placed)).toEqual([]);
	});

	test('after a newer order took its place', async () => {
		const placed = await place();
		await world.db.asOwner(`UPDATE orders SET status = 'cancelled' WHERE id = $1`, [placed.orderId]);
		expect(await after(4)).toBe(0);
	});

	test('when the customer wants none, said with the order or later', async () => {
		const placed = await place();
		await world.db.asOwner(`UPDATE decisions SET decision = decision || '{"remind": false}' WHERE conversation_id = $1`, [placed.conversationId]);
		expect(await after(4)).toBe(0);
		expect(await orderNow(placed)).toMatchObject({ next_reminder_at: null, no_reminder: 'not_wanted' });
	});

	test('when a person has taken the conversation over', async () => {
		const placed = await place();
		await world.db.asOwner(`UPDATE conversations SET state = 'human' WHERE id = $1`, [placed.conversationId]);
		expect(await after(4)).toBe(0);
		expect(await after(5)).toBe(0);
		expect(await orderNow(placed)).toMatchObject({ next_reminder_at: null, no_reminder: 'handed_over' });
	});

	test('when the catalog says none, or too little time is left: the order says which', async () => {
		const [unset, late] = [await place(), await place()];
		await world.db.asOwner('UPDATE orders SET payment_reminder_hours = 0, next_reminder_at = NULL WHERE id = $1', [unset.orderId]);
		expect(await orderNow(unset)).toMatchObject({ next_reminder_at: null, no_reminder: 'not_set' });
		expect(await orderNow(late)).toMatchObject({ next_reminder_at: expect.any(String), no_reminder: null });
		await world.db.asOwner(`UPDATE orders SET expires_at = created_at + interval '4 hours 5 minutes' WHERE id = $1`, [late.orderId]);
		expect(await after(4)).toBe(0);
		expect(await orderNow(late)).toMatchObject({ next_reminder_at: null, no_reminder: 'no_time_left' });
	});

	test('while the customer is being answered, but then', async () => {
		const placed = await place();
		const turnId = await world.customerWrites(shop, placed.customer, 'Is it blue?');
		expect(await after(4)).toBe(0);
		await world.db.asOwner(`UPDATE turns SET state = 'done' WHERE id = $1`, [turnId]);
		expect(await after(4.1)).toBe(1);
	});

	test('while the channel is not connected, but then: it would leave with the channel’s return, at night or after the payment', async () => {
		const placed = await place();
		await world.db.asOwner(`UPDATE connections SET state = 'disconnected' WHERE id = (SELECT connection_id FROM conversations WHERE id = $1)`, [placed.conversationId]);
		expect(await after(4)).toBe(0);
		expect(await remindersTo(placed)).toEqual([]);
		await world.db.asOwner(`UPDATE connections SET state = 'connected' WHERE id = (SELECT connection_id FROM conversations WHERE id = $1)`, [placed.conversationId]);
		expect(await after(5.1)).toBe(1);
		expect(await remindersTo(placed)).toHaveLength(1);
	});

	test('while the tenant is suspended, but then', async () => {
		const placed = await place();
		await world.db.asOwner(`UPDATE tenants SET silent_reason = 'suspended' WHERE id = $1`, [shop.tenantId]);
		expect(await after(4)).toBe(0);
		await world.db.asOwner('UPDATE tenants SET silent_reason = NULL WHERE id = $1', [shop.tenantId]);
		expect(await after(5.1)).toBe(1);
		expect(await remindersTo(placed)).toHaveLength(1);
	});
});
