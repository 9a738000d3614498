import { spreadsheetSafe } from '../../../../core/catalog/cells.ts';
import { mapColumns, type ColumnMapping } from '../../../../core/catalog/columns.ts';
import type { Item, ItemKind } from '../../../../core/catalog/item.ts';
import { parseRows, type ParsedRows, type RowError } from '../../../../core/catalog/parse-rows.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Sql } from '../../store/database.ts';
import { csvOf } from './csv.ts';
import { readCatalogFile, type CatalogFile } from './read-file.ts';
import { compareItems, kindsBySku, lockOwner, storeRows, type CatalogOwner } from './repository.ts';

export interface ImportOptions {
	readonly kind?: ItemKind | undefined;
	readonly dryRun: boolean;
	/** Import the good rows although some are bad, and remove nothing: the file is a part of the list. */
	readonly partial: boolean;
	/** Accept the repaired text of a file that was decoded wrongly once. */
	readonly repair: boolean;
	/** Of a workbook. */
	readonly sheet?: string | undefined;
	/** Header → field, over what the aliases say. */
	readonly columns: Readonly<Record<string, string>>;
}

export interface ImportReport {
	readonly kind: ItemKind;
	readonly dryRun: boolean;
	readonly inserted: number;
	readonly changed: number;
	readonly unchanged: number;
	readonly removed: number;
	readonly errors: readonly RowError[];
	/** The bad rows under the file's headers, as CSV to correct and import again; '' when there are none. */
	readonly rejectedCsv: string;
	readonly columns: Readonly<Record<string, string>>;
	readonly encoding: string;
	readonly delimiter: string;
	/** Of the catalog from now on; null when nothing changed or nothing was to be stored. */
	readonly version: number | null;
}

/**
 * Makes the file the company's list of items of its kind: upserts by sku and removes what the file no longer has, in the
 * caller's transaction. With a bad row nothing is stored; with `partial` the good rows are, and nothing is removed: a missing
 * item may be a bad row, or the file may be the corrected rest of an earlier one.
 * @throws AppError `company_not_found` (404); `catalog_columns_invalid`, `catalog_kind_not_sold`, `catalog_rows_invalid` (with the
 * report) and what `readCatalogFile` throws (422)
 */
export async function importFile(sql: Sql, companyId: string, bytes: Buffer, options: ImportOptions): Promise<ImportReport> {
	const file = await readCatalogFile(bytes, options);
	const owner = await lockOwner(sql, companyId);
	const mapping = meaningOf(file, owner, options);
	const parsed = parseRows(mapping.mapped, file.rows, { kind: mapping.kind, currency: owner.currency });
	const { items, errors } = withoutTakenSkus(parsed, mapping, await kindsBySku(sql, companyId));
	const changes = await compareItems(sql, companyId, mapping.kind, items, errors.length === 0 && !options.partial);
	const report: ImportReport = {
		kind: mapping.kind,
		dryRun: options.dryRun,
		inserted: changes.inserted.length,
		changed: changes.changed.length,
		unchanged: changes.unchanged.length,
		removed: changes.removed.length,
		errors,
		rejectedCsv: rejectedCsv(file, errors),
		columns: mapping.columns,
		encoding: file.encoding,
		delimiter: file.delimiter,
		version: null,
	};
	if (options.dryRun) return report;
	if (errors.length > 0 && !options.partial) throw badRows(report);
	const stored = await storeRows(sql, { tenantId: owner.tenantId, companyId }, items.map((item, position) => ({ item, position })), changes.removed, { cause: 'import' });
	return { ...report, version: stored?.version ?? null };
}

type KnownMapping = Extract<ColumnMapping, { ok: true }>;

function meaningOf(file: CatalogFile, owner: CatalogOwner, options: ImportOptions): KnownMapping {
	const asked = { kind: options.kind, overrides: options.columns };
	const first = mapColumns(file.headers, asked);
	// "Name; Price": what the company sells decides what the headers leave open.
	const unclear = !first.ok && first.problems.some(({ code }) => code === 'kind_unclear') && owner.type !== 'hybrid';
	const mapping = unclear ? mapColumns(file.headers, { ...asked, kind: owner.type === 'service' ? 'service' : 'product' }) : first;
	if (!mapping.ok) {
		throw new AppError('catalog_columns_invalid', mapping.problems.map(({ message }) => message).join(' '), {
			status: 422,
			details: { problems: mapping.problems, columns: mapping.columns, encoding: file.encoding, delimiter: file.delimiter },
		});
	}
	if (owner.type !== 'hybrid' && owner.type !== mapping.kind) {
		throw new AppError('catalog_kind_not_sold', `The file holds ${mapping.kind}s, but the company is of type ${owner.type}. Change the company's type to hybrid to sell both.`, { status: 422 });
	}
	return mapping;
}

/** A sku is unique over both kinds: one that the company's other list has is an error of its row. */
function withoutTakenSkus(parsed: ParsedRows, mapping: KnownMapping, kinds: ReadonlyMap<string, ItemKind>): { items: Item[]; errors: RowError[] } {
	const isTaken = (item: Item) => (kinds.get(item.sku) ?? mapping.kind) !== mapping.kind;
	const column = mapping.mapped.find(({ field }) => field === 'sku')?.header ?? 'sku';
	const taken = parsed.items.filter(isTaken).map((item) => ({
		row: parsed.rowOfSku.get(item.sku) ?? 0,
		column,
		value: item.sku,
		reason: `the sku belongs to a ${kinds.get(item.sku)} of the company`,
		suggestion: 'Give the item another sku: skus are unique over products and services.',
	}));
	return { items: parsed.items.filter((item) => !isTaken(item)), errors: [...parsed.errors, ...taken].sort((a, b) => a.row - b.row) };
}

function rejectedCsv(file: CatalogFile, errors: readonly RowError[]): string {
	if (errors.length === 0) return '';
	const bad = new Set(errors.map(({ row }) => row));
	const lines = [file.headers, ...file.rows.filter(({ number }) => bad.has(number)).map(({ cells }) => cells)];
	return csvOf(lines.map((cells) => cells.map(spreadsheetSafe))).toString('utf8').replace(/^\ufeff/u, '');
}

function badRows({ kind, dryRun, version: _version, rejectedCsv: rejected, inserted, changed, unchanged, removed, ...report }: ImportReport): AppError {
	const rows = new Set(report.errors.map(({ row }) => row)).size;
	const [first] = report.errors;
	return new AppError(
		'catalog_rows_invalid',
		`${rows} row(s) can't be imported, so nothing was. First: row ${first?.row}, ${first?.column || 'whole row'}: ${first?.reason}. Correct them, or pass partial=true to import the others.`,
		{ status: 422, details: { ...report, kind, dry_run: dryRun, rejected_csv: rejected, would: { inserted, changed, unchanged, removed } } },
	);
}
