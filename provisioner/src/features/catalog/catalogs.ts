import { stat } from 'node:fs/promises';
import type { Catalog, CatalogHit, CatalogSearchOptions } from '../../../../core/catalog/catalog.ts';
import { exportTable } from '../../../../core/catalog/export-table.ts';
import type { ItemKind } from '../../../../core/catalog/item.ts';
import { AppError } from '../../../../core/errors.ts';
import { createCatalog } from '../../../../core/catalog/search.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import { createCatalogEndpoints } from './endpoints.ts';
import type { Logger } from 'pino';
import { importInThread } from './import-thread.ts';
import { importFile, type ImportOptions, type ImportReport } from './import-file.ts';
import { editItems, noItem, removeItem, type Edited } from './edit-items.ts';
import { allItems, catalogVersion, itemsAfter, itemsBySku, lockOwner, versionsBefore, type StoredItem, type Version } from './repository.ts';
import { indexItems } from './reindex.ts';
import { restoreVersion } from './restore-version.ts';
import type { ItemFields } from './schema.ts';
import { searchItems } from './search.ts';

export interface Catalogs {
	/** Makes what was stored before search was in the database findable, in the background. */
	start(): void;
	stop(): Promise<void>;
	readonly endpoints: readonly Endpoint[];
	/**
	 * The company's catalog, indexed. Kept in memory by version, so that a turn costs one small query; `sql` runs in the
	 * tenant's session, so another tenant's company is not found however often it was loaded before. Who has read the company in its
	 * tenant's session passes `version`: then a catalog in memory costs no query.
	 * @throws AppError `company_not_found` (404)
	 */
	loadCatalog(sql: Sql, companyId: string, version?: number): Promise<Catalog>;
	/** Of the file at `path`, in one transaction. @throws what `importFile` throws; nothing is stored then */
	importFile(tenantId: string, companyId: string, path: string, options: ImportOptions): Promise<ImportReport>;
	/** Best first, in one query. @throws AppError `company_not_found` (404) */
	search(tenantId: string, companyId: string, query: string, options: CatalogSearchOptions & { readonly limit: number }): Promise<readonly CatalogHit[]>;
	/**
	 * The company's items of a kind as rows of a file.
	 * @throws AppError `company_not_found` (404), `catalog_kind_unclear` (422) of a hybrid company without `kind`
	 */
	exportRows(tenantId: string, companyId: string, kind: ItemKind | undefined): Promise<{ kind: ItemKind; rows: string[][] }>;
	/** In catalog order. @throws AppError `company_not_found` (404) */
	items(tenantId: string, companyId: string, page: { limit: number; startingAfter?: string | undefined }): Promise<readonly StoredItem[]>;
	/** @throws AppError `company_not_found`, `item_not_found` (404) */
	item(tenantId: string, companyId: string, sku: string): Promise<StoredItem>;
	/** Creates or changes items by sku. @throws what `editItems` throws; nothing is stored then */
	editItems(tenantId: string, companyId: string, items: readonly ItemFields[]): Promise<Edited>;
	/** @throws AppError `company_not_found`, `item_not_found` (404) */
	removeItem(tenantId: string, companyId: string, sku: string): Promise<void>;
	/** What can be restored, the newest first. @throws AppError `company_not_found` (404) */
	versions(tenantId: string, companyId: string, page: { limit: number; startingAfter?: number | undefined }): Promise<readonly Version[]>;
	/** @throws what `restoreVersion` throws */
	restoreVersion(tenantId: string, companyId: string, version: number): Promise<Version | null>;
}

/** Catalogs kept in memory at most, and items of all of them together (about 5 kB each); the one not asked for longest goes first. */
const KEPT_CATALOGS = 200;
const KEPT_ITEMS = 200_000;

/** What takes longer than a thread takes to start. */
const LONG_FILE_BYTES = 1024 * 1024;
/** Of an imported file, where nothing else is configured. */
export const MAX_FILE_BYTES = 50 * 1024 * 1024;

interface CatalogsDeps {
	readonly database: Database;
	/** For the threads in which long files are imported. */
	readonly databaseUrl: string;
	readonly log: Logger;
	readonly maxFileBytes?: number;
	readonly keptItems?: number;
}

export function createCatalogs({ database, databaseUrl, log, maxFileBytes = MAX_FILE_BYTES, keptItems = KEPT_ITEMS }: CatalogsDeps): Catalogs {
	const kept = new Map<string, { version: number; catalog: Catalog }>();
	let stopped = false;
	let indexing: Promise<void> | undefined;
	const catalogs: Omit<Catalogs, 'endpoints'> = {
		start() {
			indexing = indexItems(database, () => stopped).then(
				(items) => void (items > 0 && log.info({ items }, 'Items of catalogs can be searched now')),
				(error: unknown) => log.error({ err: error }, 'Items of catalogs could not be made searchable; that is tried again at the next start'),
			);
		},
		async stop() {
			stopped = true;
			await indexing;
		},
		async loadCatalog(sql, companyId, knownVersion) {
			const version = knownVersion ?? (await catalogVersion(sql, companyId));
			const known = kept.get(companyId);
			const catalog = known?.version === version ? known.catalog : createCatalog(await allItems(sql, companyId));
			// Deleting first makes it the last in the map's order, which is the order of use.
			kept.delete(companyId);
			kept.set(companyId, { version, catalog });
			let items = [...kept.values()].reduce((sum, { catalog: { items: { length } } }) => sum + length, 0);
			for (const [oldest, { catalog: { items: { length } } }] of kept) {
				if (oldest === companyId || (kept.size <= KEPT_CATALOGS && items <= keptItems)) break;
				kept.delete(oldest);
				items -= length;
			}
			return catalog;
		},
		async importFile(tenantId, companyId, path, options) {
			const { size } = await stat(path);
			return size < LONG_FILE_BYTES ? await importFile(database, tenantId, companyId, path, options) : await importInThread({ databaseUrl, tenantId, companyId, path, options });
		},
		search: (tenantId, companyId, query, options) =>
			database.withTenant(tenantId, async (sql) => {
				const hits = await searchItems(sql, companyId, query, options);
				// Nothing found may be a company that isn't there.
				if (hits.length === 0) await catalogVersion(sql, companyId);
				return hits;
			}),
		exportRows: (tenantId, companyId, asked) =>
			database.withTenant(tenantId, async (sql) => {
				const { type } = await lockOwner(sql, companyId);
				if (asked === undefined && type === 'hybrid') throw new AppError('catalog_kind_unclear', 'The company sells products and services, and a file holds one of them: pass kind=product or kind=service.', { status: 422 });
				const kind = asked ?? (type === 'service' ? 'service' : 'product');
				return { kind, rows: exportTable(await allItems(sql, companyId), kind) };
			}),
		items: (tenantId, companyId, { limit, startingAfter }) =>
			database.withTenant(tenantId, async (sql) => {
				await catalogVersion(sql, companyId);
				return itemsAfter(sql, companyId, limit, startingAfter);
			}),
		item: (tenantId, companyId, sku) =>
			database.withTenant(tenantId, async (sql) => {
				await catalogVersion(sql, companyId);
				const found = (await itemsBySku(sql, companyId, [sku])).get(sku);
				if (found === undefined) throw noItem(sku);
				return found;
			}),
		editItems: (tenantId, companyId, items) => database.withTenant(tenantId, (sql) => editItems(sql, companyId, items)),
		removeItem: (tenantId, companyId, sku) => database.withTenant(tenantId, (sql) => removeItem(sql, companyId, sku)),
		versions: (tenantId, companyId, { limit, startingAfter }) =>
			database.withTenant(tenantId, async (sql) => {
				await catalogVersion(sql, companyId);
				return versionsBefore(sql, companyId, limit, startingAfter);
			}),
		restoreVersion: (tenantId, companyId, version) => database.withTenant(tenantId, (sql) => restoreVersion(sql, companyId, version)),
	};
	return { ...catalogs, endpoints: createCatalogEndpoints({ database, catalogs, maxFileBytes }) };
}
