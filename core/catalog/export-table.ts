import { spreadsheetSafe } from './cells.ts';
import type { ColumnField } from './column-aliases.ts';
import { attributeHeader } from './columns.ts';
import type { Item, ItemKind } from './item.ts';

/** A file that imports again as the same items, row by row. Every cell is safe to open in a spreadsheet. */
export interface ExportTable {
	readonly headers: readonly string[];
	row(item: Item): readonly string[];
}

/** @param attributes names of all attributes that the items have: each is a column */
export function createExportTable(kind: ItemKind, attributes: Iterable<string>): ExportTable {
	const columns = COLUMNS[kind];
	const names = [...new Set(attributes)].sort();
	return {
		headers: [...columns.map(([field]) => field), ...names.map(attributeHeader)].map(spreadsheetSafe),
		row: (item) => [...columns.map(([, cell]) => cell(item)), ...names.map((name) => (Object.hasOwn(item.attributes, name) ? (item.attributes[name] ?? '') : ''))].map(spreadsheetSafe),
	};
}

type Column = readonly [field: ColumnField, cell: (item: Item) => string];

const money = (cents: number): string => (cents === 0 ? '0' : (cents / 100).toFixed(2));
const number = (value: number | null): string => (value === null ? '' : String(value));
/** As words where that can be read back, else as JSON. */
const list = (values: readonly string[]): string => (values.some((value) => /[,;\n|[\]"]/u.test(value)) ? JSON.stringify(values) : values.join(', '));

const SHARED_END: readonly Column[] = [
	['website_url', (item) => item.websiteUrl], ['image_url', (item) => item.imageUrl], ['video_url', (item) => item.videoUrl],
	['payment_reminder', (item) => number(item.paymentReminderHours)],
];

const COLUMNS: Readonly<Record<ItemKind, readonly Column[]>> = {
	product: [
		['product_name', (item) => item.name], ['sku', (item) => item.sku], ['description', (item) => item.description], ['category', (item) => item.category], ['tags', (item) => list(item.tags)],
		['unit', (item) => item.unit], ['price_eur', (item) => money(item.priceCents)], ['logistics_price_eur', (item) => money(item.deliveryCents)],
		['free_delivery', (item) => (item.freeDeliveryFromCents === null ? '' : money(item.freeDeliveryFromCents))], ['stock_units', (item) => number(item.stock)],
		['delivery_time_hours', (item) => number(item.deliveryTimeHours)], ['cities', (item) => (item.online ? 'Online' : list(item.cities))],
		['supplier_contact', (item) => item.contactFields.supplier_contact], ['supplier_company_services', (item) => item.contactFields.supplier_company_services], ['warehouse_address', (item) => item.contactFields.warehouse_address],
		...SHARED_END,
	],
	service: [
		['service_name', (item) => item.name], ['sku', (item) => item.sku], ['description', (item) => item.description], ['service_category', (item) => item.category], ['service_subcategory', (item) => item.subcategory],
		['tags', (item) => list(item.tags)], ['unit', (item) => item.unit], ['price_eur', (item) => money(item.priceCents)], ['travel_fee_eur', (item) => money(item.deliveryCents)],
		['free_travel_threshold', (item) => (item.freeDeliveryFromCents === null ? '' : money(item.freeDeliveryFromCents))], ['slots_available', (item) => number(item.stock)],
		['duration', (item) => item.duration], ['format', (item) => item.format], ['location', (item) => (item.online ? 'Online' : list(item.cities))],
		...(['included', 'not_included', 'what_guarantee', 'what_not_guarantee', 'suitable_for', 'not_suitable_for'] as const).map((field): Column => [field, (item) => item.detailFields[field]]),
		['specialist_initials', (item) => item.specialistInitials], ['specialist_area', (item) => item.specialistArea], ['specialist_contact', (item) => item.contactFields.specialist_contact],
		['company', (item) => item.providerName], ['office_address', (item) => item.officeAddress], ['details', (item) => item.instructions],
		...SHARED_END,
	],
};
