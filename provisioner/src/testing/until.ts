import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for a condition instead of a time: polls until `read` gives something that is neither undefined, null nor false.
 * @throws Error naming what was awaited, after `timeoutMs`
 */
export async function until<T>(what: string, read: () => Promise<T> | T, timeoutMs = 8_000): Promise<NonNullable<T>> {
	const deadline = performance.now() + timeoutMs;
	for (;;) {
		const value = await read();
		if (value !== undefined && value !== null && value !== false) return value;
		if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
		await delay(5);
	}
}
