import { emptyItem } from '../../../catalog/item.ts';
import type { Item, ItemKind } from '../../../catalog/item.ts';

function item(kind: ItemKind, sku: string, name: string, fields: Partial<Item>): Item {
	return { ...emptyItem(sku, kind, name), ...fields };
}

const FLORIST_CITIES = ['Барселона', 'Валенсия', 'Мадрид'];
const ROSES: Partial<Item> = {
	deliveryCents: 750, freeDeliveryFromCents: 10_000, deliveryTimeHours: 4, paymentReminderHours: 3, unit: 'букет', cities: FLORIST_CITIES,
};
const emptyContacts = emptyItem('', 'product', '').contactFields;

/** A florist's catalog in Russian, like the sample file. */
export const FLORIST: readonly Item[] = [
	item('product', '1001', 'Букет из 20 роз', {
		...ROSES, description: 'Двадцать красных роз, 60 см', priceCents: 5990, stock: 14, imageUrl: 'https://media.flores.example/1001.jpg',
		contactFields: { ...emptyContacts, supplier_contact: '+34 611 222 333', supplier_company_services: 'vozvrat@flores.example', warehouse_address: 'ул. Садовая 3' },
	}),
	item('product', '1002', 'Букет из 10 роз', { ...ROSES, description: 'Десять красных роз, 60 см', priceCents: 3450, stock: 20 }),
	item('product', '1003', 'Роза, 1 шт.', { ...ROSES, description: 'Одна роза', unit: 'шт.', priceCents: 400, stock: 300, cities: ['Барселона'] }),
	item('product', '1004', 'Композиция «Лето»', {
		description: 'Подсолнухи и эвкалипт;\nв корзине', unit: 'шт.', priceCents: 123_450, deliveryCents: 1200, freeDeliveryFromCents: 150_000,
		stock: 1, deliveryTimeHours: 24, paymentReminderHours: 6, cities: ['Барселона', 'Жирона'], websiteUrl: 'https://flores.example/leto',
		videoUrl: 'https://media.flores.example/hello.mp4',
	}),
	item('product', '1005', 'Открытка', { description: 'Открытка с текстом', unit: 'шт.', stock: 999, deliveryTimeHours: 4, cities: [...FLORIST_CITIES, 'Жирона'] }),
];

const ON_SITE: Partial<Item> = {
	paymentReminderHours: 24, format: 'on site', cities: ['Tenerife'], providerName: 'Hotel Canarian', officeAddress: 'Calle del Mar 1, Tenerife',
	contactFields: { ...emptyContacts, specialist_contact: '+34 600 000 111, guest@hotel.example' },
	detailFields: {
		included: 'Hot stones, herbal tea', not_included: 'Tips, travel insurance', what_guarantee: 'Certified staff', what_not_guarantee: 'Weather',
		suitable_for: 'Guests over 16', not_suitable_for: 'People with heart conditions',
	},
};

/** A hotel's services in English, like the sample file. */
export const HOTEL: readonly Item[] = [
	item('service', '101', 'Spa ritual “Volcanic Stone Therapy”', {
		...ON_SITE, description: 'Hot volcanic stone massage, full body scrub', priceCents: 13_500, duration: '90 minutes', durationMinutes: 90, stock: 12,
		instructions: 'Bring a towel', category: 'Wellness & sport',
	}),
	item('service', '102', 'Boat transfer to La Gomera Island', {
		...ON_SITE, description: 'Transfer, speedboat, guide', priceCents: 15_500, duration: '480 minutes', stock: 8, cities: ['La Gomera'], category: 'Experiences',
	}),
	item('service', '104', 'Photo shoot “Golden Hour at Los Gigantes”', {
		...ON_SITE, description: 'Professional outdoor photo shoot', priceCents: 19_500, stock: 4, cities: ['Los Gigantes'], category: 'Wellness & sport',
	}),
	item('service', '106', 'Whale and dolphin watching on a catamaran', {
		...ON_SITE, description: 'Ocean trip with a guide', priceCents: 6500, stock: 30, cities: ['Los Gigantes'], category: 'Experiences', deliveryCents: 1000,
	}),
	item('service', '112', 'Introductory diving “Discover Scuba”', {
		...ON_SITE, description: 'Theory and practice with an instructor', priceCents: 12_500, stock: 6, paymentReminderHours: null, category: 'Experiences',
	}),
	item('service', '113', 'Holiday planning call', {
		...ON_SITE, description: 'A short video call in which we put your week together', duration: '20 minutes', format: 'video call', stock: 50,
		online: true, cities: [], category: 'Wellness & sport',
	}),
];
