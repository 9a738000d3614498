import { describe, expect, it } from 'vitest';
import { deliverySlots, type DeliveryQuery } from './delivery-slots.ts';
import { slowestDelivery } from './schedule.ts';

const BASE: DeliveryQuery = {
	windows: { weekly: { monday: [['10:00', '14:00'], ['16:00', '20:00']], tuesday: [['10:00', '14:00']], wednesday: [['10:00', '14:00']] }, closed: [], special: {} },
	cities: [{ city: 'Valencia', cutOff: '12:00' }, { city: 'Alicante', cutOff: null, windows: { weekly: { tuesday: [['09:00', '11:00']] }, closed: [], special: {} } }],
	city: 'Valencia', zone: 'Europe/Madrid', deliveryTimeHours: 3, taken: [], capacity: null, horizonDays: 2,
	// A Monday.
	now: new Date('2026-11-30T09:00:00+01:00'),
};
const windows = (changes: Partial<DeliveryQuery>) => deliverySlots({ ...BASE, ...changes }).map(({ date, start }) => `${date} ${new Date(Date.parse(start) + 3_600_000).toISOString().slice(11, 16)}`);

describe('delivery windows', () => {
	it('begin after the order is ready', () => {
		expect(deliverySlots({ ...BASE, limit: 1 })).toEqual([{ date: '2026-11-30', start: '2026-11-30T15:00:00.000Z', end: '2026-11-30T19:00:00.000Z' }]);
		expect(windows({})).toEqual(['2026-11-30 16:00', '2026-12-01 10:00', '2026-12-02 10:00']);
		expect(windows({ deliveryTimeHours: 1 })[0]).toBe('2026-11-30 10:00');
		expect(windows({ deliveryTimeHours: 24 })).toEqual(['2026-12-01 10:00', '2026-12-02 10:00']);
		expect(windows({ deliveryTimeHours: 25.5 })).toEqual(['2026-12-02 10:00']);
		expect(windows({ deliveryTimeHours: null })[0]).toBe('2026-11-30 10:00');
	});

	it('count an order after the city’s cut-off from the next midnight', () => {
		const at = (time: string) => ({ now: new Date(`2026-11-30T${time}+01:00`) });
		expect(windows(at('12:00:00'))[0]).toBe('2026-11-30 16:00');
		expect(windows(at('12:00:01'))[0]).toBe('2026-12-01 10:00');
		expect(windows({ ...at('12:00:01'), deliveryTimeHours: 11 })[0]).toBe('2026-12-02 10:00');
		// The city is the same in any language; another one has no cut-off.
		expect(windows({ ...at('12:00:01'), city: 'Валенсию' })[0]).toBe('2026-12-01 10:00');
		expect(windows({ ...at('12:00:01'), city: 'Castellón' })[0]).toBe('2026-11-30 16:00');
	});

	it('are those of the city where it has its own', () => {
		expect(windows({ city: 'ALICANTE' })).toEqual(['2026-12-01 09:00']);
	});

	it('leave out full ones, closed days and what is asked for later', () => {
		const booked = { start: '2026-11-30T16:00:00+01:00', end: '2026-11-30T20:00:00+01:00' };
		expect(windows({ capacity: 2, taken: [booked] })[0]).toBe('2026-11-30 16:00');
		expect(windows({ capacity: 2, taken: [booked, booked] })[0]).toBe('2026-12-01 10:00');
		expect(windows({ capacity: 2, taken: [{ ...booked, places: 2 }] })[0]).toBe('2026-12-01 10:00');
		expect(windows({ windows: { ...BASE.windows, closed: ['2026-12-01'] } })).toEqual(['2026-11-30 16:00', '2026-12-02 10:00']);
		expect(windows({ from: new Date('2026-12-01T10:00:00+01:00') })).toEqual(['2026-12-01 10:00', '2026-12-02 10:00']);
		expect(windows({ horizonDays: 0 })).toEqual(['2026-11-30 16:00']);
	});

	it('leave out a window that a change of the clocks leaves out, and the next midnight is the zone’s', () => {
		const night = { weekly: { sunday: [['02:00', '03:00'], ['02:30', '05:00']] as const }, closed: [], special: {} };
		const slots = deliverySlots({ ...BASE, windows: night, city: '', deliveryTimeHours: 0, now: new Date('2026-03-29T00:00:00+01:00') });
		expect(slots).toEqual([{ date: '2026-03-29', start: '2026-03-29T01:00:00.000Z', end: '2026-03-29T03:00:00.000Z' }]);
	});

	it('wait for the slowest product', () => {
		expect(slowestDelivery([{ deliveryTimeHours: 4 }, { deliveryTimeHours: null }, { deliveryTimeHours: 24 }])).toBe(24);
		expect(slowestDelivery([{ deliveryTimeHours: null }])).toBeNull();
	});
});
