import { z } from 'zod';
import { mayChange, TIME_TO_PAY_MS } from '../../../../core/booking/policy.ts';
import type { BookedFacts, Schedule } from '../../../../core/booking/schedule.ts';
import { BOOKING_KINDS } from './booking.ts';
import type { Busy } from './busy-times.ts';
import { readCalendarSettings } from './calendar-settings.ts';
import type { CompanyCalendar } from './calendar-repository.ts';
import { slotsOf } from './free-slots.ts';

const DAY_MS = 86_400_000;
const kind = z.enum(BOOKING_KINDS);
const time = z.string().transform((text) => new Date(text).toISOString());
const interval = { kind, sku: z.string(), start: time, end: time, places: z.number() };

/** What the SQL function times_of_turn says. */
const storedTimes = z
	.object({
		calendar: z
			.object({ state: z.enum(['disconnected', 'connected', 'error']), account_email: z.string(), appointment_calendar_id: z.string().nullable(), settings: z.unknown(), time_zone: z.string() })
			.nullable(),
		taken: z.array(z.object(interval)),
		bookings: z.array(z.object({ ...interval, id: z.string(), name: z.string(), city: z.string(), zone: z.string() })),
	})
	.nullable();

/** A company's time as it was read with a turn. */
export interface TurnTimes {
	/** null: none is connected, and nothing is asked or promised about time. */
	readonly calendar: Pick<CompanyCalendar, 'appointmentCalendarId' | 'accountEmail' | 'settings' | 'timeZone'> | null;
	/** By our rows; without what the conversation itself holds for an unpaid order. */
	readonly taken: readonly z.output<z.ZodObject<typeof interval>>[];
	/** What the conversation has booked and is to come, the earliest first. */
	readonly bookings: readonly Omit<BookedFacts, 'changeable'>[];
	/** core/booking/policy.ts */
	readonly freeChangeHours: number | null;
}

export function readTimes(stored: unknown): TurnTimes {
	const times = storedTimes.parse(stored);
	const settings = readCalendarSettings(times?.calendar?.settings);
	const { calendar, taken, bookings } = times ?? { calendar: null, taken: [], bookings: [] };
	return {
		calendar: calendar?.state === 'connected' ? { appointmentCalendarId: calendar.appointment_calendar_id, accountEmail: calendar.account_email, settings, timeZone: calendar.time_zone } : null,
		taken,
		bookings,
		freeChangeHours: settings.free_change_hours,
	};
}

/** @param busy what `BusyTimeOf` answered; deliveries are counted by our rows alone */
export function scheduleOf({ calendar, taken }: TurnTimes, busy: Busy, now: Date): Schedule | null {
	if (calendar === null) return null;
	const { settings } = calendar;
	const horizon = new Date(now.getTime() + (settings.horizon_days + 2) * DAY_MS);
	return {
		zone: calendar.timeZone,
		asks: { appointmentSlot: settings.ask_appointment_slot, deliverySlot: settings.ask_delivery_slot, address: settings.ask_address },
		deliveryNeedsCity: settings.delivery_cities.some(({ windows, cut_off: cutOff }) => windows !== undefined || cutOff !== null),
		place: settings.place,
		free({ kind, item, places, city }, period = {}, limit = Infinity) {
			if (kind === 'appointment' && busy === null) return null;
			const soonest = now.getTime() + (item.priceCents === 0 ? 0 : TIME_TO_PAY_MS);
			const from = new Date(Math.max(soonest, period.from === undefined ? soonest : Date.parse(period.from)));
			const to = period.to === undefined ? horizon : new Date(period.to);
			return slotsOf(calendar, { item, places, city }, { from, to }, { taken: taken.filter((one) => one.kind === kind), busy: busy ?? [], now }, limit);
		},
	};
}

export function bookedFacts({ bookings, freeChangeHours }: TurnTimes, now: Date): BookedFacts[] {
	return bookings.map((booking) => ({ ...booking, changeable: mayChange({ freeUntilHours: freeChangeHours }, booking.start, now).ok }));
}
