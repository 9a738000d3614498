import { describe, expect, it } from 'vitest';
import { COLUMNS, columnOf, FIELDS } from './column-aliases.ts';
import { fieldsOf, headerKey, mapColumns } from './columns.ts';
import { fold } from './fold.ts';

describe('headers', () => {
	it.each(['Product Name', 'PRODUCT-NAME', 'product_name', 'productName', '  product   name ', 'Название товара', 'НАЗВАНИЕ_ТОВАРА', 'Назва товару', 'Nombre del producto', 'Produktname', 'Тауар атауы'])(
		'%j is product_name',
		(header) => expect(fieldsOf(header, 'product')).toEqual(['product_name']),
	);

	it.each([
		['Цена, €', 'price_eur'],
		['priceEUR', 'price_eur'],
		['Precio (EUR)', 'price_eur'],
		['Доставка, €', 'logistics_price_eur'],
		['Lieferung (€)', 'logistics_price_eur'],
		['Доставка (ч)', 'delivery_time_hours'],
		['Срок доставки (ч)', 'delivery_time_hours'],
		['Plazo de entrega (días)', 'delivery_time_hours'],
		['Остаток, шт.', 'stock_units'],
		['Бесплатная доставка от', 'free_delivery'],
		['Ед. изм.', 'unit'],
		['Көңіл', undefined],
	])('of products: %j is %s', (header, field) => expect(fieldsOf(header, 'product')).toEqual(field === undefined ? [] : [field]));

	it.each([
		['Длительность (мин)', 'duration'],
		['Qué no incluye', 'not_included'],
		['Що входить', 'included'],
		['Nicht geeignet für', 'not_suitable_for'],
		['Место оказания', 'location'],
		['Қызмет атауы', 'service_name'],
	])('of services: %j is %s', (header, field) => expect(fieldsOf(header, 'service')).toEqual([field]));

	it('are unambiguous over all languages, but for words that mean both fee and time of delivery', () => {
		const ambiguous = (['product', 'service'] as const).flatMap((kind) =>
			FIELDS.flatMap((field) => [...columnOf(field).aliases])
				.filter((alias) => fieldsOf(alias, kind).length > 1)
				.map((alias) => fieldsOf(alias, kind).join(' ')),
		);
		expect([...new Set(ambiguous)]).toEqual(['logistics_price_eur delivery_time_hours']);
	});

	it('have aliases in Latin and in Cyrillic for every field, and each leads to it', () => {
		for (const field of FIELDS) {
			const { aliases, kinds } = columnOf(field);
			expect(aliases.some((alias) => /\p{Script=Cyrillic}/u.test(alias)) && aliases.some((alias) => /\p{Script=Latin}/u.test(alias)), field).toBe(true);
			for (const alias of [field, ...aliases]) for (const kind of kinds) expect(fieldsOf(alias, kind), `${alias} (${kind})`).toContain(field);
		}
	});

	it('have keys without case and accents', () => {
		for (const alias of FIELDS.flatMap((field) => [...COLUMNS[field].aliases])) expect(headerKey(fold(alias))).toBe(headerKey(alias.toLowerCase()));
	});
});

describe('mapColumns', () => {
	it('returns the mapping; unknown and repeated headers are attributes', () => {
		const mapping = mapColumns(['Название товара', 'Описание', 'Цвет', 'Цвет', '']);
		expect(mapping).toMatchObject({ ok: true, kind: 'product', columns: { 'Название товара': 'product_name', Описание: 'description', Цвет: '', 'Цвет (2)': '', 'Column 5': '' } });
	});

	it.each([
		[['Name', 'Description', 'Stock', 'Price'], 'product'],
		[['Name', 'Description', 'Duration', 'Price'], 'service'],
		[['Название услуги', 'Описание', 'Остаток'], 'service'],
	])('finds the kind of %j out: %s', (headers, kind) => expect(mapColumns(headers)).toMatchObject({ ok: true, kind }));

	it.each(['price_sek', 'Price (JPY)', 'Preis CZK', 'цена usd', 'unitPrice NOK'])('finds the price under %j, whatever the currency', (header) => {
		expect(mapColumns(['product_name', 'description', header])).toMatchObject({ ok: true, columns: { [header]: 'price_eur' } });
	});

	it('takes the kind that was asked for', () => expect(mapColumns(['Name', 'Description'], { kind: 'service' })).toMatchObject({ ok: true, kind: 'service', columns: { Name: 'service_name' } }));

	it('says so when the kind is open, or both kinds are there', () => {
		expect(mapColumns(['Name', 'Description'])).toMatchObject({ ok: false, problems: [{ code: 'kind_unclear' }] });
		expect(mapColumns(['product_name', 'service_name', 'description'])).toMatchObject({ ok: false, problems: [{ code: 'kind_unclear' }] });
	});

	it('names a missing required column and lists what was found', () => {
		expect(mapColumns(['product_name', 'Farbe'])).toMatchObject({
			ok: false,
			problems: [{ code: 'column_missing', fields: ['description'], message: 'The column description is missing. Add it, or map one of yours to it in columns. Found: "product_name", "Farbe".' }],
		});
	});

	it('names a header that may mean two fields', () => {
		expect(mapColumns(['product_name', 'description', 'Доставка'])).toMatchObject({
			ok: false,
			problems: [{ code: 'header_ambiguous', headers: ['Доставка'], fields: ['logistics_price_eur', 'delivery_time_hours'] }],
		});
	});

	it('names two headers that mean one field', () => {
		expect(mapColumns(['product_name', 'description', 'Цена', 'Price'])).toMatchObject({
			ok: false,
			problems: [{ code: 'headers_conflict', headers: ['Цена', 'Price'], fields: ['price_eur'] }],
		});
	});

	it('takes what begins with "attribute:" for one, whatever follows', () => {
		expect(mapColumns(['product_name', 'description', 'price_eur', 'attribute:Price', 'Attribute: service_name'])).toMatchObject({ ok: true, kind: 'product', columns: { price_eur: 'price_eur', 'attribute:Price': '', 'Attribute: service_name': '' } });
	});

	it('names two headers that mean one attribute', () => {
		expect(mapColumns(['product_name', 'description', 'Farbe', 'attribute: Farbe'])).toMatchObject({ ok: false, problems: [{ code: 'headers_conflict', headers: ['Farbe', 'attribute: Farbe'], fields: [] }] });
	});

	it('lets the caller decide', () => {
		const overrides = { 'Доставка': 'delivery_time_hours', Price: '', Wort: 'product_name' };
		expect(mapColumns(['Wort', 'description', 'Доставка', 'Цена', 'Price'], { overrides })).toMatchObject({
			ok: true,
			kind: 'product',
			columns: { Wort: 'product_name', description: 'description', Доставка: 'delivery_time_hours', Цена: 'price_eur', Price: '' },
		});
	});

	it('refuses an override of a header or to a field that is not there', () => {
		expect(mapColumns(['product_name', 'description'], { overrides: { Prix: 'price_eur' } })).toMatchObject({ ok: false, problems: [{ code: 'override_invalid', headers: ['Prix'] }] });
		expect(mapColumns(['product_name', 'description', 'Prix'], { overrides: { Prix: 'prix' } })).toMatchObject({ ok: false, problems: [{ code: 'override_invalid', fields: ['prix'] }] });
	});
});
