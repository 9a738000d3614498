import { CsvError, parse } from 'csv-parse/sync';
import type { Row } from '../../../../core/catalog/parse-rows.ts';
import { AppError } from '../../../../core/errors.ts';
import { decodeText, findGarbled, type Encoding, type GarbledText } from './decode.ts';

export type Delimiter = ',' | ';' | '\t' | '|';

/** A delimited text file as rows of text, and how it was read. */
export interface CatalogFile {
	readonly headers: readonly string[];
	/** Without blank rows; numbered as a spreadsheet shows them. */
	readonly rows: readonly Row[];
	readonly encoding: Encoding;
	readonly delimiter: Delimiter;
}

/**
 * Reads a CSV file of any of the supported encodings and delimiters. `repair` accepts the repaired text of a file that was
 * decoded wrongly once; without it such a file is refused with a preview.
 * @throws AppError `catalog_file_empty`, `catalog_file_unreadable`, `catalog_file_malformed`, `catalog_file_garbled` (all 422)
 */
export function readCatalogFile(bytes: Buffer, options: { repair: boolean }): CatalogFile {
	const { text: decoded, encoding } = decodeText(bytes);
	const garbled = findGarbled(decoded);
	if (garbled !== null && !options.repair) throw refusal(garbled);
	const { text, delimiter } = delimited(garbled?.repairedText ?? decoded);
	const [headers, ...rows] = parseRecords(text, delimiter)
		.map((cells, index) => ({ number: index + 1, cells }))
		.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
	if (headers === undefined) throw new AppError('catalog_file_empty', 'The file has no rows. The first row names the columns, each further row is an item.', { status: 422 });
	// Spreadsheets export empty columns to the right of the table.
	const width = Math.max(...[headers, ...rows].map(({ cells }) => cells.findLastIndex((cell) => cell.trim() !== '') + 1));
	return { headers: headers.cells.slice(0, Math.min(width, headers.cells.length)), rows, encoding, delimiter };
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
