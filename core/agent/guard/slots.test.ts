import { describe, expect, it } from 'vitest';
import { scheduleOf } from '../../booking/test-support.ts';
import type { Proposal } from '../decision.ts';
import { NOW, BOOKED, offer, codes, accepted } from './test-support/salon.ts';
import type { Scene } from './test-support/shops.ts';

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
