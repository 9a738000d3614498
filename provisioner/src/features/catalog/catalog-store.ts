import type { CatalogHit, CatalogSearchOptions } from '../../../../core/catalog/catalog.ts';
import type { Item, ItemKind } from '../../../../core/catalog/item.ts';
import type { Sql } from '../../store/database.ts';

/** Whose catalog, and which. */
export interface CatalogAddress {
	readonly tenantId: string;
	readonly companyId: string;
}

/** What a catalog needs to know of its company, which stands in the platform's own database whatever the store. */
export interface CatalogOwner {
	readonly tenantId: string;
	readonly type: 'product' | 'service' | 'hybrid';
	readonly currency: string;
}

export interface StoredItem {
	readonly item: Item;
	readonly updatedAt: Date;
}

export interface PlacedItem extends StoredItem {
	readonly position: number;
}

/** A row as it is to be stored. */
export interface RowToStore {
	readonly item: Item;
	readonly position: number;
}

export interface CatalogChanges {
	readonly inserted: number;
	readonly changed: number;
	readonly unchanged: number;
	readonly removed: number;
}

export interface VersionCause {
	readonly cause: 'import' | 'edit' | 'restore';
	readonly restoredVersion?: number;
}

export interface Version extends VersionCause {
	readonly version: number;
	readonly inserted: number;
	readonly changed: number;
	readonly removed: number;
	readonly createdAt: Date;
}

/** So many of the last versions can be restored. */
export const KEPT_VERSIONS = 20;

/** Stored items that a change takes out: those with these skus, and of `kind` all that are not among the rows that come. */
export interface Removal {
	readonly skus?: readonly string[];
	readonly othersOfKind?: ItemKind | undefined;
}

/** An item that shows a file, and where. */
export interface ItemShowing {
	readonly sku: string;
	readonly image: boolean;
	readonly video: boolean;
}

/** All items at one moment. Another stamp at another one: something has changed. */
export interface Snapshot {
	readonly items: readonly Item[];
	readonly stamp: string;
}

/** A company's catalog, to read. Every function may throw what the store throws when it can't be reached. */
export interface CatalogReader {
	/** @throws AppError `company_not_found` (404) */
	owner(): Promise<CatalogOwner>;
	/** Of the catalog as it is now, without reading it. */
	stamp(): Promise<string>;
	/** In catalog order: products, then services, each as in their file. */
	snapshot(): Promise<Snapshot>;
	/**
	 * All items of a kind in catalog order, page by page, as they are at one moment.
	 * @throws AppError `catalog_changed_meanwhile` (409) at the end, where the store can't hold that moment and others have changed something since
	 */
	itemsOf(kind: ItemKind): AsyncIterable<readonly Item[]>;
	/** A page in catalog order, after the item `startingAfter`. An unknown sku there gives the empty page. */
	page(limit: number, startingAfter: string | undefined): Promise<readonly StoredItem[]>;
	/** The stored ones of these skus. */
	bySku(skus: readonly string[]): Promise<ReadonlyMap<string, PlacedItem>>;
	/** The same items in the same order as `createCatalog` (core/catalog/search.ts) finds in memory. Without a query: the first items, in catalog order. */
	search(query: string, options: CatalogSearchOptions & { readonly limit: number }): Promise<readonly CatalogHit[]>;
	/** The skus of the company's items that are not of this kind. */
	skusOfOtherKind(kind: ItemKind): Promise<ReadonlySet<string>>;
	/** Where a new item of a kind goes: behind the last one. */
	nextPosition(kind: ItemKind): Promise<number>;
	/** The items whose image or video link holds the text, in catalog order. */
	itemsShowing(file: string): Promise<readonly ItemShowing[]>;
	/** Grows with every change that is made here. */
	version(): Promise<number>;
	/** Versions that can be looked up, the newest first. */
	versions(limit: number, startingAfter: number | undefined): Promise<readonly Version[]>;
	/** The oldest version that what is kept leads back to; null when nothing is kept. */
	oldestRestorable(): Promise<number | null>;
	/** What has to be stored and removed to have the catalog as it was in `version`. */
	rowsSince(version: number): Promise<{ readonly rows: readonly RowToStore[]; readonly removed: readonly string[] }>;
}

/** The same while a change is made: what was read holds until it is stored. */
export interface CatalogWriter extends CatalogReader {
	/** Puts rows beside the catalog, to be compared with it or stored. Any number of calls; no sku twice. */
	bring(rows: Iterable<RowToStore> | AsyncIterable<RowToStore>): Promise<void>;
	/** Takes the rows that were brought away again. */
	drop(): Promise<void>;
	/** What storing the rows that were brought would do. */
	compare(removal: Removal): Promise<CatalogChanges>;
	/**
	 * Stores the rows that were brought by sku, removes what is to be removed, and makes that the catalog's next version, from which the one
	 * before can be restored; all or nothing. Returns the version, or null when nothing changed: there is no new one then.
	 */
	store(removal: Removal, cause: VersionCause): Promise<Version | null>;
}

/** Where catalogs are kept: the platform's PostgreSQL, or a Supabase project. One contract suite runs on both (test/contracts/catalog-store.ts). */
export interface CatalogStore {
	readonly name: 'postgres' | 'supabase';
	/** A catalog in memory is as good as the stored one for so long, in milliseconds, while its company's `catalog_version` stays: others may change it. */
	readonly freshMs: number;
	start(): void;
	stop(): Promise<void>;
	read<T>(at: CatalogAddress, work: (catalog: CatalogReader) => Promise<T>): Promise<T>;
	/** To read in the tenant's session that is open already. @throws AppError `company_not_found` (404) */
	readerIn(sql: Sql, companyId: string): Promise<CatalogReader>;
	/**
	 * All that `work` does, or nothing. Changes of one catalog take turns, or `work` runs again: it must do nothing else.
	 * @param options.isLong a file, which takes minutes perhaps
	 * @throws AppError `company_not_found` (404)
	 */
	change<T>(at: CatalogAddress, work: (catalog: CatalogWriter) => Promise<T>, options?: { readonly isLong?: boolean }): Promise<T>;
	/** In the transaction that deletes the companies' rows: what the store has of them goes too, then or soon after. */
	forget(sql: Sql, tenantId: string, companyIds: readonly string[]): Promise<void>;
	/** Ids of what the store had of them outside of the platform's database, which is gone when this returns; a repeat does and tells the same. */
	erase(tenantId: string, companyIds: readonly string[]): Promise<readonly string[]>;
}
