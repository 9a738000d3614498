import { z } from 'zod';
import type { ShopItem } from './shop.ts';

/** When every dialogue takes place: a Wednesday, 11:00 in Madrid. */
export const NOW = '2030-01-02T10:00:00.000Z';
export const HORIZON_DAYS = 14;
const STEP_MINUTES = 30;
const NOTICE_MINUTES = 120;
const MINUTE = 60_000;

/** As the company's clocks show it: "2030-01-04 10:00". */
export const localTimeSchema = z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d$/u);
const range = z.tuple([z.string().regex(/^\d\d:\d\d$/u), z.string().regex(/^\d\d:\d\d$/u)]);

/** A company's connected calendar: open on weekdays, at the same hours. */
export const calendarSchema = z.strictObject({
	zone: z.string().default('Europe/Madrid'),
	hours: range.default(['09:00', '18:00']),
	/** In which it delivers. */
	windows: z.array(range).default([['10:00', '14:00'], ['14:00', '18:00']]),
	/** What is taken, from and to. */
	busy: z.array(z.tuple([localTimeSchema, localTimeSchema])).default([]),
	/** What an order has to know. */
	asks: z.strictObject({ appointment: z.boolean().default(true), delivery: z.boolean().default(true), address: z.boolean().default(true) }).prefault({}),
	/** Where services take place; '' = at the customer's. */
	place: z.string().default('Calle Mayor 1'),
	/** It doesn't answer: nobody knows what is taken. */
	unknown: z.boolean().default(false),
});
export type Calendar = z.output<typeof calendarSchema>;

/** What the customer has booked before the dialogue. */
export const bookingSchema = z.strictObject({ id: z.string(), sku: z.string(), start: localTimeSchema, end: localTimeSchema, changeable: z.boolean().default(true) });

/** In milliseconds since 1970, half-open. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

export interface Booking extends Span {
	readonly id: string;
	readonly sku: string;
	readonly changeable: boolean;
}

/** What is known about times when an answer is sent. */
export interface Times {
	readonly calendar: Calendar;
	/** By others and by this conversation. */
	readonly taken: readonly Span[];
	readonly bookings: readonly Booking[];
}

/** "2030-01-04 10:00" */
export function localOf(instant: number, zone: string): string {
	const clock = CLOCKS.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
	CLOCKS.set(zone, clock);
	return clock.format(instant);
}

/** Slow to make. */
const CLOCKS = new Map<string, Intl.DateTimeFormat>();

/** No clock changes in the weeks of the dialogues. */
export function instantOf(local: string, zone: string): number {
	const asIfUtc = (text: string): number => Date.parse(`${text.replace(' ', 'T')}:00Z`);
	const guess = asIfUtc(local);
	return guess - (asIfUtc(localOf(guess, zone)) - guess);
}

/** The times of an item that nobody has, in this file's own arithmetic: what an answer may offer, and an order may have. */
export function freeTimes(times: Times, item: ShopItem): readonly Span[] {
	const ofTimes = FREE.get(times) ?? new Map<string, readonly Span[]>();
	FREE.set(times, ofTimes);
	const known = ofTimes.get(item.sku) ?? freeNow(times, item);
	ofTimes.set(item.sku, known);
	return known;
}

const FREE = new WeakMap<Times, Map<string, readonly Span[]>>();

function freeNow({ calendar, taken }: Times, item: ShopItem): readonly Span[] {
	if (item.kind === 'service' && calendar.unknown) return [];
	const now = Date.parse(NOW);
	const earliest = item.kind === 'service' ? now + NOTICE_MINUTES * MINUTE : now + (item.delivery_hours ?? 0) * 60 * MINUTE;
	return workdays(calendar.zone).flatMap((date) => (item.kind === 'service' ? appointmentsOn(date, calendar, item.minutes ?? 60) : windowsOn(date, calendar)))
		.filter((span) => span.start >= earliest && !taken.some((one) => overlap(one, span)));
}

export const overlap = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;

/** 'YYYY-MM-DD', today first. */
export function datesAhead(zone: string): string[] {
	return Array.from({ length: HORIZON_DAYS + 1 }, (_, days) => localOf(Date.parse(NOW) + days * 24 * 60 * MINUTE, zone).slice(0, 10));
}

/** 0 = Sunday */
export const weekdayOf = (date: string): number => new Date(`${date}T00:00:00Z`).getUTCDay();

const workdays = (zone: string): string[] => datesAhead(zone).filter((date) => weekdayOf(date) % 6 !== 0);

function windowsOn(date: string, { windows, zone }: Calendar): Span[] {
	return windows.map(([from, to]) => ({ start: instantOf(`${date} ${from}`, zone), end: instantOf(`${date} ${to}`, zone) }));
}

function appointmentsOn(date: string, { hours: [open, close], zone }: Calendar, minutes: number): Span[] {
	const [first, last] = [instantOf(`${date} ${open}`, zone), instantOf(`${date} ${close}`, zone)];
	const spans: Span[] = [];
	for (let start = first; start + minutes * MINUTE <= last; start += STEP_MINUTES * MINUTE) spans.push({ start, end: start + minutes * MINUTE });
	return spans;
}
