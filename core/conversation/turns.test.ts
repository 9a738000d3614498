import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';
import { flushAt, MAX_ATTEMPTS, NEW_CONVERSATION, reduceTurns } from './turns.ts';
import type { ConversationTurns, TurnEffect, TurnInput } from './turns.ts';

const WINDOW = { quietMs: 3_000, maxWaitMs: 15_000 };

function run(inputs: readonly TurnInput[], from: ConversationTurns = NEW_CONVERSATION): { state: ConversationTurns; effects: TurnEffect[] } {
	const effects: TurnEffect[] = [];
	let state = from;
	for (const input of inputs) {
		const next = reduceTurns(state, input, WINDOW);
		state = next.state;
		effects.push(...next.effects);
	}
	return { state, effects };
}

const message = (id: string, at: number, turnId = `t_${id}`): TurnInput => ({ type: 'message', id, at, turnId });
const clock = (at: number): TurnInput => ({ type: 'clock', at });

describe('the turn of a conversation', () => {
	test('three messages in a window are one delivery, after the silence', () => {
		const { state, effects } = run([message('a', 0), message('b', 400), message('c', 800), clock(3_799), clock(3_800)]);
		expect(effects).toEqual([{ type: 'deliver', turnId: 't_a', attempt: 1 }]);
		expect(state).toMatchObject({ generation: 3, turn: { messages: ['a', 'b', 'c'], generation: 3 } });
	});

	test('a customer who never stops writing waits no longer than the maximum', () => {
		const inputs = Array.from({ length: 10 }, (_, index) => message(String(index), index * 2_000));
		expect(run(inputs.slice(0, 8)).state.turn?.flushAt).toBe(15_000);
		expect(run([...inputs.slice(0, 8), clock(15_000)]).effects).toEqual([{ type: 'deliver', turnId: 't_0', attempt: 1 }]);
	});

	test('a message during the delivery supersedes it and takes over its messages', () => {
		const { state, effects } = run([message('a', 0), clock(3_000), message('b', 3_500)]);
		expect(effects.at(-1)).toEqual({ type: 'supersede', turnId: 't_a' });
		expect(state.turn).toMatchObject({ id: 't_b', phase: 'collecting', messages: ['a', 'b'], generation: 2, flushAt: 6_500 });
	});

	test('an answer that is queued but not sent is superseded too; one that began to leave is not', () => {
		const answered = [message('a', 0), clock(3_000), { type: 'answered', turnId: 't_a' } as const];
		expect(run([...answered, message('b', 4_000)]).state.turn?.messages).toEqual(['a', 'b']);
		const begun = run([...answered, { type: 'closed', turnId: 't_a' }, message('b', 4_000)]);
		expect(begun.state.turn?.messages).toEqual(['b']);
		expect(begun.effects.filter(({ type }) => type === 'supersede')).toEqual([]);
	});

	test('an answer to a superseded turn changes nothing', () => {
		const { state } = run([message('a', 0), clock(3_000), message('b', 3_500), { type: 'answered', turnId: 't_a' }]);
		expect(state.turn?.phase).toBe('collecting');
	});

	test('a lease that ends is a new delivery, five times at most', () => {
		const expiries = Array.from({ length: 6 }, (): TurnInput => ({ type: 'lease_expired', turnId: 't_a' }));
		const { state, effects } = run([message('a', 0), clock(3_000), ...expiries]);
		expect(effects.map((effect) => ('attempt' in effect ? effect.attempt : effect.type))).toEqual([1, 2, 3, 4, 5, 'give_up']);
		expect(state.turn?.phase).toBe('dead');
	});

	test('with a person in charge nothing is delivered', () => {
		const { state, effects } = run([message('a', 0), { type: 'mode', mode: 'human' }, clock(3_000)]);
		expect(effects).toEqual([{ type: 'close_as_human', turnId: 't_a' }]);
		expect(state.turn).toBeNull();
	});
});

describe('whatever happens in whatever order', () => {
	const input = fc.oneof(
		{ weight: 4, arbitrary: fc.record({ type: fc.constant('message' as const), gap: fc.integer({ min: 0, max: 6_000 }) }) },
		{ weight: 4, arbitrary: fc.record({ type: fc.constant('clock' as const), gap: fc.integer({ min: 0, max: 6_000 }) }) },
		fc.record({ type: fc.constantFrom('lease_expired' as const, 'answered' as const, 'closed' as const), gap: fc.constant(0) }),
		fc.record({ type: fc.constantFrom('human' as const, 'bot' as const), gap: fc.constant(0) }),
	);

	test('no message is lost, none is in two answers, one turn is in flight', () => {
		fc.assert(
			fc.property(fc.array(input, { maxLength: 60 }), (steps) => {
				let state = NEW_CONVERSATION;
				let at = 0;
				const sent: string[] = [];
				const settled: string[] = [];
				for (const [index, step] of steps.entries()) {
					at += step.gap;
					const before = state;
					const event = eventOf(step.type, `m${index}`, at, before);
					if (event.type === 'message') sent.push(event.id);
					const next = reduceTurns(before, event, WINDOW);
					state = next.state;
					if (before.turn && !state.turn) settled.push(...before.turn.messages);
					for (const effect of next.effects) if (effect.type === 'deliver') expect(effect.attempt).toBeLessThanOrEqual(MAX_ATTEMPTS);
					expect(state.generation).toBe(sent.length);
					if (state.turn) {
						expect(state.turn.generation).toBe(state.generation);
						expect(state.turn.flushAt).toBeLessThanOrEqual(state.turn.openedAt + WINDOW.maxWaitMs);
					}
					expect([...settled, ...(state.turn?.messages ?? [])]).toEqual(sent);
				}
			}),
		);
	});

	function eventOf(type: 'message' | 'clock' | 'lease_expired' | 'answered' | 'closed' | 'human' | 'bot', id: string, at: number, state: ConversationTurns): TurnInput {
		if (type === 'message') return message(id, at);
		if (type === 'clock') return clock(at);
		if (type === 'human' || type === 'bot') return { type: 'mode', mode: type };
		return { type, turnId: state.turn?.id ?? 'none' };
	}
});

describe('flushAt', () => {
	test('never after the maximum, never before the last message when the window is open', () => {
		fc.assert(
			fc.property(fc.nat(1e6), fc.nat(1e5), fc.nat(60_000), fc.nat(300_000), (opened, later, quietMs, maxWaitMs) => {
				const due = flushAt(opened, opened + later, { quietMs, maxWaitMs });
				expect(due).toBeLessThanOrEqual(opened + maxWaitMs);
				expect(due).toBeLessThanOrEqual(opened + later + quietMs);
				if (later <= maxWaitMs) expect(due).toBeGreaterThanOrEqual(Math.min(opened + later, opened + maxWaitMs));
			}),
		);
	});
});

test('backoff doubles and stops growing', () => {
	expect([1, 2, 3, 4, 5, 6, 7, 500].map((failures) => backoffMs(failures, 500, 15_000))).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});
