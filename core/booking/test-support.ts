import { deliverySlots, type CityDelivery } from './delivery-slots.ts';
import type { OpeningHours } from './opening-hours.ts';
import type { Schedule, ScheduleAsks } from './schedule.ts';
import { freeSlots, type TakenTime } from './slots.ts';

export interface CompanyTimes {
	readonly now: string;
	readonly zone?: string;
	readonly hours?: OpeningHours;
	readonly windows?: OpeningHours;
	readonly cities?: readonly CityDelivery[];
	readonly asks?: Partial<ScheduleAsks>;
	readonly place?: string;
	readonly horizonDays?: number;
	/** In the calendars. */
	readonly busy?: readonly TakenTime[];
	/** Google does not answer. */
	readonly unknown?: boolean;
}

const WEEKDAYS = (from: string, to: string): OpeningHours => {
	const day: [string, string][] = [[from, to]];
	return { weekly: { monday: day, tuesday: day, wednesday: day, thursday: day, friday: day }, closed: [], special: {} };
};

/** A company's schedule for tests: weekdays from nine to six, deliveries from ten to two and two to six. */
export function scheduleOf({ now, zone = 'Europe/Madrid', hours = WEEKDAYS('09:00', '18:00'), windows, cities = [], asks, place = 'Calle Mayor 1', horizonDays = 14, busy = [], unknown = false }: CompanyTimes): Schedule {
	const halves: [string, string][] = [['10:00', '14:00'], ['14:00', '18:00']];
	const delivered = windows ?? { weekly: { monday: halves, tuesday: halves, wednesday: halves, thursday: halves, friday: halves }, closed: [], special: {} };
	return {
		zone, place, deliveryNeedsCity: cities.length > 0,
		asks: { appointmentSlot: true, deliverySlot: true, address: true, ...asks },
		free({ kind, item, places, city }, { from, to } = {}, limit = Infinity) {
			const period = { ...(from === undefined ? {} : { from: new Date(from) }), now: new Date(now), horizonDays, zone };
			if (kind === 'delivery') {
				const found = deliverySlots({ ...period, windows: delivered, cities, city, deliveryTimeHours: item.deliveryTimeHours, taken: busy, capacity: 1 });
				return found.filter(({ start }) => to === undefined || Date.parse(start) < Date.parse(to)).slice(0, limit).map(({ start, end }) => ({ start, end }));
			}
			if (unknown) return null;
			return freeSlots({
				...period, hours, durationMinutes: item.durationMinutes ?? 60, stepMinutes: 30, bufferBeforeMinutes: 0, bufferAfterMinutes: 0, minNoticeMinutes: 120,
				busy, holds: [], capacity: item.stock, places, ...(to === undefined ? {} : { to: new Date(to) }), limit,
			});
		},
	};
}
