import { spreadsheetSafe, textCell } from '../../../../core/catalog/cells.ts';
import { mapColumns, type ColumnMapping } from '../../../../core/catalog/columns.ts';
import type { Item, ItemKind } from '../../../../core/catalog/item.ts';
import { createRowParser, type Row, type RowError } from '../../../../core/catalog/parse-rows.ts';
import { AppError } from '../../../../core/errors.ts';
import type { CatalogAddress, CatalogOwner, CatalogStore, RowToStore } from './catalog-store.ts';
import { csvOf } from '../../http/csv.ts';
import { readCatalogFile, type CatalogFile } from './read-file.ts';

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
	/** The first of them, in file order, at most 1,000. */
	readonly errors: readonly RowError[];
	/** Rows that have one. */
	readonly badRows: number;
	/** The bad rows under the file's headers, as CSV to correct and import again; '' when there are none. */
	readonly rejectedCsv: string;
	/** There are more bad rows than it holds: so many that the file itself is what to correct. */
	readonly rejectedCsvCut: boolean;
	readonly columns: Readonly<Record<string, string>>;
	readonly encoding: string;
	readonly delimiter: string;
	/** Of the catalog from now on; null when nothing changed or nothing was to be stored. */
	readonly version: number | null;
}

const MOST_ERRORS = 1_000;
const MOST_REJECTED = 5_000_000;

/**
 * Makes the file the company's list of items of its kind: upserts by sku and removes what the file no longer has, in one
 * change. With a bad row nothing is stored; with `partial` the good rows are, and nothing is removed: a missing
 * item may be a bad row, or the file may be the corrected rest of an earlier one. Rows go from the disk to the database
 * a few hundred at a time.
 * @throws AppError `company_not_found` (404); `catalog_columns_invalid`, `catalog_kind_not_sold`, `catalog_rows_invalid` (with the
 * report) and what `readCatalogFile` throws (422)
 */
export async function importFile(store: CatalogStore, at: CatalogAddress, path: string, options: ImportOptions): Promise<ImportReport> {
	const file = await readCatalogFile(path, options);
	return await store.change(at, async (catalog) => {
		const owner = await catalog.owner();
		const mapping = meaningOf(file, owner, options);
		const problems = new Problems(file.headers);
		await catalog.bring(readItems(file, mapping, owner.currency, await catalog.skusOfOtherKind(mapping.kind), problems));
		const removal = { othersOfKind: problems.badRows === 0 && !options.partial ? mapping.kind : undefined };
		const report: ImportReport = {
			kind: mapping.kind,
			dryRun: options.dryRun,
			...(await catalog.compare(removal)),
			...problems.report(),
			columns: mapping.columns,
			encoding: file.encoding,
			delimiter: file.delimiter,
			version: null,
		};
		if (options.dryRun) {
			await catalog.drop();
			return report;
		}
		if (problems.badRows > 0 && !options.partial) throw badRows(report);
		const stored = await catalog.store(removal, { cause: 'import' });
		return { ...report, version: stored?.version ?? null };
	}, { isLong: true });
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

async function* readItems(file: CatalogFile, mapping: KnownMapping, currency: string, taken: ReadonlySet<string>, problems: Problems): AsyncGenerator<RowToStore> {
	const parse = createRowParser(mapping.mapped, { kind: mapping.kind, currency });
	let position = 0;
	for await (const row of file.rows()) {
		const { item, errors } = parse(row);
		if (item === null) problems.add(row, errors);
		else if (taken.has(item.sku)) problems.add(row, [skuTaken(row, item, mapping)]);
		else yield { item, position: position++ };
	}
}

/** A sku is unique over both kinds: one that the company's other list has is an error of its row. */
function skuTaken(row: Row, item: Item, mapping: KnownMapping): RowError {
	return {
		row: row.number,
		column: mapping.mapped.find(({ field }) => field === 'sku')?.header ?? 'sku',
		value: item.sku,
		reason: `the sku belongs to a ${mapping.kind === 'product' ? 'service' : 'product'} of the company`,
		suggestion: 'Give the item another sku: skus are unique over products and services.',
	};
}

/** What is wrong with a file's rows: all counted, the first ones kept. */
class Problems {
	badRows = 0;
	readonly #errors: RowError[] = [];
	readonly #headers: readonly string[];
	#rejected = '';
	#isCut = false;

	constructor(headers: readonly string[]) {
		this.#headers = headers;
	}

	add(row: Row, errors: readonly RowError[]): void {
		this.badRows++;
		this.#errors.push(...errors.slice(0, MOST_ERRORS - this.#errors.length));
		const lines = this.badRows === 1 ? [this.#headers, row.cells] : [row.cells];
		const text = csvOf(lines.map((cells) => cells.map((cell) => spreadsheetSafe(textCell(cell))))).toString('utf8').replace(/^\ufeff/u, '');
		if (this.#isCut || this.#rejected.length + text.length > MOST_REJECTED) this.#isCut = true;
		else this.#rejected += text;
	}

	report() {
		return { errors: this.#errors, badRows: this.badRows, rejectedCsv: this.#rejected, rejectedCsvCut: this.#isCut };
	}
}

function badRows({ kind, dryRun, version: _version, rejectedCsv, rejectedCsvCut, badRows: rows, inserted, changed, unchanged, removed, ...report }: ImportReport): AppError {
	const [first] = report.errors;
	return new AppError(
		'catalog_rows_invalid',
		`${rows} row(s) can't be imported, so nothing was. First: row ${first?.row}, ${first?.column || 'whole row'}: ${first?.reason}. Correct them, or pass partial=true to import the others.`,
		{ status: 422, details: { ...report, kind, dry_run: dryRun, bad_rows: rows, rejected_csv: rejectedCsv, rejected_csv_cut: rejectedCsvCut, would: { inserted, changed, unchanged, removed } } },
	);
}
