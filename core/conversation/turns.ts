import type { NewerMessagePolicy, TurnSettings } from './turn-settings.ts';

/**
 * The rules of turns, as a reducer: state of one conversation + event → state + effects. Times are milliseconds of one clock.
 * docs/turns.md draws and explains them. The store applies the same rules in SQL (provisioner/src/store/migrations/0005_turn_rules.sql), in
 * one round trip and under the conversation's row lock; an integration test holds the two together.
 */
export interface ConversationTurns {
	readonly mode: 'bot' | 'human';
	/** The token that an answer must carry to be sent. It grows when the question becomes another one: answers to the older one are stale. */
	readonly generation: number;
	/** Turns whose messages are not answered yet, oldest first. At most one is in flight, and at most one collects or waits: the last one. */
	readonly turns: readonly OpenTurn[];
}

export interface OpenTurn {
	readonly id: string;
	/**
	 * - `collecting`: until its window ends. `waiting`: collects, and is not delivered while the turn before it is in flight.
	 * - `in_flight`: n8n works on it. `answered`: its reply is queued and nothing of it has been sent.
	 * - `dead`: given up after too many leases, kept to be seen and redelivered.
	 */
	readonly phase: 'collecting' | 'waiting' | 'in_flight' | 'answered' | 'dead';
	/** Token of the conversation when the turn was opened. */
	readonly generation: number;
	readonly openedAt: number;
	/** When its window ends. */
	readonly flushAt: number;
	/** Ids of the messages, in the order they came; those of superseded turns first. */
	readonly messages: readonly string[];
	/** Messages that came to this turn itself. */
	readonly arrived: number;
	/** Voice messages without a transcript yet → until when it is waited for. */
	readonly pending: Readonly<Record<string, number>>;
	/** Answers in a row that newer messages have taken back before this turn. */
	readonly supersedes: number;
	/** The agent has begun to read it: nothing joins it any more. */
	readonly read: boolean;
	/** Deliveries that were taken. */
	readonly attempts: number;
}

export type TurnEffect =
	| { readonly type: 'supersede'; readonly turnId: string }
	| { readonly type: 'deliver'; readonly turnId: string; readonly attempt: number }
	/** A waiting turn collects now: it may be due. */
	| { readonly type: 'release'; readonly turnId: string }
	| { readonly type: 'close_as_human'; readonly turnId: string }
	| { readonly type: 'give_up'; readonly turnId: string }
	/** The customer deleted everything that it was about. */
	| { readonly type: 'withdraw'; readonly turnId: string };

export type TurnInput =
	/** A message that is not a duplicate. `turnId`: the id of a turn that may be opened for it. */
	| { readonly type: 'message'; readonly id: string; readonly at: number; readonly turnId: string; readonly flush?: boolean; readonly voice?: boolean }
	/** The customer changed a message, or deleted it. */
	| { readonly type: 'edited' | 'deleted'; readonly id: string; readonly at: number; readonly turnId: string }
	/** A voice message has its text, or will not get one. */
	| { readonly type: 'transcribed'; readonly id: string }
	/** Time has passed: is the turn due? */
	| { readonly type: 'clock'; readonly at: number }
	/** The agent read the turn. */
	| { readonly type: 'read'; readonly turnId: string }
	/** The lease of a delivery ended without an answer. */
	| { readonly type: 'lease_expired'; readonly turnId: string }
	/** A reply entered the outbox. */
	| { readonly type: 'answered'; readonly turnId: string }
	/** The first part of the reply left: from now on it is not taken back. Also "no reply". */
	| { readonly type: 'closed'; readonly turnId: string }
	| { readonly type: 'mode'; readonly mode: 'bot' | 'human' };

export interface Reduced {
	readonly state: ConversationTurns;
	readonly effects: readonly TurnEffect[];
}

export const MAX_ATTEMPTS = 5;
/** A customer who keeps writing is answered all the same: the answer that would be taken back for the third time in a row is sent. */
export const MAX_SUPERSEDES = 2;
export const NEW_CONVERSATION: ConversationTurns = { mode: 'bot', generation: 0, turns: [] };

/** When the window ends of a turn opened at `openedAt`, whose last message came at `lastMessageAt`. */
export function flushAt(openedAt: number, lastMessageAt: number, window: Pick<TurnSettings, 'quietMs' | 'maxWaitMs'>): number {
	return Math.min(lastMessageAt + window.quietMs, openedAt + window.maxWaitMs);
}

/** When a turn is delivered: its window has ended, and no transcript is waited for. */
export function dueAt(turn: OpenTurn): number {
	return Math.max(turn.flushAt, ...Object.values(turn.pending));
}

export function reduceTurns(state: ConversationTurns, input: TurnInput, settings: TurnSettings): Reduced {
	switch (input.type) {
		case 'message':
			return onMessage(state, input, settings);
		case 'edited':
			return onEdited(state, input, settings);
		case 'deleted':
			return onDeleted(state, input, settings);
		case 'transcribed':
			return { state: { ...state, turns: state.turns.map((turn) => ({ ...turn, pending: without(turn.pending, input.id) })) }, effects: [] };
		case 'clock': {
			const turn = state.turns.find(({ phase }) => phase === 'collecting');
			return turn && input.at >= dueAt(turn) ? deliver(state, turn) : unchanged(state);
		}
		case 'read':
			return inFlight(state, input.turnId, (turn) => ({ state: replace(state, { ...turn, read: true }), effects: [] }));
		case 'lease_expired':
			return inFlight(state, input.turnId, (turn) =>
				turn.attempts < MAX_ATTEMPTS ? deliver(state, turn) : release(replace(state, { ...turn, phase: 'dead' }), [{ type: 'give_up', turnId: turn.id }]),
			);
		case 'answered':
			// An answer of a superseded turn has another id, and changes nothing.
			return inFlight(state, input.turnId, (turn) => release(replace(state, { ...turn, phase: 'answered' }), []));
		case 'closed': {
			const turn = find(state, input.turnId);
			return turn && (turn.phase === 'answered' || turn.phase === 'in_flight') ? release(drop(state, turn), []) : unchanged(state);
		}
		case 'mode':
			return { state: { ...state, mode: input.mode }, effects: [] };
	}
}

function onMessage(state: ConversationTurns, input: Extract<TurnInput, { type: 'message' }>, settings: TurnSettings): Reduced {
	const { id, at, voice } = input;
	const pending: Record<string, number> = voice === true && settings.voiceWaitMs > 0 ? { [id]: at + settings.voiceWaitMs } : {};
	const collecting = last(state);
	if (collecting?.phase === 'collecting' || collecting?.phase === 'waiting') {
		return { state: replace(state, withMessage(collecting, input, pending, settings)), effects: [] };
	}
	const working = state.turns.find(({ phase }) => phase === 'in_flight');
	// A voice message would be read before its words are there: it gets a turn that waits for them.
	const waits = Object.keys(pending).length > 0;
	if (settings.policy === 'append' && working && !working.read && !waits) {
		const joined = { ...working, messages: [...working.messages, id], arrived: working.arrived + 1 };
		return { state: replace(state, joined), effects: [] };
	}
	const empty = { id: input.turnId, openedAt: at, messages: [], arrived: 0, pending: {}, read: false, attempts: 0 };
	if (keepsAnswers(state, settings.policy)) {
		const opened: OpenTurn = { ...empty, phase: working ? 'waiting' : 'collecting', generation: state.generation, flushAt: Infinity, supersedes: 0 };
		const { turns, behind, effects } = takeOverDead(state.turns, opened);
		return { state: { ...state, turns: [...turns, withMessage(behind, input, pending, settings)] }, effects };
	}
	const { next, effects } = supersedeAll(state, empty);
	return { state: { ...state, generation: next.generation, turns: [withMessage(next, input, pending, settings)] }, effects };
}

/** Changed while nothing is answered yet: the answer is to the new words. After that it is history. */
function onEdited(state: ConversationTurns, input: { id: string; at: number; turnId: string }, settings: TurnSettings): Reduced {
	const turn = state.turns.find(({ messages }) => messages.includes(input.id));
	if (!turn) return unchanged(state);
	if (turn.phase === 'collecting' || turn.phase === 'waiting') {
		return { state: replace(state, { ...turn, flushAt: extended(turn, input.at, settings) }), effects: [] };
	}
	if (keepsAnswers(state, settings.policy) || hasSuccessor(state)) return unchanged(state);
	return anew(state, input, settings, (messages) => messages);
}

/** Deleted while nothing is answered yet: it is answered without. A turn with nothing left in it is withdrawn. */
function onDeleted(state: ConversationTurns, input: { id: string; at: number; turnId: string }, settings: TurnSettings): Reduced {
	const turn = state.turns.find(({ messages }) => messages.includes(input.id));
	if (!turn) return unchanged(state);
	const rest = (messages: readonly string[]) => messages.filter((id) => id !== input.id);
	if (turn.phase === 'collecting' || turn.phase === 'waiting') {
		const left = { ...turn, messages: rest(turn.messages), pending: without(turn.pending, input.id) };
		if (left.messages.length > 0) return { state: replace(state, left), effects: [] };
		return { state: drop(state, turn), effects: [{ type: 'withdraw', turnId: turn.id }] };
	}
	// Where answers are kept, it goes out; the message is in no later answer.
	if (keepsAnswers(state, settings.policy) || hasSuccessor(state)) {
		return { state: replace(state, { ...turn, messages: rest(turn.messages), pending: without(turn.pending, input.id) }), effects: [] };
	}
	return anew(state, input, settings, rest);
}

/** The unsent answers are taken back, and what `keep` leaves of their messages is answered in a new turn. */
function anew(state: ConversationTurns, { at, turnId }: { at: number; turnId: string }, settings: TurnSettings, keep: (messages: readonly string[]) => readonly string[]): Reduced {
	const { next, effects } = supersedeAll(state, { id: turnId, openedAt: at, messages: [], arrived: 0, pending: {}, read: false, attempts: 0 });
	const messages = keep(next.messages);
	const pending = Object.fromEntries(Object.entries(next.pending).filter(([id]) => messages.includes(id)));
	const turns = messages.length === 0 ? [] : [{ ...next, messages, pending, flushAt: flushAt(at, at, settings) }];
	return { state: { ...state, generation: next.generation, turns }, effects };
}

/** An answer that has not been sent, and that this message must not take back. A turn that was given up has none. */
function keepsAnswers({ turns }: ConversationTurns, policy: NewerMessagePolicy): boolean {
	return turns.some(({ phase, supersedes }) => (phase === 'in_flight' || phase === 'answered') && (policy !== 'supersede' || supersedes >= MAX_SUPERSEDES));
}

function hasSuccessor(state: ConversationTurns): boolean {
	const phase = last(state)?.phase;
	return phase === 'collecting' || phase === 'waiting';
}

type Empty = Omit<OpenTurn, 'phase' | 'generation' | 'flushAt' | 'supersedes'>;

function supersedeAll({ generation, turns }: ConversationTurns, empty: Empty): { next: OpenTurn; effects: TurnEffect[] } {
	const answers = turns.filter(({ phase }) => phase !== 'dead');
	const next: OpenTurn = {
		...empty,
		phase: 'collecting',
		generation: generation + 1,
		flushAt: Infinity,
		messages: turns.flatMap(({ messages }) => messages),
		pending: Object.assign({}, ...turns.map(({ pending }) => pending)) as OpenTurn['pending'],
		supersedes: answers.length === 0 ? 0 : Math.max(...answers.map(({ supersedes }) => supersedes)) + 1,
	};
	return { next, effects: turns.map(({ id }) => ({ type: 'supersede', turnId: id })) };
}

function withMessage(turn: OpenTurn, { id, at, flush }: { id: string; at: number; flush?: boolean }, pending: OpenTurn['pending'], settings: TurnSettings): OpenTurn {
	const arrived = turn.arrived + 1;
	return {
		...turn,
		messages: [...turn.messages, id],
		arrived,
		pending: { ...turn.pending, ...pending },
		flushAt: flush === true || arrived >= settings.maxMessages ? Math.min(turn.flushAt, at) : extended(turn, at, settings),
	};
}

/** A window that has ended stays ended: the turn goes as soon as there is a place, with what has come until then. */
function extended(turn: OpenTurn, at: number, settings: TurnSettings): number {
	return turn.flushAt <= at ? turn.flushAt : flushAt(turn.openedAt, at, settings);
}

/** A person answers this conversation: the turn is theirs. */
function deliver(state: ConversationTurns, turn: OpenTurn): Reduced {
	if (state.mode === 'human') return release(drop(state, turn), [{ type: 'close_as_human', turnId: turn.id }]);
	const attempts = turn.attempts + 1;
	return { state: replace(state, { ...turn, phase: 'in_flight', attempts }), effects: [{ type: 'deliver', turnId: turn.id, attempt: attempts }] };
}

/** Nothing is in flight any more: what waited behind it collects. It takes over the messages of a turn that was given up. */
function release(state: ConversationTurns, effects: readonly TurnEffect[]): Reduced {
	const waiting = last(state);
	if (waiting?.phase !== 'waiting') return { state, effects };
	const { turns, behind, effects: superseded } = takeOverDead(state.turns.slice(0, -1), { ...waiting, phase: 'collecting' });
	return { state: { ...state, turns: [...turns, behind] }, effects: [...effects, ...superseded, { type: 'release', turnId: waiting.id }] };
}

/** Nobody answers a turn that was given up: its messages go to the next one. */
function takeOverDead(turns: readonly OpenTurn[], next: OpenTurn): { turns: readonly OpenTurn[]; behind: OpenTurn; effects: readonly TurnEffect[] } {
	const dead = turns.filter(({ phase }) => phase === 'dead');
	return {
		turns: turns.filter(({ phase }) => phase !== 'dead'),
		behind: { ...next, messages: [...dead.flatMap(({ messages }) => messages), ...next.messages] },
		effects: dead.map(({ id }) => ({ type: 'supersede', turnId: id })),
	};
}

function inFlight(state: ConversationTurns, turnId: string, then: (turn: OpenTurn) => Reduced): Reduced {
	const turn = find(state, turnId);
	return turn?.phase === 'in_flight' ? then(turn) : unchanged(state);
}

function find({ turns }: ConversationTurns, id: string): OpenTurn | undefined {
	return turns.find((turn) => turn.id === id);
}

function last({ turns }: ConversationTurns): OpenTurn | undefined {
	return turns.at(-1);
}

function replace(state: ConversationTurns, turn: OpenTurn): ConversationTurns {
	return { ...state, turns: state.turns.map((other) => (other.id === turn.id ? turn : other)) };
}

function drop(state: ConversationTurns, { id }: OpenTurn): ConversationTurns {
	return { ...state, turns: state.turns.filter((turn) => turn.id !== id) };
}

function without(pending: OpenTurn['pending'], id: string): OpenTurn['pending'] {
	return id in pending ? Object.fromEntries(Object.entries(pending).filter(([other]) => other !== id)) : pending;
}

function unchanged(state: ConversationTurns): Reduced {
	return { state, effects: [] };
}
