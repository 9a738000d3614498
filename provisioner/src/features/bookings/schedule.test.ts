import { expect, test } from 'vitest';
import { emptyItem } from '../../../../core/catalog/item.ts';
import { DEFAULT_CALENDAR_SETTINGS } from './calendar-settings.ts';
import { scheduleOf } from './schedule.ts';

const NOW = new Date('2030-01-07T09:00:00Z');
const settings = {
	...DEFAULT_CALENDAR_SETTINGS, min_notice_minutes: 0, step_minutes: 15,
	delivery_windows: { weekly: { monday: [['09:30', '09:45'], ['09:45', '10:15'], ['12:00', '14:00']] as [string, string][] }, closed: [], special: {} },
	opening_hours: { weekly: { monday: [['09:00', '12:00']] as [string, string][] }, closed: [], special: {} },
};
const schedule = scheduleOf({ calendar: { appointmentCalendarId: 'c', accountEmail: 'a@example.com', settings, timeZone: 'UTC' }, taken: [], bookings: [], freeChangeHours: 24 }, [], NOW);
const first = (kind: 'appointment' | 'delivery', priceCents: number, from?: string) =>
	schedule?.free({ kind, item: { ...emptyItem('a', kind === 'delivery' ? 'product' : 'service', 'A'), priceCents, durationMinutes: 15, deliveryTimeHours: 0 }, places: 1, city: '' }, from === undefined ? {} : { from }, 1)?.[0]?.start;

test.each(['appointment', 'delivery'] as const)('what is paid for is offered from when it can be paid before it begins: %s', (kind) => {
	expect(first(kind, 1_000)).toBe('2030-01-07T09:45:00.000Z');
	expect(first(kind, 1_000, '2030-01-07T09:15:00Z')).toBe('2030-01-07T09:45:00.000Z');
	expect(first(kind, 1_000, '2030-01-07T11:00:00Z')).toBe(kind === 'delivery' ? '2030-01-07T12:00:00.000Z' : '2030-01-07T11:00:00.000Z');
});

test('what is free begins whenever there is room', () => {
	expect(first('appointment', 0)).toBe('2030-01-07T09:00:00.000Z');
	expect(first('delivery', 0)).toBe('2030-01-07T09:30:00.000Z');
});
