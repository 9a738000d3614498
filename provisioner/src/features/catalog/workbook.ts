import ExcelJS from 'exceljs';
import yauzl from 'yauzl';
import { AppError } from '../../../../core/errors.ts';

/** Cells of a sheet as text, in rows; the first row names the columns. */
export interface Sheet {
	readonly name: string;
	readonly rows: readonly string[][];
}

/** XLSX is a ZIP archive: what it unpacks to is looked at before anything reads it. */
const MOST_UNPACKED_BYTES = 200 * 1024 * 1024;
/** Spreadsheet XML shrinks to a tenth or a twentieth; a bomb to a thousandth. */
const MOST_RATIO = 200;
const MOST_ENTRIES = 2_000;

/** Whether bytes begin as a ZIP archive does, which XLSX is. */
export function isWorkbook(bytes: Buffer): boolean {
	return bytes.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004', 'latin1'));
}

/**
 * Reads a sheet of an XLSX workbook: the first, or the one named. Formulas give their last result, dates become ISO, merged cells below the
 * headers their common value.
 * @throws AppError `catalog_file_unreadable`, `catalog_file_too_large`, `catalog_sheet_missing` (422)
 */
export async function readSheet(bytes: Buffer, wanted: string | undefined): Promise<Sheet> {
	await checkArchive(bytes);
	const workbook = new ExcelJS.Workbook();
	try {
		// The library's type is a Buffer of an older Node's.
		await workbook.xlsx.load(new Uint8Array(bytes).buffer);
	} catch (error) {
		throw unreadable('It is no XLSX workbook, or it is damaged.', error);
	}
	const names = workbook.worksheets.map(({ name }) => name);
	const sheet = wanted === undefined ? workbook.worksheets[0] : workbook.worksheets.find(({ name }) => name.trim().toLowerCase() === wanted.trim().toLowerCase());
	if (sheet === undefined) {
		throw new AppError('catalog_sheet_missing', wanted === undefined ? 'The workbook has no sheet.' : `The workbook has no sheet "${wanted}". It has: ${names.join(', ')}.`, { status: 422, details: { sheets: names } });
	}
	const rows: string[][] = [];
	sheet.eachRow({ includeEmpty: true }, (row, number) => {
		const cells: string[] = [];
		row.eachCell({ includeEmpty: true }, (cell, column) => {
			// A header over several columns names the first of them.
			const hidden = number === 1 && cell.isMerged && cell.master.address !== cell.address;
			cells[column - 1] = hidden ? '' : textOf(cell.isMerged ? cell.master.value : cell.value);
		});
		rows[number - 1] = Array.from(cells, (cell) => cell ?? '');
	});
	return { name: sheet.name, rows: Array.from(rows, (row) => row ?? []) };
}

function textOf(value: ExcelJS.CellValue): string {
	if (value === null || value === undefined) return '';
	if (typeof value === 'string') return value;
	// 12.499999999999998 is how a spreadsheet stores 12.5.
	if (typeof value === 'number') return String(Number(value.toPrecision(15)));
	if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
	if (value instanceof Date) return value.toISOString().replace(/T00:00:00\.000Z$/u, '');
	if ('richText' in value) return value.richText.map(({ text }) => text).join('');
	if ('error' in value) return value.error;
	if ('hyperlink' in value) return typeof value.text === 'string' ? value.text : textOf(value.text);
	return textOf(value.result);
}

/**
 * Unpacks every entry once without keeping it: yauzl ends an entry whose size is not the one that is stated.
 * @throws AppError `catalog_file_unreadable`, `catalog_file_too_large` (422)
 */
async function checkArchive(bytes: Buffer): Promise<void> {
	let unpacked = 0;
	try {
		const archive = await yauzl.fromBufferPromise(bytes, { validateEntrySizes: true });
		if (archive.entryCount > MOST_ENTRIES) throw tooLarge(`it has ${archive.entryCount} parts`);
		for await (const entry of archive.eachEntry()) {
			if (entry.isEncrypted()) throw unreadable('It is protected by a password.');
			unpacked += entry.uncompressedSize;
			if (unpacked > MOST_UNPACKED_BYTES || unpacked > bytes.length * MOST_RATIO) throw tooLarge(`it unpacks to more than ${Math.round(unpacked / 1024 / 1024)} MB`);
			for await (const _chunk of await archive.openReadStreamPromise(entry));
		}
	} catch (error) {
		if (error instanceof AppError) throw error;
		throw unreadable('It is no XLSX workbook, or it is damaged.', error);
	}
}

function tooLarge(why: string): AppError {
	return new AppError('catalog_file_too_large', `The workbook is refused: ${why}. Save it again with the catalog's sheet only, or as CSV.`, { status: 422 });
}

function unreadable(why: string, cause?: unknown): AppError {
	return new AppError('catalog_file_unreadable', `The file can't be read. ${why} Save it as .xlsx without a password, or as CSV in UTF-8.`, { status: 422, cause });
}

/** A workbook of one sheet, every cell as text: what begins like a formula is none. */
export async function writeWorkbook(name: string, rows: readonly (readonly string[])[]): Promise<Buffer> {
	const workbook = new ExcelJS.Workbook();
	const sheet = workbook.addWorksheet(name);
	for (const row of rows) sheet.addRow([...row]);
	sheet.getRow(1).font = { bold: true };
	return Buffer.from(await workbook.xlsx.writeBuffer());
}
