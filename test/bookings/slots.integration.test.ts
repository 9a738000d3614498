import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bookingCalls, DAY, type BookingCalls } from './calls.ts';
import { createBookingWorld, EMAIL, START, type BookingWorld } from './world.ts';

let world: BookingWorld;
let calls: BookingCalls;
beforeAll(async () => {
	world = await createBookingWorld();
	calls = bookingCalls(world);
});
afterAll(() => world.close());
beforeEach(async () => {
	world.clock = START;
	await world.sandbox.post('/reset');
	// Only what a test makes is due in it.
	await world.db.asOwner('DELETE FROM tenants');
});

describe('free slots', () => {
	test('are the opening hours without what is in the calendars and what is booked here, as a customer is told them', async () => {
		const salon = await world.addSalon({ settings: { opening_hours: DAY } });
		await world.google(`/calendars/${EMAIL}/busy`, { start: '2026-11-23T09:00', end: '2026-11-23T10:00' });
		await world.google(`/calendars/${salon.calendars.appointment}/busy`, { start: '2026-11-23T11:30', end: '2026-11-23T12:00' });
		const { status, body } = await calls.slots(salon, 'sku=M1&to=2026-11-24T00:00:00Z&language=Spanish');
		expect([status, body]).toMatchObject([200, { kind: 'appointment', time_zone: 'Europe/Madrid', has_more: false, data: [
			{ starts_at: '2026-11-23T09:00:00.000Z', ends_at: '2026-11-23T10:00:00.000Z', text: 'lun, 23 nov, 10:00' }, { starts_at: '2026-11-23T09:30:00.000Z' },
		] }]);
		await calls.booked(salon);
		expect(await calls.starts(salon, 'sku=M1&to=2026-11-24T00:00:00Z')).toEqual([]);
		// Each service has places of its own, and the event of a booking takes none of them.
		expect(await calls.starts(salon, 'sku=Y1&places=10&to=2026-11-24T00:00:00Z')).toEqual(['2026-11-23T09:00:00.000Z']);
	});

	test('of services that share the company’s time leave out the others’ appointments, with their buffers', async () => {
		const salon = await world.addSalon({ settings: { opening_hours: DAY, services_share_time: true, buffer_after_minutes: 15 } });
		await calls.booked(salon, { starts_at: '2026-11-23T09:00:00+01:00' });
		expect(await calls.starts(salon, 'sku=Y1&to=2026-11-24T00:00:00Z')).toEqual(['2026-11-23T09:30:00.000Z']);
	});

	test('follow the company’s clocks through a change of them', async () => {
		const salon = await world.addSalon({ settings: { opening_hours: { weekly: { sunday: [['01:00', '04:00']] } }, step_minutes: 60 } });
		world.clock = Date.parse('2027-03-26T09:00:00Z');
		// 02:00 to 03:00 is left out on the 28th.
		expect(await calls.starts(salon, 'sku=M1&to=2027-03-29T00:00:00Z')).toEqual(['2027-03-28T00:00:00.000Z', '2027-03-28T01:00:00.000Z']);
		const booking = await calls.booked(salon, { starts_at: '2027-03-28T03:00:00+02:00' });
		expect((await world.eventsOf(salon.calendars.appointment))[0]).toMatchObject({ start: { dateTime: '2027-03-28T03:00:00+02:00', timeZone: 'Europe/Madrid' } });
		world.clock = Date.parse('2027-10-29T09:00:00Z');
		// 02:00 comes twice on the 31st, and the two are told apart.
		const { body } = await calls.slots(salon, 'sku=M1&to=2027-11-01T00:00:00Z');
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
		const { body } = await calls.slots(salon, 'sku=P1&city=Madrid&limit=2');
		expect([body['kind'], body['has_more'], body.data?.map(({ text }) => text)]).toEqual(['delivery', true, ['Mon 23 Nov, 10:00–14:00', 'Mon 23 Nov, 16:00–20:00']]);
		expect(await calls.starts(salon, 'sku=P1&city=Sevilla&limit=1')).toEqual(['2026-11-24T07:00:00.000Z']);
		const booking = await calls.booked(salon, { sku: 'P1', city: 'Madrid', address: 'Gran Vía 1' });
		expect((await world.eventsOf(salon.calendars.delivery)).map(({ summary, location }) => [summary, location])).toEqual([['Cake · Eva', 'Gran Vía 1, Madrid']]);
		expect(booking).toMatchObject({ kind: 'delivery', ends_at: '2026-11-23T13:00:00.000Z' });
		expect(await calls.starts(salon, 'sku=P1&city=Madrid&limit=1')).toEqual(['2026-11-23T15:00:00.000Z']);
	});

	test('are not guessed: without a calendar, or without its answer, there are none', async () => {
		const bare = await world.addSalon({ connected: false });
		expect((await calls.slots(bare, 'sku=M1')).body).toMatchObject({ status: 409, code: 'calendar_not_connected' });
		const salon = await world.addSalon();
		expect((await calls.slots(salon, 'sku=NONE')).body).toMatchObject({ status: 404, code: 'item_not_found' });
		await world.call('PATCH', `/v1/companies/${salon.companyId}/calendar`, { busy_calendar_ids: ['gone@group.calendar.google.com'] }, salon.key);
		expect((await calls.slots(salon, 'sku=M1')).body).toMatchObject({ status: 502, code: 'calendar_busy_unknown' });
		await world.fault('freebusy.query', { mode: 'status', status: 429 });
		expect((await calls.slots(salon, 'sku=M1')).body).toMatchObject({ status: 503, code: 'google_calendar_rate_limited' });
	});
});
