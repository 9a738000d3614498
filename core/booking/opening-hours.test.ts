import { describe, expect, it } from 'vitest';
import { nextOpenDate, openingHoursSchema, rangesOn } from './opening-hours.ts';

const read = (hours: unknown) => {
	const parsed = openingHoursSchema.safeParse(hours);
	return parsed.success ? parsed.data : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('opening hours', () => {
	it('are read as they are written', () => {
		expect(read({ weekly: { monday: [['09:00', '13:00'], ['15:00', '20:00']], saturday: [] } })).toEqual({ weekly: { monday: [['09:00', '13:00'], ['15:00', '20:00']], saturday: [] }, closed: [], special: {} });
	});

	it.each([
		[{ weekly: { monday: [['9:00', '18:00']] } }, 'weekly.monday.0.0: "9:00" is no time of day; write HH:MM, from "00:00" to "24:00"'],
		[{ weekly: { monday: [['09:00', '25:00']] } }, 'weekly.monday.0.1: "25:00" is no time of day; write HH:MM, from "00:00" to "24:00"'],
		[{ weekly: { monday: [['09:00', '09:00']] } }, 'weekly.monday.0: the range starts and ends at "09:00"; for a whole day write ["00:00", "24:00"], for none leave it out'],
		[{ weekly: { monday: [['24:00', '09:00']] } }, 'weekly.monday.0: "24:00" is the end of a day; a range that starts at midnight starts at "00:00"'],
		[{ weekly: { monday: [['09:00']] } }, 'weekly.monday.0: a range is two times, e.g. ["09:00", "18:00"]'],
		[{ weekly: { monday: [['15:00', '20:00'], ['09:00', '15:30']] } }, 'weekly.monday: the ranges 09:00–15:30 and 15:00–20:00 overlap; join them'],
		[{ weekly: { sunday: [['20:00', '02:00']], monday: [['01:00', '05:00']] } }, "weekly.monday: 01:00–05:00 starts before sunday's 20:00–02:00 has ended; join them"],
		[{ weekly: {}, closed: ['2026-02-30'] }, 'closed.0: "2026-02-30" is no date; write YYYY-MM-DD'],
	])('%j says what is wrong', (hours, message) => {
		expect(read(hours)).toEqual([message]);
	});

	it('refuse a weekday and a date that there is not', () => {
		expect(read({ weekly: { lunes: [] } })).toEqual(['weekly: "lunes": a weekday is one of monday, tuesday, wednesday, thursday, friday, saturday, sunday']);
		expect(read({ weekly: {}, special: { tomorrow: [] } })).toEqual(['special.tomorrow: "tomorrow" is no date; write YYYY-MM-DD']);
		expect(read({ weekly: {}, open: true })).toEqual([expect.stringContaining('open')]);
	});

	it('are those of the weekday, of the special day, or none on a closed one', () => {
		const hours = openingHoursSchema.parse({ weekly: { monday: [['15:00', '20:00'], ['09:00', '13:00']], friday: [['20:00', '02:00']] }, closed: ['2026-12-07'], special: { '2026-12-08': [['10:00', '24:00']], '2026-12-14': [] } });
		expect(rangesOn(hours, '2026-11-30')).toEqual([{ open: 540, close: 780 }, { open: 900, close: 1200 }]);
		expect(rangesOn(hours, '2026-12-04')).toEqual([{ open: 1200, close: 1560 }]);
		expect(['2026-12-07', '2026-12-14', '2026-12-09'].map((date) => rangesOn(hours, date))).toEqual([[], [], []]);
		expect(rangesOn(hours, '2026-12-08')).toEqual([{ open: 600, close: 1440 }]);
		expect([nextOpenDate(hours, '2026-12-05'), nextOpenDate(hours, '2026-12-08'), nextOpenDate({ weekly: {}, closed: [], special: {} }, '2026-12-08')]).toEqual(['2026-12-08', '2026-12-08', null]);
	});
});
