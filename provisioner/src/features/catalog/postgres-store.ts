import type { Logger } from 'pino';
import type { Database, Sql } from '../../store/database.ts';
import type { CatalogReader, CatalogStore, CatalogWriter } from './catalog-store.ts';
import { indexItems } from './reindex.ts';
import {
	allItems, bringRows, catalogVersion, compareRows, dropRows, itemsAfter, itemsBySku, itemsOfKind, itemsShowing, lockOwner, nextPosition, oldestRestorable, readOwner, rowsSince, skusOfOtherKind, storeRows, versionsBefore,
} from './repository.ts';
import { searchItems } from './search.ts';

/** Storing 100,000 rows takes about ten seconds. */
const LONGEST_STATEMENT = '10min';

/** Catalogs in the platform's own PostgreSQL: a change is a transaction in the tenant's session, which holds the company's row. */
export function createPostgresStore({ database, log }: { database: Database; log: Logger }): CatalogStore {
	let stopped = false;
	let indexing: Promise<void> | undefined;
	return {
		name: 'postgres',
		// Nobody else changes it: `catalog_version` says it all.
		freshMs: Infinity,
		/** Makes what was stored before search was in the database findable, in the background. */
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
		read: ({ tenantId, companyId }, work) => database.withTenant(tenantId, (sql) => work(readerOf(sql, companyId))),
		readerIn: (sql, companyId) => Promise.resolve(readerOf(sql, companyId)),
		change: ({ tenantId, companyId }, work, options) =>
			database.withTenant(tenantId, async (sql) => {
				if (options?.isLong === true) await sql.query(`SET LOCAL statement_timeout = '${LONGEST_STATEMENT}'`);
				const owner = await lockOwner(sql, companyId);
				const writer: CatalogWriter = {
					...readerOf(sql, companyId),
					owner: () => Promise.resolve(owner),
					bring: (rows) => bringRows(sql, { tenantId: owner.tenantId, companyId }, rows),
					drop: () => dropRows(sql, companyId),
					compare: (removal) => compareRows(sql, companyId, removal),
					store: (removal, cause) => storeRows(sql, companyId, removal, cause),
				};
				return await work(writer);
			}),
		// The rows go with their company's.
		forget: () => Promise.resolve(),
		erase: () => Promise.resolve([]),
	};
}

function readerOf(sql: Sql, companyId: string): CatalogReader {
	return {
		owner: () => readOwner(sql, companyId),
		stamp: async () => String(await catalogVersion(sql, companyId)),
		snapshot: async () => ({ stamp: String(await catalogVersion(sql, companyId)), items: await allItems(sql, companyId) }),
		itemsOf: (kind) => itemsOfKind(sql, companyId, kind),
		page: (limit, startingAfter) => itemsAfter(sql, companyId, limit, startingAfter),
		bySku: (skus) => itemsBySku(sql, companyId, skus),
		search: (query, options) => searchItems(sql, companyId, query, options),
		skusOfOtherKind: (kind) => skusOfOtherKind(sql, companyId, kind),
		nextPosition: (kind) => nextPosition(sql, companyId, kind),
		itemsShowing: (file) => itemsShowing(sql, companyId, file),
		version: () => catalogVersion(sql, companyId),
		versions: (limit, startingAfter) => versionsBefore(sql, companyId, limit, startingAfter),
		oldestRestorable: () => oldestRestorable(sql, companyId),
		rowsSince: (version) => rowsSince(sql, companyId, version),
	};
}
