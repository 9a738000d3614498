import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DISPUTE_STATUSES, laterDispute, laterRefundStatus, moneyState, REFUND_STATUSES } from './payment-facts.ts';

const refundStatus = fc.constantFrom(...REFUND_STATUSES);
const dispute = fc.record({ status: fc.constantFrom(...DISPUTE_STATUSES), toldAt: fc.integer({ min: 0, max: 3 }) });

describe('what is told of a refund or a dispute', () => {
	test('ends the same, however often and in whatever order it is told', () => {
		fc.assert(
			fc.property(fc.array(fc.tuple(refundStatus, dispute), { minLength: 1 }).chain((told) => fc.tuple(fc.constant(told), fc.shuffledSubarray([...told, ...told], { minLength: told.length * 2 }))), ([told, again]) => {
				const first = told[0]!;
				const refund = (list: typeof told) => list.map(([status]) => status).reduce(laterRefundStatus);
				const disputed = (list: typeof told) => list.map(([, one]) => one).reduce(laterDispute);
				expect(refund(again)).toBe(refund(told));
				expect(disputed(again)).toEqual(disputed(told));
				expect(laterRefundStatus(first[0], first[0])).toBe(first[0]);
			}),
		);
	});

	test('a refund that succeeded can fail, one that failed stays so', () => {
		expect(laterRefundStatus('succeeded', 'failed')).toBe('failed');
		expect(laterRefundStatus('failed', 'succeeded')).toBe('failed');
		expect(laterRefundStatus('succeeded', 'pending')).toBe('succeeded');
	});

	test('the end of a dispute holds over what was told later and is no end; of two ends the later one', () => {
		expect(laterDispute({ status: 'won', toldAt: 5 }, { status: 'under_review', toldAt: 9 }).status).toBe('won');
		expect(laterDispute({ status: 'won', toldAt: 5 }, { status: 'lost', toldAt: 9 }).status).toBe('lost');
		expect(laterDispute({ status: 'lost', toldAt: 5 }, { status: 'won', toldAt: 9 }).status).toBe('won');
	});
});

describe('the money of an order', () => {
	test.each([
		['nothing paid, a refund known already', 0, [['succeeded', 500]], 500, false],
		['all of it, in two parts', 1_000, [['succeeded', 400], ['pending', 600]], 1_000, true],
		['a part', 1_000, [['succeeded', 400]], 400, false],
		['all of it, one part of which failed', 1_000, [['succeeded', 400], ['failed', 600]], 400, false],
		['one of two payments of the same order', 2_000, [['succeeded', 1_000]], 1_000, false],
	] as const)('%s', (_what, paidCents, refunds, refundedCents, refunded) => {
		const state = moneyState({ paidCents, refunds: refunds.map(([status, amountCents]) => ({ status, amountCents })), disputes: [] });
		expect(state).toEqual({ refundedCents, refunded, disputeStatus: null });
	});

	test('shows the dispute that asks most for attention', () => {
		const disputes = (['won', 'needs_response', 'warning_closed'] as const).map((status) => ({ status, toldAt: 1 }));
		expect(moneyState({ paidCents: 1, refunds: [], disputes }).disputeStatus).toBe('needs_response');
	});
});
