import { emptyItem, type Item, type ItemKind } from '../../../../core/catalog/item.ts';
import { missing } from '../../http/authenticate.ts';
import type { Sql } from '../../store/database.ts';
import { KEPT_VERSIONS, type CatalogChanges, type CatalogOwner, type ItemShowing, type PlacedItem, type Removal, type RowToStore, type StoredItem, type Version, type VersionCause } from './catalog-store.ts';
import { searchColumns } from './search-columns.ts';

export interface ItemRow {
	sku: string;
	kind: ItemKind;
	name: string;
	item: Partial<Item>;
	updated_at: Date;
}

/** The row stays locked, so that changes of one company's catalog take turns. @throws AppError `company_not_found` (404) */
export async function lockOwner(sql: Sql, companyId: string): Promise<CatalogOwner> {
	const { rows } = await sql.query<{ tenant_id: string; type: CatalogOwner['type']; currency: string }>(
		'SELECT tenant_id, type, currency FROM companies WHERE id = $1 FOR NO KEY UPDATE',
		[companyId],
	);
	const [row] = rows;
	if (row === undefined) throw missing('company', companyId);
	return { tenantId: row.tenant_id, type: row.type, currency: row.currency };
}

/** @throws AppError `company_not_found` (404) */
export async function readOwner(sql: Sql, companyId: string): Promise<CatalogOwner> {
	const { rows } = await sql.query<{ tenant_id: string; type: CatalogOwner['type']; currency: string }>('SELECT tenant_id, type, currency FROM companies WHERE id = $1', [companyId]);
	const [row] = rows;
	if (row === undefined) throw missing('company', companyId);
	return { tenantId: row.tenant_id, type: row.type, currency: row.currency };
}

/** Grows with every change of the company's items. @throws AppError `company_not_found` (404) */
export async function catalogVersion(sql: Sql, companyId: string): Promise<number> {
	const { rows } = await sql.query<{ catalog_version: number }>('SELECT catalog_version FROM companies WHERE id = $1', [companyId]);
	const [row] = rows;
	if (row === undefined) throw missing('company', companyId);
	return row.catalog_version;
}

/** All items in catalog order: products, then services, each as in their file. */
export async function allItems(sql: Sql, companyId: string): Promise<readonly Item[]> {
	const { rows } = await sql.query<ItemRow>(
		'SELECT sku, kind, name, item, updated_at FROM catalog_items WHERE company_id = $1 ORDER BY kind, position, sku',
		[companyId],
	);
	return rows.map((row) => toStored(row).item);
}

/** In one fetch of a whole kind. */
const ITEMS_AT_ONCE = 500;

/** All items of a kind in catalog order, page by page, as they are when the first page is read; one reading at a time in a transaction. */
export async function* itemsOfKind(sql: Sql, companyId: string, kind: ItemKind): AsyncGenerator<readonly Item[]> {
	await sql.query('DECLARE items_of_kind NO SCROLL CURSOR FOR SELECT sku, kind, name, item, updated_at FROM catalog_items WHERE company_id = $1 AND kind = $2 ORDER BY position, sku', [companyId, kind]);
	for (;;) {
		const { rows } = await sql.query<ItemRow>(`FETCH ${ITEMS_AT_ONCE} FROM items_of_kind`);
		if (rows.length > 0) yield rows.map((row) => toStored(row).item);
		if (rows.length < ITEMS_AT_ONCE) break;
	}
	await sql.query('CLOSE items_of_kind');
}

/** A page in catalog order, after the item `startingAfter`. An unknown sku there gives the empty page. */
export async function itemsAfter(sql: Sql, companyId: string, limit: number, startingAfter: string | undefined): Promise<readonly StoredItem[]> {
	const { rows } = await sql.query<ItemRow>(
		`SELECT sku, kind, name, item, updated_at FROM catalog_items
		 WHERE company_id = $1 AND ($2::text IS NULL OR (kind, position, sku) >
			(SELECT last.kind, last.position, last.sku FROM catalog_items last WHERE last.company_id = $1 AND last.sku = $2))
		 ORDER BY kind, position, sku LIMIT $3`,
		[companyId, startingAfter ?? null, limit],
	);
	return rows.map(toStored);
}

/** The skus of the company's items that are not of this kind. */
export async function skusOfOtherKind(sql: Sql, companyId: string, kind: ItemKind): Promise<ReadonlySet<string>> {
	const { rows } = await sql.query<{ sku: string }>('SELECT sku FROM catalog_items WHERE company_id = $1 AND kind <> $2', [companyId, kind]);
	return new Set(rows.map(({ sku }) => sku));
}

/** Rows in one statement. */
const ROWS_AT_ONCE = 200;

/** Puts rows beside the catalog, in the caller's transaction, to be compared with it or stored. Any number of calls; no sku twice. */
export async function bringRows(sql: Sql, owner: { tenantId: string; companyId: string }, rows: Iterable<RowToStore> | AsyncIterable<RowToStore>): Promise<void> {
	let batch: RowToStore[] = [];
	const send = async () => {
		const given = batch.map(({ item, position }) => ({ sku: item.sku, kind: item.kind, name: item.name, position, item, ...searchColumns(item) }));
		batch = [];
		await sql.query(
			`INSERT INTO catalog_incoming (tenant_id, company_id, sku, kind, name, position, item, words, name_terms, places)
			 SELECT $1, $2, row.* FROM jsonb_to_recordset($3::jsonb) AS row (sku text, kind text, name text, position integer, item jsonb, words tsvector, name_terms integer, places text[])`,
			[owner.tenantId, owner.companyId, JSON.stringify(given)],
			'bring_catalog_rows',
		);
	};
	for await (const row of rows) if (batch.push(row) === ROWS_AT_ONCE) await send();
	if (batch.length > 0) await send();
}

/** Takes the rows that were brought away again. */
export async function dropRows(sql: Sql, companyId: string): Promise<void> {
	await sql.query('DELETE FROM catalog_incoming WHERE company_id = $1', [companyId]);
}

/** What storing the rows that were brought would do. */
export async function compareRows(sql: Sql, companyId: string, removal: Removal): Promise<CatalogChanges> {
	const { rows } = await sql.query<CatalogChanges & { moved: number }>('SELECT * FROM compare_catalog($1, $2, $3)', [companyId, removal.othersOfKind ?? null, removal.skus ?? []]);
	const [{ inserted, changed, unchanged, removed } = { inserted: 0, changed: 0, unchanged: 0, removed: 0 }] = rows;
	return { inserted, changed, unchanged, removed };
}

/**
 * Stores the rows that were brought by sku, removes what is to be removed, and makes that the catalog's next version, from which the one before
 * can be restored. Returns the version, or null when nothing changed: there is no new one then.
 */
export async function storeRows(sql: Sql, companyId: string, removal: Removal, cause: VersionCause): Promise<Version | null> {
	const { rows: [stored] } = await sql.query<{ version: number; inserted: number; changed: number; removed: number; created_at: Date }>(
		'SELECT * FROM store_catalog($1, $2, $3, $4, $5, $6, $7)',
		[companyId, (await catalogVersion(sql, companyId)) + 1, removal.othersOfKind ?? null, removal.skus ?? [], cause.cause, cause.restoredVersion ?? null, KEPT_VERSIONS],
	);
	if (stored === undefined) return null;
	await sql.query('UPDATE companies SET catalog_version = $2 WHERE id = $1', [companyId, stored.version]);
	return { ...cause, version: stored.version, inserted: stored.inserted, changed: stored.changed, removed: stored.removed, createdAt: stored.created_at };
}

/** Versions that can be looked up, the newest first. */
export async function versionsBefore(sql: Sql, companyId: string, limit: number, startingAfter: number | undefined): Promise<readonly Version[]> {
	const { rows } = await sql.query<{ version: number; cause: Version['cause']; restored_version: number | null; inserted: number; changed: number; removed: number; created_at: Date }>(
		'SELECT * FROM catalog_versions WHERE company_id = $1 AND ($2::bigint IS NULL OR version < $2) ORDER BY version DESC LIMIT $3',
		[companyId, startingAfter ?? null, limit],
	);
	return rows.map(({ version, cause, restored_version: restored, inserted, changed, removed, created_at: createdAt }) => ({
		version, cause, inserted, changed, removed, createdAt, ...(restored === null ? {} : { restoredVersion: restored }),
	}));
}

/** The oldest version that what is kept leads back to; null when nothing is kept. */
export async function oldestRestorable(sql: Sql, companyId: string): Promise<number | null> {
	const { rows } = await sql.query<{ oldest: number | null }>('SELECT min(version) - 1 AS oldest FROM catalog_versions WHERE company_id = $1', [companyId]);
	return rows[0]?.oldest ?? null;
}

/** What has to be stored and removed to have the catalog as it was in `version`. */
export async function rowsSince(sql: Sql, companyId: string, version: number): Promise<{ readonly rows: readonly RowToStore[]; readonly removed: readonly string[] }> {
	const { rows } = await sql.query<{ sku: string; before: { kind: ItemKind; name: string; position: number; item: Partial<Item> } | null }>(
		'SELECT DISTINCT ON (sku) sku, before FROM catalog_changes WHERE company_id = $1 AND version > $2 ORDER BY sku, version',
		[companyId, version],
	);
	return {
		rows: rows.flatMap(({ sku, before }) => (before === null ? [] : [{ position: before.position, item: { ...emptyItem(sku, before.kind, before.name), ...before.item } }])),
		removed: rows.filter(({ before }) => before === null).map(({ sku }) => sku),
	};
}

/** The stored ones of these skus. */
export async function itemsBySku(sql: Sql, companyId: string, skus: readonly string[]): Promise<ReadonlyMap<string, PlacedItem>> {
	const { rows } = await sql.query<ItemRow & { position: number }>('SELECT sku, kind, name, item, updated_at, position FROM catalog_items WHERE company_id = $1 AND sku = ANY ($2)', [companyId, skus]);
	return new Map(rows.map((row) => [row.sku, { ...toStored(row), position: row.position }]));
}

/** The items whose image or video link holds the text: the vendor's links all hold the public id, cut to another size as well. */
export async function itemsShowing(sql: Sql, companyId: string, file: string): Promise<readonly ItemShowing[]> {
	const { rows } = await sql.query<{ sku: string; image: boolean; video: boolean }>(
		`SELECT sku, coalesce(strpos(item->>'imageUrl', $2) > 0, false) AS image, coalesce(strpos(item->>'videoUrl', $2) > 0, false) AS video FROM catalog_items
		 WHERE company_id = $1 AND (strpos(item->>'imageUrl', $2) > 0 OR strpos(item->>'videoUrl', $2) > 0) ORDER BY kind, position, sku`,
		[companyId, file],
	);
	return rows;
}

/** Where a new item of a kind goes: behind the last one. */
export async function nextPosition(sql: Sql, companyId: string, kind: ItemKind): Promise<number> {
	const { rows } = await sql.query<{ next: number }>('SELECT coalesce(max(position), -1) + 1 AS next FROM catalog_items WHERE company_id = $1 AND kind = $2', [companyId, kind]);
	return rows[0]?.next ?? 0;
}

/** Items stored before a field existed get its empty value. */
export function toStored(row: ItemRow): StoredItem {
	return { item: { ...emptyItem(row.sku, row.kind, row.name), ...row.item }, updatedAt: row.updated_at };
}
