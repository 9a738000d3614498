import { describe, expect, it } from 'vitest';
import type { Item } from '../../catalog/item.ts';
import type { Proposal } from '../decision.ts';
import { codesOf, violationsOf } from './test-support/codes.ts';
import { BAKERY, item, TEA } from './test-support/shops.ts';

type Row = readonly [response: string, turn?: string, shop?: readonly Item[], proposed?: Partial<Proposal>];
const buy = (...lines: readonly (readonly [string, number])[]): Partial<Proposal> => ({ items: lines.map(([SKU, quantity]) => ({ SKU, quantity })), intent: 'order' });
const A = 'Morning Mist Green Tea';
const STUDIO: readonly Item[] = [
	item('product', 's1', 'Clay Mug', { priceCents: 1200, deliveryCents: 0, cities: ['Lyon'] }), item('product', 's2', 'Clay Bowl', { priceCents: 2000, deliveryCents: 500, freeDeliveryFromCents: 3000, cities: ['Lyon'] }), item('service', 's3', 'Clay Class', { priceCents: 4000, description: 'Free parking. Tea for everyone', deliveryCents: 700, cities: ['Lyon'] }),
	item('service', 's4', 'Clay Tour', { priceCents: 4000, cities: ['Lyon'] }),
];

const TRUE: readonly Row[] = [
	['The Greeting Card is free.'], ['It is free.', 'greeting card?'], ['The card is free.'], [`${A} — €12.90, the Greeting Card — free`], [`${A} is €12.90, but the card is free.`], ['Feel free to ask.'], ['This is not free.', 'green tea?'], ['It is sugar-free.', 'green tea?'], ['Are you free on Friday?', 'green tea?'],
	['Your order is free.', 'one greeting card', TEA, buy(['t4', 1])], ['Parking is free at Clay Class.', 'hm', STUDIO], ['At Clay Class and Clay Tour parking is free.', 'hm', STUDIO],
	// Delivery that costs nothing.
	['Delivery of Clay Mug is free.', 'hm', STUDIO], ['Delivery of Clay Mug and Clay Tour is free.', 'hm', STUDIO], ['No delivery fee for Clay Mug.', 'hm', STUDIO], ['Delivery of Clay Tour is free.', 'hm', STUDIO], ['Delivery of Clay Mug and Clay Class is free.', 'hm', STUDIO],
	// From an amount, or from so many.
	[`Delivery of ${A} is free from €50.`], [`${A}: delivery costs €4.90, free from €50.`], ['Delivery is free from €50.', 'green tea?'], ['Delivery is free from €40.', 'hello', BAKERY], ['With 2 Clay Bowls delivery is free.', 'hm', STUDIO], ['For orders of €40, delivery is on us.', 'hello', BAKERY], ['If you add €37.10, delivery is free.', 'one green tea', TEA, buy(['t1', 1])],
	['Delivery is free.', '4 green teas', TEA, buy(['t1', 4])], ['Delivery is free!', 'one greeting card', TEA, buy(['t4', 1])],
];
const FALSE: readonly Row[] = [
	[`${A} is free.`], [`The Greeting Card — €12.90, ${A} — free`], ['It is free.', 'green tea?'], [`Feel free to ask, ${A} is free.`], [`Delivery of ${A} is free.`], [`No delivery fee for ${A}.`], [`${A} with no delivery fee, we don't charge for delivery.`], ['Delivery is free.', 'green tea?'], ['Delivery is free.', 'one green tea', TEA, buy(['t1', 1])],
	['Your order is free.', 'one green tea', TEA, buy(['t1', 1])], ['Clay Tour is free.', 'hm', STUDIO], ['Clay Class is free.', 'hm', STUDIO], ['Parking is free at Clay Tour.', 'hm', STUDIO], ['Delivery of Clay Bowl is free.', 'hm', STUDIO], ['Delivery of Clay Mug and Clay Bowl is free.', 'hm', STUDIO], ['With 1 Clay Bowl delivery is free.', 'hm', STUDIO], ['Delivery of Clay Class is free.', 'hm', STUDIO],
	['Delivery of Clay Bowl is free, 0.5 of them.', 'and 0.5?', STUDIO], ['Delivery of 1001 Clay Bowls is free.', 'and 1001?', STUDIO],
];

describe('free', () => {
	it.each(TRUE.map((row) => [row[0], row] as const))('may be said: “%s”', (_, row) => expect(codesOf(...row)).toBe(''));
	it.each(FALSE.map((row) => [row[0], row] as const))('is denied: “%s”', (_, row) => expect(codesOf(...row)).toContain('free_not_in_facts'));
	it('is refused once a sentence, with what to say instead', () => {
		expect(violationsOf(`${A} is free, but it is free.`).map(({ message }) => message)).toEqual([`"${A} is free, but it is free.": nothing that this is said of is free. Say the price or fee of the catalog instead.`]);
	});
});
