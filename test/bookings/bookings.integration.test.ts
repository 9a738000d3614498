import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventIdOf } from '../../provisioner/src/vendors/google-calendar/event.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { createBookingWorld, EMAIL, START, WORKER_KEY, type BookingWorld, type Salon } from './world.ts';

let world: BookingWorld;
beforeAll(async () => {
	world = await createBookingWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
	world.clock = START;
	await world.sandbox.post('/reset');
	// Only what a test makes is due in it.
	await world.db.asOwner('DELETE FROM tenants');
});

const MONDAY_10 = '2026-11-23T10:00:00+01:00';
const CUSTOMER = { name: 'Eva', phone: '+34 600 000 000' };
const DAY = { weekly: { monday: [['09:00', '12:00']] } };

const slots = async (salon: Salon, query: string, key = salon.key) => await world.call('GET', `/v1/companies/${salon.companyId}/slots?${query}`, undefined, key);
const starts = async (salon: Salon, query: string) => (await slots(salon, query)).body.data?.map(({ starts_at: start }) => start);
const hold = (salon: Salon, more: object = {}, key = salon.key) => world.call('POST', '/v1/bookings', { company_id: salon.companyId, sku: 'M1', starts_at: MONDAY_10, customer: CUSTOMER, ...more }, key);
const act = (salon: Salon, id: unknown, what: string, body: object = {}, key = salon.key) => world.call('POST', `/v1/bookings/${String(id)}/${what}`, body, key);
const read = async (salon: Salon, id: unknown) => (await world.call('GET', `/v1/bookings/${String(id)}`, undefined, salon.key)).body;
const calendarOf = (body: Json) => body['calendar'] as Json;
async function booked(salon: Salon, more: object = {}): Promise<Json> {
	const held = await hold(salon, more);
	const { status, body } = await act(salon, held.body.id, 'confirm');
	if (status !== 200) throw new Error(JSON.stringify(body));
	return body;
}
/** One look of the loops, later. */
async function later(ms: number) {
	world.clock += ms;
	return await world.bookings.work();
}

describe('free slots', () => {
	test('are the opening hours without what is in the calendars and what is booked here, as a customer is told them', async () => {
		const salon = await world.addSalon({ settings: { opening_hours: DAY } });
		await world.google(`/calendars/${EMAIL}/busy`, { start: '2026-11-23T09:00', end: '2026-11-23T10:00' });
		await world.google(`/calendars/${salon.calendars.appointment}/busy`, { start: '2026-11-23T11:30', end: '2026-11-23T12:00' });
		const { status, body } = await slots(salon, 'sku=M1&to=2026-11-24T00:00:00Z&language=Spanish');
		expect([status, body]).toMatchObject([200, { kind: 'appointment', time_zone: 'Europe/Madrid', has_more: false, data: [
			{ starts_at: '2026-11-23T09:00:00.000Z', ends_at: '2026-11-23T10:00:00.000Z', text: 'lun, 23 nov, 10:00' }, { starts_at: '2026-11-23T09:30:00.000Z' },
		] }]);
		await booked(salon);
		expect(await starts(salon, 'sku=M1&to=2026-11-24T00:00:00Z')).toEqual([]);
		// Each service has places of its own, and the event of a booking takes none of them.
		expect(await starts(salon, 'sku=Y1&places=10&to=2026-11-24T00:00:00Z')).toEqual(['2026-11-23T09:00:00.000Z']);
	});

	test('of services that share the company’s time leave out the others’ appointments, with their buffers', async () => {
		const salon = await world.addSalon({ settings: { opening_hours: DAY, services_share_time: true, buffer_after_minutes: 15 } });
		await booked(salon, { starts_at: '2026-11-23T09:00:00+01:00' });
		expect(await starts(salon, 'sku=Y1&to=2026-11-24T00:00:00Z')).toEqual(['2026-11-23T09:30:00.000Z']);
	});

	test('follow the company’s clocks through a change of them', async () => {
		const salon = await world.addSalon({ settings: { opening_hours: { weekly: { sunday: [['01:00', '04:00']] } }, step_minutes: 60 } });
		world.clock = Date.parse('2027-03-26T09:00:00Z');
		// 02:00 to 03:00 is left out on the 28th.
		expect(await starts(salon, 'sku=M1&to=2027-03-29T00:00:00Z')).toEqual(['2027-03-28T00:00:00.000Z', '2027-03-28T01:00:00.000Z']);
		const booking = await booked(salon, { starts_at: '2027-03-28T03:00:00+02:00' });
		expect((await world.eventsOf(salon.calendars.appointment))[0]).toMatchObject({ start: { dateTime: '2027-03-28T03:00:00+02:00', timeZone: 'Europe/Madrid' } });
		world.clock = Date.parse('2027-10-29T09:00:00Z');
		// 02:00 comes twice on the 31st, and the two are told apart.
		const { body } = await slots(salon, 'sku=M1&to=2027-11-01T00:00:00Z');
		expect(body.data?.map(({ starts_at: start, text }) => [start, text])).toEqual([
			['2027-10-30T23:00:00.000Z', 'Sun 31 Oct, 01:00'], ['2027-10-31T00:00:00.000Z', 'Sun 31 Oct, 02:00 GMT+2'],
			['2027-10-31T01:00:00.000Z', 'Sun 31 Oct, 02:00 GMT+1'], ['2027-10-31T02:00:00.000Z', 'Sun 31 Oct, 03:00'],
		]);
		expect(booking['status']).toBe('confirmed');
	});

	test('of products are windows by city, each with room for so many deliveries', async () => {
		const csv = 'sku,name,description,unit,price_eur,logistics_price_eur,free_delivery,stock_units,delivery_time_h,payment_reminder,city\nP1,Cake,A cake,piece,20,5,100,30,24,4,Madrid|Sevilla\n';
		const salon = await world.addSalon({
			csv, settings: {
				delivery_windows: { weekly: { monday: [['10:00', '14:00'], ['16:00', '20:00']] } }, delivery_capacity: 1,
				delivery_cities: [{ city: 'Sevilla', windows: { weekly: { tuesday: [['08:00', '12:00']] } } }],
			},
		});
		const { body } = await slots(salon, 'sku=P1&city=Madrid&limit=2');
		expect([body['kind'], body['has_more'], body.data?.map(({ text }) => text)]).toEqual(['delivery', true, ['Mon 23 Nov, 10:00–14:00', 'Mon 23 Nov, 16:00–20:00']]);
		expect(await starts(salon, 'sku=P1&city=Sevilla&limit=1')).toEqual(['2026-11-24T07:00:00.000Z']);
		const booking = await booked(salon, { sku: 'P1', city: 'Madrid', address: 'Gran Vía 1' });
		expect((await world.eventsOf(salon.calendars.delivery)).map(({ summary, location }) => [summary, location])).toEqual([['Cake · Eva', 'Gran Vía 1, Madrid']]);
		expect(booking).toMatchObject({ kind: 'delivery', ends_at: '2026-11-23T13:00:00.000Z' });
		expect(await starts(salon, 'sku=P1&city=Madrid&limit=1')).toEqual(['2026-11-23T15:00:00.000Z']);
	});

	test('are not guessed: without a calendar, or without its answer, there are none', async () => {
		const bare = await world.addSalon({ connected: false });
		expect((await slots(bare, 'sku=M1')).body).toMatchObject({ status: 409, code: 'calendar_not_connected' });
		const salon = await world.addSalon();
		expect((await slots(salon, 'sku=NONE')).body).toMatchObject({ status: 404, code: 'item_not_found' });
		await world.call('PATCH', `/v1/companies/${salon.companyId}/calendar`, { busy_calendar_ids: ['gone@group.calendar.google.com'] }, salon.key);
		expect((await slots(salon, 'sku=M1')).body).toMatchObject({ status: 502, code: 'calendar_busy_unknown' });
		await world.fault('freebusy.query', { mode: 'status', status: 429 });
		expect((await slots(salon, 'sku=M1')).body).toMatchObject({ status: 503, code: 'google_calendar_rate_limited' });
	});
});

describe('a hold', () => {
	test('of the last slot is had by one of twenty customers, and the others are offered the next', async () => {
		const salon = await world.addSalon();
		const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => hold(salon, { customer: { name: `C${index}`, phone: '' } })));
		expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array<number>(19).fill(409)]);
		for (const { body } of answers.filter(({ status }) => status === 409)) {
			expect([body.code, (body['slots'] as { start: string }[]).map(({ start }) => start).slice(0, 2)]).toEqual(['slot_taken', ['2026-11-23T10:00:00.000Z', '2026-11-23T10:30:00.000Z']]);
		}
		expect(await world.db.asOwner('SELECT 1 FROM bookings')).toHaveLength(1);
	});

	test('of a class is had by as many as it has places', async () => {
		const salon = await world.addSalon();
		const answers = await Promise.all(Array.from({ length: 14 }, () => hold(salon, { sku: 'Y1' })));
		expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
		expect((await hold(salon, { sku: 'Y1', places: 11, starts_at: '2026-11-24T10:00:00+01:00' })).status).toBe(409);
	});

	test('ends by itself, and others have the slot from that moment on', async () => {
		const salon = await world.addSalon();
		const first = await hold(salon, { hold_minutes: 10 });
		expect(first.body).toMatchObject({ object: 'booking', status: 'held', held_until: '2026-11-20T09:10:00.000Z', ends_at: '2026-11-23T10:00:00.000Z', place: 'Calle Mayor 1', language: 'English' });
		world.clock += 9 * 60_000;
		expect((await hold(salon)).status).toBe(409);
		world.clock += 60_000;
		// Not written down yet, and over all the same.
		expect((await act(salon, first.body.id, 'extend', { minutes: 5 })).body).toMatchObject({ status: 409, code: 'booking_ended' });
		const second = await hold(salon);
		expect(second.status).toBe(201);
		expect((await act(salon, first.body.id, 'confirm')).body).toMatchObject({ status: 409, code: 'slot_taken' });
		expect(await world.bookings.work()).toMatchObject({ released: 1 });
		expect(await read(salon, first.body.id)).toMatchObject({ status: 'released', ended_by: 'time' });
	});

	test('lasts longer when it is extended, and can be booked late when nobody else came', async () => {
		const salon = await world.addSalon();
		const { body } = await hold(salon, { hold_minutes: 10 });
		expect((await act(salon, body.id, 'extend', { minutes: 60 })).body).toMatchObject({ held_until: '2026-11-20T10:00:00.000Z' });
		world.clock += 61 * 60_000;
		expect((await act(salon, body.id, 'confirm')).body).toMatchObject({ status: 'confirmed', held_until: null });
	});

	test('is only of a slot', async () => {
		const salon = await world.addSalon();
		for (const start of ['2026-11-23T10:10:00+01:00', '2026-11-23T20:00:00+01:00', '2026-11-20T10:30:00+01:00', '2027-11-22T10:00:00+01:00']) {
			expect((await hold(salon, { starts_at: start })).body).toMatchObject({ status: 409, code: 'slot_not_offered' });
		}
		expect((await hold(salon, { starts_at: '2026-11-23 10:00' })).body).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining('must be a time with its zone') });
		expect((await hold(salon, { order_id: 'ord_x' })).body).toMatchObject({ code: 'order_not_found' });
		expect((await hold(salon, { conversation_id: 'cnv_x' })).body).toMatchObject({ code: 'conversation_not_found' });
	});
});

describe('a booking', () => {
	test('is in the calendar as what it is, once', async () => {
		const salon = await world.addSalon();
		const { body } = await hold(salon, { note: 'First visit' });
		const answers = await Promise.all(Array.from({ length: 5 }, () => act(salon, body.id, 'confirm')));
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
		const events = await world.eventsOf(salon.calendars.appointment);
		expect(events).toMatchObject([{
			id: eventIdOf(String(body.id)), summary: 'Massage · Eva', description: 'Eva\n+34 600 000 000\nFirst visit', location: 'Calle Mayor 1', transparency: 'transparent',
			start: { dateTime: '2026-11-23T10:00:00+01:00' }, end: { dateTime: '2026-11-23T11:00:00+01:00' }, extendedProperties: { private: { concierge_booking: body.id, concierge_tenant: salon.tenantId } },
		}]);
		expect(await read(salon, body.id)).toMatchObject({ status: 'confirmed', attention: null, calendar: { state: 'stored', calendar_id: salon.calendars.appointment, event_id: eventIdOf(String(body.id)), attempts: 0, next_attempt_at: null } });
	});

	test('of a video call has its room', async () => {
		const salon = await world.addSalon({ settings: { meeting_link: true } });
		expect(await booked(salon, { sku: 'V1' })).toMatchObject({ place: '', meeting_url: expect.stringMatching(/^https:\/\/meet\.google\.com\//) });
	});

	test('is stored once when Google’s answer is lost', async () => {
		const salon = await world.addSalon();
		await world.fault('events.insert', { mode: 'hang_after_accept' });
		const booking = await booked(salon);
		expect([booking['status'], calendarOf(booking)]).toMatchObject(['confirmed', { state: 'pending', attempts: 1, last_error: expect.stringContaining('google_calendar') }]);
		await later(5_000);
		expect(calendarOf(await read(salon, booking.id))).toMatchObject({ state: 'stored', attempts: 0 });
		expect(await world.eventsOf(salon.calendars.appointment)).toHaveLength(1);
	});

	test('waits while Google limits us, for longer each time; a person is alerted, and it comes into the calendar in the end', async () => {
		const salon = await world.addSalon();
		await world.fault('events.insert', { mode: 'status', status: 429, count: 6, retry_after: 30 });
		const booking = await booked(salon);
		expect(calendarOf(booking)).toMatchObject({ state: 'pending', attempts: 1, next_attempt_at: new Date(START + 30_000).toISOString() });
		expect(await later(29_000)).toMatchObject({ bookings: 0 });
		for (let attempt = 2; attempt <= 4; attempt += 1) expect(await later(60_000)).toMatchObject({ bookings: 1 });
		expect(await read(salon, booking.id)).toMatchObject({ status: 'confirmed', attention: null, calendar: { attempts: 4 } });
		await later(15 * 60_000);
		expect(await read(salon, booking.id)).toMatchObject({ attention: 'not_in_calendar', calendar: { attempts: 5, last_error: expect.stringContaining('429') } });
		expect(world.logLines.filter((line) => line['alert'] === 'booking_not_in_calendar' && line['bookingId'] === booking.id)).toHaveLength(1);
		const listed = await world.call('GET', '/v1/bookings?attention=true', undefined, salon.key);
		expect(listed.body.data?.map(({ id }) => id)).toEqual([booking.id]);
		expect((await world.call('GET', `/v1/companies/${salon.companyId}/calendar`, undefined, salon.key)).body).toMatchObject({ bookings_waiting: 1, bookings_needing_attention: 1 });
		await later(15 * 60_000);
		await later(15 * 60_000);
		expect(await read(salon, booking.id)).toMatchObject({ attention: null, calendar: { state: 'stored', last_error: null } });
	});

	test('outlives the calendar: what was booked while it was disconnected is stored when it is connected again', async () => {
		const salon = await world.addSalon();
		const { body } = await hold(salon);
		await world.google(`/accounts/${EMAIL}/revoke`);
		expect((await act(salon, body.id, 'confirm')).body).toMatchObject({ status: 'confirmed', calendar: { state: 'pending' } });
		const path = `/v1/companies/${salon.companyId}/calendar`;
		expect((await world.call('GET', path, undefined, salon.key)).body).toMatchObject({ state: 'error', last_error: expect.stringContaining('Connect it again'), bookings_waiting: 1 });
		expect((await slots(salon, 'sku=M1')).body).toMatchObject({ code: 'calendar_not_connected' });
		await later(60_000);
		const { body: asked } = await world.call('POST', `${path}/connect`, {}, salon.key);
		expect((await world.consent(String(asked['url']))).status).toBe(200);
		await world.bookings.work();
		expect(await read(salon, body.id)).toMatchObject({ calendar: { state: 'stored', calendar_id: salon.calendars.appointment } });
		expect(await world.eventsOf(salon.calendars.appointment)).toHaveLength(1);
		// What is to come is in this account: another one would not have it.
		const { body: again } = await world.call('POST', `${path}/connect`, {}, salon.key);
		expect(await world.consent(String(again['url']), { email: 'new@gmail.example' })).toMatchObject({ status: 409, text: expect.stringContaining(EMAIL) });
	});

	test('whose time is taken by hand before it is confirmed is refused, unless the company wants it', async () => {
		const salon = await world.addSalon();
		const { body } = await hold(salon);
		await world.google(`/calendars/${EMAIL}/busy`, { start: '2026-11-23T10:30', end: '2026-11-23T11:30' });
		const refused = await act(salon, body.id, 'confirm');
		expect([refused.body.code, (refused.body['slots'] as { start: string }[])[0]?.start]).toEqual(['slot_taken', '2026-11-23T10:30:00.000Z']);
		expect(await read(salon, body.id)).toMatchObject({ status: 'held' });
		expect((await act(salon, body.id, 'confirm', { force: true })).body).toMatchObject({ status: 'confirmed', calendar: { state: 'stored' } });
	});
});

describe('a change', () => {
	test('moves the event to another free slot, and the old one is free', async () => {
		const salon = await world.addSalon();
		const [booking, other] = [await booked(salon), await booked(salon, { starts_at: '2026-11-23T12:00:00+01:00' })];
		expect((await act(salon, booking.id, 'move', { starts_at: '2026-11-23T12:30:00+01:00' })).body).toMatchObject({ code: 'slot_taken' });
		// Its own time doesn't stand in its way.
		expect((await act(salon, booking.id, 'move', { starts_at: '2026-11-23T10:30:00+01:00' })).body).toMatchObject({ starts_at: '2026-11-23T09:30:00.000Z', calendar: { state: 'stored' } });
		expect((await world.eventsOf(salon.calendars.appointment)).map(({ id, start }) => [id, (start as Json)['dateTime']])).toEqual([
			[eventIdOf(String(booking.id)), '2026-11-23T10:30:00+01:00'], [eventIdOf(String(other.id)), '2026-11-23T12:00:00+01:00'],
		]);
		expect((await hold(salon, { starts_at: '2026-11-23T09:30:00+01:00' })).status).toBe(201);
	});

	test('is the customer’s until so many hours before, and the company’s always', async () => {
		const salon = await world.addSalon();
		const booking = await booked(salon);
		world.clock = Date.parse('2026-11-22T09:00:00Z');
		expect((await act(salon, booking.id, 'move', { starts_at: '2026-11-23T13:00:00+01:00', by: 'customer' })).status).toBe(200);
		world.clock = Date.parse('2026-11-22T12:00:01Z');
		const refused = await act(salon, booking.id, 'cancel', {}, WORKER_KEY);
		expect(refused.body).toMatchObject({ status: 409, code: 'booking_change_refused', reason: 'too_late', free_until: '2026-11-22T12:00:00.000Z' });
		expect((await act(salon, booking.id, 'cancel')).body).toMatchObject({ status: 'cancelled', ended_by: 'company', calendar: { state: 'removed' } });
		expect(await world.eventsOf(salon.calendars.appointment)).toEqual([]);
		expect((await act(salon, booking.id, 'cancel')).status).toBe(200);
		expect((await act(salon, booking.id, 'move', { starts_at: MONDAY_10 })).body).toMatchObject({ code: 'booking_ended' });
		expect((await act(salon, booking.id, 'confirm')).body).toMatchObject({ code: 'booking_ended' });
	});

	test('that Google doesn’t take now is made later, the last one counting', async () => {
		const salon = await world.addSalon();
		const booking = await booked(salon);
		await world.fault('events.patch', { mode: 'status', status: 503, count: 2 });
		await act(salon, booking.id, 'move', { starts_at: '2026-11-23T12:00:00+01:00' });
		await act(salon, booking.id, 'move', { starts_at: '2026-11-23T13:00:00+01:00' });
		await later(5_000);
		expect((await world.eventsOf(salon.calendars.appointment))[0]).toMatchObject({ start: { dateTime: '2026-11-23T13:00:00+01:00' } });
		await world.fault('events.delete', { mode: 'status', status: 503 });
		expect((await act(salon, booking.id, 'cancel')).body).toMatchObject({ status: 'cancelled', calendar: { state: 'pending' } });
		await later(5_000);
		expect(await world.eventsOf(salon.calendars.appointment)).toEqual([]);
	});
});

describe('what is done by hand in the calendar', () => {
	const event = (salon: Salon, booking: Json, what: string) => `/calendars/${salon.calendars.appointment}/events/${eventIdOf(String(booking.id))}/${what}`;

	test('moves and cancels bookings, and nothing of it is taken for the other', async () => {
		const salon = await world.addSalon();
		const [first, second] = [await booked(salon), await booked(salon, { starts_at: '2026-11-23T12:00:00+01:00' })];
		await later(60_000);
		expect(await read(salon, first.id)).toMatchObject({ starts_at: '2026-11-23T09:00:00.000Z' });
		await world.google(event(salon, first, 'move'), { start: '2026-11-24T08:15', end: '2026-11-24T09:30' });
		await world.google(event(salon, second, 'delete'));
		await later(60_000);
		expect(await read(salon, first.id)).toMatchObject({ status: 'confirmed', starts_at: '2026-11-24T07:15:00.000Z', ends_at: '2026-11-24T08:30:00.000Z', calendar: { state: 'stored' } });
		expect(await read(salon, second.id)).toMatchObject({ status: 'cancelled', ended_by: 'calendar', calendar: { state: 'removed' } });
		// Both times are free again, and nothing is written back.
		for (const start of [MONDAY_10, '2026-11-23T12:00:00+01:00']) expect((await hold(salon, { starts_at: start })).status).toBe(201);
		expect(await later(60_000)).toMatchObject({ bookings: 0, calendars: 1 });
	});

	test('is found again when Google has forgotten where we were', async () => {
		const salon = await world.addSalon();
		const [first, second] = [await booked(salon), await booked(salon, { starts_at: '2026-11-23T12:00:00+01:00' })];
		await later(60_000);
		await world.google(event(salon, first, 'move'), { start: '2026-11-23T15:00', end: '2026-11-23T16:00' });
		await world.google(event(salon, second, 'delete'));
		await world.google(`/calendars/${salon.calendars.appointment}/expire-sync`);
		await later(60_000);
		expect([(await read(salon, first.id))['starts_at'], (await read(salon, second.id))['status']]).toEqual(['2026-11-23T14:00:00.000Z', 'cancelled']);
	});

	test('is asked about again after a failure, and a whole day is no time', async () => {
		const salon = await world.addSalon();
		const booking = await booked(salon);
		await later(60_000);
		await world.google(event(salon, booking, 'move'), { start: '2026-11-25', end: '2026-11-26' });
		await world.fault('events.list', { mode: 'status', status: 503 });
		await later(60_000);
		expect((await world.call('GET', `/v1/companies/${salon.companyId}/calendar`, undefined, salon.key)).body).toMatchObject({ state: 'connected', last_error: expect.stringContaining('503') });
		await later(60_000);
		expect(await read(salon, booking.id)).toMatchObject({ starts_at: '2026-11-23T09:00:00.000Z', attention: 'all_day' });
		await world.google(event(salon, booking, 'move'), { start: '2026-11-23T16:00', end: '2026-11-23T17:00' });
		await later(60_000);
		expect(await read(salon, booking.id)).toMatchObject({ starts_at: '2026-11-23T15:00:00.000Z', attention: null });
	});

	test('counts before a change that was not there yet: a deleted event is not moved', async () => {
		const salon = await world.addSalon();
		const booking = await booked(salon);
		await world.google(event(salon, booking, 'delete'));
		expect((await act(salon, booking.id, 'move', { starts_at: '2026-11-23T12:00:00+01:00' })).body).toMatchObject({ status: 'cancelled', ended_by: 'calendar' });
		expect(await world.eventsOf(salon.calendars.appointment)).toEqual([]);
	});

	test.each([
		['English', 'Please note: “Massage” has been moved to Tue 24 Nov, 08:15.', 'Unfortunately, “Massage” on Tue 24 Nov, 08:15 has been cancelled.'],
		['Spanish', 'se ha cambiado a mar, 24 nov, 08:15', '(mar, 24 nov, 08:15) se ha cancelado'],
		['Russian', 'новое время: вт, 24 нояб., 08:15', '(вт, 24 нояб., 08:15) отменена'],
		['Ukrainian', 'новий час: вт, 24 лист., 08:15', '(вт, 24 лист., 08:15) скасовано'],
		['German', 'wurde auf Di., 24. Nov., 08:15 verlegt', 'am Di., 24. Nov., 08:15 abgesagt'],
	])('is told to the customer in %s, once', async (language, moved, cancelled) => {
		const salon = await world.addSalon();
		await world.db.asOwner(`INSERT INTO connections (id, tenant_id, company_id, channel, name, external_id, state, hook_token_hash, secrets) VALUES ('con_' || $1, $1, $2, 'whatsapp', 'Shop', $1, 'connected', $1, '')`, [salon.tenantId, salon.companyId]);
		await world.db.asOwner(`INSERT INTO conversations (id, tenant_id, company_id, connection_id, chat_id) VALUES ('cnv_' || $1, $1, $2, 'con_' || $1, '34600000000@c.us')`, [salon.tenantId, salon.companyId]);
		const booking = await booked(salon, { conversation_id: `cnv_${salon.tenantId}`, language });
		await later(60_000);
		await world.google(event(salon, booking, 'move'), { start: '2026-11-24T08:15', end: '2026-11-24T09:15' });
		await later(60_000);
		await later(60_000);
		const told = async () => (await world.db.asOwner<{ text: string }>('SELECT text FROM outbox WHERE tenant_id = $1 ORDER BY position', [salon.tenantId])).map(({ text }) => text);
		expect(await told()).toEqual([expect.stringContaining(moved)]);
		await world.google(event(salon, booking, 'delete'));
		await later(60_000);
		await later(60_000);
		expect(await told()).toEqual([expect.stringContaining(moved), expect.stringContaining(cancelled)]);
	});
});

test('a tenant sees and changes nothing of another’s bookings, whatever it names', async () => {
	const [salon, other] = [await world.addSalon(), await world.addSalon()];
	const booking = await booked(other);
	expect((await world.call('GET', `/v1/bookings/${booking.id}`, undefined, salon.key)).body).toMatchObject({ code: 'booking_not_found' });
	for (const [what, body] of [['confirm', {}], ['move', { starts_at: MONDAY_10 }], ['cancel', {}], ['extend', { minutes: 5 }]] as const) expect((await act(salon, booking.id, what, body)).status).toBe(404);
	expect((await slots(other, 'sku=M1', salon.key)).status).toBe(404);
	expect((await hold(other, {}, salon.key)).status).toBe(404);
	expect((await world.call('GET', '/v1/bookings', undefined, salon.key)).body.data).toEqual([]);
	expect((await world.call('GET', `/v1/bookings?company_id=${other.companyId}`, undefined, salon.key)).body.data).toEqual([]);
	expect((await world.call('GET', `/v1/bookings?company_id=${other.companyId}&status=confirmed&from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z`)).body.data?.map(({ id }) => id)).toEqual([booking.id]);
	// The two share an account at Google, and the same slot of the same name.
	expect((await hold(salon)).status).toBe(201);
});
