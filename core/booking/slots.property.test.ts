import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import type { OpeningHours } from './opening-hours.ts';
import { freeSlots, type SlotQuery, type TakenTime } from './slots.ts';
import { WEEKDAYS } from './zone.ts';

/*
 * An oracle of its own: it walks real time, asks luxon what clocks show, and counts places moment by moment, so that it shares neither the
 * sweep nor the zone arithmetic with what it judges. All times are multiples of five minutes.
 */
const MINUTE = 60_000;
/** A zone, and a day near which its clocks change. */
const PLACES = [
	['Europe/Madrid', '2026-10-24'], ['Europe/Madrid', '2026-03-28'], ['America/New_York', '2026-10-31'], ['Asia/Almaty', '2024-02-29'], ['Australia/Lord_Howe', '2026-04-04'],
	['Australia/Lord_Howe', '2026-10-03'], ['Pacific/Apia', '2011-12-29'], ['UTC', '2026-06-01'],
] as const;
const quarters = (max: number) => fc.integer({ min: 0, max: max * 4 }).map((count) => count * 15);
const clockTime = (minutes: number) => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
/** Up to two ranges a day, the last of which may end on the next day, but before 04:00, when no other begins. */
const ranges = fc.uniqueArray(fc.integer({ min: 16, max: 95 }), { minLength: 0, maxLength: 3 }).chain((marks) => {
	const sorted = marks.map((mark) => mark * 15).sort((a, b) => a - b);
	return fc.constantFrom(0, 60, 135, 210).map((night): [string, string][] =>
		sorted.length === 0 ? [] : sorted.length === 1 ? [[clockTime(sorted[0]!), clockTime(night)]] : [[clockTime(sorted[0]!), clockTime(sorted[1]!)], ...(sorted.length === 3 ? [[clockTime(sorted[2]!), clockTime(night)] as [string, string]] : [])],
	);
});
const hours = fc.tuple(fc.array(ranges, { minLength: 7, maxLength: 7 }), fc.boolean()).map(
	([days, always]): OpeningHours => ({ weekly: Object.fromEntries(WEEKDAYS.map((day, index) => [day, always ? [['00:00', '24:00']] : (days[index] ?? [])])), closed: [], special: {} }),
);

const query = fc.constantFrom(...PLACES).chain(([zone, day]) => {
	const midnight = DateTime.fromISO(day, { zone }).toMillis();
	const taken = fc.record({ from: quarters(72), minutes: quarters(5), places: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }) }).map(({ from, minutes, places }): TakenTime => ({
		start: DateTime.fromMillis(midnight + from * MINUTE, { zone }).toISO()!, end: DateTime.fromMillis(midnight + (from + minutes) * MINUTE, { zone }).toISO()!, ...(places === undefined ? {} : { places }),
	}));
	return fc.record({
		hours, zone: fc.constant(zone as string), durationMinutes: fc.constantFrom(15, 30, 45, 60, 90, 180), stepMinutes: fc.constantFrom(15, 20, 30, 60), bufferBeforeMinutes: fc.constantFrom(0, 0, 5, 15, 60),
		bufferAfterMinutes: fc.constantFrom(0, 0, 10, 30), minNoticeMinutes: fc.constantFrom(0, 0, 60, 600), horizonDays: fc.integer({ min: 0, max: 3 }), busy: fc.array(taken, { maxLength: 6 }), holds: fc.array(taken, { maxLength: 8 }),
		capacity: fc.constantFrom(null, 1, 2, 4), places: fc.constantFrom(1, 1, 2), now: quarters(30).map((minutes) => new Date(midnight + minutes * MINUTE)),
	});
});

/** What luxon says that clocks show; asked once an instant, for it is slow. */
const SHOWN = new Map<string, { readonly minutes: number; readonly today: number; readonly yesterday: number; readonly date: string }>();
function shown(zone: string, at: number) {
	const key = `${zone} ${at}`;
	const known = SHOWN.get(key);
	if (known !== undefined) return known;
	const local = DateTime.fromMillis(at, { zone });
	// The day before by the calendar, also where the zone left one out.
	const yesterday = DateTime.fromObject({ year: local.year, month: local.month, day: local.day }, { zone: 'utc' }).minus({ days: 1 });
	const made = { minutes: local.hour * 60 + local.minute, today: local.weekday - 1, yesterday: yesterday.weekday - 1, date: local.toISODate()! };
	SHOWN.set(key, made);
	return made;
}

/** Whether a range covers what clocks show at an instant, and (for starts) whether it comes there from its opening in whole steps. */
function isOpen({ hours: { weekly }, zone }: SlotQuery, at: number, step = 1): boolean {
	const { minutes, today, yesterday } = shown(zone, at);
	const within = (weekday: number, now: number) =>
		(weekly[WEEKDAYS[weekday]!] ?? []).some(([from, to]) => {
			const [open, until] = [from, to].map((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))) as [number, number];
			return now >= open && now < (until > open ? until : until + 1440) && (now - open) % step === 0;
		});
	return within(today, minutes) || within(yesterday, minutes + 1440);
}

/** Clocks went back over an opening: they show a time before it again, and who has opened stays open. */
function staysOpen(asked: SlotQuery, at: number): boolean {
	const offset = (moment: number) => DateTime.fromMillis(moment, { zone: asked.zone }).offset;
	for (let before = at - FIVE; before > at - 3 * 3_600_000; before -= FIVE) {
		if (offset(before) > offset(at)) return isOpen(asked, before) && at - before <= (offset(before) - offset(at)) * MINUTE;
	}
	return false;
}

/** Whether there is room for what is wanted at a moment. */
function hasRoom(asked: SlotQuery, at: number): boolean {
	const covers = ({ start, end }: TakenTime, before = 0, after = 0) => Date.parse(start) < Date.parse(end) && at >= Date.parse(start) - before * MINUTE && at < Date.parse(end) + after * MINUTE;
	const busy = asked.busy.filter((one) => covers(one));
	if (busy.some(({ places }) => places === undefined)) return false;
	const held = asked.holds.filter((one) => covers(one, asked.bufferBeforeMinutes, asked.bufferAfterMinutes));
	const used = [...busy, ...held].reduce((sum, { places }) => sum + (places ?? 1), 0);
	return asked.capacity === null || used + (asked.places ?? 1) <= asked.capacity;
}

/** Every moment at which anything can change: all times here are multiples of five minutes. */
const momentsIn = (from: number, to: number) => Array.from({ length: Math.ceil((to - from) / FIVE) }, (_, index) => from + index * FIVE);
const FIVE = 5 * MINUTE;

describe('free slots, whatever the hours, the zone and what is taken', () => {
	it('lie whole in the opening hours, have room all the time, are in the future, sorted and each once', () => {
		let [found, queries] = [0, 0];
		fc.assert(
			fc.property(query, (asked: SlotQuery) => {
				const slots = freeSlots(asked);
				const starts = slots.map(({ start }) => Date.parse(start));
				expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
				const lastDay = DateTime.fromJSDate(asked.now, { zone: asked.zone }).startOf('day').plus({ days: asked.horizonDays }).toISODate()!;
				for (const [index, start] of starts.entries()) {
					const end = start + asked.durationMinutes * MINUTE;
					expect(Date.parse(slots[index]!.end)).toBe(end);
					expect(start).toBeGreaterThanOrEqual(asked.now.getTime() + asked.minNoticeMinutes * MINUTE);
					expect(DateTime.fromMillis(start, { zone: asked.zone }).toISODate()! <= lastDay).toBe(true);
					expect(momentsIn(start, end).filter((at) => !isOpen(asked, at) && !staysOpen(asked, at)), `open during ${slots[index]!.start} in ${asked.zone}`).toEqual([]);
					expect(momentsIn(start - asked.bufferBeforeMinutes * MINUTE, end + asked.bufferAfterMinutes * MINUTE).filter((at) => !hasRoom(asked, at))).toEqual([]);
				}
				found += slots.length;
				queries += 1;
			}),
			{ numRuns: 300 },
		);
		expect(found / queries, 'slots a query').toBeGreaterThan(3);
	});

	it('leave none out: every start on the grid that fits is offered', () => {
		fc.assert(
			fc.property(query, (asked: SlotQuery) => {
				const offered = new Set(freeSlots(asked).map(({ start }) => Date.parse(start)));
				const now = asked.now.getTime();
				const end = DateTime.fromJSDate(asked.now, { zone: asked.zone }).startOf('day').plus({ days: asked.horizonDays + 1 }).toMillis();
				const room = new Map<number, boolean>();
				const roomAt = (at: number) => room.get(at) ?? room.set(at, hasRoom(asked, at)).get(at)!;
				const fits = momentsIn(now, end).filter((at) => {
					const last = at + asked.durationMinutes * MINUTE;
					return (
						isOpen(asked, at, asked.stepMinutes) && at >= now + asked.minNoticeMinutes * MINUTE && momentsIn(at, last).every((moment) => isOpen(asked, moment)) &&
						momentsIn(at - asked.bufferBeforeMinutes * MINUTE, last + asked.bufferAfterMinutes * MINUTE).every(roomAt)
					);
				});
				// An opening or closing that clocks show twice: the first of the two counts, which the oracle (wall time only) can't tell.
				expect(fits.filter((at) => !offered.has(at) && !nearOverlap(asked.zone, at)).map((at) => new Date(at).toISOString())).toEqual([]);
			}),
			{ numRuns: 150 },
		);
	});

	it('are the same whatever offset the taken times are written in, and whatever their order', () => {
		fc.assert(
			fc.property(query, fc.integer(), (asked: SlotQuery, seed) => {
				const rewritten = (taken: readonly TakenTime[]) =>
					[...taken].sort((a, b) => ((Date.parse(a.start) ^ seed) >>> 0) - ((Date.parse(b.start) ^ seed) >>> 0)).map((one) => ({ ...one, start: new Date(one.start).toISOString(), end: DateTime.fromISO(one.end).setZone('Asia/Kathmandu').toISO()! }));
				expect(freeSlots({ ...asked, busy: rewritten(asked.busy), holds: rewritten(asked.holds) })).toEqual(freeSlots(asked));
			}),
			{ numRuns: 200 },
		);
	});

	it('are a part of themselves for a smaller window and a limit', () => {
		fc.assert(
			fc.property(query, quarters(60), quarters(20), fc.integer({ min: 1, max: 5 }), (asked: SlotQuery, from, length, limit) => {
				const [first, last] = [new Date(asked.now.getTime() + from * MINUTE), new Date(asked.now.getTime() + (from + length) * MINUTE)];
				const all = freeSlots(asked).filter(({ start }) => start >= first.toISOString() && start < last.toISOString());
				expect(freeSlots({ ...asked, from: first, to: last, limit })).toEqual(all.slice(0, limit));
			}),
			{ numRuns: 200 },
		);
	});
});

function nearOverlap(zone: string, at: number): boolean {
	return [-3, 3].some((hoursAway) => DateTime.fromMillis(at + hoursAway * 60 * MINUTE, { zone }).offset !== DateTime.fromMillis(at, { zone }).offset);
}

describe('speed', () => {
	it('finds 30 days of slots among 500 busy intervals in at most 5 ms', () => {
		const now = new Date('2026-10-10T06:00:00Z');
		const busy = Array.from({ length: 500 }, (_, index) => {
			const start = now.getTime() + index * 87 * MINUTE;
			return { start: new Date(start).toISOString(), end: new Date(start + (10 + (index % 7) * 10) * MINUTE).toISOString() };
		});
		const asked: SlotQuery = {
			hours: { weekly: Object.fromEntries(WEEKDAYS.map((day) => [day, [['08:00', '13:00'], ['13:00', '23:00']]])), closed: [], special: {} }, zone: 'Europe/Madrid', durationMinutes: 30, stepMinutes: 15,
			bufferBeforeMinutes: 5, bufferAfterMinutes: 0, minNoticeMinutes: 60, horizonDays: 30, busy, holds: [], capacity: 1, now,
		};
		const count = freeSlots(asked).length;
		const times = Array.from({ length: 60 }, () => {
			const started = performance.now();
			freeSlots(asked);
			return performance.now() - started;
		}).sort((a, b) => a - b);
		const median = times[30]!;
		console.info(`30 days, 500 busy intervals: ${count} slots, median ${median.toFixed(2)} ms, slowest of 60 ${times.at(-1)!.toFixed(2)} ms`);
		expect(count).toBeGreaterThan(200);
		expect(median).toBeLessThan(5);
	});
});
