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

/** Stores the items by sku in file order, removes `removed`, and moves the catalog's version. One statement each, whatever the size. */
export async function storeItems(sql: Sql, owner: { tenantId: string; companyId: string }, items: readonly Item[], removed: readonly string[]): Promise<void> {
	const rows = items.map((item, position) => ({ sku: item.sku, kind: item.kind, name: item.name, position, item }));
	const upserted = await sql.query(
		`INSERT INTO catalog_items AS stored (tenant_id, company_id, sku, kind, name, position, item)
		 SELECT $1, $2, row.sku, row.kind, row.name, row.position, row.item
		 FROM jsonb_to_recordset($3::jsonb) AS row (sku text, kind text, name text, position integer, item jsonb)
		 ON CONFLICT (company_id, sku) DO UPDATE SET name = excluded.name, position = excluded.position, item = excluded.item,
			updated_at = CASE WHEN stored.item = excluded.item THEN stored.updated_at ELSE now() END
		 WHERE (stored.item, stored.position) IS DISTINCT FROM (excluded.item, excluded.position)`,
		[owner.tenantId, owner.companyId, JSON.stringify(rows)],
	);
	const deleted = await sql.query('DELETE FROM catalog_items WHERE company_id = $1 AND sku = ANY ($2)', [owner.companyId, removed]);
	if ((upserted.rowCount ?? 0) + (deleted.rowCount ?? 0) === 0) return;
	await sql.query('UPDATE companies SET catalog_version = catalog_version + 1 WHERE id = $1', [owner.companyId]);
}

/** Items stored before a field existed get its empty value. */
function toStored(row: ItemRow): StoredItem {
	return { item: { ...emptyItem(row.sku, row.kind, row.name), ...row.item }, updatedAt: row.updated_at };
}
