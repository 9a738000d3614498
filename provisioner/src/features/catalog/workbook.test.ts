import ExcelJS from 'exceljs';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { collect, fileOf } from '../../testing/files.ts';
import { readCatalogFile } from './read-file.ts';
import { readSheet } from './workbook.ts';

const rowsOf = async (bytes: Buffer, sheet?: string) => await collect((await readSheet(fileOf(bytes), sheet))());

async function workbookOf(fill: (sheet: ExcelJS.Worksheet, workbook: ExcelJS.Workbook) => void): Promise<Buffer> {
	const workbook = new ExcelJS.Workbook();
	fill(workbook.addWorksheet('Products'), workbook);
	return Buffer.from(await workbook.xlsx.writeBuffer());
}
const codeOf = async (bytes: Buffer, sheet?: string): Promise<unknown> => await readCatalogFile(fileOf(bytes), { repair: false, sheet }).then(() => 'read', (error: unknown) => (error as { code?: unknown }).code);

describe('a workbook', () => {
	it('is read as text: formulas’ results, dates, numbers, links, rich text, blank rows apart', async () => {
		const bytes = await workbookOf((sheet) => {
			sheet.addRow(['Product Name', 'Price', 'Day', 'Site', 'New']);
			sheet.addRow(['Rose', { formula: '10+2.5', result: 12.499999999999998 }, new Date('2026-03-01T00:00:00Z'), { text: 'shop', hyperlink: 'https://shop.example' }, true]);
			sheet.addRow([]);
			sheet.addRow([{ richText: [{ text: 'Red ' }, { text: 'tulip' }] }, '0012', null, undefined, false]);
		});
		const { headers, rows, encoding, delimiter } = await readCatalogFile(fileOf(bytes), { repair: false });
		expect([headers, encoding, delimiter]).toEqual([['Product Name', 'Price', 'Day', 'Site', 'New'], 'xlsx', '']);
		expect(await collect(rows())).toEqual([
			{ number: 2, cells: ['Rose', '12.5', '2026-03-01', 'shop', 'TRUE'] },
			{ number: 4, cells: ['Red tulip', '0012', '', '', 'FALSE'] },
		]);
	});

	it('has merged cells: a header names its first column, below it all rows have the value', async () => {
		const bytes = await workbookOf((sheet) => {
			sheet.addRow(['Name', 'Price', '']);
			sheet.addRow(['Rose', 1, 'red']);
			sheet.addRow(['', 2, 'blue']);
			sheet.mergeCells('B1:C1');
			sheet.mergeCells('A2:A3');
		});
		expect(await rowsOf(bytes)).toEqual([['Name', 'Price', ''], ['Rose', '1', 'red'], ['Rose', '2', 'blue']]);
	});

	it('is read from its first sheet, or the one that is named', async () => {
		const bytes = await workbookOf((sheet, workbook) => {
			sheet.addRow(['first']);
			workbook.addWorksheet('Услуги').addRow(['second']);
		});
		expect(await rowsOf(bytes)).toEqual([['first']]);
		expect(await rowsOf(bytes, 'услуги ')).toEqual([['second']]);
		await expect(rowsOf(bytes, 'Third')).rejects.toMatchObject({ code: 'catalog_sheet_missing', message: expect.stringContaining('Products, Услуги') });
	});
});

describe('a file that no workbook should be', () => {
	it('is refused', async () => {
		const good = await workbookOf((sheet) => void sheet.addRow(['Name']));
		expect(await codeOf(Buffer.from('PK\u0003\u0004 and nothing else'))).toBe('catalog_file_unreadable');
		expect(await codeOf(good.subarray(0, good.length - 40))).toBe('catalog_file_unreadable');
		expect(await codeOf(zipOf([['note.txt', Buffer.from('no workbook')]]))).toMatch(/^catalog_(file_unreadable|sheet_missing)$/);
		expect(await codeOf(await workbookOf(() => undefined))).toBe('catalog_file_empty');
	});

	it('is not unpacked when it is a bomb, whatever size it states', async () => {
		const zeros = Buffer.alloc(60 * 1024 * 1024);
		expect(await codeOf(zipOf([['xl/worksheets/sheet1.xml', zeros]]))).toBe('catalog_file_too_large');
		// States a thousandth of what it holds.
		expect(await codeOf(zipOf([['xl/worksheets/sheet1.xml', zeros, 60_000]]))).toBe('catalog_file_unreadable');
		expect(await codeOf(zipOf(Array.from({ length: 2_100 }, (_, index) => [`x${index}`, Buffer.from('x')])))).toBe('catalog_file_too_large');
	});

	it('is refused with too many columns or too long a cell, as CSV and as a workbook', async () => {
		const wide = Array.from({ length: 10_000 }, (_, index) => `c${index}`);
		expect(await codeOf(await workbookOf((sheet) => void sheet.addRow(wide)))).toBe('catalog_file_too_large');
		expect(await codeOf(Buffer.from(wide.join(';')))).toBe('catalog_file_too_large');
		await expect(readCatalogFile(fileOf(`name;description\nRose;"${'x'.repeat(1_000_000)}"\n`), { repair: false })).rejects.toMatchObject({ code: 'catalog_file_too_large', message: expect.stringMatching(/^Row 2, column description: the cell has 1000000 characters/) });
	});
});

/** A ZIP archive by hand, which may lie about sizes. */
function zipOf(entries: readonly (readonly [name: string, content: Buffer, stated?: number])[]): Buffer {
	const parts: Buffer[] = [];
	const directory: Buffer[] = [];
	let offset = 0;
	for (const [name, content, stated = content.length] of entries) {
		const packed = deflateRawSync(content);
		const header = Buffer.alloc(30);
		header.writeUInt32LE(0x04034b50, 0);
		header.writeUInt16LE(20, 4);
		header.writeUInt16LE(8, 8);
		header.writeUInt32LE(packed.length, 18);
		header.writeUInt32LE(stated, 22);
		header.writeUInt16LE(name.length, 26);
		const central = Buffer.alloc(46);
		central.writeUInt32LE(0x02014b50, 0);
		central.writeUInt16LE(20, 4);
		central.writeUInt16LE(20, 6);
		central.writeUInt16LE(8, 10);
		central.writeUInt32LE(packed.length, 20);
		central.writeUInt32LE(stated, 24);
		central.writeUInt16LE(name.length, 28);
		central.writeUInt32LE(offset, 42);
		parts.push(header, Buffer.from(name), packed);
		directory.push(central, Buffer.from(name));
		offset += 30 + name.length + packed.length;
	}
	const size = directory.reduce((sum, part) => sum + part.length, 0);
	const end = Buffer.alloc(22);
	end.writeUInt32LE(0x06054b50, 0);
	end.writeUInt16LE(entries.length, 8);
	end.writeUInt16LE(entries.length, 10);
	end.writeUInt32LE(size, 12);
	end.writeUInt32LE(offset, 16);
	return Buffer.concat([...parts, ...directory, end]);
}
