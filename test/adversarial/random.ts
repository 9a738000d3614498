/** A seeded generator of random numbers (mulberry32): the same seed gives the same cases on every machine. */
export interface Random {
	/** 0 ≤ x < 1 */
	next(): number;
	/** 0 … below - 1 */
	below(below: number): number;
	chance(probability: number): boolean;
	pick<T>(from: readonly T[]): T;
}

export function seeded(seed: number): Random {
	let state = seed >>> 0;
	const next = (): number => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
	const below = (limit: number): number => Math.floor(next() * limit);
	return {
		next, below,
		chance: (probability) => next() < probability,
		pick<T>(from: readonly T[]): T {
			const picked = from[below(from.length)];
			if (picked === undefined) throw new Error('Nothing to pick from.');
			return picked;
		},
	};
}
