import { expect, test } from 'vitest';
import { createArrivals, lagFor } from './arrivals.ts';

function all(arrivals: { next(): { burst: number; part: number } | undefined }): string[] {
	const seen: string[] = [];
	for (let one = arrivals.next(); one; one = arrivals.next()) seen.push(`${one.burst}.${one.part}`);
	return seen;
}

test('bursts are interleaved, and the parts of one come in order', () => {
	expect(all(createArrivals({ size: 3, lag: 1 }, () => 3, true))).toEqual(['0.0', '1.0', '0.1', '2.0', '1.1', '0.2', '2.1', '1.2', '2.2']);
});

test('every message of every burst comes exactly once', () => {
	for (const lag of [0, 1, 2, 7, 50]) {
		const seen = all(createArrivals({ size: 3, lag }, () => 20, true));
		expect(seen.length).toBe(60);
		expect(new Set(seen).size).toBe(60);
	}
});

test('a limit that grows goes on where it stopped', () => {
	let limit = 2;
	const arrivals = createArrivals({ size: 2, lag: 1 }, () => limit, false);
	expect(all(arrivals)).toEqual(['0.0', '1.0', '0.1']);
	limit = 4;
	expect(all(arrivals)).toEqual(['2.0', '1.1', '3.0', '2.1']);
});

test('the pause between the messages of a customer is counted in bursts that begin meanwhile', () => {
	expect(lagFor(300, 30, 3)).toBe(3);
	expect(lagFor(300, 3, 3)).toBe(0);
});
