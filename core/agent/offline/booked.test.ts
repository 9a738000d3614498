import { describe, expect, it } from 'vitest';
import type { BookedFacts } from '../../booking/schedule.ts';
import { scheduleOf } from '../../booking/test-support.ts';
import { emptyItem } from '../../catalog/item.ts';
import { talkTo } from './test-support/talk.ts';

const NOW = '2030-01-02T10:00:00.000Z';
const SALON = [{ ...emptyItem('cut', 'service', 'Haircut'), priceCents: 3000, durationMinutes: 60, paymentReminderHours: 2, cities: ['Madrid'] }];
const booked = (fields: Partial<BookedFacts> = {}): BookedFacts => ({
	id: 'book_1', kind: 'appointment', sku: 'cut', name: 'Haircut', places: 1, city: 'Madrid', zone: 'Europe/Madrid', start: '2030-01-07T09:00:00.000Z', end: '2030-01-07T10:00:00.000Z', changeable: true, ...fields,
});
const salon = (language: string, bookings: readonly BookedFacts[], unknown = false) =>
	talkTo(SALON, language, { schedule: scheduleOf({ now: NOW, unknown }), bookings, company: { type: 'service' }, session: { greeted: true } });

describe('cancelling a booking', () => {
	it.each([
		['English', 'cancel my appointment', 'yes', 'Done: “Haircut” (Mon 7 Jan, 10:00) is cancelled.'],
		['Spanish', 'quiero cancelar la cita', 'sí', 'Hecho: «Haircut» (lun, 7 ene, 10:00) está cancelado.'],
		['Russian', 'отмените запись', 'да', 'Готово: «Haircut» (пн, 7 янв., 10:00) — отменено.'],
		['Ukrainian', 'скасуйте запис', 'так', 'Готово: «Haircut» (пн, 7 січ., 10:00) — скасовано.'],
		['German', 'ich möchte meinen Termin absagen', 'ja', 'Erledigt: „Haircut“ (Mo., 7. Jan., 10:00) ist abgesagt.'],
	])('is asked about once and then done, in %s', (language, asks, agrees, told) => {
		const talk = salon(language, [booked()]);
		const asked = talk.say(asks);
		expect(asked.booking_change).toBeNull();
		expect(asked.response).toMatch(/Haircut.*\?/u);
		expect(talk.say(agrees)).toMatchObject({ booking_change: { id: 'book_1', action: 'cancel' }, response: told });
	});

	it('is left alone when the customer says no, and forgotten', () => {
		const talk = salon('English', [booked()]);
		talk.say('cancel my appointment');
		expect(talk.say('no').booking_change).toBeNull();
		expect(talk.say('yes').booking_change).toBeNull();
	});

	it('goes to a person when it is too late for the customer', () => {
		const answer = salon('English', [booked({ changeable: false })]).say('please cancel my booking');
		expect(answer).toMatchObject({ booking_change: null, handover: { reason: 'a booking is to be changed: book_1' } });
		expect(answer.response).toContain('can’t change “Haircut” here any more');
	});

	it('asks which of several', () => {
		const talk = salon('English', [booked(), booked({ id: 'book_2', start: '2030-01-08T11:00:00.000Z', end: '2030-01-08T12:00:00.000Z' })]);
		expect(talk.say('cancel my appointment').response).toContain('1. Haircut — Mon 7 Jan, 10:00\n2. Haircut — Tue 8 Jan, 12:00');
		expect(talk.say('the one on Tuesday').response).toContain('Tue 8 Jan, 12:00');
		expect(talk.say('yes').booking_change).toEqual({ id: 'book_2', action: 'cancel' });
	});
});

describe('moving a booking', () => {
	it('offers free times and takes the chosen one', () => {
		const talk = salon('English', [booked()]);
		const offered = talk.say('Can I reschedule my appointment?');
		expect(offered.response).toContain('2. Thu 3 Jan, 09:00');
		expect(talk.say('the second')).toMatchObject({ booking_change: { id: 'book_1', action: 'move' }, slot: { start: '2030-01-03T08:00:00.000Z' }, response: 'Done: “Haircut” is now on Thu 3 Jan, 09:00.' });
	});

	it('takes a free time that is named at once', () => {
		expect(salon('English', [booked()]).say('please move it to Friday at 11:30')).toMatchObject({ booking_change: { id: 'book_1', action: 'move' }, slot: { start: '2030-01-04T10:30:00.000Z' } });
		expect(salon('Russian', [booked()]).say('перенесите запись на пятницу в 11:30')).toMatchObject({ booking_change: { action: 'move' }, slot: { start: '2030-01-04T10:30:00.000Z' } });
	});

	it('says that a time is not free and what is', () => {
		const answer = salon('German', [booked()]).say('Können Sie meinen Termin auf Sonntag um 10 Uhr verschieben?');
		expect(answer.booking_change).toBeNull();
		expect(answer.response).toContain('Diese Zeit ist nicht frei. Frei sind:\n1. Mo., 7. Jan., 09:00');
	});

	it('goes to a person while the calendar does not say what is free', () => {
		expect(salon('English', [booked()], true).say('reschedule my appointment').handover).not.toBeNull();
	});
});

it('tells what is booked', () => {
	expect(salon('English', [booked()]).say('When is my appointment?').response).toBe('This is booked for you:\n• Haircut — Mon 7 Jan, 10:00');
});

it('takes a new order of the same service in spite of the booking', () => {
	const talk = salon('English', [booked()]);
	expect(talk.say('I want another haircut').response).toContain('When would suit you (“Haircut”)?');
});
