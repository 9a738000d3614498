import type { Decision } from '../../../../core/agent/decision.ts';
import type { ChosenSlot } from '../../../../core/booking/schedule.ts';
import type { Sql } from '../../store/database.ts';
import type { Booking } from '../bookings/booking.ts';
import { CalendarNeeded, type Busy } from '../bookings/busy-times.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import type { Order } from '../orders/repository.ts';
import type { Refusal } from './draft-order.ts';

/** Until its payment page is made, which holds it for as long as that is open. */
const BEFORE_THE_PAGE_MS = 15 * 60_000;

/**
 * Holds the times that the customer chose, for the order that was just made in the caller's transaction; those of a free order are booked at once.
 * Returns why one of them can't be had: the caller then undoes what it did. `busy`: what the calendars say.
 * @throws CalendarNeeded when it has to be known which times are free instead, and `busy` isn't given
 */
export async function holdSlots(sql: Sql, order: Order, { slots, address }: Decision, busy: Busy | undefined, deps: { readonly bookings: OrderBookings; readonly now: () => Date }): Promise<Refusal | null> {
	const heldUntil = new Date(deps.now().getTime() + BEFORE_THE_PAGE_MS);
	const chosen = slots.map(({ SKU: sku, start, end }): ChosenSlot => ({ kind: order.lines.find((line) => line.sku === sku)?.kind === 'product' ? 'delivery' : 'appointment', sku, start, end }));
	for (const slot of chosen) {
		const held = await deps.bookings.holdFor(sql, order, { sku: slot.sku, start: slot.start, address, heldUntil, busy });
		if (held.ok) continue;
		if (held.reason === 'item_not_available') return { code: held.reason, message: `Item ${JSON.stringify(slot.sku)}, of which a time was chosen, is not in the catalog any more.` };
		if (held.kind === 'appointment' && busy === undefined) throw new CalendarNeeded(order.companyId);
		return {
			code: held.reason,
			message: `The time at ${slot.start} of ${JSON.stringify(held.name)} (SKU ${slot.sku}) can’t be had: ${held.reason === 'slot_taken' ? 'others were faster' : 'it is not offered any more'}.`,
			subject: { name: held.name, totalCents: 0, currency: order.currency },
			times: { zone: held.zone, kept: chosen.filter((one) => one !== slot), next: held.slots.map((next) => ({ ...next, kind: held.kind, sku: slot.sku })) },
		};
	}
	if (order.totalCents === 0 && chosen.length > 0) await deps.bookings.onPaid(sql, order);
	return null;
}

/** An order can't be paid when the first of its times has begun. */
export function expiryOf(decision: Decision, latest: number): Date {
	return new Date(Math.min(latest, ...decision.slots.map(({ start }) => Date.parse(start))));
}

/** The payment page is opened again, and the time was not held any more. */
export function slotLost({ itemName, startsAt }: Booking, currency: string): Refusal {
	const message = `The time of ${JSON.stringify(itemName)} at ${startsAt.toISOString()} was not held any more, and others have taken it.`;
	return { code: 'slot_taken', message, subject: { name: itemName, totalCents: 0, currency } };
}
