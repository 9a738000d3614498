import type { PaymentStatus } from '../agent/session.ts';

/**
 * An order's life:
 *
 *   awaiting_payment ──expire──▶ expired ──cancel──▶ cancelled
 *          │  └───────────cancel──────────────────────▲   │
 *          └──pay──▶ paid ◀──pay (late)── expired, cancelled
 *   paid ◀──────▶ refunded: all of the money goes back; and comes again should the refund fail (payment-facts.ts)
 *   confirmed: an order that is free; nothing follows
 *
 * Providers deliver events late, twice and in any order, so the states are ranked and an event only ever moves an order up:
 * whatever the permutation, the same events end in the same state. Money that came is never ignored: a payment wins over
 * expiry and cancellation (`late` tells the caller that a person should look at it).
 */
export const ORDER_STATUSES = ['awaiting_payment', 'paid', 'refunded', 'confirmed', 'expired', 'cancelled'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export type OrderEvent =
	/** The provider says that the whole sum of this order was paid. */
	| { readonly type: 'payment_received' }
	/** The order's own time to pay ran out (not its provider session's: that is reissued). */
	| { readonly type: 'payment_time_over' }
	/** A newer order of the conversation took its place, or the customer took it back. */
	| { readonly type: 'cancelled' };

export type OrderTransition =
	| { readonly changed: false; readonly status: OrderStatus }
	| { readonly changed: true; readonly status: OrderStatus; readonly late: boolean };

const RANK: Readonly<Record<OrderStatus, number>> = { awaiting_payment: 0, expired: 1, cancelled: 2, paid: 3, refunded: 4, confirmed: 5 };

const TARGET = {
	payment_received: 'paid',
	payment_time_over: 'expired',
	cancelled: 'cancelled',
} as const satisfies Record<OrderEvent['type'], OrderStatus>;

/** The state in which an order starts: one without a sum needs no payment. `totalCents` in minor units. */
export function newOrderStatus(totalCents: number): OrderStatus {
	return totalCents > 0 ? 'awaiting_payment' : 'confirmed';
}

/** What an event makes of an order. `changed: false`: it was known already, or something stronger happened before. */
export function applyOrderEvent(status: OrderStatus, event: OrderEvent): OrderTransition {
	const target = TARGET[event.type];
	if (RANK[target] <= RANK[status]) return { changed: false, status };
	return { changed: true, status: target, late: target === 'paid' && status !== 'awaiting_payment' };
}

/** The status of an order once its refunds are known: only what was paid can go back. Computed from all of them together. */
export function statusWithRefunds(status: OrderStatus, refunded: boolean): OrderStatus {
	if (status !== 'paid' && status !== 'refunded') return status;
	return refunded ? 'refunded' : 'paid';
}

export interface Payable {
	readonly status: OrderStatus;
	readonly expiresAt: Date;
	/** The customer has paid in a way that takes days: the order waits for that payment, however long it takes, and for no other. */
	readonly paymentOnItsWay: boolean;
}

/** The status as of `now`: an order whose time to pay is over is expired, also before a job has written that down. */
export function statusAt(order: Payable, now: Date): OrderStatus {
	if (order.paymentOnItsWay || order.expiresAt.getTime() > now.getTime()) return order.status;
	return applyOrderEvent(order.status, { type: 'payment_time_over' }).status;
}

/** A link may be opened, or opened again, for this order. */
export function isPayable(order: Payable, now: Date): boolean {
	return !order.paymentOnItsWay && statusAt(order, now) === 'awaiting_payment';
}

/** What a conversation's payment status is for its latest order (rule 13). */
export function paymentStatusOf(status: OrderStatus | null): PaymentStatus {
	if (status === 'paid') return 'paid';
	return status === 'awaiting_payment' ? 'payment_link_sent' : 'no_payment_link';
}
