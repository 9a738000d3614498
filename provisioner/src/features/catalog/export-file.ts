import { stringify } from 'csv-stringify';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createExportTable } from '../../../../core/catalog/export-table.ts';
import type { Item, ItemKind } from '../../../../core/catalog/item.ts';
import { AppError } from '../../../../core/errors.ts';
import { CSV } from '../../http/csv.ts';
import type { CatalogAddress, CatalogStore } from './catalog-store.ts';
import { writeWorkbook } from './write-workbook.ts';

export type ExportFormat = 'csv' | 'xlsx';

export interface ExportTarget {
	readonly path: string;
	readonly kind: ItemKind;
	readonly format: ExportFormat;
}

/** A catalog that is changed while it is read is read again, so many times. */
const READS = 3;

/**
 * Writes the company's items of a kind, as they are at one moment, into a file that imports again as the same items. They pass over the disk, since
 * the headers name what attributes all of them have: memory holds a page at a time, whatever the catalog's size.
 * @throws AppError `company_not_found` (404), `catalog_changed_meanwhile` (409), `catalog_file_too_large` (422) for more rows than a sheet has
 */
export async function exportFile(store: CatalogStore, at: CatalogAddress, { path, kind, format }: ExportTarget): Promise<void> {
	const passed = itemsBeside(path);
	try {
		const { headers, row } = createExportTable(kind, await readItems(store, at, kind, passed));
		async function* rows(): AsyncGenerator<readonly string[]> {
			yield headers;
			for await (const line of createInterface({ input: createReadStream(passed), crlfDelay: Infinity })) yield row(JSON.parse(line) as Item);
		}
		if (format === 'xlsx') await writeWorkbook(path, `${kind}s`, rows());
		else await pipeline(Readable.from(rows()), stringify(CSV), newFile(path));
	} finally {
		await rm(passed, { force: true });
	}
}

/** Puts the items into a file, one a line. Returns the names of their attributes. */
async function readItems(store: CatalogStore, at: CatalogAddress, kind: ItemKind, path: string): Promise<ReadonlySet<string>> {
	for (let read = 1; ; read++) {
		const attributes = new Set<string>();
		try {
			await store.read(at, async (catalog) => {
				await catalog.owner();
				async function* lines(): AsyncGenerator<string> {
					for await (const items of catalog.itemsOf(kind)) {
						for (const name of items.flatMap((item) => Object.keys(item.attributes))) attributes.add(name);
						yield items.map((item) => `${lineOf(item)}\n`).join('');
					}
				}
				await pipeline(lines(), newFile(path));
			});
			return attributes;
		} catch (error) {
			if (read === READS || !(error instanceof AppError) || error.code !== 'catalog_changed_meanwhile') throw error;
			await rm(path, { force: true });
		}
	}
}

/** Where the items are while the file is written. */
export function itemsBeside(path: string): string {
	return `${path}.items`;
}

/** JSON in which no letter ends a line to a reader of lines. */
function lineOf(item: Item): string {
	return JSON.stringify(item).replace(/[\u2028\u2029]/gu, (letter) => `\\u${letter.charCodeAt(0).toString(16)}`);
}

/** For nobody else's eyes. */
function newFile(path: string) {
	return createWriteStream(path, { flags: 'wx', mode: 0o600 });
}
