import type { Catalog } from '../../../../core/catalog/catalog.ts';
import { exportTable } from '../../../../core/catalog/export-table.ts';
import type { ItemKind } from '../../../../core/catalog/item.ts';
import { AppError } from '../../../../core/errors.ts';
import { createCatalog } from '../../../../core/catalog/search.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import { createCatalogEndpoints } from './endpoints.ts';
import { importFile, type ImportOptions, type ImportReport } from './import-file.ts';
import { allItems, catalogVersion, itemsAfter, lockOwner, type StoredItem } from './repository.ts';

export interface Catalogs {
	readonly endpoints: readonly Endpoint[];
	/**
	 * The company's catalog, indexed. Kept in memory by version, so that a turn costs one small query; `sql` runs in the
	 * tenant's session, so another tenant's company is not found however often it was loaded before. Who has read the company in its
	 * tenant's session passes `version`: then a catalog in memory costs no query.
	 * @throws AppError `company_not_found` (404)
	 */
	loadCatalog(sql: Sql, companyId: string, version?: number): Promise<Catalog>;
	/** One transaction. @throws what `importFile` throws; nothing is stored then */
	importFile(tenantId: string, companyId: string, bytes: Buffer, options: ImportOptions): Promise<ImportReport>;
	/**
	 * The company's items of a kind as rows of a file.
	 * @throws AppError `company_not_found` (404), `catalog_kind_unclear` (422) of a hybrid company without `kind`
	 */
	exportRows(tenantId: string, companyId: string, kind: ItemKind | undefined): Promise<{ kind: ItemKind; rows: string[][] }>;
	/** In catalog order. @throws AppError `company_not_found` (404) */
	items(tenantId: string, companyId: string, page: { limit: number; startingAfter?: string | undefined }): Promise<readonly StoredItem[]>;
}

/** Catalogs kept in memory at most; the one not asked for longest goes first. */
const KEPT_CATALOGS = 200;

export function createCatalogs({ database }: { database: Database }): Catalogs {
	const kept = new Map<string, { version: number; catalog: Catalog }>();
	const catalogs: Omit<Catalogs, 'endpoints'> = {
		async loadCatalog(sql, companyId, knownVersion) {
			const version = knownVersion ?? (await catalogVersion(sql, companyId));
			const known = kept.get(companyId);
			const catalog = known?.version === version ? known.catalog : createCatalog(await allItems(sql, companyId));
			// Deleting first makes it the last in the map's order, which is the order of use.
			kept.delete(companyId);
			kept.set(companyId, { version, catalog });
			const [oldest] = kept.keys();
			if (kept.size > KEPT_CATALOGS && oldest !== undefined) kept.delete(oldest);
			return catalog;
		},
		importFile: (tenantId, companyId, bytes, options) => database.withTenant(tenantId, (sql) => importFile(sql, companyId, bytes, options)),
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
	};
	return { ...catalogs, endpoints: createCatalogEndpoints({ database, catalogs }) };
}
