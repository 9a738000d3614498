import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { addDays, daysBetween, isDate, isTimeZone, weekdayOf, WEEKDAYS, zoneClock } from './zone.ts';

/** Luxon is the oracle: it shares no code with the file under test. */
const ZONES = ['Europe/Madrid', 'America/New_York', 'Asia/Almaty', 'Australia/Lord_Howe', 'Pacific/Apia', 'Europe/Kyiv', 'Africa/Casablanca', 'America/St_Johns', 'Asia/Kathmandu', 'UTC'];
const zone = fc.constantFrom(...ZONES);
const from = Date.UTC(1990, 0, 1);
const to = Date.UTC(2037, 11, 31);
/** When a zone changed its clocks, or left out a day. */
const CHANGES: readonly (readonly [string, number])[] = (
	[
		['Europe/Madrid', '2026-03-29T01:00Z'], ['Europe/Madrid', '2026-10-25T01:00Z'], ['Europe/Kyiv', '2026-10-25T01:00Z'], ['America/New_York', '2026-03-08T07:00Z'],
		['America/New_York', '2026-11-01T06:00Z'], ['Asia/Almaty', '2024-02-29T19:00Z'], ['Australia/Lord_Howe', '2026-04-04T15:00Z'], ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
		['Pacific/Apia', '2011-12-30T10:00Z'], ['Pacific/Apia', '2021-04-03T14:00Z'], ['Africa/Casablanca', '2026-02-15T02:00Z'], ['America/St_Johns', '2026-11-01T04:30Z'],
	] as const
).map(([name, at]) => [name, Date.parse(at)]);
const instant = fc.oneof(
	fc.integer({ min: from / 1000, max: to / 1000 }).map((second) => second * 1000),
	fc.tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -26 * 60, max: 26 * 60 })).map(([[, change], minutes]) => change + minutes * 60_000),
);
const iso = (epoch: number) => new Date(epoch).toISOString();

/** By luxon: all instants at which the clocks show a wall time. */
function byLuxon(name: string, date: string, minutes: number): number[] {
	const wall = DateTime.fromISO(date, { zone: 'utc' }).plus({ minutes });
	const local = DateTime.fromObject({ year: wall.year, month: wall.month, day: wall.day, hour: wall.hour, minute: wall.minute }, { zone: name });
	const shown = (one: DateTime) => one.toFormat('yyyy-MM-dd HH:mm') === wall.toFormat('yyyy-MM-dd HH:mm');
	return [...new Set(local.getPossibleOffsets().filter(shown).map((one) => one.toMillis()))].sort((a, b) => a - b);
}

describe('a zone’s clock', () => {
	it('shows what luxon shows', () => {
		fc.assert(
			fc.property(zone, instant, (name, at) => {
				const expected = DateTime.fromMillis(at, { zone: name });
				const clock = zoneClock(name);
				const { date, minutes } = clock.wallAt(at);
				expect([clock.offsetAt(at), date, Math.round(minutes * 60)], `${name} ${iso(at)}`).toEqual([expected.offset * 60_000, expected.toISODate(), expected.hour * 3_600 + expected.minute * 60 + expected.second]);
			}),
			{ numRuns: 3_000 },
		);
	});

	it('finds the instants of a wall time that luxon finds: none in a gap, two in an overlap', () => {
		const seen = { 0: 0, 1: 0, 2: 0 };
		fc.assert(
			fc.property(fc.oneof(fc.tuple(zone, instant), fc.constantFrom(...CHANGES)), fc.integer({ min: -10, max: 10 }), ([name, near], quarters) => {
				const shown = zoneClock(name).wallAt(near);
				const minutes = Math.floor(shown.minutes / 15) * 15 + quarters * 15;
				const found = zoneClock(name).instantsOf(shown.date, minutes);
				seen[found.length as 0 | 1 | 2] += 1;
				expect(found.map(iso), `${name} ${shown.date} ${minutes}`).toEqual(byLuxon(name, shown.date, minutes).map(iso));
			}),
			{ numRuns: 3_000 },
		);
		expect(Math.min(seen[0], seen[2]), `gaps and overlaps were tried: ${JSON.stringify(seen)}`).toBeGreaterThan(40);
	});

	it('comes back to the instant that it started from', () => {
		fc.assert(
			fc.property(zone, instant, (name, at) => {
				const { date, minutes } = zoneClock(name).wallAt(at);
				expect(zoneClock(name).instantsOf(date, minutes)).toContain(at);
			}),
			{ numRuns: 2_000 },
		);
	});

	it.each([
		['Europe/Madrid', '2026-03-29', 150, []],
		['Europe/Madrid', '2026-10-25', 150, ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']],
		['America/New_York', '2026-03-08', 150, []],
		['America/New_York', '2026-11-01', 90, ['2026-11-01T05:30:00.000Z', '2026-11-01T06:30:00.000Z']],
		// Half an hour.
		['Australia/Lord_Howe', '2026-10-04', 135, []],
		['Australia/Lord_Howe', '2026-04-05', 105, ['2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z']],
		// Kazakhstan took one time in 2024; Samoa left out a day in 2011.
		['Asia/Almaty', '2024-02-29', 1410, ['2024-02-29T17:30:00.000Z', '2024-02-29T18:30:00.000Z']],
		['Pacific/Apia', '2011-12-30', 720, []],
	])('in %s at %s, minute %i, is at %j', (name, date, minutes, expected) => {
		expect(zoneClock(name).instantsOf(date, minutes).map(iso)).toEqual(expected);
	});

	it('starts a day at its first instant, also where midnight or the whole day is left out', () => {
		// Newfoundland's clocks went back at 00:01 until 2011: the day before came back for an hour, after its end.
		const plain = fc.constantFrom(...ZONES.filter((name) => name !== 'America/St_Johns'));
		fc.assert(
			fc.property(plain, instant, (name, at) => {
				const { date } = zoneClock(name).wallAt(at);
				const { start, end } = zoneClock(name).dayOf(date);
				expect([start <= at && at < end, zoneClock(name).dateAt(start), zoneClock(name).dateAt(start - 1) < date, zoneClock(name).dateAt(end) > date]).toEqual([true, date, true, true]);
				expect(iso(start)).toBe(iso(DateTime.fromMillis(at, { zone: name }).startOf('day').toMillis()));
			}),
			{ numRuns: 2_000 },
		);
		const apia = zoneClock('Pacific/Apia').dayOf('2011-12-30');
		expect([iso(apia.start), iso(apia.end)]).toEqual(['2011-12-30T10:00:00.000Z', '2011-12-30T10:00:00.000Z']);
		expect(iso(zoneClock('Europe/Madrid').firstInstantOf('2026-03-29', 150))).toBe('2026-03-29T01:00:00.000Z');
	});
});

describe('dates and zones', () => {
	it('count as luxon counts', () => {
		fc.assert(
			fc.property(fc.integer({ min: -5_000, max: 30_000 }), fc.integer({ min: -800, max: 800 }), (day, days) => {
				const date = DateTime.fromMillis(day * 86_400_000, { zone: 'utc' });
				expect([addDays(date.toISODate() ?? '', days), weekdayOf(date.toISODate() ?? ''), daysBetween(date.toISODate() ?? '', date.plus({ days }).toISODate() ?? '')]).toEqual([
					date.plus({ days }).toISODate(), WEEKDAYS[date.weekday - 1], days,
				]);
			}),
		);
	});

	it.each([['2026-02-28', true], ['2026-02-29', false], ['2028-02-29', true], ['2026-13-01', false], ['26-01-01', false], ['', false]])('knows whether %j is a date', (text, known) => {
		expect(isDate(text)).toBe(known);
	});

	it.each([['Europe/Madrid', true], ['America/Argentina/Buenos_Aires', true], ['Etc/GMT+3', true], ['UTC', true], ['+02:00', false], ['Europe/Atlantis', false], ['', false]])('knows whether %j is a zone', (name, known) => {
		expect(isTimeZone(name)).toBe(known);
	});

	it('refuses a zone by its name', () => {
		expect(() => zoneClock('Mars/Base')).toThrow('"Mars/Base" is no IANA time zone; write one such as "Europe/Madrid".');
	});
});
