import { z } from 'zod';
import type { Item } from '../../../../core/catalog/item.ts';
import { AppError } from '../../../../core/errors.ts';
import { flag, pageQuery } from '../../http/endpoint.ts';
import { textCell } from '../../../../core/catalog/cells.ts';
import type { ImportReport } from './import-file.ts';
import type { Version } from './catalog-store.ts';

export const itemKind = z.enum(['product', 'service'], { error: 'must be "product" or "service"' });

export const importQuery = z.object({
	kind: itemKind.optional().describe('What the rows are; found out from the headers when left out.'),
	dry_run: flag.describe('Report what would happen, store nothing.'),
	partial: flag.describe('Import the good rows although some are bad, and remove nothing.'),
	repair: flag.describe('Accept the repaired text of a file that was decoded wrongly once.'),
	sheet: z.string().max(100).optional().describe('Sheet of an XLSX workbook; the first when left out.'),
	columns: z.string().max(20_000).optional().describe('JSON object: header → field, or "" to keep the column as an attribute.'),
});

const overrides = z.record(z.string(), z.string());

/** @throws AppError `invalid_request` (400) */
export function readOverrides(json: string | undefined): Record<string, string> {
	const parsed = overrides.safeParse(json === undefined ? {} : parseJson(json));
	if (parsed.success) return parsed.data;
	throw new AppError('invalid_request', 'The query is not valid: columns must be a JSON object such as {"Naam":"product_name"}.', { status: 400 });
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

export const listQuery = pageQuery;

export const exportQuery = z.object({
	kind: itemKind.optional().describe('Left out: what the company sells. Of a hybrid one it must be named.'),
	format: z.enum(['csv', 'xlsx'], { error: 'must be "csv" or "xlsx"' }).default('csv'),
});

export const searchQuery = z.object({
	q: z.string().max(500).default(''),
	kind: itemKind.optional(),
	city: z.string().max(200).optional().describe('Only items delivered or provided there, or online.'),
	limit: z.coerce.number().int().min(1).max(100).default(12),
});

const rowError = z
	.object({ row: z.int(), column: z.string(), value: z.string(), reason: z.string(), suggestion: z.string() })
	.meta({ id: 'CatalogRowError', description: 'One thing that is wrong with a row; rows are numbered as a spreadsheet shows them.' });

export const importReport = z
	.object({
		object: z.literal('catalog_import'),
		kind: itemKind,
		dry_run: z.boolean(),
		inserted: z.int(),
		changed: z.int(),
		unchanged: z.int(),
		removed: z.int(),
		errors: z.array(rowError).describe('The first 1,000.'),
		bad_rows: z.int().describe('Rows that have an error.'),
		rejected_csv: z.string().describe('The bad rows under the file’s headers, as CSV to correct and send again with partial=true.'),
		rejected_csv_cut: z.boolean().describe('There are more bad rows than that: correct the file itself.'),
		columns: z.record(z.string(), z.string()).describe('Header → field; "" = kept in attributes.'),
		encoding: z.string(),
		delimiter: z.string(),
		version: z.int().nullable().describe('Of the catalog from now on; null when nothing changed.'),
	})
	.meta({ id: 'CatalogImport' });

export function reportJson(report: ImportReport): z.infer<typeof importReport> {
	return {
		object: 'catalog_import',
		kind: report.kind,
		dry_run: report.dryRun,
		inserted: report.inserted,
		changed: report.changed,
		unchanged: report.unchanged,
		removed: report.removed,
		errors: [...report.errors],
		bad_rows: report.badRows,
		rejected_csv: report.rejectedCsv,
		rejected_csv_cut: report.rejectedCsvCut,
		columns: { ...report.columns },
		encoding: report.encoding,
		delimiter: report.delimiter,
		version: report.version,
	};
}

const publicFields = {
	id: z.string(),
	object: z.literal('catalog_item'),
	sku: z.string(),
	kind: itemKind,
	name: z.string(),
	description: z.string(),
	category: z.string(),
	subcategory: z.string(),
	tags: z.array(z.string()),
	unit: z.string(),
	price_cents: z.int(),
	free: z.boolean(),
	delivery_cents: z.int(),
	free_delivery_from_cents: z.int().nullable(),
	delivery_time_hours: z.number().nullable(),
	payment_reminder_hours: z.number().nullable(),
	cities: z.array(z.string()),
	online: z.boolean(),
	website_url: z.string(),
	image_url: z.string(),
	video_url: z.string(),
	duration: z.string(),
	duration_minutes: z.int().nullable(),
	format: z.string(),
	specialist_initials: z.string(),
	specialist_area: z.string(),
	company: z.string(),
	office_address: z.string(),
	instructions: z.string(),
	attributes: z.record(z.string(), z.string()),
};

export const catalogHit = z
	.object({ ...publicFields, score: z.number() })
	.meta({ id: 'CatalogHit', description: 'What may be told of an item at once. Stock, contacts and details are left out: a search may feed a model.' });

export const catalogItem = z
	.object({
		...publicFields,
		stock: z.int().nullable(),
		details: z.record(z.string(), z.string()),
		contacts: z.record(z.string(), z.string()),
		updated_at: z.string(),
	})
	.meta({ id: 'CatalogItem', description: 'An item with its internal fields, for the business itself.' });

export function hitJson(item: Item, score: number): z.infer<typeof catalogHit> {
	return { ...publicJson(item), score: Math.round(score * 1000) / 1000 };
}

export function itemJson(item: Item, updatedAt: Date): z.infer<typeof catalogItem> {
	return {
		...publicJson(item),
		stock: item.stock,
		details: { ...item.detailFields },
		contacts: { ...item.contactFields },
		updated_at: updatedAt.toISOString(),
	};
}

function publicJson(item: Item): Omit<z.infer<typeof catalogHit>, 'score'> {
	return {
		id: item.sku,
		object: 'catalog_item',
		sku: item.sku,
		kind: item.kind,
		name: item.name,
		description: item.description,
		category: item.category,
		subcategory: item.subcategory,
		tags: [...item.tags],
		unit: item.unit,
		price_cents: item.priceCents,
		free: item.priceCents === 0,
		delivery_cents: item.deliveryCents,
		free_delivery_from_cents: item.freeDeliveryFromCents,
		delivery_time_hours: item.deliveryTimeHours,
		payment_reminder_hours: item.paymentReminderHours,
		cities: [...item.cities],
		online: item.online,
		website_url: item.websiteUrl,
		image_url: item.imageUrl,
		video_url: item.videoUrl,
		duration: item.duration,
		duration_minutes: item.durationMinutes,
		format: item.format,
		specialist_initials: item.specialistInitials,
		specialist_area: item.specialistArea,
		company: item.providerName,
		office_address: item.officeAddress,
		instructions: item.instructions,
		attributes: { ...item.attributes },
	};
}

const MOST_TEXT = 32_767;
const MOST_CENTS = 100_000_000_00;
const said = z.string().max(MOST_TEXT, { error: `must have at most ${MOST_TEXT} characters` }).transform(textCell);
const needed = said.pipe(z.string().min(1, { error: 'must not be empty' }));
const url = said.refine((value) => value === '' || (/^https?:\/\//iu.test(value) && URL.canParse(value)), { error: 'must be an http(s) address or empty' });
const cents = z.int({ error: 'must be a whole number of cents' }).min(0, { error: 'must not be negative' }).max(MOST_CENTS, { error: 'is too large' });
const hours = z.number().min(0, { error: 'must not be negative' }).max(100_000);
const list = z.array(needed).max(1_000);
/** Names as an import gives them, so that they can be exported. */
const texts = z.record(z.string().max(200).transform(textCell).pipe(z.string().min(1, { error: 'must not be empty' })), said);

/** Fields of an item that can be set; named as an item has them. */
export const itemFields = z
	.strictObject({
		sku: z.union([z.int().min(0).transform(String), needed.pipe(z.string().max(200))]).optional().describe('Left out: made of kind and name.'),
		kind: itemKind.optional(),
		name: needed.optional(),
		description: needed.optional(),
		category: said.optional(),
		subcategory: said.optional(),
		tags: list.optional(),
		unit: said.optional(),
		price_cents: cents.optional().describe('0 = free.'),
		delivery_cents: cents.optional(),
		free_delivery_from_cents: cents.nullable().optional(),
		stock: z.int().min(0).nullable().optional().describe('null = not limited.'),
		delivery_time_hours: hours.nullable().optional(),
		payment_reminder_hours: hours.nullable().optional(),
		cities: list.optional(),
		online: z.boolean().optional(),
		website_url: url.optional(),
		image_url: url.optional(),
		video_url: url.optional(),
		duration: said.optional(),
		format: said.optional(),
		specialist_initials: said.optional(),
		specialist_area: said.optional(),
		company: said.optional(),
		office_address: said.optional(),
		instructions: said.optional(),
		details: z.strictObject({ included: said, not_included: said, what_guarantee: said, what_not_guarantee: said, suitable_for: said, not_suitable_for: said }).partial().optional(),
		contacts: z.strictObject({ supplier_contact: said, supplier_company_services: said, warehouse_address: said, specialist_contact: said }).partial().optional(),
		attributes: texts.optional().describe('Replaces all attributes.'),
	})
	.meta({ id: 'CatalogItemFields', description: 'Fields that are left out stay as they are.' });
export type ItemFields = z.output<typeof itemFields>;

export const MOST_ITEMS = 500;
export const itemsBody = z.strictObject({ data: z.array(itemFields).min(1, { error: 'must have an item' }).max(MOST_ITEMS, { error: `must have at most ${MOST_ITEMS} items` }) });

export const catalogChange = z
	.object({ object: z.literal('catalog_change'), version: z.int().nullable().describe('null: nothing differs from what was stored.'), inserted: z.int(), changed: z.int(), removed: z.int() })
	.meta({ id: 'CatalogChange' });
export const itemsChange = z.object({ ...catalogChange.shape, data: z.array(catalogItem) }).meta({ id: 'CatalogItemsChange' });

export const catalogVersion = z
	.object({
		object: z.literal('catalog_version'), id: z.string(), version: z.int(), cause: z.enum(['import', 'edit', 'restore']), restored_version: z.int().nullable(),
		inserted: z.int(), changed: z.int(), removed: z.int(), created_at: z.string(),
	})
	.meta({ id: 'CatalogVersion', description: 'What one import, edit or restore made of the catalog.' });

export const versionsQuery = pageQuery.extend({ starting_after: z.coerce.number({ error: 'must be a number' }).int().optional() });
export const itemParams = z.object({ id: z.string().min(1).max(100), sku: z.string().min(1).max(200) });
export const versionParams = z.object({ id: z.string().min(1).max(100), version: z.coerce.number({ error: 'must be a number' }).int().min(0) });

export function changeJson(version: Version | null): z.infer<typeof catalogChange> {
	return { object: 'catalog_change', version: version?.version ?? null, inserted: version?.inserted ?? 0, changed: version?.changed ?? 0, removed: version?.removed ?? 0 };
}

export function versionJson({ version, cause, restoredVersion, inserted, changed, removed, createdAt }: Version): z.infer<typeof catalogVersion> {
	return { object: 'catalog_version', id: String(version), version, cause, restored_version: restoredVersion ?? null, inserted, changed, removed, created_at: createdAt.toISOString() };
}
