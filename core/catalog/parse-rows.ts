import { createHash } from 'node:crypto';
import { countCell, hoursCell, htmlIn, listCell, minutesIn, moneyCell, textCell, urlCell, type Cell } from './cells.ts';
import type { ColumnField } from './column-aliases.ts';
import { attributeName, type MappedColumn } from './columns.ts';
import { fold, tokenize } from './fold.ts';
import { emptyItem, type ContactField, type DetailField, type Item, type ItemKind } from './item.ts';

/** A row of a file below its headers. */
export interface Row {
	/** As a spreadsheet counts: the headers are row 1. */
	readonly number: number;
	readonly cells: readonly string[];
}

/** One thing that is wrong with a row. */
export interface RowError {
	readonly row: number;
	/** The header as in the file; '' when the whole row is meant. */
	readonly column: string;
	/** The cell as in the file, cut to 200 characters. */
	readonly value: string;
	readonly reason: string;
	readonly suggestion: string;
}

/** What one row gave: an item, or what is wrong with it. */
export type ParsedRow = { readonly item: Item; readonly errors: readonly [] } | { readonly item: null; readonly errors: readonly RowError[] };

export interface ParseOptions {
	readonly kind: ItemKind;
	/** ISO 4217 of the company, any case: an amount marked with another currency is refused. */
	readonly currency: string;
}

/**
 * Makes items of a file's rows by the mapping of `mapColumns`, one after the other in file order, so that a long file needs no memory but that
 * of its skus. A row with an error makes no item; the second row of a sku is an error.
 */
export function createRowParser(columns: readonly MappedColumn[], options: ParseOptions): (row: Row) => ParsedRow {
	const rowOfSku = new Map<string, number>();
	const places = new Map(columns.map((column, index) => [column.field, index]));
	return (row) => {
		const reader = new RowReader(columns, places, row);
		const item = readItem(reader, options);
		const earlier = item.sku === '' ? undefined : rowOfSku.get(item.sku);
		if (earlier !== undefined) reader.duplicate(item, earlier);
		else rowOfSku.set(item.sku, row.number);
		return reader.errors.length === 0 ? { item, errors: [] } : { item: null, errors: reader.errors };
	};
}

/** A sku for an item without one: from kind and name alone, so that the next import finds the same item. */
export function skuFromName(kind: ItemKind, name: string): string {
	const words = tokenize(name);
	const digest = createHash('sha256').update(`${kind}:${words.join(' ')}`).digest('hex').slice(0, 8);
	return `${words.join('-').replace(/[^a-z0-9-]/g, '').slice(0, 32).replace(/^-+|-+$/g, '') || kind}-${digest}`;
}

/** Reads cells by field and notes what is wrong with them. */
class RowReader {
	readonly errors: RowError[] = [];
	readonly #columns: readonly MappedColumn[];
	readonly #places: ReadonlyMap<ColumnField | null, number>;
	readonly #row: Row;

	constructor(columns: readonly MappedColumn[], places: ReadonlyMap<ColumnField | null, number>, row: Row) {
		this.#columns = columns;
		this.#places = places;
		this.#row = row;
		const surplus = row.cells.slice(columns.length).filter((cell) => cell.trim() !== '');
		if (surplus.length > 0) {
			this.#note('', surplus.join(' | '), `the row has ${row.cells.length} cells, the headers ${columns.length}`, 'Put quotes around a cell that contains the delimiter.');
		}
		columns.forEach(({ header }, index) => {
			const cell = row.cells[index] ?? '';
			if (cell.includes('\ufffd')) this.#note(header, cell, 'letters were lost when the file was saved (�)', 'Write the text again, or export the file as UTF-8.');
			const tag = htmlIn(cell);
			if (tag !== '') this.#note(header, cell, `the cell holds HTML (${tag})`, 'Write plain text: chats show tags as they are.');
		});
	}

	text(field: ColumnField): string {
		return textCell(this.#cell(field));
	}

	required(field: ColumnField): string {
		const text = this.text(field);
		if (text === '') this.#note(this.#header(field), this.#cell(field), `${field} is empty`, 'Fill it in: it is required.');
		return text;
	}

	/** Reads with a parser of cells.ts; `otherwise` stands for a bad cell, whose row makes no item. */
	value<T>(field: ColumnField, parse: (cell: string, column: MappedColumn | undefined) => Cell<T>, otherwise: T): T {
		const parsed = parse(this.#cell(field), this.#column(field));
		if (parsed.ok) return parsed.value;
		this.#note(this.#header(field), this.#cell(field), parsed.reason, parsed.suggestion);
		return otherwise;
	}

	unit(field: ColumnField): MappedColumn['unit'] {
		return this.#column(field)?.unit ?? null;
	}

	attributes(): Record<string, string> {
		const unknown = this.#columns.map((column, index) => [column, textCell(this.#row.cells[index] ?? '')] as const);
		return Object.fromEntries(unknown.filter(([column, cell]) => column.field === null && cell !== '').map(([column, cell]) => [attributeName(column.header), cell]));
	}

	duplicate(item: Item, earlierRow: number): void {
		const written = this.text('sku');
		const reason = written === '' ? `row ${earlierRow} has the same name and neither has a sku` : `row ${earlierRow} has the same sku`;
		const [header, value] = written === '' ? [this.#header(NAME_FIELD[item.kind]), item.name] : [this.#header('sku'), written];
		this.#note(header, value, reason, 'Give each item a sku of its own, or remove one of the rows.');
	}

	#note(column: string, value: string, reason: string, suggestion: string): void {
		this.errors.push({ row: this.#row.number, column, value: value.slice(0, 200), reason, suggestion });
	}

	#column(field: ColumnField): MappedColumn | undefined {
		return this.#columns[this.#places.get(field) ?? -1];
	}

	#header(field: ColumnField): string {
		return this.#column(field)?.header ?? field;
	}

	#cell(field: ColumnField): string {
		return this.#row.cells[this.#places.get(field) ?? -1] ?? '';
	}
}

const NAME_FIELD = { product: 'product_name', service: 'service_name' } as const;

function readItem(row: RowReader, { kind, currency }: ParseOptions): Item {
	const product = kind === 'product';
	const name = row.required(NAME_FIELD[kind]);
	const money = (field: ColumnField) => row.value(field, (cell) => moneyCell(cell, currency), 0);
	const places = row.value(product ? 'cities' : 'location', listCell, []);
	const online = places.some(isOnline);
	const thresholdField = product ? 'free_delivery' : 'free_travel_threshold';
	const threshold = money(thresholdField);
	const duration = row.text('duration');
	return {
		...emptyItem(skuOf(row.text('sku')) || (name === '' ? '' : skuFromName(kind, name)), kind, name),
		description: row.required('description'),
		category: row.text(product ? 'category' : 'service_category'),
		subcategory: row.text('service_subcategory'),
		tags: row.value('tags', listCell, []),
		unit: row.text('unit'),
		priceCents: money('price_eur'),
		deliveryCents: money(product ? 'logistics_price_eur' : 'travel_fee_eur'),
		// Empty or a dash: never free. "free" or 0: always.
		freeDeliveryFromCents: /[\p{L}\p{N}]/u.test(row.text(thresholdField)) ? threshold : null,
		stock: row.value(product ? 'stock_units' : 'slots_available', countCell, null),
		deliveryTimeHours: row.value('delivery_time_hours', (cell, column) => hoursCell(cell, column?.unit ?? null), null),
		paymentReminderHours: row.value('payment_reminder', (cell, column) => hoursCell(cell, column?.unit ?? null), null),
		cities: online ? [] : places,
		online,
		websiteUrl: row.value('website_url', urlCell, ''),
		imageUrl: row.value('image_url', urlCell, ''),
		videoUrl: row.value('video_url', urlCell, ''),
		duration: durationText(duration, row.unit('duration')),
		durationMinutes: minutesIn(duration, row.unit('duration')),
		format: row.text('format'),
		detailFields: texts<DetailField>(row, ['included', 'not_included', 'what_guarantee', 'what_not_guarantee', 'suitable_for', 'not_suitable_for']),
		contactFields: texts<ContactField>(row, ['supplier_contact', 'supplier_company_services', 'warehouse_address', 'specialist_contact']),
		specialistInitials: row.text('specialist_initials'),
		specialistArea: row.text('specialist_area'),
		providerName: row.text('company'),
		officeAddress: row.text('office_address'),
		instructions: row.text('details'),
		attributes: row.attributes(),
	};
}

/** Spreadsheets turn 1001 into 1001.0 on the way through a number column. */
function skuOf(text: string): string {
	return text.replace(/^(\d+)[.,]0+$/, '$1');
}

/** A bare number gets the unit that its header names, so that the text can be told as it is. */
function durationText(text: string, unit: MappedColumn['unit']): string {
	if (!/^\d+(?:[.,]\d+)?$/.test(text)) return text;
	return unit === 'minutes' ? `${text} min` : unit === 'hours' ? `${text} h` : text;
}

function texts<F extends ColumnField>(row: RowReader, fields: readonly F[]): Record<F, string> {
	return Object.fromEntries(fields.map((field) => [field, row.text(field)])) as Record<F, string>;
}

const ONLINE: ReadonlySet<string> = new Set(
	['online', 'on-line', 'онлайн', 'он-лайн', 'en línea', 'en linea', 'virtual', 'remote', 'remoto', 'удалённо', 'дистанционно', 'віддалено', 'дистанційно', 'қашықтан'].map(fold),
);

function isOnline(place: string): boolean {
	return ONLINE.has(fold(place));
}
