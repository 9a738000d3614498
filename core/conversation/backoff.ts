/**
 * Waiting time before try number `failures + 1`, in milliseconds: `firstMs` doubled with every failure, never above `maxMs`.
 * `failures` counts from 1.
 */
export function backoffMs(failures: number, firstMs: number, maxMs: number): number {
	return Math.min(maxMs, firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
}
