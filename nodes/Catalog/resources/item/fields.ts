import type { INodeProperties } from 'n8n-workflow';

const text = (name: string, displayName: string, description: string): INodeProperties => ({ displayName, name, type: 'string', default: '', description });
const cents = (name: string, displayName: string, description: string): INodeProperties => ({ displayName, name, type: 'number', typeOptions: { minValue: 0, numberPrecision: 0 }, default: 0, description });
const list = (name: string, displayName: string, description: string): INodeProperties => ({ displayName, name, type: 'string', default: '', placeholder: 'e.g. Valencia, Madrid', description: `${description}, separated by commas` });

/** What can be set of an item, as the API names it; in the order of the editor's list. */
export const ITEM_FIELDS: readonly INodeProperties[] = [
	text('category', 'Category', 'What the agent groups items by'),
	list('cities', 'Cities', 'Where it is delivered or provided'),
	cents('delivery_cents', 'Delivery (Cents)', 'Delivery of a product or travel of a service, once an order'),
	{ displayName: 'Delivery Time (Hours)', name: 'delivery_time_hours', type: 'number', typeOptions: { minValue: 0 }, default: 24, description: 'At most' },
	{ ...text('description', 'Description', 'What the agent may tell of it; required of a new item'), typeOptions: { rows: 4 } },
	text('duration', 'Duration', 'As it is told, e.g. 90 minutes'),
	cents('free_delivery_from_cents', 'Free Delivery From (Cents)', 'Delivery is free from this sum of an order on'),
	text('image_url', 'Image URL', 'A picture that the agent may send'),
	{
		displayName: 'Kind',
		name: 'kind',
		type: 'options',
		options: [
			{ name: 'Product', value: 'product' },
			{ name: 'Service', value: 'service' },
		],
		default: 'product',
		description: 'Needed for a new item of a company that sells both',
	},
	text('name', 'Name', 'As customers read it; required of a new item'),
	{ displayName: 'Online', name: 'online', type: 'boolean', default: false, description: 'Whether it needs no place, so that the agent never asks for a city' },
	{ displayName: 'Payment Reminder (Hours)', name: 'payment_reminder_hours', type: 'number', typeOptions: { minValue: 0 }, default: 24, description: 'When an unpaid order is reminded; without it a paid item gets no payment link' },
	cents('price_cents', 'Price (Cents)', '0 = free'),
	{ displayName: 'Stock', name: 'stock', type: 'number', typeOptions: { minValue: 0, numberPrecision: 0 }, default: 0, description: 'Pieces or free slots. Never told to a customer; caps the quantity.' },
	list('tags', 'Tags', 'More words to find it by'),
	text('unit', 'Unit', 'What is sold, e.g. piece, bouquet, hour'),
	text('video_url', 'Video URL', 'A video that the agent may send'),
	text('website_url', 'Website URL', 'The page that the agent may link'),
];

const LISTS: ReadonlySet<string> = new Set(['cities', 'tags']);
/** Of an item as Get or an import has it, what Create or Update takes as well. */
const MORE_NAMES = ['sku', 'subcategory', 'format', 'specialist_initials', 'specialist_area', 'company', 'office_address', 'instructions', 'details', 'contacts', 'attributes'];
const NAMES: ReadonlySet<string> = new Set([...ITEM_FIELDS.map(({ name }) => name), ...MORE_NAMES]);

/** The fields of an item that came in, without what else is in it. */
export function knownFields(json: Readonly<Record<string, unknown>>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(json).filter(([name, value]) => NAMES.has(name) && value !== undefined).map(([name, value]) => [name, LISTS.has(name) ? listOf(value) : value]));
}

/** "Valencia, Madrid" or a list. */
function listOf(value: unknown): unknown {
	return typeof value === 'string' ? value.split(/[,;\n]/u).map((part) => part.trim()).filter((part) => part !== '') : value;
}
