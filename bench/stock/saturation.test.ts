import { expect, test } from 'vitest';
import { findSaturation } from './saturation.ts';
import type { Step } from './saturation.ts';

/** A server that takes `capacity` a second and queues the rest. */
const server = (capacity: number) => async (rate: number): Promise<Step> => ({ rate, throughput: Math.min(rate, capacity), p99Ms: rate <= capacity ? 20 : 5_000 });

test('the saturation point is found between the last rate that was sustained and the first that was not', async () => {
	const { saturation, steps } = await findSaturation(server(31), { from: 16, factor: 1.25, refinements: 2, most: 1_000 });
	expect(steps.map(({ rate }) => rate)).toEqual([16, 20, 25, 31.25, 28.125, 29.6875]);
	expect(saturation.rate).toBe(29.6875);
});

test('one that is over its limit from the start is taken as it is', async () => {
	const { saturation, steps } = await findSaturation(server(5), { from: 16, factor: 1.25, refinements: 0, most: 1_000 });
	expect([saturation.rate, steps.length]).toEqual([16, 1]);
});

test('it stops at the highest rate that is to be tried', async () => {
	const { saturation } = await findSaturation(server(1_000_000), { from: 100, factor: 2, refinements: 3, most: 500 });
	expect(saturation.rate).toBe(400);
});
