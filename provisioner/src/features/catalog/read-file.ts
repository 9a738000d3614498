import { CsvError, parse } from 'csv-parse';
import { Readable } from 'node:stream';
import type { Row } from '../../../../core/catalog/parse-rows.ts';
import { AppError } from '../../../../core/errors.ts';
import { beginningOf } from '../../http/upload.ts';
import { encodingOf, findGarbled, repaired, textOf, type Encoding, type GarbledText } from './decode.ts';
import { isWorkbook, readSheet } from './workbook.ts';

export type Delimiter = ',' | ';' | '\t' | '|';

/** A table in a file, and how it is read. Nothing of it is kept in memory but the headers. */
export interface CatalogFile {
	readonly headers: readonly string[];
	/** Reads the file once more: the rows below the headers without blank ones, numbered as a spreadsheet shows them. */
	rows(): AsyncIterable<Row>;
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
/** Of a whole row in CSV: where a quote stays open, the row never ends. */
const MOST_ROW = 4_000_000;

/**
 * Looks through an XLSX workbook or a delimited text file: what is wrong with the file as a whole is known when this returns, whatever its
 * size. Its rows are read from the disk again, so the file has to stay until they are.
 * @throws AppError `catalog_file_empty`, `catalog_file_unreadable`, `catalog_file_malformed`, `catalog_file_garbled`, `catalog_file_too_large`,
 * `catalog_sheet_missing` (all 422)
 */
export async function readCatalogFile(path: string, options: ReadOptions): Promise<CatalogFile> {
	if (!isWorkbook(await beginningOf(path, 4))) return await readDelimited(path, options);
	const records = await readSheet(path, options.sheet);
	return await tableOf(records, { encoding: 'xlsx', delimiter: '' });
}

async function readDelimited(path: string, options: ReadOptions): Promise<CatalogFile> {
	const encoding = await encodingOf(path);
	const garbled = await findGarbled(textOf(path, encoding));
	if (garbled !== null && !options.repair) throw refusal(garbled);
	const text = () => (garbled === null ? textOf(path, encoding) : repaired(textOf(path, encoding), garbled.readAs));
	const { delimiter, skip } = delimiterOf(await firstOf(text()));
	return await tableOf(() => parseRecords(text(), delimiter, skip), { encoding, delimiter });
}

/** Looks through all records once: the headers end with the last column that any row fills. */
async function tableOf(records: () => AsyncIterable<string[]>, how: Pick<CatalogFile, 'encoding' | 'delimiter'>): Promise<CatalogFile> {
	let headers: readonly string[] | undefined;
	// Spreadsheets export empty columns to the right of the table.
	let width = 0;
	for await (const { number, cells } of filled(records())) {
		headers ??= cells;
		width = Math.max(width, cells.findLastIndex((cell) => cell.trim() !== '') + 1);
		if (width > MOST_COLUMNS) throw tooLarge(`The file has ${width} columns; at most ${MOST_COLUMNS} are read. Check the delimiter, or leave out what isn't of the catalog.`);
		const long = cells.findIndex((cell) => cell.length > MOST_CELL);
		if (long !== -1) throw tooLarge(`Row ${number}, column ${headers[long]?.slice(0, 100) || long + 1}: the cell has ${cells[long]?.length} characters; at most ${MOST_CELL} are read. Check the quotation marks, or shorten the text.`);
	}
	if (headers === undefined) throw new AppError('catalog_file_empty', 'The file has no rows. The first row names the columns, each further row is an item.', { status: 422 });
	return { headers: headers.slice(0, Math.min(width, headers.length)), rows: () => belowHeaders(filled(records())), ...how };
}

async function* filled(records: AsyncIterable<string[]>): AsyncGenerator<Row> {
	let number = 0;
	for await (const cells of records) {
		number++;
		if (cells.some((cell) => cell.trim() !== '')) yield { number, cells };
	}
}

async function* belowHeaders(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
	let isHeader = true;
	for await (const row of rows) {
		if (!isHeader) yield row;
		isHeader = false;
	}
}

async function* parseRecords(text: AsyncIterable<string>, delimiter: Delimiter, skip: number): AsyncGenerator<string[]> {
	const parser = parse({ delimiter, relax_column_count: true, relax_quotes: true, max_record_size: MOST_ROW });
	const source = Readable.from(without(text, skip));
	// An error of the source is the parser's as well; whoever stops reading stops both.
	source.on('error', (error) => parser.destroy(error)).pipe(parser);
	try {
		yield* parser as AsyncIterable<string[]>;
	} catch (error) {
		if (!(error instanceof CsvError)) throw error;
		if (error.code === 'CSV_MAX_RECORD_SIZE') throw tooLarge(`A row has more than ${MOST_ROW} characters (${error.message}). Check the quotation marks: one stays open.`);
		throw new AppError('catalog_file_malformed', `The file can't be split into cells: ${error.message}. Check the quotation marks there.`, { status: 422, cause: error });
	} finally {
		source.destroy();
	}
}

async function* without(text: AsyncIterable<string>, skip: number): AsyncGenerator<string> {
	let left = skip;
	for await (const piece of text) {
		if (piece.length > left) yield piece.slice(left);
		left = Math.max(0, left - piece.length);
	}
}

/** Enough text to tell the delimiter by. */
const SAMPLE_LENGTH = 256 * 1024;

async function firstOf(text: AsyncIterable<string>): Promise<string> {
	let first = '';
	for await (const piece of text) {
		first += piece;
		if (first.length >= SAMPLE_LENGTH) break;
	}
	return first;
}

/** The delimiter: named by Excel's "sep=;" line (`skip` letters that are no record), else the one that parts the first records most evenly. */
function delimiterOf(text: string): { delimiter: Delimiter; skip: number } {
	const named = /^sep=([,;\t|])\r?\n/i.exec(text);
	if (named !== null) return { delimiter: named[1] as Delimiter, skip: named[0].length };
	const records = countDelimiters(text);
	const [header] = records;
	const evenness = (delimiter: Delimiter) => records.filter((counts) => counts[delimiter] === header?.[delimiter]).length / records.length;
	const candidates = DELIMITERS.filter((delimiter) => (header?.[delimiter] ?? 0) > 0).sort(
		(a, b) => evenness(b) - evenness(a) || (header?.[b] ?? 0) - (header?.[a] ?? 0),
	);
	return { delimiter: candidates[0] ?? ',', skip: 0 };
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

function tooLarge(message: string): AppError {
	return new AppError('catalog_file_too_large', message, { status: 422 });
}

function refusal(garbled: GarbledText): AppError {
	return new AppError(
		'catalog_file_garbled',
		`The file's text is UTF-8 that was read as ${garbled.readAs} and saved again (${JSON.stringify(garbled.preview[0]?.found ?? '')}). Export it once more, or pass repair=true if the repaired preview is right.`,
		{ status: 422, details: { read_as: garbled.readAs, preview: garbled.preview } },
	);
}
