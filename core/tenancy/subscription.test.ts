import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentReason } from './entitlements.ts';
import { isUpgrade, PLAN_KEYS, PLANS, TRIAL_LIMITS } from './plans.ts';
import type { PlanKey } from './plans.ts';
import { applyClock, applyRemote, choosePlan, chooseRemote, DAY_MS, isLive, limitsOf, startTrial } from './subscription.ts';
import type { RemoteSubscription, Subscription } from './subscription.ts';

const T0 = new Date('2026-03-01T00:00:00Z');
const day = (days: number): Date => new Date(T0.getTime() + days * DAY_MS);

function remote(change: Partial<RemoteSubscription> = {}): RemoteSubscription {
	return { id: 'sub_1', status: 'active', plan: 'double', period: { start: day(0), end: day(31) }, cancelAtPeriodEnd: false, follows: null, unpaidSince: null, createdAt: day(0), ...change };
}
const second = { start: day(31), end: day(61) };
const unpaid = remote({ status: 'past_due', period: second, unpaidSince: day(31) });
const after = (subscription: Subscription, now: Date, ...remotes: RemoteSubscription[]): Subscription => remotes.reduce((state, one) => applyRemote(state, one, now), subscription);

describe('a trial', () => {
	it('has one channel for seven days, and is restricted after', () => {
		const trial = startTrial(T0);
		expect(limitsOf(applyClock(trial, new Date(day(7).getTime() - 1)))).toEqual(TRIAL_LIMITS);
		expect(TRIAL_LIMITS.connections).toBe(1);
		const over = applyClock(trial, day(7));
		expect(over).toMatchObject({ status: 'restricted', plan: null });
		expect(silentReason(over, 0)).toBe('restricted');
		expect(limitsOf(over)).toEqual({ connections: 0, answers: 0 });
	});

	it('ends with the plan that is chosen, the free one included', () => {
		expect(applyClock(choosePlan('free'), day(400))).toMatchObject({ status: 'active', plan: 'free' });
		expect(after(applyClock(startTrial(T0), day(9)), day(9), remote())).toMatchObject({ status: 'active', plan: 'double', trialEndsAt: null, remoteId: 'sub_1' });
	});
});

describe('a payment that fails', () => {
	it('is past due for seven days, then suspended, and active again with the payment in one step', () => {
		const due = after(startTrial(T0), day(31), remote(), unpaid);
		expect(due).toMatchObject({ status: 'past_due', plan: 'double', pastDueSince: day(31) });
		expect(silentReason(due, 0)).toBeNull();
		expect(applyClock(due, new Date(day(38).getTime() - 1)).status).toBe('past_due');
		const suspended = applyClock(due, day(38));
		expect([suspended.status, silentReason(suspended, 0)]).toEqual(['suspended', 'suspended']);
		const paid = after(suspended, day(50), remote({ period: second }));
		expect(paid).toMatchObject({ status: 'active', plan: 'double', pastDueSince: null });
		expect(silentReason(paid, 0)).toBeNull();
	});

	it('is not forgiven by the next invoice that is not paid either', () => {
		const next = remote({ status: 'unpaid', period: { start: day(61), end: day(92) }, unpaidSince: day(61) });
		expect(after(startTrial(T0), day(62), remote(), unpaid, next)).toMatchObject({ status: 'suspended', pastDueSince: day(31) });
	});

	it('that Stripe gave up ends the plan', () => {
		const over = after(startTrial(T0), day(45), remote(), unpaid, { ...unpaid, status: 'ended' });
		expect(over).toMatchObject({ status: 'restricted', plan: null, remoteId: null });
	});
});

describe('a change of plan', () => {
	it('counts at once upwards, and from the next period on downwards', () => {
		const up = after(startTrial(T0), day(3), remote(), remote({ plan: 'growth' }));
		expect(up).toMatchObject({ plan: 'growth', pending: null });
		const down = after(up, day(4), remote({ plan: 'single' }));
		expect(down).toMatchObject({ plan: 'growth', pending: { plan: 'single', at: day(31) } });
		expect(after(down, day(31), remote({ plan: 'single', period: second }))).toMatchObject({ plan: 'single', pending: null });
		expect(after(down, day(5), remote({ plan: 'growth' }))).toMatchObject({ plan: 'growth', pending: null });
	});

	it('to nothing ends in a restriction, to the free plan in the free plan', () => {
		const cancelled = after(startTrial(T0), day(3), remote(), remote({ cancelAtPeriodEnd: true }));
		expect(cancelled).toMatchObject({ status: 'active', plan: 'double', pending: { plan: null, at: day(31) } });
		const gone = remote({ status: 'ended', cancelAtPeriodEnd: true });
		expect(after(cancelled, day(31), gone)).toMatchObject({ status: 'restricted', plan: null });
		const toFree = after(cancelled, day(4), remote({ cancelAtPeriodEnd: true, follows: 'free' }));
		expect(toFree.pending).toEqual({ plan: 'free', at: day(31) });
		expect(after(toFree, day(31), { ...gone, follows: 'free' })).toMatchObject({ status: 'active', plan: 'free', remoteId: null });
	});

	it('to a price that is no plan of ours changes nothing', () => {
		const known = after(startTrial(T0), day(1), remote());
		expect(after(known, day(2), remote({ plan: null }))).toEqual(known);
		expect(after(startTrial(T0), day(1), remote({ plan: null }))).toEqual(startTrial(T0));
	});
});

describe('of several subscriptions at Stripe', () => {
	it('the one that lives counts, and the end of another says nothing', () => {
		const old = remote({ id: 'sub_old', status: 'ended', createdAt: day(-9) });
		const begun = remote({ id: 'sub_new', status: 'incomplete', createdAt: day(9) });
		expect(chooseRemote([old, begun, remote()])?.id).toBe('sub_1');
		expect(chooseRemote([begun])).toBeNull();
		const known = after(startTrial(T0), day(1), remote());
		expect(after(known, day(2), old)).toEqual(known);
	});
});

const plan = fc.constantFrom(...PLAN_KEYS);
const remotes = fc.record({
	id: fc.constantFrom('sub_1', 'sub_2'),
	status: fc.constantFrom('active' as const, 'past_due' as const, 'unpaid' as const, 'paused' as const, 'incomplete' as const, 'ended' as const),
	plan: fc.option(plan),
	period: fc.integer({ min: 0, max: 5 }).map((n) => ({ start: day(n * 30), end: day(n * 30 + 30) })),
	cancelAtPeriodEnd: fc.boolean(),
	follows: fc.constantFrom('free' as const, null),
	unpaidSince: fc.option(fc.integer({ min: 0, max: 180 }).map(day)),
	createdAt: fc.integer({ min: 0, max: 9 }).map(day),
});
const histories = fc.array(fc.tuple(fc.oneof(remotes.map((one) => ({ remote: one })), fc.constant({ remote: null })), fc.integer({ min: 0, max: 20 })), { maxLength: 20 });

describe('whatever Stripe says, in any order', () => {
	const run = (history: readonly (readonly [{ remote: RemoteSubscription | null }, number])[], each: (before: Subscription, now: Date, told: RemoteSubscription | null, state: Subscription) => void) => {
		let state = startTrial(T0);
		let days = 0;
		for (const [{ remote: told }, later] of history) {
			days += later;
			const before = state;
			state = told === null ? applyClock(state, day(days)) : applyRemote(state, told, day(days));
			each(before, day(days), told, state);
		}
	};

	it('saying it twice is saying it once, and so is looking at the clock', () => {
		fc.assert(fc.property(histories, (history) => run(history, (_before, now, told, state) => {
			expect(told === null ? applyClock(state, now) : applyRemote(state, told, now)).toEqual(state);
		})));
	});

	it('a plan is there exactly while it is active, past due or suspended', () => {
		fc.assert(fc.property(histories, (history) => run(history, (_before, _now, _told, state) => {
			expect(state.plan !== null).toBe(['active', 'past_due', 'suspended'].includes(state.status));
			expect(state.pastDueSince === null || state.status === 'past_due' || state.status === 'suspended').toBe(true);
		})));
	});

	it('nobody loses within a period the plan that was paid for', () => {
		fc.assert(fc.property(histories, (history) => run(history, (before, _now, told, state) => {
			if (told === null || !isLive(told) || before.remoteId !== told.id || before.plan === null) return;
			if (before.period?.end.getTime() === told.period.end.getTime() && state.plan !== null) expect(isUpgrade(state.plan, before.plan)).toBe(false);
		})));
	});

	it('paid is active, whatever was before', () => {
		fc.assert(fc.property(histories, plan, (history, wanted: PlanKey) => {
			let last = startTrial(T0);
			run(history, (_before, _now, _told, state) => { last = state; });
			const paid = applyRemote(last, remote({ id: 'sub_9', plan: wanted }), day(400));
			expect(paid).toMatchObject({ status: 'active', plan: wanted, pending: null, pastDueSince: null });
			expect(silentReason(paid, 0)).toBeNull();
		}));
	});
});

describe('the plans', () => {
	it('cost and allow what was published', () => {
		expect(PLAN_KEYS.map((key) => [key, PLANS[key].priceCents, PLANS[key].connections])).toEqual([
			['free', 0, 1], ['single', 999, 1], ['double', 1_999, 2], ['growth', 4_999, 4], ['special', 2_999, 2], ['enterprise', null, null],
		]);
		expect(PLAN_KEYS.filter((key) => !PLANS[key].selfServe)).toEqual(['special', 'enterprise']);
	});

	it('have no two of one rank, and nobody gets less for more', () => {
		const ranked = PLAN_KEYS.map((key) => PLANS[key]).toSorted((a, b) => a.rank - b.rank);
		const most = (limit: number | null) => limit ?? Infinity;
		for (const [index, one] of ranked.entries()) {
			const next = ranked[index + 1];
			if (!next) continue;
			expect(next.rank).toBeGreaterThan(one.rank);
			expect(most(next.connections)).toBeGreaterThanOrEqual(most(one.connections));
			expect(most(next.answers)).toBeGreaterThan(most(one.answers));
		}
	});
});
