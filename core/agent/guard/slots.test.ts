import { describe, expect, it } from 'vitest';
import type { BookedFacts } from '../../booking/schedule.ts';
import { scheduleOf } from '../../booking/test-support.ts';
import { emptyItem, type Item } from '../../catalog/item.ts';
import { decide } from '../decide.ts';
import type { Decision, Proposal } from '../decision.ts';
import { BOOKING_CHANGE } from '../session.ts';
import { factsOf, PORTS, proposal, type Scene } from './test-support/shops.ts';

const NOW = '2030-01-02T10:00:00.000Z';
const CUT: Item = { ...emptyItem('cut', 'service', 'Haircut'), priceCents: 3000, durationMinutes: 60, duration: '60 minutes', paymentReminderHours: 2, cities: ['Madrid'] };
const MASSAGE: Item = { ...emptyItem('mas', 'service', 'Massage'), priceCents: 4000, durationMinutes: 30, duration: '30 minutes', paymentReminderHours: 2, cities: ['Madrid'] };
const TEA: Item = { ...emptyItem('tea', 'product', 'Green tea'), priceCents: 900, paymentReminderHours: 2, cities: ['Madrid'], deliveryTimeHours: 2 };
const SHOP = [CUT, MASSAGE, TEA];
const busy = [{ start: '2030-01-03T10:00:00Z', end: '2030-01-03T11:00:00Z' }];
const schedule = scheduleOf({ now: NOW, busy });
const BOOKED: BookedFacts = { id: 'book_1', kind: 'appointment', sku: 'cut', name: 'Haircut', places: 1, city: 'Madrid', zone: 'Europe/Madrid', start: '2030-01-07T09:00:00.000Z', end: '2030-01-07T10:00:00.000Z', changeable: true };
const KNOWN = { greeted: true, language: 'English', city: 'Madrid', phone: '+34600111222', clientName: 'Anna', address: 'Calle Mayor 5', cart: [{ sku: 'cut', quantity: 1 }] } as const;
const offer = (...starts: readonly string[]) => starts.map((start) => ({ kind: 'appointment', sku: 'cut', start, end: new Date(Date.parse(start) + 3_600_000).toISOString() }) as const);

function judged(text: string, fields: Partial<Proposal>, scene: Scene = {}) {
	const facts = factsOf(SHOP, { schedule, ...scene, text, session: { ...KNOWN, ...scene.session } });
	return decide(facts, { proposal: proposal({ response: 'Thank you, Anna!', intent: 'order', ...fields }), model: 'm', attempt: 1 }, PORTS);
}
const codes = (...args: Parameters<typeof judged>): readonly string[] => {
	const result = judged(...args);
	return result.accepted ? [] : result.violations.map(({ code }) => code);
};
function accepted(...args: Parameters<typeof judged>): Decision & { readonly session: Extract<ReturnType<typeof judged>, { accepted: true }>['session'] } {
	const result = judged(...args);
	if (!result.accepted) throw new Error(result.violations.map(({ code, message }) => `${code}: ${message}`).join('\n'));
	return { ...result.decision, session: result.session };
}

describe('the time of an order (rule 10)', () => {
	const commit = { send_payment_link: true, response: 'Thank you, Anna! The payment link follows.' } as const;
	const offered = { session: { offeredSlots: offer('2030-01-03T08:00:00.000Z', '2030-01-04T08:00:00.000Z') } };

	it.each([
		['the second one', '2030-01-04T08:00:00.000Z'],
		['on Friday', '2030-01-04T08:00:00.000Z'],
		['tomorrow at 9', '2030-01-03T08:00:00.000Z'],
		['Friday at 11:30 would be better', '2030-01-04T10:30:00.000Z'],
	])('is what “%s” chooses', (text, start) => {
		const decision = accepted(text, { ...commit, slot: { start } }, offered);
		expect(decision).toMatchObject({ send_payment_link: true, slot: { start }, slots: [{ SKU: 'cut', start, end: new Date(Date.parse(start) + 3_600_000).toISOString() }] });
		expect(decision.session).toMatchObject({ slots: [], offeredSlots: [], cart: [] });
	});

	it('may be written as the company’s clocks show it', () => {
		expect(accepted('Friday at 11:30', { ...commit, slot: { start: '2030-01-04T11:30' } }).slot?.start).toBe('2030-01-04T10:30:00.000Z');
		expect(accepted('Friday at 11:30', { ...commit, slot: { start: '2030-01-04T11:30:00+01:00', sku: 'cut' } }).slot?.start).toBe('2030-01-04T10:30:00.000Z');
	});

	it.each([
		['taken', 'tomorrow at 11', '2030-01-03T10:00:00.000Z'],
		['outside the opening hours', 'tomorrow at 20:00', '2030-01-03T19:00:00.000Z'],
		['on a closed day', 'Saturday at 10', '2030-01-05T09:00:00.000Z'],
		['past', 'today at 9', '2030-01-02T08:00:00.000Z'],
		['no time', 'tomorrow at 9', 'tomorrow'],
	])('is refused when it is %s', (_why, text, start) => {
		expect(codes(text, { ...commit, slot: { start } })).toContain('slot_not_free');
	});

	it.each(['the cheapest please', 'yes', 'not on Friday', 'on Monday'])('is not chosen by “%s”', (text) => {
		expect(codes(text, { ...commit, slot: { start: '2030-01-04T08:00:00.000Z' } }, offered)).toContain('slot_not_from_customer');
	});

	it('is agreed to when only one was told', () => {
		expect(accepted('yes please', { ...commit, slot: { start: '2030-01-04T08:00:00.000Z' } }, { session: { offeredSlots: offer('2030-01-04T08:00:00.000Z') } }).slots).toHaveLength(1);
	});

	it('is missing until it is chosen, and kept once it is', () => {
		expect(codes('I want to pay', { send_payment_link: true })).toEqual(['missing_details']);
		const chosen = accepted('the second one', { slot: { start: '2030-01-04T08:00:00.000Z' }, response: 'Thank you, noted.' }, { session: { ...offered.session, phone: '' } });
		expect(chosen).toMatchObject({ send_payment_link: false, slots: [{ SKU: 'cut', start: '2030-01-04T08:00:00.000Z' }] });
		expect(chosen.session).toMatchObject({ slots: [{ kind: 'appointment', sku: 'cut', start: '2030-01-04T08:00:00.000Z' }], awaiting: ['phone'] });
		expect(accepted('+34600111222', { ...commit, recipient_phone_number: '+34600111222' }, { session: { ...chosen.session, phone: '' } }).slots).toHaveLength(1);
	});

	it.each(['no, rather on Friday at 11:30', 'better on Friday', 'el viernes a las 11:30', 'лучше в пятницу'])('is chosen no longer once the customer says “%s”, whatever a model makes of it', (text) => {
		const kept = { session: { slots: offer('2030-01-03T08:00:00.000Z') } };
		expect(codes(text, { send_payment_link: true }, kept)).toEqual(['missing_details']);
		expect(codes(text, { ...commit, slot: { start: '2030-01-03T08:00:00.000Z' } }, kept)).toContain('slot_not_from_customer');
		expect(accepted('pay please', commit, kept).slots).toHaveLength(1);
	});

	it('is waited for: what has none yet is not left out to get the order through', () => {
		const both = { session: { cart: [{ sku: 'cut', quantity: 1 }, { sku: 'mas', quantity: 1 }] } };
		const half = { ...commit, items: [{ SKU: 'cut', quantity: 1 }], slot: { start: '2030-01-04T08:00:00.000Z', sku: 'cut' } };
		expect(codes('Friday at 9', half, both)).toContain('item_left_out');
		expect(codes('Friday at 9, without the massage', half, both)).not.toContain('item_left_out');
	});

	it('counts nothing, and neither does a house', () => {
		expect(codes('Friday at 10:00', { ...commit, items: [{ SKU: 'cut', quantity: 10 }], slot: { start: '2030-01-04T09:00:00.000Z' } })).toContain('quantity_not_from_customer');
		expect(codes('my address is Calle Mayor 12', { items: [{ SKU: 'tea', quantity: 12 }], response: 'Thank you, noted.' }, { session: { cart: [{ sku: 'tea', quantity: 1 }] } })).toContain('quantity_not_from_customer');
	});

	it('is asked for again when it was taken since', () => {
		expect(codes('pay', { send_payment_link: true }, { session: { slots: offer('2030-01-03T10:00:00.000Z') } })).toEqual(['missing_details']);
	});

	it('is of one service each: what overlaps another one of the order is not free', () => {
		const both = { session: { cart: [{ sku: 'cut', quantity: 1 }, { sku: 'mas', quantity: 1 }], slots: offer('2030-01-04T08:00:00.000Z') } };
		expect(codes('Friday at 9:30', { ...commit, slot: { start: '2030-01-04T08:30:00.000Z' } }, both)).toContain('slot_not_free');
		expect(accepted('Friday at 10', { ...commit, slot: { start: '2030-01-04T09:00:00.000Z' } }, both).slots.map(({ SKU }) => SKU)).toEqual(['cut', 'mas']);
	});

	it('is not needed without a calendar, nor while the calendars don’t answer: then the operator is told', () => {
		expect(accepted('pay please', commit, { schedule: null })).toMatchObject({ slots: [], violations: [] });
		expect(accepted('pay please', commit, { schedule: scheduleOf({ now: NOW, unknown: true }) }).violations.map(({ code }) => code)).toEqual(['slots_not_known']);
	});
});

describe('the address (rule 10)', () => {
	const delivered = { session: { cart: [{ sku: 'tea', quantity: 1 }], address: '', slots: [{ kind: 'delivery', sku: 'tea', start: '2030-01-04T09:00:00.000Z', end: '2030-01-04T13:00:00.000Z' }] } } as const;
	const commit = { send_payment_link: true, response: 'Thank you, Anna! The payment link follows.' } as const;

	it('is the customer’s own, in whatever order', () => {
		expect(codes('pay', { send_payment_link: true }, delivered)).toEqual(['missing_details']);
		expect(accepted('It goes to Calle Mayor 5, 2º B', { ...commit, address: 'Calle Mayor 5, 2º B' }, delivered).address).toBe('Calle Mayor 5, 2º B');
		expect(codes('It goes to Calle Mayor 5', { ...commit, address: 'Calle Mayor 15' }, delivered)).toContain('address_not_from_customer');
	});

	it('is not needed for what is online or has a place of its own', () => {
		expect(accepted('Friday at 10', { ...commit, slot: { start: '2030-01-04T09:00:00.000Z' } }, { session: { address: '' } }).address).toBe('');
	});
});

describe('times in an answer (rule 1)', () => {
	it.each([
		'I can offer you tomorrow at 9:00 or Friday, January 4 at 12:30.',
		'These times are free on Friday:\n• 9:00\n• 10:30\n• 15:00',
		'Your haircut would be on Fri 4 Jan, 10:00. Does that suit you?',
		'Tomorrow at 11:00 is taken, unfortunately.',
		'Our haircuts are available from Monday on.',
		'Friday at 12:30 is still free.',
	])('may be free ones: “%s”', (response) => {
		expect(codes('When could I come?', { response, intent: 'question' })).toEqual([]);
	});

	it.each([
		'I can offer you tomorrow at 11:00.',
		'These times are free on Friday:\n• 9:00\n• 20:30',
		'Friday at 20:30 is free.',
		'Saturday at 10:00 is available.',
		'Thursday at 11:00 would be possible.',
		'Your haircut takes place on Sunday.',
		'Tomorrow at 11:00 works!',
	])('may not be others: “%s”', (response) => {
		expect(codes('Tomorrow at 11:00?', { response, intent: 'question' })).toContain('date_not_in_facts');
	});

	it('may be told as a whole delivery window, not as a narrower one', () => {
		const tea = { session: { cart: [{ sku: 'tea', quantity: 1 }] } };
		expect(codes('When does it come?', { response: 'We can deliver on Friday between 10:00 and 14:00.', intent: 'question' }, tea)).toEqual([]);
		expect(codes('When does it come?', { response: 'We can deliver on Friday between 10:00 and 12:00.', intent: 'question' }, tea)).toContain('date_not_in_facts');
	});

	it('are remembered in their order, so that the next turn can choose among them', () => {
		const told = accepted('When could I come?', { response: 'I can offer you tomorrow at 9:00 or Friday at 12:30.', intent: 'question' });
		expect(told.session.offeredSlots.map(({ start }) => start)).toEqual(['2030-01-03T08:00:00.000Z', '2030-01-04T11:30:00.000Z']);
		const kept = accepted('How long does it take?', { response: 'It takes 60 minutes.', intent: 'question', focus_sku: 'cut' }, { session: told.session });
		expect(kept.session.offeredSlots).toHaveLength(2);
	});
});

it.each(['Su cita es el viernes a las 10:45.', 'Ваш запис — у п’ятницю о 10:45.', 'Ihr Termin ist am Freitag um 10:45.'])('takes the minutes for part of the time: “%s”', (response) => {
	expect(codes('please', { response, intent: 'question' }, { bookings: [{ ...BOOKED, start: '2030-01-04T09:45:00.000Z', end: '2030-01-04T10:45:00.000Z' }], session: { cart: [] } })).not.toContain('number_not_in_facts');
});

it('does not take how long a service lasts for how long a delivery takes (rule 1)', () => {
	expect(codes('when?', { response: 'It is delivered within 60 minutes.', intent: 'question', focus_sku: 'cut' })).toContain('duration_not_in_facts');
});

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

describe('what the customer says of a time that was chosen (rule 10)', () => {
	const [THURSDAY, FRIDAY, FRIDAY_LATER] = ['2030-01-03T08:00:00.000Z', '2030-01-04T08:00:00.000Z', '2030-01-04T10:30:00.000Z'];
	const massage = (start: string) => ({ kind: 'appointment', sku: 'mas', start, end: new Date(Date.parse(start) + 1_800_000).toISOString() }) as const;
	const kept = (text: string, session: Scene['session'], fields: Partial<Proposal> = {}, scene: Scene = {}) => accepted(text, { response: 'Thank you, noted.', ...fields }, { ...scene, session }).session.slots.map(({ sku, start }) => `${sku} ${start}`);

	it.each<[string, readonly string[], boolean]>([
		['on Friday', [], false], ['on Thursday', [], true], ['Thursday at 9:00', [], true], ['on Thursday or Friday', [], true], ['on Wednesday', [], false],
		['the second one', [THURSDAY, FRIDAY], false], ['the first one', [THURSDAY, FRIDAY], true],
		['on Friday', [FRIDAY, FRIDAY_LATER], false], ['on Thursday', [THURSDAY, '2030-01-03T11:30:00.000Z'], true], ['pay please', [THURSDAY, FRIDAY], true],
	])('“%s” after %j: Thursday at nine stays: %s', (text, told, stays) => {
		expect(kept(text, { slots: offer(THURSDAY), offeredSlots: offer(...told) })).toEqual(stays ? [`cut ${THURSDAY}`] : []);
	});

	it('is said of the service in question only', () => {
		const both = { cart: [{ sku: 'cut', quantity: 1 }, { sku: 'mas', quantity: 1 }] };
		expect(kept('better on Friday', { ...both, slots: [...offer(THURSDAY), massage('2030-01-03T11:30:00.000Z')] })).toEqual(['mas 2030-01-03T11:30:00.000Z']);
		const told = [massage('2030-01-03T11:30:00.000Z'), ...offer(THURSDAY, FRIDAY)];
		expect(kept('the second one', { ...both, slots: offer(THURSDAY), offeredSlots: told })).toEqual([]);
		expect(kept('the second one', { ...both, offeredSlots: told }, { slot: { start: FRIDAY } })).toEqual([`cut ${FRIDAY}`]);
		expect(kept('the massage on Friday at 12:00', both, { slot: { start: '2030-01-04T11:00:00.000Z', sku: 'mas' } })).toEqual(['mas 2030-01-04T11:00:00.000Z']);
	});

	it('is not said of it where a booking is moved', () => {
		const moved = { booking_change: { id: 'book_1', action: 'move' }, slot: { start: '2030-01-04T09:00:00.000Z' }, response: 'Your appointment has been moved to Friday at 10:00.' } as const;
		expect(kept('can I come on Friday at 10 instead?', { slots: offer(THURSDAY) }, moved, { bookings: [BOOKED] })).toEqual([`cut ${THURSDAY}`]);
	});

	it('may be proposed again', () => expect(kept('pay please', { slots: offer(THURSDAY), phone: '' }, { slot: { start: THURSDAY } })).toEqual([`cut ${THURSDAY}`]));
});

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
