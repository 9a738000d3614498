import { textCell } from './cells.ts';
import { columnOf, FIELDS, type ColumnField } from './column-aliases.ts';
import { fold, tokenize } from './fold.ts';
import type { ItemKind } from './item.ts';

/** What each column of a file means, or why that can't be told. `columns` shows it to the operator: header → field, '' = attribute. */
export type ColumnMapping =
	| { readonly ok: true; readonly kind: ItemKind; readonly mapped: readonly MappedColumn[]; readonly columns: Readonly<Record<string, string>> }
	| { readonly ok: false; readonly problems: readonly HeaderProblem[]; readonly columns: Readonly<Record<string, string>> };

export interface MappedColumn {
	/** As in the file; a repeated header gets a number: "Colour (2)". */
	readonly header: string;
	/** null: unknown, kept in the item's attributes. */
	readonly field: ColumnField | null;
	/** The unit that the header names: "Duration (min)" makes 60 an hour. */
	readonly unit: HeaderUnit | null;
}

/** A header that begins so is an attribute, whatever stands behind it. */
const ATTRIBUTE = /^attribute:\s*(?=\S)/iu;

/** The header under which an attribute is read back: its name, behind "attribute:" when the name alone would be read as a known column. */
export function attributeHeader(name: string): string {
	const isPlain = !ATTRIBUTE.test(name) && fieldsOf(name, 'product').length === 0 && fieldsOf(name, 'service').length === 0;
	return isPlain ? name : `attribute:${name}`;
}

/** The name of the attribute that a header without a field stands for. */
export function attributeName(header: string): string {
	return header.replace(ATTRIBUTE, '');
}

export interface HeaderProblem {
	readonly code: 'kind_unclear' | 'header_ambiguous' | 'headers_conflict' | 'column_missing' | 'override_invalid';
	/** The headers that the problem is about; [] for a missing column. */
	readonly headers: readonly string[];
	/** The fields that the header may mean, or that are missing. */
	readonly fields: readonly string[];
	/** Names the header, lists what was found and what to do. */
	readonly message: string;
}

export type HeaderUnit = 'money' | 'hours' | 'days' | 'minutes' | 'count';

export interface ColumnOptions {
	readonly kind?: ItemKind | undefined;
	/** Header → field ('' = keep as an attribute); wins over the aliases. */
	readonly overrides?: Readonly<Record<string, string>> | undefined;
}

/** Decides what each header means. Pure: the same headers always map the same way. */
export function mapColumns(headers: readonly string[], options: ColumnOptions = {}): ColumnMapping {
	const names = numbered(headers);
	const overrides = new Map(Object.entries(options.overrides ?? {}).map(([header, field]) => [headerKey(header), field]));
	const problems = overrideProblems(options.overrides ?? {}, names);
	const kind = options.kind ?? kindOf(names, overrides);
	if (kind === null) {
		return { ok: false, problems: [...problems, kindProblem(names)], columns: Object.fromEntries(names.map((name) => [name, ''])) };
	}
	const candidates = names.map((name) => {
		const override = overrides.get(headerKey(name));
		if (override !== undefined) return FIELDS.filter((field) => field === override);
		return fieldsOf(name, kind);
	});
	const mapped = names.map((header, index) => ({ header, field: candidates[index]?.[0] ?? null, unit: unitOf(header).unit }));
	const columns = Object.fromEntries(mapped.map(({ header, field }) => [header, field ?? '']));
	problems.push(...ambiguities(names, candidates), ...conflicts(mapped), ...missing(mapped, kind, names));
	return problems.length > 0 ? { ok: false, problems, columns } : { ok: true, kind, mapped, columns };
}

/** Letters and digits of a header, folded: "PRODUCT-NAME", "Product name" and "productName" have one key. */
export function headerKey(header: string): string {
	return tokenize(apartFromCamelCase(header)).join('');
}

/** Fields of the kind that a header may mean. */
export function fieldsOf(header: string, kind: ItemKind): readonly ColumnField[] {
	if (ATTRIBUTE.test(header)) return [];
	const { unit, bare } = unitOf(header);
	const exact = aliasIndex(kind).get(headerKey(header)) ?? [];
	const found = exact.length > 0 ? exact : (aliasIndex(kind).get(bare) ?? []);
	if (unit === null) return found;
	const measured = found.filter((field) => columnOf(field).measure === MEASURED_BY[unit] || (unit === 'minutes' && field === 'duration'));
	// An exact alias that happens to end in a unit ("delivery time hours") needs no second opinion.
	return measured.length > 0 || exact.length !== 1 ? measured : exact;
}

const MEASURED_BY = { money: 'money', hours: 'hours', days: 'hours', minutes: undefined, count: 'count' } as const;

const UNIT_WORDS: Readonly<Record<HeaderUnit, readonly string[]>> = {
	money: ['euro', 'euros', 'евро', 'євро', 'руб', 'грн', 'тг', 'тенге', ...Intl.supportedValuesOf('currency').map((code) => code.toLowerCase())],
	hours: ['h', 'hrs', 'hour', 'hours', 'ч', 'час', 'часа', 'часов', 'часы', 'год', 'години', 'годин', 'hora', 'horas', 'std', 'stunden', 'сағат'],
	days: ['day', 'days', 'дн', 'дня', 'дней', 'дни', 'день', 'днів', 'días', 'dia', 'tage', 'күн'],
	minutes: ['min', 'mins', 'minute', 'minutes', 'мин', 'минут', 'минуты', 'хв', 'хвилин', 'minutos', 'minuten', 'минут'],
	count: ['pcs', 'pc', 'шт', 'штук', 'uds', 'ud', 'stk', 'stück', 'дана'],
};
// Later ones win: "std" are hours in German, and a currency that has long been replaced.
const UNIT_OF_WORD: ReadonlyMap<string, HeaderUnit> = new Map(
	(Object.keys(UNIT_WORDS) as HeaderUnit[]).flatMap((unit) => UNIT_WORDS[unit].map((word) => [fold(word), unit] as const)),
);

/** "Срок доставки (ч)" → hours, and the key of what is left. A unit stands last, a currency sign anywhere. */
function unitOf(header: string): { unit: HeaderUnit | null; bare: string } {
	const words = tokenize(apartFromCamelCase(header));
	const unit = words.length > 1 ? UNIT_OF_WORD.get(words.at(-1) ?? '') : undefined;
	if (unit !== undefined) return { unit, bare: words.slice(0, -1).join('') };
	return { unit: /\p{Sc}/u.test(header) ? 'money' : null, bare: words.join('') };
}

function apartFromCamelCase(header: string): string {
	return header.replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ');
}

const aliasIndexes = new Map<ItemKind, ReadonlyMap<string, readonly ColumnField[]>>();

/** Alias key → fields. A field's own name ("price_eur") is an alias of it. */
function aliasIndex(kind: ItemKind): ReadonlyMap<string, readonly ColumnField[]> {
	const built = aliasIndexes.get(kind);
	if (built !== undefined) return built;
	const index = new Map<string, ColumnField[]>();
	for (const field of FIELDS.filter((candidate) => columnOf(candidate).kinds.includes(kind))) {
		for (const key of new Set([field, ...columnOf(field).aliases].map(headerKey))) index.set(key, [...(index.get(key) ?? []), field]);
	}
	aliasIndexes.set(kind, index);
	return index;
}

/** The kind whose own columns the file has more of; null when that decides nothing. A name column of one kind decides alone. */
function kindOf(names: readonly string[], overrides: ReadonlyMap<string, string>): ItemKind | null {
	const meant = (kind: ItemKind): ReadonlySet<string> =>
		new Set(
			names.flatMap((name) => {
				const override = overrides.get(headerKey(name));
				const other = kind === 'product' ? 'service' : 'product';
				if (override !== undefined) return FIELDS.filter((field) => field === override && columnOf(field).kinds.join() === kind);
				return fieldsOf(name, other).length === 0 ? fieldsOf(name, kind).filter((field) => columnOf(field).kinds.join() === kind) : [];
			}),
		);
	const product = meant('product');
	const service = meant('service');
	if (product.has('product_name') !== service.has('service_name')) return product.has('product_name') ? 'product' : 'service';
	if (product.has('product_name') || product.size === service.size) return null;
	return product.size > service.size ? 'product' : 'service';
}

/** Headers as text; repeated ones get a number, empty ones their place. */
function numbered(headers: readonly string[]): string[] {
	const seen = new Map<string, number>();
	return headers.map((header, index) => {
		const name = textCell(header) || `Column ${index + 1}`;
		const times = (seen.get(name) ?? 0) + 1;
		seen.set(name, times);
		return times === 1 ? name : `${name} (${times})`;
	});
}

function kindProblem(names: readonly string[]): HeaderProblem {
	return {
		code: 'kind_unclear',
		headers: [],
		fields: ['product_name', 'service_name'],
		message: `The columns don't tell whether these are products or services. Name one column product_name or service_name, or pass kind. ${found(names)}`,
	};
}

function overrideProblems(overrides: Readonly<Record<string, string>>, names: readonly string[]): HeaderProblem[] {
	const keys = new Set(names.map(headerKey));
	return Object.entries(overrides).flatMap(([header, field]) => {
		const problem = { code: 'override_invalid' as const, headers: [header], fields: [field] };
		if (!keys.has(headerKey(header))) return [{ ...problem, message: `columns names the header ${quoted(header)}, which the file doesn't have. ${found(names)}` }];
		if (field !== '' && !FIELDS.some((known) => known === field)) return [{ ...problem, message: `columns maps ${quoted(header)} to ${quoted(field)}, which is no field. Fields: ${FIELDS.join(', ')}.` }];
		return [];
	});
}

function ambiguities(names: readonly string[], candidates: ReadonlyArray<readonly ColumnField[]>): HeaderProblem[] {
	return names.flatMap((header, index) => {
		const fields = candidates[index] ?? [];
		if (fields.length < 2) return [];
		return [{ code: 'header_ambiguous' as const, headers: [header], fields, message: `The header ${quoted(header)} may mean ${fields.join(' or ')}. Rename the column, or say which in columns. ${found(names)}` }];
	});
}

function conflicts(mapped: readonly MappedColumn[]): HeaderProblem[] {
	const attributes = Map.groupBy(mapped.filter(({ field }) => field === null).map(({ header }) => header), attributeName);
	const repeated = [...attributes].filter(([, headers]) => headers.length > 1).map(([name, headers]) => ({
		code: 'headers_conflict' as const, headers, fields: [], message: `The headers ${headers.map(quoted).join(' and ')} both name the attribute ${quoted(name)}. Rename one. ${found(mapped.map(({ header }) => header))}`,
	}));
	const meantTwice = FIELDS.flatMap((field) => {
		const headers = mapped.filter((column) => column.field === field).map((column) => column.header);
		if (headers.length < 2) return [];
		return [{ code: 'headers_conflict' as const, headers, fields: [field], message: `The headers ${headers.map(quoted).join(' and ')} both mean ${field}. Remove one, or map it to "" in columns to keep it as an attribute. ${found(mapped.map(({ header }) => header))}` }];
	});
	return [...meantTwice, ...repeated];
}

function missing(mapped: readonly MappedColumn[], kind: ItemKind, names: readonly string[]): HeaderProblem[] {
	const required = FIELDS.filter((field) => columnOf(field).required === true && columnOf(field).kinds.includes(kind));
	return required
		.filter((field) => !mapped.some((column) => column.field === field))
		.map((field) => ({ code: 'column_missing' as const, headers: [], fields: [field], message: `The column ${field} is missing. Add it, or map one of yours to it in columns. ${found(names)}` }));
}

function found(names: readonly string[]): string {
	return `Found: ${names.map(quoted).join(', ')}.`;
}

function quoted(text: string): string {
	return JSON.stringify(text);
}
