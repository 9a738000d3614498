import type { Logger } from 'pino';
import type { Catalog } from '../../../../core/catalog/catalog.ts';
import { createCatalog } from '../../../../core/catalog/search.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Sql } from '../../store/database.ts';
import type { CatalogStore } from './catalog-store.ts';
import { catalogVersion } from './repository.ts';

/** Catalogs kept in memory at most, and items of all of them together (about 5 kB each); the one not asked for longest goes first. */
const KEPT_CATALOGS = 200;
const KEPT_ITEMS = 200_000;
/** While the store can't be reached, what is in memory answers, and the store is asked again after so long. */
const ASK_AGAIN_MS = 5_000;

interface Kept {
	/** `companies.catalog_version`, by which the platform's own changes are seen at once. */
	readonly version: number;
	/** By which others' changes are seen. */
	readonly stamp: string;
	readonly catalog: Catalog;
	readonly freshUntil: number;
}

/** The companies' catalogs, indexed, for the turns of their customers. */
export interface CatalogCache {
	/**
	 * `sql` is the tenant's session, so another tenant's company is not found however often it was loaded before. With the `version` that was
	 * read in it, a catalog in memory that is fresh costs nothing. Where the store can't be reached, what is in memory is given, however old.
	 * @throws AppError `company_not_found` (404), and what the store throws when nothing is in memory
	 */
	load(sql: Sql, companyId: string, version?: number): Promise<Catalog>;
}

export function createCatalogCache({ store, now, log, keptItems = KEPT_ITEMS }: { store: CatalogStore; now: () => Date; log: Logger; keptItems?: number }): CatalogCache {
	const kept = new Map<string, Kept>();
	/** Turns that come together ask another service once. */
	const asking = new Map<string, Promise<Kept>>();

	async function renew(sql: Sql, companyId: string, version: number): Promise<Kept> {
		const known = kept.get(companyId);
		const fresh = (stamp: string, catalog: Catalog): Kept => ({ version, stamp, catalog, freshUntil: now().getTime() + store.freshMs });
		try {
			const reader = await store.readerIn(sql, companyId);
			if (known !== undefined && (await reader.stamp()) === known.stamp) return fresh(known.stamp, known.catalog);
			const { items, stamp } = await reader.snapshot();
			return fresh(stamp, createCatalog(items));
		} catch (error) {
			if (known === undefined || !isUnavailable(error)) throw error;
			log.warn({ company: companyId, code: error.code, reason: error.message, version: known.version }, 'a catalog can’t be read; what is in memory answers');
			return { ...known, version, freshUntil: now().getTime() + ASK_AGAIN_MS };
		}
	}

	async function renewOnce(sql: Sql, companyId: string, version: number): Promise<Kept> {
		// In the platform's own database everybody reads in their own session.
		if (store.freshMs === Infinity) return await renew(sql, companyId, version);
		const key = `${companyId} ${version}`;
		const asked = asking.get(key) ?? renew(sql, companyId, version).finally(() => asking.delete(key));
		asking.set(key, asked);
		return await asked;
	}

	function keep(companyId: string, entry: Kept): void {
		// Deleting first makes it the last in the map's order, which is the order of use.
		kept.delete(companyId);
		kept.set(companyId, entry);
		let items = [...kept.values()].reduce((sum, { catalog: { items: { length } } }) => sum + length, 0);
		for (const [oldest, { catalog: { items: { length } } }] of kept) {
			if (oldest === companyId || (kept.size <= KEPT_CATALOGS && items <= keptItems)) break;
			kept.delete(oldest);
			items -= length;
		}
	}

	return {
		async load(sql, companyId, knownVersion) {
			const version = knownVersion ?? (await catalogVersion(sql, companyId));
			const known = kept.get(companyId);
			const entry = known?.version === version && now().getTime() < known.freshUntil ? known : await renewOnce(sql, companyId, version);
			keep(companyId, entry);
			return entry.catalog;
		},
	};
}

function isUnavailable(error: unknown): error is AppError {
	return error instanceof AppError && error.status === 503;
}
