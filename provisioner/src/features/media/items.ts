import type { Sql } from '../../store/database.ts';
import { editItems } from '../catalog/edit-items.ts';

/** Skus of the items that show a file as their image or their video, cut to another size as well: the vendor's links all hold the public id. */
export async function usersOf(sql: Sql, companyId: string, publicId: string): Promise<string[]> {
	const { rows } = await sql.query<{ sku: string }>(
		`SELECT sku FROM catalog_items WHERE company_id = $1 AND (strpos(item->>'imageUrl', $2) > 0 OR strpos(item->>'videoUrl', $2) > 0) ORDER BY kind, position, sku`,
		[companyId, publicId],
	);
	return rows.map(({ sku }) => sku);
}

/** These items have no image or video there any more; one version of the catalog, which can be restored. */
export async function unlinkItems(sql: Sql, companyId: string, skus: readonly string[], publicId: string): Promise<void> {
	const { rows } = await sql.query<{ sku: string; image: boolean; video: boolean }>(
		`SELECT sku, strpos(item->>'imageUrl', $3) > 0 AS image, strpos(item->>'videoUrl', $3) > 0 AS video FROM catalog_items WHERE company_id = $1 AND sku = ANY ($2)`,
		[companyId, [...skus], publicId],
	);
	await editItems(sql, companyId, rows.map(({ sku, image, video }) => ({ sku, ...(image ? { image_url: '' } : {}), ...(video ? { video_url: '' } : {}) })));
}
