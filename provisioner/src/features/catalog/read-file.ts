import { CsvError, parse } from 'csv-parse/sync';
import type { Row } from '../../../../core/catalog/parse-rows.ts';
import { AppError } from '../../../../core/errors.ts';
import { isWorkbook, readSheet } from './workbook.ts';
import { decodeText, findGarbled, type Encoding, type GarbledText } from './decode.ts';

export type Delimiter = ',' | ';' | '\t' | '|';

/** A delimited text file as rows of text, and how it was read. */
export interface CatalogFile {
	readonly headers: readonly string[];
	/** Without blank rows; numbered as a spreadsheet shows them. */
	readonly rows: readonly Row[];
	readonly encoding: Encoding | 'xlsx';
	/** '' for a workbook. */
	readonly delimiter: Delimiter | '';
}

export interface ReadOptions {
	/** Accept the repaired text of a file that was decoded wrongly once. */
	readonly repair: boolean;
	/** Of a workbook; its first sheet when left out. */
	readonly sheet?: string | undefined;
}

/** More than any catalog needs; spreadsheets hold no longer cells. */
const MOST_COLUMNS = 1_000;
const MOST_CELL = 32_767;

/**
 * Reads an XLSX workbook or a delimited text file.
 * @throws AppError `catalog_file_empty`, `catalog_file_unreadable`, `catalog_file_malformed`, `catalog_file_garbled`, `catalog_file_too_large`,
 * `catalog_sheet_missing` (all 422)
 */
export async function readCatalogFile(bytes: Buffer, options: ReadOptions): Promise<CatalogFile> {
	if (isWorkbook(bytes)) {
		const { rows } = await readSheet(bytes, options.sheet);
		return tableOf(rows, { encoding: 'xlsx', delimiter: '' });
	}
	return readDelimited(bytes, options);
}

/**
 * Reads a CSV file of any of the supported encodings and delimiters. `repair` accepts the repaired text of a file that was decoded wrongly
 * once; without it such a file is refused with a preview.
 * @throws as `readCatalogFile`
 */
export function readDelimited(bytes: Buffer, options: Pick<ReadOptions, 'repair'>): CatalogFile {
	const { text: decoded, encoding } = decodeText(bytes);
	const garbled = findGarbled(decoded);
	if (garbled !== null && !options.repair) throw refusal(garbled);
	const { text, delimiter } = delimited(garbled?.repairedText ?? decoded);
	return tableOf(parseRecords(text, delimiter), { encoding, delimiter });
}

function tableOf(records: readonly string[][], how: Pick<CatalogFile, 'encoding' | 'delimiter'>): CatalogFile {
	const [headers, ...rows] = records
		.map((cells, index) => ({ number: index + 1, cells }))
		.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
	if (headers === undefined) throw new AppError('catalog_file_empty', 'The file has no rows. The first row names the columns, each further row is an item.', { status: 422 });
	// Spreadsheets export empty columns to the right of the table.
	let width = 0;
	for (const { cells } of [headers, ...rows]) width = Math.max(width, cells.findLastIndex((cell) => cell.trim() !== '') + 1);
	if (width > MOST_COLUMNS) throw new AppError('catalog_file_too_large', `The file has ${width} columns; at most ${MOST_COLUMNS} are read. Check the delimiter, or leave out what isn't of the catalog.`, { status: 422 });
	for (const { number, cells } of [headers, ...rows]) {
		const long = cells.findIndex((cell) => cell.length > MOST_CELL);
		if (long !== -1) throw new AppError('catalog_file_too_large', `Row ${number}, column ${headers.cells[long]?.slice(0, 100) || long + 1}: the cell has ${cells[long]?.length} characters; at most ${MOST_CELL} are read. Check the quotation marks, or shorten the text.`, { status: 422 });
	}
	return { headers: headers.cells.slice(0, Math.min(width, headers.cells.length)), rows, ...how };
}

function parseRecords(text: string, delimiter: Delimiter): string[][] {
	try {
		return parse(text, { delimiter, relax_column_count: true, relax_quotes: true });
	} catch (error) {
		if (!(error instanceof CsvError)) throw error;
		throw new AppError('catalog_file_malformed', `The file can't be split into cells: ${error.message}. Check the quotation marks there.`, { status: 422, cause: error });
	}
}

/** The delimiter: named by Excel's "sep=;" line, else the one that parts the first records most evenly. */
function delimited(text: string): { text: string; delimiter: Delimiter } {
	const named = /^sep=([,;\t|])\r?\n/i.exec(text);
	if (named !== null) return { text: text.slice(named[0].length), delimiter: named[1] as Delimiter };
	const records = countDelimiters(text);
	const [header] = records;
	const evenness = (delimiter: Delimiter) => records.filter((counts) => counts[delimiter] === header?.[delimiter]).length / records.length;
	const candidates = DELIMITERS.filter((delimiter) => (header?.[delimiter] ?? 0) > 0).sort(
		(a, b) => evenness(b) - evenness(a) || (header?.[b] ?? 0) - (header?.[a] ?? 0),
	);
	return { text, delimiter: candidates[0] ?? ',' };
}

const DELIMITERS: readonly Delimiter[] = [';', ',', '\t', '|'];
const SAMPLE_RECORDS = 20;

/** How often each delimiter stands outside of quotes in each of the first records. */
function countDelimiters(text: string): Record<Delimiter, number>[] {
	const none = () => ({ ',': 0, ';': 0, '\t': 0, '|': 0 });
	const records = [none()];
	let quoted = false;
	// A quote opens at the start of a cell, or right after one that closed ("" inside quotes); elsewhere (5" pot) it is a letter.
	let mayOpen = true;
	for (const letter of text) {
		const counts = records.at(-1) ?? none();
		if (letter === '"') {
			const closes: boolean = quoted;
			quoted = !quoted && mayOpen;
			mayOpen = closes;
			continue;
		}
		mayOpen = false;
		if (quoted) continue;
		if (letter === '\n') {
			if (records.length === SAMPLE_RECORDS) break;
			records.push(none());
			mayOpen = true;
		} else if (letter in counts) {
			counts[letter as Delimiter]++;
			mayOpen = true;
		}
	}
	const filled = records.filter((counts) => Object.values(counts).some((count) => count > 0));
	return filled.length > 0 ? filled : records;
}

function refusal(garbled: GarbledText): AppError {
	return new AppError(
		'catalog_file_garbled',
		`The file's text is UTF-8 that was read as ${garbled.readAs} and saved again (${JSON.stringify(garbled.preview[0]?.found ?? '')}). Export it once more, or pass repair=true if the repaired preview is right.`,
		{ status: 422, details: { read_as: garbled.readAs, preview: garbled.preview } },
	);
}
