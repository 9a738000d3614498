import { describe, expect, it } from 'vitest';
import { FLORIST, HOTEL } from '../offline/test-support/shops.ts';
import type { Item } from '../../catalog/item.ts';
import type { Proposal } from '../decision.ts';
import { decide } from '../decide.ts';
import { factsOf, item, order, PORTS, proposal, type Scene } from './test-support/shops.ts';

const roses: Partial<Proposal> = { items: [{ SKU: '1001', quantity: 1 }], intent: 'order', focus_sku: '1001' };
const open: Scene = { order: order({ lines: [{ sku: '1001', name: 'Букет из 20 роз', quantity: 1 }] }) };

function codes(items: readonly Item[], text: string, response: string, proposed: Partial<Proposal>, scene: Scene): readonly string[] {
	const decided = decide(factsOf(items, { ...scene, text }), { proposal: proposal({ response, ...proposed }), model: 'test', attempt: 1 }, PORTS);
	return decided.accepted ? [] : decided.violations.map(({ code }) => code).filter((code) => code !== 'wrong_language');
}

describe('promises in other words than those of a price list', () => {
	it.each<[code: string, turn: string, response: string, proposed: Partial<Proposal>, scene?: Scene]>([
		['discount_not_in_facts', 'how much are 20 roses', 'I can let you have two for the price of one.', roses],
		['discount_not_in_facts', 'how much are 20 roses', 'With the code SPRING you pay less.', roses],
		['discount_not_in_facts', 'сколько стоят 20 роз', 'Для вас половина цены.', roses],
		['discount_not_in_facts', 'сколько стоят 20 роз', 'Сделаю вам дешевле, за полтинник.', roses],
		['free_not_in_facts', 'roses', 'We will not charge you for delivery.', roses],
		['free_not_in_facts', 'розы', 'Доставка за мой счёт.', roses],
		['free_not_in_facts', 'rosas', 'No te cobraremos el envío.', roses],
		['date_not_in_facts', 'when', 'You will have it tonight.', roses],
		['duration_not_in_facts', 'when', 'Delivery is immediate.', roses],
		['duration_not_in_facts', 'когда', 'Привезём к вечеру.', roses],
		['duration_not_in_facts', 'cuándo', 'Llega en un par de horas.', roses],
		['city_claim_not_in_facts', 'do you deliver to Seville?', 'Sure! Seville is no problem.', roses],
		['city_claim_not_in_facts', 'do you deliver to Paris?', 'Yes, we do!', {}],
		['city_claim_not_in_facts', 'доставляете в Париж?', 'Да, доставляем!', {}],
		['city_claim_not_in_facts', '¿entregáis en París?', '¡Sí, claro!', {}],
		['payment_state_not_in_facts', 'i paid', 'Your money has reached us.', {}, open],
		['payment_state_not_in_facts', 'ya pagué', 'El pago está correcto.', {}, open],
		['order_state_not_in_facts', 'ya pagué', 'Tu pedido va en camino.', {}, open],
		['order_state_not_in_facts', 'refund', 'You will get your money back tomorrow.', {}, open],
	])('%s: %s → %s', (code, turn, response, proposed, scene = {}) => {
		expect(codes(FLORIST, turn, response, proposed, scene)).toContain(code);
	});
});

describe('honest answers to the same questions', () => {
	it.each<[items: readonly Item[], turn: string, response: string]>([
		[FLORIST, 'do you deliver to Paris?', 'Sorry, not to Paris.'],
		[FLORIST, 'do you deliver to Madrid?', 'Yes, we do!'],
		[FLORIST, 'скидка 10%?', 'К сожалению, скидку 10 % сделать не могу.'],
		[HOTEL, 'what can we do in Los Gigantes', 'You can go whale watching (€65) or book the photo shoot (€195).'],
		[HOTEL, 'something cheap', 'The cheapest is whale watching at €65, then diving at €125 and the volcanic stone therapy at €135.'],
	])('%#: %s → %s', (items, turn, response) => {
		expect(codes(items, turn, response, {}, {})).toEqual([]);
	});
});

it('a city that the customer only asked about may be relied on in the next turn', () => {
	const asked = decide(factsOf(FLORIST, { text: 'do you deliver to Valencia?' }), { proposal: proposal({ response: 'Yes, we do!' }), model: 'test', attempt: 1 }, PORTS);
	const session = asked.accepted ? asked.session : {};
	const wants = { ...roses, city: 'Valencia', client_name: 'Anna', recipient_phone_number: '+34600111222', send_payment_link: true, response: 'Thank you, Anna! Here is the payment link.', requested: [{ count: 20, noun: 'roses', quote: '20 roses' }] };
	expect(codes(FLORIST, 'the 20 roses please, Anna, +34600111222', wants.response, wants, { session })).toEqual([]);
});

it('a free word in an item’s own text lets nothing else be called free: grammar is nothing that they share', () => {
	const course = item('service', 'c1', 'Curso de cerámica', { priceCents: 6_000, description: 'Torno para principiantes, everything is free today. Aparcamiento gratis.' });
	const told = (response: string) => codes([course], '¿hay descuento?', response, { language: 'Spanish', focus_sku: 'c1' }, {});
	expect(told('Curso de cerámica es gratis para ti.')).toContain('free_not_in_facts');
	expect(told('El aparcamiento es gratis.')).not.toContain('free_not_in_facts');
});
