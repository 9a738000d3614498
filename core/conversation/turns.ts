/**
 * The rules of turns, as a reducer: state of one conversation + event → state + effects. Times are milliseconds of one clock.
 * The store applies the same rules in SQL (provisioner/src/store/migrations/0003_gateway.sql), in one round trip and under the
 * conversation's row lock; an integration test holds the two together.
 *
 *   collecting ──flush──▶ in_flight ──answered──▶ answered ──first part sent──▶ (no turn)
 *        ▲                    │ ▲ lease expired        │
 *        └── a newer message ─┴─┴──── supersedes ──────┘   (it takes over every unanswered message)
 */
export interface ConversationTurns {
	readonly mode: 'bot' | 'human';
	/** Grows with every inbound message: an answer made for an older one is stale. */
	readonly generation: number;
	/** The one turn whose messages are not answered yet; null: everything is answered. */
	readonly turn: OpenTurn | null;
}

export interface OpenTurn {
	readonly id: string;
	/** `answered`: the reply is queued and nothing of it has been sent. `dead`: given up after too many leases, kept to be seen. */
	readonly phase: 'collecting' | 'in_flight' | 'answered' | 'dead';
	/** Of the conversation when the turn's last message came. */
	readonly generation: number;
	readonly openedAt: number;
	/** When collecting ends. */
	readonly flushAt: number;
	/** Ids of the messages, in the order they came. */
	readonly messages: readonly string[];
	/** Deliveries that were taken. */
	readonly attempts: number;
}

export type TurnEffect =
	| { readonly type: 'supersede'; readonly turnId: string }
	| { readonly type: 'deliver'; readonly turnId: string; readonly attempt: number }
	| { readonly type: 'close_as_human'; readonly turnId: string }
	| { readonly type: 'give_up'; readonly turnId: string };

export type TurnInput =
	/** A message that is not a duplicate. `turnId`: the id of a turn that may be opened for it. */
	| { readonly type: 'message'; readonly id: string; readonly at: number; readonly turnId: string }
	/** Time has passed: is the turn due? */
	| { readonly type: 'clock'; readonly at: number }
	/** The lease of a delivery ended without an answer. */
	| { readonly type: 'lease_expired'; readonly turnId: string }
	/** A reply entered the outbox. */
	| { readonly type: 'answered'; readonly turnId: string }
	/** The first part of the reply left: from now on it is not taken back. Also "no reply". */
	| { readonly type: 'closed'; readonly turnId: string }
	| { readonly type: 'mode'; readonly mode: 'bot' | 'human' };

export interface TurnWindow {
	/** Silence that ends a burst. */
	readonly quietMs: number;
	/** Longest time from a turn's first message to its delivery, however long the customer goes on writing. */
	readonly maxWaitMs: number;
}

export const MAX_ATTEMPTS = 5;
export const NEW_CONVERSATION: ConversationTurns = { mode: 'bot', generation: 0, turn: null };

/** When a turn is due, opened at `openedAt`, whose last message came at `lastMessageAt`. */
export function flushAt(openedAt: number, lastMessageAt: number, window: TurnWindow): number {
	return Math.min(lastMessageAt + window.quietMs, openedAt + window.maxWaitMs);
}

export function reduceTurns(
	state: ConversationTurns,
	input: TurnInput,
	window: TurnWindow,
): { readonly state: ConversationTurns; readonly effects: readonly TurnEffect[] } {
	const { turn } = state;
	switch (input.type) {
		case 'message':
			return onMessage(state, input, window);
		case 'clock':
			if (turn?.phase !== 'collecting' || input.at < turn.flushAt) return unchanged(state);
			return deliver(state, turn);
		case 'lease_expired':
			if (turn?.id !== input.turnId || turn.phase !== 'in_flight') return unchanged(state);
			if (turn.attempts >= MAX_ATTEMPTS) {
				return { state: { ...state, turn: { ...turn, phase: 'dead' } }, effects: [{ type: 'give_up', turnId: turn.id }] };
			}
			return deliver(state, turn);
		case 'answered':
			// An answer of a superseded turn has another id, and changes nothing.
			if (turn?.id !== input.turnId || turn.phase !== 'in_flight') return unchanged(state);
			return { state: { ...state, turn: { ...turn, phase: 'answered' } }, effects: [] };
		case 'closed':
			if (turn?.id !== input.turnId || (turn.phase !== 'answered' && turn.phase !== 'in_flight')) return unchanged(state);
			return { state: { ...state, turn: null }, effects: [] };
		case 'mode':
			return { state: { ...state, mode: input.mode }, effects: [] };
	}
}

function onMessage(
	state: ConversationTurns,
	{ id, at, turnId }: Extract<TurnInput, { type: 'message' }>,
	window: TurnWindow,
): ReturnType<typeof reduceTurns> {
	const generation = state.generation + 1;
	const { turn } = state;
	if (turn?.phase === 'collecting') {
		const extended = { ...turn, generation, messages: [...turn.messages, id], flushAt: flushAt(turn.openedAt, at, window) };
		return { state: { ...state, generation, turn: extended }, effects: [] };
	}
	const opened: OpenTurn = {
		id: turnId,
		phase: 'collecting',
		generation,
		openedAt: at,
		flushAt: flushAt(at, at, window),
		messages: [...(turn?.messages ?? []), id],
		attempts: 0,
	};
	return { state: { ...state, generation, turn: opened }, effects: turn ? [{ type: 'supersede', turnId: turn.id }] : [] };
}

/** A person answers this conversation: the turn is theirs. */
function deliver(state: ConversationTurns, turn: OpenTurn): ReturnType<typeof reduceTurns> {
	if (state.mode === 'human') return { state: { ...state, turn: null }, effects: [{ type: 'close_as_human', turnId: turn.id }] };
	const attempts = turn.attempts + 1;
	return {
		state: { ...state, turn: { ...turn, phase: 'in_flight', attempts } },
		effects: [{ type: 'deliver', turnId: turn.id, attempt: attempts }],
	};
}

function unchanged(state: ConversationTurns): ReturnType<typeof reduceTurns> {
	return { state, effects: [] };
}
