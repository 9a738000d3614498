import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyOrderEvent, isPayable, newOrderStatus, ORDER_STATUSES, paymentStatusOf, statusAt } from './order.ts';
import type { OrderEvent, OrderStatus } from './order.ts';

const event = fc.constantFrom<OrderEvent>({ type: 'payment_received' }, { type: 'payment_time_over' }, { type: 'cancelled' });
const run = (status: OrderStatus, events: readonly OrderEvent[]) =>
	events.reduce((current, next) => applyOrderEvent(current, next).status, status);

describe('an order', () => {
	test('waits for payment when it costs something and is confirmed at once when it is free', () => {
		expect(newOrderStatus(1)).toBe('awaiting_payment');
		expect(newOrderStatus(0)).toBe('confirmed');
	});

	test('ends in the same state whatever the order and number of the events', () => {
		fc.assert(
			fc.property(
				fc.constantFrom(...ORDER_STATUSES),
				fc.array(event, { maxLength: 8 }).chain((events) =>
					fc.tuple(
						fc.constant(events),
						// The same events shuffled, each delivered one to three times.
						fc
							.tuple(...events.map((one) => fc.integer({ min: 1, max: 3 }).map((times) => Array.from({ length: times }, () => one))))
							.chain((copies) => fc.shuffledSubarray(copies.flat(), { minLength: copies.flat().length })),
					),
				),
				(start, [events, delivered]) => {
					expect(run(start, delivered)).toBe(run(start, events));
				},
			),
			{ numRuns: 1_000 },
		);
	});

	test('is paid once: only the first payment event changes it', () => {
		fc.assert(
			fc.property(fc.array(event, { maxLength: 12 }), (events) => {
				let status: OrderStatus = 'awaiting_payment';
				let timesPaid = 0;
				for (const one of events) {
					const transition = applyOrderEvent(status, one);
					if (transition.changed && transition.status === 'paid') timesPaid += 1;
					status = transition.status;
				}
				expect(timesPaid).toBe(events.some(({ type }) => type === 'payment_received') ? 1 : 0);
			}),
		);
	});

	test('that was paid after it had ended is paid, and marked late', () => {
		expect(applyOrderEvent('expired', { type: 'payment_received' })).toEqual({ changed: true, status: 'paid', late: true });
		expect(applyOrderEvent('cancelled', { type: 'payment_received' })).toEqual({ changed: true, status: 'paid', late: true });
		expect(applyOrderEvent('awaiting_payment', { type: 'payment_received' })).toEqual({ changed: true, status: 'paid', late: false });
	});

	test('that is free is never charged, cancelled or expired by an event', () => {
		for (const type of ['payment_received', 'payment_time_over', 'cancelled'] as const) {
			expect(applyOrderEvent('confirmed', { type })).toEqual({ changed: false, status: 'confirmed' });
		}
	});

	test('can be paid until its time is over, to the millisecond', () => {
		const order = { status: 'awaiting_payment' as const, expiresAt: new Date('2026-11-20T12:00:00.000Z'), paymentOnItsWay: false };
		expect(isPayable(order, new Date('2026-11-20T11:59:59.999Z'))).toBe(true);
		expect(isPayable(order, new Date('2026-11-20T12:00:00.000Z'))).toBe(false);
		expect(statusAt(order, new Date('2026-11-20T12:00:00.000Z'))).toBe('expired');
		expect(statusAt({ ...order, status: 'paid' }, new Date('2027-01-01T00:00:00Z'))).toBe('paid');
	});

	test('waits for a payment that is on its way as long as it takes, and for no other', () => {
		const order = { status: 'awaiting_payment' as const, expiresAt: new Date('2026-11-20T12:00:00.000Z'), paymentOnItsWay: true };
		for (const now of [new Date('2026-11-20T11:00:00Z'), new Date('2026-11-25T00:00:00Z')]) expect([isPayable(order, now), statusAt(order, now)]).toEqual([false, 'awaiting_payment']);
	});

	test('gives the conversation its payment status', () => {
		expect(ORDER_STATUSES.map(paymentStatusOf)).toEqual([
			'payment_link_sent', 'paid', 'no_payment_link', 'no_payment_link', 'no_payment_link', 'no_payment_link',
		]);
		expect(paymentStatusOf(null)).toBe('no_payment_link');
	});
});
