import { describe, expect, it } from 'vitest';
import { listCell, minutesIn, spreadsheetSafe, textCell } from './cells.ts';
import { mapColumns } from './columns.ts';
import { skuFromName } from './parse-rows.ts';
import { parseTable } from './test-support.ts';

function parse(headers: string[], rows: string[][], kind: 'product' | 'service' = 'product', currency = 'eur') {
	const mapping = mapColumns(headers, { kind });
	if (!mapping.ok) throw new Error(JSON.stringify(mapping.problems));
	return parseTable(mapping.mapped, rows.map((cells, index) => ({ number: index + 2, cells })), { kind, currency });
}

const HEADERS = ['product_name', 'description', 'sku', 'price', 'stock', 'image', 'cities'];
const good = (sku: string, name = `Lamp ${sku}`) => [name, 'Bright', sku, '5', '', '', ''];

describe('rows of a file', () => {
	it('makes an item of a row', () => {
		const { items, errors } = parse(HEADERS, [['Lamp', 'Bright', '7', '1.234,50 €', '1 500', 'https://x.example/l.jpg', 'Oslo; Bergen, Oslo']]);
		expect(errors).toEqual([]);
		expect(items).toEqual([expect.objectContaining({ sku: '7', kind: 'product', name: 'Lamp', priceCents: 123450, stock: 1500, imageUrl: 'https://x.example/l.jpg', cities: ['Oslo', 'Bergen'], online: false })]);
	});

	it.each([
		[['', 'Bright', '7', '5', '', '', ''], 'product_name', '', 'product_name is empty'],
		[['Lamp', ' ', '7', '5', '', '', ''], 'description', ' ', 'description is empty'],
		[['Lamp', 'Bright', '7', 'cheap', '', '', ''], 'price', 'cheap', 'not an amount'],
		[['Lamp', 'Bright', '7', '-5', '', '', ''], 'price', '-5', 'an amount can’t be negative'],
		[['Lamp', 'Bright', '7', '$5', '', '', ''], 'price', '$5', expect.stringContaining('the company sells in EUR')],
		[['Lamp', 'Bright', '7', '5', 'many', '', ''], 'stock', 'many', 'not a whole number of 0 or more'],
		[['Lamp', 'Bright', '7', '5', '1.5', '', ''], 'stock', '1.5', 'not a whole number of 0 or more'],
		[['Lamp', 'Bright', '7', '5', '', 'www.x.example/l.jpg', ''], 'image', 'www.x.example/l.jpg', 'not an http(s) address'],
		[['Lamp', 'Bright', '7', '5', '', 'javascript:alert(1)', ''], 'image', 'javascript:alert(1)', 'not an http(s) address'],
		[['Lamp', 'Bright', '7', '5', '', '', '["Oslo"'], 'cities', '["Oslo"', 'begins like a JSON array but is none of texts'],
		[['Lamp', 'Bri\ufffdht', '7', '5', '', '', ''], 'description', 'Bri\ufffdht', expect.stringContaining('letters were lost')],
		[['Lamp', 'Bright', '7', '5', '', '', '', 'x', 'y'], '', 'x | y', 'the row has 9 cells, the headers 7'],
	])('reports what is wrong with %j', (row, column, value, reason) => {
		const { items, errors } = parse(HEADERS, [good('1'), row, good('2')]);
		expect(items.map(({ sku }) => sku)).toEqual(['1', '2']);
		expect(errors).toEqual([{ row: 3, column, value, reason, suggestion: expect.stringMatching(/\w/) }]);
	});

	it('reports every bad cell of a row', () => expect(parse(HEADERS, [['Lamp', 'Bright', '7', 'x', 'y', 'z', '']]).errors.map(({ column }) => column)).toEqual(['price', 'stock', 'image']));
	it('suggests the address that was probably meant', () => expect(parse(HEADERS, [['Lamp', 'B', '7', '5', '', 'x.example/l', '']]).errors[0]?.suggestion).toBe('Did you mean https://x.example/l?'));

	it('reports a sku that an earlier row has, also when both come from the name', () => {
		expect(parse(HEADERS, [good('7'), good('8'), good('7', 'Other')]).errors).toEqual([expect.objectContaining({ row: 4, column: 'sku', value: '7', reason: 'row 2 has the same sku' })]);
		expect(parse(HEADERS, [good('', 'Lamp'), good('', ' LAMP ')]).errors).toEqual([expect.objectContaining({ row: 3, column: 'product_name', value: 'LAMP' })]);
	});

	it('makes a sku of the name that stays the same across imports and rows', () => {
		const [first] = parse(HEADERS, [good('', 'Лампа «Лето»')]).items;
		const [, again] = parse(HEADERS, [good('1'), good('', 'ЛАМПА Лето')]).items;
		expect(first?.sku).toBe(again?.sku);
		expect(first?.sku).toMatch(/^lampa-leto-[0-9a-f]{8}$/);
		expect(skuFromName('product', '東京')).toMatch(/^product-[0-9a-f]{8}$/);
		expect(skuFromName('service', 'Lamp')).not.toBe(skuFromName('product', 'Lamp'));
	});

	it('keeps 1001.0 of a spreadsheet as 1001', () => expect(parse(HEADERS, [good('1001.0', 'Lamp')]).items[0]?.sku).toBe('1001'));
	it('keeps unknown columns as attributes', () => expect(parse([...HEADERS, 'Farbe', 'Größe'], [[...good('7'), 'rot', '']]).items[0]?.attributes).toEqual({ Farbe: 'rot' }));
	it('keeps what looks like a formula as text', () => expect(parse(HEADERS, [['=SUM(A1)', '+34 600', '@7', '5', '', '', '']]).items[0]).toMatchObject({ name: '=SUM(A1)', description: '+34 600', sku: '@7' }));

	it('takes an empty threshold for never free, and 0 or "free" for always', () => {
		const threshold = (cell: string) => parse(['product_name', 'description', 'free_delivery'], [['Lamp', 'B', cell]]).items[0]?.freeDeliveryFromCents;
		expect([threshold(''), threshold('—'), threshold('0'), threshold('free'), threshold('1 500')]).toEqual([null, null, 0, 0, 150000]);
	});

	it('knows an online service in several languages', () => {
		const item = (location: string) => parse(['service_name', 'description', 'location'], [['Call', 'B', location]], 'service').items[0];
		for (const online of ['Online', 'ОНЛАЙН', 'en línea', 'Удалённо']) expect(item(online)).toMatchObject({ online: true, cities: [] });
		expect(item('Oslo')).toMatchObject({ online: false, cities: ['Oslo'] });
	});

	it('reads hours as the header says', () => {
		expect(parse(['product_name', 'description', 'Delivery time (days)', 'Reminder'], [['Lamp', 'B', '2', '1,5 h']]).items[0]).toMatchObject({ deliveryTimeHours: 48, paymentReminderHours: 1.5 });
	});
});

describe('cells', () => {
	it.each([
		['90 minutes', 90],
		['1 h 30 min', 90],
		['1,5 часа', 90],
		['1 година 15 хвилин', 75],
		['2 horas', 120],
		['30 Minuten', 30],
		['1:30', 90],
		['90', null],
		['about a day', null],
		['', null],
	])('finds in %j %s minutes', (text, minutes) => expect(minutesIn(text, null)).toBe(minutes));

	it('takes a bare number as the header says', () => expect([minutesIn('60', 'minutes'), minutesIn('1.5', 'hours')]).toEqual([60, 90]));

	it.each([
		['["Madrid","Oslo"]', ['Madrid', 'Oslo']],
		['Madrid, Oslo', ['Madrid', 'Oslo']],
		['Madrid;Oslo;', ['Madrid', 'Oslo']],
		['Madrid\nOslo\r\nMadrid', ['Madrid', 'Oslo']],
		['', []],
	])('reads the list %j', (cell, value) => expect(listCell(cell)).toEqual({ ok: true, value }));

	it.each(['=1+1', '+34', '-5', '@x', 'plain'])('writes %j so that no spreadsheet runs it, and reads it back', (value) => {
		expect(spreadsheetSafe(value)).not.toMatch(/^[=+\-@]/);
		expect(textCell(spreadsheetSafe(value))).toBe(value);
	});
});
