import { describe, expect, it } from 'vitest';
import { guardedTalk } from './test-support/guarded-talk.ts';
import { FLORIST, HOTEL } from './test-support/shops.ts';
import type { TalkOptions } from './test-support/talk.ts';

const greeted = { session: { greeted: true } } satisfies TalkOptions;
const hotel = { company: { type: 'service', name: 'Hotel Canarian' } } satisfies TalkOptions;
const openOrder = {
	id: 'o', status: 'awaiting_payment', paymentStatus: 'payment_link_sent', totalCents: 6740, paymentUrl: 'https://pay.example/p/abc',
	lines: [{ sku: '1001', name: 'Букет из 20 роз', quantity: 1 }],
} as const;
/** Notes for the operator; everything else among the violations means that the guard replaced the answer. */
const NOTES = new Set(['no_payment_reminder', 'payment_account_not_ready']);

describe('under the guard, as the backend runs it', () => {
	it('the florist\'s order reaches checkout with 59.90 + 7.50', () => {
		const say = guardedTalk(FLORIST, 'Russian');
		say('Здравствуйте! Сколько стоит букет?');
		say('Хочу 20 роз и открытку в Валенсию');
		expect(say('Анна, +34 600 111 222')).toMatchObject({
			send_payment_link: true, products_sum: 5990, delivery_sum: 750, total_sum: 6740, units_to_buy: 2, free_delivery: false, city: 'Валенсия',
			recipient_phone_number: '+34600111222', client_name: 'Анна', payment_reminder_hours: 3, model: 'offline', origin: 'offline', violations: [],
		});
	});

	it('a free online service is committed without a sum', () => {
		const say = guardedTalk(HOTEL, 'English', hotel);
		say('I\'d like to book the holiday planning call');
		expect(say('John Smith, +44 20 7946 0958')).toMatchObject({ send_payment_link: true, total_sum: 0, city: 'online', violations: [] });
	});

	it('the service without a payment reminder gets no link, and the operator is told why', () => {
		const decision = guardedTalk(HOTEL, 'English', hotel)('Please book the introductory diving in Tenerife, my name is Bob, +34600111222');
		expect(decision.send_payment_link).toBe(false);
		expect(decision.violations.map(({ code }) => code)).toEqual(['no_payment_reminder']);
		expect(decision.response).toContain('our team will arrange the payment');
	});

	it.each<[string, typeof FLORIST, string, TalkOptions, readonly string[]]>([
		['orders in English', FLORIST, 'English', {}, ['hello', 'I\'d like the bouquet of 20 roses', 'no, 2 of those', 'and a card too', 'remove the card', 'Girona', 'ok, Madrid', 'Kate, +34600111222', 'thanks']],
		['orders in Spanish', FLORIST, 'Spanish', {}, ['Hola\nquiero 20 rosas\n¿cuánto cuesta?', 'Valencia', 'Ana', '34600111222', '+34 600 111 222']],
		['packs in Russian', FLORIST, 'Russian', {}, ['Хочу 40 роз', 'второй', 'нет, 1 такой', 'убери розы', 'сколько стоят 2 букета из 20 роз?', 'беру', '30 роз в Мадрид']],
		['stock and phone', FLORIST, 'Russian', greeted, ['хочу 5000 открыток в мадрид', '3', 'Пётр', 'на этот номер', '+79991112233']],
		['questions in English', FLORIST, 'English', greeted, ['How much is delivery?', 'Which cities do you deliver to?', 'And to Paris?', 'How can I pay?', 'What do you have?', 'Tell me more about the bouquet of 20 roses', 'what is the supplier contact?', 'I want a refund', 'what is the weather like?']],
		['questions in Russian', FLORIST, 'Russian', greeted, ['Сколько стоит доставка?', 'Куда доставляете?', 'доставляете в Валенсию?', 'что у вас есть?', 'контакт поставщика?', 'открытка', 'сколько едет доставка букета из 10 роз?', 'отмена']],
		['a hotel in English', HOTEL, 'English', hotel, ['Hi', 'Tell me more details about the spa ritual', 'who is it not suitable for?', 'where is it?', 'how long is it?', 'what should I bring?', 'how can I contact you?', 'I want 13 of those', '3', 'Tenerife', 'Bob Stone, +1 202 555 0100']],
		['a hotel in Spanish', HOTEL, 'Spanish', hotel, ['¿qué servicios tienen?', '¿cuánto cuesta el whale watching?', 'quiero 2', 'Los Gigantes', 'Juan Pérez', '+34 600 111 222']],
		['an open order', FLORIST, 'English', { ...greeted, order: openOrder }, ['I paid', 'how do I pay?', 'where is my order?', 'cancel my order']],
		['a paid order', FLORIST, 'Russian', { ...greeted, order: { ...openOrder, status: 'paid', paymentStatus: 'paid', paymentUrl: '' } }, ['я оплатил', 'где мой заказ?', 'хочу вернуть деньги', 'хочу ещё 10 роз']],
	])('lets every answer through: %s', (_, shop, language, options, turns) => {
		const say = guardedTalk(shop, language, options);
		for (const turn of turns) {
			const { violations, response } = say(turn);
			expect(violations.filter(({ code }) => !NOTES.has(code)), `${turn} → ${response}`).toEqual([]);
		}
	});
});
