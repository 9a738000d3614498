import { describe, expect, it } from 'vitest';
import { FLORIST, HOTEL } from '../../offline/test-support/shops.ts';
import { BAKERY, TEA } from '../test-support/shops.ts';
import { buildNameIndex, hintsIn, maskMentions } from './mentions.ts';

const named = (items: typeof TEA, text: string) => maskMentions(text, buildNameIndex(items)).mentions.map((mention) => [mention.written, ...mention.items.map(({ sku }) => sku)]);

describe('naming an item', () => {
	it.each([
		[TEA, 'The Morning Mist Green Tea is lovely', [['Morning Mist Green Tea', 't1']]],
		[TEA, 'the smoky pine is strong', [['smoky pine', 't2']]],
		[TEA, 'Morning Mist Green Tea, Smoky Pine Black Tea', [['Morning Mist Green Tea', 't1'], ['Smoky Pine Black Tea', 't2']]],
		[FLORIST, 'Букета из 20 роз, букетом из 10 роз', [['Букета из 20 роз', '1001'], ['букетом из 10 роз', '1002']]],
		[FLORIST, 'Bouquet: 20 rosas', [['20 rosas', '1001']]],
		[HOTEL, 'our Volcanic Stone Therapy', [['Volcanic Stone Therapy', '101']]],
		[BAKERY, 'Karton mit 12 Brezeln', [['Karton mit 12 Brezeln', 'b2']]],
		[TEA, 'Good tea for a good evening', []],
		[FLORIST, 'Розы и букеты', []],
	])('%#: %s', (items, text, expected) => {
		expect(named(items, text)).toEqual(expected);
	});

	it('hides numbers and commas of the name from the rules', () => {
		expect(maskMentions('Роза, 1 шт. — 4 €', buildNameIndex(FLORIST)).text).toBe('\ue000 — 4 €');
	});

	it('by a single word only hints at it', () => {
		expect(hintsIn('the candles and a rose', buildNameIndex(TEA)).map(({ sku }) => sku)).toEqual(['t3']);
	});
});
