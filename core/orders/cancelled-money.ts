import type { OrderStatus } from './order.ts';

/** What becomes of the money of a booking that its customer cancels within the company's rule. */
export type CancelledMoney =
	/** Nothing was paid for it, or all of it has gone back already. */
	| { readonly is: 'none' }
	/** It goes back through the provider. */
	| { readonly is: 'refund'; /** Minor units. */ readonly cents: number }
	/** A person sees to it: the company gives nothing back by itself, or how much it is can't be said exactly. */
	| { readonly is: 'team' };

export interface CancelledBooking {
	readonly kind: 'appointment' | 'delivery';
	readonly sku: string;
	readonly places: number;
}

export interface CancelledOrder {
	readonly status: OrderStatus;
	readonly lines: readonly { readonly sku: string; readonly kind: 'product' | 'service'; readonly quantity: number; readonly unit_cents: number }[];
	readonly deliveryCents: number;
	readonly totalCents: number;
	/** As far as the provider has told. */
	readonly refundedCents: number;
	/** A dispute is the bank's to decide: it may take the same money. */
	readonly disputed: boolean;
	/** What earlier cancellations of the order give back, told or not, in minor units. */
	readonly askedCents: number;
}

/**
 * All that is left once every booking of the order is cancelled and nothing else was bought with it; else the price of what the one booking was for.
 * A part is exact only without a delivery fee, and when nobody else has given money back.
 *
 * @param cancelled of the order, by whomever, without `booking`
 * @param standing bookings of the order that are left
 * @param isDelivered whether a product is brought, and its delivery's end is its end; false also when the catalog doesn't know it any more
 */
export function moneyOfCancelled(
	order: CancelledOrder,
	booking: CancelledBooking,
	others: { readonly cancelled: readonly CancelledBooking[]; readonly standing: number },
	rule: { readonly givesBack: boolean; readonly isDelivered: (sku: string) => boolean },
): CancelledMoney {
	if (order.status !== 'paid') return { is: 'none' };
	const ended = [...others.cancelled, booking];
	const isAll = others.standing === 0 && order.lines.every((line) => line.quantity === endedOf(line, ended, rule.isDelivered));
	const given = Math.max(order.refundedCents, order.askedCents);
	const cents = isAll ? order.totalCents - given : partOf(order, booking, rule.isDelivered);
	if (cents === 0) return { is: 'none' };
	const exact = cents !== null && cents > 0 && given + cents <= order.totalCents;
	return exact && rule.givesBack && !order.disputed ? { is: 'refund', cents } : { is: 'team' };
}

/** How many of a line are not to come any more. */
function endedOf(line: CancelledOrder['lines'][number], ended: readonly CancelledBooking[], isDelivered: (sku: string) => boolean): number {
	if (line.kind === 'product') return ended.some(({ kind }) => kind === 'delivery') && isDelivered(line.sku) ? line.quantity : 0;
	return ended.reduce((sum, { kind, sku, places }) => sum + (kind === 'appointment' && sku === line.sku ? places : 0), 0);
}

/** null: it can't be said exactly. */
function partOf(order: CancelledOrder, booking: CancelledBooking, isDelivered: (sku: string) => boolean): number | null {
	const lines = order.lines.filter(({ kind, sku }) => (booking.kind === 'delivery' ? kind === 'product' : kind === 'service' && sku === booking.sku));
	if (lines.length > 0 && lines.every(({ unit_cents: cents }) => cents === 0)) return 0;
	const isWhole = lines.length > 0 && lines.every((line) => line.quantity === endedOf(line, [booking], isDelivered));
	if (!isWhole || order.deliveryCents > 0 || order.refundedCents > order.askedCents) return null;
	return lines.reduce((sum, { quantity, unit_cents: cents }) => sum + quantity * cents, 0);
}

/**
 * Whether a refund that was decided is still to be made: `given` when the money has gone back meanwhile, `team` when the order has changed so that
 * a person has to look.
 *
 * @param decided `givenBefore`: what had gone back, or was on its way, when it was decided
 */
export function refundStep(
	order: Pick<CancelledOrder, 'status' | 'refundedCents' | 'disputed'>,
	decided: { readonly cents: number; readonly givenBefore: number },
): 'give' | 'given' | 'team' {
	if (order.status === 'refunded' || order.refundedCents >= decided.givenBefore + decided.cents) return 'given';
	return order.status === 'paid' && !order.disputed && order.refundedCents <= decided.givenBefore ? 'give' : 'team';
}
