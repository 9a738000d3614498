import { expect, test } from 'vitest';
import { passK } from './pass-k.ts';

test.each([
	[8, 8, 8, 1],
	[7, 8, 8, 0],
	[7, 8, 1, 7 / 8],
	[4, 8, 2, (4 * 3) / (8 * 7)],
	[0, 8, 1, 0],
])('%i right of %i: pass^%i is %d', (right, tries, k, chance) => {
	expect(passK(right, tries, k)).toBeCloseTo(chance, 10);
});

test('more in a row than there were tries is unknown', () => {
	expect(passK(2, 2, 4)).toBeNaN();
});
