/**
 * Wall time of IANA time zones by `Intl` alone: core has no dependency that knows zones. Dates are 'YYYY-MM-DD', times of day are minutes after
 * midnight (1440 is the next midnight), instants are milliseconds since 1970 in UTC.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** No offset is further from UTC, in whatever year. */
const FURTHEST = 16 * HOUR;

/** The zone's clock; made once a zone. Throws a RangeError for a name that `Intl` doesn't know. */
export function zoneClock(zone: string): ZoneClock {
	const known = CLOCKS.get(zone);
	if (known !== undefined) return known;
	if (!isTimeZone(zone)) throw new RangeError(`"${zone}" is no IANA time zone; write one such as "Europe/Madrid".`);
	const clock = new ZoneClock(zone);
	CLOCKS.set(zone, clock);
	return clock;
}

/** Zones are few (some hundreds of names), so they are kept. */
const CLOCKS = new Map<string, ZoneClock>();

/** Whether a name is an IANA zone ("Europe/Madrid", "UTC"). Bare offsets ("+02:00") know no summer time and are none. */
export function isTimeZone(name: string): boolean {
	if (!/^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/u.test(name)) return false;
	try {
		new Intl.DateTimeFormat('en-US', { timeZone: name });
		return true;
	} catch {
		return false;
	}
}

export interface Wall {
	readonly date: string;
	/** 0 to 1439; a fraction where the instant lies inside a minute. */
	readonly minutes: number;
}

export class ZoneClock {
	readonly zone: string;
	readonly #format: Intl.DateTimeFormat;
	/** By UTC day: the offset at its start, and the instant from which the next day's holds. Filled as asked. */
	readonly #days = new Map<number, { readonly before: number; readonly changesAt: number; readonly after: number }>();

	constructor(zone: string) {
		this.zone = zone;
		this.#format = new Intl.DateTimeFormat('en-US', {
			timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
		});
	}

	/** Milliseconds that the zone's clocks are ahead of UTC at an instant. */
	offsetAt(instant: number): number {
		const number = Math.floor(instant / DAY);
		const day = this.#days.get(number) ?? this.#day(number);
		return instant < day.changesAt ? day.before : day.after;
	}

	/** What the zone's clocks show. */
	wallAt(instant: number): Wall {
		const local = instant + this.offsetAt(instant);
		const day = Math.floor(local / DAY);
		return { date: isoDate(day * DAY), minutes: (local - day * DAY) / MINUTE };
	}

	dateAt(instant: number): string {
		return this.wallAt(instant).date;
	}

	/**
	 * The instants at which the clocks show a time of a date, ascending: none in the gap when clocks go forward, two in the overlap when they go
	 * back, else one.
	 *
	 * @param minutes after midnight; 1440 and more are of the days after
	 */
	instantsOf(date: string, minutes: number): readonly number[] {
		const local = epochOf(date) + minutes * MINUTE;
		const early = local - this.offsetAt(local - FURTHEST);
		const late = local - this.offsetAt(local + FURTHEST);
		const candidates = early === late ? [early] : early < late ? [early, late] : [late, early];
		return candidates.filter((instant) => instant + this.offsetAt(instant) === local);
	}

	/** The first instant at which the clocks show that time or a later one: in a gap its end, in an overlap the first of the two. */
	firstInstantOf(date: string, minutes: number): number {
		const [first] = this.instantsOf(date, minutes);
		if (first !== undefined) return first;
		const local = epochOf(date) + minutes * MINUTE;
		// In a gap the clocks jump over `local`: with the offset from before, the same instant lies behind the jump.
		return this.#changeBetween(local - FURTHEST - DAY, local + FURTHEST + DAY, local);
	}

	/** The first instant of a date, and that of the date after. (Where clocks go back over midnight, the date's last hour comes again after that.) */
	dayOf(date: string): { readonly start: number; readonly end: number } {
		return { start: this.firstInstantOf(date, 0), end: this.firstInstantOf(date, 1440) };
	}

	#changeBetween(from: number, to: number, local: number): number {
		let [low, high] = [from, to];
		// The clocks show less than `local` at `low` and more at `high`, and nothing between the two sides of the jump.
		while (high - low > 1) {
			const middle = Math.floor((low + high) / 2);
			if (middle + this.offsetAt(middle) < local) low = middle;
			else high = middle;
		}
		return high;
	}

	/** A zone changes its clocks at most once a day. */
	#day(number: number): { readonly before: number; readonly changesAt: number; readonly after: number } {
		const [start, end] = [number * DAY, (number + 1) * DAY];
		const [before, after] = [this.#read(start), this.#read(end)];
		let [low, high] = [start, end];
		if (before !== after) {
			// Whole seconds: older zones changed between minutes.
			while (high - low > 1000) {
				const middle = Math.floor((low + high) / 2000) * 1000;
				if (this.#read(middle) === before) low = middle;
				else high = middle;
			}
		}
		const day = { before, changesAt: high, after };
		if (this.#days.size >= MOST_DAYS) this.#days.clear();
		this.#days.set(number, day);
		return day;
	}

	/** The offset at a whole second, as `Intl` has it. */
	#read(second: number): number {
		const [month = 0, day = 0, year = 0, hour = 0, minute = 0, seconds = 0] = (this.#format.format(second).match(/\d+/gu) ?? []).map(Number);
		return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
	}
}

/** More than ten years of days a zone would be a caller's mistake. */
const MOST_DAYS = 4_000;

/** The date `days` later (or earlier). */
export function addDays(date: string, days: number): string {
	return isoDate(epochOf(date) + days * DAY);
}

/** Days from one date to another. */
export function daysBetween(from: string, to: string): number {
	return (epochOf(to) - epochOf(from)) / DAY;
}

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export function weekdayOf(date: string): Weekday {
	// 1 January 1970 was a Thursday.
	const number = (((epochOf(date) / DAY + 3) % 7) + 7) % 7;
	return WEEKDAYS[number] ?? 'monday';
}

/** Whether a text is a date of the calendar: "2026-02-29" is none. */
export function isDate(text: string): boolean {
	return /^\d{4}-\d\d-\d\d$/u.test(text) && !Number.isNaN(Date.parse(text)) && isoDate(epochOf(text)) === text;
}

function epochOf(date: string): number {
	return Date.parse(`${date}T00:00:00Z`);
}

function isoDate(epoch: number): string {
	return new Date(epoch).toISOString().slice(0, 10);
}

/** The instant of a text in ISO 8601; one without an offset is what the zone's clocks show, a date alone its first moment. null: it is none. */
export function instantFrom(written: string, zone: string): number | null {
	const local = /^(\d{4}-\d{2}-\d{2})(?:[t ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?)?$/iu.exec(written.trim());
	if (local === null) {
		const instant = Date.parse(written);
		return Number.isNaN(instant) ? null : instant;
	}
	const [, date = '', hours = '00', minutes = '00'] = local;
	if (Number.isNaN(Date.parse(`${date}T${hours}:${minutes}Z`))) return null;
	return zoneClock(zone).instantsOf(date, Number(hours) * 60 + Number(minutes))[0] ?? null;
}
