import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { WORKER_KEY, type World } from '../orders/world.ts';
import { createConversations, day, told, type Conversations } from './conversations.ts';

let its: Conversations;
let world: World;
beforeAll(async () => {
	its = await createConversations();
	world = its.world;
});
afterAll(() => world.close());

/** What workflows hear of an order's booking, the oldest first. */
const heard = async (orderId: string) =>
	(await world.db.asOwner<{ type: string; by: string | null; to: string | null }>(`SELECT type, data->>'by' AS by, data #>> '{to,starts_at}' AS to FROM order_events WHERE order_id = $1 AND data ? 'booking_id' ORDER BY position`, [orderId])).map(({ type, by, to }) => [type, by, to]);

describe('a customer who changes a booking', () => {
	test('moves it with the answer, and the calendar follows', async () => {
		const salon = await its.addSalon();
		const { customer, id, orderId } = await its.booked(salon, day(6, 10));
		await world.bookings.work();
		const wish = await its.changes(salon, customer, { booking_change: { id, action: 'move' }, slot: { start: day(6, 12), end: day(6, 13) } });
		expect((await its.reply(wish)).body['status']).toBe('queued');
		expect((await its.reply(wish)).body['status']).toBe('already_queued');
		expect(await its.bookingsOf(salon, orderId)).toMatchObject([{ id, status: 'confirmed', starts_at: day(6, 12), calendar: { state: 'pending' } }]);
		// It is told whatever the customer writes meanwhile.
		expect(await its.lastTold(customer)).toMatchObject({ text: 'It is done.', generation: null });
		await world.bookings.work();
		expect((await its.events(salon)).map(({ start }) => Date.parse(String((start as Json)['dateTime'])))).toEqual([Date.parse(day(6, 12))]);
		expect(await heard(orderId)).toEqual([['order.booked', null, null], ['order.moved', 'customer', day(6, 12)]]);
	});

	test('cancels it: it leaves the calendar, the order stays paid, and a person has to look at it', async () => {
		const salon = await its.addSalon();
		const { customer, id, orderId } = await its.booked(salon, day(6, 10));
		await world.bookings.work();
		const wish = await its.changes(salon, customer, { booking_change: { id, action: 'cancel' } });
		expect((await world.call('POST', '/v1/turns/replies', { data: [{ turn_id: wish.turnId, decision_id: wish.decisionId }] }, WORKER_KEY)).body.data).toMatchObject([{ answer: { status: 'queued' } }]);
		expect(await its.bookingsOf(salon, orderId)).toMatchObject([{ status: 'cancelled', ended_by: 'customer' }]);
		await world.bookings.work();
		expect(await its.events(salon)).toEqual([]);
		expect((await world.call('GET', `/v1/orders/${orderId}`, undefined, salon.key)).body['status']).toBe('paid');
		expect(await its.bookingsOf(salon, orderId)).toMatchObject([{ id, attention: 'refund_due' }]);
		expect(await heard(orderId)).toEqual([['order.booked', null, null], ['order.booking_cancelled', 'customer', null]]);
	});

	test('to a time that others have taken is told the next ones, and keeps the old one', async () => {
		const salon = await its.addSalon();
		const { customer, id, orderId } = await its.booked(salon, day(6, 10));
		await its.booked(salon, day(6, 12));
		const wish = await its.changes(salon, customer, { booking_change: { id, action: 'move' }, slot: { start: day(6, 12), end: day(6, 13) } });
		await its.reply(wish);
		expect(await its.bookingsOf(salon, orderId)).toMatchObject([{ status: 'confirmed', starts_at: day(6, 10) }]);
		expect(await heard(orderId)).toEqual([]);
		expect((await its.lastTold(customer))?.text).toContain(`has just been taken. These times are free:\n1. ${told(day(6, 13))}`);
		expect(await its.sessionStored(customer)).toMatchObject({ offeredSlots: [{ sku: 'M1', start: day(6, 13) }, {}, {}, {}, {}], extra: { bookingChange: `move:${id}` } });
	});

	test('of somebody else, too late or not at all is told that the team does it', async () => {
		const salon = await its.addSalon();
		const [own, other] = [await its.booked(salon, day(6, 10)), await its.booked(salon, day(6, 14))];
		const refused = async (fields: object) => {
			const wish = await its.changes(salon, own.customer, fields);
			expect((await its.reply(wish)).body['status']).toBe('queued');
			return (await its.lastTold(own.customer))?.text;
		};
		const team = 'I can’t set a day or time here: our team will agree on it with you.';
		expect(await refused({ booking_change: { id: other.id, action: 'cancel' } })).toBe(team);
		expect(await refused({ booking_change: { id: 'bkg_none', action: 'cancel' } })).toBe(team);
		expect(await refused({ booking_change: { id: own.id, action: 'move' }, slot: null })).toBe(team);
		await its.patch(salon, { free_change_hours: null });
		expect(await refused({ booking_change: { id: own.id, action: 'cancel' } })).toBe(team);
		expect([...(await its.bookingsOf(salon, own.orderId)), ...(await its.bookingsOf(salon, other.orderId))]).toMatchObject([{ status: 'confirmed', starts_at: day(6, 10) }, { status: 'confirmed', starts_at: day(6, 14) }]);
	});
});
