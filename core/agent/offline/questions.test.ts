import { describe, expect, it } from 'vitest';
import { FLORIST, HOTEL } from './test-support/shops.ts';
import { talkTo } from './test-support/talk.ts';

const greeted = { session: { greeted: true } };
const hotel = { company: { type: 'service' }, ...greeted } as const;

describe('the first answer (rule 17)', () => {
	it('lists the items with prices, the first name early, and greets once', () => {
		const talk = talkTo(FLORIST, 'Russian');
		const first = talk.say('привет').response;
		for (const item of FLORIST) expect(first).toContain(item.name);
		expect(first.indexOf('Букет из 20 роз')).toBeLessThan(200);
		expect(first).toContain('Открытка — бесплатно');
		expect(first).not.toContain('0,00');
		expect(talk.say('привет').response).not.toContain('Здравствуйте');
	});

	it('lists as many as the company wants, names the other categories, and goes on when asked', () => {
		const shop = Array.from({ length: 40 }, (_, n) => ({ ...(HOTEL[0] ?? FLORIST[0]!), sku: `s${n}`, name: `Session number ${n}x`, category: n < 20 ? 'Early' : 'Late' }));
		const talk = talkTo(shop, 'English', { company: { type: 'service' } });
		const first = talk.say('hello').response;
		expect(first.match(/•/g)).toHaveLength(12);
		expect(first).toContain('There is more in Early and Late');
		const second = talk.say('more').response;
		expect(second.match(/•/g)).toHaveLength(12);
		expect(second).toContain('Session number 12x');
		expect(second).not.toContain('Session number 11x');
	});

	it('stays within the channel\'s length whatever the names', () => {
		const shop = Array.from({ length: 12 }, (_, n) => ({ ...(FLORIST[0]!), sku: `s${n}`, name: `${'Very long name '.repeat(40)}${n}` }));
		expect(talkTo(shop, 'English').say('hi').response.length).toBeLessThanOrEqual(3306);
	});

	it('says so when there is nothing to offer', () => {
		expect(talkTo([], 'English').say('hello').response).toContain('can’t offer anything yet');
	});
});

describe('delivery and places', () => {
	it('tells the fee, the free threshold and the time of one item', () => {
		const answer = talkTo(FLORIST, 'Spanish', greeted).say('¿Cuánto cuesta la entrega del bouquet de 20 rosas y cuánto tarda?').response;
		expect(answer).toContain('La entrega cuesta 7,50 € por pedido (gratis a partir de 100,00 €).');
		expect(answer).toContain('como máximo 4 horas');
	});

	it('tells delivery in general, by item where it differs', () => {
		const answer = talkTo(FLORIST, 'English', greeted).say('How much is delivery?').response;
		expect(answer).toContain('Букет из 20 роз; Букет из 10 роз; Роза, 1 шт.: Delivery costs €7.50 per order (free from €100.00).');
		expect(answer).toContain('• Открытка: Delivery is free.');
	});

	it.each([
		['English', 'Which cities do you deliver to?', 'Барселона, Валенсия, Мадрид and Жирона'],
		['Russian', 'Куда доставляете?', 'Барселона, Валенсия, Мадрид и Жирона'],
		['Spanish', '¿En qué ciudades entregan?', 'Барселона, Валенсия, Мадрид y Жирона'],
		['English', 'Do you deliver to Valencia?', 'Yes, we deliver there.'],
		['Russian', 'вы доставляете в Валенсию?', 'Да, туда доставляем.'],
		['Spanish', '¿Entregáis en París?', 'allí no entregamos'],
	])('%s: %s', (language, question, expected) => {
		const talk = talkTo(FLORIST, language, greeted);
		expect(talk.say(question).response).toContain(expected);
		expect(talk.session().city).toBe('');
	});

	it('says where one service takes place, and that an online one is online', () => {
		expect(talkTo(HOTEL, 'English', hotel).say('Where is the spa ritual?').response).toContain('is available in: Tenerife');
		expect(talkTo(HOTEL, 'English', hotel).say('Where is the holiday planning call?').response).toContain('online');
	});
});

describe('details and contacts (rules 4, 5)', () => {
	const ALL_DETAILS = ['Hot stones, herbal tea', 'Tips, travel insurance', 'Certified staff', 'Weather', 'Guests over 16', 'People with heart conditions'];

	it.each([
		['What\'s included in the spa ritual?', ['Hot stones, herbal tea']],
		['What is not included in the spa ritual?', ['Tips, travel insurance']],
		['Who is the spa ritual not suitable for?', ['People with heart conditions']],
		['Tell me more details about the spa ritual', ALL_DETAILS],
		['How much is the spa ritual?', []],
		['hello', []],
	])('%s', (question, told) => {
		const answer = talkTo(HOTEL, 'English', hotel).say(question);
		for (const detail of ALL_DETAILS) expect(answer.response.includes(detail), detail).toBe(told.includes(detail));
		if (told.length > 0) expect(question).toContain(answer.quotes.details);
	});

	it('describes an item that has no further details, or only a picture', () => {
		for (const question of ['расскажите подробнее про букет из 20 роз', 'есть фото букета из 20 роз?']) {
			expect(talkTo(FLORIST, 'Russian', greeted).say(question).response).toContain('Букет из 20 роз — 59,90 €\nДвадцать красных роз, 60 см');
		}
	});

	it('tells the duration and what to bring', () => {
		const talk = talkTo(HOTEL, 'English', hotel);
		expect(talk.say('How long is the spa ritual?').response).toContain('Duration: 90 minutes.');
		expect(talk.say('What should I bring?').response).toContain('Bring a towel');
	});

	it('releases contacts only when they are asked for, with the quote', () => {
		const talk = talkTo(FLORIST, 'Russian', greeted);
		expect(talk.say('сколько стоит букет из 20 роз?').response).not.toContain('+34 611');
		const asked = talk.say('дайте контакт поставщика');
		expect(asked.response).toContain('Поставщик: +34 611 222 333');
		expect(asked.response).not.toContain('vozvrat');
		expect(asked.quotes.contacts).toBe('поставщика');
	});

	it('gives refund contacts on a refund request', () => {
		const order = { id: 'o', status: 'paid', paymentStatus: 'paid', totalCents: 5990, paymentUrl: '', lines: [{ sku: '1001', name: 'Букет из 20 роз', quantity: 1 }] } as const;
		const answer = talkTo(FLORIST, 'Spanish', { ...greeted, order }).say('quiero un reembolso');
		expect(answer).toMatchObject({ intent: 'refund', quotes: { refund: 'reembolso' } });
		expect(answer.response).toContain('Devoluciones: vozvrat@flores.example');
		expect(answer.response).not.toContain('+34 611');
	});

	it('says that there is no page, picture or video where there is none', () => {
		const talk = talkTo(FLORIST, 'English', greeted);
		expect(talk.say('Do you have a website for the bouquet of 20 roses?').response).toContain('there is none for this item');
		expect(talkTo(FLORIST, 'Russian', greeted).say('есть сайт для композиции лето?').response).toContain('https://flores.example/leto');
	});
});

describe('payment (rule 13)', () => {
	const order = { id: 'o', status: 'awaiting_payment', paymentStatus: 'payment_link_sent', totalCents: 6740, paymentUrl: 'https://pay.example/p1', lines: [] } as const;

	it.each([
		['English', 'I already paid', order, 'I don’t see the payment for your order of €67.40 yet. You can pay here: https://pay.example/p1'],
		['Russian', 'Я оплатил', { ...order, status: 'paid' } as const, 'Ваш заказ оплачен'],
		['Spanish', 'ya he pagado', { ...order, status: 'confirmed', totalCents: 0, paymentUrl: '' } as const, 'Tu pedido es gratis'],
		['English', 'I paid', undefined, 'There is no order to pay for yet.'],
		['Spanish', '¿Cómo puedo pagar?', undefined, 'recibirás un enlace'],
		['Russian', 'пришлите ссылку на оплату', order, 'https://pay.example/p1'],
	])('%s: %s', (language, text, last, expected) => {
		const answer = talkTo(FLORIST, language, { ...greeted, ...(last === undefined ? {} : { order: last }) }).say(text);
		expect(answer.response).toContain(expected);
		expect(answer).toMatchObject({ intent: 'payment', send_payment_link: false });
	});

	it('promises no link when the company can\'t take charges', () => {
		const answer = talkTo(FLORIST, 'English', { ...greeted, company: { paymentReady: false } }).say('How can I pay?');
		expect(answer.response).toContain('Our team will arrange the payment');
	});
});

describe('everything else', () => {
	it.each([
		['English', 'I want to talk to a manager'],
		['Spanish', 'quiero hablar con una persona'],
		['Russian', 'позовите оператора'],
		['English', 'this is URGENTE please'],
	])('hands over: %s: %s', (language, text) => {
		const answer = talkTo(FLORIST, language, { ...greeted, company: { handoverKeywords: ['urgente'] } }).say(text);
		expect(answer.intent).toBe('handover');
		expect(answer.handover).not.toBeNull();
		expect(text.toLowerCase()).toContain(answer.quotes.handover?.toLowerCase());
	});

	it('hands a complaint over with an apology', () => {
		expect(talkTo(FLORIST, 'Russian', greeted).say('Ужасно, цветы не привезли!')).toMatchObject({ intent: 'complaint', handover: { reason: 'complaint' } });
	});

	it('declines off-topic in one sentence', () => {
		const answer = talkTo(FLORIST, 'English', greeted).say('What will the weather be tomorrow?');
		expect(answer).toMatchObject({ intent: 'off_topic', response: 'I can’t help with that, but I’ll gladly tell you about our products, prices and delivery.' });
	});

	it('asks once what was meant, and hands over the second time', () => {
		const talk = talkTo(FLORIST, 'English', greeted);
		expect(talk.say('asdf qwer')).toMatchObject({ intent: 'unclear', handover: null });
		expect(talk.say('zxcv')).toMatchObject({ intent: 'unclear', handover: { reason: 'two unclear turns in a row' } });
	});

	it('keeps what it asked for across an off-topic turn', () => {
		const talk = talkTo(FLORIST, 'English', greeted);
		talk.say('20 roses to Madrid');
		talk.say('tell me a joke');
		expect(talk.say('Anna +34600111222')).toMatchObject({ send_payment_link: true, client_name: 'Anna' });
	});

	it('answers in English for a language without phrases', () => {
		expect(talkTo(FLORIST, 'Finnish').say('moi')).toMatchObject({ language: 'English' });
	});

	it('is pure: the same facts give the same answer', () => {
		expect(talkTo(FLORIST, 'English').say('20 roses')).toEqual(talkTo(FLORIST, 'English').say('20 roses'));
	});
});
