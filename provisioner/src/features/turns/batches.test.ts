import { describe, expect, test } from 'vitest';
import { planCalls } from './batches.ts';
import type { Batching, DueTurn } from './batches.ts';
import type { DeliveryOutcome, Subscription } from './deliver.ts';
import { noTracing } from '../../telemetry/tracing.ts';
import { createTriggersKnown } from './triggers-known.ts';

const subscription = (id: string, change: Partial<Subscription> = {}): Subscription => ({ id, url: `http://n8n.test/${id}`, mode: 'production', own: false, signingSecret: 's', ...change });
const shared = subscription('sub_shared');
const turn = (id: string, change: Partial<DueTurn> = {}): DueTurn => ({
	id, attempt: 1, deliveryFailures: 0, batchFailures: 0, json: '{}', traceparent: '', span: noTracing.start('turn.deliver', ''), conversation: 'cnv_1', connection: 'con_1', tenant: 'ten_1', waitedMs: 0, subscriptions: [shared], ...change,
});
const turns = (count: number, change: Partial<DueTurn> = {}) => Array.from({ length: count }, (_, index) => turn(`t${index}`, change));
const batching: Batching = { max: 20, moreWait: false, takesOne: () => false, choose: ({ subscriptions }) => subscriptions[0] };
const sizes = (due: readonly DueTurn[], places: number, change: Partial<Batching> = {}) => planCalls(due, places, { ...batching, ...change }).map((call) => call.turns.length);

describe('calls', () => {
	test('a place for each: each alone', () => {
		expect(sizes(turns(4), 4)).toEqual([1, 1, 1, 1]);
		expect(sizes([], 4)).toEqual([]);
	});

	test('more than places: they share them, up to the most in a call', () => {
		expect(sizes(turns(5), 4)).toEqual([2, 2, 1]);
		expect(sizes(turns(10), 1)).toEqual([10]);
		expect(sizes(turns(80), 4)).toEqual([20, 20, 20, 20]);
		expect(sizes(turns(45), 1)).toEqual([20, 20, 5]);
		expect(sizes(turns(10), 1, { max: 1 })).toEqual(Array(10).fill(1));
	});

	test('when more are due than were claimed, calls are filled', () => {
		expect(sizes(turns(30), 4, { moreWait: true })).toEqual([20, 10]);
		expect(sizes(turns(3), 4, { moreWait: true, max: 1 })).toEqual([1, 1, 1]);
	});

	test('only what the same subscription gets goes together', () => {
		const own = subscription('sub_own', { own: true });
		const due = turns(6).map((each, index) => (index % 2 === 0 ? each : { ...each, subscriptions: [own] }));
		expect(planCalls(due, 1, batching).map((call) => [call.subscription?.id, call.turns.map(({ id }) => id)])).toEqual([
			['sub_shared', ['t0', 't2', 't4']],
			['sub_own', ['t1', 't3', 't5']],
		]);
	});

	test('alone: without a subscription, after two batches that were not taken, for a trigger that takes one', () => {
		expect(sizes([...turns(3), turn('none', { subscriptions: [] }), turn('poison', { batchFailures: 2 }), turn('once', { batchFailures: 1 })], 1)).toEqual([4, 1, 1]);
		expect(sizes(turns(3), 1, { takesOne: () => true })).toEqual([1, 1, 1]);
	});

	test('beside a tenant with a backlog, the turns of the others go first, and in no call with its', () => {
		const flood = turns(30, { tenant: 'ten_flood' });
		const quiet = [turn('q1', { tenant: 'ten_a' }), turn('q2', { tenant: 'ten_b' }), turn('q3', { tenant: 'ten_b' })];
		const due = [...flood.slice(0, 10), quiet[0], ...flood.slice(10, 20), quiet[1], quiet[2], ...flood.slice(20)].filter((each) => each !== undefined);
		const calls = planCalls(due, 2, { ...batching, moreWait: true }).map((call) => call.turns.map(({ tenant }) => tenant));
		expect(calls.map((call) => [...new Set(call)])).toEqual([['ten_a', 'ten_b'], ['ten_flood'], ['ten_flood']]);
		expect(calls.map((call) => call.length)).toEqual([3, 20, 10]);
	});

	test('many tenants with a turn or two each share calls as before', () => {
		const due = Array.from({ length: 40 }, (_, index) => turn(`t${index}`, { tenant: `ten_${index % 20}` }));
		expect(sizes(due, 1)).toEqual([20, 20]);
	});

	test('long ones are spread over more calls', () => {
		expect(sizes(turns(4, { json: 'x'.repeat(400_000) }), 1)).toEqual([2, 2]);
		expect(sizes(turns(2, { json: 'x'.repeat(2_000_000) }), 1)).toEqual([1, 1]);
	});
});

describe('what is known of triggers', () => {
	const outcome = (result: 'away' | 'silent' | 'one_only'): DeliveryOutcome => ({ result, reason: `it was ${result}` });
	const taken: DeliveryOutcome = { result: 'taken', ids: new Set() };

	test('one that gave no answer is called by one at a time until it answers', () => {
		const triggers = createTriggersKnown();
		expect([triggers.begin(shared), triggers.begin(shared)]).toEqual([undefined, undefined]);
		triggers.ended(shared, outcome('silent'));
		expect(triggers.begin(shared)).toBe('it was silent');
		expect(triggers.begin(subscription('sub_other'))).toBeUndefined();
		triggers.ended(shared, outcome('silent'));
		expect(triggers.begin(shared)).toBeUndefined();
		expect(triggers.begin(shared)).toBe('it was silent');
		triggers.ended(shared, taken);
		expect([triggers.begin(shared), triggers.begin(shared)]).toEqual([undefined, undefined]);
	});

	test('one that takes no batches gets single turns for ten minutes; the editor always does', () => {
		let now = 0;
		const triggers = createTriggersKnown(() => now);
		expect(triggers.takesOne(shared)).toBe(false);
		expect(triggers.takesOne(subscription('sub_test', { mode: 'test' }))).toBe(true);
		triggers.begin(shared);
		triggers.ended(shared, outcome('one_only'));
		expect(triggers.takesOne(shared)).toBe(true);
		expect(triggers.takesOne({ ...shared, url: 'http://n8n.test/after-an-upgrade' })).toBe(false);
		now = 10 * 60_000;
		expect(triggers.takesOne(shared)).toBe(false);
	});
});
