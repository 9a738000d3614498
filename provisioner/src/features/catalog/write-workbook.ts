import ExcelJS from 'exceljs';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { AppError } from '../../../../core/errors.ts';
import { MOST_ROWS } from './workbook.ts';

/** Rows after which what was written before is packed and goes to the disk. */
const ROWS_AT_ONCE = 200;

/**
 * A workbook of one sheet, written row by row into a new file, every cell as text: what begins like a formula is none.
 * @throws AppError `catalog_file_too_large` (422) for more rows than a sheet has
 */
export async function writeWorkbook(path: string, name: string, rows: AsyncIterable<readonly string[]>): Promise<void> {
	const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
	const written = once(file, 'finish');
	// What fails is told where it is waited for, below.
	written.catch(() => undefined);
	try {
		const workbook = new ExcelJS.stream.xlsx.WorkbookWriter({ stream: file, useStyles: true });
		const sheet = workbook.addWorksheet(name);
		let count = 0;
		for await (const cells of rows) {
			if (++count > MOST_ROWS) throw new AppError('catalog_file_too_large', `A sheet has at most ${MOST_ROWS} rows. Export the catalog as CSV.`, { status: 422 });
			const row = sheet.addRow(cells.map(escaped));
			if (count === 1) row.font = { bold: true };
			row.commit();
			if (count % ROWS_AT_ONCE === 0) await new Promise(setImmediate);
			if (file.errored !== null) throw file.errored;
		}
		await Promise.race([Promise.all([workbook.commit(), written]), written]);
	} catch (error) {
		file.destroy();
		throw error;
	}
}

/** Letters that XML can't hold, and what would be read as such a letter, stand as _xFFFE_. */
function escaped(text: string): string {
	return text.replace(/_(?=x[0-9A-Fa-f]{4}_)|[\ufffe\uffff]/gu, (letter) => `_x${letter.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}_`);
}
