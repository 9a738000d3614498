import { describe, expect, it } from 'vitest';
import { emptyItem } from '../../catalog/item.ts';
import { nounCountsContents, packOf } from './packs.ts';

const named = (name: string, unit = '') => ({ ...emptyItem('1', 'product', name), unit });

describe('packOf', () => {
	it.each([
		['Bouquet of 20 red roses', 20, 'roses'],
		['Букет из 20 роз', 20, 'розы'],
		['Ramo de 12 tulipanes', 12, 'tulipán'],
		['Strauß mit 15 Rosen', 15, 'Rose'],
		['Роза, 1 шт.', 1, 'розы'],
		['Eggs, 12 pcs', 12, 'egg'],
		['6-pack beer', 6, 'beers'],
		['Muffins box of 6', 6, 'muffin'],
		['100 Aufkleber', 100, 'Aufkleber'],
	])('reads the pack of "%s"', (name, size, noun) => {
		expect(packOf(named(name))?.size).toBe(size);
		expect(nounCountsContents(named(name), noun)).toBe(true);
	});

	it.each(['Massage 60 minutes', 'Роза 60 см', 'Dinner for 2 people', 'Phone 15', 'Wine 0,75 l', 'Postcard'])('finds no pack in "%s"', (name) => {
		expect(packOf(named(name))).toBeNull();
	});

	it('reads the unit when the name tells of no pack', () => {
		expect(packOf(named('Macarons', 'box of 12'))?.size).toBe(12);
		expect(packOf(named('Macarons', 'piece'))).toBeNull();
	});

	it('tells contents from selling units', () => {
		expect(nounCountsContents(named('Bouquet of 20 roses'), 'bouquets')).toBe(false);
		expect(nounCountsContents(named('Букет из 20 роз'), 'rosas')).toBe(true);
	});
});
