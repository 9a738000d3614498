import { describe, expect, it } from 'vitest';
import type { BookedFacts } from '../../booking/schedule.ts';
import { scheduleOf } from '../../booking/test-support.ts';
import { decide } from '../decide.ts';
import { BOOKING_CHANGE } from '../session.ts';
import type { Proposal } from '../decision.ts';
import { KNOWN, NOW, SHOP, schedule, BOOKED, offer, judged, codes, accepted } from './test-support/salon.ts';
import { PORTS, factsOf, proposal, type Scene } from './test-support/shops.ts';

describe('changing a booking (rule 10)', () => {
	const booked = { bookings: [BOOKED], session: { cart: [] } };

	it('cancels in the customer’s own words', () => {
		expect(accepted('please cancel my haircut', { booking_change: { id: 'book_1', action: 'cancel' }, response: 'Your appointment has been cancelled.' }, booked).booking_change).toEqual({ id: 'book_1', action: 'cancel' });
		expect(codes('how much is a haircut?', { booking_change: { id: 'book_1', action: 'cancel' } }, booked)).toEqual(['booking_change_refused']);
	});

	it('cancels what the customer was asked about, whoever asked', () => {
		const asked = accepted('cancel my haircut', { response: 'Shall I cancel it?', intent: 'question' }, booked);
		expect(accepted('yes', { booking_change: { id: 'book_1', action: 'cancel' }, response: 'Your appointment has been cancelled.' }, { ...booked, session: { ...booked.session, extra: asked.session.extra } }).booking_change).toEqual({ id: 'book_1', action: 'cancel' });
		const elsewhere = accepted('how much is a haircut?', { response: 'Shall I tell you?', intent: 'question' }, { ...booked, session: { ...booked.session, extra: asked.session.extra } });
		expect(codes('yes', { booking_change: { id: 'book_1', action: 'cancel' } }, { ...booked, session: { ...booked.session, extra: elsewhere.session.extra } })).toEqual(['booking_change_refused']);
		const two = { bookings: [BOOKED, { ...BOOKED, id: 'book_2', start: '2030-01-08T09:00:00.000Z', end: '2030-01-08T10:00:00.000Z' }], session: { cart: [] } };
		const which = accepted('cancel my haircut', { response: 'Shall I cancel the one on Tuesday, 8 January at 10:00?', intent: 'question' }, two);
		expect(codes('yes', { booking_change: { id: 'book_1', action: 'cancel' } }, { ...two, session: { ...two.session, extra: which.session.extra } })).toEqual(['booking_change_refused']);
	});

	it('moves to a free time that the customer names', () => {
		const decision = accepted('can I come on Friday at 10 instead?', { booking_change: { id: 'book_1', action: 'move' }, slot: { start: '2030-01-04T09:00:00.000Z' }, response: 'Your appointment has been moved to Friday at 10:00.' }, booked);
		expect(decision).toMatchObject({ booking_change: { id: 'book_1', action: 'move' }, slot: { start: '2030-01-04T09:00:00.000Z', end: '2030-01-04T10:00:00.000Z' }, slots: [] });
		expect(codes('can I come tomorrow at 11 instead?', { booking_change: { id: 'book_1', action: 'move' }, slot: { start: '2030-01-03T10:00:00.000Z' } }, booked)).toEqual(['slot_not_free']);
		expect(codes('can I come another day?', { booking_change: { id: 'book_1', action: 'move' }, slot: { start: '2030-01-04T09:00:00.000Z' } }, booked)).toEqual(['slot_not_from_customer']);
		expect(codes('can I come another day?', { booking_change: { id: 'book_1', action: 'move' } }, booked)).toEqual(['booking_change_refused']);
	});

	it('is refused when it is too late, or when it is nobody’s or somebody else’s', () => {
		expect(codes('cancel it', { booking_change: { id: 'book_1', action: 'cancel' } }, { ...booked, bookings: [{ ...BOOKED, changeable: false }] })).toEqual(['booking_change_refused']);
		expect(codes('cancel it', { booking_change: { id: 'book_2', action: 'cancel' } }, booked)).toEqual(['booking_change_refused']);
	});

	it.each(['Your appointment has been cancelled.', 'I have moved your booking.', 'Su cita ha sido cancelada.', 'Ваша запись перенесена.', 'Ваш запис скасовано.', 'Ihr Termin wurde verschoben.'])('is not claimed without being made: “%s”', (response) => {
		expect(codes('please', { response, intent: 'question' }, booked)).toContain('order_state_not_in_facts');
	});
});

describe('what is said of a change that isn’t made', () => {
	const LATER: BookedFacts = { ...BOOKED, id: 'book_2', start: '2030-01-08T09:00:00.000Z', end: '2030-01-08T10:00:00.000Z' };
	const FRIDAY = { start: '2030-01-04T09:00:00.000Z' };
	const move = { id: 'book_1', action: 'move' } as const;
	const cancel = { id: 'book_1', action: 'cancel' } as const;
	const NO_OTHER = 'No other time can be offered for this booking now: hand over with the customer\'s words in quotes.handover.';
	const NO_SLOT = 'Say in "slot" where the booking moves to: a free time that the customer chose.';

	it.each<[string, string, Partial<Proposal>, Scene]>([
		['The customer has no booking "book_1" to come.', 'cancel it', { booking_change: cancel }, {}],
		['The customer has no booking "book_3" to come. Theirs: book_1 (Haircut, 2030-01-07T09:00:00.000Z), book_2 (Haircut, 2030-01-08T09:00:00.000Z).', 'cancel it', { booking_change: { ...cancel, id: 'book_3' } }, { bookings: [BOOKED, LATER] }],
		['"Haircut" can\'t be moved or cancelled by the customer any more: hand over with their words in quotes.handover.', 'cancel it', { booking_change: cancel }, { bookings: [{ ...BOOKED, changeable: false }] }],
		['The customer\'s message does not cancel a booking. Ask whether they want that.', 'yes', { booking_change: cancel }, { bookings: [BOOKED] }],
		['The customer\'s message does not cancel a booking. Ask whether they want that.', 'hm', { booking_change: cancel }, { bookings: [BOOKED], session: { cart: [], extra: { [BOOKING_CHANGE]: 'cancel:book_1' } } }],
		['The customer\'s message does not cancel a booking. Ask whether they want that.', 'yes', { booking_change: cancel }, { bookings: [BOOKED], session: { cart: [], extra: { [BOOKING_CHANGE]: 'cancel:book_2' } } }],
		[NO_OTHER, 'Friday at 10', { booking_change: move, slot: FRIDAY }, { bookings: [BOOKED], schedule: null }],
		[NO_OTHER, 'Friday at 10', { booking_change: move, slot: FRIDAY }, { bookings: [{ ...BOOKED, sku: 'gone' }] }],
		[NO_SLOT, 'Friday at 10', { booking_change: move }, { bookings: [BOOKED] }],
		[NO_SLOT, 'Friday at 10', { booking_change: move, slot: { start: 'Friday' } }, { bookings: [BOOKED] }],
		['"2030-01-03T10:00:00.000Z" is no free time of "Haircut". Offer what find_slots answers.', 'tomorrow at 11', { booking_change: move, slot: { start: '2030-01-03T10:00:00.000Z' } }, { bookings: [BOOKED] }],
		['"2030-01-04T09:00:00.000Z" is no free time of "Haircut". Offer what find_slots answers.', 'Friday at 10', { booking_change: move, slot: FRIDAY }, { bookings: [BOOKED], schedule: scheduleOf({ now: NOW, unknown: true }) }],
		['The customer\'s message does not choose 2030-01-04T09:00:00.000Z. Offer free times and let them choose.', 'Friday at 11', { booking_change: move, slot: FRIDAY }, { bookings: [BOOKED] }],
		['The customer\'s message does not choose 2030-01-04T09:00:00.000Z. Offer free times and let them choose.', 'the second one', { booking_change: move, slot: FRIDAY }, { bookings: [BOOKED], session: { cart: [], offeredSlots: offer(FRIDAY.start, '2030-01-04T10:30:00.000Z') } }],
	])('%s', (message, text, fields, scene) => {
		const result = judged(text, fields, { ...scene, session: { cart: [], ...scene.session } });
		expect(result.accepted ? [] : result.violations.map((violation) => violation.message)).toEqual([message]);
	});

	it('is nothing where that check is left out', () => {
		const changed = (text: string, bookings: readonly BookedFacts[]) => {
			const result = decide(factsOf(SHOP, { schedule, text, bookings, session: { ...KNOWN, cart: [] } }), { proposal: proposal({ response: 'Thank you, noted.', booking_change: cancel }), model: 'm', attempt: 1 }, { ...PORTS, without: 'booking_change_refused' });
			return result.accepted && result.decision.booking_change;
		};
		expect(changed('hm', [BOOKED])).toEqual(cancel);
		expect(changed('cancel it', [{ ...BOOKED, changeable: false }])).toEqual(cancel);
	});

	it('is nothing where the customer chooses of what was told of the booking’s own service', () => {
		const other = { kind: 'appointment', sku: 'mas', start: '2030-01-04T08:00:00.000Z', end: '2030-01-04T08:30:00.000Z' } as const;
		const scene = { bookings: [BOOKED], session: { cart: [], offeredSlots: [other, ...offer('2030-01-03T08:00:00.000Z', FRIDAY.start)] } };
		expect(accepted('the second one', { booking_change: move, slot: FRIDAY, response: 'Your appointment has been moved to Friday at 10:00.' }, scene)).toMatchObject({ booking_change: move, slot: FRIDAY });
	});

	it('waits for a “yes” to the one booking that may be cancelled', () => {
		const waits = (text: string, bookings: readonly BookedFacts[], response = 'Shall I cancel it?', fields: Partial<Proposal> = {}) => accepted(text, { response, intent: 'question', ...fields }, { bookings, session: { cart: [] } }).session.extra[BOOKING_CHANGE];
		expect(waits('cancel my haircut', [BOOKED])).toBe('cancel:book_1');
		expect(waits('cancel my haircut', [{ ...BOOKED, changeable: false }])).toBe('');
		expect(waits('how much is a haircut?', [BOOKED])).toBe('');
		expect(waits('cancel my haircut', [BOOKED, LATER])).toBe('');
		expect(waits('cancel my haircut', [BOOKED, LATER], 'Shall I cancel the one on Tuesday, 8 January at 10:00?')).toBe('cancel:book_2');
		expect(waits('cancel my haircut', [BOOKED], 'Your appointment has been cancelled.', { booking_change: cancel })).toBe('');
		expect(waits('cancel my haircut', [])).toBeUndefined();
	});
});
