import { describe, expect, it } from 'vitest';
import type { Item } from '../../catalog/item.ts';
import type { AgentFacts } from '../facts.ts';
import { FLORIST } from '../offline/test-support/shops.ts';
import { readAsks } from './asks.ts';
import { readOrder } from './order-part.ts';
import { BAKERY, BIKES, factsOf, item, order as madeOrder, proposal, TEA, type Scene } from './test-support/shops.ts';

type Lines = readonly (readonly [sku: string, quantity: number])[];
type Requested = readonly (readonly [count: number, noun: string, quote: string])[];
interface Fields { readonly requested?: Requested; readonly city?: string; readonly phone?: string; readonly name?: string; readonly commits?: boolean; readonly history?: AgentFacts['history'] }

function order(shop: readonly Item[], text: string, lines: Lines | null, fields: Fields = {}, scene: Scene = {}) {
	const facts = { ...factsOf(shop, { ...scene, text }), history: fields.history ?? [] };
	const proposed = proposal({
		items: lines === null ? null : lines.map(([SKU, quantity]) => ({ SKU, quantity })), requested: (fields.requested ?? []).map(([count, noun, quote]) => ({ count, noun, quote })),
		city: fields.city ?? '', recipient_phone_number: fields.phone ?? '', client_name: fields.name ?? '', send_payment_link: fields.commits ?? false,
	});
	return readOrder(facts, proposed, readAsks(text));
}
const codes = (...args: Parameters<typeof order>) => order(...args).violations.map(({ code }) => code).join(' ');
const kept = (...args: Parameters<typeof order>) => order(...args).lines.map((line) => [line.item.sku, line.quantity]);
const QUANTITY = 'quantity_not_from_customer';

describe('quantities', () => {
	it('are whole numbers of at most ten thousand', () => {
		const many: readonly Item[] = [item('product', 'm', 'Tile', { stock: null, priceCents: 10, cities: ['Lyon'] })];
		expect([codes(many, '10000 tiles', [['m', 10_000]]), codes(many, '10001 tiles', [['m', 10_001]]), codes(many, '-2 tiles', [['m', -2]]), codes(many, '1.5 tiles', [['m', 1.5]])]).toEqual(['', QUANTITY, QUANTITY, QUANTITY]);
	});
	it('of none is no line', () => {
		expect([codes(TEA, 'green tea', [['t1', 0]]), kept(TEA, 'green tea', [['t1', 0]])]).toEqual(['', []]);
	});
	it('that aren’t the customer’s are out of the order, and the others stay', () => {
		expect(kept(TEA, '2 green teas and black tea', [['t1', 2], ['t2', 4]])).toEqual([['t1', 2]]);
		expect(kept(FLORIST, '20 роз и открытку', [['1001', 2], ['1005', 1]])).toEqual([]);
	});
	it('of a cart that was stored hold without a word of the customer, but not what is gone or sold out', () => {
		const cart = [{ sku: 't1', quantity: 3 }, { sku: 't2', quantity: 6 }, { sku: 'gone', quantity: 1 }];
		expect([codes(TEA, 'yes', null, {}, { session: { cart } }), kept(TEA, 'yes', null, {}, { session: { cart } })]).toEqual(['unknown_sku quantity_not_available', [['t1', 3]]]);
	});
	it('count from what the cart or the open order has of that item', () => {
		const scene: Scene = { session: { cart: [{ sku: 't1', quantity: 3 }, { sku: 't2', quantity: 2 }] } };
		expect([codes(TEA, 'one more green tea', [['t1', 4], ['t2', 2]], {}, scene), codes(TEA, 'add 2 green teas', [['t1', 5], ['t2', 2]], {}, scene), codes(TEA, 'remove one green tea', [['t1', 2], ['t2', 2]], {}, scene)]).toEqual(['', '', '']);
		expect([codes(TEA, 'yes', [['t1', 2], ['t2', 3]], {}, scene), codes(TEA, 'add 2 green teas', [['t1', 6], ['t2', 2]], {}, scene)]).toEqual([`${QUANTITY} ${QUANTITY}`, QUANTITY]);
		const open: Scene = { order: madeOrder({ lines: [{ sku: 't1', name: '', quantity: 3 }] }) };
		expect([codes(TEA, 'yes', [['t1', 3]], {}, open), codes(TEA, 'one more green tea', [['t1', 4]], {}, open), codes(TEA, 'yes', [['t1', 4]], {}, open)]).toEqual(['', '', QUANTITY]);
	});
	it('may be all that the customer counts together', () => {
		expect([codes(TEA, '5 teas, mist and pine', [['t1', 3], ['t2', 2]]), codes(TEA, '6 teas, mist and pine', [['t1', 3], ['t2', 2]])]).toEqual(['', `${QUANTITY} ${QUANTITY}`]);
	});
	it('aren’t read out of code', () => {
		for (const code of ['{"quantity": 3}', '<b id="3">', '<i>3</i>', '<script type="x">3</script>']) expect(codes(TEA, `green tea ${code}`, [['t1', 3]])).toBe(QUANTITY);
		for (const text of ['<b>green</b> tea 3', '{a} 3 green teas', '3 < 4 green teas']) expect(codes(TEA, text, [['t1', 3]])).toBe('');
	});
	it('of what isn’t named don’t change with a wish for no more reminders', () => {
		const scene: Scene = { session: { cart: [{ sku: 't1', quantity: 3 }] } };
		expect([codes(TEA, 'please stop reminding me 2 more times', [['t1', 1]], {}, scene), codes(TEA, 'please stop reminding me', [['t1', 3]], {}, scene), codes(TEA, 'please stop reminding me, and 2 green teas', [['t1', 2]], {}, scene)]).toEqual([QUANTITY, '', '']);
	});
});

describe('an item comes into an order', () => {
	const said = (role: 'assistant' | 'customer', text: string): AgentFacts['history'] => [{ role, text, at: '' }];
	const scene: Scene = { session: { cart: [{ sku: 't1', quantity: 1 }] } };
	it('that the turn names, also with a slip of the pen', () => {
		expect([codes(TEA, 'smoky pine too', [['t1', 1], ['t2', 1]], {}, scene), codes(TEA, 'smokey pyne too', [['t1', 1], ['t2', 1]], {}, scene), codes(TEA, 'the workshop', [['t1', 1], ['t7', 1]], {}, scene)]).toEqual(['', '', '']);
		expect([codes(TEA, 'greeting card', [['t1', 1], ['t2', 1]], {}, scene), codes(TEA, 'yes', [['t1', 1], ['t2', 1]], {}, scene)]).toEqual([QUANTITY, QUANTITY]);
	});
	it('that the last answer named, or that is in focus, or that a quote backs', () => {
		expect(codes(TEA, 'yes', [['t1', 1], ['t2', 1]], { history: said('assistant', 'Shall I add Smoky Pine Black Tea?') }, scene)).toBe('');
		expect(codes(TEA, 'yes', [['t1', 1], ['t2', 1]], { history: [...said('assistant', 'Shall I add Smoky Pine Black Tea?'), ...said('assistant', 'Or not?')] }, scene)).toBe(QUANTITY);
		expect(codes(TEA, 'yes', [['t1', 1], ['t2', 1]], { history: [...said('assistant', 'Shall I add Smoky Pine Black Tea?'), ...said('customer', 'hm')] }, scene)).toBe('');
		expect(codes(TEA, 'yes', [['t1', 1], ['t2', 1]], { history: said('customer', 'Smoky Pine Black Tea') }, scene)).toBe(QUANTITY);
		expect(codes(TEA, 'yes', [['t1', 1], ['t2', 1]], {}, { session: { ...scene.session, focusSku: 't2' } })).toBe('');
		expect(codes(TEA, 'the other one', [['t1', 1], ['t2', 1]], { requested: [[1, 'tea', 'the other one']] }, scene)).toBe('');
	});
	it('of other words than the catalog’s only where nothing was ordered and nothing is named', () => {
		expect([codes(TEA, 'té verde', [['t1', 1]]), codes(TEA, 'candles', [['t1', 1]]), codes(TEA, 'té verde', [['t2', 1]], {}, scene)]).toEqual(['', QUANTITY, QUANTITY]);
	});
	it('has to be named again instead of the old one', () => {
		const open: Scene = { session: { focusSku: 't1' }, order: madeOrder() };
		expect([codes(TEA, 'instead of it the smoky pine', [['t1', 1]], {}, open), codes(TEA, 'instead of it the smoky pine', [['t2', 1]], {}, open), codes(TEA, 'the smoky pine too', [['t1', 1], ['t2', 1]], {}, open)]).toEqual([QUANTITY, '', '']);
	});
});

describe('packs', () => {
	const MUGS: readonly Item[] = [item('product', 'p6', 'Set of 6 Mugs', { unit: 'set', priceCents: 3000, cities: ['Lyon'] }), item('product', 'p4', 'Box of 4 Mugs', { unit: 'box', priceCents: 2000, cities: ['Lyon'] }), item('product', 'p1', 'Mug', { unit: 'piece', priceCents: 600, cities: ['Lyon'] }), item('product', 'v', 'Vase', { priceCents: 900, cities: ['Lyon'] })];
	const PACK = 'pack_mismatch';
	it.each<[string, string, Lines, Requested?]>([
		['', '6 mugs', [['p6', 1]]], ['', '12 mugs', [['p6', 2]]], ['', '10 mugs', [['p6', 1], ['p4', 1]]], ['', '8 mugs', [['p6', 1], ['p1', 2]]], ['', '3 mugs', [['p1', 3]]], ['', '2 sets of 6 mugs', [['p6', 2]]], ['', 'two sets of 6 mugs and a vase', [['p6', 2], ['v', 1]]], ['', '3 juegos de 6 mugs', [['p6', 3]]], ['', '6 mugs and 4 mugs', [['p6', 1], ['p4', 1]]],
		['', '6 sets', [['p6', 6]]], ['', '6 vases and 6 mugs', [['p6', 1], ['v', 6]]],
		[PACK, '6 mugs', [['p6', 6]]], [PACK, '6 mugs', [['p6', 2]]], [PACK, '10 mugs', [['p6', 2]]], [PACK, '8 mugs', [['p6', 1], ['p1', 1]]], [QUANTITY, '2 sets of 6 mugs', [['p6', 1]]], [PACK, '2 sets of 6 mugs', [['p6', 6]]], [PACK, '0 sets of 6 mugs', [['p6', 2]]], [PACK, '6 mugs, 2 vases', [['p6', 2], ['v', 2]]],
		[QUANTITY, '6 mugs', [['v', 6]]], ['quote_not_in_turn pack_mismatch', '6 mugs', [['p6', 2]], [[12, 'mugs', '12 mugs']]], ['', 'viele Becher', [['p6', 2]], [[12, 'mugs', 'viele Becher']]], [PACK, 'twelve mugs', [['p6', 1]], [[12, 'mugs', 'twelve mugs']]], ['', '12 mugs', [['p6', 2]], [[6, 'mugs', '12 mugs']]],
	])('%s: “%s” as %j', (expected, text, lines, requested = []) => expect(codes(MUGS, text, lines, { requested })).toBe(expected));
	it('say what adds up to what', () => {
		const told = (text: string, lines: Lines) => order(MUGS, text, lines).violations.map(({ message }) => message);
		expect(told('10 mugs', [['p6', 2]])).toEqual(['The customer asked for 10 × "mugs", but the items add up to 12. "quantity" counts selling units: choose packs that add up exactly, or ask one question.']);
	});
	it.each<[string, Lines]>([['14 Brezeln', [['b2', 1], ['b3', 2]]], ['3 Brezel', [['b3', 3]]]])('with single pieces in another form of the word: “%s”', (text, lines) => expect(codes(BAKERY, text, lines)).toBe(''));
});

describe('the city', () => {
	it('that nothing serves is refused, of one item and of all', () => {
		const message = (...args: Parameters<typeof order>) => order(...args).violations[0]?.message;
		expect(message(TEA, 'to Madrid', [['t1', 1], ['t2', 1]], { city: 'Madrid' })).toMatch(/^"Morning Mist Green Tea", "Smoky Pine Black Tea" is not available in "Madrid"\. Set city "" and send_payment_link false/u);
		expect(message(BAKERY, 'to Madrid', null, { city: 'Madrid' })).toMatch(/^Nothing of the catalog is not available in "Madrid"/u);
		expect([order(TEA, 'to Madrid', [['t1', 1]], { city: 'Madrid' }).city, codes(TEA, 'to Paris', null, { city: 'Paris' }), order(TEA, 'to paris', null, { city: 'paris' }).city]).toEqual(['', '', 'Paris']);
	});
	it('is none of the proposal where nothing needs one', () => {
		expect([order(TEA, 'lesson', [['t6', 1]], { city: 'Lyon' }).city, order(TEA, 'hm', null, { city: 'ONLINE' }).city, codes(TEA, 'hm', null, { city: 'online' }), order(TEA, 'hm', null, {}, { session: { city: 'online' } }).city]).toEqual(['online', '', '', '']);
	});
	it('known from before holds while it is served', () => {
		expect([order(TEA, 'tea', [['t1', 1]], {}, { session: { city: 'Paris' } }).city, order(TEA, 'black tea', [['t2', 1]], {}, { session: { city: 'Paris' } }).city, order(TEA, 'hm', null, {}, { session: { city: 'Paris' } }).city, order(TEA, 'hm', null, {}, { session: { city: 'Madrid' } }).city, codes(TEA, 'hm', null, {}, { session: { city: 'Madrid' } })]).toEqual(['Paris', '', 'Paris', 'Madrid', '']);
		expect(order(TEA, 'green tea', [['t1', 1]], {}, { session: { city: 'online' } }).city).toBe('');
	});
	it('is written as the items write it', () => {
		expect([order(FLORIST, 'a Valencia', [['1001', 1]], { city: 'Valencia' }).city, order(BIKES, 'to porto', null, { city: 'PORTO' }).city, order([item('product', 'a', 'Pot', { cities: [] })], 'to Metz', null, { city: 'Metz' }).city]).toEqual(['Валенсия', 'Porto', 'Metz']);
	});
	it('has to be the customer’s, now or before', () => {
		const known: readonly Scene[] = [{ session: { city: 'Paris' } }, { session: { extra: { cityToConfirm: 'Paris' } } }, { session: { extra: { namedCity: 'Paris' } } }];
		for (const scene of known) expect(order(TEA, 'yes', [['t1', 1]], { city: 'Paris', commits: true }, scene).city).toBe('Paris');
		expect(order(TEA, 'yes', [['t1', 1]], { city: 'Paris' }, { session: { city: 'Lyon' } })).toMatchObject({ city: '', cityToConfirm: 'Paris', violations: [] });
		expect(order(TEA, 'yes', [['t1', 1]], { city: 'Paris', commits: true }).violations[0]?.message).toBe('The customer didn\'t name "Paris". Ask them to confirm the city before you rely on it.');
		expect(order([item('product', 'a', 'Pot', { cities: ['San Sebastián'] })], 'send it to san sebastian soon', [['a', 1]], { city: 'San Sebastián' }).city).toBe('San Sebastián');
		expect(order([item('product', 'a', 'Pot', { cities: ['Нижний Новгород'] })], 'to Nizhny Novgorod please', [['a', 1]], { city: 'Нижний Новгород' }).city).toBe('Нижний Новгород');
		expect(order([item('product', 'a', 'Pot', { cities: ['Киев'] })], 'у Києві, будь ласка', [['a', 1]], { city: 'Київ' }).city).toBe('Киев');
	});
});

describe('the name', () => {
	const name = (text: string, proposed: string, before = '') => [order(TEA, text, null, { name: proposed }, { session: { clientName: before } }).clientName, codes(TEA, text, null, { name: proposed }, { session: { clientName: before } })];
	it.each([
		['Anna Lee here', ' Anna   Lee ', '', 'Anna Lee', ''], ['I am O’Neill-Smith Jr.', 'O’Neill-Smith Jr.', '', 'O’Neill-Smith Jr.', ''], ['hm', 'Anna', 'Anna', 'Anna', ''], ['hm', 'ANNA', 'Anna', 'ANNA', ''], ['hm', '', 'Anna', 'Anna', ''], ['call +1 2', '+1 2', 'Anna', 'Anna', ''],
		['Anna', 'Boris', 'Anna', 'Anna', 'name_not_from_customer'], ['Anna Lee', 'Anna Lou', '', '', 'name_not_from_customer'], ['a1 <b>', '<b>', '', '', 'name_not_from_customer'], ['Anna 5', 'Anna 5', '', '', 'name_not_from_customer'], ['- anna', '-anna', '', '', 'name_not_from_customer'], ['anna;', 'anna;', '', '', 'name_not_from_customer'],
	])('“%s” as “%s”, “%s” before', (text, proposed, before, kept_, code) => expect(name(text, proposed, before)).toEqual([kept_, code]));
	it('is cut where it is long', () => expect(name('a'.repeat(130), 'a'.repeat(130), 'a'.repeat(120))[0]).toBe('a'.repeat(120)));
});

describe('the phone', () => {
	const PHONE = '+34600111222';
	it.each<[string, string, Scene]>([
		['', 'it is 600-111-222', {}], ['', 'it is (600) 111.222', {}], ['', 'my number\n600111222', {}], ['', '+34 600 111 222', {}], ['phone_not_from_customer', '111 222', {}], ['phone_not_from_customer', '600 111 223', {}], ['phone_not_from_customer', 'no 1234567', {}],
		['', 'yes', { customerPhone: PHONE, session: { awaiting: ['confirmation'] } }], ['', 'yes', { customerPhone: PHONE, session: { awaiting: ['phone'] } }], ['phone_not_from_customer', 'yes', { customerPhone: PHONE, session: { awaiting: ['city'] } }], ['phone_not_from_customer', 'it is 12345', { customerPhone: PHONE, session: { awaiting: ['phone'] } }], ['', 'it is 12', { customerPhone: PHONE, session: { awaiting: ['phone'] } }],
		['phone_not_from_customer', 'yes', { customerPhone: PHONE, channel: 'telegram', session: { awaiting: ['phone'] } }], ['phone_not_from_customer', 'yes', { customerPhone: '+34600111223', session: { awaiting: ['phone'] } }],
	])('%s: “%s”', (code, text, scene) => expect(codes(TEA, text, null, { phone: PHONE }, scene)).toBe(code));
	it('of another country with the same end isn’t theirs', () => {
		expect([codes(TEA, '0111222', null, { phone: '+99990111222' }), codes(TEA, '0111222', null, { phone: '+999990111222' })]).toEqual(['', 'phone_not_from_customer']);
	});
	it('that is none is asked for again, and the one before stays', () => {
		expect(order(TEA, 'it is 12', null, { phone: '12' }, { session: { phone: PHONE } })).toMatchObject({ phone: PHONE, violations: [{ code: 'phone_invalid', message: '"12" is not a phone number: + and 7 to 20 digits. Ask for it once more.' }] });
		expect(order(TEA, 'hm', null, { phone: '  ' }, { session: { phone: PHONE } })).toMatchObject({ phone: PHONE, violations: [] });
	});
});

describe('what is missing', () => {
	it('is told in one row', () => {
		expect(order(TEA, 'green tea', [['t1', 1]], { commits: true }).violations[0]?.message).toBe('Not everything for the order is known: city, phone, name. Set send_payment_link false and ask for all of it in one short question.');
		expect(order(TEA, 'hm', [], { commits: true }).missing).toEqual(['items', 'phone', 'name']);
		expect(codes(TEA, 'green tea', [['t9', 1]], { commits: true })).toBe('unknown_sku');
	});
});
