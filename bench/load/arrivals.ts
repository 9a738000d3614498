/** One message of a burst: who writes, and the how-manieth message of theirs it is. */
export interface Arrival {
	readonly burst: number;
	readonly part: number;
}

export interface ArrivalOptions {
	/** Messages in a burst. */
	readonly size: number;
	/** How many other bursts begin between two messages of one: customers write at the same time, not one after another. */
	readonly lag: number;
}

/**
 * The order in which bursts arrive: message by message, interleaved. `limit` is how many bursts may begin; read anew at every step, so it can
 * grow while it runs. Nothing more comes (for now) when it is reached, and all bursts are complete when `drain` is on.
 */
export function createArrivals(options: ArrivalOptions, limit: () => number, drain: boolean): { next(): Arrival | undefined } {
	const { size, lag } = options;
	const tail = drain ? (size - 1) * lag : 0;
	let group = 0;
	let part = -1;
	return {
		next() {
			for (;;) {
				if (group >= limit() + tail) return undefined;
				part += 1;
				if (part === size) {
					part = 0;
					group += 1;
					if (group >= limit() + tail) {
						// Nothing was taken from the next group yet: begin there when the limit grows.
						part = -1;
						return undefined;
					}
				}
				const burst = group - part * lag;
				if (burst >= 0 && burst < limit()) return { burst, part };
			}
		},
	};
}

/** How many bursts begin between two messages of one, for a pause of about `gapMs` at this rate; 0: one burst after another. */
export function lagFor(gapMs: number, messagesPerSecond: number, size: number): number {
	return Math.round((gapMs / 1000) * (messagesPerSecond / size));
}
