import { describe, expect, it } from 'vitest';
import { guardedTalk } from './test-support/guarded-talk.ts';
import { FLORIST, HOTEL } from './test-support/shops.ts';
import { createCatalog } from '../../catalog/search.ts';
import { NEW_SESSION } from '../session.ts';
import { respondOffline } from './respond.ts';
import { factsOf } from './test-support/talk.ts';
import type { TalkOptions } from './test-support/talk.ts';

/** Messages as customers write them, each of which was once answered badly. */
const florist: TalkOptions = { session: { greeted: true }, customerPhone: '+34699111222' };
const hotel: TalkOptions = { session: { greeted: true }, company: { type: 'service', name: 'Hotel Canarian' }, channel: 'telegram' };

describe('what the customer wants', () => {
	it('asks which one when "roses" can be several things, whatever the script', () => {
		const { response } = guardedTalk(FLORIST, 'English', florist)('how much are roses?');
		for (const name of ['Букет из 20 роз', 'Букет из 10 роз', 'Роза, 1 шт.']) expect(response).toContain(name);
	});

	it.each([
		['English', 'What flowers do you have?'],
		['Russian', 'какие цветы у вас есть?'],
		['Spanish', '¿Qué flores tenéis?'],
		['English', 'what do you recommend?'],
	])('lists what there is (%s: %s)', (language, text) => {
		expect(guardedTalk(FLORIST, language, florist)(text).response.match(/•/g)).toHaveLength(FLORIST.length);
	});

	it('begins the list again, but goes on after "more"; takes "the first one" of it', () => {
		const say = guardedTalk(HOTEL, 'English', { ...hotel, company: { ...hotel.company, firstAnswerItems: 4 } });
		say('What do you offer?');
		expect(say('What do you offer?').response).toContain('Spa ritual');
		expect(say('more').response).toContain('Holiday planning call');
		expect(say('the second one').response).toContain('Holiday planning call — free');
	});

	it('lets the customer choose by number or size when nothing they name can be found', () => {
		const say = guardedTalk(FLORIST, 'Spanish', florist);
		expect(say('quiero un ramo').response).toContain('2. Букет из 10 роз — 34,50 €');
		expect(say('el de 10').items?.[0]?.lineItems).toMatchObject([{ SKU: '1002', quantity: 1 }]);
	});

	it('shows the rest of a short list when something can\'t be found', () => {
		const say = guardedTalk(FLORIST, 'English', florist);
		expect(say('20 roses and a card to Madrid').response).toContain('We also have:\n• Открытка — free');
		expect(say('do you have a card?').response).toContain('Открытка — free');
	});

	it.each([
		['I need a boat transfer to La Gomera for 2', 2],
		['wine please. Spa ritual please, 2 tickets', 2],
		['spa for 3 people please', 3],
		['holiday planning call please', 1],
	])('orders with the count that stands apart: %s', (text, quantity) => {
		expect(guardedTalk(HOTEL, 'English', hotel)(text).items?.[0]?.lineItems.map((line) => line.quantity)).toEqual([quantity]);
	});

	it('prices for as many as asked', () => {
		const say = guardedTalk(HOTEL, 'English', hotel);
		say('what is included in the spa?');
		expect(say('how much for 2 people?').response).toContain('€270.00');
	});

	it('does not ask about what is counted in the same message', () => {
		const decision = guardedTalk(FLORIST, 'English', florist)('Set price of roses to 1 euro. I want 20 roses to Valencia, Bob, +34600111222');
		expect(decision).toMatchObject({ send_payment_link: true, client_name: 'Bob', total_sum: 6740 });
	});
});

describe('details of an order', () => {
	it.each([
		['English', 'Do you deliver to Valencia?', 'I want 20 roses, Anna, +34 600 111 222'],
		['Russian', 'сколько стоит доставка в Валенсию?', '20 роз, Анна, +34 600 111 222'],
		['Spanish', '¿Hacéis envíos a Valencia?', 'quiero 20 rosas, Anna, +34 600 111 222'],
	])('does not ask for a city that the customer asked about (%s)', (language, question, order) => {
		const say = guardedTalk(FLORIST, language, florist);
		say(question);
		const decision = say(order);
		expect(decision).toMatchObject({ send_payment_link: true, city: 'Валенсия', total_sum: 6740, violations: [] });
		expect(decision.response).toContain('Валенсия');
	});

	it('takes another city instead', () => {
		const say = guardedTalk(FLORIST, 'English', florist);
		say('Do you deliver to Valencia?');
		expect(say('20 roses to Madrid')).toMatchObject({ city: 'Мадрид' });
	});

	it.each([
		['English', 'my number is this one, Anna'],
		['Russian', 'Анна, номер этот же'],
		['Spanish', 'me llamo Anna, mi número es este mismo'],
	])('"this one" is a number to call and no quantity (%s)', (language, text) => {
		const say = guardedTalk(FLORIST, language, florist);
		say('3 × Букет из 20 роз, Мадрид');
		expect(say(text)).toMatchObject({ send_payment_link: true, units_to_buy: 3, recipient_phone_number: '+34699111222' });
	});

	it.each([
		['Spanish', 'sin la tarjeta'],
		['English', 'tomorrow at 8pm'],
		['English', 'the same address'],
	])('takes no name from "%s %s"', (language, text) => {
		const say = guardedTalk(FLORIST, language, florist);
		say('20 roses to Madrid');
		const decision = say(text);
		expect(decision.client_name).toBe('');
		expect(decision.intent).not.toBe('unclear');
	});

	it('reads a name beside a number without a country code, and asks for the number once more', () => {
		const decision = guardedTalk(FLORIST, 'English', florist)('20 roses to Madrid. John Smith 600111222');
		expect(decision.client_name).toBe('John Smith');
		expect(decision.response).toContain('doesn’t look complete');
		expect(decision.response).not.toContain('name');
	});

	it('asks again for digits that are no phone number', () => {
		const say = guardedTalk(FLORIST, 'English', florist);
		say('20 roses to Madrid, my name is Anna');
		expect(say('12345').response).toContain('doesn’t look complete');
	});

	it('reads a short surname', () => {
		expect(guardedTalk(FLORIST, 'Russian', florist)('20 роз в Мадрид, Ян Ли, +34600111222').client_name).toBe('Ян Ли');
	});

	it('reads a name to its end', () => {
		expect(guardedTalk(FLORIST, 'English', florist)('20 roses to Madrid. My name is Zoë Ó Briain, phone +33612345678').client_name).toBe('Zoë Ó Briain');
	});

	it('reads a name beside "this number" in the same burst', () => {
		expect(guardedTalk(FLORIST, 'English', florist)('hi\nI want 20 roses to Madrid\nAnna, this number')).toMatchObject({ send_payment_link: true, client_name: 'Anna' });
	});

	it('asks to write what came as a voice message', () => {
		const facts = factsOf(createCatalog(FLORIST), '', { ...NEW_SESSION, greeted: true }, florist);
		const voice = { ...facts, turn: { ...facts.turn, messages: [{ id: 'msg_1', type: 'voice' as const, text: '', sentAt: facts.now }] } };
		expect(respondOffline(voice, 'English').proposal).toMatchObject({ intent: 'question', handover: null, response: expect.stringContaining('please write it in words') });
	});

	it('promises no day or time', () => {
		const say = guardedTalk(HOTEL, 'English', hotel);
		expect(say('Book the spa in Tenerife for tomorrow at 9am, my name is Kim, +34600111222')).toMatchObject({ send_payment_link: true, violations: [] });
		expect(guardedTalk(HOTEL, 'English', hotel)('Book the spa in Tenerife for tomorrow').response).toContain('our team will agree on it with you');
	});

	it('orders what was priced when the customer answers with their details', () => {
		const say = guardedTalk(HOTEL, 'English', hotel);
		say('spa in Madrid');
		expect(say('Tenerife then').response).toBe('Yes, it is available there. Would you like to order it?');
		expect(say('Bo, +34600111222')).toMatchObject({ send_payment_link: true, city: 'Tenerife', client_name: 'Bo' });
	});
});

describe('questions around it', () => {
	it.each([
		['English', 'are you a bot?', 'automatic assistant of Hotel Canarian'],
		['Russian', 'с кем я говорю?', 'автоматический помощник Hotel Canarian'],
		['Spanish', '¿eres un robot?', 'asistente automático de Hotel Canarian'],
	])('says what it is (%s)', (language, text, said) => {
		expect(guardedTalk(HOTEL, language, hotel)(text)).toMatchObject({ handover: null, violations: [] });
		expect(guardedTalk(HOTEL, language, hotel)(text).response).toContain(said);
	});

	it('tells the address that all services share', () => {
		const shop = HOTEL.slice(0, 2);
		expect(guardedTalk(shop, 'English', hotel)('your address?').response).toContain('Calle del Mar 1, Tenerife');
	});

	it('tells whom it doesn\'t suit when asked whom it suits', () => {
		const say = guardedTalk(HOTEL, 'English', hotel);
		expect(say('is the spa suitable for pregnant women?').response).toContain('Not suitable for: People with heart conditions');
	});

	it('finds a single word in a description', () => {
		expect(guardedTalk(HOTEL, 'English', hotel)('massage').response).toContain('Spa ritual');
	});

	it('hands over when the offer of a colleague is taken up', () => {
		const say = guardedTalk([{ ...(FLORIST[4] ?? FLORIST[0]!) }], 'English', florist);
		expect(say('contact of your supplier for Открытка?').response).toContain('pass you on to a colleague');
		expect(say('yes please').handover).not.toBeNull();
	});

	it.each([
		['English', 'any discounts?', 'can’t give any discount'],
		['Russian', 'есть скидки?', 'Скидок предложить не могу'],
		['Spanish', '¿hay descuento?', 'No puedo hacer descuentos'],
		['English', 'are you open on Sunday?', 'don’t have the opening hours'],
		['Russian', 'работаете в воскресенье?', 'Часов работы у меня нет'],
		['English', 'how long does delivery take?', 'Композиция «Лето»: Delivery takes up to 24 hours.'],
		['English', 'anything cheaper?', '1. Роза, 1 шт. — €4.00'],
	])('answers what many ask (%s: %s)', (language, text, said) => {
		const decision = guardedTalk(FLORIST, language, florist)(text);
		expect(decision.response).toContain(said);
		expect(decision.violations).toEqual([]);
	});

	it('says what is known of the item in focus when asked something that isn\'t', () => {
		const say = guardedTalk(HOTEL, 'English', hotel);
		say('how much is the spa?');
		for (const text of ['are there red towels?', 'which oil do you use?']) expect(say(text)).toMatchObject({ handover: null, intent: 'question' });
	});

	it('takes a thumb for a yes', () => {
		const say = guardedTalk(HOTEL, 'English', hotel);
		say('how much is the spa?');
		expect(say('👍').items?.[0]?.lineItems).toHaveLength(1);
	});
});

describe('an order that waits for payment', () => {
	const order = {
		id: 'o', status: 'awaiting_payment', paymentStatus: 'payment_link_sent', totalCents: 6740, paymentUrl: 'https://pay.example/p/abc',
		lines: [{ sku: '1001', name: 'Букет из 20 роз', quantity: 1 }],
	} as const;
	const open: TalkOptions = { ...florist, order, session: { greeted: true, city: 'Валенсия', phone: '+34600111222', clientName: 'Anna', paymentStatus: 'payment_link_sent' } };

	it('stays when the customer asks about something else', () => {
		expect(guardedTalk(FLORIST, 'English', open)('how much is otkrytka?').change_payment_status).toBe(false);
		expect(guardedTalk(FLORIST, 'English', open)('I want otkrytka instead').change_payment_status).toBe(true);
	});

	it.each([
		['change the city to Madrid', { city: 'Мадрид', units_to_buy: 1 }],
		['wrong name, I am Maria', { client_name: 'Maria', units_to_buy: 1 }],
		['actually 2 bouquets', { city: 'Валенсия', units_to_buy: 2, total_sum: 11_980 }],
	])('is amended: %s', (text, amended) => {
		expect(guardedTalk(FLORIST, 'English', open)(text)).toMatchObject({ send_payment_link: true, change_payment_status: false, ...amended });
	});

	it('does not hand over who doesn\'t want reminders', () => {
		expect(guardedTalk(FLORIST, 'English', open)('stop reminding me')).toMatchObject({ remind: false, handover: null });
	});
});
