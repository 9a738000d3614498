import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { emptyItem, type Item } from '../../core/catalog/item.ts';

const text = z.string().default('');
const itemSchema = z.strictObject({
	sku: z.string(),
	kind: z.enum(['product', 'service']),
	name: z.string(),
	description: text,
	category: text,
	unit: text,
	/** Whole units of the currency. */
	price: z.number().nonnegative(),
	delivery: z.number().nonnegative().default(0),
	free_from: z.number().nullable().default(null),
	stock: z.int().nullable().default(null),
	delivery_hours: z.int().nullable().default(null),
	reminder_hours: z.int().nullable().default(null),
	cities: z.array(z.string()).default([]),
	online: z.boolean().default(false),
	website: text,
	image: text,
	video: text,
	duration: text,
	minutes: z.int().nullable().default(null),
	format: text,
	office_address: text,
	instructions: text,
	details: z.record(z.enum(['included', 'not_included', 'what_guarantee', 'what_not_guarantee', 'suitable_for', 'not_suitable_for']), z.string().optional()).optional(),
	contacts: z.record(z.enum(['supplier_contact', 'supplier_company_services', 'warehouse_address', 'specialist_contact']), z.string().optional()).optional(),
});

const shopSchema = z.strictObject({
	company: z.strictObject({ name: z.string(), type: z.enum(['product', 'service', 'hybrid']), currency: z.string().default('eur'), default_language: z.string() }),
	items: z.array(itemSchema).min(1),
});

export type ShopItem = z.output<typeof itemSchema>;
export interface Shop {
	readonly company: z.output<typeof shopSchema>['company'];
	readonly items: readonly ShopItem[];
}

const SHOPS = new Map<string, Shop>();

/** The fixture test/dialogues/shops/<name>.yaml. */
export function shopOf(name: string): Shop {
	const known = SHOPS.get(name);
	if (known !== undefined) return known;
	const parsed = shopSchema.safeParse(parse(readFileSync(new URL(`shops/${name}.yaml`, import.meta.url), 'utf8')));
	if (!parsed.success) throw new Error(`shops/${name}.yaml: ${z.prettifyError(parsed.error)}`);
	SHOPS.set(name, parsed.data);
	return parsed.data;
}

export const cents = (amount: number): number => Math.round(amount * 100);

/** A row as the catalog has it. */
export function toItem(row: ShopItem): Item {
	const empty = emptyItem(row.sku, row.kind, row.name);
	const filled = (record: Readonly<Record<string, string | undefined>> | undefined) => Object.fromEntries(Object.entries(record ?? {}).map(([key, value]) => [key, value ?? '']));
	return {
		...empty,
		description: row.description, category: row.category, unit: row.unit, priceCents: cents(row.price), deliveryCents: cents(row.delivery),
		freeDeliveryFromCents: row.free_from === null ? null : cents(row.free_from), stock: row.stock, deliveryTimeHours: row.delivery_hours,
		paymentReminderHours: row.reminder_hours, cities: row.cities, online: row.online, websiteUrl: row.website, imageUrl: row.image, videoUrl: row.video,
		duration: row.duration, durationMinutes: row.minutes, format: row.format, officeAddress: row.office_address, instructions: row.instructions,
		detailFields: { ...empty.detailFields, ...filled(row.details) }, contactFields: { ...empty.contactFields, ...filled(row.contacts) },
	};
}
