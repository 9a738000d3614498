import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';
import { DEFAULT_TURN_SETTINGS } from './turn-settings.ts';
import type { TurnSettings } from './turn-settings.ts';
import { dueAt, flushAt, MAX_ATTEMPTS, MAX_SUPERSEDES, NEW_CONVERSATION, reduceTurns } from './turns.ts';
import type { ConversationTurns, OpenTurn, TurnEffect, TurnInput } from './turns.ts';

const QUEUE: TurnSettings = { ...DEFAULT_TURN_SETTINGS, policy: 'queue' };
const APPEND: TurnSettings = { ...DEFAULT_TURN_SETTINGS, policy: 'append' };

function run(inputs: readonly TurnInput[], settings = DEFAULT_TURN_SETTINGS): { state: ConversationTurns; effects: TurnEffect[] } {
	const effects: TurnEffect[] = [];
	let state = NEW_CONVERSATION;
	for (const input of inputs) {
		const next = reduceTurns(state, input, settings);
		state = next.state;
		effects.push(...next.effects);
	}
	return { state, effects };
}

const message = (id: string, at: number, more: { flush?: boolean; voice?: boolean } = {}): TurnInput => ({ type: 'message', id, at, turnId: `t_${id}`, ...more });
const clock = (at: number): TurnInput => ({ type: 'clock', at });
const on = (type: 'answered' | 'closed' | 'lease_expired' | 'read', turnId: string): TurnInput => ({ type, turnId });
const shown = ({ turns }: ConversationTurns) => turns.map(({ id, phase, messages }) => [id, phase, messages.join(' ')]);

describe('the window', () => {
	test('three messages in a window are one delivery, after the silence', () => {
		const { state, effects } = run([message('a', 0), message('b', 400), message('c', 800), clock(3_799), clock(3_800)]);
		expect(effects).toEqual([{ type: 'deliver', turnId: 't_a', attempt: 1 }]);
		expect(shown(state)).toEqual([['t_a', 'in_flight', 'a b c']]);
	});

	test('a customer who never stops writing waits no longer than the maximum', () => {
		const inputs = Array.from({ length: 8 }, (_, index) => message(String(index), index * 2_000));
		expect(run(inputs).state.turns[0]?.flushAt).toBe(15_000);
		expect(run([...inputs, clock(15_000)]).effects).toEqual([{ type: 'deliver', turnId: 't_0', attempt: 1 }]);
	});

	test('a keyword, a button or the most messages end it at once; what comes before there is a place still joins, and delays nothing', () => {
		expect(run([message('a', 0, { flush: true }), clock(0)]).effects).toHaveLength(1);
		const most = run([message('a', 0), message('b', 1), message('c', 2), clock(2)], { ...DEFAULT_TURN_SETTINGS, maxMessages: 3 });
		expect(most.effects).toEqual([{ type: 'deliver', turnId: 't_a', attempt: 1 }]);
		const late = run([message('a', 0, { flush: true }), message('b', 10), clock(10)]);
		expect(shown(late.state)).toEqual([['t_a', 'in_flight', 'a b']]);
	});

	test('a voice message waits for its transcript, up to the limit', () => {
		const voice = [message('a', 0, { voice: true }), message('b', 500)];
		expect(run([...voice, clock(19_999)]).effects).toEqual([]);
		expect(run([...voice, clock(20_000)]).effects).toHaveLength(1);
		expect(run([...voice, { type: 'transcribed', id: 'a' }, clock(3_500)]).effects).toHaveLength(1);
		expect(run([message('a', 0, { voice: true }), clock(3_000)], { ...DEFAULT_TURN_SETTINGS, voiceWaitMs: 0 }).effects).toHaveLength(1);
	});
});

describe('a newer message', () => {
	test('supersedes a turn under way, and takes over its messages', () => {
		const { state, effects } = run([message('a', 0), clock(3_000), message('b', 3_500)]);
		expect(effects.at(-1)).toEqual({ type: 'supersede', turnId: 't_a' });
		expect(shown(state)).toEqual([['t_b', 'collecting', 'a b']]);
		expect(state.turns[0]).toMatchObject({ generation: state.generation, flushAt: 6_500 });
	});

	test('supersedes an answer that is queued but not sent; one that began to leave is not', () => {
		const answered = [message('a', 0), clock(3_000), on('answered', 't_a')];
		expect(shown(run([...answered, message('b', 4_000)]).state)).toEqual([['t_b', 'collecting', 'a b']]);
		const begun = run([...answered, on('closed', 't_a'), message('b', 4_000)]);
		expect(shown(begun.state)).toEqual([['t_b', 'collecting', 'b']]);
		expect(begun.effects.filter(({ type }) => type === 'supersede')).toEqual([]);
	});

	test('an answer to a superseded turn changes nothing', () => {
		expect(shown(run([message('a', 0), clock(3_000), message('b', 3_500), on('answered', 't_a')]).state)).toEqual([['t_b', 'collecting', 'a b']]);
	});

	test('the third supersede in a row does not happen: that answer is sent, and the newer message waits its turn', () => {
		const { state, effects } = run([
			message('a', 0), clock(3_000), message('b', 3_001), clock(6_001), message('c', 6_002), clock(9_002), message('d', 9_003), clock(20_000), on('answered', 't_c'), clock(20_001),
		]);
		expect(effects.filter(({ type }) => type === 'supersede').map((effect) => 'turnId' in effect && effect.turnId)).toEqual(['t_a', 't_b']);
		expect(shown(state)).toEqual([['t_c', 'answered', 'a b c'], ['t_d', 'in_flight', 'd']]);
		expect(new Set(state.turns.map(({ generation }) => generation))).toEqual(new Set([state.generation]));
	});

	test('queue: it waits until the turn before is answered, and both answers are valid', () => {
		const busy = [message('a', 0), clock(3_000), message('b', 3_001), clock(60_000)];
		expect(shown(run(busy, QUEUE).state)).toEqual([['t_a', 'in_flight', 'a'], ['t_b', 'waiting', 'b']]);
		const { state, effects } = run([...busy, on('answered', 't_a'), clock(60_001)], QUEUE);
		expect(effects.map(({ type }) => type)).toEqual(['deliver', 'release', 'deliver']);
		expect(state.turns.every(({ generation }) => generation === state.generation)).toBe(true);
	});

	test('append: it joins the turn that the agent has not read yet, and waits behind one that it has', () => {
		const busy = [message('a', 0), clock(3_000)];
		expect(shown(run([...busy, message('b', 3_001)], APPEND).state)).toEqual([['t_a', 'in_flight', 'a b']]);
		expect(shown(run([...busy, on('read', 't_a'), message('b', 3_001)], APPEND).state)).toEqual([['t_a', 'in_flight', 'a'], ['t_b', 'waiting', 'b']]);
	});

	test('append: a voice message waits for its words in a turn of its own', () => {
		const spoken: TurnInput = { type: 'message', id: 'b', at: 3_001, turnId: 't_b', voice: true };
		const { state } = run([message('a', 0), clock(3_000), spoken], APPEND);
		expect(shown(state)).toEqual([['t_a', 'in_flight', 'a'], ['t_b', 'waiting', 'b']]);
		expect(state.turns[1]?.pending).toEqual({ b: 3_001 + APPEND.voiceWaitMs });
	});
});

describe('a turn that is not answered', () => {
	const expiries = Array.from({ length: 6 }, () => on('lease_expired', 't_a'));
	test('is delivered again when its lease ends, five times at most', () => {
		const { state, effects } = run([message('a', 0), clock(3_000), ...expiries]);
		expect(effects.map((effect) => ('attempt' in effect ? effect.attempt : effect.type))).toEqual([1, 2, 3, 4, 5, 'give_up']);
		expect(shown(state)).toEqual([['t_a', 'dead', 'a']]);
	});

	test('given up, its messages go to the next turn, also to one that waited behind it', () => {
		expect(shown(run([message('a', 0), clock(3_000), ...expiries, message('b', 99_000)]).state)).toEqual([['t_b', 'collecting', 'a b']]);
		expect(shown(run([message('a', 0), clock(3_000), message('b', 3_001), ...expiries], QUEUE).state)).toEqual([['t_b', 'collecting', 'a b']]);
	});

	test('with a person in charge nothing is delivered', () => {
		const { state, effects } = run([message('a', 0), { type: 'mode', mode: 'human' }, clock(3_000)]);
		expect(effects).toEqual([{ type: 'close_as_human', turnId: 't_a' }]);
		expect(state.turns).toEqual([]);
	});
});

describe('edits and deletions', () => {
	const edited = (id: string, at: number): TurnInput => ({ type: 'edited', id, at, turnId: `e_${id}` });
	const deleted = (id: string, at: number): TurnInput => ({ type: 'deleted', id, at, turnId: `x_${id}` });
	const flying = [message('a', 0), message('b', 1), clock(3_001)];

	test('while it collects: an edit extends the window, a deletion takes the message out, the last one withdraws the turn', () => {
		expect(run([message('a', 0), edited('a', 2_000)]).state.turns[0]?.flushAt).toBe(5_000);
		expect(shown(run([message('a', 0), message('b', 1), deleted('a', 2)]).state)).toEqual([['t_a', 'collecting', 'b']]);
		expect(run([message('a', 0), deleted('a', 1), clock(9_000)]).effects).toEqual([{ type: 'withdraw', turnId: 't_a' }]);
	});

	test('while it is answered: the answer is taken back, and made for what is left', () => {
		expect(shown(run([...flying, edited('a', 3_500)]).state)).toEqual([['e_a', 'collecting', 'a b']]);
		expect(shown(run([...flying, on('answered', 't_a'), deleted('a', 3_500)]).state)).toEqual([['x_a', 'collecting', 'b']]);
		expect(run([message('a', 0), clock(3_000), deleted('a', 3_100)]).state.turns).toEqual([]);
	});

	test('where answers are kept, and after the answer left, it is history', () => {
		expect(shown(run([...flying, edited('a', 3_500), deleted('b', 3_600)], QUEUE).state)).toEqual([['t_a', 'in_flight', 'a']]);
		expect(run([...flying, on('answered', 't_a'), on('closed', 't_a'), edited('a', 9_000)]).state.turns).toEqual([]);
	});
});

describe('whatever happens in whatever order, under every policy', () => {
	const step = fc.record({
		kind: fc.oneof(
			{ weight: 6, arbitrary: fc.constantFrom('message' as const, 'voice' as const, 'button' as const) },
			{ weight: 6, arbitrary: fc.constant('clock' as const) },
			{ weight: 6, arbitrary: fc.constantFrom('lease_expired' as const, 'answered' as const, 'closed' as const, 'read' as const) },
			fc.constantFrom('human' as const, 'bot' as const, 'edited' as const, 'deleted' as const, 'transcribed' as const),
		),
		gap: fc.integer({ min: 0, max: 6_000 }),
		pick: fc.nat(5),
	});
	const settings = fc.record({ policy: fc.constantFrom('supersede' as const, 'append' as const, 'queue' as const), maxMessages: fc.integer({ min: 1, max: 6 }) });

	test('no message is lost, none is in two turns, one turn is in flight, answers that may be sent are valid, nobody is put off for ever', () => {
		fc.assert(
			fc.property(settings, fc.array(step, { maxLength: 80 }), (chosen, steps) => {
				const rules = { ...DEFAULT_TURN_SETTINGS, ...chosen };
				let state = NEW_CONVERSATION;
				let at = 0;
				const sent: string[] = [];
				const gone = new Set<string>();
				for (const [index, { kind, gap, pick }] of steps.entries()) {
					at += gap;
					const before = state;
					const input = inputOf(kind, `m${index}`, at, pick, before, sent);
					if (input.type === 'message') sent.push(input.id);
					const next = reduceTurns(before, input, rules);
					state = next.state;
					const open = state.turns.flatMap(({ messages }) => messages);
					expect(new Set(open).size).toBe(open.length);
					// What left the open turns was answered, closed for a person, or deleted.
					const left = before.turns.flatMap(({ messages }) => messages).filter((id) => !open.includes(id));
					for (const id of left) {
						expect(gone.has(id)).toBe(false);
						gone.add(id);
						const reason = input.type === 'deleted' ? input.id === id : input.type === 'closed' || next.effects.some(({ type }) => type === 'close_as_human');
						expect(reason).toBe(true);
					}
					expect([...gone, ...open].sort()).toEqual([...sent].sort());
					invariants(state, rules);
					for (const effect of next.effects) if (effect.type === 'deliver') expect(effect.attempt).toBeLessThanOrEqual(MAX_ATTEMPTS);
				}
			}),
			{ numRuns: 500 },
		);
	});

	function invariants({ turns, generation }: ConversationTurns, rules: TurnSettings): void {
		const count = (...phases: OpenTurn['phase'][]) => turns.filter(({ phase }) => phases.includes(phase)).length;
		expect(count('in_flight')).toBeLessThanOrEqual(1);
		expect(count('collecting', 'waiting')).toBeLessThanOrEqual(1);
		expect(count('waiting') === 0 || count('in_flight') === 1).toBe(true);
		expect(count('collecting') === 0 || count('in_flight') === 0).toBe(true);
		for (const turn of turns) {
			expect(turn.supersedes).toBeLessThanOrEqual(MAX_SUPERSEDES);
			// An answer that is kept goes out also when what it was about was deleted.
			if (turn.phase === 'collecting' || turn.phase === 'waiting') expect(turn.messages.length).toBeGreaterThan(0);
			if (turn.phase !== 'dead') expect(turn.generation).toBe(generation);
			expect(turn.flushAt).toBeLessThanOrEqual(turn.openedAt + rules.maxWaitMs);
			expect(dueAt(turn)).toBeGreaterThanOrEqual(turn.flushAt);
		}
	}

	function inputOf(kind: string, id: string, at: number, pick: number, state: ConversationTurns, sent: readonly string[]): TurnInput {
		const turnId = state.turns[pick % Math.max(1, state.turns.length)]?.id ?? 'none';
		const some = sent.at(-1 - pick) ?? 'none';
		switch (kind) {
			case 'message':
			case 'voice':
			case 'button':
				return message(id, at, { voice: kind === 'voice', flush: kind === 'button' });
			case 'clock':
				return clock(at);
			case 'human':
			case 'bot':
				return { type: 'mode', mode: kind };
			case 'edited':
			case 'deleted':
				return { type: kind, id: some, at, turnId: `t_${id}` };
			case 'transcribed':
				return { type: 'transcribed', id: some };
			default:
				return { type: kind as 'answered', turnId };
		}
	}
});

test('flushAt is never after the maximum, never before the last message when the window is open', () => {
	fc.assert(
		fc.property(fc.nat(1e6), fc.nat(1e5), fc.nat(60_000), fc.nat(300_000), (opened, later, quietMs, maxWaitMs) => {
			const due = flushAt(opened, opened + later, { quietMs, maxWaitMs });
			expect(due).toBeLessThanOrEqual(opened + maxWaitMs);
			expect(due).toBeLessThanOrEqual(opened + later + quietMs);
			if (later <= maxWaitMs) expect(due).toBeGreaterThanOrEqual(Math.min(opened + later, opened + maxWaitMs));
		}),
	);
});

test('backoff doubles and stops growing', () => {
	expect([1, 2, 3, 4, 5, 6, 7, 500].map((failures) => backoffMs(failures, 500, 15_000))).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});
