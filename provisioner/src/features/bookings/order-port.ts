import type { Logger } from 'pino';
import type { ChosenSlot } from '../../../../core/booking/schedule.ts';
import type { Slot } from '../../../../core/booking/slots.ts';
import type { Sql } from '../../store/database.ts';
import type { Order } from '../orders/repository.ts';
import type { Booking } from './booking.ts';
import { isOver, placeOf, type LoadCatalog } from './booking-actions.ts';
import type { Busy } from './busy-times.ts';
import { calendarRepository } from './calendar-repository.ts';
import { hasRoom, kindOf, periodAround, slotAt, takenTime } from './free-slots.ts';
import { bookingRepository } from './repository.ts';
import { tellWorkflows } from './tell-workflows.ts';

export type OrderHold =
	| { readonly ok: true; readonly booking: Booking }
	| { readonly ok: false; readonly reason: 'item_not_available'; readonly slots: readonly Slot[] }
	| ({ readonly ok: false; readonly reason: 'slot_taken' | 'slot_not_offered' } & NextSlots);

/** What can be had in place of a time that can't. */
export interface NextSlots {
	readonly kind: ChosenSlot['kind'];
	/** The item's. */
	readonly name: string;
	/** The company's, IANA. */
	readonly zone: string;
	/** The next that are free, as far as our rows and `busy` know; none while the calendars don't say. */
	readonly slots: readonly Slot[];
}

/** What of an order is needed. */
export type BookedOrder = Pick<Order, 'id' | 'tenantId' | 'companyId' | 'conversationId' | 'lines' | 'city' | 'phone' | 'clientName' | 'description' | 'language' | 'expiresAt'>;

/**
 * What orders call. Everything happens in the caller's transaction, a session of the tenant that holds the order (and, if it tells the customer
 * something, the conversation) locked: only rows change; the calendar follows when it has committed. Each call may be repeated.
 */
export interface OrderBookings {
	/**
	 * Holds a slot for an unpaid order until it expires, or `heldUntil`. An order holds one slot an item: another one in its place gives the first back.
	 * What people put into the calendar by hand (`busy`), where it isn't given, is not looked at here but where slots are found, and again when the event is stored.
	 */
	holdFor(sql: Sql, order: BookedOrder, slot: { readonly sku: string; /** ISO 8601 */ readonly start: string; readonly address?: string; readonly heldUntil?: Date; readonly busy?: Busy | undefined }): Promise<OrderHold>;
	/**
	 * The order can be paid until `until`: what it holds, or held when its last payment page ended, is held so long. If one of its times is past, or
	 * others have taken it, nothing is held anew.
	 */
	holdAgain(sql: Sql, order: Pick<BookedOrder, 'id' | 'companyId'>, until: Date): Promise<{ readonly ok: true } | { readonly ok: false; readonly lost: Booking }>;
	/** The order may be paid for longer. */
	extendHold(sql: Sql, orderId: string, until: Date): Promise<void>;
	/** Books what was held. A hold that was over is taken up again when there is room, else it has failed and a person is alerted. */
	onPaid(sql: Sql, order: Pick<BookedOrder, 'id' | 'companyId'>): Promise<readonly Booking[]>;
	/** The order expired or was cancelled unpaid: what it held is free at once (the loop would do it within half a minute). */
	onReleased(sql: Sql, order: Pick<BookedOrder, 'id' | 'companyId'>): Promise<void>;
	/** What was booked is cancelled and leaves the calendar; nobody has to look at its money any more. */
	onRefunded(sql: Sql, order: Pick<BookedOrder, 'id'>): Promise<void>;
}

export function createOrderBookings(deps: { loadCatalog: LoadCatalog; now: () => Date; log: Logger }): OrderBookings {
	const { loadCatalog, now, log } = deps;

	async function endAll(sql: Sql, orderId: string, statuses: readonly ('held' | 'confirmed' | 'failed')[], by: 'refund' | 'time'): Promise<void> {
		for (const booking of await bookingRepository.ofOrderForUpdate(sql, orderId, statuses)) {
			await bookingRepository.end(sql, booking, by, now());
			await tellWorkflows.cancelled(sql, booking, by, now());
		}
	}

	/** Whether there is room for a hold that was over. An item that has left the catalog stands in nobody's way. */
	async function canBeTakenUp(sql: Sql, booking: Booking): Promise<boolean> {
		const item = (await loadCatalog(sql, booking.companyId)).get(booking.sku);
		if (item === undefined) return true;
		const calendar = await calendarRepository.get(sql, booking.companyId);
		const taken = await takenTime(sql, calendar, item, { from: booking.startsAt, to: booking.endsAt }, now(), booking.id);
		return hasRoom(calendar, item, booking, taken);
	}

	/** Held, or released when the time to pay was over; with the company locked. What was given back, for another slot or by the customer, isn't the order's any more. */
	async function unbookedOf(sql: Sql, order: Pick<BookedOrder, 'id' | 'companyId'>): Promise<readonly Booking[]> {
		const { rowCount } = await sql.query(`SELECT 1 FROM bookings WHERE order_id = $1 AND status IN ('held', 'released') LIMIT 1`, [order.id]);
		if (!rowCount) return [];
		await bookingRepository.lockCompany(sql, order.companyId);
		return (await bookingRepository.ofOrderForUpdate(sql, order.id, ['held', 'released'])).filter(({ status, endedBy }) => status === 'held' || endedBy === 'time');
	}

	const holds = (booking: Booking): boolean => booking.status === 'held' && !isOver(booking, now());

	return {
		async holdFor(sql, order, { sku, start, address = '', heldUntil = order.expiresAt, busy = [] }) {
			const startsAt = new Date(start);
			const item = (await loadCatalog(sql, order.companyId)).get(sku);
			if (item === undefined) return { ok: false, reason: 'item_not_available', slots: [] };
			const calendar = await calendarRepository.get(sql, order.companyId);
			await bookingRepository.lockCompany(sql, order.companyId);
			const own = (await bookingRepository.ofOrderForUpdate(sql, order.id, ['held', 'confirmed'])).filter((booking) => booking.sku === sku && !isOver(booking, now()));
			const same = own.find((booking) => booking.startsAt.getTime() === startsAt.getTime());
			if (same) return { ok: true, booking: same };
			const places = kindOf(item) === 'delivery' ? 1 : (order.lines.find((line) => line.sku === sku)?.quantity ?? 1);
			const before = own.find(({ status }) => status === 'held');
			const taken = await takenTime(sql, calendar, item, periodAround(startsAt), now(), before?.id);
			const kind = kindOf(item);
			const answer = slotAt(calendar, { item, places, city: order.city }, startsAt, { taken, busy: busy ?? [], now: now() });
			if (!answer.ok) return { ok: false, reason: answer.reason, kind, name: item.name, zone: calendar.timeZone, slots: kind === 'appointment' && busy === null ? [] : answer.slots };
			if (before) await bookingRepository.end(sql, before, 'customer', now());
			const booking = await bookingRepository.insertHold(
				sql,
				{
					tenantId: order.tenantId, companyId: order.companyId, orderId: order.id, conversationId: order.conversationId, kind, sku, itemName: item.name, places,
					startsAt, endsAt: new Date(answer.slot.end), timeZone: calendar.timeZone, customerName: order.clientName, customerPhone: order.phone, city: order.city,
					...placeOf(calendar, item, address, order.city), note: order.description, language: order.language, heldUntil,
				},
				now(),
			);
			return { ok: true, booking };
		},
		async extendHold(sql, orderId, until) {
			for (const booking of await bookingRepository.ofOrderForUpdate(sql, orderId, ['held'])) {
				if (!isOver(booking, now())) await bookingRepository.extend(sql, booking.id, until, now());
			}
		},
		async holdAgain(sql, order, until) {
			const unbooked = await unbookedOf(sql, order);
			for (const booking of unbooked) {
				if (!holds(booking) && (booking.startsAt <= now() || !(await canBeTakenUp(sql, booking)))) return { ok: false, lost: booking };
			}
			for (const booking of unbooked) await bookingRepository.holdAgain(sql, booking.id, until, now());
			return { ok: true };
		},
		async onPaid(sql, order) {
			const booked: Booking[] = [];
			for (const booking of await unbookedOf(sql, order)) {
				if (holds(booking) || (await canBeTakenUp(sql, booking))) booked.push(await bookingRepository.confirm(sql, booking.id, now()));
				else {
					booked.push(await bookingRepository.lost(sql, booking.id, now()));
					log.error({ tenantId: booking.tenantId, bookingId: booking.id, orderId: order.id, alert: 'booking_slot_lost' }, 'an order was paid when the hold of its slot was over and others had taken it: a person has to agree on another time');
				}
			}
			return booked;
		},
		async onReleased(sql, order) {
			const { rowCount } = await sql.query(`SELECT 1 FROM bookings WHERE order_id = $1 AND status = 'held' LIMIT 1`, [order.id]);
			if (!rowCount) return;
			await bookingRepository.lockCompany(sql, order.companyId);
			await endAll(sql, order.id, ['held'], 'time');
		},
		async onRefunded(sql, { id }) {
			await endAll(sql, id, ['held', 'confirmed', 'failed'], 'refund');
			await bookingRepository.refundSettled(sql, { orderId: id });
		},
	};
}
