import fc from 'fast-check';
import { expect, test } from 'vitest';
import { htmlIn, textCell } from './cells.ts';
import { mapColumns } from './columns.ts';
import { createExportTable } from './export-table.ts';
import { emptyItem, type Item, type ItemKind } from './item.ts';
import { parseTable } from './test-support.ts';

function exportTable(items: readonly Item[], kind: ItemKind): (readonly string[])[] {
	const { headers, row } = createExportTable(kind, items.flatMap((item) => Object.keys(item.attributes)));
	return [headers, ...items.map(row)];
}

function importTable([headers = [], ...cells]: readonly (readonly string[])[], kind: ItemKind): Item[] {
	const mapping = mapColumns(headers, { kind });
	if (!mapping.ok) throw new Error(JSON.stringify(mapping.problems));
	const parsed = parseTable(mapping.mapped, cells.map((row, index) => ({ number: index + 2, cells: row })), { kind, currency: 'eur' });
	expect(parsed.errors).toEqual([]);
	return parsed.items;
}

/** What an import stores of a cell. */
const word = fc.constantFrom('rose', 'Ñandú', 'букет', '=SUM(A1)', '+34 600', '-5 %', '@home', '"quoted"', 'two\nlines', 'semi; colon', 'a, b', 'שלום', '🌹', "it's", '12', '|', '[x]');
const text = fc.array(word, { maxLength: 3 }).map((words) => words.join(' ').trim());
const place = fc.constantFrom('Valencia', 'Los Gigantes', 'Виннипег; север', 'Київ', 'Santa Cruz, Tenerife');
const url = fc.constantFrom('', 'https://shop.example/a?b=1,2', 'http://x.example/é');
const hours = fc.option(fc.integer({ min: 0, max: 999 }), { nil: null });

const item = fc.record({
	name: text.filter((name) => name !== ''), description: text.filter((said) => said !== ''), category: text, unit: text, price: fc.nat(10_000_000), delivery: fc.nat(100_000), from: fc.option(fc.nat(1_000_000), { nil: null }),
	stock: fc.option(fc.nat(5_000), { nil: null }), hours, reminder: hours, cities: fc.uniqueArray(place, { maxLength: 3 }), tags: fc.uniqueArray(fc.constantFrom('red', 'big; small', 'x,y', 'новый'), { maxLength: 2 }), url, contact: text, material: text,
});

test('what is exported imports again unchanged, whatever is in the cells', () => {
	fc.assert(
		fc.property(fc.array(item, { maxLength: 6 }), fc.constantFrom('product' as const, 'service' as const), (rows, kind) => {
			const items = rows.map((row, index): Item => {
				const empty = emptyItem(`s${index}`, kind, row.name);
				return {
					...empty, description: row.description, category: row.category, unit: row.unit, priceCents: row.price, deliveryCents: row.delivery, freeDeliveryFromCents: row.from, stock: row.stock,
					paymentReminderHours: row.reminder, cities: row.cities, tags: row.tags, websiteUrl: row.url, attributes: row.material === '' ? {} : { Material: row.material },
					...(kind === 'product' ? { deliveryTimeHours: row.hours, contactFields: { ...empty.contactFields, supplier_contact: row.contact } } : { instructions: row.contact, online: row.cities.length === 0 && row.price === 0 }),
				};
			});
			expect(importTable(exportTable(items, kind), kind)).toEqual(items);
		}),
		{ numRuns: 300 },
	);
});

test('no cell is a formula to a spreadsheet', () => {
	const evil = { ...emptyItem('=1+1', 'product', '=cmd|calc'), description: '@SUM(A1)', attributes: { '=header': '-2+3' } };
	expect(exportTable([evil], 'product').flat().filter((cell) => /^[=+\-@\t\r]/u.test(cell))).toEqual([]);
});

/** Any text that an import can store: no tags, no letters that were lost. */
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', ' ', '\t', '\r', '\n', 'a', '"', ',') }))
	.map(textCell).filter((said) => said !== '' && htmlIn(said) === '' && !said.includes('\ufffd'));
const attributeNames = fc.oneof(anyText, fc.constantFrom('Price', 'price_eur', 'Цена', 'Доставка', 'sku', 'service_name', 'product_name', 'Name', 'attribute:Price', 'Attribute: x', 'constructor', '__proto__', '+info', "'+info", '-Price'));

test('any text comes back exactly, with its apostrophes and signs, as the name of an attribute too', () => {
	fc.assert(
		fc.property(fc.constantFrom('product' as const, 'service' as const), anyText, anyText, fc.uniqueArray(fc.tuple(attributeNames, anyText), { maxLength: 4, selector: ([name]) => name }), (kind, name, description, attributes) => {
			const items = [{ ...emptyItem('s1', kind, name), description, attributes: Object.fromEntries(attributes) }, { ...emptyItem('s2', kind, 'B'), description }];
			expect(importTable(exportTable(items, kind), kind)).toEqual(items);
		}),
		{ numRuns: 1_000 },
	);
});

test('an attribute with the name of a column stands beside it', () => {
	const both = { ...emptyItem('a', 'product', 'A'), description: 'B', priceCents: 100, attributes: { Price: 'ask', '+info': '+34', "'+x": "'+y" } };
	const table = exportTable([both], 'product');
	expect(table[0]?.slice(-3)).toEqual(["''+x", "'+info", 'attribute:Price']);
	expect(importTable(table, 'product')).toEqual([both]);
});
