import { pino } from 'pino';
import { expect, test } from 'vitest';
import { until } from '../testing/until.ts';
import { createDueLoop } from './due-loop.ts';
import type { DueLoopOptions } from './due-loop.ts';

const log = pino({ level: 'silent' });

/** Jobs that are held until `release`. */
function heldLoop(queue: string[], options: Partial<DueLoopOptions<string>> & { most?: (places: number) => number } = {}) {
	const begun: string[] = [];
	const aborted: string[] = [];
	const handedBack: string[] = [];
	const ends = new Map<string, () => void>();
	let claims = 0;
	const loop = createDueLoop<string>({
		name: 'test', concurrency: 2, sweepMs: 60_000, log, endMakesDue: false,
		async claim(places) {
			claims += 1;
			return queue.splice(0, options.most?.(places) ?? places);
		},
		run: (job, signal) =>
			new Promise((resolve) => {
				begun.push(job);
				ends.set(job, resolve);
				signal.addEventListener('abort', () => (aborted.push(job), resolve()));
			}),
		nextDueInMs: () => null,
		handBack: async (jobs) => void handedBack.push(...jobs),
		...options,
	});
	return { loop, begun, aborted, handedBack, ends, claims: () => claims };
}

test('what has no place waits, is begun before anything is claimed, and is handed back at a stop', async () => {
	const { loop, begun, handedBack, ends, claims } = heldLoop(['a', 'b', 'c', 'd', 'e'], { most: () => 5 });
	loop.start();
	await until('two are begun', () => begun.length === 2);
	ends.get('a')?.();
	await until('the third', () => begun.length === 3);
	expect(begun).toEqual(['a', 'b', 'c']);
	expect(claims()).toBe(1);
	const stopped = loop.stop(5_000);
	await until('the rest is handed back', () => handedBack.length === 2);
	ends.get('b')?.();
	ends.get('c')?.();
	await stopped;
	expect(begun).toEqual(['a', 'b', 'c']);
	expect(handedBack).toEqual(['d', 'e']);
});

test('an end is followed by a claim only when there was no place for one', async () => {
	const queue = ['a', 'b', 'c'];
	const { loop, begun, ends, claims } = heldLoop(queue);
	loop.start();
	await until('two are begun', () => begun.length === 2);
	ends.get('a')?.();
	await until('the third', () => begun.length === 3);
	ends.get('b')?.();
	await until('it has looked again', () => claims() === 3);
	ends.get('c')?.();
	await loop.stop(1_000);
	expect(claims()).toBe(3);
});

test('a stop aborts what does not end, and does not wait for what ignores even that', async () => {
	const { loop, begun, aborted } = heldLoop(['a']);
	const { loop: deaf, begun: deafBegun } = heldLoop(['b'], { run: () => (deafBegun.push('b'), new Promise<void>(() => undefined)) });
	loop.start();
	deaf.start();
	await until('both are begun', () => begun.length + deafBegun.length === 2);
	await loop.stop(20);
	expect(aborted).toEqual(['a']);
	const stopping = performance.now();
	await deaf.stop(20);
	expect(performance.now() - stopping).toBeLessThan(2_000);
});

test('a claim that ends after the stop is handed back', async () => {
	let answer = (_jobs: readonly string[]): void => undefined;
	const { loop, begun, handedBack } = heldLoop([], { claim: () => new Promise((resolve) => (answer = resolve)) });
	loop.start();
	const stopped = loop.stop(1_000);
	answer(['late']);
	await stopped;
	expect(begun).toEqual([]);
	expect(handedBack).toEqual(['late']);
});

test('with a gap, what becomes due shortly after a claim is claimed together; the first of a quiet time at once', async () => {
	const queue: string[] = [];
	const gapMs = 50;
	const { loop, begun, claims } = heldLoop(queue, { concurrency: 10, gapMs });
	loop.start();
	await until('the first look', () => claims() === 1);
	const lookedAt = performance.now();
	for (const job of ['a', 'b', 'c']) {
		queue.push(job);
		loop.wake(0);
	}
	await until('all are begun', () => begun.length === 3);
	expect(performance.now() - lookedAt).toBeGreaterThanOrEqual(gapMs - 5);
	expect(claims()).toBe(2);
	await until('the gap is over', () => performance.now() - lookedAt > 3 * gapMs);
	queue.push('d');
	const due = performance.now();
	loop.wake(0);
	await until('it is begun', () => begun.length === 4);
	expect(performance.now() - due).toBeLessThan(gapMs);
});
