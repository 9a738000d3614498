/** Random numbers that a seed repeats (mulberry32). */
export interface Random {
	/** At least 0, below 1. */
	next(): number;
	/** A whole number from `low` to `high`, both included. */
	between(low: number, high: number): number;
	chance(probability: number): boolean;
	/** @throws Error for an empty list */
	pick<T>(list: readonly T[]): T;
	shuffled<T>(list: readonly T[]): T[];
	/** Another stream of the same seed: what one customer draws must not depend on how fast another was served. */
	fork(name: string): Random;
}

export function seeded(seed: number): Random {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
	const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
	return {
		next,
		between,
		chance: (probability) => next() < probability,
		pick<T>(list: readonly T[]): T {
			const found = list[between(0, list.length - 1)];
			if (found === undefined) throw new Error('Nothing to pick from.');
			return found;
		},
		shuffled: (list) => list.map((value) => ({ value, at: next() })).toSorted((a, b) => a.at - b.at).map(({ value }) => value),
		fork: (name) => seeded([...name].reduce((hash, character) => Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0, seed ^ 0x811c9dc5)),
	};
}
