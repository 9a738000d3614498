import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admitConnection, connectionsOver, silentReason, surplusOf, usageThreshold } from './entitlements.ts';
import { PLAN_KEYS, PLANS } from './plans.ts';
import { applyClock, choosePlan, startTrial } from './subscription.ts';

const NOW = new Date('2026-03-01T00:00:00Z');
const trial = startTrial(NOW);
const restricted = applyClock(trial, new Date('2026-04-01T00:00:00Z'));

describe('connecting one more', () => {
	it('is refused beyond the plan, with the plan that has more', () => {
		expect(admitConnection(trial, 0)).toEqual({ ok: true });
		expect(admitConnection(trial, 1)).toEqual({ ok: false, reason: 'plan_limit_reached', limit: 1, more: 'double' });
		expect(admitConnection(choosePlan('double'), 1)).toEqual({ ok: true });
		expect(admitConnection(choosePlan('double'), 2)).toEqual({ ok: false, reason: 'plan_limit_reached', limit: 2, more: 'growth' });
		expect(admitConnection(choosePlan('growth'), 4)).toEqual({ ok: false, reason: 'plan_limit_reached', limit: 4, more: null });
		expect(admitConnection(choosePlan('enterprise'), 4_000)).toEqual({ ok: true });
		expect(admitConnection(choosePlan('special', { connections: 9 }), 8)).toEqual({ ok: true });
	});

	it('needs a plan that is paid', () => {
		expect(admitConnection(restricted, 0)).toEqual({ ok: false, reason: 'subscription_required', status: 'restricted' });
		expect(admitConnection({ ...choosePlan('double'), status: 'suspended' }, 0)).toEqual({ ok: false, reason: 'subscription_required', status: 'suspended' });
	});
});

describe('the answers of a month', () => {
	it('are told at 80 and 100 %, and the bot goes on for a tenth more', () => {
		const single = choosePlan('single');
		expect([799, 800, 999, 1_000, 1_099].map((answers) => [usageThreshold(single, answers), silentReason(single, answers)])).toEqual([
			[null, null], [80, null], [80, null], [100, null], [100, null],
		]);
		expect(silentReason(single, 1_100)).toBe('answer_limit');
		expect([usageThreshold(choosePlan('enterprise'), 1e9), silentReason(choosePlan('enterprise'), 1e9)]).toEqual([null, null]);
	});
});

describe('connections that do not fit', () => {
	const ids = fc.uniqueArray(fc.nat(), { maxLength: 9 }).map((numbers) => numbers.map((number) => `con_${number}`));

	it('are the newest, and no more than have to be', () => {
		fc.assert(fc.property(ids, fc.constantFrom(...PLAN_KEYS), (connections, plan) => {
			const over = connectionsOver(choosePlan(plan), connections);
			const limit = PLANS[plan].connections ?? Infinity;
			expect(over).toEqual(connections.slice(connections.length - over.length));
			expect(connections.length - over.length).toBe(Math.min(connections.length, limit));
			expect(surplusOf(plan, connections, [])).toBe(over.length);
			expect(surplusOf(plan, connections, over)).toBe(0);
		}));
	});

	it('stay as they are without a plan', () => {
		expect(connectionsOver(restricted, ['a', 'b'])).toEqual([]);
		expect(connectionsOver(trial, ['a', 'b'])).toEqual(['b']);
	});
});
