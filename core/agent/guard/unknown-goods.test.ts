import { describe, expect, it } from 'vitest';
import type { Item } from '../../catalog/item.ts';
import { decide } from '../decide.ts';
import { FLORIST } from '../offline/test-support/shops.ts';
import { BAKERY, factsOf, HONEY, item, PORTS, proposal, TEA } from './test-support/shops.ts';

const PANADERIA: readonly Item[] = [item('product', 'p1', 'Pan de centeno', { priceCents: 320, cities: ['Valencia'] }), item('product', 'p2', 'Tarta de queso', { priceCents: 2100, cities: ['Valencia'] })];

function codes(shop: readonly Item[], text: string, response: string): readonly string[] {
	const result = decide(factsOf(shop, { text }), { proposal: proposal({ response }), model: 'm', attempt: 1 }, PORTS);
	return result.accepted ? [] : result.violations.map(({ code }) => code).filter((code) => code !== 'wrong_language');
}

describe('what the catalog doesn’t have is not called available', () => {
	it.each<[readonly Item[], string, string]>([
		[TEA, 'do you have tulips?', 'Yes, we have tulips.'],
		[TEA, 'do you have tulips?', 'Yes, of course!'],
		[PANADERIA, '¿tienen tulipanes?', 'Sí, tenemos tulipanes.'],
		[FLORIST, 'есть ли самокаты?', 'Да, у нас есть самокаты.'],
		[HONEY, 'чи є у вас самокати?', 'Так, у нас є самокати.'],
		[BAKERY, 'Haben Sie Fahrräder?', 'Ja, wir haben Fahrräder.'],
		[BAKERY, 'Haben Sie Fahrräder?', 'Ja, natürlich!'],
	])('%#: %s', (shop, turn, response) => {
		expect(codes(shop, turn, response)).toContain('availability_not_in_facts');
	});

	it.each<[readonly Item[], string, string]>([
		[TEA, 'do you have tulips?', 'No, we don\'t have tulips. We have teas and candles.'],
		[TEA, 'do you have green tea?', 'Yes, we have green tea!'],
		[TEA, 'do you have candels?', 'Yes, we have candles!'],
		[TEA, 'do you have any discounts?', 'Sorry, we have no discounts.'],
		[FLORIST, 'do you have postcards?', 'Yes, we have a postcard for you: Открытка.'],
		[PANADERIA, '¿tienen tarta de queso?', 'Sí, tenemos tarta de queso.'],
		[HONEY, 'чи є у вас свічки?', 'Так, у нас є свічки.'],
		[BAKERY, 'Haben Sie Brot?', 'Ja, wir haben Brot.'],
		[BAKERY, 'Haben Sie Fahrräder?', 'Nein, Fahrräder haben wir leider nicht.'],
	])('and what it has, or denies to have, is: %#', (shop, turn, response) => {
		expect(codes(shop, turn, response)).toEqual([]);
	});
});

describe('stock in words', () => {
	it.each<[readonly Item[], string]>([
		[TEA, 'There are fourteen in stock.'], [TEA, 'Only five left!'], [PANADERIA, 'Hay catorce en stock.'], [PANADERIA, 'Quedan cinco.'],
		[FLORIST, 'Четырнадцать в наличии.'], [FLORIST, 'Осталось пять.'], [HONEY, 'Чотирнадцять в наявності.'], [HONEY, 'Залишилося п’ять.'], [BAKERY, 'Vierzehn auf Lager.'], [BAKERY, 'Nur noch fünfundzwanzig.'],
	])('is told no more than in digits: %#', (shop, response) => {
		expect(codes(shop, '', response)).toContain('stock_disclosed');
	});

	it.each(['It is in stock.', 'We have only two teas on the list.'])('availability without a count is: “%s”', (response) => {
		expect(codes(TEA, 'tea?', response)).not.toContain('stock_disclosed');
	});
});
