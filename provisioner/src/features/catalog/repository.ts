import { isDeepStrictEqual } from 'node:util';
import { emptyItem, type Item, type ItemKind } from '../../../../core/catalog/item.ts';
import { missing } from '../../http/authenticate.ts';
import type { Sql } from '../../store/database.ts';

/** What an import needs to know of the company; the row stays locked so that imports of one company take turns. */
export interface CatalogOwner {
	readonly tenantId: string;
	readonly type: 'product' | 'service' | 'hybrid';
	readonly currency: string;
}

export interface StoredItem {
	readonly item: Item;
	readonly updatedAt: Date;
}

export interface CatalogChanges {
	readonly inserted: readonly string[];
	readonly changed: readonly string[];
	readonly unchanged: readonly string[];
	readonly removed: readonly string[];
}

interface ItemRow {
	sku: string;
	kind: ItemKind;
	name: string;
	item: Partial<Item>;
	updated_at: Date;
}

/** @throws AppError `company_not_found` (404) */
export async function lockOwner(sql: Sql, companyId: string): Promise<CatalogOwner> {
	const { rows } = await sql.query<{ tenant_id: string; type: CatalogOwner['type']; currency: string }>(
		'SELECT tenant_id, type, currency FROM companies WHERE id = $1 FOR NO KEY UPDATE',
		[companyId],
	);
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

/** Kind of each sku that the company has. */
export async function kindsBySku(sql: Sql, companyId: string): Promise<ReadonlyMap<string, ItemKind>> {
	const { rows } = await sql.query<{ sku: string; kind: ItemKind }>('SELECT sku, kind FROM catalog_items WHERE company_id = $1', [companyId]);
	return new Map(rows.map(({ sku, kind }) => [sku, kind]));
}

/** How `items` differ from the stored ones of their kind; stored items that are not among them count as removed if `removesOthers`. */
export async function compareItems(sql: Sql, companyId: string, kind: ItemKind, items: readonly Item[], removesOthers: boolean): Promise<CatalogChanges> {
	const stored = new Map((await allItems(sql, companyId)).filter((item) => item.kind === kind).map((item) => [item.sku, item]));
	const given = new Set(items.map((item) => item.sku));
	const differs = (item: Item) => !isDeepStrictEqual(stored.get(item.sku), item);
	const known = items.filter((item) => stored.has(item.sku));
	return {
		inserted: items.filter((item) => !stored.has(item.sku)).map((item) => item.sku),
		changed: known.filter(differs).map((item) => item.sku),
		unchanged: known.filter((item) => !differs(item)).map((item) => item.sku),
		removed: removesOthers ? [...stored.keys()].filter((sku) => !given.has(sku)) : [],
	};
}

/** A row as it is to be stored. */
export interface RowToStore {
	readonly item: Item;
	readonly position: number;
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

/**
 * Stores rows by sku, removes `removed`, and makes that the catalog's next version, from which the one before can be restored. One statement
 * each, whatever the size. Returns the version, or null when nothing changed: there is no new one then.
 */
export async function storeRows(sql: Sql, owner: { tenantId: string; companyId: string }, rows: readonly RowToStore[], removed: readonly string[], cause: VersionCause): Promise<Version | null> {
	const { tenantId, companyId } = owner;
	const given = JSON.stringify(rows.map(({ item, position }) => ({ sku: item.sku, kind: item.kind, name: item.name, position, item })));
	const next = (await catalogVersion(sql, companyId)) + 1;
	const { rows: [counts] } = await sql.query<{ inserted: number; changed: number; moved: number; removed: number }>(
		`SELECT count(*) FILTER (WHERE stored.sku IS NULL)::int AS inserted, count(*) FILTER (WHERE stored.item IS DISTINCT FROM given.item AND stored.sku IS NOT NULL)::int AS changed,
			count(*) FILTER (WHERE stored.item = given.item AND stored.position <> given.position)::int AS moved,
			(SELECT count(*)::int FROM catalog_items WHERE company_id = $1 AND sku = ANY ($3)) AS removed
		 FROM jsonb_to_recordset($2::jsonb) AS given (sku text, position integer, item jsonb)
		 LEFT JOIN catalog_items stored ON stored.company_id = $1 AND stored.sku = given.sku`,
		[companyId, given, removed],
	);
	if (counts === undefined || counts.inserted + counts.changed + counts.moved + counts.removed === 0) return null;
	const { rows: [version] } = await sql.query<{ created_at: Date }>(
		`INSERT INTO catalog_versions (tenant_id, company_id, version, cause, restored_version, inserted, changed, removed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING created_at`,
		[tenantId, companyId, next, cause.cause, cause.restoredVersion ?? null, counts.inserted, counts.changed, counts.removed],
	);
	await sql.query(
		`WITH touched AS (
			SELECT given.sku FROM jsonb_to_recordset($4::jsonb) AS given (sku text, position integer, item jsonb)
			LEFT JOIN catalog_items stored ON stored.company_id = $2 AND stored.sku = given.sku
			WHERE (stored.item, stored.position) IS DISTINCT FROM (given.item, given.position)
			UNION SELECT unnest($5::text[])
		 )
		 INSERT INTO catalog_changes (tenant_id, company_id, version, sku, before)
		 SELECT $1, $2, $3, touched.sku, CASE WHEN stored.sku IS NULL THEN NULL ELSE jsonb_build_object('kind', stored.kind, 'name', stored.name, 'position', stored.position, 'item', stored.item) END
		 FROM touched LEFT JOIN catalog_items stored ON stored.company_id = $2 AND stored.sku = touched.sku`,
		[tenantId, companyId, next, given, removed],
	);
	await sql.query('DELETE FROM catalog_items WHERE company_id = $1 AND sku = ANY ($2)', [companyId, removed]);
	await sql.query(
		`INSERT INTO catalog_items AS stored (tenant_id, company_id, sku, kind, name, position, item)
		 SELECT $1, $2, row.sku, row.kind, row.name, row.position, row.item
		 FROM jsonb_to_recordset($3::jsonb) AS row (sku text, kind text, name text, position integer, item jsonb)
		 ON CONFLICT (company_id, sku) DO UPDATE SET kind = excluded.kind, name = excluded.name, position = excluded.position, item = excluded.item,
			updated_at = CASE WHEN stored.item = excluded.item THEN stored.updated_at ELSE now() END
		 WHERE (stored.item, stored.position) IS DISTINCT FROM (excluded.item, excluded.position)`,
		[tenantId, companyId, given],
	);
	await sql.query('UPDATE companies SET catalog_version = $2 WHERE id = $1', [companyId, next]);
	await sql.query('DELETE FROM catalog_versions WHERE company_id = $1 AND version <= $2', [companyId, next - KEPT_VERSIONS]);
	return { ...cause, version: next, inserted: counts.inserted, changed: counts.changed, removed: counts.removed, createdAt: version?.created_at ?? new Date(0) };
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
export async function itemsBySku(sql: Sql, companyId: string, skus: readonly string[]): Promise<ReadonlyMap<string, StoredItem & { readonly position: number }>> {
	const { rows } = await sql.query<ItemRow & { position: number }>('SELECT sku, kind, name, item, updated_at, position FROM catalog_items WHERE company_id = $1 AND sku = ANY ($2)', [companyId, skus]);
	return new Map(rows.map((row) => [row.sku, { ...toStored(row), position: row.position }]));
}

/** Where a new item of a kind goes: behind the last one. */
export async function nextPosition(sql: Sql, companyId: string, kind: ItemKind): Promise<number> {
	const { rows } = await sql.query<{ next: number }>('SELECT coalesce(max(position), -1) + 1 AS next FROM catalog_items WHERE company_id = $1 AND kind = $2', [companyId, kind]);
	return rows[0]?.next ?? 0;
}

/** Items stored before a field existed get its empty value. */
function toStored(row: ItemRow): StoredItem {
	return { item: { ...emptyItem(row.sku, row.kind, row.name), ...row.item }, updatedAt: row.updated_at };
}
