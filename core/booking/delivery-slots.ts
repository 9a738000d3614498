import { sameCity } from '../catalog/city.ts';
import { rangesOn, timeInMinutes, type OpeningHours } from './opening-hours.ts';
import type { Interval, TakenTime } from './slots.ts';
import { addDays, zoneClock } from './zone.ts';

const HOUR = 3_600_000;

/** How a company delivers in one city. */
export interface CityDelivery {
	/** As the company writes it; matched whatever the case, accents, script or language. */
	readonly city: string;
	/** 'HH:MM'. An order after it counts as placed at the next midnight. null: no cut-off. */
	readonly cutOff: string | null;
	/** Windows of its own; left out: the company's. */
	readonly windows?: OpeningHours;
}

export interface DeliveryQuery {
	/** The windows in which the company delivers, by weekday: each range is one window. */
	readonly windows: OpeningHours;
	readonly cities: readonly CityDelivery[];
	/** The order's; '' or one without an entry in `cities` has the company's windows and no cut-off. */
	readonly city: string;
	/** The company's, IANA: its clocks show the windows and the cut-off. */
	readonly zone: string;
	/** How long the order's slowest product takes at most; null: the catalog doesn't say, nothing is added. */
	readonly deliveryTimeHours: number | null;
	/** Deliveries that are booked or held; each counts one (or its `places`) in every window that it touches. */
	readonly taken: readonly TakenTime[];
	/** How many deliveries one window takes; null: no limit. */
	readonly capacity: number | null;
	readonly horizonDays: number;
	readonly now: Date;
	/** Windows start at this or later. */
	readonly from?: Date;
	readonly limit?: number;
}

/** A window in which the order arrives. `date` is the company's date. */
export interface DeliverySlot extends Interval {
	readonly date: string;
}

/**
 * The delivery windows that can be promised, earliest first. One can when the whole of it lies after the order is ready: `delivery_time_hours` after
 * the order, which counts from the next midnight when the city's cut-off has passed.
 */
export function deliverySlots(query: DeliveryQuery): DeliverySlot[] {
	const { now, limit = Infinity, capacity } = query;
	const clock = zoneClock(query.zone);
	const city = query.city === '' ? undefined : query.cities.find((one) => sameCity(one.city, query.city));
	const windows = city?.windows ?? query.windows;
	const ready = readyAt(query, city?.cutOff ?? null);
	const earliest = Math.max(ready, query.from?.getTime() ?? -Infinity);
	const today = clock.dateAt(now.getTime());
	const taken = query.taken.map(({ start, end, places = 1 }) => ({ start: Date.parse(start), end: Date.parse(end), places }));
	const slots: DeliverySlot[] = [];
	for (let days = 0; days <= query.horizonDays; days += 1) {
		const date = addDays(today, days);
		for (const { open, close } of rangesOn(windows, date)) {
			const [start, end] = [clock.firstInstantOf(date, open), clock.firstInstantOf(date, close)];
			// A window, or a whole date, that a change of the clocks leaves out.
			if (start >= end || start < earliest) continue;
			const used = taken.filter((one) => one.start < end && start < one.end).reduce((sum, { places }) => sum + places, 0);
			if (capacity !== null && used >= capacity) continue;
			if (slots.length >= limit) return slots;
			slots.push({ date, start: new Date(start).toISOString(), end: new Date(end).toISOString() });
		}
	}
	return slots;
}

function readyAt({ zone, now, deliveryTimeHours }: DeliveryQuery, cutOff: string | null): number {
	const clock = zoneClock(zone);
	const { date, minutes } = clock.wallAt(now.getTime());
	const late = cutOff !== null && minutes > timeInMinutes(cutOff);
	return (late ? clock.dayOf(date).end : now.getTime()) + (deliveryTimeHours ?? 0) * HOUR;
}
