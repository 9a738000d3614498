import type { CancelledMoney } from '../../../../core/orders/cancelled-money.ts';
import type { Sql } from '../../store/database.ts';
import { recordOrderEvent } from '../orders/record-order-event.ts';
import type { Booking, EndedBy } from './booking.ts';

/**
 * What became of an order's booking, for workflows (docs/order-events.md). In the transaction that changes it; the order is locked before the
 * booking (`lockForEvent`). Nothing is told of bookings without an order.
 */
export const tellWorkflows = {
	/** @param before that it was: in the calendar it is now for the first time */
	async stored(sql: Sql, before: Booking, booking: Booking, now: Date): Promise<void> {
		if (before.eventId === null && booking.status === 'confirmed') await record(sql, booking, 'order.booked', now, {});
	},
	/** Until the calendar has it, nobody has heard of the time that it had. */
	async moved(sql: Sql, before: Booking, booking: Booking, by: EndedBy, now: Date): Promise<void> {
		if (before.eventId !== null) await record(sql, booking, 'order.moved', now, { by, from: timesOf(before), to: timesOf(booking) });
	},
	/** What was only held is nobody's business. */
	async cancelled(sql: Sql, before: Booking, by: EndedBy, now: Date, money: CancelledMoney = { is: 'none' }): Promise<void> {
		if (before.status !== 'confirmed' && before.status !== 'failed') return;
		const refund = money.is === 'none' ? {} : { refund: money.is === 'refund' ? 'asked' : 'team', ...(money.is === 'refund' ? { refund_cents: money.cents } : {}) };
		await record(sql, before, 'order.booking_cancelled', now, { by, ...refund });
	},
};

async function record(sql: Sql, { id, orderId }: Booking, type: 'order.booked' | 'order.moved' | 'order.booking_cancelled', now: Date, data: Readonly<Record<string, unknown>>): Promise<void> {
	if (orderId !== null) await recordOrderEvent(sql, orderId, type, now, { booking_id: id, ...data });
}

const timesOf = ({ startsAt, endsAt }: Booking) => ({ starts_at: startsAt.toISOString(), ends_at: endsAt.toISOString() });
