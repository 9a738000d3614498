import { describe, expect, it } from 'vitest';
import { scheduleOf } from '../../booking/test-support.ts';
import { decide } from '../decide.ts';
import { KNOWN, NOW, SHOP, schedule, BOOKED, offer, judged, codes, accepted } from './test-support/salon.ts';
import { PORTS, factsOf, proposal, type Scene } from './test-support/shops.ts';

describe('what is said of a time that can’t be had', () => {
	const told = (text: string, start: string, scene: Scene = {}) => {
		const result = judged(text, { slot: { start } }, scene);
		return (result.accepted ? result.decision.violations : result.violations).map(({ message }) => message);
	};

	it('is which ones are free instead, from then on', () => {
		expect(told('tomorrow at 11', '2030-01-03T10:00:00.000Z')).toContain('"2030-01-03T10:00:00.000Z" is no free time of "Haircut". Free: 2030-01-03T11:00:00.000Z, 2030-01-03T12:00:00.000Z, 2030-01-04T08:00:00.000Z, 2030-01-04T12:00:00.000Z, 2030-01-07T08:00:00.000Z, 2030-01-07T12:00:00.000Z. Offer what find_slots answers.');
		expect(told('tomorrow at 9', 'tomorrow')).toContain('"tomorrow" is no free time of "Haircut". Free: 2030-01-02T12:00:00.000Z, 2030-01-03T08:00:00.000Z, 2030-01-03T12:00:00.000Z, 2030-01-04T08:00:00.000Z, 2030-01-04T12:00:00.000Z, 2030-01-07T08:00:00.000Z. Offer what find_slots answers.');
	});

	it('is that none is, and why an order goes without one, while the calendars don’t answer', () => {
		expect(told('tomorrow at 9', '2030-01-03T08:00:00.000Z', { schedule: scheduleOf({ now: NOW, unknown: true }) })).toContain('"2030-01-03T08:00:00.000Z" is no free time of "Haircut". None is free. Offer what find_slots answers.');
		expect(accepted('pay please', { send_payment_link: true, response: 'Thank you, Anna! The payment link follows.' }, { schedule: scheduleOf({ now: NOW, unknown: true }) }).violations.map(({ message }) => message)).toEqual(['The calendars don\'t say what is taken, so no time was agreed for "Haircut". Agree on it with the customer.']);
	});

	it('is that the customer didn’t choose it', () => {
		expect(told('the cheapest please', '2030-01-04T08:00:00.000Z')).toContain('The customer\'s message does not choose 2030-01-04T08:00:00.000Z. Offer free times and let them choose.');
	});
});

describe('a check of times that is left out', () => {
	const slotsWithout = (without: 'slot_not_free' | 'slot_not_from_customer', text: string, start: string | null, session: Scene['session'] = {}) => {
		const proposed = proposal({ response: 'Thank you, noted.', intent: 'order', slot: start === null ? null : { start } });
		const result = decide(factsOf(SHOP, { schedule, text, session: { ...KNOWN, ...session } }), { proposal: proposed, model: 'm', attempt: 1 }, { ...PORTS, without });
		return result.accepted ? result.decision.slots.map(({ start: from, end }) => `${from} ${end}`) : result.violations.map(({ code }) => code);
	};
	const TAKEN = '2030-01-03T10:00:00.000Z';

	it('lets a taken time through, which the customer still has to name', () => {
		expect(slotsWithout('slot_not_free', 'tomorrow at 11', TAKEN)).toEqual([`${TAKEN} 2030-01-03T11:00:00.000Z`]);
		for (const text of ['tomorrow at 12', 'tomorrow at 9']) expect(slotsWithout('slot_not_free', text, TAKEN), text).toEqual(['slot_not_from_customer']);
		expect(slotsWithout('slot_not_free', 'tomorrow at 11', 'tomorrow')).toEqual(['slot_not_free']);
	});

	it('lets a time through that nobody named, and keeps one that the customer wants no more', () => {
		expect(slotsWithout('slot_not_from_customer', 'the cheapest please', '2030-01-04T08:00:00.000Z')).toEqual(['2030-01-04T08:00:00.000Z 2030-01-04T09:00:00.000Z']);
		expect(slotsWithout('slot_not_from_customer', 'better on Friday', null, { slots: offer('2030-01-03T08:00:00.000Z') })).toEqual(['2030-01-03T08:00:00.000Z 2030-01-03T09:00:00.000Z']);
		expect(slotsWithout('slot_not_from_customer', 'tomorrow at 11', TAKEN)).toEqual(['slot_not_free']);
	});
});

describe('times that an answer may tell (rule 1)', () => {
	const nothing = { session: { cart: [] } };
	const says = (response: string, scene: Scene = nothing, text = 'and when?') => codes(text, { response, intent: 'question' }, scene).join(' ');
	const free = (pick: (need: { readonly sku: string; readonly places: number; readonly city: string }) => string | null): Scene['schedule'] => ({
		...schedule,
		free: ({ item: { sku, durationMinutes }, places, city }) => {
			const start = pick({ sku, places, city });
			return start === null ? [] : [{ start, end: new Date(Date.parse(start) + (durationMinutes ?? 60) * 60_000).toISOString() }];
		},
	});

	it('are those of the day that was named before', () => {
		expect(says('These times are free tomorrow:\n• 9:00\n• 12:00', {})).toBe('');
		expect(says('These times are free tomorrow:\n• 9:00\n• 11:00', {})).toBe('date_not_in_facts');
		expect(says('These times are free on Friday:\n• 9:00\n• 11:00', {})).toBe('');
	});

	it('are those of the item that the sentence names', () => {
		expect(says('The Haircut is possible on Friday at 17:00. The Massage is possible on Friday at 17:30.')).toBe('');
		expect(says('The Massage is possible on Friday at 17:00. The Haircut is possible on Friday at 17:30.')).toBe('date_not_in_facts');
	});

	it('are those of what is booked, with or without calendars', () => {
		const booked = { bookings: [BOOKED], ...nothing };
		expect(says('Friday at 9:00 is free.', booked)).toBe('');
		expect(says('Your haircut is on Monday, 7 January at 10:00.', { ...booked, schedule: null })).toBe('');
		expect(says('Your haircut is on Monday, 7 January at 11:00.', { ...booked, schedule: null })).toBe('date_not_in_facts');
		expect(says('Friday at 9:00 is free.', { schedule: scheduleOf({ now: NOW, unknown: true }) })).toBe('date_not_in_facts');
	});

	it('are those of as many places as the cart has, in its city', () => {
		const two = { session: { cart: [{ sku: 'cut', quantity: 2 }] } };
		const places = free(({ sku, places: count }) => (sku === 'cut' ? (count === 2 ? '2030-01-04T08:00:00.000Z' : null) : count === 1 ? '2030-01-04T09:00:00.000Z' : null));
		expect(says('The Haircut is possible on Friday at 9:00.', { ...two, schedule: places })).toBe('');
		expect(says('The Massage is possible on Friday at 10:00.', { ...two, schedule: places })).toBe('');
		const inMadrid = free(({ city }) => (city === 'Madrid' ? '2030-01-04T08:00:00.000Z' : null));
		expect(says('Friday at 9:00 is possible.', { schedule: inMadrid })).toBe('');
	});

	it('are the time that a booking moves to, though it is free in another city', () => {
		const elsewhere = free(({ city }) => (city === 'Toledo' ? '2030-01-04T09:00:00.000Z' : null));
		const scene = { schedule: elsewhere, bookings: [{ ...BOOKED, city: 'Toledo' }], session: { cart: [] } };
		expect(codes('can I come on Friday at 10 instead?', { booking_change: { id: 'book_1', action: 'move' }, slot: { start: '2030-01-04T09:00:00.000Z' }, response: 'Your appointment has been moved to Friday at 10:00.' }, scene)).toEqual([]);
	});

	it('are told in sixty sentences at most', () => {
		expect(says('Friday at 9:00. '.repeat(60), {})).toBe('');
		expect(says('Friday at 9:00. '.repeat(61), {})).toContain('date_not_in_facts');
	});

	it('are on offer, without those chosen or booked', () => {
		const offers = (response: string, scene: Scene) => accepted('and when?', { response, intent: 'question' }, scene).session.offeredSlots.map(({ sku, start }) => `${sku} ${start}`);
		expect(offers('Your haircut would be on Friday at 9:00. Tomorrow at 9:00 is free too.', { session: { slots: offer('2030-01-04T08:00:00.000Z') } })).toEqual(['cut 2030-01-03T08:00:00.000Z']);
		const booked = { bookings: [BOOKED], ...nothing };
		expect(offers('Your haircut is on Monday, 7 January at 10:00. Friday at 9:00 is free too.', booked)).toEqual(['cut 2030-01-04T08:00:00.000Z']);
		expect(offers('The Massage is possible on Monday, 7 January at 10:00.', { ...booked, bookings: [{ ...BOOKED, end: '2030-01-07T09:30:00.000Z' }] })).toEqual(['mas 2030-01-07T09:00:00.000Z']);
		expect(accepted('please cancel my haircut', { booking_change: { id: 'book_1', action: 'cancel' }, response: 'Your appointment has been cancelled.' }, { bookings: [BOOKED], session: { cart: [], offeredSlots: offer('2030-01-04T08:00:00.000Z') } }).session.offeredSlots).toEqual([]);
	});
});
