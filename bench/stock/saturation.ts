/** What one rate showed. */
export interface Step {
	readonly rate: number;
	/** Acknowledged per second while it lasted. */
	readonly throughput: number;
	readonly p99Ms: number;
}

/** p99 above this, or less than this share of the rate acknowledged: more than it can take. */
const P99_LIMIT_MS = 1_000;
const KEEPS_UP = 0.9;

export const sustains = ({ rate, throughput, p99Ms }: Step): boolean => p99Ms < P99_LIMIT_MS && throughput >= rate * KEEPS_UP;

/**
 * The highest rate that is sustained: steps up by `factor` until one is not, then halves the distance `refinements` times.
 * @param from must be sustained, or the result is the first step as it is
 */
export async function findSaturation<T extends Step>(
	measure: (rate: number) => Promise<T>,
	options: { from: number; factor: number; refinements: number; most: number },
): Promise<{ saturation: T; steps: readonly T[] }> {
	const steps: T[] = [];
	const tryRate = async (rate: number): Promise<T> => {
		const step = await measure(rate);
		steps.push(step);
		return step;
	};
	let best = await tryRate(options.from);
	let tooMuch: number | undefined;
	while (tooMuch === undefined && sustains(best)) {
		const rate = best.rate * options.factor;
		if (rate > options.most) return { saturation: best, steps };
		const step = await tryRate(rate);
		if (sustains(step)) best = step;
		else tooMuch = rate;
	}
	for (let left = options.refinements; left > 0 && tooMuch !== undefined; left -= 1) {
		const step = await tryRate((best.rate + tooMuch) / 2);
		if (sustains(step)) best = step;
		else tooMuch = step.rate;
	}
	return { saturation: best, steps };
}
