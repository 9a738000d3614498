import { z } from 'zod';
import type { Item } from '../../../../core/catalog/item.ts';
import { AppError } from '../../../../core/errors.ts';
import { pageQuery } from '../../http/endpoint.ts';
import type { ImportReport } from './import-file.ts';

export const itemKind = z.enum(['product', 'service'], { error: 'must be "product" or "service"' });

/** `true`, `1` or an empty value (`?dry_run`) switch on. */
const flag = z
	.enum(['true', 'false', '1', '0', ''], { error: 'must be true or false' })
	.default('false')
	.transform((value) => value !== 'false' && value !== '0');

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
		errors: z.array(rowError),
		rejected_csv: z.string().describe('The bad rows under the file’s headers, as CSV to correct and send again with partial=true.'),
		columns: z.record(z.string(), z.string()).describe('Header → field; "" = kept in attributes.'),
		encoding: z.string(),
		delimiter: z.string(),
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
		rejected_csv: report.rejectedCsv,
		columns: { ...report.columns },
		encoding: report.encoding,
		delimiter: report.delimiter,
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
