import { describe, expect, it } from 'vitest';
import type { OpeningHours } from './opening-hours.ts';
import { freeSlots, isSlotFree, type SlotQuery } from './slots.ts';
import { WEEKDAYS } from './zone.ts';

const daily = (...ranges: [string, string][]): OpeningHours => ({ weekly: Object.fromEntries(WEEKDAYS.map((day) => [day, ranges])), closed: [], special: {} });
const BASE: SlotQuery = {
	hours: daily(['09:00', '12:00']), zone: 'Europe/Madrid', durationMinutes: 60, stepMinutes: 60, bufferBeforeMinutes: 0, bufferAfterMinutes: 0, minNoticeMinutes: 0, horizonDays: 0,
	busy: [], holds: [], capacity: 1, now: new Date('2026-11-30T00:00:00+01:00'),
};
const starts = (changes: Partial<SlotQuery>) => freeSlots({ ...BASE, ...changes }).map(({ start }) => start.slice(5, 16));
/** A whole hour of 30 November in Madrid. */
const hour = (from: number, to = from + 1) => ({ start: `2026-11-30T${String(from).padStart(2, '0')}:00:00+01:00`, end: `2026-11-30T${String(to).padStart(2, '0')}:00:00+01:00` });

describe('free slots', () => {
	it('stand on the grid of the opening and end by the closing', () => {
		expect(freeSlots(BASE)).toEqual([
			{ start: '2026-11-30T08:00:00.000Z', end: '2026-11-30T09:00:00.000Z' },
			{ start: '2026-11-30T09:00:00.000Z', end: '2026-11-30T10:00:00.000Z' },
			{ start: '2026-11-30T10:00:00.000Z', end: '2026-11-30T11:00:00.000Z' },
		]);
		expect(starts({ durationMinutes: 90, stepMinutes: 45 })).toEqual(['11-30T08:00', '11-30T08:45', '11-30T09:30']);
		expect(starts({ hours: daily(['09:00', '10:30'], ['16:00', '17:00']) })).toEqual(['11-30T08:00', '11-30T15:00']);
		expect(starts({ durationMinutes: 200 })).toEqual([]);
	});

	it('run over midnight and over hours that touch', () => {
		expect(starts({ hours: daily(['22:00', '02:00']), durationMinutes: 120, stepMinutes: 120, horizonDays: 1 })).toEqual(['11-29T23:00', '11-30T21:00', '11-30T23:00', '12-01T21:00']);
		// 01:00 is of the evening before.
		expect(starts({ hours: daily(['22:00', '02:00']) })).toEqual(['11-29T23:00', '11-30T00:00', '11-30T21:00', '11-30T22:00']);
		expect(starts({ hours: daily(['09:00', '10:30'], ['10:30', '12:00']), durationMinutes: 120 })).toEqual(['11-30T08:00', '11-30T09:00']);
		expect(starts({ hours: daily(['00:00', '24:00']), durationMinutes: 180, stepMinutes: 600 })).toEqual(['11-29T23:00', '11-30T09:00', '11-30T19:00']);
	});

	it('leave out closed days, and keep to the hours of a special one', () => {
		const hours = { ...daily(['09:00', '12:00']), closed: ['2026-12-01'], special: { '2026-12-02': [['18:00', '19:00']] as const, '2026-12-03': [], '2026-12-01': [['10:00', '11:00']] as const } };
		expect(starts({ hours, horizonDays: 4, stepMinutes: 120 })).toEqual(['11-30T08:00', '11-30T10:00', '12-02T17:00', '12-04T08:00', '12-04T10:00']);
	});

	it('are not in the past, nor sooner than the notice, nor beyond the horizon', () => {
		expect(starts({ now: new Date('2026-11-30T10:00:00+01:00') })).toEqual(['11-30T09:00', '11-30T10:00']);
		expect(starts({ now: new Date('2026-11-30T10:00:00.001+01:00') })).toEqual(['11-30T10:00']);
		expect(starts({ minNoticeMinutes: 601 })).toEqual(['11-30T10:00']);
		expect(starts({ from: new Date('2026-11-30T09:30:00Z'), horizonDays: 1 })).toEqual(['11-30T10:00', '12-01T08:00', '12-01T09:00', '12-01T10:00']);
		expect(starts({ from: new Date('2026-11-30T09:00:00Z'), to: new Date('2026-11-30T10:00:00Z') })).toEqual(['11-30T09:00']);
		expect(starts({ limit: 2 })).toEqual(['11-30T08:00', '11-30T09:00']);
		expect(starts({ limit: 0 })).toEqual([]);
	});

	it('leave busy time and its neighbours’ buffers free', () => {
		expect(starts({ busy: [hour(10)] })).toEqual(['11-30T08:00', '11-30T10:00']);
		expect(starts({ busy: [hour(10)], bufferAfterMinutes: 1 })).toEqual(['11-30T10:00']);
		expect(starts({ busy: [hour(10)], bufferBeforeMinutes: 1 })).toEqual(['11-30T08:00']);
		expect(starts({ hours: daily(['09:00', '20:00']), busy: [hour(10), hour(14), hour(15)] }).length).toBe(8);
	});

	it('keep both buffers between two appointments of the company’s own', () => {
		const hours = daily(['09:00', '14:00']);
		// 10:00–11:00 and 15 minutes after it, 15 before the next: 11:30 at the earliest.
		expect(starts({ hours, stepMinutes: 15, holds: [hour(10)], bufferBeforeMinutes: 15, bufferAfterMinutes: 15 }).slice(0, 2)).toEqual(['11-30T10:30', '11-30T10:45']);
		expect(starts({ hours, stepMinutes: 15, busy: [hour(10)], bufferBeforeMinutes: 15, bufferAfterMinutes: 15 }).slice(0, 2)).toEqual(['11-30T10:15', '11-30T10:30']);
	});

	it('count places: as many at once as there is room for', () => {
		expect(starts({ capacity: 2, holds: [hour(10)] }).length).toBe(3);
		expect(starts({ capacity: 2, holds: [hour(10), hour(10)] })).toEqual(['11-30T08:00', '11-30T10:00']);
		expect(starts({ capacity: 3, holds: [{ ...hour(10), places: 2 }], places: 2 })).toEqual(['11-30T08:00', '11-30T10:00']);
		// One after the other take one place, not two.
		expect(starts({ capacity: 2, durationMinutes: 180, holds: [hour(9), hour(10), hour(11)] })).toEqual(['11-30T08:00']);
		expect(starts({ capacity: 2, durationMinutes: 180, holds: [hour(11), hour(10), hour(9)] })).toEqual(['11-30T08:00']);
		expect(starts({ capacity: 2, durationMinutes: 180, holds: [hour(9), hour(10), hour(9, 12)] })).toEqual([]);
		// Somebody else's time is nobody's place.
		expect(starts({ capacity: 5, busy: [hour(10)] })).toEqual(['11-30T08:00', '11-30T10:00']);
		expect(starts({ capacity: 5, busy: [{ ...hour(10), places: 1 }] }).length).toBe(3);
		expect(starts({ capacity: 2, places: 3 })).toEqual([]);
		expect(starts({ capacity: null, holds: [hour(10), hour(10)], places: 9 }).length).toBe(3);
		expect(starts({ capacity: 0 })).toEqual([]);
	});

	it('never stand in the gap of a change, and show the doubled hour twice', () => {
		const night = { hours: daily(['00:00', '05:00']), stepMinutes: 30, durationMinutes: 30 };
		expect(starts({ ...night, now: new Date('2026-03-29T00:00:00+01:00') })).toEqual(['03-28T23:00', '03-28T23:30', '03-29T00:00', '03-29T00:30', '03-29T01:00', '03-29T01:30', '03-29T02:00', '03-29T02:30']);
		expect(starts({ ...night, now: new Date('2026-10-25T01:30:00+02:00') })).toEqual(['10-24T23:30', '10-25T00:00', '10-25T00:30', '10-25T01:00', '10-25T01:30', '10-25T02:00', '10-25T02:30', '10-25T03:00', '10-25T03:30']);
		// Opening inside the gap: from its end on. Closing in the overlap: at the first time that clocks show it.
		expect(starts({ hours: daily(['02:30', '04:00']), stepMinutes: 30, durationMinutes: 30, now: new Date('2026-03-29T00:00:00+01:00') })).toEqual(['03-29T01:00', '03-29T01:30']);
		expect(starts({ hours: daily(['01:00', '02:30']), stepMinutes: 30, durationMinutes: 30, now: new Date('2026-10-25T00:00:00+02:00') })).toEqual(['10-24T23:00', '10-24T23:30', '10-25T00:00']);
		// Half an hour, on the other side of the world; and the day that Samoa left out.
		expect(starts({ zone: 'Australia/Lord_Howe', hours: daily(['01:30', '03:00']), stepMinutes: 15, durationMinutes: 15, now: new Date('2026-10-04T01:30:00+10:30') })).toEqual(['10-03T15:00', '10-03T15:15', '10-03T15:30', '10-03T15:45']);
		expect(starts({ zone: 'Pacific/Apia', horizonDays: 2, stepMinutes: 180, now: new Date('2011-12-29T00:00:00-10:00') })).toEqual(['12-29T19:00', '12-30T19:00']);
	});

	it('last real minutes, also over a change', () => {
		const [slot] = freeSlots({ ...BASE, hours: daily(['01:00', '06:00']), durationMinutes: 180, now: new Date('2026-10-25T00:00:00+02:00') });
		expect(slot).toEqual({ start: '2026-10-24T23:00:00.000Z', end: '2026-10-25T02:00:00.000Z' });
	});

	it('are asked for one by one before they are held', () => {
		expect(isSlotFree(BASE, '2026-11-30T10:00:00+01:00')).toBe(true);
		expect(isSlotFree(BASE, '2026-11-30T10:30:00+01:00')).toBe(false);
		expect(isSlotFree({ ...BASE, holds: [hour(10)] }, '2026-11-30T10:00:00+01:00')).toBe(false);
	});

	it('refuse a step or a duration that would never end', () => {
		expect(() => freeSlots({ ...BASE, stepMinutes: 0 })).toThrow('stepMinutes must be above 0, not 0.');
		expect(() => freeSlots({ ...BASE, durationMinutes: -30 })).toThrow('durationMinutes must be above 0, not -30.');
		expect(() => freeSlots({ ...BASE, busy: [{ start: 'soon', end: 'later' }] })).toThrow('"soon" to "later" is no time');
	});
});
