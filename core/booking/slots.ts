import { rangesOn, type OpeningHours } from './opening-hours.ts';
import { addDays, zoneClock, type ZoneClock } from './zone.ts';

const MINUTE = 60_000;

/** Half-open: a slot that ends at 10:00 leaves 10:00 free. ISO 8601, any offset on the way in, UTC on the way out. */
export interface Interval {
	readonly start: string;
	readonly end: string;
}

export type Slot = Interval;

export interface TakenTime extends Interval {
	/** Of the capacity. Of busy time: left out means all of it. Of a hold: left out means one. */
	readonly places?: number;
}

export interface SlotQuery {
	readonly hours: OpeningHours;
	/** The company's, IANA. Opening hours are what clocks there show. */
	readonly zone: string;
	readonly durationMinutes: number;
	/** Between the starts that are offered, from the opening on. */
	readonly stepMinutes: number;
	/** Free time that the company needs around an appointment of its own. Around two of them both are kept. */
	readonly bufferBeforeMinutes: number;
	readonly bufferAfterMinutes: number;
	/** A slot starts no sooner than this after `now`. */
	readonly minNoticeMinutes: number;
	/** The last day that is offered: today in the company's zone and so many days. */
	readonly horizonDays: number;
	/** What the calendars say is taken by others. No buffer of ours is around it, only around the slot. */
	readonly busy: readonly TakenTime[];
	/** Appointments of the company's own: booked ones and those held for an unpaid order. */
	readonly holds: readonly TakenTime[];
	/** How many can take place at once (`slots_available`); null: no limit, so that only `busy` takes time away. */
	readonly capacity: number | null;
	/** How many are wanted at once; 1 when left out. */
	readonly places?: number;
	readonly now: Date;
	/** Slots start at this or later … */
	readonly from?: Date;
	/** … and before this. */
	readonly to?: Date;
	/** At most so many; all when left out. */
	readonly limit?: number;
}

/**
 * The free slots, earliest first, each start once. A slot lies whole in the opening hours (times that touch, as over midnight, are one), its
 * start is a time that clocks show (nothing in the gap of a change; in an overlap the same time is offered twice, an hour apart, because both
 * come), and the places taken during it and its buffers leave room at every moment.
 */
export function freeSlots(query: SlotQuery): Slot[] {
	for (const name of ['durationMinutes', 'stepMinutes'] as const) {
		if (!(query[name] > 0)) throw new RangeError(`${name} must be above 0, not ${query[name]}.`);
	}
	const { now, limit = Infinity } = query;
	const clock = zoneClock(query.zone);
	const duration = query.durationMinutes * MINUTE;
	const before = query.bufferBeforeMinutes * MINUTE;
	const after = query.bufferAfterMinutes * MINUTE;
	const lastDate = addDays(clock.dateAt(now.getTime()), query.horizonDays);
	const earliest = Math.max(now.getTime() + Math.max(0, query.minNoticeMinutes) * MINUTE, query.from?.getTime() ?? -Infinity);
	const latest = Math.min(clock.dayOf(lastDate).end, query.to?.getTime() ?? Infinity) - 1;
	if (earliest > latest || limit <= 0) return [];

	// A range over midnight belongs to the day before.
	const firstDate = addDays(clock.dateAt(earliest), -1);
	const open = openPeriods(query.hours, clock, firstDate, addDays(clock.dateAt(latest + duration), 1));
	const full = fullPeriods(query);
	const slots: Slot[] = [];
	let [period, next] = [0, 0];
	for (const start of startsOf(query, clock, firstDate, clock.dateAt(latest))) {
		if (start < earliest) continue;
		if (start > latest || slots.length >= limit) break;
		const end = start + duration;
		while ((open[period]?.end ?? Infinity) <= start) period += 1;
		const around = open[period];
		if (around === undefined || start < around.start || end > around.end) continue;
		while ((full[next]?.end ?? Infinity) <= start - before) next += 1;
		if ((full[next]?.start ?? Infinity) < end + after) continue;
		slots.push({ start: new Date(start).toISOString(), end: new Date(end).toISOString() });
	}
	return slots;
}

/** Whether exactly this slot can be had, for the moment before it is held: the same rules, one start. */
export function isSlotFree(query: Omit<SlotQuery, 'from' | 'to' | 'limit'>, start: string): boolean {
	const at = Date.parse(start);
	return freeSlots({ ...query, from: new Date(at), to: new Date(at + 1) }).length === 1;
}

interface Period {
	readonly start: number;
	readonly end: number;
}

/** Every start on the grid of its opening, ascending, each once. */
function* startsOf({ hours, stepMinutes }: SlotQuery, clock: ZoneClock, firstDate: string, lastDate: string): Generator<number> {
	let waiting: number[] = [];
	for (let date = firstDate; date <= lastDate; date = addDays(date, 1)) {
		for (const { open, close } of rangesOn(hours, date)) {
			for (let minutes = open; minutes < close; minutes += stepMinutes) waiting.push(...clock.instantsOf(date, minutes));
		}
		// What lies after midnight may have to stand among the next day's.
		const midnight = clock.dayOf(date).end;
		const sorted = [...new Set(waiting)].sort((a, b) => a - b);
		yield* sorted.filter((start) => start < midnight);
		waiting = sorted.filter((start) => start >= midnight);
	}
	yield* waiting;
}

/** When the company is open, in order; periods that touch or overlap are one. */
function openPeriods(hours: OpeningHours, clock: ZoneClock, firstDate: string, lastDate: string): Period[] {
	const periods: Period[] = [];
	for (let date = firstDate; date <= lastDate; date = addDays(date, 1)) {
		for (const { open, close } of rangesOn(hours, date)) periods.push({ start: clock.firstInstantOf(date, open), end: clock.firstInstantOf(date, close) });
	}
	const joined: Period[] = [];
	for (const period of periods.sort((a, b) => a.start - b.start)) {
		const last = joined.at(-1);
		if (last !== undefined && period.start <= last.end) joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, period.end) };
		else joined.push(period);
	}
	return joined;
}

/** When what is wanted has no room, in order and apart. */
function fullPeriods({ busy, holds, capacity, places = 1, bufferBeforeMinutes, bufferAfterMinutes }: SlotQuery): Period[] {
	const room = capacity ?? Infinity;
	if (places > room) return [{ start: -Infinity, end: Infinity }];
	const edges: { readonly at: number; readonly closed: number; readonly places: number }[] = [];
	const take = ({ start, end, places: taken }: TakenTime, before: number, after: number, all: boolean): void => {
		const [first, last] = [Date.parse(start), Date.parse(end)];
		if (Number.isNaN(first) || Number.isNaN(last)) throw new RangeError(`"${start}" to "${end}" is no time; write ISO 8601.`);
		if (first >= last) return;
		const closed = taken === undefined && all ? 1 : 0;
		const used = closed === 1 ? 0 : (taken ?? 1);
		edges.push({ at: first - before * MINUTE, closed, places: used }, { at: last + after * MINUTE, closed: -closed, places: -used });
	};
	for (const interval of busy) take(interval, 0, 0, true);
	for (const interval of holds) take(interval, bufferBeforeMinutes, bufferAfterMinutes, false);
	edges.sort((a, b) => a.at - b.at);

	const full: Period[] = [];
	let [closed, used, since] = [0, 0, NaN];
	for (const [index, edge] of edges.entries()) {
		closed += edge.closed;
		used += edge.places;
		// Only what holds after all edges of this moment counts: one may end where the next starts.
		if (edges[index + 1]?.at === edge.at) continue;
		const isFull = closed > 0 || used + places > room;
		if (isFull && Number.isNaN(since)) since = edge.at;
		if (!isFull && !Number.isNaN(since)) {
			full.push({ start: since, end: edge.at });
			since = NaN;
		}
	}
	return full;
}
