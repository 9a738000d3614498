import { describe, expect, it } from 'vitest';
import { FLORIST, HOTEL } from '../../offline/test-support/shops.ts';
import { BAKERY, item, TEA } from '../test-support/shops.ts';
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

	const shop = (...names: readonly string[]) => names.map((name) => item('product', name, name));
	const WARM = ['Warm Winter Silk Scarf', 'Warm Winter Silk Dress', 'Warm Winter Silk Hat', 'Warm Winter Silk Sock'];
	it.each([
		['two items that share two long words are told apart by a third', shop('Winter Silk Scarf', 'Winter Silk Dress'), 'winter silk', []],
		['of three shared words all are meant', shop(...WARM), 'warm winter silk', [['warm winter silk', ...WARM]]],
		['what more items share is a kind of thing', shop(...WARM, 'Warm Winter Silk Belt'), 'warm winter silk', []],
		['of more words the longer name is meant', shop('Green Leaf Tea', 'Green Leaf Tea Deluxe'), 'Green Leaf Tea Deluxe and Green Leaf Tea', [['Green Leaf Tea Deluxe', 'Green Leaf Tea Deluxe'], ['Green Leaf Tea', 'Green Leaf Tea']]],
		['the whole name is meant wherever it stands in the catalog', shop('Green Leaf Tea Deluxe', 'Green Leaf Tea'), 'Green Leaf Tea', [['Green Leaf Tea', 'Green Leaf Tea']]],
		['a whole name of short words is a name', shop('Red Cup', 'Red Cup Set'), 'the red cup', [['red cup', 'Red Cup']]],
		['a name that stands twice is each of them', [item('product', 'a', 'Red Cup'), item('product', 'b', 'Red Cup')], 'the red cup', [['red cup', 'a', 'b']]],
		['a part from the middle is enough', shop('Fine Linen Table Cloth'), 'a linen table', [['linen table', 'Fine Linen Table Cloth']]],
		['two short words are not', shop('Big Red Cup'), 'big red', []],
		['a long and a short one are not', shop('Big Linen Cup'), 'big linen', []],
		['a number with its noun is', shop('Box of 6 Tea Candles'), '6 tea candles', [['6 tea candles', 'Box of 6 Tea Candles']]],
		['another number isn’t', shop('Set 20 Roses'), '2 roses, 200 roses', []],
		['a number with a short word isn’t', shop('Set 20 Big Roses'), '20 big', []],
		['a one-word name is one when it is written like a name', shop('Call'), 'a call, the Call', [['Call', 'Call']]],
		['letters that have no case are', shop('茶'), '茶', [['茶', '茶']]],
		['a word in the middle in capitals is none', shop('iPhone'), 'an iPhone', []],
		['an apostrophe is part of a word', shop('O’Neill’s Tea'), 'O\'Neill\'s tea', [['O\'Neill\'s tea', 'O’Neill’s Tea']]],
		['one word of several isn’t a name', shop('Morning Tea'), 'the morning', []],
	])('%s', (_, items, text, expected) => {
		expect(named(items, text)).toEqual(expected);
	});

	it('four items of one name at most are meant by a word', () => {
		const cups = (count: number) => Array.from({ length: count }, (_, at) => item('product', `c${at}`, 'Cup'));
		expect(named(cups(4), 'the Cup')).toHaveLength(1);
		expect(named(cups(5), 'the Cup')).toEqual([]);
	});

	it('takes the dot of a name with it where the sentence goes on', () => {
		const dotted = buildNameIndex([item('product', 'r', 'Red Rose, 1 pc. ')]);
		const masked = (text: string) => maskMentions(text, dotted).text;
		expect(['Red Rose, 1 pc. is here', 'Red Rose, 1 pc. — €4', 'Red Rose, 1 pc.: €4', 'Red Rose, 1 pc.(new)'].map(masked)).toEqual(['\ue000 is here', '\ue000 — €4', '\ue000: €4', '\ue000(new)']);
		expect(['Red Rose, 1 pc. And', 'Red Rose, 1 pc.', 'Red Rose, 1 pc is here. so'].map(masked)).toEqual(['\ue000. And', '\ue000.', '\ue000 is here. so']);
		expect(maskMentions('Red Rose. is', buildNameIndex(shop('Red Rose'))).text).toBe('\ue000. is');
	});

	it('hides numbers and commas of the name from the rules', () => {
		expect(maskMentions('Роза, 1 шт. — 4 €', buildNameIndex(FLORIST)).text).toBe('\ue000 — 4 €');
	});

	it('by a single word only hints at it', () => {
		expect(hintsIn('the candles and a rose', buildNameIndex(TEA)).map(({ sku }) => sku)).toEqual(['t3']);
		const hints = (items: typeof TEA, text: string) => hintsIn(text, buildNameIndex(items)).map(({ sku }) => sku);
		expect(hints(shop('Red Cup', 'Rose Bowl', 'Rose Vase'), 'red cup with a rose, bowl and bowl')).toEqual(['Rose Bowl']);
		expect(hints(shop('Rose Rose Bowl', 'Rose', 'Vase 2030'), 'the rose and 2030')).toEqual(['Rose']);
		expect(hints(shop('Rose Rose'), 'a rose')).toEqual(['Rose Rose']);
	});
});
