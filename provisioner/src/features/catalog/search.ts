import { cityKeys } from '../../../../core/catalog/city.ts';
import { queryTerms } from '../../../../core/catalog/item-terms.ts';
import type { ItemKind } from '../../../../core/catalog/item.ts';
import type { CatalogHit, CatalogSearchOptions } from '../../../../core/catalog/catalog.ts';
import type { Sql } from '../../store/database.ts';
import { toStored, type ItemRow } from './repository.ts';
import { searchedWord } from './search-columns.ts';

/** Words of a query that are looked up; the further ones say nothing new. */
export const MOST_WORDS = 16;

/**
 * Searches a company's catalog in one query, whatever its size: the same items in the same order as `createCatalog` (core/catalog/search.ts)
 * finds in memory. Without a query: the first items, in catalog order.
 */
export async function searchItems(sql: Sql, companyId: string, query: string, options: CatalogSearchOptions & { readonly limit: number }): Promise<readonly CatalogHit[]> {
	const places = options.city === undefined || options.city === '' ? null : cityKeys(options.city);
	const words = queryTerms(query).slice(0, MOST_WORDS).map(searchedWord);
	if (words.length === 0) return query.trim() === '' ? await firstItems(sql, companyId, options.kind ?? null, places, options.limit) : [];
	const { rows } = await sql.query<ItemRow & { score: number }>(
		`SELECT i.sku, i.kind, i.name, i.item, i.updated_at, found.score
		 FROM search_catalog($1, $2, $3, $4, $5, $6, $7) found JOIN catalog_items i ON i.company_id = $1 AND i.sku = found.sku ORDER BY found.rank`,
		[companyId, words.map(({ word }) => word), words.map(({ key }) => key), words.map(({ isNumber }) => isNumber), options.kind ?? null, places, options.limit],
		'search_catalog',
	);
	return rows.map((row) => ({ item: toStored(row).item, score: row.score }));
}

async function firstItems(sql: Sql, companyId: string, kind: ItemKind | null, places: readonly string[] | null, limit: number): Promise<readonly CatalogHit[]> {
	const { rows } = await sql.query<ItemRow>(
		`SELECT sku, kind, name, item, updated_at FROM catalog_items
		 WHERE company_id = $1 AND ($2::text IS NULL OR kind = $2) AND ($3::text[] IS NULL OR places = '{}' OR places && $3)
		 ORDER BY kind, position, sku LIMIT $4`,
		[companyId, kind, places, limit],
	);
	return rows.map((row) => ({ item: toStored(row).item, score: 1 }));
}
