import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventIdOf } from '../../provisioner/src/vendors/google-calendar/event.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { bookingCalls, MONDAY_10, type BookingCalls } from './calls.ts';
import { createBookingWorld, START, type BookingWorld, type Salon } from './world.ts';

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

describe('what is done by hand in the calendar', () => {
	const event = (salon: Salon, booking: Json, what: string) => `/calendars/${salon.calendars.appointment}/events/${eventIdOf(String(booking.id))}/${what}`;

	test('moves and cancels bookings, and nothing of it is taken for the other', async () => {
		const salon = await world.addSalon();
		const [first, second] = [await calls.booked(salon), await calls.booked(salon, { starts_at: '2026-11-23T12:00:00+01:00' })];
		await calls.later(60_000);
		expect(await calls.read(salon, first.id)).toMatchObject({ starts_at: '2026-11-23T09:00:00.000Z' });
		await world.google(event(salon, first, 'move'), { start: '2026-11-24T08:15', end: '2026-11-24T09:30' });
		await world.google(event(salon, second, 'delete'));
		await calls.later(60_000);
		expect(await calls.read(salon, first.id)).toMatchObject({ status: 'confirmed', starts_at: '2026-11-24T07:15:00.000Z', ends_at: '2026-11-24T08:30:00.000Z', calendar: { state: 'stored' } });
		expect(await calls.read(salon, second.id)).toMatchObject({ status: 'cancelled', ended_by: 'calendar', calendar: { state: 'removed' } });
		// Both times are free again, and nothing is written back.
		for (const start of [MONDAY_10, '2026-11-23T12:00:00+01:00']) expect((await calls.hold(salon, { starts_at: start })).status).toBe(201);
		expect(await calls.later(60_000)).toMatchObject({ bookings: 0, calendars: 1 });
	});

	test('is found again when Google has forgotten where we were', async () => {
		const salon = await world.addSalon();
		const [first, second] = [await calls.booked(salon), await calls.booked(salon, { starts_at: '2026-11-23T12:00:00+01:00' })];
		await calls.later(60_000);
		await world.google(event(salon, first, 'move'), { start: '2026-11-23T15:00', end: '2026-11-23T16:00' });
		await world.google(event(salon, second, 'delete'));
		await world.google(`/calendars/${salon.calendars.appointment}/expire-sync`);
		await calls.later(60_000);
		expect([(await calls.read(salon, first.id))['starts_at'], (await calls.read(salon, second.id))['status']]).toEqual(['2026-11-23T14:00:00.000Z', 'cancelled']);
	});

	test('is followed in one calendar also when the other is gone', async () => {
		const salon = await world.addSalon();
		await calls.later(60_000);
		await world.db.asOwner(`UPDATE company_calendars SET appointment_calendar_id = 'gone@example.com', sync_tokens = '{}' WHERE company_id = $1`, [salon.companyId]);
		await calls.later(60_000);
		const [stored] = await world.db.asOwner<{ calendars: string[]; error: string }>('SELECT array(SELECT jsonb_object_keys(sync_tokens)) AS calendars, last_error AS error FROM company_calendars WHERE company_id = $1', [salon.companyId]);
		expect(stored).toEqual({ calendars: [salon.calendars.delivery], error: expect.stringMatching(/./) });
	});

	test('is asked about again after a failure, and a whole day is no time', async () => {
		const salon = await world.addSalon();
		const booking = await calls.booked(salon);
		await calls.later(60_000);
		await world.google(event(salon, booking, 'move'), { start: '2026-11-25', end: '2026-11-26' });
		await world.fault('events.list', { mode: 'status', status: 503 });
		await calls.later(60_000);
		expect((await world.call('GET', `/v1/companies/${salon.companyId}/calendar`, undefined, salon.key)).body).toMatchObject({ state: 'connected', last_error: expect.stringContaining('503') });
		await calls.later(60_000);
		expect(await calls.read(salon, booking.id)).toMatchObject({ starts_at: '2026-11-23T09:00:00.000Z', attention: 'all_day' });
		await world.google(event(salon, booking, 'move'), { start: '2026-11-23T16:00', end: '2026-11-23T17:00' });
		await calls.later(60_000);
		expect(await calls.read(salon, booking.id)).toMatchObject({ starts_at: '2026-11-23T15:00:00.000Z', attention: null });
	});

	test('counts before a change that was not there yet: a deleted event is not moved', async () => {
		const salon = await world.addSalon();
		const booking = await calls.booked(salon);
		await world.google(event(salon, booking, 'delete'));
		expect((await calls.act(salon, booking.id, 'move', { starts_at: '2026-11-23T12:00:00+01:00' })).body).toMatchObject({ status: 'cancelled', ended_by: 'calendar' });
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
		const booking = await calls.booked(salon, { conversation_id: `cnv_${salon.tenantId}`, language });
		await calls.later(60_000);
		await world.google(event(salon, booking, 'move'), { start: '2026-11-24T08:15', end: '2026-11-24T09:15' });
		await calls.later(60_000);
		await calls.later(60_000);
		const told = async () => (await world.db.asOwner<{ text: string }>('SELECT text FROM outbox WHERE tenant_id = $1 ORDER BY position', [salon.tenantId])).map(({ text }) => text);
		expect(await told()).toEqual([expect.stringContaining(moved)]);
		await world.google(event(salon, booking, 'delete'));
		await calls.later(60_000);
		await calls.later(60_000);
		expect(await told()).toEqual([expect.stringContaining(moved), expect.stringContaining(cancelled)]);
	});
});
