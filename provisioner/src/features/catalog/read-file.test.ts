import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { collect, fileOf } from '../../testing/files.ts';
import { readCatalogFile } from './read-file.ts';

async function read(content: Buffer | string, repair = false) {
	const file = await readCatalogFile(fileOf(content), { repair });
	return { ...file, rows: await collect(file.rows()) };
}
const cells = async (content: Buffer | string) => (await read(content)).rows.map((row) => row.cells);

describe('encodings', () => {
	const russian = 'Название;Описание\nБукет;Двадцать роз\n';
	const spanish = 'Nombre;Descripción\nPiña;Dulce y fría, año nuevo\n';

	it.each([
		['utf-8', russian, Buffer.from(russian)],
		['utf-8', russian, Buffer.from(`\ufeff${russian}`)],
		['utf-16le', russian, Buffer.from(`\ufeff${russian}`, 'utf16le')],
		['utf-16le', spanish, Buffer.from(spanish, 'utf16le')],
		['utf-16be', russian, Buffer.from(`\ufeff${russian}`, 'utf16le').swap16()],
		['utf-16be', spanish, Buffer.from(spanish, 'utf16le').swap16()],
		['windows-1251', russian, iconv.encode(russian, 'windows-1251')],
		['windows-1251', 'Назва;Опис\nЇжак;Є й ґудзик\n', iconv.encode('Назва;Опис\nЇжак;Є й ґудзик\n', 'windows-1251')],
		['windows-1252', spanish, iconv.encode(spanish, 'windows-1252')],
		['windows-1252', 'Name;Größe\nStrauß “A” – 5 €;groß\n', iconv.encode('Name;Größe\nStrauß “A” – 5 €;groß\n', 'windows-1252')],
	])('recognises %s', async (encoding, text, bytes) => {
		const file = await read(bytes);
		expect(file.encoding).toBe(encoding);
		expect([file.headers, ...file.rows.map((row) => row.cells)]).toEqual(text.trim().split('\n').map((line) => line.split(';')));
	});

	it.each([
		['windows-1251', russian],
		['windows-1252', russian],
		['windows-1252', spanish],
	])('refuses UTF-8 that was read as %s, with a preview, and repairs it when told to', async (codePage, text) => {
		const garbled = codePage === 'windows-1251' ? iconv.decode(Buffer.from(text), codePage) : new TextDecoder(codePage).decode(Buffer.from(text));
		await expect(read(garbled)).rejects.toThrow(
			expect.objectContaining({ code: 'catalog_file_garbled', status: 422, details: expect.objectContaining({ read_as: codePage, preview: expect.arrayContaining([expect.objectContaining({ repaired: text.split('\n')[0] })]) }) }),
		);
		expect((await read(garbled, true)).headers).toEqual(text.split('\n')[0]?.split(';'));
	});

	it.each(['a;b\n«С—»;№ 5 – “ok”', 'a;b\nСт. Р—;Р’ 5', 'a;b\nÃ la carte;São'])('takes sound text for sound: %j', async (text) => expect((await read(text)).headers).toEqual(['a', 'b']));

	it.each([
		['XLSX', Buffer.from('PK\u0003\u0004rest')],
		['XLS', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1])],
		['zero bytes', Buffer.from('a,b\n1,\0\0')],
	])('refuses %s and says what to send', async (_, bytes) => await expect(read(bytes)).rejects.toThrow(expect.objectContaining({ code: 'catalog_file_unreadable', message: expect.stringContaining('CSV') })));
});

describe('delimiters and rows', () => {
	it.each([',', ';', '\t', '|'])('finds the delimiter %j', async (delimiter) => expect(await read(`a${delimiter}b\n1${delimiter}2`)).toMatchObject({ delimiter, headers: ['a', 'b'] }));

	it('is not misled by decimal commas, lists and quoted delimiters', async () => {
		expect((await read('Name;Price, €;Cities\nLamp;1 234,50;"Oslo, Bergen, Voss"\nBulb;2,5;Oslo, Voss\n')).delimiter).toBe(';');
		expect((await read('name,"a;b;c;d",price\nLamp,x,5\n')).delimiter).toBe(',');
		expect((await read('name;size;text\n5" pot;5";a, b, c, d\nx;y;"say ""hi"", you"\n')).delimiter).toBe(';');
	});

	it('obeys the "sep=" line of Excel', async () => expect(await read('sep=|\na|b;c\n1|2;3')).toMatchObject({ delimiter: '|', headers: ['a', 'b;c'] }));
	it('keeps line breaks and quotes in quoted cells', async () => expect(await cells('a;b\n"one\ntwo";"say ""hi"""\n')).toEqual([['one\ntwo', 'say "hi"']]));
	it('counts rows as a spreadsheet does, blank ones and those with line breaks too', async () => expect((await read('a,b\r\n"1\r\n2",x\r\n\r\n,\r\n3,y\r\n')).rows.map(({ number }) => number)).toEqual([2, 5]));
	it('leaves empty columns to the right out', async () => expect((await read('a;b;;\n1;2;;\n')).headers).toEqual(['a', 'b']));
	it('reads one column', async () => expect(await read('name\nLamp\n')).toMatchObject({ delimiter: ',', headers: ['name'] }));
	it('says where a quote stays open', async () => await expect(read('a,b\n1,"2\n3,4\n')).rejects.toThrow(expect.objectContaining({ code: 'catalog_file_malformed', message: expect.stringMatching(/line \d/) })));
	it.each(['', '\n\n', '\ufeff'])('refuses the empty file %j', async (text) => await expect(read(text)).rejects.toThrow(expect.objectContaining({ code: 'catalog_file_empty' })));
});
