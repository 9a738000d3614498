import { describe, expect, it } from 'vitest';
import { scheduleOf } from '../../booking/test-support.ts';
import { emptyItem } from '../../catalog/item.ts';
import { FLORIST } from './test-support/shops.ts';
import { talkTo, type TalkOptions } from './test-support/talk.ts';

const NOW = '2030-01-02T10:00:00.000Z';
const SALON = [
	{ ...emptyItem('cut', 'service', 'Haircut'), priceCents: 3000, durationMinutes: 60, paymentReminderHours: 2, cities: ['Madrid'] },
	{ ...emptyItem('dye', 'service', 'Hair colouring'), priceCents: 7000, durationMinutes: 120, paymentReminderHours: 2, cities: ['Madrid'] },
];
type Times = Omit<Parameters<typeof scheduleOf>[0], 'now'>;
const salon = (language: string, times: Times = {}, options: TalkOptions = {}) => talkTo(SALON, language, { schedule: scheduleOf({ now: NOW, ...times }), company: { type: 'service' }, ...options });
const florist = (language: string, times: Times = {}, options: TalkOptions = {}) => talkTo(FLORIST, language, { schedule: scheduleOf({ now: NOW, ...times }), ...options });

describe('an appointment', () => {
	it('is offered with the question for what is missing, and taken by its place in the list', () => {
		const talk = salon('English');
		const asked = talk.say('I’d like a haircut');
		expect(asked.response).toContain('please tell me the city (Madrid), your name and a phone number');
		expect(asked.response).toContain('When would suit you (“Haircut”)? Please choose one:\n1. Wed 2 Jan, 13:00\n2. Thu 3 Jan, 09:00\n3. Thu 3 Jan, 13:00');
		expect(talk.say('Madrid, Anna, +34600111222').send_payment_link).toBe(false);
		const commit = talk.say('the second');
		expect(commit).toMatchObject({ send_payment_link: true, slot: { sku: 'cut', start: '2030-01-03T08:00:00.000Z' }, items: [{ SKU: 'cut', quantity: 1 }] });
		expect(commit.response).toContain('When: Thu 3 Jan, 09:00');
	});

	it('is taken from one message that says everything', () => {
		expect(salon('English').say('I want a haircut tomorrow at 10, Madrid, Anna, +34600111222')).toMatchObject({ send_payment_link: true, slot: { start: '2030-01-03T09:00:00.000Z' }, items: [{ SKU: 'cut', quantity: 1 }] });
	});

	it.each([
		['Spanish', 'Quiero un haircut', 'el viernes a las 10', '2030-01-04T09:00:00.000Z', 'Cuándo: vie, 4 ene, 10:00'],
		['Russian', 'Хочу haircut', 'в пятницу в 10:30', '2030-01-04T09:30:00.000Z', 'Когда: пт, 4 янв., 10:30'],
		['Ukrainian', 'Хочу haircut', 'у п’ятницю о 16:00', '2030-01-04T15:00:00.000Z', 'Коли: пт, 4 січ., 16:00'],
		['German', 'Ich möchte einen Haircut', 'am Freitag um halb elf', '2030-01-04T09:30:00.000Z', 'Termin: Fr., 4. Jan., 10:30'],
	])('is wished for by day and time in %s', (language, order, when, start, told) => {
		const talk = salon(language, {}, { session: { city: 'Madrid', clientName: 'Anna', phone: '+34600111222' } });
		expect(talk.say(order).slot).toBeNull();
		const commit = talk.say(when);
		expect(commit).toMatchObject({ send_payment_link: true, slot: { start } });
		expect(commit.response).toContain(told);
	});

	it('is asked about before anything is ordered, and ordered by choosing a time', () => {
		const talk = salon('English');
		expect(talk.say('When can I come for a haircut?').response).toContain('These times are free:\n1. Wed 2 Jan, 13:00');
		expect(talk.say('on Friday').response).toContain('Which one do you mean?\n1. Fri 4 Jan, 09:00\n2. Fri 4 Jan, 13:00');
		expect(talk.say('the first one please')).toMatchObject({ slot: { start: '2030-01-04T08:00:00.000Z' }, items: [{ SKU: 'cut', quantity: 1 }] });
		expect(talk.say('Anna +34600111222, Madrid').send_payment_link).toBe(true);
	});

	it('says that a time is not free, with what is, and goes on from there', () => {
		const talk = salon('German', {}, { session: { city: 'Madrid', clientName: 'Anna', phone: '+34600111222' } });
		talk.say('Ich möchte einen Haircut');
		expect(talk.say('morgen um 20 Uhr').response).toContain('Diese Zeit ist nicht frei. Frei sind:\n1. Fr., 4. Jan., 09:00');
		expect(talk.say('der dritte')).toMatchObject({ send_payment_link: true, slot: { start: '2030-01-07T08:00:00.000Z' } });
	});

	it('is chosen for each service of an order, never two at once', () => {
		const talk = salon('English');
		talk.say('haircut and hair colouring please, Madrid, Anna, +34600111222');
		expect(talk.say('2').response).toContain('When would suit you (“Hair colouring”)? Please choose one:\n1. Wed 2 Jan, 13:00\n2. Thu 3 Jan, 10:00');
		const commit = talk.say('on Friday at 12');
		expect(commit.send_payment_link).toBe(true);
		expect(commit.response).toContain('When: Haircut — Thu 3 Jan, 09:00\nWhen: Hair colouring — Fri 4 Jan, 12:00');
	});

	it('is told to be gone when it was taken since it was chosen', () => {
		const taken = { session: { cart: [{ sku: 'cut', quantity: 1 }], slots: [{ kind: 'appointment', sku: 'cut', start: '2030-01-03T08:00:00.000Z', end: '2030-01-03T09:00:00.000Z' }], city: 'Madrid', awaiting: ['name', 'phone'] } } as const;
		const talk = salon('English', { busy: [{ start: '2030-01-03T08:00:00Z', end: '2030-01-03T09:00:00Z' }] }, taken);
		const answer = talk.say('Anna, +34600111222');
		expect(answer.send_payment_link).toBe(false);
		expect(answer.response).toContain('That time isn’t free. These are:');
		expect(talk.session().slots).toEqual([]);
	});

	it('that nobody can have offers a person', () => {
		const talk = salon('English', { busy: [{ start: '2030-01-01T00:00:00Z', end: '2031-01-01T00:00:00Z' }] });
		expect(talk.say('I want a haircut').response).toContain('Right now there is no free time for “Haircut”. If you like, I can pass you on to a colleague.');
		expect(talk.say('yes please').handover).not.toBeNull();
	});

	it('is left to the team while the calendars don’t say what is taken', () => {
		const answer = salon('English', { unknown: true }).say('I want a haircut, Madrid, Anna, +34600111222');
		expect(answer).toMatchObject({ send_payment_link: true, slot: null });
		expect(answer.response).toContain('our team will agree on it with you');
		const wished = salon('English', { unknown: true }).say('I want a haircut tomorrow at 10:00, Madrid, Anna, +34600111222');
		expect(wished).toMatchObject({ send_payment_link: true, slot: null });
		expect(wished.response).not.toContain('no free time');
	});

	it('is not asked for where the company does not want it', () => {
		expect(salon('English', { asks: { appointmentSlot: false } }).say('I want a haircut, Madrid, Anna, +34600111222')).toMatchObject({ send_payment_link: true, slot: null });
	});

	it('leaves numbers that count alone', () => {
		expect(salon('English').say('I want 2 haircuts tomorrow at 10:00, Madrid, Anna, +34600111222').items).toEqual([{ SKU: 'cut', quantity: 2 }]);
		const shop = [{ ...emptyItem('sat', 'service', 'Saturday class'), priceCents: 900, paymentReminderHours: 2, online: true }, { ...emptyItem('sun', 'service', 'Sunday class'), priceCents: 900, paymentReminderHours: 2, online: true }];
		expect(talkTo(shop, 'English', { schedule: scheduleOf({ now: NOW }), company: { type: 'service' } }).say('I want the Saturday class').items).toEqual([{ SKU: 'sat', quantity: 1 }]);
	});
});

describe('a delivery', () => {
	it('needs an address and a window before the link', () => {
		const talk = florist('Russian');
		const asked = talk.say('Хочу букет из 20 роз');
		expect(asked.response).toContain('имя получателя, номер телефона с + и кодом страны и улицу и номер дома');
		expect(asked.response).toContain('Когда доставить? Выберите вариант:\n1. чт, 3 янв., 10:00–14:00\n2. чт, 3 янв., 14:00–18:00');
		talk.say('Валенсия, Анна, +34600111222');
		expect(talk.say('ул. Ленина 12, кв 4')).toMatchObject({ address: 'ул. Ленина 12, кв 4', send_payment_link: false, items: [{ SKU: '1001', quantity: 1 }] });
		const commit = talk.say('2');
		expect(commit).toMatchObject({ send_payment_link: true, slot: { kind: 'delivery', start: '2030-01-03T13:00:00.000Z' } });
		expect(commit.response).toContain('Адрес: ул. Ленина 12, кв 4\nВремя доставки: чт, 3 янв., 14:00–18:00');
	});

	it('is chosen by day and part of the day', () => {
		const talk = florist('English');
		talk.say('20 roses to Valencia, Anna +34600111222, Calle Mayor 5, 2º B');
		expect(talk.session().address).toBe('Calle Mayor 5, 2º B');
		expect(talk.say('Saturday').response).toContain('That time isn’t free. These are:\n1. Mon 7 Jan, 10:00–14:00');
		expect(talk.say('Monday afternoon')).toMatchObject({ send_payment_link: true, slot: { start: '2030-01-07T13:00:00.000Z' }, items: [{ SKU: '1001', quantity: 1 }] });
	});

	it('has its windows told when the city is known, where cities have their own', () => {
		const talk = florist('English', { cities: [{ city: 'Valencia', cutOff: '09:00' }] });
		expect(talk.say('20 roses please').response).not.toContain('When shall we deliver');
		// The cut-off has passed: from tomorrow's midnight on, plus the day that the bouquet takes.
		expect(talk.say('Valencia, Anna, +34600111222, Calle Mayor 5').response).toContain('When shall we deliver? Please choose one:');
	});

	it('needs neither where everything is online', () => {
		const shop = [{ ...emptyItem('pdf', 'product', 'Guide'), priceCents: 500, paymentReminderHours: 2, online: true }];
		expect(talkTo(shop, 'English', { schedule: scheduleOf({ now: NOW }) }).say('I want the guide, Anna, +34600111222')).toMatchObject({ send_payment_link: true, slot: null, address: '' });
	});
});
