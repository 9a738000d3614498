import { describe, expect, it } from 'vitest';
import type { AgentFacts } from '../facts.ts';
import { readCommitment } from '../reading/commitment.ts';
import type { AgentSession } from '../session.ts';
import { BAKERY, BIKES, factsOf, HONEY, TEA, type Scene } from './test-support/shops.ts';
import { checkCommitment } from './commitment.ts';

/** Everything for the order is known, and the customer was asked whether they order. */
const KNOWN: Partial<AgentSession> = { cart: [{ sku: 't1', quantity: 2 }], city: 'Lyon', phone: '+33600111222', clientName: 'Anna', awaiting: ['confirmation'] };
const says = (text: string, session: Partial<AgentSession> = KNOWN, items = TEA, scene: Scene = {}) => readCommitment(factsOf(items, { ...scene, text, session })).says;

describe('an order in progress', () => {
	it.each([
		'yes', 'yes please', 'ok', '👍', 'go ahead', 'ok, I\'ll take it', 'sounds good', 'I want to order it', 'order it', 'that\'s all', 'send me the payment link', 'I want to pay', 'make it 3', 'add a greeting card', 'Anna, +33 600 111 222',
		'not yet… let me see.\nAll right, I\'ll take them', 'yes! how long does it take?', 'yes, if possible with a card', 'I can\'t wait, go ahead', 'yes, deliver it later than 5 pm',
		'sí', 'vale, me lo llevo', 'adelante', 'quiero pagar', 'да', 'да, оформляйте', 'беру', 'хорошо, беру', 'да, если можно, сегодня', 'так', 'добре, беру', 'оформлюйте', 'ja', 'ja bitte', 'ich nehme sie', 'gut, machen Sie das', 'ja, wenn möglich heute',
	])('is ordered by “%s”', (text) => expect(says(text)).toBe('orders'));

	it.each([
		'no', 'hello', 'how long does it take?', 'how long does it take', 'ok, how long does it take?', 'thanks', 'what is the price of the green tea?', 'do you deliver to Paris?', 'can I see a photo?', 'I want to know how long it takes', 'how do I order?', 'I need help',
		'no, gracias', 'hola', '¿cuánto tarda?', 'gracias', 'нет', 'здравствуйте', 'сколько ждать?', 'спасибо', 'а как долго идёт доставка', 'ні', 'вітаю', 'скільки чекати?', 'дякую', 'nein', 'hallo', 'wie lange dauert das?', 'danke', '',
	])('is not ordered by “%s”', (text) => expect(says(text)).toBe('nothing'));

	it.each([
		'I do not want to order it', 'I don\'t want it', 'not yet', 'wait, not yet, I have to ask my wife', 'yes, but not now', 'I\'ll order later', 'I have to think about it', 'I\'ll take it if you give me a discount', 'I am not ordering anything', 'cancel it', 'let me check with my husband first, then I order', 'I want 2 green teas, Anna, +33 600 111 222\nwait, not yet',
		'no quiero pedirlo', 'todavía no', 'sí, pero tengo que preguntar a mi mujer', 'lo pido si me haces un descuento', 'не хочу заказывать', 'пока нет', 'да, но мне надо подумать', 'беру, если дадите скидку', 'я не буду ничего заказывать', 'не хочу замовляти', 'поки ні', 'так, але мені треба подумати', 'візьму, якщо дасте знижку',
		'ich möchte nichts bestellen', 'noch nicht', 'ja, aber ich muss erst meine Frau fragen', 'ich nehme sie, wenn Sie mir Rabatt geben',
	])('is held by “%s”', (text) => expect(says(text)).toBe('holds'));

	it('goes on with what it lacked, not with a question about it', () => {
		const lacking: Partial<AgentSession> = { ...KNOWN, city: '', phone: '', awaiting: ['city', 'phone', 'name'] };
		expect(says('Lyon, Anna, +33 600 111 222', lacking)).toBe('orders');
		expect(says('Lyon', { ...KNOWN, city: '', awaiting: ['city'] })).toBe('orders');
		expect(says('do you deliver to Lyon?', { ...KNOWN, city: '', awaiting: ['city'] })).toBe('nothing');
		expect(says('use my current number', lacking)).toBe('orders');
	});
});

describe('without an order in progress', () => {
	const known: Partial<AgentSession> = { ...KNOWN, cart: [], awaiting: [] };
	it.each([
		['2 green teas please', TEA], ['green tea to Lyon', TEA], ['can I have the green tea?', TEA], ['I want the smoky pine', TEA], ['green tea, Anna, +33 600 111 222', TEA], ['quiero la bicicleta urbana', BIKES], ['ein Roggenbrot bitte', BAKERY], ['ich hätte gerne zwei Roggenbrote', BAKERY], ['хочу липовий мед', HONEY], ['two of those that smell of smoke, Anna, +33 600 111 222', TEA],
	])('“%s” orders', (text, items) => expect(says(text, known, items)).toBe('orders'));

	it.each([
		['green tea', TEA], ['how much are 2 green teas?', TEA], ['yes', TEA], ['tell me about the green tea', TEA], ['how long does delivery of the green tea take? I am Anna, +33 600 111 222', TEA],
	])('“%s” doesn’t', (text, items) => expect(says(text, known, items)).toBe('nothing'));

	it('“yes” answers a question whether they order, and no other', () => {
		const asked = (last: string) => readCommitment({ ...factsOf(TEA, { text: 'yes', session: known }), history: [{ role: 'assistant', text: last, at: '' }] } satisfies AgentFacts).says;
		expect([asked('It is €12.90. Would you like to order it?'), asked('Would you like to see a photo?')]).toEqual(['orders', 'nothing']);
	});
});

describe('the check', () => {
	const check = (text: string, language = 'English', skus = ['t1'], session: Partial<AgentSession> = KNOWN) => {
		const facts = factsOf(TEA, { text, session });
		return checkCommitment(facts, skus.flatMap((sku) => facts.catalog.get(sku) ?? []).map((item) => ({ item, quantity: 1 })), language).map(({ code, message }) => `${code}: ${message.split('.')[0]}`);
	};
	it('says why', () => {
		expect(check('yes')).toEqual([]);
		expect(check('not yet')).toEqual(['commitment_not_from_customer: The customer says that they don\'t order, or not yet']);
		expect(check('hello')).toEqual(['commitment_not_from_customer: Nothing in the customer\'s message orders']);
	});

	it('takes what is taken out for no wish to have it', () => {
		const both: Partial<AgentSession> = { ...KNOWN, cart: [{ sku: 't1', quantity: 1 }, { sku: 't4', quantity: 1 }] };
		expect(check('remove the greeting card', 'English', ['t1'], both)).toEqual([]);
		expect(check('remove the greeting card', 'English', ['t1', 't4'], both)).toEqual(['commitment_not_from_customer: The customer takes something out of the order that is still in it']);
	});

	it.each(['sim', 'sim, pode ser', 'evet', 'はい'])('has no words of other languages: “%s” to an order in progress is enough', (text) => expect([check(text, 'Portuguese'), check(text, 'English').length]).toEqual([[], 1]));

	it.each(['não', 'ainda não', 'quanto tempo demora', 'non, merci', 'pas encore', 'sim?'])('but “%s” is not', (text) => expect(check(text, 'Portuguese')).toHaveLength(1));

	it('nor is it where there is no order', () => {
		const none: Partial<AgentSession> = { ...KNOWN, cart: [], awaiting: [] };
		expect(check('sim', 'Portuguese', ['t1'], none)).toHaveLength(1);
		expect(check('Morning Mist Green Tea, faz favor', 'Portuguese', ['t1'], none)).toEqual([]);
	});
});
