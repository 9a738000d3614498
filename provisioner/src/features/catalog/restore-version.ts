import { AppError } from '../../../../core/errors.ts';
import type { CatalogWriter, Version } from './catalog-store.ts';

/**
 * Makes the catalog what it was in `version`. That is a new version, so that it can be undone as well; null when the catalog is the same already.
 * @throws AppError `company_not_found`, `catalog_version_not_found` (404); `catalog_kind_not_sold` (422) when the company stopped selling what it had then
 */
export async function restoreVersion(catalog: CatalogWriter, version: number): Promise<Version | null> {
	const owner = await catalog.owner();
	const [current, oldest] = [await catalog.version(), await catalog.oldestRestorable()];
	if (version === current) return null;
	if (oldest === null || version < oldest || version > current) {
		const kept = oldest === null ? 'None is kept yet.' : `Kept are ${oldest} to ${current}.`;
		throw new AppError('catalog_version_not_found', `The catalog's version ${version} can't be restored. ${kept}`, { status: 404 });
	}
	const { rows, removed } = await catalog.rowsSince(version);
	const unsold = rows.find(({ item }) => owner.type !== 'hybrid' && item.kind !== owner.type);
	if (unsold !== undefined) {
		throw new AppError('catalog_kind_not_sold', `Version ${version} has ${unsold.item.kind}s, but the company is of type ${owner.type} now. Change the company's type to hybrid first.`, { status: 422 });
	}
	await catalog.bring(rows);
	return await catalog.store({ skus: removed }, { cause: 'restore', restoredVersion: version });
}
