import type { Item } from '../catalog/item.ts';

export interface CartLine {
	readonly item: Item;
	/** Selling units (SKU units), a positive integer. */
	readonly quantity: number;
}

export interface CartPrice {
	readonly productsCents: number;
	readonly deliveryCents: number;
	readonly totalCents: number;
	/** true: delivery would have cost something and the threshold made it free; false: it is charged; null: nothing to deliver. */
	readonly freeDelivery: boolean | null;
	readonly units: number;
}

/**
 * The one sum of an order, in integer cents, used by agent, checkout and console (rule 2):
 *   products = Σ price × quantity
 *   delivery = the largest delivery (or travel) fee among the lines that have one above 0, once per order;
 *              0 when products reaches the threshold of each of those lines (a line without a threshold keeps it paid)
 *   total    = products + delivery
 */
export function priceCart(lines: readonly CartLine[]): CartPrice {
	const productsCents = lines.reduce((sum, { item, quantity }) => sum + item.priceCents * quantity, 0);
	const charged = lines.map(({ item }) => item).filter((item) => item.deliveryCents > 0);
	const reached = charged.every(
		(item) => item.freeDeliveryFromCents !== null && productsCents >= item.freeDeliveryFromCents,
	);
	const fee = Math.max(0, ...charged.map((item) => item.deliveryCents));
	const deliveryCents = reached ? 0 : fee;
	return {
		productsCents,
		deliveryCents,
		totalCents: productsCents + deliveryCents,
		freeDelivery: charged.length === 0 ? null : reached,
		units: lines.reduce((sum, { quantity }) => sum + quantity, 0),
	};
}
