import { describe, expect, test, vi } from 'vitest';
import { RULE_NAMES } from '../../core/agent/guard/rules.ts';
import { allMoments } from './moments.ts';
import { runCase } from './run.ts';

vi.setConfig({ testTimeout: 180_000 });

/** Another one for every run of CI would find more, and stop what is not to blame. `npm run test:adversarial` takes a new one each time. */
const SEED = 20_261_126;
const CASES = 5_000;
const moments = await allMoments();

test(`${CASES} hostile decisions break no rule (seed ${SEED})`, () => {
	const violations = [];
	for (let number = 0; number < CASES; number += 1) {
		const violation = runCase(moments, SEED, number);
		if (violation !== null) violations.push(violation);
	}
	expect(violations).toEqual([]);
});

describe(`a check that is left out is caught within ${CASES} cases`, () => {
	test.each(RULE_NAMES)('%s', (rule) => {
		let caught = false;
		for (let number = 0; number < CASES && !caught; number += 1) caught = runCase(moments, SEED, number, rule) !== null;
		expect(caught).toBe(true);
	});
});
