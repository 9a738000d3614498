/**
 * How many turns n8n may have open (taken and not answered) before this process delivers more. n8n acknowledges before it executes, so it would
 * take a flood whole, and everybody's turns would wait in it for each other, in no order. What waits with us instead is fair over tenants and can
 * go together.
 *
 * How many that is can't be known: turns that wait for a model cost n8n nothing. What tells is how fast it acknowledges; its one event loop
 * acknowledges slowly when it has too much to do. So: additive increase while it is quick, multiplicative decrease when it is slow.
 */
export interface OpenLimit {
	readonly most: number;
	/** Nothing was heard of n8n for a while: it may have lost what it had, and a few more tell. */
	silent(now: number): boolean;
	/** n8n acknowledged a call with so many turns. */
	acknowledged(call: { readonly durationMs: number; readonly turns: number; readonly now: number }): void;
}

/** In calls of the largest size. */
const FIRST_CALLS = 4;
/** Or one call of the largest size: with two, as many turns were answered beside a flood, and a quiet tenant waited twice as long. */
const LEAST = 16;
const MOST = 10_000;
/** An idle n8n acknowledges a call within 10 to 25 ms. At twice that somebody waits already: a quiet tenant's turn goes into the same loop. */
const QUICK_MS = 40;
const SLOW_MS = 100;
const DECREASE = 0.8;
/** One decrease for what was sent before it could be felt. */
const DECREASE_EVERY_MS = 500;
const SILENT_MS = 250;

export function createOpenLimit(batchMax: number): OpenLimit {
	const least = Math.max(LEAST, batchMax);
	let most = Math.max(least, FIRST_CALLS * batchMax);
	let decreasedAt = -Infinity;
	let heardAt = -Infinity;
	return {
		get most() {
			return Math.floor(most);
		},
		silent: (now) => now - heardAt > SILENT_MS,
		acknowledged({ durationMs, turns, now }) {
			heardAt = now;
			if (durationMs < QUICK_MS) most = Math.min(MOST, most + turns);
			if (durationMs <= SLOW_MS || now - decreasedAt < DECREASE_EVERY_MS) return;
			most = Math.max(least, most * DECREASE);
			decreasedAt = now;
		},
	};
}
