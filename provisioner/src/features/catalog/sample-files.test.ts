import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findCity, servedCities } from '../../../../core/catalog/city.ts';
import { mapColumns } from '../../../../core/catalog/columns.ts';
import { emptyItem } from '../../../../core/catalog/item.ts';
import { parseTable } from '../../../../core/catalog/test-support.ts';
import { createCatalog } from '../../../../core/catalog/search.ts';
import { collect } from '../../testing/files.ts';
import { readCatalogFile } from './read-file.ts';

async function load(name: string) {
	const file = await readCatalogFile(fileURLToPath(new URL(`../../../../test/fixtures/data/${name}`, import.meta.url)), { repair: false });
	const rows = await collect(file.rows());
	const mapping = mapColumns(file.headers);
	if (!mapping.ok) throw new Error(JSON.stringify(mapping.problems));
	return { file, mapping, ...parseTable(mapping.mapped, rows, { kind: mapping.kind, currency: 'eur' }) };
}

describe('the florist’s export (windows-1251, semicolons)', async () => {
	const { file, mapping, items, errors } = await load('florist-products.ru.cp1251.csv');
	const item = (sku: string) => items.find((candidate) => candidate.sku === sku);

	it('is read as it is', () => {
		expect([file.encoding, file.delimiter, mapping.kind, errors]).toEqual(['windows-1251', ';', 'product', []]);
		expect(Object.values(mapping.columns)).toEqual([
			'product_name', 'sku', 'description', 'unit', 'website_url', 'image_url', 'video_url', 'price_eur', 'logistics_price_eur', 'free_delivery',
			'stock_units', 'delivery_time_hours', 'payment_reminder', 'supplier_contact', 'supplier_company_services', 'warehouse_address', 'cities',
		]);
	});

	it('holds five products', () =>
		expect(items.map(({ sku, name, priceCents, deliveryCents, freeDeliveryFromCents, stock, deliveryTimeHours, paymentReminderHours }) => [sku, name, priceCents, deliveryCents, freeDeliveryFromCents, stock, deliveryTimeHours, paymentReminderHours])).toEqual([
			['1001', 'Букет из 20 роз', 5990, 750, 10000, 14, 4, 3],
			['1002', 'Букет из 10 роз', 3450, 750, 10000, 20, 4, 3],
			['1003', 'Роза, 1 шт.', 400, 750, 10000, 300, 4, 3],
			['1004', 'Композиция «Лето»', 123450, 1200, 150000, 1, 24, 6],
			['1005', 'Открытка', 0, 0, null, 999, 4, null],
		]));

	it('reads every field of a row with a line break and a JSON list', () =>
		expect(item('1004')).toEqual({
			...emptyItem('1004', 'product', 'Композиция «Лето»'),
			description: 'Подсолнухи и эвкалипт;\nв корзине',
			unit: 'шт.',
			websiteUrl: 'https://flores.example/leto',
			imageUrl: 'https://media.flores.example/1004.jpg',
			videoUrl: 'https://media.flores.example/hello.mp4',
			priceCents: 123450,
			deliveryCents: 1200,
			freeDeliveryFromCents: 150000,
			stock: 1,
			deliveryTimeHours: 24,
			paymentReminderHours: 6,
			contactFields: {
				supplier_contact: '+34 611 222 333',
				supplier_company_services: 'vozvrat@flores.example',
				warehouse_address: 'ул. Садовая 3',
				specialist_contact: '',
			},
			cities: ['Барселона', 'Жирона'],
		}));

	it('knows where each is delivered', () => {
		expect(items.map(({ cities }) => cities)).toEqual([
			['Барселона', 'Валенсия', 'Мадрид'],
			['Барселона', 'Валенсия', 'Мадрид'],
			['Барселона'],
			['Барселона', 'Жирона'],
			['Барселона', 'Валенсия', 'Мадрид', 'Жирона'],
		]);
		expect(servedCities(items)).toEqual(['Барселона', 'Валенсия', 'Мадрид', 'Жирона']);
		expect(findCity('20 roses and a card to Valencia', servedCities(items))).toBe('Валенсия');
	});

	it('is searched from other languages', () => {
		const catalog = createCatalog(items);
		const skus = (query: string, city?: string) => catalog.search(query, city === undefined ? {} : { city }).map((hit) => hit.item.sku);
		expect(skus('rosas')).toEqual(['1003', '1001', '1002']);
		expect(skus('rosas', 'Valencia')).toEqual(['1001', '1002']);
		expect(skus('20 roses')[0]).toBe('1001');
		expect(skus('открытку')).toEqual(['1005']);
		for (const { name, sku } of items) expect(skus(name)[0]).toBe(sku);
	});
});

describe('the hotel’s list (UTF-8, commas)', async () => {
	const { file, mapping, items, errors } = await load('hotel-services.en.csv');
	const item = (sku: string) => items.find((candidate) => candidate.sku === sku);

	it('is read as it is', () => {
		expect([file.encoding, file.delimiter, mapping.kind, errors]).toEqual(['utf-8', ',', 'service', []]);
		expect(Object.entries(mapping.columns).filter(([header, field]) => header !== field)).toEqual([]);
	});

	it('holds thirteen services', () =>
		expect(items.map(({ sku, priceCents, durationMinutes, stock, paymentReminderHours, cities, online }) => [sku, priceCents, durationMinutes, stock, paymentReminderHours, cities.join(), online])).toEqual([
			['101', 13500, 90, 12, 24, 'Tenerife', false],
			['102', 15500, 480, 8, 24, 'La Gomera', false],
			['103', 14500, 300, 10, 24, 'Tenerife', false],
			['104', 19500, 90, 4, 24, 'Los Gigantes', false],
			['105', 9800, 180, 14, 24, 'Tenerife', false],
			['106', 6500, 180, 30, 24, 'Los Gigantes', false],
			['107', 3500, 90, 20, 24, 'Tenerife', false],
			['108', 6800, 60, 6, 24, 'Tenerife', false],
			['109', 32000, 150, 2, 24, 'Tenerife', false],
			['110', 14000, 45, 5, 24, 'Los Gigantes', false],
			['111', 28000, 180, 3, 24, 'Tenerife', false],
			['112', 12500, 240, 6, null, 'Tenerife', false],
			['113', 0, 20, 50, 24, '', true],
		]));

	it('reads every field of a row', () =>
		expect(item('101')).toEqual({
			...emptyItem('101', 'service', 'Spa ritual “Volcanic Stone Therapy”'),
			description: 'Hot volcanic stone massage, full body scrub, facial mask, herbal tea',
			category: 'Wellness & sport',
			unit: 'session',
			duration: '90 minutes',
			durationMinutes: 90,
			format: 'on site',
			detailFields: {
				included: 'Hot volcanic stone massage, full body scrub, facial mask, herbal tea',
				not_included: 'Tips, travel insurance',
				what_guarantee: 'Certified staff, equipment',
				what_not_guarantee: 'Weather',
				suitable_for: 'Guests over 16',
				not_suitable_for: 'People with heart conditions',
			},
			imageUrl: 'https://media.hotel.example/101.jpg',
			videoUrl: 'https://media.hotel.example/welcome.mp4',
			priceCents: 13500,
			cities: ['Tenerife'],
			stock: 12,
			paymentReminderHours: 24,
			contactFields: { supplier_contact: '', supplier_company_services: '', warehouse_address: '', specialist_contact: '+34 600 000 111, guest@hotel.example' },
			providerName: 'Hotel Canarian',
			officeAddress: 'Calle del Mar 1, Tenerife',
			instructions: 'Bring a towel',
		}));

	it('is searched with typing errors and in other scripts', () => {
		const catalog = createCatalog(items);
		expect(catalog.search('йога')[0]?.item.sku).toBe('107');
		expect(catalog.search('divng')[0]?.item.sku).toBe('112');
		expect(catalog.search('', { city: 'Ла-Гомера' }).map((hit) => hit.item.sku)).toEqual(['102', '113']);
		for (const { name, sku } of items) expect(catalog.search(name)[0]?.item.sku).toBe(sku);
	});
});
