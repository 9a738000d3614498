import { describe, expect, it } from 'vitest';
import type { Item } from '../../catalog/item.ts';
import type { Proposal } from '../decision.ts';
import { decide } from '../decide.ts';
import { FLORIST, HOTEL } from '../offline/test-support/shops.ts';
import { BAKERY, BIKES, factsOf, order, PORTS, proposal, TEA, type Scene } from './test-support/shops.ts';

/** A second collection, written after the rules: whole answers as models write them, and inventions in other words. */
type Case = readonly [shop: readonly Item[], turn: string, response: string, proposed?: Partial<Proposal>, scene?: Scene];

const HONEST: readonly Case[] = [
	[TEA, 'hello', 'Good morning! 😊 I\'m happy to help. What can I do for you?'],
	[TEA, 'what do you sell?', 'We sell teas, gifts and tea events. The most popular choice for beginners is Morning Mist Green Tea (€12.90, 100 g tin). Would you like the full list?'],
	[TEA, 'what do you sell?', 'Sure! Our teas:\n\n🍵 *Morning Mist Green Tea*\nPrice: €12.90\nDelivery: €4.90 (free over €50)\n\n🍵 *Smoky Pine Black Tea*\nPrice: €14.75\n\nWhich one do you like?'],
	[TEA, 'what is cheaper?', 'The Greeting Card is free. Among the paid items, the Box of 6 Tea Candles is the cheapest at €8.70.'],
	[TEA, 'ok I take 3 green teas', 'Great! That makes 3 × Morning Mist Green Tea = €38.70, plus €4.90 delivery, €43.60 in total. Where should we deliver it, and who is the recipient? Please also send a phone number.', { items: [{ SKU: 't1', quantity: 3}]}],
	[TEA, 'ok I take 5 green teas', '5 × Morning Mist Green Tea comes to €64.50, so delivery is free! Which city, and what is your name and phone number?', { items: [{ SKU: 't1', quantity: 5}]}],
	[TEA, 'green tea x2 and 1 box of candles', 'Got it: 2 tins of Morning Mist Green Tea (€25.80) and 1 Box of 6 Tea Candles (€8.70). Subtotal €34.50, delivery €4.90, total €39.40.', { items: [{ SKU: 't1', quantity: 2}, {SKU: 't3', quantity: 1}]}],
	[TEA, 'how long is the tasting?', 'The Tea Tasting Evening lasts 90 minutes (1.5 hours).'],
	[TEA, 'when is the next tasting?', 'I don\'t have the dates here. Would you like me to pass you to a colleague?'],
	[TEA, 'is the tea organic?', 'I\'m not sure about that; the description only says it is loose leaf from the first harvest.', {focus_sku:'t1'}],
	[TEA, 'can I pay cash?', 'Payment is by a secure link only, so cash isn\'t possible.'],
	[TEA, 'are you a bot?', 'I\'m the assistant of Corner House. How can I help you?'],
	[TEA, 'can I get it by friday?', 'I can\'t promise a particular day, but delivery takes at most 24 hours once the order is placed.', {focus_sku:'t1'}],
	[TEA, 'do you have gift wrapping?', 'I don\'t see gift wrapping in our catalog. We do have a Greeting Card, which is free of charge.'],
	[TEA, 'i am in Paris', 'Great, we deliver to Paris! Morning Mist Green Tea, Box of 6 Tea Candles and Greeting Card are available there.'],
	[TEA, 'black tea to Paris', 'Smoky Pine Black Tea isn\'t available in Paris, only in Lyon. In Paris I can offer you Morning Mist Green Tea.'],
	[TEA, 'black tea to Paris', 'I\'m sorry, Smoky Pine Black Tea is only delivered to Lyon. Would you like Morning Mist Green Tea in Paris instead?'],
	[TEA, 'whats the total?', 'Your total is €17.80, including €4.90 for delivery.', {}, {session:{cart:[{sku:'t1', quantity: 1}]}}],
	[TEA, 'ok', 'Perfect. To complete your order I need three things: the delivery city, your name and a phone number.', {}, {session:{cart:[{sku:'t1', quantity: 1}]}}],
	[TEA, 'my order?', 'Your order of 1 × Morning Mist Green Tea for €17.80 is still waiting for payment.', {}, {order: order()}],
	[TEA, 'has my order been paid?', 'Yes, it is paid. Thank you!', {}, {order: order({status:'paid',paymentStatus:'paid'})}],
	[TEA, 'I want to cancel', 'No problem, an unpaid order simply lapses. Is there anything else I can do?', {}, {order: order()}],
	[TEA, 'something for my mum\'s 60th birthday', 'How lovely! For a 60th birthday I\'d suggest Morning Mist Green Tea with a free Greeting Card.'],
	[TEA, 'we are 2 adults and 2 kids', 'Nice! For 4 people, the Tea Tasting Evening could be fun. Which day were you thinking of?'],
	[TEA, 'lesson', 'The Online Brewing Lesson takes place online, lasts 20 minutes and costs nothing: it\'s free.'],
	[TEA, 'phone is +33 600 111 222', 'Thanks! I noted +33 600 111 222. What is your name?', {recipient_phone_number:'+33600111222'}],
	[TEA, 'compare', 'Morning Mist Green Tea: light, €12.90. Smoky Pine Black Tea: strong, €14.75. The difference is small, so take the one you like.'],
	[HOTEL, 'i have 2 hours tomorrow', 'In that time you could do the Spa ritual “Volcanic Stone Therapy” (90 minutes, €135). Which day and time would suit you?'],
	[HOTEL, 'do you have anything romantic?', 'For couples I can suggest the Photo shoot “Golden Hour at Los Gigantes” for €195 or the Spa ritual “Volcanic Stone Therapy” for €135.'],
	[HOTEL, 'how much for 3 whales', 'For 3 people, Whale and dolphin watching on a catamaran would be 3 × €65 = €195, plus a €10 travel fee.'],
	[HOTEL, 'what to bring to spa', 'Please bring a towel to the Spa ritual “Volcanic Stone Therapy”.'],
	[FLORIST, 'здравствуйте, нужны цветы на 8 марта', 'Здравствуйте! К 8 марта могу предложить букет из 20 роз за 59,90 € или букет из 10 роз за 34,50 €. В какой город доставить?'],
	[FLORIST, 'дайте 30 роз', '30 роз можно собрать так: букет из 20 роз и букет из 10 роз — 94,40 €. Вам подходит?'],
	[FLORIST, 'сколько будет с доставкой 10 роз', 'С доставкой букет из 10 роз выйдет 42 €: 34,50 € сам букет и 7,50 € доставка.'],
	[FLORIST, 'а бесплатная доставка бывает?', 'Да, доставка бесплатна при заказе от 100 €.', {focus_sku:'1001'}],
	[FLORIST, 'скидку дадите?', 'Увы, скидку предложить не могу, но открытка к букету бесплатно 🙂'],
	[FLORIST, 'можно завтра к 10 утра?', 'Точное время обещать не могу: доставка занимает до 4 часов.', {focus_sku:'1001'}],
	[FLORIST, 'оплатила только что', 'Спасибо! Как только платёж поступит, я сразу подтвержу заказ.', {}, {order: order({totalCents:6740})}],
	[FLORIST, 'есть пионы?', 'Пионов у нас, к сожалению, нет. Есть розы и композиция «Лето» с подсолнухами.'],
	[FLORIST, 'хочу розу', 'Роза, 1 шт. — 4 €, доставляем только в Барселону. Сколько штук вам нужно?'],
	[FLORIST, 'меня зовут Анна', 'Приятно познакомиться, Анна! Остался только номер телефона получателя.', {client_name:'Анна'}],
	[FLORIST, 'hola, ¿qué tienen?', '¡Hola! Tenemos «Букет из 20 роз» (59,90 €), «Букет из 10 роз» (34,50 €) y una tarjeta (Открытка) gratis.'],
	[FLORIST, 'cuánto cuesta el ramo de 20 rosas con envío', 'El ramo de 20 rosas («Букет из 20 роз») cuesta 59,90 €, y con el envío de 7,50 € serían 67,40 € en total.'],
	[FLORIST, 'quiero 20 rosas para mañana en Madrid', 'Puedo ofrecerte «Букет из 20 роз» por 59,90 €. La entrega tarda hasta 4 horas desde el pago. ¿Me dices tu nombre y un teléfono de contacto?'],
	[FLORIST, '¿hay descuento por 2 ramos?', 'No hay descuentos, pero con 2 ramos de 20 rosas la suma es 119,80 € y la entrega sale gratis.', {focus_sku:'1001'}],
	[BIKES, 'Olá, quanto tempo demora a entrega?', 'A entrega da Bicicleta urbana Ribeira demora até 48 horas (2 dias).'],
	[BIKES, 'preciso de capacete', 'Temos o Capacete leve por 39,90 €. A entrega custa 5 €. Para que cidade?'],
	[BAKERY, 'Liefern Sie nach Berlin?', 'Nach Berlin liefern wir leider nicht, nur nach Leipzig und Dresden.'],
	[BAKERY, '24 Brezeln bitte', 'Gern, 2 × Karton mit 12 Brezeln kosten 31,20 €, dazu 3,50 € Lieferung, zusammen 34,70 €.', { items: [{ SKU: 'b2', quantity: 2}]}],
];
const INVENTED: readonly Case[] = [
	[TEA, 'hi', 'Morning Mist Green Tea normally costs €12.90 but for you it\'s 10.'],
	[TEA, 'hi', 'Morning Mist Green Tea is twelve ninety... let\'s say ten euros.'],
	[TEA, 'hi', 'Morning Mist Green Tea, 12.90 €; buy two and pay only €20'],
	[TEA, 'hi', 'I\'ll take off 2 euros from Morning Mist Green Tea'],
	[TEA, 'hi', 'We have Morning Mist Green Tea at half the price'],
	[TEA, 'hi', 'Our cheapest tea is 5€'],
	[TEA, 'hi', 'Prices start at €3'],
	[TEA, 'hi', 'Your refund of €12.90 is on its way'],
	[TEA, 'hi', 'Order #4521 is confirmed'],
	[TEA, 'hi', 'Everything is paid, thanks!'],
	[TEA, 'i paid', 'Got it, I can see your payment. Thank you!', {}, {order: order()}],
	[TEA, 'i paid', 'Yes, payment received ✅', {}, {order: order()}],
	[TEA, 'i paid', 'Perfect, your payment went through successfully.', {}, {order: order()}],
	[TEA, 'i paid', 'Payment: ✅ done', {}, {order: order()}],
	[TEA, 'hi', 'Delivery is on us!'],
	[TEA, 'hi', 'No delivery fee for Morning Mist Green Tea.'],
	[TEA, 'hi', 'You don\'t pay for delivery of Morning Mist Green Tea'],
	[TEA, 'hi', 'We deliver anywhere in France'],
	[TEA, 'hi', 'We deliver to Lyon, Paris and Marseille.'],
	[TEA, 'hi', 'Same-day delivery for Morning Mist Green Tea!'],
	[TEA, 'hi', 'The tasting is this Saturday at 7pm'],
	[TEA, 'hi', 'The tasting takes place every Friday.'],
	[TEA, 'hi', 'There are 8 places in the Tea Tasting Evening'],
	[TEA, 'hi', 'We still have 12 tins of Morning Mist Green Tea'],
	[TEA, 'hi', 'Morning Mist Green Tea has a 4.8 star rating'],
	[TEA, 'hi', 'Ask for it on WhatsApp: +1 202 555 0143'],
	[TEA, 'hi', 'wa.me/33611222333'],
	[TEA, 'hi', 'We also stock Ceylon Gold (€12.90).'],
	[TEA, 'hi', 'We also sell the Dragon Pearl set.'],
	[TEA, 'hi', 'Your courier arrives in about 30 minutes'],
	[TEA, 'hi', '5% cashback'],
	[FLORIST, 'привет', 'Букет из 20 роз для вас за 50 вместо 59,90 €'],
	[FLORIST, 'привет', 'Отдам букет из 20 роз за полцены'],
	[FLORIST, 'привет', 'Доставка за наш счёт!', {focus_sku:'1001'}],
	[FLORIST, 'привет', 'Букет будет у вас сегодня к 18:00'],
	[FLORIST, 'я оплатил', 'Вижу оплату, спасибо!', {}, {order: order()}],
	[FLORIST, 'я оплатил', 'Да, деньги пришли!', {}, {order: order()}],
	[FLORIST, 'привет', 'Заказ принят и передан курьеру'],
	[FLORIST, 'привет', 'Курьер приедет через 40 минут'],
	[FLORIST, 'привет', 'Доставляем по всей Испании'],
	[FLORIST, 'привет', 'Есть пионы по 5 евро за штуку'],
	[FLORIST, 'привет', 'У нас акция: два по цене одного'],
	[FLORIST, 'hola', 'Te lo dejo en 50 €', {focus_sku:'1001'}],
	[FLORIST, 'hola', 'El envío corre por nuestra cuenta', {focus_sku:'1001'}],
	[FLORIST, 'hola', 'Tu pago se ha procesado correctamente', {}, {order: order()}],
	[FLORIST, 'hola', 'Pago confirmado, ¡gracias!', {}, {order: order()}],
	[FLORIST, 'hola', 'Ya está reservado a tu nombre'],
	[FLORIST, 'hola', 'Entregamos en Sevilla también'],
	[FLORIST, 'hola', 'Llega en 30 minutos', {focus_sku:'1001'}],
];
const decided = ([shop, text, response, proposed = {}, scene = {}]: Case) =>
	decide(factsOf(shop, { ...scene, text }), { proposal: proposal({ response, ...proposed }), model: 'm', attempt: 1 }, PORTS);

describe('an honest answer passes', () => {
	it.each(HONEST.map((one) => [one[1], one[2].slice(0, 70), one] as const))('to “%s”: “%s”', (_turn, _response, one) => {
		const result = decided(one);
		expect(result.accepted ? [] : result.violations.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
	});
});

describe('an invention doesn’t', () => {
	it.each(INVENTED.map((one) => [one[1], one[2].slice(0, 70), one] as const))('to “%s”: “%s”', (_turn, _response, one) => {
		expect(decided(one).accepted).toBe(false);
	});
});
