import type { Span } from '../../telemetry/tracing.ts';
import type { Subscription } from './deliver.ts';

/** A claimed turn, as it goes to n8n. */
export interface DueTurn {
	readonly id: string;
	readonly attempt: number;
	readonly deliveryFailures: number;
	/** Batches with it that n8n did not take, or took and did not answer. */
	readonly batchFailures: number;
	/** Its event. */
	readonly json: string;
	readonly traceparent: string;
	/** From the claim to n8n's confirmation. */
	readonly span: Span;
	readonly conversation: string;
	readonly connection: string;
	readonly tenant: string;
	/** Since the end of its window, in milliseconds. */
	readonly waitedMs: number;
	readonly subscriptions: readonly Subscription[];
}

/** One signed call: turns that the same subscription gets. `subscription` undefined: none is there for them. */
export interface Call {
	readonly subscription: Subscription | undefined;
	readonly turns: readonly DueTurn[];
}

export interface Batching {
	/** Most turns in a call. */
	readonly max: number;
	/** More is due than was claimed: calls are filled. */
	readonly moreWait: boolean;
	/** The trigger is of a package that knows no batches. */
	takesOne(subscription: Subscription): boolean;
	choose(turn: DueTurn): Subscription | undefined;
}

/** n8n takes 16 MB; a body this long is parsed and stored in a few milliseconds. */
const MAX_CALL_CHARS = 1_000_000;
/** A tenant with more turns than that among those claimed has a backlog. */
const QUIET_TURNS = 2;
/** Whatever it is in such a turn that n8n does not take or answer shall not keep others. */
const ALONE_AFTER = 2;

/**
 * Puts due turns into calls. With a place for each, each goes alone: a batch would gain nothing, and its turns would wait for each other in n8n.
 * With more turns than places they share them: the queue shows itself as the size of the batch. When still more wait, calls are as large as can be.
 * A batch takes as long as all its turns: those of tenants who have few go first, and never in one call with those of a tenant who has many.
 */
export function planCalls(turns: readonly DueTurn[], places: number, batching: Batching): readonly Call[] {
	const shared = turns.length <= places ? 1 : Math.min(batching.max, Math.ceil(turns.length / Math.max(1, places)));
	const size = batching.moreWait ? batching.max : shared;
	const calls: Call[] = [];
	const open = new Map<string, { turns: DueTurn[]; chars: number }>();
	for (const { turn, group } of quietFirst(turns)) {
		const subscription = batching.choose(turn);
		if (size === 1 || !subscription || turn.batchFailures >= ALONE_AFTER || batching.takesOne(subscription)) {
			calls.push({ subscription, turns: [turn] });
			continue;
		}
		const key = `${group} ${subscription.id}`;
		const call = open.get(key);
		if (call && call.turns.length < size && call.chars + turn.json.length <= MAX_CALL_CHARS) {
			call.turns.push(turn);
			call.chars += turn.json.length;
			continue;
		}
		const opened = { turns: [turn], chars: turn.json.length };
		open.set(key, opened);
		calls.push({ subscription, turns: opened.turns });
	}
	return calls;
}

/** In their order; with a backlog of some tenants, the turns of the others before theirs. */
function quietFirst(turns: readonly DueTurn[]): { readonly turn: DueTurn; readonly group: 'quiet' | 'many' }[] {
	const counts = new Map<string, number>();
	for (const { tenant } of turns) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
	const grouped = turns.map((turn) => ({ turn, group: (counts.get(turn.tenant) ?? 0) > QUIET_TURNS ? ('many' as const) : ('quiet' as const) }));
	return [...grouped.filter(({ group }) => group === 'quiet'), ...grouped.filter(({ group }) => group === 'many')];
}
