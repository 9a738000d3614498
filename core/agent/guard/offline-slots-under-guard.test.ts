import { describe, expect, it } from 'vitest';
import { scheduleOf } from '../../booking/test-support.ts';
import { guardedTalk } from '../offline/test-support/guarded-talk.ts';
import { FLORIST } from '../offline/test-support/shops.ts';
import { BOOKED, CUT, MASSAGE, NOW, schedule } from './test-support/salon.ts';

describe('times and the offline responder under the guard', () => {
	it.each<[string, readonly string[]]>([
		['English', ['I want a haircut', 'on Saturday', 'Friday', 'the first', 'Madrid, Anna, +34600111222']],
		['Spanish', ['Quiero un haircut', 'el sábado', 'el viernes', 'la primera', 'Madrid, Anna, +34600111222']],
		['Russian', ['Хочу haircut', 'в субботу', 'в пятницу', 'первый', 'Мадрид, Анна, +34600111222']],
		['Ukrainian', ['Хочу haircut', 'у суботу', 'у п’ятницю', 'перший', 'Мадрид, Анна, +34600111222']],
		['German', ['Ich möchte einen Haircut', 'am Samstag', 'am Freitag', 'der erste', 'Madrid, Anna, +34600111222']],
	])('keeps the guard’s rules in %s', (language, turns) => {
		const say = guardedTalk([CUT, MASSAGE], language, { schedule, company: { type: 'service' } });
		const decisions = turns.map(say);
		expect(decisions.flatMap(({ violations }) => violations)).toEqual([]);
		expect(decisions.at(-1)).toMatchObject({ send_payment_link: true, slots: [{ SKU: 'cut', start: '2030-01-04T08:00:00.000Z' }] });
	});

	it.each<[string, readonly string[]]>([
		['English', ['20 roses to Valencia', 'Anna, +34600111222, Calle Mayor 5', 'the third']],
		['Spanish', ['20 rosas a Valencia', 'Ana, +34600111222, calle de la Paz 12', 'la tercera']],
		['Russian', ['20 роз в Валенсию', 'Анна, +34600111222, ул. Мира 12', 'третий']],
		['Ukrainian', ['Хочу букет из 20 роз у Валенсію', 'Анна, +34600111222, вул. Миру 12', 'третій']],
		['German', ['20 Rosen nach Valencia', 'Anna, +34600111222, Lindenstraße 12', 'der dritte']],
	])('has deliveries told and chosen in %s', (language, turns) => {
		const say = guardedTalk(FLORIST, language, { schedule: scheduleOf({ now: NOW }) });
		const decisions = turns.map(say);
		expect(decisions.flatMap(({ violations }) => violations)).toEqual([]);
		expect(decisions.at(-1)).toMatchObject({ send_payment_link: true, slots: [{ SKU: '1001', start: '2030-01-04T09:00:00.000Z' }] });
		expect(decisions.at(-1)?.address).not.toBe('');
	});

	it.each([
		['English', 'cancel my appointment', 'yes'], ['Spanish', 'cancelar la cita', 'sí'], ['Russian', 'отмените запись', 'да'], ['Ukrainian', 'скасуйте запис', 'так'], ['German', 'Termin absagen', 'ja'],
	])('cancels and moves under the guard in %s', (language, asks, agrees) => {
		const say = guardedTalk([CUT], language, { schedule, bookings: [BOOKED], company: { type: 'service' }, session: { greeted: true } });
		expect(say(asks).violations).toEqual([]);
		expect(say(agrees)).toMatchObject({ booking_change: { id: 'book_1', action: 'cancel' }, violations: [] });
	});
});
