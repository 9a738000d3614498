/** What workflows can go on from (docs/order-events.md). */
export const ORDER_EVENTS = [
	'order.created', 'order.confirmed', 'order.paid', 'order.expired', 'order.cancelled', 'order.refunded', 'order.disputed', 'order.booked', 'order.moved', 'order.booking_cancelled',
] as const;
export type OrderEventType = (typeof ORDER_EVENTS)[number];
