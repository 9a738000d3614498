/** What the shop sells. Every item has a price of its own, so that an answer tells which question it answers. */
export interface Good {
	readonly name: string;
	readonly sku: string;
	/** As it stands in an answer: "€23.41". */
	readonly price: string;
	readonly cents: number;
	/** The answer has a picture, too: two parts whose order counts. */
	readonly pictured: boolean;
}

const NAMES = [
	'Amber lantern', 'Birch stool', 'Cobalt vase', 'Denim apron', 'Ebony clock', 'Fleece blanket', 'Granite mortar', 'Hazel basket', 'Ivory candle', 'Jade teapot',
	'Khaki rucksack', 'Linen curtain', 'Maple tray', 'Nickel kettle', 'Onyx bracelet', 'Pewter goblet', 'Quartz paperweight', 'Rattan armchair', 'Silk scarf', 'Teak bench',
	'Umber poncho', 'Velvet cushion', 'Walnut bookshelf', 'Zinc bucket',
] as const;

/** Prices 11.37, 14.50 …: no price is part of another one's digits or a sum of delivery and another. */
export const GOODS: readonly Good[] = NAMES.map((name, index) => {
	const cents = 1_137 + index * 313;
	return { name, sku: String(3_001 + index), cents, price: `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`, pictured: index % 3 === 0 };
});

export const CITY = 'Valencia';
export const DELIVERY_CENTS = 600;

/** The catalog as the business uploads it. */
export function catalogCsv(): string {
	const header = 'product_name,sku,description,unit,image_url,price_eur,logistics_price_eur,stock_units,delivery_time_hours,payment_reminder,cities';
	const rows = GOODS.map(({ name, sku, price, pictured }) =>
		[name, sku, `${name} made by hand`, 'piece', pictured ? `https://media.shop.example/${sku}.jpg` : '', price, (DELIVERY_CENTS / 100).toFixed(2), 100_000, 24, 24, CITY].join(','));
	return `${[header, ...rows].join('\n')}\n`;
}
