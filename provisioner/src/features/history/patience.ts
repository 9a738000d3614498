import { backoffMs } from '../../../../core/conversation/backoff.ts';

/** How long an archive that failed is left alone: one for all who call it, so that a long queue is not tried piece by piece while it is away. */
export interface Patience {
	/** Milliseconds; 0: call it. */
	waitMs(): number;
	/** It failed as a whole. Returns how long it is left alone. */
	failed(): number;
	/** It did what it was asked for. True when it had failed before. */
	worked(): boolean;
}

const FIRST_MS = 1_000;
const MOST_MS = 60_000;

export function createPatience(firstMs = FIRST_MS): Patience {
	let failures = 0;
	let until = -Infinity;
	return {
		waitMs: () => Math.max(0, until - performance.now()),
		failed() {
			// Several calls that were under way fail together: that is one failure.
			if (until <= performance.now()) failures += 1;
			const wait = backoffMs(failures, firstMs, MOST_MS);
			until = performance.now() + wait;
			return wait;
		},
		worked() {
			const recovered = failures > 0;
			failures = 0;
			until = -Infinity;
			return recovered;
		},
	};
}
