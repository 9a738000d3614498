import { describe, expect, it } from 'vitest';
import { emptyItem } from '../catalog/item.ts';
import { pickSlot, slotsToOffer } from './pick-slot.ts';
import { chosenFor, freeBeside, needsAddress, slotNeeds, type SlotNeed } from './schedule.ts';
import { readSaidSlots } from './read-slot-choice.ts';
import { scheduleOf } from './test-support.ts';

const NOW = '2030-01-02T10:00:00.000Z';
const ZONE = 'Europe/Madrid';
const cut = { ...emptyItem('cut', 'service', 'Haircut'), durationMinutes: 60 };
const need: SlotNeed = { kind: 'appointment', item: cut, places: 1 };
const schedule = scheduleOf({ now: NOW, busy: [{ start: '2030-01-03T10:00:00Z', end: '2030-01-03T11:00:00Z' }] });
const free = (period: { from?: string; to?: string } = {}, limit?: number) => schedule.free({ ...need, city: '' }, period, limit);
const at = (start: string) => ({ start, end: new Date(Date.parse(start) + 3_600_000).toISOString() });
const pick = (text: string, offered: readonly string[] = [], agrees = false) => pickSlot(text, { offered: offered.map(at), free, zone: ZONE, now: new Date(NOW), agrees });

describe('picking a time', () => {
	it('takes a free one that was told, by place or by time', () => {
		const offered = ['2030-01-03T08:00:00.000Z', '2030-01-04T08:00:00.000Z'];
		expect(pick('the second', offered)).toEqual({ kind: 'chosen', slot: at('2030-01-04T08:00:00.000Z') });
		expect(pick('tomorrow', offered)).toEqual({ kind: 'chosen', slot: at('2030-01-03T08:00:00.000Z') });
	});

	it('takes an exact free time that was not told, and the earliest', () => {
		expect(pick('Friday at 12:30')).toEqual({ kind: 'chosen', slot: at('2030-01-04T11:30:00.000Z') });
		expect(pick('as soon as possible')).toEqual({ kind: 'chosen', slot: at('2030-01-02T12:00:00.000Z') });
	});

	it('tells what is free on a day, and asks when several fit', () => {
		expect(pick('on Friday')).toMatchObject({ kind: 'wish', fits: true, slots: { length: 6 } });
		expect(pick('at 9:00', ['2030-01-03T08:00:00.000Z', '2030-01-04T08:00:00.000Z'])).toMatchObject({ kind: 'ambiguous', slots: { length: 2 } });
	});

	it('offers the next ones for a time that is not free, also when it was told and has been taken since', () => {
		expect(pick('tomorrow at 11')).toMatchObject({ kind: 'wish', fits: false, slots: [at('2030-01-03T11:00:00.000Z'), ...Array.from({ length: 5 }, () => expect.anything())] });
		expect(pick('the first', ['2030-01-03T10:00:00.000Z'])).toMatchObject({ kind: 'wish', fits: false });
	});

	it('agrees to the only one that was told, to none of several', () => {
		expect(pick('yes', ['2030-01-04T08:00:00.000Z'], true)).toMatchObject({ kind: 'chosen' });
		expect(pick('yes', ['2030-01-04T08:00:00.000Z', '2030-01-04T09:00:00.000Z'], true)).toEqual({ kind: 'none' });
		expect(pick('yes', ['2030-01-04T08:00:00.000Z'])).toEqual({ kind: 'none' });
	});

	it('says that nothing is free when nothing is', () => {
		const none = pickSlot('tomorrow at 10', { offered: [], free: () => [], zone: ZONE, now: new Date(NOW), agrees: false });
		expect(none).toEqual({ kind: 'wish', fits: false, slots: [] });
	});
});

describe('a few of many', () => {
	it('are the first of each half of several days, or spread over one', () => {
		expect(slotsToOffer(free() ?? [], ZONE).map(({ start }) => start)).toEqual([
			'2030-01-02T12:00:00.000Z', '2030-01-03T08:00:00.000Z', '2030-01-03T12:00:00.000Z', '2030-01-04T08:00:00.000Z', '2030-01-04T12:00:00.000Z', '2030-01-07T08:00:00.000Z',
		]);
		const friday = free({ from: '2030-01-04T00:00:00Z', to: '2030-01-05T00:00:00Z' }) ?? [];
		expect(friday.length).toBeGreaterThan(6);
		const offered = slotsToOffer(friday, ZONE);
		expect(offered).toHaveLength(6);
		expect(new Set(offered.map(({ start }) => start)).size).toBe(6);
		expect(slotsToOffer(friday.slice(0, 3), ZONE)).toEqual(friday.slice(0, 3));
	});
});

describe('what an order needs', () => {
	const all = { appointmentSlot: true, deliverySlot: true, address: true };
	const tea = { ...emptyItem('tea', 'product', 'Tea'), deliveryTimeHours: 2 };
	const cake = { ...emptyItem('cake', 'product', 'Cake'), deliveryTimeHours: 48 };
	const pdf = { ...emptyItem('pdf', 'product', 'Guide'), online: true };
	const lines = [tea, cut, cake, pdf].map((item) => ({ item, quantity: 2 }));

	it('is a time for each service and one for all that is delivered, with the slowest product', () => {
		expect(slotNeeds(lines, all).map(({ kind, item, places }) => [kind, item.sku, places])).toEqual([['appointment', 'cut', 2], ['delivery', 'cake', 1]]);
		expect(slotNeeds(lines, { ...all, appointmentSlot: false, deliverySlot: false })).toEqual([]);
		expect(slotNeeds([{ item: pdf, quantity: 1 }], all)).toEqual([]);
	});

	it('finds a delivery’s time whatever the product it was chosen for', () => {
		const slot = { kind: 'delivery', sku: 'tea', ...at('2030-01-04T09:00:00.000Z') } as const;
		expect(slotNeeds(lines, all).map((one) => chosenFor(one, [slot]))).toEqual([undefined, slot]);
	});

	it('is an address for what is brought, or for a service without a place', () => {
		expect(needsAddress([{ item: tea, quantity: 1 }], { asks: all, place: 'Calle Mayor 1' })).toBe(true);
		expect(needsAddress([{ item: tea, quantity: 1 }], { asks: { ...all, address: false }, place: '' })).toBe(false);
		expect(needsAddress([{ item: pdf, quantity: 1 }], { asks: all, place: '' })).toBe(false);
		expect(needsAddress([{ item: cut, quantity: 1 }], { asks: all, place: '' })).toBe(true);
		expect(needsAddress([{ item: cut, quantity: 1 }], { asks: all, place: 'Calle Mayor 1' })).toBe(false);
		expect(needsAddress([{ item: { ...cut, officeAddress: 'Calle Mayor 1' }, quantity: 1 }], { asks: all, place: '' })).toBe(false);
	});

	it('never has two appointments at once', () => {
		const taken = { kind: 'appointment', sku: 'other', ...at('2030-01-04T08:00:00.000Z') } as const;
		const beside = freeBeside(schedule, need, '', [taken]);
		expect(beside({ from: '2030-01-04T07:00:00Z' }, 1)).toEqual([at('2030-01-04T09:00:00.000Z')]);
		expect(freeBeside(schedule, need, '', [{ ...taken, sku: 'cut' }])({ from: '2030-01-04T07:00:00Z' }, 1)).toEqual([at('2030-01-04T08:00:00.000Z')]);
	});
});

describe('what a text says about when', () => {
	const slots = free() ?? [];
	const said = (text: string, before = '') => readSaidSlots(text, { slots, zone: ZONE, now: new Date(NOW) }, before);

	it.each(['Thu 3 Jan, 10:00', 'on Friday at 9:00, 10:30 and 15:00', 'mañana a las 10 o a las 13:30', 'в пятницу в 10:30', 'am Freitag um halb elf', 'from Monday on'])('holds: “%s”', (text) => {
		expect(said(text).allFit).toBe(true);
	});

	it.each(['tomorrow at 11:00', 'on Friday at 9:00 and 20:30', 'on Saturday', 'el domingo a las 10', 'в субботу в 10:30', 'on Friday 11 January at 20:00'])('does not hold: “%s”', (text) => {
		expect(said(text).allFit).toBe(false);
	});

	it('takes the day of a time from what stands before it', () => {
		expect(said('10:00', 'Friday:').told).toEqual([at('2030-01-04T09:00:00.000Z')]);
		expect(said('11:00', 'Tomorrow:').allFit).toBe(false);
		expect(said('11:00', 'Tomorrow: 10:00. Friday, 4 January:').told).toEqual([at('2030-01-04T10:00:00.000Z')]);
	});

	it('tells the coming day of a weekday', () => {
		expect(said('Friday at 12:30').told).toEqual([at('2030-01-04T11:30:00.000Z')]);
	});
});
