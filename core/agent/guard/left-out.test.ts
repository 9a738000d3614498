import { describe, expect, it } from 'vitest';
import { itemsLeftOut } from './left-out.ts';
import { factsOf, TEA } from './test-support/shops.ts';

const lines = (...skus: string[]) => skus.map((sku) => ({ item: TEA.find((item) => item.sku === sku) ?? fail(sku), quantity: 1 }));
const fail = (sku: string): never => {
	throw new Error(`no item ${sku}`);
};
const codes = (text: string, ...skus: string[]) => itemsLeftOut(factsOf(TEA, { text }), lines(...skus)).map(({ code }) => code);

describe('no half orders', () => {
	it.each([
		['a Morning Mist Green Tea and a Greeting Card to Lyon', ['t1']],
		['a Morning Mist Green Tea and a Greeting Card to Lyon', []],
		['Smoky Pine Black Tea, to Lyon', ['t1']],
	])('%j with %j only is held', (text, skus) => expect(codes(text, ...skus)).toEqual(['item_left_out']));

	it.each([
		['a Morning Mist Green Tea and a Greeting Card to Lyon', ['t1', 't4']],
		['Is Smoky Pine Black Tea stronger? I take Morning Mist Green Tea', ['t1']],
		['Morning Mist Green Tea, it is cheaper than Smoky Pine Black Tea', ['t1']],
		['Morning Mist Green Tea, not Smoky Pine Black Tea', ['t1']],
		['Morning Mist Green Tea instead of Smoky Pine Black Tea', ['t1']],
		['yes, to Lyon please', ['t1']],
	])('%j with %j is whole', (text, skus) => expect(codes(text, ...skus)).toEqual([]));
});
