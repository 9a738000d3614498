import type { Item, ItemKind } from './item.ts';

/** A company's catalog as the agent sees it: read-only, indexed once, searched often. Built by `createCatalog` (search.ts). */
export interface Catalog {
	readonly items: readonly Item[];
	get(sku: string): Item | undefined;
	/** Best first. Finds by name, description, category and attributes, whatever the case, accents or script. */
	search(query: string, options?: CatalogSearchOptions): readonly CatalogHit[];
}

export interface CatalogSearchOptions {
	readonly kind?: ItemKind;
	/** Only items that are delivered or provided there (or online). */
	readonly city?: string;
	/** Default 12. */
	readonly limit?: number;
}

export interface CatalogHit {
	readonly item: Item;
	/** 0…1, comparable within one search. */
	readonly score: number;
}
