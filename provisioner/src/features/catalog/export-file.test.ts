import ExcelJS from 'exceljs';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { htmlIn, textCell } from '../../../../core/catalog/cells.ts';
import { mapColumns } from '../../../../core/catalog/columns.ts';
import { emptyItem, type Item } from '../../../../core/catalog/item.ts';
import { createRowParser } from '../../../../core/catalog/parse-rows.ts';
import { AppError } from '../../../../core/errors.ts';
import { collect } from '../../testing/files.ts';
import type { CatalogReader, CatalogStore } from './catalog-store.ts';
import { exportFile, type ExportFormat } from './export-file.ts';
import { readCatalogFile } from './read-file.ts';
import { writeWorkbook } from './write-workbook.ts';

const AT = { tenantId: 'ten_a', companyId: 'com_a' };

/** A store that holds these pages, or fails instead of giving them. */
function storeOf(itemsOf: () => Iterable<readonly Item[]>): CatalogStore {
	const catalog: Partial<CatalogReader> = {
		owner: () => Promise.resolve({ tenantId: 'ten_a', type: 'product', currency: 'eur' }),
		async *itemsOf() {
			yield* itemsOf();
		},
	};
	const store: Partial<CatalogStore> = { read: (_at, work) => work(catalog as CatalogReader) };
	return store as CatalogStore;
}

const newPath = () => join(tmpdir(), `concierge-test-${randomUUID()}`);

async function roundTrip(items: readonly Item[], format: ExportFormat): Promise<Item[]> {
	const path = newPath();
	try {
		await exportFile(storeOf(() => [items.slice(0, 1), items.slice(1)]), AT, { path, kind: 'product', format });
		const { headers, rows } = await readCatalogFile(path, { repair: false });
		const mapping = mapColumns(headers, { kind: 'product' });
		if (!mapping.ok) throw new Error(JSON.stringify(mapping.problems));
		const parse = createRowParser(mapping.mapped, { kind: 'product', currency: 'eur' });
		return (await collect(rows())).map(parse).map(({ item, errors }) => {
			if (item === null) throw new Error(JSON.stringify(errors));
			return item;
		});
	} finally {
		await rm(path, { force: true });
	}
}

/** Any text that an import can store; of letters beyond ASCII only such as no text holds that was decoded wrongly once, which a file is refused for. */
const letter = fc.oneof(
	fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)),
	fc.constantFrom("'", '=', '+', '-', '@', '_x0041_', '_', 'ж', '漢', '🌹', '\u2028', '\uffff', '\u200b', '\n', '<', '&'),
);
const text = fc.string({ unit: letter }).map(textCell).filter((said) => said !== '' && htmlIn(said) === '');

test.each(['csv', 'xlsx'] as const)('any texts go into a %s file and come back exactly', async (format) => {
	await fc.assert(
		fc.asyncProperty(fc.array(fc.tuple(text, text, text, text), { minLength: 8, maxLength: 8 }), async (texts) => {
			const items = texts.map(([name, description, attribute, value], index): Item => ({
				...emptyItem(`s${index}`, 'product', name), description, attributes: { Price: '+info', 'attribute:x': "'=1", [attribute]: value },
			}));
			expect(await roundTrip(items, format)).toEqual(items);
		}),
		{ numRuns: 25 },
	);
}, 60_000);

test('a workbook is one that others read: text in every cell, the headers bold', async () => {
	const path = newPath();
	async function* rows() {
		yield* [['product_name', 'price_eur'], ["'=SUM(A1)", '0012.50'], ['שלום 🌹\ntwo lines', '']];
	}
	await writeWorkbook(path, 'products', rows());
	const workbook = new ExcelJS.Workbook();
	await workbook.xlsx.readFile(path);
	const [sheet] = workbook.worksheets;
	expect([sheet?.name, sheet?.getRow(1).font.bold, sheet?.getCell('A2').value, sheet?.getCell('B2').value, sheet?.getCell('A3').value]).toEqual(['products', true, "'=SUM(A1)", '0012.50', 'שלום 🌹\ntwo lines']);
	await rm(path);
});

test('an error half-way is told, whatever was written until then', async () => {
	const path = newPath();
	const failing = storeOf(function* () {
		yield [emptyItem('a', 'product', 'A')];
		throw new Error('the connection broke');
	});
	await expect(exportFile(failing, AT, { path, kind: 'product', format: 'csv' })).rejects.toThrow('the connection broke');
	expect([existsSync(path), existsSync(`${path}.items`)]).toEqual([false, false]);
	async function* rows() {
		yield ['product_name'];
		throw new Error('the disk broke');
	}
	await expect(writeWorkbook(path, 'products', rows())).rejects.toThrow('the disk broke');
	await rm(path, { force: true });
	await expect(writeWorkbook(join(path, 'no such folder'), 'products', rows())).rejects.toThrow(/ENOENT|the disk broke/);
});

test('a catalog that others change meanwhile is read again, three times at most', async () => {
	let reads = 0;
	const restless = (calmAt: number) => storeOf(function* () {
		reads++;
		yield [{ ...emptyItem(`a${reads}`, 'product', 'A'), attributes: { [`n${reads}`]: 'x' } }];
		if (reads < calmAt) throw new AppError('catalog_changed_meanwhile', 'Changed.', { status: 409 });
	});
	const path = newPath();
	await exportFile(restless(3), AT, { path, kind: 'product', format: 'csv' });
	const [headers = '', ...rows] = readFileSync(path, 'utf8').trim().split('\r\n');
	expect([headers.endsWith('"payment_reminder","n3"'), rows.length, rows[0]?.includes('"a3"')]).toEqual([true, 1, true]);
	await rm(path);
	reads = 0;
	await expect(exportFile(restless(9), AT, { path, kind: 'product', format: 'csv' })).rejects.toMatchObject({ code: 'catalog_changed_meanwhile' });
	expect([reads, existsSync(path)]).toEqual([3, false]);
});
