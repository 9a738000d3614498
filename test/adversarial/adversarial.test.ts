import { expect, test } from 'vitest';
import { CASES, SEED } from './fixed.ts';
import { allMoments } from './moments.ts';
import { runCase } from './run.ts';

const moments = await allMoments();

test(`${CASES} hostile decisions break no rule (seed ${SEED})`, { timeout: 180_000 }, () => {
	const violations = [];
	for (let number = 0; number < CASES; number += 1) {
		const violation = runCase(moments, SEED, number);
		if (violation !== null) violations.push(violation);
	}
	expect(violations).toEqual([]);
});
