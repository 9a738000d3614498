import type { Catalog, CatalogHit } from '../catalog/catalog.ts';
import type { Item } from '../catalog/item.ts';

/**
 * Pieces of a product that an order takes:
 *
 *   held ──pay──▶ sold ──refund in full──▶ returned
 *    │  ▲           ▲
 *    ▼  │ reopen    │ pay (late)
 *   released ───────┘
 *
 * The catalog keeps the stock that its business states, in a file or by hand; nothing here writes into it. What can be sold now is that
 * number less what orders have taken since it was stated:
 *
 *   available = stated − held − sold since + returned of what was sold before
 *
 * The sum is made where the rows are: `taken_from_stock` of migration 0021.
 */

/** The catalog with the stock that can be sold now. `taken` by sku, in pieces; items without a stated stock stay without. */
export function withAvailableStock(catalog: Catalog, taken: ReadonlyMap<string, number>): Catalog {
	if (taken.size === 0) return catalog;
	const available = (item: Item): Item => {
		const units = taken.get(item.sku);
		return units === undefined || item.stock === null ? item : { ...item, stock: Math.max(0, item.stock - units) };
	};
	let items: readonly Item[] | undefined;
	return {
		get items() {
			return (items ??= catalog.items.map(available));
		},
		get(sku) {
			const item = catalog.get(sku);
			return item && available(item);
		},
		search: (query, options) => catalog.search(query, options).map((hit): CatalogHit => ({ ...hit, item: available(hit.item) })),
	};
}
