import { deliverySlots } from '../../../../core/booking/delivery-slots.ts';
import type { OpeningHours } from '../../../../core/booking/opening-hours.ts';
import { freeSlots, type Slot, type TakenTime } from '../../../../core/booking/slots.ts';
import { WEEKDAYS } from '../../../../core/booking/zone.ts';
import type { Item } from '../../../../core/catalog/item.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Sql } from '../../store/database.ts';
import type { CalendarAccount } from '../../vendors/google-calendar/client.ts';
import type { BookingKind } from './booking.ts';
import type { CompanyCalendar } from './calendar-repository.ts';
import { bookingRepository, type TakenRow } from './repository.ts';

/** What slots are searched for. */
export interface Wanted {
	readonly item: Item;
	/** At once, of the item's places. */
	readonly places: number;
	/** Of a delivery; '' when it is not known. */
	readonly city: string;
	/** How long the slowest product takes; left out: the item's own. Of a delivery. */
	readonly deliveryTimeHours?: number | null;
}

/** What of a calendar its slots follow from. */
type Rules = Pick<CompanyCalendar, 'settings' | 'timeZone'>;

export interface Period {
	readonly from: Date;
	readonly to: Date;
}

const DAY_MS = 86_400_000;
/** How far ahead the slots are looked for that are offered in place of one that is taken. */
export const NEXT_DAYS = 14;
export const NEXT_SLOTS = 5;

export const kindOf = (item: Pick<Item, 'kind'>): BookingKind => (item.kind === 'product' ? 'delivery' : 'appointment');

/** The calendars of which an appointment needs free time. */
export function busyCalendars({ appointmentCalendarId, accountEmail, settings }: Pick<CompanyCalendar, 'appointmentCalendarId' | 'accountEmail' | 'settings'>): readonly string[] {
	const others = settings.busy_calendar_ids ?? [accountEmail];
	return [...new Set([...(appointmentCalendarId === null ? [] : [appointmentCalendarId]), ...others])].filter((id) => id !== '');
}

/**
 * What people put into the calendars. Our own events take no time there: they are counted by our rows.
 * @throws AppError `calendar_busy_unknown` (502) when one of the calendars does not say, and what the client throws
 */
export async function busyTime(account: CalendarAccount, calendar: CompanyCalendar, { from, to }: Period): Promise<readonly TakenTime[]> {
	const { busy, errors } = await account.freeBusy(busyCalendars(calendar), from, to);
	const [silent] = errors;
	if (silent) {
		throw new AppError('calendar_busy_unknown', `Google does not say what is taken in the calendar "${silent.calendarId}" (${silent.reason}). Choose the calendars anew with PATCH /v1/companies/{id}/calendar.`, { status: 502 });
	}
	return busy.map(({ start, end }) => ({ start, end }));
}

/** Own bookings and holds that matter for slots between two moments. */
export async function takenTime(sql: Sql, calendar: CompanyCalendar, item: Item, { from, to }: Period, now: Date, without?: string): Promise<readonly TakenRow[]> {
	// Buffers and long appointments reach over the ends.
	return await bookingRepository.taken(sql, { companyId: calendar.companyId, kind: kindOf(item), from: new Date(from.getTime() - 2 * DAY_MS), to: new Date(to.getTime() + 2 * DAY_MS), now, without });
}

/** Free slots that start in the period, the earliest first. */
export function slotsOf(calendar: Rules, wanted: Wanted, { from, to }: Period, facts: { readonly taken: readonly TakenRow[]; readonly busy: readonly TakenTime[]; readonly now: Date }, limit: number): readonly Slot[] {
	const { item, places, city } = wanted;
	const { settings, timeZone } = calendar;
	if (kindOf(item) === 'delivery') {
		const slots = deliverySlots({
			windows: settings.delivery_windows,
			cities: settings.delivery_cities.map(({ city, cut_off: cutOff, windows }) => ({ city, cutOff, ...(windows === undefined ? {} : { windows }) })),
			city, zone: timeZone, deliveryTimeHours: wanted.deliveryTimeHours === undefined ? item.deliveryTimeHours : wanted.deliveryTimeHours,
			taken: facts.taken.map(({ start, end }) => ({ start, end })), capacity: settings.delivery_capacity, horizonDays: settings.horizon_days, now: facts.now, from,
		});
		return slots.filter(({ start }) => Date.parse(start) < to.getTime()).slice(0, limit).map(({ start, end }) => ({ start, end }));
	}
	return freeSlots({
		...appointmentsOf(calendar, item, facts), hours: settings.opening_hours, stepMinutes: settings.step_minutes, minNoticeMinutes: settings.min_notice_minutes,
		durationMinutes: item.durationMinutes ?? settings.default_duration_minutes, horizonDays: settings.horizon_days, places, now: facts.now, from, to, limit,
	});
}

/** Whether a time has room for what was held there, whatever is offered by now: hours and notice may be others than when it was. */
export function hasRoom(calendar: Rules, item: Item, held: { readonly startsAt: Date; readonly endsAt: Date; readonly places: number }, taken: readonly TakenRow[]): boolean {
	const { startsAt, endsAt, places } = held;
	if (kindOf(item) === 'delivery') {
		const capacity = calendar.settings.delivery_capacity;
		return capacity === null || taken.filter(({ start, end }) => Date.parse(start) < endsAt.getTime() && Date.parse(end) > startsAt.getTime()).length < capacity;
	}
	const whole = {
		...appointmentsOf(calendar, item, { taken, busy: [] }), hours: ALWAYS, stepMinutes: 1, minNoticeMinutes: 0, horizonDays: 1, places,
		durationMinutes: (endsAt.getTime() - startsAt.getTime()) / 60_000, now: startsAt, from: startsAt, to: new Date(startsAt.getTime() + 1),
	};
	return freeSlots(whole).length === 1;
}

const ALWAYS: OpeningHours = { weekly: Object.fromEntries(WEEKDAYS.map((day) => [day, [['00:00', '24:00'] as const]])), closed: [], special: {} };

/** What of a company's time its appointments and the calendars take from an item. */
function appointmentsOf({ settings, timeZone }: Rules, item: Item, facts: { readonly taken: readonly TakenRow[]; readonly busy: readonly TakenTime[] }) {
	const shared = settings.services_share_time ? facts.taken.filter(({ sku }) => sku !== item.sku) : [];
	const widened = shared.map(({ start, end }) => ({
		start: new Date(Date.parse(start) - settings.buffer_before_minutes * 60_000).toISOString(),
		end: new Date(Date.parse(end) + settings.buffer_after_minutes * 60_000).toISOString(),
	}));
	return {
		zone: timeZone,
		bufferBeforeMinutes: settings.buffer_before_minutes,
		bufferAfterMinutes: settings.buffer_after_minutes,
		busy: [...facts.busy, ...widened],
		holds: facts.taken.filter(({ sku }) => sku === item.sku),
		capacity: item.stock,
	};
}

export type SlotAnswer =
	| { readonly ok: true; readonly slot: Slot }
	/** slot_not_offered: it would not be one on an empty calendar either. */
	| { readonly ok: false; readonly reason: 'slot_taken' | 'slot_not_offered'; /** The next that are free. */ readonly slots: readonly Slot[] };

/** The period that `slotAt` needs to know. */
export function periodAround(start: Date): Period {
	return { from: new Date(start.getTime() - 2 * DAY_MS), to: new Date(start.getTime() + NEXT_DAYS * DAY_MS) };
}

/** Whether exactly this start can be had, and what can instead. */
export function slotAt(calendar: Rules, wanted: Wanted, start: Date, facts: { readonly taken: readonly TakenRow[]; readonly busy: readonly TakenTime[]; readonly now: Date }): SlotAnswer {
	const exactly = { from: start, to: new Date(start.getTime() + 1) };
	const [slot] = slotsOf(calendar, wanted, exactly, facts, 1);
	if (slot) return { ok: true, slot };
	const [possible] = slotsOf(calendar, wanted, exactly, { ...facts, taken: [], busy: [] }, 1);
	const slots = slotsOf(calendar, wanted, { from: start, to: periodAround(start).to }, facts, NEXT_SLOTS);
	return { ok: false, reason: possible ? 'slot_taken' : 'slot_not_offered', slots };
}
