import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapColumns } from './columns.ts';
import { exportTable } from './export-table.ts';
import { emptyItem, type Item } from './item.ts';
import { parseTable } from './test-support.ts';

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
			const [headers = [], ...cells] = exportTable(items, kind);
			const mapping = mapColumns(headers, { kind });
			if (!mapping.ok) throw new Error(JSON.stringify(mapping.problems));
			const parsed = parseTable(mapping.mapped, cells.map((row, index) => ({ number: index + 2, cells: row })), { kind, currency: 'eur' });
			expect(parsed.errors).toEqual([]);
			expect(parsed.items).toEqual(items);
		}),
		{ numRuns: 300 },
	);
});

test('no cell is a formula to a spreadsheet', () => {
	const evil = { ...emptyItem('=1+1', 'product', '=cmd|calc'), description: '@SUM(A1)', attributes: { '=header': '-2+3' } };
	expect(exportTable([evil], 'product').flat().filter((cell) => /^[=+\-@\t\r]/u.test(cell))).toEqual([]);
});

test('one kind at a time', () => {
	const both = [emptyItem('a', 'product', 'A'), emptyItem('b', 'service', 'B')];
	expect(exportTable(both, 'service').map((row) => row[1])).toEqual(['sku', 'b']);
});
