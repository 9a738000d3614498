import { z } from 'zod';
import { addDays, isDate, weekdayOf, WEEKDAYS, type Weekday } from './zone.ts';

/** From and to, as clocks show it: ['09:00', '18:00']. One that ends before it starts ends on the next day: ['20:00', '02:00']. */
export type HoursRange = readonly [string, string];

/** When a company is open, in its own time zone. */
export interface OpeningHours {
	/** A weekday that is left out is closed. A range over midnight belongs to the day on which it starts. */
	readonly weekly: { readonly [Day in Weekday]?: readonly HoursRange[] | undefined };
	/** Days ('YYYY-MM-DD') on which nothing starts, whatever the weekday. What began the evening before runs to its end. */
	readonly closed: readonly string[];
	/** Days with hours of their own, in place of the weekday's. [] is closed. */
	readonly special: Readonly<Record<string, readonly HoursRange[]>>;
}

const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/u;

const time = z.string().refine((text) => TIME.test(text), { error: ({ input }) => `${quoted(input)} is no time of day; write HH:MM, from "00:00" to "24:00"` });
const date = z.string().refine(isDate, { error: ({ input }) => `${quoted(input)} is no date; write YYYY-MM-DD` });

const range = z.tuple([time, time], { error: 'a range is two times, e.g. ["09:00", "18:00"]' }).superRefine(([from, to], context) => {
	if (!TIME.test(from) || !TIME.test(to)) return;
	if (from === '24:00') context.addIssue({ code: 'custom', message: '"24:00" is the end of a day; a range that starts at midnight starts at "00:00"' });
	else if (from === to) context.addIssue({ code: 'custom', message: `the range starts and ends at "${from}"; for a whole day write ["00:00", "24:00"], for none leave it out` });
});

const ranges = z
	.array(range)
	.max(12, { error: 'a day has at most 12 ranges' })
	.superRefine((day, context) => {
		const sorted = [...day].map(minutesOf).sort((a, b) => a.open - b.open);
		for (const [index, { open, close }] of sorted.entries()) {
			const next = sorted[index + 1];
			if (next !== undefined && next.open < close) context.addIssue({ code: 'custom', message: `the ranges ${shown(open, close)} and ${shown(next.open, next.close)} overlap; join them` });
		}
	});

const day = ranges.optional();

/** Opening hours as they come from outside. Every message says which value is wrong and what to write. */
export const openingHoursSchema = z
	.strictObject({
		weekly: z.strictObject(
			{ monday: day, tuesday: day, wednesday: day, thursday: day, friday: day, saturday: day, sunday: day },
			{ error: (issue) => (issue.code === 'unrecognized_keys' ? `${issue.keys.map(quoted).join(', ')}: a weekday is one of ${WEEKDAYS.join(', ')}` : undefined) },
		),
		closed: z.array(date).max(400).default([]),
		special: z.record(z.string(), ranges).default({}),
	})
	.superRefine(({ weekly, special }, context) => {
		for (const key of Object.keys(special)) {
			if (!isDate(key)) context.addIssue({ code: 'custom', path: ['special', key], message: `${quoted(key)} is no date; write YYYY-MM-DD` });
		}
		for (const [index, weekday] of WEEKDAYS.entries()) {
			const next = WEEKDAYS[(index + 1) % 7] ?? 'monday';
			const late = (weekly[weekday] ?? []).map(minutesOf).find(({ close }) => close > MINUTES_A_DAY);
			const early = (weekly[next] ?? []).map(minutesOf).find(({ open }) => late !== undefined && open + MINUTES_A_DAY < late.close);
			if (late === undefined || early === undefined) continue;
			context.addIssue({ code: 'custom', path: ['weekly', next], message: `${shown(early.open, early.close)} starts before ${weekday}'s ${shown(late.open, late.close)} has ended; join them` });
		}
	}) satisfies z.ZodType<OpeningHours>;

const MINUTES_A_DAY = 1440;

/** Minutes after midnight of the day on which the range starts; `close` is above 1440 where it ends on the next day. */
export interface OpenRange {
	readonly open: number;
	readonly close: number;
}

/** The ranges that start on a date, in order. */
export function rangesOn(hours: OpeningHours, day: string): readonly OpenRange[] {
	if (hours.closed.includes(day)) return [];
	const own = Object.hasOwn(hours.special, day) ? hours.special[day] : hours.weekly[weekdayOf(day)];
	return (own ?? []).map(minutesOf).sort((a, b) => a.open - b.open);
}

/** The first date from `day` on with opening hours; null when there is none in the next 400 days. */
export function nextOpenDate(hours: OpeningHours, day: string): string | null {
	for (let days = 0; days <= 400; days += 1) {
		const date = addDays(day, days);
		if (rangesOn(hours, date).length > 0) return date;
	}
	return null;
}

/** "18:30" → 1110. */
export function timeInMinutes(text: string): number {
	const [hours = 0, minutes = 0] = text.split(':').map(Number);
	return hours * 60 + minutes;
}

function minutesOf([from, to]: HoursRange): OpenRange {
	const [open, close] = [timeInMinutes(from), timeInMinutes(to)];
	return { open, close: close > open ? close : close + MINUTES_A_DAY };
}

function shown(open: number, close: number): string {
	const time = (minutes: number) => `${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
	return `${time(open)}–${close % MINUTES_A_DAY === 0 ? '24:00' : time(close)}`;
}

function quoted(input: unknown): string {
	return JSON.stringify(String(input).slice(0, 60));
}
