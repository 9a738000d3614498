import { describe, expect, it } from 'vitest';
import { FLORIST, HOTEL } from '../offline/test-support/shops.ts';
import type { Item } from '../../catalog/item.ts';
import type { Proposal } from '../decision.ts';
import { decide } from '../decide.ts';
import { RULE_NAMES } from './rules.ts';
import { BAKERY, BIKES, factsOf, order, PORTS, proposal, TEA, type Scene } from './test-support/shops.ts';
import type { ViolationCode } from './violation.ts';

/** Answers that break a promise, each with the codes that it must be turned down with, no more and no less. */
type Case = readonly [code: ViolationCode | readonly ViolationCode[], response: string, turn?: string, shop?: readonly Item[], proposed?: Partial<Proposal>, scene?: Scene];

const CLASS: readonly Item[] = [{ ...TEA[4]!, name: 'Mug Class', detailFields: { ...TEA[4]!.detailFields, not_included: 'apron' } }];
const open = { order: order() };
const buy = (...lines: readonly (readonly [string, number])[]): Partial<Proposal> => ({ items: lines.map(([SKU, quantity]) => ({ SKU, quantity })), intent: 'order' });

const PRICES: readonly Case[] = [
	['price_not_in_facts', 'Morning Mist Green Tea is €11.90.'],
	['price_not_in_facts', 'Morning Mist Green Tea is 11,90 €.'],
	['price_not_in_facts', 'Morning Mist Green Tea costs 11.90 euros.'],
	['price_not_in_facts', 'Morning Mist Green Tea costs eleven euros.'],
	['price_not_in_facts', 'Morning Mist Green Tea costs 11.'],
	['price_not_in_facts', 'Morning Mist Green Tea: EUR 11,90'],
	['price_not_in_facts', 'Morning Mist Green Tea — 1\u200b1.9\u200b0\u00a0€'],
	['price_not_in_facts', 'Morning Mist Green Tea — １１.９０ €'],
	['price_not_in_facts', 'Morning Mist Green Tea — ١١ €'],
	['price_not_in_facts', 'Morning Mist Green Tea is $12.90.'],
	['price_not_in_facts', 'Morning Mist Green Tea is 12.90 dollars.'],
	['price_not_in_facts', 'Morning Mist Green Tea costs €14.75.'],
	['price_not_in_facts', 'Morning Mist Green Tea costs €4.90.'],
	['price_not_in_facts', 'Morning Mist Green Tea — €14.75, Smoky Pine Black Tea — €12.90'],
	['price_not_in_facts', 'For €14.75 you get the Morning Mist Green Tea and for €12.90 the Smoky Pine Black Tea.'],
	['price_not_in_facts', 'Yes, it is €5.', 'is the green tea 5 euros?'],
	['price_not_in_facts', 'Sure, you can have it for 5.00 EUR', 'give me the green tea for 5 euros'],
	['price_not_in_facts', 'Delivery of Morning Mist Green Tea costs €3.'],
	['price_not_in_facts', 'Delivery costs €12.90.', 'delivery of green tea?'],
	['price_not_in_facts', 'Morning Mist Green Tea\nPrice: 9\n€'],
	['price_not_in_facts', 'El Morning Mist Green Tea cuesta once euros.'],
	['price_not_in_facts', 'El Morning Mist Green Tea cuesta 11 euros con 90.'],
	['price_not_in_facts', 'Букет из 20 роз стоит 49,90 €.', '', FLORIST],
	['price_not_in_facts', 'Букет из 20 роз стоит пятьдесят евро.', '', FLORIST],
	['price_not_in_facts', 'Букет из 20 роз стоит 5990 рублей.', '', FLORIST],
	['price_not_in_facts', 'Букет из 20 роз стоит 34,50 €.', '', FLORIST],
	['price_not_in_facts', 'Roggenbrot kostet 3,80 €.', '', BAKERY],
	['price_not_in_facts', 'A Revisão completa custa 45 euros.', '', BIKES],
	['sum_mismatch', 'Two tins of Morning Mist Green Tea. Total: €25.80', 'two green teas', TEA, buy(['t1', 2])],
	['sum_mismatch', '2 × Morning Mist Green Tea, delivery €4.90, total €28.00', 'two green teas', TEA, buy(['t1', 2])],
	['sum_mismatch', 'Итого: 59,90 €.', '20 роз в Валенсию', FLORIST, { ...buy(['1001', 1]), city: 'Валенсия' }],
	['sum_mismatch', 'En total son 59,90 €.', '20 rosas a Valencia', FLORIST, { ...buy(['1001', 1]), city: 'Valencia' }],
	['zero_price_told', 'The Greeting Card costs €0.'],
	['zero_price_told', 'Greeting Card — 0.00 EUR'],
	['zero_price_told', 'La Greeting Card cuesta 0 €.'],
	['zero_price_told', 'Открытка — 0 €', '', FLORIST],
	['free_not_in_facts', 'Morning Mist Green Tea is free today.'],
	['free_not_in_facts', 'Delivery of Morning Mist Green Tea is free.'],
	['free_not_in_facts', 'La entrega de Morning Mist Green Tea es gratis.'],
	['free_not_in_facts', 'Доставка бесплатная!', 'букет из 10 роз', FLORIST, buy(['1002', 1])],
	['free_not_in_facts', 'Букет из 10 роз подарим вам бесплатно.', '', FLORIST],
];

const OTHER_FACTS: readonly Case[] = [
	['percent_not_in_facts', 'You get 10% off Morning Mist Green Tea.'],
	['percent_not_in_facts', 'Te hago un 15 % en el Morning Mist Green Tea.'],
	[['percent_not_in_facts', 'discount_not_in_facts'], 'Скидка десять процентов на Букет из 20 роз!', '', FLORIST],
	['discount_not_in_facts', 'I can give you a discount on Morning Mist Green Tea.'],
	['discount_not_in_facts', 'No problem, you get a special price!', 'discount?'],
	['discount_not_in_facts', 'Claro, te aplicamos un descuento.', 'descuento?'],
	['discount_not_in_facts', 'Сделаем вам скидку на этот букет.', 'скидка?', FLORIST],
	['duration_not_in_facts', 'Morning Mist Green Tea is delivered within 2 hours.'],
	['duration_not_in_facts', 'Morning Mist Green Tea is delivered in an hour.'],
	['duration_not_in_facts', 'We deliver it in a few hours.', 'green tea'],
	['duration_not_in_facts', 'The Tea Tasting Evening takes 3 hours.'],
	['duration_not_in_facts', 'La entrega de Morning Mist Green Tea tarda 2 horas.'],
	['duration_not_in_facts', 'Букет из 20 роз доставим за 2 часа.', '', FLORIST],
	['duration_not_in_facts', 'Букет из 20 роз доставим за час.', '', FLORIST],
	['date_not_in_facts', 'Morning Mist Green Tea will arrive on 14 February.'],
	['date_not_in_facts', 'We deliver Morning Mist Green Tea tomorrow.'],
	['date_not_in_facts', 'Yes, we can deliver on Friday.', 'can you deliver green tea on friday?'],
	['date_not_in_facts', 'The tasting starts at 19:30.', 'when is the tasting?'],
	['date_not_in_facts', 'Llega mañana por la tarde.', 'cuándo llega el Morning Mist Green Tea'],
	['date_not_in_facts', 'Доставим завтра.', 'букет из 10 роз', FLORIST],
	['number_not_in_facts', 'Morning Mist Green Tea comes in a 250 g tin.'],
	['number_not_in_facts', 'The tasting is for groups of 12.', 'tasting'],
	['number_not_in_facts', 'Morning Mist Green Tea: 13 colours.', 'What is the Morning Mist Green Tea?\n13 samples'],
	['number_not_in_facts', 'Зелений чай: 13 кольорів.', 'Що це за зелений чай? 13 штук'],
	['number_not_in_facts', 'В букете розы высотой 80 см.', 'букет из 20 роз', FLORIST],
	['item_not_in_catalog', '• Morning Mist Green Tea\n• Moonlight Teapot'],
	['item_not_in_catalog', 'We have:\n- Jasmine Dream Pearls — €12.90', 'tea?'],
	['item_not_in_catalog', 'You might like our “Emperor\'s Secret Oolong”.', 'tea?'],
	['item_not_in_catalog', 'We also have Royal Jasmine Pearls, shall I add them?', 'tea?'],
	['item_not_in_catalog', 'У нас есть «Пионы Саванны».', 'что есть?', FLORIST],
	['item_not_in_catalog', 'Tenemos el «Ramo Luna Llena».', 'qué hay?'],
	['url_not_in_facts', 'See https://tea.example/other', 'website?'],
	['url_not_in_facts', 'Pay here: http://evil.example/pay'],
	['url_not_in_facts', 'Visit teashop.com for more.'],
	['url_not_in_facts', 'Here: https://evil.example', 'please answer with https://evil.example'],
	['media_in_text', 'Here is a picture: https://tea.example/img/mist.jpg'],
	['email_not_in_facts', 'Write to help@corner.example.'],
	['phone_not_in_facts', 'Call us at +33 1 99 88 77 66.'],
	['contact_not_requested', 'You can reach us at +33 611 222 333.', 'green tea price?'],
	[['number_not_in_facts', 'contact_not_requested'], 'Our warehouse: 12 Rue du Quai, Lyon.', 'green tea price?', TEA, { focus_sku: 't1' }],
	['detail_not_requested', 'A pottery apron is not included in the Mug Class.', 'how much is the mug class?', CLASS],
	['detail_not_requested', 'Smoky Pine Black Tea is for people who love campfires.', 'black tea price?'],
	['stock_disclosed', 'Only a few tins of Morning Mist Green Tea are left.'],
	['stock_disclosed', 'There are plenty of tins of Morning Mist Green Tea in stock.'],
	['stock_disclosed', 'De Morning Mist Green Tea quedan ya muy pocas latas.'],
	['stock_disclosed', 'Чая Morning Mist Green Tea осталось совсем мало.'],
	['stock_disclosed', 'Від Morning Mist Green Tea залишилося лише кілька банок.'],
	['stock_disclosed', 'Vom Morning Mist Green Tea sind nur wenige Dosen übrig.'],
	['stock_disclosed', 'Only 5 left of Smoky Pine Black Tea!'],
	['stock_disclosed', 'We have plenty in stock.', 'green tea?'],
	['stock_disclosed', 'Quedan pocas unidades.', 'té verde?'],
	[['number_not_in_facts', 'stock_disclosed'], 'В наличии 14 букетов.', 'букет из 20 роз есть?', FLORIST],
	['stock_disclosed', 'Осталось всего несколько штук.', 'роза', FLORIST],
	['availability_not_in_facts', 'Old Leaf is available.', 'old leaf?', [{ ...TEA[0]!, sku: 'x', name: 'Old Leaf', stock: 0 }]],
	['city_claim_not_in_facts', 'Yes, we deliver to Madrid.', 'do you deliver to madrid?'],
	['city_claim_not_in_facts', 'We deliver Smoky Pine Black Tea to Paris.'],
	['city_claim_not_in_facts', 'We deliver to Springfield.', 'do you deliver to Springfield?'],
	['city_claim_not_in_facts', 'We deliver all over the world: worldwide delivery!'],
	['city_claim_not_in_facts', 'Sí, entregamos en Madrid.', 'entregáis en Madrid?'],
	['city_claim_not_in_facts', 'Да, доставляем в Париж.', 'доставите в Париж?', FLORIST],
	['city_claim_not_in_facts', 'Роза, 1 шт. доставляется в Валенсию.', '', FLORIST],
	['city_claim_not_in_facts', 'The Boat transfer to La Gomera Island is available in Madrid.', '', HOTEL],
];

const STATES: readonly Case[] = [
	['payment_state_not_in_facts', 'Your payment has arrived, thank you!', 'i paid', TEA, {}, open],
	['payment_state_not_in_facts', 'We have received your payment.', 'i paid', TEA, {}, open],
	['payment_state_not_in_facts', 'Thank you for your payment!', 'i paid', TEA, {}, open],
	['payment_state_not_in_facts', 'Great, the order is paid.', 'i paid', TEA, {}, open],
	['payment_state_not_in_facts', 'Tu pago ha sido recibido.', 'ya he pagado', TEA, {}, open],
	['payment_state_not_in_facts', '¡Gracias por tu pago!', 'ya he pagado', TEA, {}, open],
	['payment_state_not_in_facts', 'Hemos recibido el pago.', 'ya he pagado', TEA, {}, open],
	['payment_state_not_in_facts', 'Оплата прошла, спасибо!', 'я оплатил', FLORIST, {}, open],
	['payment_state_not_in_facts', 'Ваш заказ оплачен.', 'я оплатил', FLORIST, {}, open],
	['payment_state_not_in_facts', 'Мы получили вашу оплату.', 'я оплатил', FLORIST, {}, open],
	['payment_state_not_in_facts', 'Ihre Zahlung ist eingegangen.', 'bezahlt', BAKERY, {}, open],
	['order_state_not_in_facts', 'Your order is confirmed.', 'ok', TEA, {}, open],
	['order_state_not_in_facts', 'I have booked the Tea Tasting Evening for you.', 'tasting please'],
	['order_state_not_in_facts', 'Your order has been shipped.', 'where is it?', TEA, {}, { order: order({ status: 'paid', paymentStatus: 'paid' }) }],
	['order_state_not_in_facts', 'Good news: your parcel is on its way.', 'where is it?'],
	[['order_state_not_in_facts', 'order_state_not_in_facts'], 'Tu pedido está en camino.', 'dónde está?'],
	['order_state_not_in_facts', 'Ваш заказ уже в пути.', 'где заказ?', FLORIST],
	['order_state_not_in_facts', 'Your refund has been issued.', 'refund?'],
	['order_state_not_in_facts', 'Мы вернули деньги.', 'верните деньги', FLORIST],
	['link_not_available', 'Here is your payment link.', 'how do i pay'],
	['link_not_available', 'Вот ссылка на оплату.', 'как оплатить', FLORIST],
	['link_not_available', 'Aquí tienes el enlace de pago.', 'cómo pago'],
	['link_not_available', 'You will get the payment link shortly.', 'workshop, Lyon, Anna, +33600111222', TEA, { ...buy(['t7', 1]), city: 'Lyon', client_name: 'Anna', recipient_phone_number: '+33600111222', send_payment_link: true }],
	['phone_promise', 'We will send you a verification code by SMS.', 'my phone is +33600111222'],
	['asks_card_data', 'Please send me your card number and CVV.', 'i want to pay'],
	['asks_known_detail', 'Could you tell me your phone number?', 'green tea', TEA, {}, { session: { phone: '+33600111222' } }],
	['asks_city_online', 'Which city are you in?', 'online lesson', TEA, buy(['t6', 1])],
	['other_item_at_checkout', 'Thank you, Anna! Total: €17.80. Here is the payment link. How about Smoky Pine Black Tea as well?', 'green tea, Lyon, Anna, +33600111222', TEA, { ...buy(['t1', 1]), city: 'Lyon', client_name: 'Anna', recipient_phone_number: '+33600111222', send_payment_link: true }],
	['too_long', 'We have tea. '.repeat(400), 'tea?'],
	[['free_not_in_facts', 'wrong_language'], 'Конечно, это очень хороший чай, и многие берут его в подарок близким людям.', 'how is the tea for a gift, what do you think of it?'],
	['empty_response', ' \u200b '],
];

const ORDERS: readonly Case[] = [
	['unknown_sku', 'Noted.', 'the gold one', TEA, buy(['t99', 1])],
	['quantity_not_available', 'Noted!', '6 black teas', TEA, buy(['t2', 6])],
	['quantity_not_from_customer', 'Noted!', 'black tea please', TEA, buy(['t2', 3])],
	['quantity_not_from_customer', 'Noted!', 'black tea please', TEA, buy(['t2', -1])],
	['quantity_not_from_customer', 'Noted!', 'black tea please', TEA, buy(['t2', 1.5])],
	['pack_mismatch', 'Noted!', '6 candles please', TEA, buy(['t3', 6])],
	['pack_mismatch', 'Записала.', '20 роз', FLORIST, buy(['1001', 2])],
	['pack_mismatch', 'Noted!', '10 roses please', FLORIST, { ...buy(['1002', 10]), requested: [{ count: 10, noun: 'roses', quote: '10 roses' }] }],
	['quote_not_in_turn', 'Noted!', 'black tea please', TEA, { ...buy(['t2', 1]), requested: [{ count: 3, noun: 'teas', quote: '3 teas' }] }],
	['city_not_served', 'Noted!', 'black tea to Paris', TEA, { ...buy(['t2', 1]), city: 'Paris' }],
	['city_not_served', 'Noted!', 'green tea to Madrid', TEA, { ...buy(['t1', 1]), city: 'Madrid' }],
	['city_not_confirmed', 'Noted!', 'green tea to the city of lights, Anna, +33600111222', TEA, { ...buy(['t1', 1]), city: 'Paris', client_name: 'Anna', recipient_phone_number: '+33600111222', send_payment_link: true }],
	['phone_invalid', 'Noted!', 'my phone is 12', TEA, { recipient_phone_number: '12' }],
	['phone_not_from_customer', 'Noted!', 'green tea', TEA, { recipient_phone_number: '+33600111222' }],
	['phone_not_from_customer', 'Noted!', 'use my current number', TEA, { recipient_phone_number: '+33600111222' }, { channel: 'telegram', customerPhone: '+33600111222' }],
	['name_not_from_customer', 'Noted!', 'green tea', TEA, { client_name: 'Boris' }],
	['missing_details', 'Thank you!', 'green tea to Lyon', TEA, { ...buy(['t1', 1]), city: 'Lyon', send_payment_link: true }],
	['missing_details', 'Thank you!', 'online lesson please', TEA, { ...buy(['t6', 1]), city: 'online', send_payment_link: true }],
	['handover_without_quote', 'A colleague will answer you.', 'how much is tea?', TEA, { handover: { reason: 'asked' } }],
];

describe.each([['prices', PRICES], ['other facts', OTHER_FACTS], ['states', STATES], ['orders', ORDERS]])('the guard turns down: %s', (_, cases) => {
	it.each(cases.map((one) => [one[0], one[1].slice(0, 70), one] as const))('%s: “%s”', (_code, _response, [code, response, turn = 'hello', shop = TEA, proposed = {}, scene = {}]) => {
		const facts = factsOf(shop, { ...scene, text: turn });
		const result = decide(facts, { proposal: proposal({ response, ...proposed }), model: 'test-model', attempt: 1 }, PORTS);
		expect(result.accepted ? ['accepted'] : result.violations.map((violation) => violation.code)).toEqual([code].flat());
		// Says which value is wrong and what to do.
		for (const { message } of result.accepted ? [] : result.violations) expect(message).toMatch(/^.{20}.*[.?]$/su);
	});

	it.each(cases.map((one) => [one[0], one[1].slice(0, 70), one] as const))('and not with that check left out: %s: “%s”', (_code, _response, [code, response, turn = 'hello', shop = TEA, proposed = {}, scene = {}]) => {
		const result = decide(factsOf(shop, { ...scene, text: turn }), { proposal: proposal({ response, ...proposed }), model: 'test-model', attempt: 1 }, { ...PORTS, without: RULE_NAMES.find((name) => name === [code].flat()[0]) });
		expect(result.accepted ? [] : result.violations.map((violation) => violation.code)).not.toContain([code].flat()[0]);
	});

	it.each(cases.map((one) => [one[0], one[1].slice(0, 70), one] as const))('and answers safely by itself the second time: %s: “%s”', (_code, _response, [code, response, turn = 'hello', shop = TEA, proposed = {}, scene = {}]) => {
		const facts = factsOf(shop, { ...scene, text: turn });
		const result = decide(facts, { proposal: proposal({ response, ...proposed }), model: 'test-model', attempt: 2 }, PORTS);
		if (!result.accepted) throw new Error('must be accepted');
		expect(result.decision.response).not.toBe(response);
		expect(result.decision.violations.map((violation) => violation.code)).toContain(code === 'too_long' ? 'shortened' : [code].flat()[0]);
		expect(result.decision.violations.map((violation) => violation.code)).not.toContain('offline_answer_withheld');
	});
});
