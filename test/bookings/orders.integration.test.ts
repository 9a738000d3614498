import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OrderHold } from '../../provisioner/src/features/bookings/order-port.ts';
import { orderRepository, type Order } from '../../provisioner/src/features/orders/repository.ts';
import type { Sql } from '../../provisioner/src/store/database.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT, WORKER_KEY, type Business, type World } from '../orders/world.ts';
import { SERVICES_CSV } from './world.ts';

let world: World;
let shop: Business;
let salon: Business;
const calendars = new Map<string, { appointment: string; delivery: string }>();
let phone = 32_490_000_000;
const ALWAYS = { weekly: Object.fromEntries(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((day) => [day, [['00:00', '24:00']]])) };

async function connect(business: Business, email: string): Promise<void> {
	const path = `/v1/companies/${business.companyId}/calendar`;
	await world.call('PATCH', path, { time_zone: 'UTC', opening_hours: ALWAYS, step_minutes: 60, delivery_windows: ALWAYS, delivery_capacity: 1, ask_appointment_slot: false, ask_delivery_slot: false, ask_address: false }, business.key);
	const { body } = await world.call('POST', `${path}/connect`, {}, business.key);
	const { location } = await world.control('POST', '/google/consent', { url: body['url'], email });
	expect((await fetch(`${world.api.url}/calendar/callback${new URL(String(location)).search}`)).status).toBe(200);
	const connected = (await world.call('GET', path, undefined, business.key)).body;
	calendars.set(business.companyId, { appointment: String(connected['appointment_calendar_id']), delivery: String(connected['delivery_calendar_id']) });
}

beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	salon = await world.addBusiness({ type: 'service', csv: SERVICES_CSV });
	await connect(shop, 'shop@gmail.example');
	await connect(salon, 'salon@gmail.example');
});
afterAll(() => world.close());

interface Placed {
	readonly business: Business;
	readonly customer: string;
	readonly order: Order;
	readonly sessionId: string;
}

async function place(business = shop, text = ORDER_TEXT): Promise<Placed> {
	const customer = String((phone += 1));
	const { turnId, decisionId } = await commit(world, business, customer, text);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId });
	const orderId = String((body['order'] as Json).id);
	const session = (await world.sessionsOf(business.accountId)).find((one) => one['client_reference_id'] === orderId);
	const order = await inTenant(business, (sql) => orderRepository.find(sql, orderId));
	if (!order) throw new Error('no order');
	return { business, customer, order, sessionId: String(session?.id) };
}
const inTenant = <T>({ tenantId }: Business, work: (sql: Sql) => Promise<T>) => world.db.database.withTenant(tenantId, work);
const pay = (placed: Placed) => world.control('POST', `/stripe/sessions/${placed.sessionId}/pay`);
const holdFor = ({ business, order }: Placed, sku: string, start: string) => inTenant(business, (sql) => world.bookings.orders.holdFor(sql, order, { sku, start, address: 'Main street 1' }));
const bookingsOf = async ({ business, order }: Placed) => (await world.call('GET', `/v1/bookings?order_id=${order.id}`, undefined, business.key)).body.data ?? [];
const events = async (business: Business, kind: 'appointment' | 'delivery') => (await world.control('GET', `/google/calendars/${calendars.get(business.companyId)?.[kind]}/events`)).data ?? [];
const statusOf = async (placed: Placed) => (await inTenant(placed.business, (sql) => orderRepository.find(sql, placed.order.id)))?.status;
const TODAY = Math.floor(Date.now() / 86_400_000) * 86_400_000;
/** In UTC, so many days from now. */
const day = (days: number, hour = 0) => new Date(TODAY + days * 86_400_000 + hour * 3_600_000).toISOString();
function held(answer: OrderHold) {
	if (!answer.ok) throw new Error(`${answer.reason} ${JSON.stringify(answer.slots)}`);
	return answer.booking;
}
async function later(placed: Placed, change: string): Promise<void> {
	await world.db.asOwner(`UPDATE bookings SET ${change} WHERE order_id = $1`, [placed.order.id]);
}

describe('an order', () => {
	test('holds its delivery while it is unpaid, and has it in the calendar when it is paid', async () => {
		const placed = await place();
		const booking = held(await holdFor(placed, 'A1', day(3)));
		expect(booking).toMatchObject({ kind: 'delivery', status: 'held', heldUntil: placed.order.expiresAt, place: 'Main street 1, Ghent', customerName: 'Anna' });
		// Again is the same; somebody else is told the next window.
		expect(held(await holdFor(placed, 'A1', day(3))).id).toBe(booking.id);
		const other = await place();
		expect(await holdFor(other, 'A1', day(3))).toMatchObject({ ok: false, reason: 'slot_taken', slots: [{ start: day(4) }, { start: day(5) }, {}, {}, {}] });
		await world.bookings.work();
		expect(await events(shop, 'delivery')).toEqual([]);
		expect((await world.call('POST', `/v1/bookings/${booking.id}/confirm`, {}, shop.key)).body).toMatchObject({ status: 409, code: 'booking_not_paid' });

		await pay(placed);
		expect([await statusOf(placed), (await bookingsOf(placed))[0]]).toMatchObject(['paid', { status: 'confirmed', calendar: { state: 'pending' } }]);
		await world.bookings.work();
		expect(await events(shop, 'delivery')).toMatchObject([{
			summary: 'Blue lamp · Anna', location: 'Main street 1, Ghent', start: { timeZone: 'UTC' }, extendedProperties: { private: { concierge_booking: booking.id, concierge_order: placed.order.id } },
		}]);
		expect((await bookingsOf(placed))[0]).toMatchObject({ calendar: { state: 'stored' } });
	});

	test('that is paid is in the calendar soon, by the loops themselves; a hold that is over is released', async () => {
		const [placed, stale] = [await place(), await place()];
		const booking = held(await holdFor(placed, 'A1', day(15)));
		held(await holdFor(stale, 'A1', day(16)));
		await later(stale, `held_until = now() - interval '1 minute'`);
		world.bookings.start();
		try {
			await until('the stale hold is released', async () => (await bookingsOf(stale))[0]?.['status'] === 'released');
			await pay(placed);
			await until('the event is stored', async () => ((await bookingsOf(placed))[0]?.['calendar'] as Json)['state'] === 'stored');
		} finally {
			await world.bookings.stop();
		}
		expect((await events(shop, 'delivery')).filter((event) => ((event['extendedProperties'] as Json)['private'] as Json)['concierge_booking'] === booking.id)).toHaveLength(1);
	});

	test('that takes another slot gives the first back; one that expires gives back what it held', async () => {
		const [placed, other] = [await place(), await place()];
		const first = held(await holdFor(placed, 'A1', day(6)));
		const second = held(await holdFor(placed, 'A1', day(7)));
		expect((await bookingsOf(placed)).map(({ id, status }) => [id, status])).toEqual([[second.id, 'held'], [first.id, 'released']]);
		held(await holdFor(other, 'A1', day(6)));
		await inTenant(shop, (sql) => world.bookings.orders.extendHold(sql, placed.order.id, new Date(day(20))));
		expect((await bookingsOf(placed))[0]).toMatchObject({ held_until: day(20) });
		await inTenant(shop, (sql) => world.bookings.orders.onReleased(sql, placed.order));
		expect((await bookingsOf(placed)).map(({ status }) => status)).toEqual(['released', 'released']);
		held(await holdFor(other, 'A1', day(7)));
	});

	test('that is cancelled unpaid gives its slot back, without being asked to', async () => {
		const [placed, other] = [await place(), await place()];
		held(await holdFor(placed, 'A1', day(18)));
		expect(await world.bookings.work()).toMatchObject({ released: 0 });
		await world.db.asOwner(`UPDATE orders SET status = 'cancelled' WHERE id = $1`, [placed.order.id]);
		expect(await world.bookings.work()).toMatchObject({ released: 1 });
		held(await holdFor(other, 'A1', day(18)));
	});

	test('that is paid late has its slot if nobody else took it; if somebody did, nothing is lost silently', async () => {
		const [lucky, late, other] = [await place(), await place(), await place()];
		held(await holdFor(lucky, 'A1', day(9)));
		held(await holdFor(late, 'A1', day(10)));
		for (const placed of [lucky, late]) await later(placed, `held_until = now() - interval '1 minute'`);
		await world.bookings.work();
		held(await holdFor(other, 'A1', day(10)));
		// Whether it would be offered now is not the question.
		const windows = (hours: object) => world.call('PATCH', `/v1/companies/${shop.companyId}/calendar`, { delivery_windows: hours }, shop.key);
		await windows({ weekly: {} });
		await pay(lucky);
		await pay(late);
		await windows(ALWAYS);
		expect([await statusOf(lucky), await statusOf(late)]).toEqual(['paid', 'paid']);
		expect((await bookingsOf(lucky))[0]).toMatchObject({ status: 'confirmed', attention: null });
		const [lost] = await bookingsOf(late);
		expect(lost).toMatchObject({ status: 'failed', attention: 'slot_lost' });
		expect(world.logLines.filter((line) => line['alert'] === 'booking_slot_lost' && line['orderId'] === late.order.id)).toHaveLength(1);
		// The company agrees on another time.
		const moved = await world.call('POST', `/v1/bookings/${lost?.id}/move`, { starts_at: day(11) }, shop.key);
		expect([moved.status, moved.body]).toMatchObject([200, { status: 'confirmed', attention: null, starts_at: day(11), calendar: { state: 'stored' } }]);
	});

	test('that is refunded leaves the calendar, once', async () => {
		const placed = await place();
		const booking = held(await holdFor(placed, 'A1', day(13)));
		await pay(placed);
		await world.bookings.work();
		const ids = async () => (await events(shop, 'delivery')).map((event) => ((event['extendedProperties'] as Json)['private'] as Json)['concierge_booking']);
		expect(await ids()).toContain(booking.id);
		// A part of the money changes nothing about the appointment.
		await world.call('POST', `/v1/orders/${placed.order.id}/refunds`, { amount_cents: 500 }, shop.key);
		await until('the refund of a part is known', async () => (await world.call('GET', `/v1/orders/${placed.order.id}`, undefined, shop.key)).body['refunded_cents'] === 500);
		expect((await bookingsOf(placed))[0]).toMatchObject({ status: 'confirmed' });
		await world.call('POST', `/v1/orders/${placed.order.id}/refunds`, {}, shop.key);
		await until('the order is refunded', async () => (await statusOf(placed)) === 'refunded');
		await inTenant(shop, (sql) => world.bookings.orders.onRefunded(sql, placed.order));
		await world.bookings.work();
		expect(await ids()).not.toContain(booking.id);
		expect((await bookingsOf(placed))[0]).toMatchObject({ status: 'cancelled', ended_by: 'refund', calendar: { state: 'removed' } });
		// An event that comes after all books nothing anew.
		expect(await inTenant(shop, (sql) => world.bookings.orders.onPaid(sql, placed.order))).toEqual([]);
	});
});

const SERVICE_TEXT = 'I want 1 Massage in Madrid, my name is Anna, my phone is +34 600 111 222, yes I confirm';

describe('a paid appointment', () => {
	test('whose time was taken by hand meanwhile is kept, and a person is alerted; it is stored when the time is free', async () => {
		const placed = await place(salon, SERVICE_TEXT);
		const booking = held(await holdFor(placed, 'M1', day(5, 10)));
		const busy = await world.control('POST', `/google/calendars/salon@gmail.example/busy`, { start: day(5, 10), end: day(5, 11) });
		await pay(placed);
		await world.bookings.work();
		expect((await bookingsOf(placed))[0]).toMatchObject({ status: 'confirmed', attention: 'conflict', calendar: { state: 'conflict', last_error: expect.stringContaining('Move one of the two') } });
		expect(world.logLines.filter((line) => line['alert'] === 'booking_conflict' && line['bookingId'] === booking.id)).toHaveLength(1);
		expect(await events(salon, 'appointment')).toEqual([]);
		await later(placed, 'next_attempt_at = now()');
		await world.bookings.work();
		expect(world.logLines.filter((line) => line['alert'] === 'booking_conflict')).toHaveLength(1);
		await world.control('POST', `/google/calendars/salon@gmail.example/events/${busy.id}/delete`);
		await later(placed, 'next_attempt_at = now()');
		await world.bookings.work();
		expect((await bookingsOf(placed))[0]).toMatchObject({ status: 'confirmed', attention: null, calendar: { state: 'stored' } });
		expect(await events(salon, 'appointment')).toHaveLength(1);
	});

	test('that is paid when its hold is over is booked only if the place is still free, whatever is offered by then', async () => {
		const [first, second] = [await place(salon, SERVICE_TEXT), await place(salon, SERVICE_TEXT)];
		held(await holdFor(first, 'M1', day(8, 10)));
		await later(first, `held_until = now() - interval '1 minute'`);
		held(await holdFor(second, 'M1', day(8, 10)));
		await world.call('PATCH', `/v1/companies/${salon.companyId}/calendar`, { min_notice_minutes: 43_200 }, salon.key);
		await pay(first);
		expect((await bookingsOf(first))[0]).toMatchObject({ status: 'failed', attention: 'slot_lost' });
		await later(second, `held_until = now() - interval '1 minute'`);
		await pay(second);
		expect((await bookingsOf(second))[0]).toMatchObject({ status: 'confirmed' });
		await world.call('PATCH', `/v1/companies/${salon.companyId}/calendar`, { min_notice_minutes: 0 }, salon.key);
	});

	test('of the last slot is one customer’s, whoever pays first', async () => {
		const placed = await Promise.all(Array.from({ length: 6 }, () => place(salon, SERVICE_TEXT)));
		const answers = await Promise.all(placed.map((one) => holdFor(one, 'M1', day(6, 10))));
		expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
		for (const answer of answers) if (!answer.ok) expect([answer.reason, answer.slots[0]?.start]).toEqual(['slot_taken', day(6, 11)]);
	});
});

describe('a worker key', () => {
	test('acts for the customer of an open turn, and reaches nobody else’s bookings', async () => {
		const placed = await place(salon, SERVICE_TEXT);
		const booking = held(await holdFor(placed, 'M1', day(12, 10)));
		await pay(placed);
		const [own, others] = [await world.customerWrites(salon, placed.customer, 'Can I come another day?'), await world.customerWrites(salon, String((phone += 1)), 'Hello')];
		const worker = async (method: string, path: string, body?: object) => (await world.call(method, path, body, WORKER_KEY)).body;
		const path = `/v1/bookings/${booking.id}`;
		expect(await worker('GET', path)).toMatchObject({ status: 400, code: 'turn_id_required' });
		expect(await worker('GET', `${path}?turn_id=${own}`)).toMatchObject({ id: booking.id, status: 'confirmed' });
		expect(await worker('GET', `${path}?turn_id=${others}`)).toMatchObject({ status: 404, code: 'booking_not_found' });
		for (const [what, body] of [['move', { starts_at: day(12, 12) }], ['cancel', {}], ['confirm', {}], ['extend', { minutes: 5 }]] as const) {
			expect(await worker('POST', `${path}/${what}`, { ...body, turn_id: others })).toMatchObject({ status: 404, code: 'booking_not_found' });
		}
		expect(await worker('GET', `/v1/companies/${shop.companyId}/slots?sku=A1&turn_id=${own}`)).toMatchObject({ status: 404, code: 'company_not_found' });
		expect((await worker('GET', `/v1/companies/${salon.companyId}/slots?sku=M1&turn_id=${own}&limit=1`)).data).toHaveLength(1);
		// What it holds is the conversation's, whatever it names; orders of others can't be named at all.
		const hold = { turn_id: own, company_id: salon.companyId, sku: 'Y1', starts_at: day(12, 10), conversation_id: 'cnv_other' };
		expect(await worker('POST', '/v1/bookings', hold)).toMatchObject({ status: 'held', conversation_id: placed.order.conversationId });
		const stranger = await place(salon, SERVICE_TEXT);
		expect(await worker('POST', '/v1/bookings', { ...hold, order_id: stranger.order.id })).toMatchObject({ code: 'order_not_found' });
		// Whatever a workflow says: it is the customer who asks.
		await world.call('PATCH', `/v1/companies/${salon.companyId}/calendar`, { free_change_hours: null }, salon.key);
		expect(await worker('POST', `${path}/cancel`, { turn_id: own, by: 'company' })).toMatchObject({ status: 409, code: 'booking_change_refused', reason: 'not_allowed' });
		await world.call('PATCH', `/v1/companies/${salon.companyId}/calendar`, { free_change_hours: 24 }, salon.key);
		expect(await worker('POST', `${path}/move`, { turn_id: own, starts_at: day(12, 12) })).toMatchObject({ status: 'confirmed', starts_at: day(12, 12) });
		await world.db.asOwner(`UPDATE turns SET state = 'done', done_at = now() WHERE id = $1`, [own]);
		expect(await worker('POST', `${path}/cancel`, { turn_id: own })).toMatchObject({ status: 409, code: 'turn_closed' });
	});
});
