import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Catalog, CatalogHit, CatalogSearchOptions } from '../../../../core/catalog/catalog.ts';
import type { ItemKind } from '../../../../core/catalog/item.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import type { SupabaseSettings } from '../../vendors/supabase/client.ts';
import { stockReservations } from '../orders/stock.ts';
import type { RemovedResource } from '../tenants/tenants.ts';
import { createCatalogCache } from './catalog-cache.ts';
import type { StoredItem, Version } from './catalog-store.ts';
import { editItems, noItem, removeItem, unlinkFile, type Edited } from './edit-items.ts';
import { createCatalogEndpoints } from './endpoints.ts';
import { itemsBeside, type ExportFormat } from './export-file.ts';
import type { ExportTask } from './export-worker.ts';
import { importFile, type ImportOptions, type ImportReport } from './import-file.ts';
import type { ImportTask } from './import-worker.ts';
import { createCatalogStore } from './open-store.ts';
import { restoreVersion } from './restore-version.ts';
import type { ItemFields } from './schema.ts';
import { runInThread, serviceStopping } from './thread.ts';
import { createTurns } from './turns.ts';

export interface Catalogs {
	/** What a store does in the background: making items findable, erasing what was deleted. */
	start(): void;
	stop(): Promise<void>;
	/** The process stops: long imports and exports that are under way end with `service_stopping` (503), and nothing of them is stored. */
	endFiles(): void;
	readonly endpoints: readonly Endpoint[];
	/**
	 * The company's catalog, indexed; what `CatalogCache.load` says.
	 * @throws AppError `company_not_found` (404)
	 */
	loadCatalog(sql: Sql, companyId: string, version?: number): Promise<Catalog>;
	/** Of the file at `path`, all or nothing. @throws what `importFile` throws; nothing is stored then */
	importFile(tenantId: string, companyId: string, path: string, options: ImportOptions): Promise<ImportReport>;
	/** Best first, in one query. @throws AppError `company_not_found` (404) */
	search(tenantId: string, companyId: string, query: string, options: CatalogSearchOptions & { readonly limit: number }): Promise<readonly CatalogHit[]>;
	/**
	 * The company's items of a kind as a temporary file, which the caller deletes. It is written in a thread, a few at a time over all companies.
	 * @param gone aborted when nobody wants it any more
	 * @throws AppError `catalog_kind_unclear` (422) of a hybrid company without `kind`, and what `exportFile` and `runInThread` throw
	 */
	exportFile(tenantId: string, companyId: string, wanted: { kind?: ItemKind | undefined; format: ExportFormat }, gone: AbortSignal): Promise<{ kind: ItemKind; path: string }>;
	/** In catalog order. @throws AppError `company_not_found` (404) */
	items(tenantId: string, companyId: string, page: { limit: number; startingAfter?: string | undefined }): Promise<readonly StoredItem[]>;
	/** @throws AppError `company_not_found`, `item_not_found` (404) */
	item(tenantId: string, companyId: string, sku: string): Promise<StoredItem>;
	/** Creates or changes items by sku. @throws what `editItems` throws; nothing is stored then */
	editItems(tenantId: string, companyId: string, items: readonly ItemFields[]): Promise<Edited>;
	/** @throws AppError `company_not_found`, `item_not_found` (404) */
	removeItem(tenantId: string, companyId: string, sku: string): Promise<void>;
	/** Skus of the items that show a file as their image or their video, in catalog order. */
	itemsShowing(tenantId: string, companyId: string, file: string): Promise<readonly string[]>;
	/** These have no image or video there any more; one version of the catalog, which can be restored. @throws AppError `company_not_found` (404) */
	unlinkFile(tenantId: string, companyId: string, file: string): Promise<void>;
	/** What can be restored, the newest first. @throws AppError `company_not_found` (404) */
	versions(tenantId: string, companyId: string, page: { limit: number; startingAfter?: number | undefined }): Promise<readonly Version[]>;
	/** @throws what `restoreVersion` throws */
	restoreVersion(tenantId: string, companyId: string, version: number): Promise<Version | null>;
	/** In the transaction that deletes the companies: what a store outside of the database has of them goes soon after. */
	forget(sql: Sql, tenantId: string, companyIds: readonly string[]): Promise<void>;
	/** What a store outside of the database has of a tenant that is being deleted. A repeat does and tells the same. @throws what the store throws when it can't be reached */
	eraseOfTenant(tenantId: string): Promise<readonly RemovedResource[]>;
}

/** What takes longer than a thread takes to start. */
const LONG_FILE_BYTES = 1024 * 1024;
/** Each has a thread and a database connection. */
const EXPORTS_AT_ONCE = 2;
/** Of an imported file, where nothing else is configured. */
export const MAX_FILE_BYTES = 50 * 1024 * 1024;

interface CatalogsDeps {
	readonly database: Database;
	/** For the threads in which long files are imported. */
	readonly databaseUrl: string;
	/** Where catalogs are kept when given; else in the database. */
	readonly supabase?: SupabaseSettings | undefined;
	readonly log: Logger;
	readonly maxFileBytes?: number;
	readonly keptItems?: number;
	readonly now?: () => Date;
}

export function createCatalogs({ database, databaseUrl, supabase, log, maxFileBytes = MAX_FILE_BYTES, keptItems, now = () => new Date() }: CatalogsDeps): Catalogs {
	const store = createCatalogStore({ database, supabase, log, now });
	const cache = createCatalogCache({ store, now, log, ...(keptItems === undefined ? {} : { keptItems }) });
	const stopping = new AbortController();
	const inTurn = createTurns(EXPORTS_AT_ONCE);
	const importInThread = (task: ImportTask) => runInThread<ImportReport>(new URL('./import-worker.ts', import.meta.url), task, stopping.signal);
	/** What is stated now is younger than every sale of before. */
	const databaseTime = (tenantId: string): Promise<Date> =>
		database.withTenant(tenantId, async (sql) => {
			const { rows } = await sql.query<{ at: Date }>('SELECT now() AS at');
			return rows[0]?.at ?? new Date(0);
		});

	const catalogs: Omit<Catalogs, 'endpoints'> = {
		start: () => store.start(),
		stop: () => store.stop(),
		endFiles: () => stopping.abort(serviceStopping()),
		loadCatalog: (sql, companyId, version) => cache.load(sql, companyId, version),
		async importFile(tenantId, companyId, path, options) {
			const { size } = await stat(path);
			const started = await databaseTime(tenantId);
			const report = size < LONG_FILE_BYTES ? await importFile(store, { tenantId, companyId }, path, options) : await importInThread({ databaseUrl, supabase, tenantId, companyId, path, options });
			// The whole list states the stock of every product anew.
			if (report.kind === 'product' && !options.dryRun && !options.partial) await database.withTenant(tenantId, (sql) => stockReservations.count(sql, companyId, null, started));
			return report;
		},
		search: (tenantId, companyId, query, options) =>
			store.read({ tenantId, companyId }, async (catalog) => {
				const hits = await catalog.search(query, options);
				// Nothing found may be a company that isn't there.
				if (hits.length === 0) await catalog.owner();
				return hits;
			}),
		async exportFile(tenantId, companyId, { kind: asked, format }, gone) {
			const { type } = await store.read({ tenantId, companyId }, (catalog) => catalog.owner());
			if (asked === undefined && type === 'hybrid') throw new AppError('catalog_kind_unclear', 'The company sells products and services, and a file holds one of them: pass kind=product or kind=service.', { status: 422 });
			const kind = asked ?? (type === 'service' ? 'service' : 'product');
			const path = join(tmpdir(), `concierge-export-${randomUUID()}`);
			const task: ExportTask = { databaseUrl, supabase, tenantId, companyId, path, kind, format };
			try {
				await inTurn(() => runInThread<null>(new URL('./export-worker.ts', import.meta.url), task, AbortSignal.any([stopping.signal, gone])));
			} catch (error) {
				// A thread that was ended tidies nothing up.
				await Promise.all([path, itemsBeside(path)].map((file) => rm(file, { force: true })));
				throw error;
			}
			return { kind, path };
		},
		items: (tenantId, companyId, { limit, startingAfter }) =>
			store.read({ tenantId, companyId }, async (catalog) => {
				await catalog.owner();
				return await catalog.page(limit, startingAfter);
			}),
		item: (tenantId, companyId, sku) =>
			store.read({ tenantId, companyId }, async (catalog) => {
				await catalog.owner();
				const found = (await catalog.bySku([sku])).get(sku);
				if (found === undefined) throw noItem(sku);
				return found;
			}),
		async editItems(tenantId, companyId, items) {
			const started = await databaseTime(tenantId);
			const edited = await store.change({ tenantId, companyId }, (catalog) => editItems(catalog, items));
			const stated = edited.items.flatMap(({ item: { sku } }, at) => (items[at]?.stock === undefined ? [] : [sku]));
			if (stated.length > 0) await database.withTenant(tenantId, (sql) => stockReservations.count(sql, companyId, stated, started));
			return edited;
		},
		removeItem: (tenantId, companyId, sku) => store.change({ tenantId, companyId }, (catalog) => removeItem(catalog, sku)),
		itemsShowing: (tenantId, companyId, file) => store.read({ tenantId, companyId }, async (catalog) => (await catalog.itemsShowing(file)).map(({ sku }) => sku)),
		unlinkFile: (tenantId, companyId, file) => store.change({ tenantId, companyId }, (catalog) => unlinkFile(catalog, file)),
		versions: (tenantId, companyId, { limit, startingAfter }) =>
			store.read({ tenantId, companyId }, async (catalog) => {
				await catalog.owner();
				return await catalog.versions(limit, startingAfter);
			}),
		restoreVersion: (tenantId, companyId, version) => store.change({ tenantId, companyId }, (catalog) => restoreVersion(catalog, version)),
		forget: (sql, tenantId, companyIds) => store.forget(sql, tenantId, companyIds),
		async eraseOfTenant(tenantId) {
			const { rows } = await database.withTenant(tenantId, (sql) => sql.query<{ id: string }>('SELECT id FROM companies ORDER BY id'));
			const erased = await store.erase(tenantId, rows.map(({ id }) => id));
			return erased.map((id) => ({ type: `${store.name}_catalog`, id, name: '', outcome: 'removed' }));
		},
	};
	return { ...catalogs, endpoints: createCatalogEndpoints({ database, catalogs, maxFileBytes }) };
}
