import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Booking } from '../../provisioner/src/features/bookings/booking.ts';
import { orderRepository } from '../../provisioner/src/features/orders/repository.ts';
import { eventIdOf } from '../../provisioner/src/vendors/google-calendar/event.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { createListener, type Listener } from '../orders/listener.ts';
import { commit, createWorld, type Business, type World } from '../orders/world.ts';
import { SERVICES_CSV } from './world.ts';

/** Workflows hear what becomes of an order's booking: once, with the booking, whoever did it. */

let world: World;
let salon: Business;
let listener: Listener;
let calendarId = '';
let phone = 32_870_000_000;
let days = 3;
const ALWAYS = { weekly: Object.fromEntries(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((name) => [name, [['00:00', '24:00']]])) };
const TEXT = 'I want 1 Massage in Madrid, my name is Anna, my phone is +34 600 111 222, yes I confirm';
const TODAY = Math.floor(Date.now() / 86_400_000) * 86_400_000;
/** In UTC; every test has a day of its own. */
const at = (hour: number) => new Date(TODAY + days * 86_400_000 + hour * 3_600_000).toISOString();

beforeAll(async () => {
	world = await createWorld();
	salon = await world.addBusiness({ type: 'service', csv: SERVICES_CSV });
	const path = `/v1/companies/${salon.companyId}/calendar`;
	await world.call('PATCH', path, { time_zone: 'UTC', opening_hours: ALWAYS, step_minutes: 60, ask_appointment_slot: false, ask_address: false }, salon.key);
	const { body } = await world.call('POST', `${path}/connect`, {}, salon.key);
	const { location } = await world.control('POST', '/google/consent', { url: body['url'], email: 'salon@gmail.example' });
	expect((await fetch(`${world.api.url}/calendar/callback${new URL(String(location)).search}`)).status).toBe(200);
	calendarId = String((await world.call('GET', path, undefined, salon.key)).body['appointment_calendar_id']);
	listener = await createListener(world);
});
beforeEach(() => listener.subscribe('bookings', ['order.booked', 'order.moved', 'order.booking_cancelled', 'order.refunded']));
afterEach(async () => {
	days += 1;
	await listener.reset();
});
afterAll(async () => {
	await listener.close();
	await world.close();
});

/** An order that holds a slot; `pay` books it. */
async function place(hour = 10): Promise<{ orderId: string; booking: Booking; pay: () => Promise<unknown> }> {
	const { turnId, decisionId } = await commit(world, salon, String((phone += 1)), TEXT);
	const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
	const orderId = String((body['order'] as Json).id);
	const held = await world.db.database.withTenant(salon.tenantId, async (sql) => {
		const order = await orderRepository.find(sql, orderId);
		return order && (await world.bookings.orders.holdFor(sql, order, { sku: 'M1', start: at(hour) }));
	});
	if (!held?.ok) throw new Error(JSON.stringify(held));
	const session = (await world.sessionsOf(salon.accountId)).find((one) => one['client_reference_id'] === orderId);
	return { orderId, booking: held.booking, pay: () => world.control('POST', `/stripe/sessions/${String(session?.id)}/pay`) };
}
async function booked(hour = 10) {
	const placed = await place(hour);
	await placed.pay();
	await world.bookings.work();
	await listener.deliverAll();
	listener.heard.length = 0;
	return placed;
}
const act = (id: string, what: string, body: object) => world.call('POST', `/v1/bookings/${id}/${what}`, body, salon.key);
const byHand = (id: string, what: string, body: object = {}) => world.control('POST', `/google/calendars/${calendarId}/events/${eventIdOf(id)}/${what}`, body);
async function lookInCalendar(): Promise<void> {
	await world.db.asOwner('UPDATE company_calendars SET sync_due_at = now()');
	await world.bookings.work();
}
async function told(): Promise<[string, unknown][]> {
	await listener.deliverAll();
	return listener.heard.map(({ item }) => [String(item['type']), item['data']]);
}

test('a paid appointment is told as booked once the calendar has it, with its time and where it is seen', async () => {
	const { orderId, booking, pay } = await place();
	expect(await told()).toEqual([]);
	await pay();
	expect(await told()).toEqual([]);
	await world.bookings.work();
	expect(await told()).toEqual([['order.booked', { booking_id: booking.id }]]);
	expect(listener.heard[0]?.item).toMatchObject({
		company: { name: 'Company' }, order: { id: orderId, status: 'paid' },
		booking: { id: booking.id, starts_at: at(10), ends_at: at(11), time_zone: 'UTC', status: 'confirmed', calendar: { state: 'stored', url: expect.stringMatching(/^http/) } },
	});
	// The calendar is made to agree again: nothing new.
	await world.db.asOwner('UPDATE bookings SET next_attempt_at = now() WHERE id = $1', [booking.id]);
	await world.bookings.work();
	await listener.deliverAll();
	expect(listener.heard).toHaveLength(1);
});

test('what is moved is told with both times, by whom: the customer, the company, by hand in the calendar', async () => {
	const { booking } = await booked();
	const times = (hour: number) => ({ starts_at: at(hour), ends_at: at(hour + 1) });
	await act(booking.id, 'move', { starts_at: at(12) });
	await act(booking.id, 'move', { starts_at: at(13), by: 'customer' });
	// To where it is already.
	await act(booking.id, 'move', { starts_at: at(13) });
	await byHand(booking.id, 'move', { start: at(15).slice(0, 16), end: at(16).slice(0, 16) });
	await lookInCalendar();
	await lookInCalendar();
	expect(await told()).toEqual([
		['order.moved', { booking_id: booking.id, by: 'company', from: times(10), to: times(12) }],
		['order.moved', { booking_id: booking.id, by: 'customer', from: times(12), to: times(13) }],
		['order.moved', { booking_id: booking.id, by: 'calendar', from: times(13), to: times(15) }],
	]);
	expect(listener.heard.at(-1)?.item).toMatchObject({ booking: { starts_at: at(15), status: 'confirmed' } });
});

test('moved before the calendar has it, it is told as booked at its new time', async () => {
	const { booking, pay } = await place();
	await world.control('POST', '/faults', { vendor: 'google-calendar', operation: 'events.insert', mode: 'status', status: 503, count: 20 });
	await pay();
	await world.bookings.work();
	await act(booking.id, 'move', { starts_at: at(14) });
	expect(await told()).toEqual([]);
	await world.control('DELETE', '/faults');
	await world.db.asOwner('UPDATE bookings SET next_attempt_at = now() WHERE id = $1', [booking.id]);
	await world.bookings.work();
	expect(await told()).toEqual([['order.booked', { booking_id: booking.id }]]);
	expect(listener.heard[0]?.item).toMatchObject({ booking: { starts_at: at(14) } });
});

test('what is cancelled is told with who did it; a hold that is given back is not', async () => {
	const [byCompany, inCalendar] = [await booked(9), await booked(12)];
	const held = await place(16);
	await act(byCompany.booking.id, 'cancel', {});
	await act(byCompany.booking.id, 'cancel', {});
	await byHand(inCalendar.booking.id, 'delete');
	await lookInCalendar();
	await act(held.booking.id, 'cancel', {});
	const cancelled = await told();
	expect(cancelled).toHaveLength(2);
	expect(cancelled).toEqual(expect.arrayContaining([
		['order.booking_cancelled', { booking_id: byCompany.booking.id, by: 'company' }],
		['order.booking_cancelled', { booking_id: inCalendar.booking.id, by: 'calendar' }],
	]));
	expect(listener.heard.map(({ item }) => (item['booking'] as Json)['status'])).toEqual(['cancelled', 'cancelled']);
});

test('one that is moved after its event was deleted by hand is told as cancelled, too', async () => {
	const { booking } = await booked();
	await byHand(booking.id, 'delete');
	await act(booking.id, 'move', { starts_at: at(12) });
	expect((await told()).map(([type, data]) => [type, (data as Json)['by']])).toEqual([['order.moved', 'company'], ['order.booking_cancelled', 'calendar']]);
});

test('a refund tells of the booking that it cancels', async () => {
	const { orderId, booking } = await booked();
	await world.call('POST', `/v1/orders/${orderId}/refunds`, {}, salon.key);
	await until('the order is refunded', async () => (await world.call('GET', `/v1/orders/${orderId}`, undefined, salon.key)).body['status'] === 'refunded');
	expect(await told()).toEqual([
		['order.booking_cancelled', { booking_id: booking.id, by: 'refund' }],
		['order.refunded', { refunded_cents: 5_000 }],
	]);
});

test('a booking that is of no order tells nothing', async () => {
	const hold = await world.call('POST', '/v1/bookings', { company_id: salon.companyId, sku: 'M1', starts_at: at(10), customer: { name: 'Eva', phone: '1' } }, salon.key);
	await act(String(hold.body.id), 'confirm', {});
	await act(String(hold.body.id), 'move', { starts_at: at(12) });
	await act(String(hold.body.id), 'cancel', {});
	expect(await told()).toEqual([]);
	expect(await world.db.asOwner(`SELECT id FROM order_events WHERE data->>'booking_id' = $1`, [hold.body.id])).toEqual([]);
});
