import type { Database } from '../../store/database.ts';
import { toStored, type ItemRow } from './repository.ts';
import { searchColumns } from './search-columns.ts';

const ITEMS_AT_ONCE = 500;

/**
 * Makes items that were stored before search was in the database findable: those without `words`, a few hundred in a transaction, so that it can
 * be stopped at any time and goes on at the next start. Several processes at once wait for each other, company by company. Returns how many it did.
 */
export async function indexItems(database: Database, isStopped: () => boolean): Promise<number> {
	let done = 0;
	while (!isStopped()) {
		const { rows: [company] } = await database.system.query<{ tenant_id: string; company_id: string }>('SELECT * FROM catalogs_not_indexed(1)');
		if (company === undefined) break;
		done += await indexSome(database, company.tenant_id, company.company_id);
	}
	return done;
}

async function indexSome(database: Database, tenantId: string, companyId: string): Promise<number> {
	return await database.withTenant(tenantId, async (sql) => {
		// An import at the same time would count the same items' words.
		await sql.query('SELECT 1 FROM companies WHERE id = $1 FOR NO KEY UPDATE', [companyId]);
		const { rows } = await sql.query<ItemRow>('SELECT sku, kind, name, item, updated_at FROM catalog_items WHERE company_id = $1 AND words IS NULL ORDER BY sku LIMIT $2', [companyId, ITEMS_AT_ONCE]);
		const columns = rows.map((row) => ({ sku: row.sku, ...searchColumns(toStored(row).item) }));
		await sql.query(
			`WITH computed AS (SELECT * FROM jsonb_to_recordset($3::jsonb) AS row (sku text, words tsvector, name_terms integer, places text[])),
			 stored AS (UPDATE catalog_items i SET words = c.words, name_terms = c.name_terms, places = c.places FROM computed c WHERE i.company_id = $2 AND i.sku = c.sku)
			 INSERT INTO catalog_words AS k (tenant_id, company_id, word, items)
			 SELECT $1, $2, substr(w, 2), count(*) FROM computed, unnest(tsvector_to_array(words)) w WHERE w LIKE '~%' GROUP BY w
			 ON CONFLICT (tenant_id, company_id, word) DO UPDATE SET items = k.items + excluded.items`,
			[tenantId, companyId, JSON.stringify(columns)],
		);
		return rows.length;
	});
}
