import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventIdOf } from '../../provisioner/src/vendors/google-calendar/event.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { bookingCalls, MONDAY_10, type BookingCalls } from './calls.ts';
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

const calendarOf = (body: Json) => body['calendar'] as Json;

describe('a hold', () => {
	test('of the last slot is had by one of twenty customers, and the others are offered the next', async () => {
		const salon = await world.addSalon();
		for (const hour of [9, 11, 13, 15]) {
			const start = `2026-11-23T${String(hour).padStart(2, '0')}:00:00+01:00`;
			const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => calls.hold(salon, { starts_at: start, customer: { name: `C${index}`, phone: '' } })));
			expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array<number>(19).fill(409)]);
			const next = `2026-11-23T${String(hour).padStart(2, '0')}:00:00.000Z`;
			for (const { body } of answers.filter(({ status }) => status === 409)) expect([body.code, (body['slots'] as { starts_at: string }[])[0]?.starts_at]).toEqual(['slot_taken', next]);
		}
		expect(await world.db.asOwner('SELECT 1 FROM bookings')).toHaveLength(4);
	});

	test('of a class is had by as many as it has places', async () => {
		const salon = await world.addSalon();
		const answers = await Promise.all(Array.from({ length: 14 }, () => calls.hold(salon, { sku: 'Y1' })));
		expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
		expect((await calls.hold(salon, { sku: 'Y1', places: 11, starts_at: '2026-11-24T10:00:00+01:00' })).status).toBe(409);
	});

	test('ends by itself, and others have the slot from that moment on', async () => {
		const salon = await world.addSalon();
		const first = await calls.hold(salon, { hold_minutes: 10 });
		expect(first.body).toMatchObject({ object: 'booking', status: 'held', held_until: '2026-11-20T09:10:00.000Z', ends_at: '2026-11-23T10:00:00.000Z', place: 'Calle Mayor 1', language: 'English' });
		world.clock += 9 * 60_000;
		expect((await calls.hold(salon)).status).toBe(409);
		world.clock += 60_000;
		// Not written down yet, and over all the same.
		expect((await calls.act(salon, first.body.id, 'extend', { minutes: 5 })).body).toMatchObject({ status: 409, code: 'booking_ended' });
		const second = await calls.hold(salon);
		expect(second.status).toBe(201);
		expect((await calls.act(salon, first.body.id, 'confirm')).body).toMatchObject({ status: 409, code: 'slot_taken' });
		expect(await world.bookings.work()).toMatchObject({ released: 1 });
		expect(await calls.read(salon, first.body.id)).toMatchObject({ status: 'released', ended_by: 'time' });
	});

	test('lasts longer when it is extended, and can be booked late when nobody else came', async () => {
		const salon = await world.addSalon();
		const { body } = await calls.hold(salon, { hold_minutes: 10 });
		expect((await calls.act(salon, body.id, 'extend', { minutes: 60 })).body).toMatchObject({ held_until: '2026-11-20T10:00:00.000Z' });
		world.clock += 61 * 60_000;
		expect((await calls.act(salon, body.id, 'confirm')).body).toMatchObject({ status: 'confirmed', held_until: null });
	});

	test('is only of a slot', async () => {
		const salon = await world.addSalon();
		for (const start of ['2026-11-23T10:10:00+01:00', '2026-11-23T20:00:00+01:00', '2026-11-20T10:30:00+01:00', '2027-11-22T10:00:00+01:00']) {
			expect((await calls.hold(salon, { starts_at: start })).body).toMatchObject({ status: 409, code: 'slot_not_offered' });
		}
		expect((await calls.hold(salon, { starts_at: '2026-11-23 10:00' })).body).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining('must be a time with its zone') });
		expect((await calls.hold(salon, { order_id: 'ord_x' })).body).toMatchObject({ code: 'order_not_found' });
		expect((await calls.hold(salon, { conversation_id: 'cnv_x' })).body).toMatchObject({ code: 'conversation_not_found' });
	});
});

describe('a booking', () => {
	test('is in the calendar as what it is, once', async () => {
		const salon = await world.addSalon();
		const { body } = await calls.hold(salon, { note: 'First visit' });
		const answers = await Promise.all(Array.from({ length: 5 }, () => calls.act(salon, body.id, 'confirm')));
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
		const events = await world.eventsOf(salon.calendars.appointment);
		expect(events).toMatchObject([{
			id: eventIdOf(String(body.id)), summary: 'Massage · Eva', description: 'Eva\n+34 600 000 000\nFirst visit', location: 'Calle Mayor 1', transparency: 'transparent',
			start: { dateTime: '2026-11-23T10:00:00+01:00' }, end: { dateTime: '2026-11-23T11:00:00+01:00' }, extendedProperties: { private: { concierge_booking: body.id, concierge_tenant: salon.tenantId } },
		}]);
		expect(await calls.read(salon, body.id)).toMatchObject({ status: 'confirmed', attention: null, calendar: { state: 'stored', calendar_id: salon.calendars.appointment, event_id: eventIdOf(String(body.id)), attempts: 0, next_attempt_at: null } });
	});

	test('of a video call has its room', async () => {
		const salon = await world.addSalon({ settings: { meeting_link: true } });
		expect(await calls.booked(salon, { sku: 'V1' })).toMatchObject({ place: '', meeting_url: expect.stringMatching(/^https:\/\/meet\.google\.com\//) });
	});

	test('is stored once when Google’s answer is lost', async () => {
		const salon = await world.addSalon();
		await world.fault('events.insert', { mode: 'hang_after_accept' });
		const booking = await calls.booked(salon);
		expect([booking['status'], calendarOf(booking)]).toMatchObject(['confirmed', { state: 'pending', attempts: 1, last_error: expect.stringContaining('google_calendar') }]);
		await calls.later(5_000);
		expect(calendarOf(await calls.read(salon, booking.id))).toMatchObject({ state: 'stored', attempts: 0 });
		expect(await world.eventsOf(salon.calendars.appointment)).toHaveLength(1);
	});

	test('waits while Google limits us, for longer each time; a person is alerted, and it comes into the calendar in the end', async () => {
		const salon = await world.addSalon();
		await world.fault('events.insert', { mode: 'status', status: 429, count: 6, retry_after: 30 });
		const booking = await calls.booked(salon);
		expect(calendarOf(booking)).toMatchObject({ state: 'pending', attempts: 1, next_attempt_at: new Date(START + 30_000).toISOString() });
		expect(await calls.later(29_000)).toMatchObject({ bookings: 0 });
		for (let attempt = 2; attempt <= 4; attempt += 1) expect(await calls.later(60_000)).toMatchObject({ bookings: 1 });
		expect(await calls.read(salon, booking.id)).toMatchObject({ status: 'confirmed', attention: null, calendar: { attempts: 4 } });
		await calls.later(15 * 60_000);
		expect(await calls.read(salon, booking.id)).toMatchObject({ attention: 'not_in_calendar', calendar: { attempts: 5, last_error: expect.stringContaining('429') } });
		expect(world.logLines.filter((line) => line['alert'] === 'booking_not_in_calendar' && line['bookingId'] === booking.id)).toHaveLength(1);
		const listed = await world.call('GET', '/v1/bookings?attention=true', undefined, salon.key);
		expect(listed.body.data?.map(({ id }) => id)).toEqual([booking.id]);
		expect((await world.call('GET', `/v1/companies/${salon.companyId}/calendar`, undefined, salon.key)).body).toMatchObject({ bookings_waiting: 1, bookings_needing_attention: 1 });
		await calls.later(15 * 60_000);
		await calls.later(15 * 60_000);
		expect(await calls.read(salon, booking.id)).toMatchObject({ attention: null, calendar: { state: 'stored', last_error: null } });
	});

	test('outlives the calendar: what was booked while it was disconnected is stored when it is connected again', async () => {
		const salon = await world.addSalon();
		const { body } = await calls.hold(salon);
		await world.google(`/accounts/${EMAIL}/revoke`);
		expect((await calls.act(salon, body.id, 'confirm')).body).toMatchObject({ status: 'confirmed', calendar: { state: 'pending' } });
		const path = `/v1/companies/${salon.companyId}/calendar`;
		expect((await world.call('GET', path, undefined, salon.key)).body).toMatchObject({ state: 'error', last_error: expect.stringContaining('Connect it again'), bookings_waiting: 1 });
		expect((await calls.slots(salon, 'sku=M1')).body).toMatchObject({ code: 'calendar_not_connected' });
		await calls.later(60_000);
		const { body: asked } = await world.call('POST', `${path}/connect`, {}, salon.key);
		expect((await world.consent(String(asked['url']))).status).toBe(200);
		await world.bookings.work();
		expect(await calls.read(salon, body.id)).toMatchObject({ calendar: { state: 'stored', calendar_id: salon.calendars.appointment } });
		expect(await world.eventsOf(salon.calendars.appointment)).toHaveLength(1);
		// What is to come is in this account: another one would not have it.
		const { body: again } = await world.call('POST', `${path}/connect`, {}, salon.key);
		expect(await world.consent(String(again['url']), { email: 'new@gmail.example' })).toMatchObject({ status: 409, text: expect.stringContaining(EMAIL) });
	});

	test('whose time is taken by hand before it is confirmed is refused, unless the company wants it', async () => {
		const salon = await world.addSalon();
		const { body } = await calls.hold(salon);
		await world.google(`/calendars/${EMAIL}/busy`, { start: '2026-11-23T10:30', end: '2026-11-23T11:30' });
		const refused = await calls.act(salon, body.id, 'confirm');
		expect([refused.body.code, (refused.body['slots'] as { starts_at: string }[])[0]?.starts_at]).toEqual(['slot_taken', '2026-11-23T10:30:00.000Z']);
		expect(await calls.read(salon, body.id)).toMatchObject({ status: 'held' });
		expect((await calls.act(salon, body.id, 'confirm', { force: true })).body).toMatchObject({ status: 'confirmed', calendar: { state: 'stored' } });
	});
});

describe('a change', () => {
	test('moves the event to another free slot, and the old one is free', async () => {
		const salon = await world.addSalon();
		const [booking, other] = [await calls.booked(salon), await calls.booked(salon, { starts_at: '2026-11-23T12:00:00+01:00' })];
		expect((await calls.act(salon, booking.id, 'move', { starts_at: '2026-11-23T12:30:00+01:00' })).body).toMatchObject({ code: 'slot_taken' });
		// Its own time doesn't stand in its way.
		expect((await calls.act(salon, booking.id, 'move', { starts_at: '2026-11-23T10:30:00+01:00' })).body).toMatchObject({ starts_at: '2026-11-23T09:30:00.000Z', calendar: { state: 'stored' } });
		expect((await world.eventsOf(salon.calendars.appointment)).map(({ id, start }) => [id, (start as Json)['dateTime']])).toEqual([
			[eventIdOf(String(booking.id)), '2026-11-23T10:30:00+01:00'], [eventIdOf(String(other.id)), '2026-11-23T12:00:00+01:00'],
		]);
		expect((await calls.hold(salon, { starts_at: '2026-11-23T09:30:00+01:00' })).status).toBe(201);
	});

	test('is the customer’s until so many hours before, and the company’s always', async () => {
		const salon = await world.addSalon();
		const booking = await calls.booked(salon);
		world.clock = Date.parse('2026-11-22T09:00:00Z');
		expect((await calls.act(salon, booking.id, 'move', { starts_at: '2026-11-23T13:00:00+01:00', by: 'customer' })).status).toBe(200);
		world.clock = Date.parse('2026-11-22T12:00:01Z');
		const refused = await calls.act(salon, booking.id, 'cancel', { by: 'customer' });
		expect(refused.body).toMatchObject({ status: 409, code: 'booking_change_refused', reason: 'too_late', free_until: '2026-11-22T12:00:00.000Z' });
		expect((await calls.act(salon, booking.id, 'cancel')).body).toMatchObject({ status: 'cancelled', ended_by: 'company', calendar: { state: 'removed' } });
		expect(await world.eventsOf(salon.calendars.appointment)).toEqual([]);
		expect((await calls.act(salon, booking.id, 'cancel')).status).toBe(200);
		expect((await calls.act(salon, booking.id, 'move', { starts_at: MONDAY_10 })).body).toMatchObject({ code: 'booking_ended' });
		expect((await calls.act(salon, booking.id, 'confirm')).body).toMatchObject({ code: 'booking_ended' });
	});

	test('that Google doesn’t take now is made later, the last one counting', async () => {
		const salon = await world.addSalon();
		const booking = await calls.booked(salon);
		await world.fault('events.patch', { mode: 'status', status: 503, count: 2 });
		await calls.act(salon, booking.id, 'move', { starts_at: '2026-11-23T12:00:00+01:00' });
		await calls.act(salon, booking.id, 'move', { starts_at: '2026-11-23T13:00:00+01:00' });
		await calls.later(5_000);
		expect((await world.eventsOf(salon.calendars.appointment))[0]).toMatchObject({ start: { dateTime: '2026-11-23T13:00:00+01:00' } });
		await world.fault('events.delete', { mode: 'status', status: 503 });
		expect((await calls.act(salon, booking.id, 'cancel')).body).toMatchObject({ status: 'cancelled', calendar: { state: 'pending' } });
		await calls.later(5_000);
		expect(await world.eventsOf(salon.calendars.appointment)).toEqual([]);
	});
});

test('a tenant sees and changes nothing of another’s bookings, whatever it names', async () => {
	const [salon, other] = [await world.addSalon(), await world.addSalon()];
	const booking = await calls.booked(other);
	expect((await world.call('GET', `/v1/bookings/${booking.id}`, undefined, salon.key)).body).toMatchObject({ code: 'booking_not_found' });
	for (const [what, body] of [['confirm', {}], ['move', { starts_at: MONDAY_10 }], ['cancel', {}], ['extend', { minutes: 5 }]] as const) expect((await calls.act(salon, booking.id, what, body)).status).toBe(404);
	expect((await calls.slots(other, 'sku=M1', salon.key)).status).toBe(404);
	expect((await calls.hold(other, {}, salon.key)).status).toBe(404);
	expect((await world.call('GET', '/v1/bookings', undefined, salon.key)).body.data).toEqual([]);
	expect((await world.call('GET', `/v1/bookings?company_id=${other.companyId}`, undefined, salon.key)).body.data).toEqual([]);
	expect((await world.call('GET', `/v1/bookings?company_id=${other.companyId}&status=confirmed&from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z`)).body.data?.map(({ id }) => id)).toEqual([booking.id]);
	// The two share an account at Google, and the same slot of the same name.
	expect((await calls.hold(salon)).status).toBe(201);
});
