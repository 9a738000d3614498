import { SaxesParser } from 'saxes';
import { AppError } from '../../../../core/errors.ts';
import { asUnreadable, openArchive, tooLarge, unreadable, type Archive } from './archive.ts';
import { createMerges, type MergedRange } from './merged-cells.ts';

/** Excel's own limits. */
export const MOST_ROWS = 1_048_576;
const MOST_COLUMNS = 16_384;

/** Whether a file that begins so is a ZIP archive, which XLSX is. */
export function isWorkbook(beginning: Buffer): boolean {
	return beginning.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004', 'latin1'));
}

/**
 * Opens a sheet of an XLSX workbook: the first, or the one named. What is returned reads it, any number of times, row by row as text: formulas
 * give their last result, dates become ISO, merged cells below the headers have their common value; a row that is not in the file is [].
 * Only the workbook's shared texts are held in memory.
 * @throws AppError `catalog_file_unreadable`, `catalog_file_too_large`, `catalog_sheet_missing` (422); reading throws the first two as well
 */
export async function readSheet(path: string, wanted: string | undefined): Promise<() => AsyncIterable<string[]>> {
	await using archive = await openArchive(path);
	try {
		const book = await readBook(archive);
		const sheet = wanted === undefined ? book.sheets[0] : book.sheets.find(({ name }) => name.trim().toLowerCase() === wanted.trim().toLowerCase());
		if (sheet === undefined) {
			const names = book.sheets.map(({ name }) => name);
			throw new AppError('catalog_sheet_missing', wanted === undefined ? 'The workbook has no sheet.' : `The workbook has no sheet "${wanted}". It has: ${names.join(', ')}.`, { status: 422, details: { sheets: names } });
		}
		const reading = { texts: await readTexts(archive), isDate: await readDateStyles(archive), date1904: book.date1904, merged: await readMerges(archive, sheet.part) };
		return () => rowsOf(path, sheet.part, reading);
	} catch (error) {
		throw asUnreadable(error);
	}
}

interface Tag {
	readonly name: string;
	readonly attributes: Readonly<Record<string, string>>;
}
interface Listener {
	open?(tag: Tag): void;
	text?(text: string): void;
	close?(name: string): void;
}

/** Tells a part's tags and texts without their namespace's prefix; yields after each piece, so that the listener's rows can be passed on. */
async function* walk(xml: AsyncIterable<string>, listener: Listener): AsyncGenerator<void> {
	const parser = new SaxesParser();
	const bare = (name: string) => name.slice(name.indexOf(':') + 1);
	parser.on('error', (error) => {
		throw error;
	});
	if (listener.open) parser.on('opentag', ({ name, attributes }) => listener.open?.({ name: bare(name), attributes: attributes as Record<string, string> }));
	if (listener.text) parser.on('text', (text) => listener.text?.(text));
	if (listener.close) parser.on('closetag', ({ name }) => listener.close?.(bare(name)));
	let isEmpty = true;
	for await (const piece of xml) {
		parser.write(piece);
		isEmpty &&= piece === '';
		yield;
	}
	// Tells what stayed open.
	if (!isEmpty) parser.close();
}

async function listen(xml: AsyncIterable<string>, listener: Listener): Promise<void> {
	for await (const _piece of walk(xml, listener));
}

interface Book {
	readonly sheets: readonly { readonly name: string; /** Its path in the archive. */ readonly part: string }[];
	readonly date1904: boolean;
}

async function readBook(archive: Archive): Promise<Book> {
	const [root] = [...(await readLinks(archive, '_rels/.rels', '')).values()].filter(({ type }) => type.endsWith('/officeDocument'));
	const part = root?.target ?? 'xl/workbook.xml';
	if (!archive.parts.includes(part.toLowerCase())) throw unreadable('It is a ZIP archive, but no workbook.');
	const folder = part.slice(0, part.lastIndexOf('/') + 1);
	const links = await readLinks(archive, `${folder}_rels/${part.slice(folder.length)}.rels`, folder);
	const sheets: { name: string; part: string }[] = [];
	let date1904 = false;
	await listen(archive.read(part), {
		open({ name, attributes }) {
			if (name === 'workbookPr') date1904 = ['1', 'true'].includes(attributes['date1904'] ?? '');
			if (name !== 'sheet') return;
			const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '';
			const link = links.get(id);
			// Charts have sheets of their own, without cells.
			if (link?.type.endsWith('/worksheet') === true) sheets.push({ name: attributes['name'] ?? '', part: link.target });
		},
	});
	return { sheets, date1904 };
}

/** Relationships of a part: id → what it leads to, as a path in the archive. */
async function readLinks(archive: Archive, part: string, folder: string): Promise<ReadonlyMap<string, { readonly type: string; readonly target: string }>> {
	const links = new Map<string, { type: string; target: string }>();
	await listen(archive.read(part), {
		open({ name, attributes }) {
			const { Id: id, Type: type, Target: target, TargetMode: mode } = attributes;
			if (name !== 'Relationship' || id === undefined || target === undefined || mode === 'External') return;
			links.set(id, { type: type ?? '', target: decodeURIComponent(new URL(target, `file:///${folder}`).pathname.slice(1)) });
		},
	});
	return links;
}

function partOfType(archive: Archive, name: string): AsyncIterable<string> {
	return archive.read(archive.parts.find((part) => part.endsWith(`/${name.toLowerCase()}`)) ?? `xl/${name}`);
}

/** The texts that cells refer to by number; of rich text its letters, without the pronunciation that Japanese has. */
async function readTexts(archive: Archive): Promise<readonly string[]> {
	const texts: string[] = [];
	let text = '';
	let isText = false;
	let phonetic = false;
	await listen(partOfType(archive, 'sharedStrings.xml'), {
		open({ name }) {
			if (name === 'si') text = '';
			else if (name === 'rPh') phonetic = true;
			else if (name === 't') isText = !phonetic;
		},
		text(piece) {
			if (isText) text += piece;
		},
		close(name) {
			if (name === 'si') texts.push(unescaped(text));
			else if (name === 'rPh') phonetic = false;
			else if (name === 't') isText = false;
		},
	});
	return texts;
}

/** Which of the cells' styles show a number as a date or a time. */
async function readDateStyles(archive: Archive): Promise<readonly boolean[]> {
	const own = new Map<string, string>();
	const styles: boolean[] = [];
	let inCells = false;
	await listen(partOfType(archive, 'styles.xml'), {
		open({ name, attributes }) {
			if (name === 'numFmt') own.set(attributes['numFmtId'] ?? '', attributes['formatCode'] ?? '');
			else if (name === 'cellXfs') inCells = true;
			else if (name === 'xf' && inCells) {
				const id = attributes['numFmtId'] ?? '0';
				const code = own.get(id);
				styles.push(code === undefined ? BUILT_IN_DATES.has(Number(id)) : isDateFormat(code));
			}
		},
		close(name) {
			if (name === 'cellXfs') inCells = false;
		},
	});
	return styles;
}

/** ECMA-376, 18.8.30. */
const BUILT_IN_DATES: ReadonlySet<number> = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 45, 46, 47, 50, 51, 52, 53, 54, 55, 56, 57, 58]);

/** Letters of days, months, years and times that stand neither in quotes nor in brackets ([Red]; but [h] is a time). */
function isDateFormat(code: string): boolean {
	const bare = code.replace(/"[^"]*"|\\.|_.|\*./gu, '').replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/giu, '');
	return !/General/iu.test(bare) && /[dmyhs]/iu.test(bare);
}

async function readMerges(archive: Archive, part: string): Promise<readonly MergedRange[]> {
	const merged: MergedRange[] = [];
	let rest = '';
	// They stand behind the rows: found without reading those as XML.
	for await (const piece of archive.read(part)) {
		const text = rest + piece;
		for (const [, from, to] of text.matchAll(/<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z]+\d+):([A-Z]+\d+)"[^>]*>/gu)) {
			const [start, end] = [placeOf(from ?? ''), placeOf(to ?? '')];
			merged.push({ top: start.row, left: start.column, bottom: end.row, right: end.column });
			if (merged.length > MOST_MERGED) throw tooLarge(`the sheet has more than ${MOST_MERGED} merged cells`);
		}
		rest = text.slice(Math.max(text.lastIndexOf('<'), text.length - 300));
	}
	return merged;
}
const MOST_MERGED = 20_000;

interface Reading {
	readonly texts: readonly string[];
	readonly isDate: readonly boolean[];
	readonly date1904: boolean;
	readonly merged: readonly MergedRange[];
}

async function* rowsOf(path: string, part: string, reading: Reading): AsyncGenerator<string[]> {
	const merges = createMerges(reading.merged);
	let last = 0;
	for await (const { number, cells } of readRows(path, part, reading)) {
		if (number <= last || number > MOST_ROWS) throw unreadable(`Its row ${number} stands behind row ${last}.`);
		for (last += 1; last < number; last++) yield merges.fill(last, []);
		yield merges.fill(number, cells);
	}
}

interface SheetRow {
	readonly number: number;
	readonly cells: string[];
}

async function* readRows(path: string, part: string, { texts, isDate, date1904 }: Reading): AsyncGenerator<SheetRow> {
	let rows: SheetRow[] = [];
	let row: SheetRow = { number: 0, cells: [] };
	let cell = { column: 0, type: '', style: 0, value: '', inline: '' };
	let into: 'value' | 'inline' | null = null;
	let phonetic = false;
	const listener: Listener = {
		open({ name, attributes }) {
			if (name === 'row') row = { number: attributes['r'] === undefined ? row.number + 1 : Number(attributes['r']), cells: [] };
			else if (name === 'c') {
				const column = attributes['r'] === undefined ? row.cells.length : placeOf(attributes['r']).column;
				if (column >= MOST_COLUMNS) throw tooLarge(`row ${row.number} has a cell in column ${column + 1}`);
				cell = { column, type: attributes['t'] ?? 'n', style: Number(attributes['s'] ?? 0), value: '', inline: '' };
			} else if (name === 'v') into = 'value';
			else if (name === 'rPh') phonetic = true;
			else if (name === 't') into = phonetic ? null : 'inline';
		},
		text(piece) {
			if (into !== null) cell[into] += piece;
		},
		close(name) {
			if (name === 'v' || name === 't') into = null;
			else if (name === 'rPh') phonetic = false;
			else if (name === 'c') {
				while (row.cells.length < cell.column) row.cells.push('');
				row.cells[cell.column] = textOf();
			} else if (name === 'row') rows.push(row);
		},
	};
	function textOf(): string {
		const { type, value, inline, style } = cell;
		if (type === 'inlineStr') return unescaped(inline);
		if (type === 's') return texts[Number(value)] ?? '';
		if (type === 'str') return unescaped(value);
		if (type === 'b') return value === '' ? '' : value === '1' ? 'TRUE' : 'FALSE';
		if (type !== 'n' || value.trim() === '') return value;
		const number = Number(value);
		if (Number.isNaN(number)) return value;
		// 12.499999999999998 is how a spreadsheet stores 12.5.
		return isDate[style] === true ? dateOf(number, date1904) : String(Number(number.toPrecision(15)));
	}
	await using archive = await openArchive(path);
	try {
		for await (const _piece of walk(archive.read(part), listener)) {
			yield* rows;
			rows = [];
		}
	} catch (error) {
		throw asUnreadable(error);
	}
}

/** "B12" is row 12, column 1 (counted from 0). */
function placeOf(reference: string): { row: number; column: number } {
	const [, letters = 'A', row = '0'] = /^([A-Z]{1,3})(\d+)$/u.exec(reference) ?? [];
	const column = [...letters].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0) - 1;
	return { row: Number(row), column };
}

const DAY_MS = 86_400_000;

/** Spreadsheets count days from the end of 1899 (with a 29th of February 1900 that never was), those of old Macs from 1904. */
function dateOf(days: number, date1904: boolean): string {
	const start = date1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, days < 60 ? 31 : 30);
	const date = new Date(start + Math.round((days * DAY_MS) / 1000) * 1000);
	return Number.isNaN(date.getTime()) ? String(days) : date.toISOString().replace(/T00:00:00\.000Z$/u, '');
}

/** Letters that XML can't hold stand as _x000D_. */
function unescaped(text: string): string {
	return text.includes('_x') ? text.replace(/_x([0-9A-Fa-f]{4})_/gu, (_, code: string) => String.fromCharCode(parseInt(code, 16))) : text;
}
