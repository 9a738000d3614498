import { describe, expect, it } from 'vitest';
import { FLORIST, HOTEL } from '../offline/test-support/shops.ts';
import type { Item } from '../../catalog/item.ts';
import type { Proposal } from '../decision.ts';
import { decide } from '../decide.ts';
import { BAKERY, BIKES, factsOf, order, PORTS, proposal, TEA, type Scene } from './test-support/shops.ts';

/** Answers that a good assistant gives: none of them may be turned down. */
type Case = readonly [shop: readonly Item[], turn: string, response: string, proposed?: Partial<Proposal>, scene?: Scene];

const buy = (...lines: readonly (readonly [string, number])[]): Partial<Proposal> => ({ items: lines.map(([SKU, quantity]) => ({ SKU, quantity })), intent: 'order' });
const known = { city: 'Lyon', recipient_phone_number: '+33600111222', client_name: 'Anna' };
const cart = { session: { cart: [{ sku: 't1', quantity: 2 }], city: 'Lyon' } };

const ENGLISH: readonly Case[] = [
	[TEA, 'hi', 'Hello! How can I help you today?'],
	[TEA, 'hi', 'Hi there! Welcome to Corner House. Are you looking for something for yourself or a gift?'],
	[TEA, 'what do you have', 'Here is what we have:\n1. Morning Mist Green Tea — €12.90\n2. Smoky Pine Black Tea — €14.75\n3. Box of 6 Tea Candles — €8.70\n4. Greeting Card — free\nWhich one would you like?'],
	[TEA, 'what do you have', '• *Morning Mist Green Tea* – 12.90 EUR\n• *Smoky Pine Black Tea* – 14.75 EUR'],
	[TEA, 'how much is the green tea?', 'Morning Mist Green Tea is €12.90 per tin. Delivery costs €4.90 and is free from €50.'],
	[TEA, 'how much is the green tea?', 'It costs 12.90 euros.', { focus_sku: 't1' }],
	[TEA, 'how much is the green tea?', 'The price of Morning Mist Green Tea is twelve euros and 90 cents.'.replace('twelve euros and 90 cents', '12 euros and 90 cents')],
	[TEA, 'two tins of green tea please', 'Two tins of Morning Mist Green Tea come to €25.80, plus €4.90 for delivery: €30.70 in total.', buy(['t1', 2])],
	[TEA, '2 green teas and a card to Lyon', 'Noted:\n• 2 × Morning Mist Green Tea — €25.80\n• Greeting Card — free\nDelivery: €4.90\nTotal: €30.70\n\nPlease tell me your name and phone number.', { ...buy(['t1', 2], ['t4', 1]), city: 'Lyon' }],
	[TEA, '2 green teas and a card to Lyon, Anna, +33 600 111 222', 'Thank you, Anna! Your order: 2 × Morning Mist Green Tea and a Greeting Card to Lyon. Total with delivery: €30.70. Here is the payment link.', { ...buy(['t1', 2], ['t4', 1]), ...known, send_payment_link: true }],
	[TEA, 'do you deliver to Paris?', 'Yes, we deliver Morning Mist Green Tea to Paris, usually within 24 hours.'],
	[TEA, 'do you deliver to Madrid?', 'I\'m sorry, we don\'t deliver to Madrid. We deliver to Lyon and Paris.'],
	[TEA, 'do you deliver to Madrid?', 'Unfortunately, Madrid is outside our delivery area. Would Lyon or Paris work for you?'],
	[TEA, 'how long does delivery take', 'Delivery takes at most 24 hours.', { focus_sku: 't1' }],
	[TEA, 'how long does delivery of green tea take', 'Delivery of Morning Mist Green Tea takes up to 24 hours, so within a day.'],
	[TEA, 'any discount?', 'I\'m afraid there are no discounts at the moment, but delivery is free from €50.', { focus_sku: 't1' }],
	[TEA, 'can you give me 10% off?', 'Sorry, I can\'t offer a discount.'],
	[TEA, 'is the tasting good for 4 people?', 'The Tea Tasting Evening takes 90 minutes and costs €35. Shall I note it for 4 people?'],
	[TEA, 'is the tasting good for 4 people?', 'The Tea Tasting Evening lasts an hour and a half, that is 90 minutes.'],
	[TEA, 'something under 10 euros', 'Under €10 we have the Box of 6 Tea Candles for €8.70 and the Greeting Card, which is free.'],
	[TEA, 'do you have coffee?', 'I can\'t find coffee in our catalog. We do have green and black tea. Would you like to hear more?'],
	[TEA, 'i paid', 'I don\'t see your payment yet. Your order for €17.80 is waiting for payment: https://pay.example/pay/tok_1', {}, { order: order() }],
	[TEA, 'did my payment arrive?', 'Yes, your payment has been received. Thank you!', {}, { order: order({ status: 'paid', paymentStatus: 'paid' }) }],
	[TEA, 'how do i pay', 'Once your order is complete, I\'ll send you a secure payment link. As soon as the payment is received, we confirm your order.'],
	[TEA, 'how do i pay', 'After you confirm, you will receive a payment link here in the chat.'],
	[TEA, 'book the online lesson, Anna, +33 600 111 222', 'Thank you, Anna! Your Online Brewing Lesson is booked. It is free, there is nothing to pay.', { ...buy(['t6', 1]), ...known, city: 'online', send_payment_link: true }],
	[TEA, 'i want the online lesson', 'Great choice! The Online Brewing Lesson is free and takes 20 minutes. What is your name and phone number?', buy(['t6', 1])],
	[TEA, 'who is your supplier? contact please', 'The supplier of Morning Mist Green Tea is at +33 611 222 333.', { focus_sku: 't1' }],
	[TEA, 'tell me more details about smoky tea', 'Smoky Pine Black Tea is strong and smoky. It comes with a wooden measuring spoon and suits people who love campfires.'],
	[TEA, 'website of the green tea?', 'Here it is: https://tea.example/mist', { focus_sku: 't1' }],
	[TEA, 'send me a video', 'Sorry, there is no video for this item.', { focus_sku: 't1' }],
	[TEA, '50 tins of green tea', 'Morning Mist Green Tea is not available in that quantity. How many would you like instead?'],
	[TEA, 'green or black?', 'Both are lovely: Morning Mist Green Tea (€12.90) is light, Smoky Pine Black Tea (€14.75) is strong.'],
	[TEA, 'prices of both teas', 'Morning Mist Green Tea and Smoky Pine Black Tea cost €12.90 and €14.75.'],
	[TEA, 'what is the price range of tea', 'Our teas cost from €12.90 to €14.75.'],
	[TEA, 'thanks, bye', 'You\'re welcome! Have a wonderful day, and see you soon.'],
	[TEA, 'are you open on Sunday?', 'I don\'t have our opening hours here, I\'m sorry. Can I help you with an order?'],
	[TEA, 'can it be tomorrow?', 'I can\'t promise delivery tomorrow; it takes at most 24 hours.', { focus_sku: 't1' }],
	[TEA, 'my phone is 600111222', 'Thank you! Could you add the country code to your phone number, please?'],
	[TEA, 'yes', 'Your cart: 2 × Morning Mist Green Tea — €25.80. With delivery it comes to €30.70. Another €24.20 and delivery is free. May I have your name and phone number?', {}, cart],
	[TEA, 'what is your card number field for', 'Please never share card details here; payment goes through a secure page. I can\'t take a card number.'],
	[TEA, 'feel like tea', 'Feel free to ask me anything! We have two teas and a tasting.'],
	[HOTEL, 'what about the spa?', 'The Spa ritual “Volcanic Stone Therapy” is a hot volcanic stone massage with a full body scrub. It takes 90 minutes and costs €135.'],
	[HOTEL, 'what about the spa?', 'Our Volcanic Stone Therapy costs 135 € per person? I only know that it is €135 per session.'.replace('135 € per person? I only know that it is ', '')],
	[HOTEL, 'whales', 'Whale and dolphin watching on a catamaran is available in Los Gigantes for €65, plus a travel fee of €10.'],
	[HOTEL, 'boat', 'The Boat transfer to La Gomera Island is €155 and takes 8 hours.'],
];

const SPANISH: readonly Case[] = [
	[TEA, 'hola', '¡Hola! ¿En qué puedo ayudarte hoy?'],
	[TEA, 'cuánto cuesta el té verde', 'Morning Mist Green Tea cuesta 12,90 €. La entrega cuesta 4,90 € y es gratis a partir de 50 €.'],
	[TEA, 'quiero dos latas de té verde en Lyon', 'Perfecto, 2 × Morning Mist Green Tea: 25,80 €. Envío a Lyon: 4,90 €. Total: 30,70 €. ¿Me dices tu nombre y tu teléfono?', { ...buy(['t1', 2]), city: 'Lyon' }],
	[TEA, 'tienen descuentos?', 'Lo siento, ahora mismo no tenemos descuentos.'],
	[TEA, 'ya he pagado', 'Todavía no veo tu pago. Puedes pagar aquí: https://pay.example/pay/tok_1', {}, { order: order() }],
	[TEA, 'entregáis en Madrid?', 'Lamentablemente no entregamos en Madrid. Sí llegamos a Lyon y París.'],
	[TEA, 'cómo pago', 'Cuando confirmes el pedido te enviaré un enlace de pago seguro.'],
	[TEA, 'quiero la clase online', 'La Online Brewing Lesson es gratuita y dura 20 minutos. ¿A qué nombre y con qué teléfono la reservo?', buy(['t6', 1])],
	[TEA, 'quiero el té ahumado', 'El Smoky Pine Black Tea cuesta 14,75 € la lata. ¿Cuántas quieres y a qué ciudad?'],
	[TEA, 'gracias', '¡Gracias a ti! Que tengas un buen día.'],
	[TEA, 'cuándo llega', 'La entrega de Morning Mist Green Tea tarda como máximo 24 horas.'],
	[HOTEL, 'qué experiencias hay', 'Tenemos:\n- Whale and dolphin watching on a catamaran: 65 €\n- Introductory diving “Discover Scuba”: 125 €\n- Holiday planning call: gratis'],
	[FLORIST, 'quiero 20 rosas para Valencia', '«Букет из 20 роз» cuesta 59,90 € y la entrega 7,50 €: en total 67,40 €. ¿Tu nombre y tu teléfono?', { ...buy(['1001', 1]), city: 'Valencia', requested: [{ count: 20, noun: 'rosas', quote: '20 rosas' }] }],
];

const RUSSIAN: readonly Case[] = [
	[FLORIST, 'привет', 'Здравствуйте! Чем могу помочь?'],
	[FLORIST, 'сколько стоит букет из 20 роз', 'Букет из 20 роз стоит 59,90 €. Доставка 7,50 € за заказ, бесплатно от 100 €.'],
	[FLORIST, 'что у вас есть', 'Вот что у нас есть:\n• Букет из 20 роз — 59,90 €\n• Букет из 10 роз — 34,50 €\n• Роза, 1 шт. — 4 €\n• Композиция «Лето» — 1 234,50 €\n• Открытка — бесплатно\nЧто вам больше нравится?'],
	[FLORIST, '20 роз и открытку в Валенсию', 'Записала: «Букет из 20 роз» — 59,90 € и открытка — бесплатно. Доставка в Валенсию: 7,50 €. Итого: 67,40 €. Подскажите, пожалуйста, имя получателя и номер телефона.', { ...buy(['1001', 1], ['1005', 1]), city: 'Валенсия' }],
	[FLORIST, '20 роз в Валенсию, Анна, +34 600 111 222', 'Спасибо, Анна! Букет из 20 роз в Валенсию, итого 67,40 € с доставкой. Вот ссылка на оплату.', { ...buy(['1001', 1]), city: 'Валенсия', client_name: 'Анна', recipient_phone_number: '+34600111222', send_payment_link: true }],
	[FLORIST, 'скидка есть?', 'К сожалению, скидок у нас нет.'],
	[FLORIST, 'когда привезете букет из 10 роз?', 'Букет из 10 роз доставим в течение 4 часов после оплаты.'],
	[FLORIST, 'я оплатил', 'Пока не вижу оплаты. Заказ на сумму 67,40 € ожидает оплаты.', {}, { order: order({ totalCents: 6740, lines: [{ sku: '1001', name: 'Букет из 20 роз', quantity: 1 }] }) }],
	[FLORIST, 'доставите в Париж?', 'К сожалению, в Париж мы не доставляем. Доставляем в Барселону, Валенсию и Мадрид.'],
	[FLORIST, 'как оплатить', 'После оформления заказа пришлю ссылку на оплату. Как только оплата поступит, мы подтвердим заказ.'],
	[FLORIST, 'сколько роз в букете', 'В этом букете двадцать красных роз, высота 60 см.', { focus_sku: '1001' }],
	[FLORIST, 'сколько стоит роза', 'Одна роза стоит 4 €. Она доставляется в Барселону.', { focus_sku: '1003' }],
	[FLORIST, 'спасибо', 'Пожалуйста! Хорошего дня!'],
	[FLORIST, 'осталось что-то ещё указать?', 'Осталось указать имя и телефон.'],
	[FLORIST, 'есть 2 композиции лето?', 'Композиция «Лето» в таком количестве недоступна. Сколько вам нужно?'],
	[FLORIST, 'сайт композиции лето', 'Вот страница: https://flores.example/leto'],
];

const OTHERS: readonly Case[] = [
	[BAKERY, 'Was kostet das Brot?', 'Roggenbrot kostet 4,80 €. Die Lieferung kostet 3,50 € und ist ab 40 € kostenlos.'],
	[BAKERY, 'Ich möchte 12 Brezeln nach Leipzig', 'Gern! Karton mit 12 Brezeln: 15,60 €. Lieferung nach Leipzig: 3,50 €. Gesamt: 19,10 €. Wie ist Ihr Name und Ihre Telefonnummer?', { ...buy(['b2', 1]), city: 'Leipzig', requested: [{ count: 12, noun: 'Brezeln', quote: '12 Brezeln' }] }],
	[BIKES, 'quanto custa a revisão?', 'A Revisão completa custa 55 € e demora 120 minutos.'],
	[BIKES, 'quero a bicicleta', 'A Bicicleta urbana Ribeira custa 429 € e a entrega custa 25 €; o total é 454 €. Para que cidade?', buy(['501', 1])],
];

describe.each([['English', ENGLISH], ['Spanish', SPANISH], ['Russian', RUSSIAN], ['German and Portuguese', OTHERS]])('the guard lets natural answers pass: %s', (_, cases) => {
	it.each(cases.map((one) => [one[1], one[2].slice(0, 60), one] as const))('to “%s”: “%s”', (_turn, _response, [shop, turn, response, proposed = {}, scene = {}]) => {
		const facts = factsOf(shop, { ...scene, text: turn });
		const result = decide(facts, { proposal: proposal({ response, ...proposed }), model: 'test-model', attempt: 1 }, PORTS);
		expect(result.accepted ? [] : result.violations.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
	});
});
