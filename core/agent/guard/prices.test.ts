import { describe, expect, it } from 'vitest';
import type { Item } from '../../catalog/item.ts';
import type { Proposal } from '../decision.ts';
import { codesOf, violationsOf } from './test-support/codes.ts';
import { BAKERY, BIKES, item, order, TEA, type Scene } from './test-support/shops.ts';

type Row = readonly [response: string, turn?: string, shop?: readonly Item[], proposed?: Partial<Proposal>, scene?: Scene];
const buy = (...lines: readonly (readonly [string, number])[]): Partial<Proposal> => ({ items: lines.map(([SKU, quantity]) => ({ SKU, quantity })), intent: 'order' });
const cart = (...lines: readonly (readonly [string, number])[]): Scene => ({ session: { cart: lines.map(([sku, quantity]) => ({ sku, quantity })) } });
const A = 'Morning Mist Green Tea';
const B = 'Smoky Pine Black Tea';
const WORKSHOP: readonly Item[] = [item('product', 'w1', 'Clay Mug', { description: 'With a voucher of €25', priceCents: 1200, deliveryCents: 700, freeDeliveryFromCents: 6000, cities: ['Lyon'] }), item('product', 'w2', 'Clay Bowl', { priceCents: 2000, deliveryCents: 500, freeDeliveryFromCents: 3000, cities: ['Lyon'] })];

const TRUE: readonly Row[] = [
	// Of the item beside it, in each order that people speak in.
	[`${A} is €12.90, delivery €4.90.`], [`${A} — €12.90, ${B} — €14.75`], [`For €12.90 you get the ${A} and for €14.75 the ${B}.`], [`${A} and ${B} cost €12.90 and €14.75.`],
	[`${A}, ${B} and Box of 6 Tea Candles cost €12.90, €14.75 and €8.70.`], ['The mist at €12.90, the smoky one at €14.75.'], ['The mist at €12.90, the candles at €8.70 each.'],
	[`${A}: €4.90 for delivery.`], [`€4.90 delivery for ${A}.`], [`${A} (€12.90)`], [`${A}, €12.90, and delivery, €4.90`],
	// What an item's own text says.
	['Clay Mug comes with a voucher of €25.', 'mug?', WORKSHOP],
	// Several of it, and with delivery.
	[`2 tins of ${A} are €25.80.`], [`1000 tins of ${A} are €12,900.00.`, 'and 1000 tins?'], [`${A} with delivery is €17.80.`], [`2 ${A} with delivery: €30.70`], [`${A} is €25.80.`, 'two green teas', TEA, buy(['t1', 2])],
	// Named together.
	[`${A} and ${B} together are €27.65.`], [`${A} and ${B}: €32.55 with delivery.`], [`2 × ${A} and ${B}: €40.55`], [`${A} and 2x ${B}: €42.40`], [`${A}. ${B}. Both are €27.65.`],
	// From when delivery is free.
	[`Delivery of ${A} is free from €50.`], [`${A}: free delivery from €50`], [`If you order ${A} for €50, we pay for delivery.`, '', TEA], ['Add €37.10 and delivery is free.', 'one green tea', TEA, buy(['t1', 1])],
	// The order's sums.
	['Total: €30.70', 'two green teas', TEA, buy(['t1', 2])], ['The total of the products is €25.80.', 'two green teas', TEA, buy(['t1', 2])], ['Products: €25.80. Delivery: €4.90. Total: €30.70', 'two green teas', TEA, buy(['t1', 2])],
	['Your order: €25.80, delivery €4.90, total €30.70', 'hm', TEA, {}, cart(['t1', 2])], ['Your cart is worth €25.80.', 'hm', TEA, { items: [] }, cart(['t1', 2])], ['Your total was €30.70.', 'hm', TEA, { items: [] }, cart(['t1', 2])],
	['Your order is €17.80.', 'hm', TEA, {}, { order: order() }], ['Your total is €17.80.', 'hm', TEA, {}, { order: order() }],
	['Teas are €25.80 and candles €8.70.', '2 green teas and candles', TEA, buy(['t1', 2], ['t3', 1])],
	// From … to.
	['Prices start from €8.70.'], ['We have gifts and teas from €8.70 to €60.'], ['Teas from €12.90 to €14.75.'], ['Our prices range between €8.70 and €60.00.'],
	// Delivery of everything, where it is the same.
	['Die Lieferung kostet 3,50 €.', 'hallo', BAKERY], ['Delivery is €3.50, free from €40.', 'hello', BAKERY],
	// Whose it is in a sentence that names several things, and of what it is told in each of its parts.
	[`For €12.90 and €4.90 for delivery you get the ${A}, for €14.75 the ${B}.`], [`${A} is €12.90, the candles are €8.70.`], ['Box of 6 Tea Candles is €8.70, the mist or smoky one €14.75.'],
	[`${A}: delivery is €4.90, you pay €12.90.`], [`${A}: delivery is €4.90 and you pay €12.90.`], ['Clay Mug and Clay Bowl: €32 and €7 for delivery.', 'mug?', WORKSHOP], ['Clay Bowl is €20, your delivery is €7.', 'a clay mug', WORKSHOP, buy(['w1', 1])],
	['€4.90 more and it is with you.', 'morning mist green tea'], ['No delivery fee from €50.', 'morning mist green tea'], [`${B} with delivery is €19.65.`, 'two green teas', TEA, buy(['t1', 2])], [`${A} and ${B}, total of the products €27.65.`],
	[`${B} would be €29.50.`, 'and the smoky one?', TEA, {}, cart(['t1', 2])], ['Bicicleta urbana Ribeira: €1.287', '3 bicicletas', BIKES], ['Instead of €38.70 it is now €14.75.', 'smoky pine instead', TEA, buy(['t2', 1]), cart(['t1', 3])],
	['Prices start from €10.', 'hello', [item('product', 'v0', 'Note', { category: 'X' }), item('product', 'v1', 'Red Vase', { category: 'X', priceCents: 1000 }), item('product', 'v2', 'Blue Vase', { category: 'X', priceCents: 2000 })]],
	// The customer's limit.
	['Under €10 we have a few things.', 'something under 10 euros'], ['Under €10.50 we have Box of 6 Tea Candles.', 'something under 10 euros and 50 cents'],
	['Under €10 we have Box of 6 Tea Candles.', 'something under 10 euros'], ['Within your budget of €15 there is the Smoky Pine Black Tea.', 'my budget is 15'], ['До 10 € есть Box of 6 Tea Candles.', 'до 10 евро'],
];

const FALSE: readonly (readonly [string, ...Row])[] = [
	['price_not_in_facts', `${A} — €14.75, ${B} — €12.90`], ['price_not_in_facts', `${A} and ${B} cost €14.75 and €12.90.`], ['price_not_in_facts', `For €14.75 you get the ${A}.`],
	['price_not_in_facts', `${A}: €12.90 for delivery.`], ['price_not_in_facts', `${A} and the delivery of it, €12.90.`], ['price_not_in_facts', `${A} costs €50.`], ['price_not_in_facts', `${A} is €17.80.`], ['price_not_in_facts', `${A} costs €4.90.`],
	['price_not_in_facts', `1001 tins of ${A} are €12,912.90.`, 'and 1001 tins?'], ['price_not_in_facts number_not_in_facts', `2.5 tins of ${A} are €32.25.`], ['price_not_in_facts', `${A} is €25.80.`], ['price_not_in_facts', `${A} and ${B} together are €40.`],
	['price_not_in_facts', `${A} and ${B} are €42.40.`], ['price_not_in_facts discount_not_in_facts', 'Clay Bowl comes with a voucher of €25.', 'mug?', WORKSHOP], ['price_not_in_facts', 'Clay Bowl: €7 for delivery', 'bowl?', WORKSHOP],
	['sum_mismatch', 'Total: €25.80', 'two green teas', TEA, buy(['t1', 2])], ['sum_mismatch', 'The total is €50.', 'two green teas', TEA, buy(['t1', 2])], ['sum_mismatch', 'The total is €24.20.', 'two green teas', TEA, buy(['t1', 2])], ['sum_mismatch', 'The total is €17.80.', 'two green teas', TEA, buy(['t1', 2])],
	['sum_mismatch', 'Your total is from €8.70.'], ['sum_mismatch', 'A total of €3.50 with delivery.', 'hallo', BAKERY], ['sum_mismatch', 'The total was €12.90.', 'hm', TEA, {}, { order: order() }],
	['price_not_in_facts', 'Things cost €60.'], ['price_not_in_facts', 'Prices start from €9.'], ['price_not_in_facts', `${A} is from €8.70.`], ['price_not_in_facts', 'Things from €0.50 on.'], ['price_not_in_facts', 'Things from €35 on.', 'hello', TEA.filter(({ sku }) => sku !== 't5').concat({ ...TEA[4]!, category: 'Tea', priceCents: 1300 })],
	['price_not_in_facts', 'Delivery costs €4.90.'], ['price_not_in_facts', 'It costs €3.50.', 'hallo', BAKERY],
	['price_not_in_facts price_not_in_facts', `${A}, ${B} or Box of 6 Tea Candles cost €12.90 and €14.75.`], ['price_not_in_facts', 'Box of 6 Tea Candles is €8.70, the mist or smoky or private one €14.75.'],
	['price_not_in_facts', 'The delivery of the products is €25.80.', 'two green teas', TEA, buy(['t1', 2])], ['price_not_in_facts', 'Rezeptkarte: Lieferung 3,50 €', 'hallo', BAKERY], ['sum_mismatch', 'Total: €30.70', 'the smoky one instead', TEA, buy(['t2', 1]), cart(['t1', 2])],
	['price_not_in_facts', 'Tea Cup and Bowl are €8 together.', 'hello', [item('product', 'c1', 'Tea Cup', { priceCents: 500 }), item('product', 'c2', 'Tea Cup', { priceCents: 700 }), item('product', 'c3', 'Bowl', { priceCents: 300 })]], ['price_not_in_facts number_not_in_facts', `2.5 ${A} and ${B}: €47.00`],
	['price_not_in_facts', 'Under €10 we have Box of 6 Tea Candles.'], ['price_not_in_facts', 'Box of 6 Tea Candles is under €10.', 'something under 10 euros'], ['price_not_in_facts', 'For €10 we have Box of 6 Tea Candles.', 'something under 10 euros'],
	['price_not_in_facts', `${A} is 12.90 GBP.`], ['price_not_in_facts price_not_in_facts', `${A} is €1 and ${B} is €2.`], ['zero_price_told', `${A} costs €12.90, the card €0.`],
];

describe('an amount', () => {
	it.each(TRUE.map((row) => [row[0], row] as const))('may be told: “%s”', (_, row) => expect(codesOf(...row)).toBe(''));
	it.each(FALSE.map(([codes, ...row]) => [codes, row[0], row] as const))('is %s: “%s”', (codes, _, row) => expect(codesOf(...row)).toBe(codes));

	it('that is wrong is named, with what to do', () => {
		const told = (...row: Row) => violationsOf(...row).map(({ message }) => message);
		expect(told(`${A} is  €1 .`)).toEqual([`"€1" in "${A} is €1 ." doesn't match what it is said of: take the amount from the catalog and name the item beside it.`]);
		expect(told('Total:  €1', 'two green teas', TEA, buy(['t1', 2]))).toEqual(['"€1" in "total: €1" doesn\'t match what it is said of: the sum of the order is computed by code; leave it out or repeat the computed one.']);
		expect(told('Greeting Card: 0 €')).toEqual(['"0 €": what costs nothing is called free, never an amount of zero.']);
	});
});
