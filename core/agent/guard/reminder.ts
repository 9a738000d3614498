import type { CartLine } from '../../orders/price.ts';

/** Rule 12: hours until an unpaid order is reminded: the smallest among the paid rows; null when all of them leave it out. */
export function paymentReminderHours(lines: readonly CartLine[]): number | null {
	const priced = lines.filter(({ item }) => item.priceCents > 0);
	// A free item with a delivery fee is paid for, too.
	const paid = priced.length > 0 ? priced : lines.filter(({ item }) => item.deliveryCents > 0);
	const hours = paid.flatMap(({ item }) => item.paymentReminderHours ?? []);
	return hours.length === 0 ? null : Math.min(...hours);
}
