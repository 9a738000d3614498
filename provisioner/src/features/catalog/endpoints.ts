import { tenantFor } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf, page, type Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { Catalogs } from './catalogs.ts';
import {
	catalogChange, catalogHit, catalogItem, catalogVersion, changeJson, exportQuery, hitJson, importQuery, importReport, itemJson, itemParams, itemsBody, itemsChange, listQuery, MOST_ITEMS, readOverrides, reportJson, searchQuery,
	versionJson, versionParams, versionsQuery,
} from './schema.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const MAX_ITEMS_BYTES = 4 * 1024 * 1024;
const CONTENT_TYPES = ['text/csv', 'application/csv', 'text/tab-separated-values', 'text/plain', 'application/vnd.ms-excel', XLSX, 'application/octet-stream'];

export function createCatalogEndpoints(deps: { database: Database; catalogs: Omit<Catalogs, 'endpoints'>; maxFileBytes: number }): readonly Endpoint[] {
	const { database, catalogs, maxFileBytes } = deps;
	return [
		endpoint({
			method: 'post',
			path: '/v1/companies/{id}/catalog',
			summary: 'Import a catalog file',
			description:
				`The body is the file itself, up to ${Math.round(maxFileBytes / 1024 / 1024)} MB: an XLSX workbook, or CSV with , ; tab or |, in UTF-8, UTF-16, windows-1251 or windows-1252. It becomes the list of the company’s products or services: items are matched by sku, and those that the file no longer has are removed. All or nothing, unless \`partial\`. docs/catalog.md has the columns.`,
			tag: 'Catalog',
			scopes: ['platform', 'tenant'],
			idempotent: true,
			params: idParams,
			query: importQuery,
			upload: { contentTypes: CONTENT_TYPES, maxBytes: maxFileBytes },
			responses: { 200: importReport },
			async handle({ caller, params, query, upload }) {
				if (upload === undefined) throw new Error('The endpoint takes an upload.');
				const columns = readOverrides(query.columns);
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				const report = await catalogs.importFile(tenantId, params.id, upload.path, { kind: query.kind, dryRun: query.dry_run, partial: query.partial, repair: query.repair, sheet: query.sheet, columns });
				return { status: 200, body: reportJson(report) };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/companies/{id}/catalog',
			summary: 'Export a catalog file',
			description: 'CSV in UTF-8 or an XLSX workbook, which imports again as it is: the catalog at one moment, written before the answer begins, whose length is stated. Cells that a spreadsheet would run as a formula begin with an apostrophe; an attribute that is named like a column has `attribute:` before its name.',
			tag: 'Catalog',
			scopes: ['platform', 'tenant'],
			params: idParams,
			query: exportQuery,
			responses: { 200: null },
			files: ['text/csv', XLSX],
			async handle({ caller, params, query, gone }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				const { kind, path } = await catalogs.exportFile(tenantId, params.id, query, gone);
				return { status: 200, file: { contentType: query.format === 'csv' ? 'text/csv; charset=utf-8' : XLSX, content: { path }, name: `${kind}s.${query.format}` } };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/companies/{id}/items',
			summary: 'List the items of a catalog',
			description: 'Products, then services, each in the order of their file. Pass the last sku as `starting_after` while `has_more`.',
			tag: 'Catalog',
			scopes: ['platform', 'tenant'],
			params: idParams,
			query: listQuery,
			responses: { 200: listOf(catalogItem) },
			async handle({ caller, params, query }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				const found = await catalogs.items(tenantId, params.id, { limit: query.limit + 1, startingAfter: query.starting_after });
				return { status: 200, body: page(found.map(({ item, updatedAt }) => itemJson(item, updatedAt)), query.limit) };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/companies/{id}/items/search',
			summary: 'Search a catalog',
			description: 'Best first, whatever the case, accents or script; typing errors and plurals are forgiven. Without q: the first items.',
			tag: 'Catalog',
			scopes: ['platform', 'tenant'],
			params: idParams,
			query: searchQuery,
			responses: { 200: listOf(catalogHit) },
			async handle({ caller, params, query }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				const filters = { ...(query.kind ? { kind: query.kind } : {}), ...(query.city ? { city: query.city } : {}) };
				const hits = await catalogs.search(tenantId, params.id, query.q, { ...filters, limit: query.limit + 1 });
				return { status: 200, body: page(hits.map(({ item, score }) => hitJson(item, score)), query.limit) };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/companies/{id}/items/{sku}',
			summary: 'Retrieve an item',
			tag: 'Catalog',
			scopes: ['platform', 'tenant'],
			params: itemParams,
			responses: { 200: catalogItem },
			async handle({ caller, params }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				const { item, updatedAt } = await catalogs.item(tenantId, params.id, params.sku);
				return { status: 200, body: itemJson(item, updatedAt) };
			},
		}),
		endpoint({
			method: 'post',
			path: '/v1/companies/{id}/items',
			summary: 'Create or change items',
			description: `Up to ${MOST_ITEMS} at once, by sku, all or none. Fields that are left out stay as they are; a new item needs a name and a description, and its kind where the company sells both. Each call that changes something makes a version that can be restored.`,
			tag: 'Catalog',
			scopes: ['platform', 'tenant'],
			idempotent: true,
			params: idParams,
			body: itemsBody,
			maxBodyBytes: MAX_ITEMS_BYTES,
			responses: { 200: itemsChange },
			async handle({ caller, params, body }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				const { version, items } = await catalogs.editItems(tenantId, params.id, body.data);
				return { status: 200, body: { ...changeJson(version), data: items.map(({ item, updatedAt }) => itemJson(item, updatedAt)) } };
			},
		}),
		endpoint({
			method: 'delete',
			path: '/v1/companies/{id}/items/{sku}',
			summary: 'Delete an item',
			description: 'Orders keep what they sold.',
			tag: 'Catalog',
			scopes: ['platform', 'tenant'],
			params: itemParams,
			responses: { 204: null },
			async handle({ caller, params }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				await catalogs.removeItem(tenantId, params.id, params.sku);
				return { status: 204 };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/companies/{id}/catalog/versions',
			summary: 'List the versions of a catalog',
			description: 'Newest first: what each import, edit or restore made of it. Pass the last version as `starting_after` while `has_more`.',
			tag: 'Catalog',
			scopes: ['platform', 'tenant'],
			params: idParams,
			query: versionsQuery,
			responses: { 200: listOf(catalogVersion) },
			async handle({ caller, params, query }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				const found = await catalogs.versions(tenantId, params.id, { limit: query.limit + 1, startingAfter: query.starting_after });
				return { status: 200, body: page(found.map(versionJson), query.limit) };
			},
		}),
		endpoint({
			method: 'post',
			path: '/v1/companies/{id}/catalog/versions/{version}/restore',
			summary: 'Restore a version of a catalog',
			description: 'The catalog is again what that version made of it. A restore is a version as well, so it can be undone.',
			tag: 'Catalog',
			scopes: ['platform', 'tenant'],
			idempotent: true,
			params: versionParams,
			responses: { 200: catalogChange },
			async handle({ caller, params }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				return { status: 200, body: changeJson(await catalogs.restoreVersion(tenantId, params.id, params.version)) };
			},
		}),
	];
}
