import type { Decision } from '../../../../core/agent/decision.ts';
import { mayChange } from '../../../../core/booking/policy.ts';
import type { Sql } from '../../store/database.ts';
import type { Booking } from './booking.ts';
import { cancelByCustomer, type CancelledByCustomer } from './cancel-by-customer.ts';
import type { LoadCatalog } from './booking-actions.ts';
import { CalendarNeeded, type Busy } from './busy-times.ts';
import { calendarRepository } from './calendar-repository.ts';
import { periodAround, slotAt, takenTime } from './free-slots.ts';
import type { NextSlots } from './order-port.ts';
import { bookingRepository } from './repository.ts';
import { tellWorkflows } from './tell-workflows.ts';

export type CustomerChange =
	| { readonly ok: true; /** What becomes of the money of one that was cancelled. */ readonly cancelled?: CancelledByCustomer }
	/** It isn't the conversation's, is over, or the company's rule leaves it to a person. */
	| { readonly ok: false; readonly reason: 'refused' }
	| ({ readonly ok: false; readonly reason: 'slot_taken'; readonly sku: string } & NextSlots);

/**
 * What a customer has asked for in the conversation, done in the transaction that answers them, a session of the tenant with the conversation locked:
 * only rows change, the calendar follows. `busy`: what the calendars say.
 * @throws CalendarNeeded when it has to be known which times are free instead, and `busy` isn't given
 */
export type ChangeBooking = (
	sql: Sql,
	of: { readonly companyId: string; readonly conversationId: string },
	wanted: { readonly change: NonNullable<Decision['booking_change']>; readonly slot: Decision['slot'] },
	busy: Busy | undefined,
) => Promise<CustomerChange>;

const REFUSED = { ok: false, reason: 'refused' } as const;

export function createCustomerChanges(deps: { loadCatalog: LoadCatalog; now: () => Date }): ChangeBooking {
	const { loadCatalog, now } = deps;

	async function move(sql: Sql, booking: Booking, start: string, busy: Busy | undefined): Promise<CustomerChange> {
		const startsAt = new Date(start);
		if (booking.startsAt.getTime() === startsAt.getTime()) return { ok: true };
		const item = (await loadCatalog(sql, booking.companyId)).get(booking.sku);
		if (item === undefined) return REFUSED;
		const calendar = await calendarRepository.get(sql, booking.companyId);
		const { kind, places, city } = booking;
		const taken = await takenTime(sql, calendar, item, periodAround(startsAt), now(), booking.id);
		const answer = slotAt(calendar, { item, places, city }, startsAt, { taken, busy: busy ?? [], now: now() });
		if (answer.ok) {
			const moved = await bookingRepository.move(sql, booking, { startsAt, endsAt: new Date(answer.slot.end) }, now());
			await tellWorkflows.moved(sql, booking, moved, 'customer', now());
			return { ok: true };
		}
		if (kind === 'appointment' && busy === undefined) throw new CalendarNeeded(booking.companyId);
		return { ok: false, reason: 'slot_taken', sku: booking.sku, kind, name: booking.itemName, zone: calendar.timeZone, slots: kind === 'appointment' && busy === null ? [] : answer.slots };
	}

	return async (sql, { companyId, conversationId }, { change, slot }, busy) => {
		await bookingRepository.lockOrder(sql, change.id);
		await bookingRepository.lockCompany(sql, companyId);
		const booking = await bookingRepository.findOfConversationForUpdate(sql, conversationId, change.id);
		if (booking?.status !== 'confirmed') return REFUSED;
		const calendar = await calendarRepository.get(sql, companyId);
		if (!mayChange({ freeUntilHours: calendar.settings.free_change_hours }, booking.startsAt.toISOString(), now()).ok) return REFUSED;
		if (change.action === 'cancel') return { ok: true, cancelled: await cancelByCustomer(sql, booking, { settings: calendar.settings, catalog: await loadCatalog(sql, companyId), now: now() }) };
		return slot === null ? REFUSED : await move(sql, booking, slot.start, busy);
	};
}
