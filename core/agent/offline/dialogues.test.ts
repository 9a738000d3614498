import { describe, expect, it } from 'vitest';
import { FLORIST, HOTEL } from './test-support/shops.ts';
import { talkTo } from './test-support/talk.ts';

const ROSES_AND_CARD = [{ SKU: '1001', quantity: 1 }, { SKU: '1005', quantity: 1 }];

describe('a florist with a Russian catalog', () => {
	it('prices a bouquet, takes 20 roses and a card to Valencia, and commits once phone and name are there', () => {
		const talk = talkTo(FLORIST, 'Russian');

		const prices = talk.say('Здравствуйте! Сколько стоит букет?');
		expect(prices.response).toContain('Букет из 20 роз — 59,90 €');
		expect(prices.response).toContain('Букет из 10 роз — 34,50 €');
		expect(prices.response).not.toContain('Открытка');
		expect(prices).toMatchObject({ intent: 'question', items: null, send_payment_link: false });

		const order = talk.say('Хочу 20 роз и открытку в Валенсию');
		expect(order.items).toEqual(ROSES_AND_CARD);
		expect(order.requested).toEqual([{ count: 20, noun: 'роз', quote: '20 роз' }]);
		expect(order).toMatchObject({ intent: 'order', city: 'Валенсия', send_payment_link: false });
		expect(order.response).toContain('Открытка — бесплатно');
		expect(order.response).toContain('Чтобы оформить заказ, напишите, пожалуйста, имя получателя и номер телефона с + и кодом страны.');
		expect(talk.session().awaiting).toEqual(['name', 'phone']);

		const commit = talk.say('Анна, +34 600 111 222');
		expect(commit).toMatchObject({
			intent: 'order', send_payment_link: true, city: 'Валенсия', client_name: 'Анна', recipient_phone_number: '+34600111222', language: 'Russian',
			order_description: '1 × Букет из 20 роз; 1 × Открытка',
		});
		expect(commit.items).toEqual(ROSES_AND_CARD);
		expect(commit.response).toContain('Товары: 59,90 €\nДоставка: 7,50 €\nИтого: 67,40 €');
		expect(commit.response).toContain('ссылка на оплату');
		expect(commit.response).not.toContain('http');
		expect(talk.session()).toMatchObject({ cart: [], awaiting: [], phone: '+34600111222', clientName: 'Анна', city: 'Валенсия' });

		expect(talk.say('спасибо!')).toMatchObject({ send_payment_link: false, items: null });
	});

	it.each([
		['Russian', 'Хочу 20 роз и открытку в Валенсию, меня зовут Анна, телефон +34 600 111 222'],
		['Russian', '20 роз, открытка. Валенсия. Анна Петрова +34600111222'],
		['Spanish', 'Hola, quiero 20 rosas y una otkrytka a Valencia. Me llamo Anna, mi teléfono es +34 600 111 222'],
		['English', 'Hi! I\'d like 20 roses and one otkrytka to Valencia, my name is Anna, +34600111222'],
	])('commits at once when everything is in one message (%s: %s)', (language, text) => {
		const commit = talkTo(FLORIST, language).say(text);

		expect(commit.items).toEqual(ROSES_AND_CARD);
		expect(commit).toMatchObject({ send_payment_link: true, city: 'Валенсия', recipient_phone_number: '+34600111222', language });
		expect(commit.client_name).toMatch(/^(?:Анна|Анна Петрова|Anna)$/);
		expect(commit.response).toMatch(/67[.,]40/);
	});

	it('asks for what is missing only, when details come one per message, and never twice for the same', () => {
		const talk = talkTo(FLORIST, 'Spanish');

		expect(talk.say('quiero 20 rosas').response).toContain('dime por favor la ciudad de entrega (Барселона, Валенсия, Мадрид), el nombre del destinatario y un teléfono');
		expect(talk.say('Valencia').response).toBe('Gracias, anotado.\n\nPara hacer el pedido, dime por favor el nombre del destinatario y un teléfono con + y el código del país.');
		expect(talk.say('+34 600 111 222').response).toBe('Gracias, anotado.\n\nPara hacer el pedido, dime por favor el nombre del destinatario.');
		const commit = talk.say('ana');
		expect(commit).toMatchObject({ send_payment_link: true, client_name: 'ana', city: 'Валенсия', items: [{ SKU: '1001', quantity: 1 }] });
	});

	it('answers three quick messages at once, in Spanish, with the price', () => {
		const answer = talkTo(FLORIST, 'Spanish').say('Hola\nquiero 20 rosas\n¿cuánto cuesta?');

		expect(answer.language).toBe('Spanish');
		expect(answer.response.match(/59,90 €/g)).toHaveLength(1);
		expect(answer.response).toMatch(/^¡Hola/);
		expect(answer.items).toEqual([{ SKU: '1001', quantity: 1 }]);
	});

	it('prices 20 roses without ordering them, and takes them with "беру"', () => {
		const talk = talkTo(FLORIST, 'Russian');

		const price = talk.say('Сколько стоят 20 роз?');
		expect(price.response).toContain('Букет из 20 роз — 59,90 €');
		expect(price.response).toContain('Доставка стоит 7,50 € за заказ (бесплатно от 100,00 €).');
		expect(price.response).toContain('Оформить заказ?');
		expect(talk.session().cart).toEqual([]);

		expect(talk.say('беру').items).toEqual([{ SKU: '1001', quantity: 1 }]);
		expect(talk.session().cart).toEqual([{ sku: '1001', quantity: 1 }]);
	});
});

describe('a hotel with services', () => {
	const hotel = { company: { name: 'Hotel Canarian', type: 'service' } } as const;

	it('takes a free online service: name and phone are asked for, never a city, and nothing is paid', () => {
		const talk = talkTo(HOTEL, 'English', hotel);

		const said = [
			talk.say('How much is the holiday planning call?'),
			talk.say('I\'d like to book it'),
			talk.say('John Smith'),
			talk.say('+44 20 7946 0958'),
		];
		const all = said.map(({ response }) => response).join('\n');

		expect(said[0]?.response).toContain('Holiday planning call — free');
		expect(said[0]?.response).toContain('Duration: 20 minutes. Format: video call. It takes place online.');
		expect(said[1]?.response).toContain('please tell me your name and a phone number with + and the country code.');
		expect(said[3]).toMatchObject({ send_payment_link: true, city: 'online', client_name: 'John Smith', recipient_phone_number: '+442079460958', items: [{ SKU: '113', quantity: 1 }] });
		expect(said[3]?.response).toContain('there is nothing to pay');
		expect(all).not.toMatch(/city|€|link/i);
	});

	it('takes it from one message too', () => {
		const commit = talkTo(HOTEL, 'English', hotel).say('Hello, please book the holiday planning call for me. My name is John Smith, +44 20 7946 0958');
		expect(commit).toMatchObject({ send_payment_link: true, city: 'online', client_name: 'John Smith', items: [{ SKU: '113', quantity: 1 }] });
	});

	it('promises no link for the service without a payment reminder: the team arranges the payment', () => {
		const commit = talkTo(HOTEL, 'English', hotel).say('I\'d like to book the introductory diving in Tenerife, my name is Bob, +34600111222');

		expect(commit.response).toContain('Introductory diving “Discover Scuba” — €125.00');
		expect(commit.response).toContain('our team will arrange the payment with you');
		expect(commit.response).not.toMatch(/link/i);
		expect(commit).toMatchObject({ city: 'Tenerife', items: [{ SKU: '112', quantity: 1 }] });
	});

	it('promises no link while the company can\'t take charges', () => {
		const talk = talkTo(HOTEL, 'English', { company: { ...hotel.company, paymentReady: false } });
		const commit = talk.say('Book the whale and dolphin watching in Los Gigantes, my name is Bob, +34600111222');
		expect(commit.response).toContain('our team will arrange the payment with you');
		expect(commit.response).toContain('Travel: €10.00\nTotal: €75.00');
	});

	it('reads the city beside a service that has another city in its name', () => {
		const talk = talkTo(HOTEL, 'English', hotel);
		const ordered = talk.say('I want to book 2 Boat transfer to La Gomera Island');
		expect(ordered.items).toEqual([{ SKU: '102', quantity: 2 }]);
		expect(ordered.response).toContain('the city (La Gomera)');
		expect(talk.say('La Gomera').city).toBe('La Gomera');
	});

	it('calls services services', () => {
		const talk = talkTo(HOTEL, 'English', hotel);
		talk.say('hello');
		expect(talk.say('blah blah').response).toContain('services');
		expect(talkTo(HOTEL, 'Spanish', hotel).say('quiero tulipanes').response).toContain('servicios');
	});
});
