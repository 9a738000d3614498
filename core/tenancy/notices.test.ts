import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDueAt, noticesOfChange, reminderDue, remindersOf } from './notices.ts';
import { applyClock, applyRemote, choosePlan, DAY_MS, startTrial } from './subscription.ts';
import type { RemoteSubscription, Subscription } from './subscription.ts';

const T0 = new Date('2026-03-01T00:00:00Z');
const day = (days: number): Date => new Date(T0.getTime() + days * DAY_MS);
const remote: RemoteSubscription = { id: 'sub_1', status: 'active', plan: 'double', period: { start: day(0), end: day(31) }, cancelAtPeriodEnd: false, follows: null, unpaidSince: null, createdAt: T0 };
const paid = applyRemote(startTrial(T0), remote, T0);
const unpaid = applyRemote(paid, { ...remote, status: 'past_due', period: { start: day(31), end: day(61) }, unpaidSince: day(31) }, day(31));

/** What a loop that looks at these times tells. */
function told(subscription: Subscription, times: readonly Date[]): string[] {
	const seen = new Set<string>();
	return times.flatMap((now) => {
		const notice = reminderDue(applyClock(subscription, now), now);
		if (notice === null || seen.has(notice.key)) return [];
		seen.add(notice.key);
		return [`${(now.getTime() - T0.getTime()) / DAY_MS} ${notice.kind}`];
	});
}

/** The times at which it says that something is due, from its beginning on. */
function dueTimes(subscription: Subscription, from: Date, until: Date): Date[] {
	const times = [from];
	for (let now = from; ;) {
		const next = nextDueAt(applyClock(subscription, now), now);
		if (next === null || next > until) return times;
		expect(next.getTime()).toBeGreaterThan(now.getTime());
		times.push(next);
		now = next;
	}
}

describe('reminders', () => {
	it('come 3 days and 1 day before the trial ends', () => {
		expect(told(startTrial(T0), dueTimes(startTrial(T0), T0, day(30)))).toEqual(['4 trial_ending', '6 trial_ending']);
	});

	it('come 7 and 3 days before a period ends, and say what follows', () => {
		expect(told(paid, dueTimes(paid, T0, day(30)))).toEqual(['24 period_ending', '28 period_ending']);
		expect(reminderDue(paid, day(25))?.details).toMatchObject({ plan: 'double', next_plan: 'double', days: 7 });
		expect(reminderDue({ ...paid, pending: { plan: null, at: day(31) } }, day(25))?.details).toMatchObject({ next_plan: null });
	});

	it('come on three days when a payment is missing, the first at once, and end with the suspension', () => {
		expect(told(unpaid, dueTimes(unpaid, day(31), day(45)))).toEqual(['31 payment_due', '32 payment_due', '33 payment_due']);
		expect(reminderDue(applyClock(unpaid, day(38)), day(38))).toBeNull();
	});

	it('that were missed are not sent afterwards, and each is sent once', () => {
		fc.assert(fc.property(fc.constantFrom(startTrial(T0), paid, unpaid), fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { maxLength: 40 }), (subscription, offsets) => {
			const times = offsets.toSorted((a, b) => a - b).map(day);
			expect(told(subscription, times).length).toBeLessThanOrEqual(3);
			for (const now of times) {
				const notice = reminderDue(applyClock(subscription, now), now);
				if (notice === null) continue;
				const own = remindersOf(subscription).find((reminder) => reminder.notice.key === notice.key);
				expect(own !== undefined && own.at <= now && now < own.until).toBe(true);
			}
		}));
		expect(told(startTrial(T0), [day(6.5)])).toEqual(['6.5 trial_ending']);
		expect(reminderDue(startTrial(T0), day(6.5))?.details).toMatchObject({ days: 1 });
	});
});

describe('what is due next', () => {
	it('is nothing for a free plan, and asking Stripe when a period is over without a word', () => {
		expect(nextDueAt(choosePlan('free'), T0)).toBeNull();
		expect(nextDueAt(paid, day(29))).toEqual(day(31));
		expect(nextDueAt(paid, day(31))).toEqual(new Date(day(31).getTime() + 5 * 60_000));
		expect(nextDueAt(paid, day(33))).toEqual(new Date(day(33).getTime() + 3_600_000));
	});

	it('is asking Stripe every hour while a payment is missing', () => {
		const suspended = applyClock(unpaid, day(40));
		expect(nextDueAt(suspended, day(40))).toEqual(new Date(day(40).getTime() + 3_600_000));
	});
});

describe('changes', () => {
	it('are told once: what ended, what was suspended, what is back', () => {
		const kinds = (before: Subscription, after: Subscription) => noticesOfChange(before, after, day(50)).map(({ kind }) => kind);
		expect(kinds(startTrial(T0), applyClock(startTrial(T0), day(8)))).toEqual(['trial_ended']);
		expect(kinds(unpaid, applyClock(unpaid, day(38)))).toEqual(['suspended']);
		expect(kinds(applyClock(unpaid, day(38)), paid)).toEqual(['resumed']);
		expect(kinds(startTrial(T0), paid)).toEqual(['plan_changed']);
		expect(kinds(paid, applyRemote(paid, { ...remote, status: 'ended' }, day(31)))).toEqual(['subscription_ended']);
		expect(kinds(paid, paid)).toEqual([]);
	});
});
