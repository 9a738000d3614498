/** The nearest-rank percentile of some numbers, `share` from 0 to 1. NaN when there are none. */
export function percentile(values: readonly number[], share: number): number {
	const sorted = Float64Array.from(values).sort();
	return percentileOfSorted(sorted, share);
}

export function percentileOfSorted(sorted: ArrayLike<number>, share: number): number {
	if (sorted.length === 0) return Number.NaN;
	const rank = Math.ceil(share * sorted.length);
	return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] ?? Number.NaN;
}

export interface Latencies {
	readonly count: number;
	readonly p50: number;
	readonly p95: number;
	readonly p99: number;
	readonly max: number;
}

export function summarise(values: readonly number[]): Latencies {
	const sorted = Float64Array.from(values).sort();
	const at = (share: number) => percentileOfSorted(sorted, share);
	return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Least-squares slope of y over x. NaN when all x are the same or there are fewer than two points. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
	const count = points.length;
	if (count < 2) return Number.NaN;
	const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
	const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
	const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
	if (spread === 0) return Number.NaN;
	return points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
}

/** For reading: three significant digits, whole numbers from 100 on. */
export function rounded(value: number): number {
	if (!Number.isFinite(value)) return value;
	return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
