import { expect, test } from 'vitest';
import { median, percentile, rounded, slope, summarise } from './statistics.ts';

test('a percentile is the nearest rank of the sorted numbers', () => {
	const oneToHundred = Array.from({ length: 100 }, (_, index) => 100 - index);
	expect(percentile(oneToHundred, 0.5)).toBe(50);
	expect(percentile(oneToHundred, 0.99)).toBe(99);
	expect(percentile(oneToHundred, 1)).toBe(100);
	expect(percentile(oneToHundred, 0)).toBe(1);
	expect(percentile([7], 0.99)).toBe(7);
	expect(median([9, 1, 5])).toBe(5);
	expect(percentile([], 0.5)).toBeNaN();
});

test('a summary tells what is asked of an acknowledgement', () => {
	expect(summarise([4, 1, 3, 2])).toEqual({ count: 4, p50: 2, p95: 4, p99: 4, max: 4 });
});

test('the slope of a regression is that of the line, noise around it cancels out', () => {
	expect(slope([[0, 10], [1, 12], [2, 14]])).toBe(2);
	expect(slope([[0, 5], [1, 5], [2, 5]])).toBe(0);
	expect(slope([[0, 1], [1, -1], [2, -1], [3, 1]])).toBe(0);
});

test('one point, or points above each other, have no slope', () => {
	expect(slope([[1, 1]])).toBeNaN();
	expect(slope([[1, 1], [1, 2]])).toBeNaN();
});

test('figures are rounded to what they can tell', () => {
	expect(rounded(0.012345)).toBe(0.0123);
	expect(rounded(12.345)).toBe(12.3);
	expect(rounded(4567.8)).toBe(4568);
	expect(rounded(Number.NaN)).toBeNaN();
});
