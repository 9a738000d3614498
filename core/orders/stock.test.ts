import { expect, test } from 'vitest';
import { emptyItem } from '../catalog/item.ts';
import { createCatalog } from '../catalog/search.ts';
import { withAvailableStock } from './stock.ts';

test('a catalog shows what can be sold, wherever it is looked at', () => {
	const items = ['Rose', 'Tulip', 'Lily'].map((name, at) => ({ ...emptyItem(name, 'product', name), stock: [3, 1, null][at] ?? null }));
	const catalog = withAvailableStock(createCatalog(items), new Map([['Rose', 2], ['Tulip', 5], ['Lily', 9], ['Gone', 1]]));
	expect(catalog.items.map(({ stock }) => stock)).toEqual([1, 0, null]);
	expect(catalog.get('Rose')?.stock).toBe(1);
	expect(catalog.get('Gone')).toBeUndefined();
	expect(catalog.search('tulip')[0]?.item.stock).toBe(0);
	expect(items.map(({ stock }) => stock)).toEqual([3, 1, null]);
});
