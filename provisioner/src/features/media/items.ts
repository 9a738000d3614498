import type { Sql } from '../../store/database.ts';
import { editItems } from '../catalog/edit-items.ts';

/** Skus of the items that show a file: as their image or their video. */
export async function usersOf(sql: Sql, companyId: string, url: string): Promise<string[]> {
	if (url === '') return [];
	const { rows } = await sql.query<{ sku: string }>(`SELECT sku FROM catalog_items WHERE company_id = $1 AND (item->>'imageUrl' = $2 OR item->>'videoUrl' = $2) ORDER BY kind, position, sku`, [companyId, url]);
	return rows.map(({ sku }) => sku);
}

/** These items have no image or video there any more; one version of the catalog, which can be restored. */
export async function unlinkItems(sql: Sql, companyId: string, skus: readonly string[], url: string): Promise<void> {
	const { rows } = await sql.query<{ sku: string; image: boolean; video: boolean }>(
		`SELECT sku, item->>'imageUrl' = $3 AS image, item->>'videoUrl' = $3 AS video FROM catalog_items WHERE company_id = $1 AND sku = ANY ($2)`,
		[companyId, [...skus], url],
	);
	await editItems(sql, companyId, rows.map(({ sku, image, video }) => ({ sku, ...(image ? { image_url: '' } : {}), ...(video ? { video_url: '' } : {}) })));
}
