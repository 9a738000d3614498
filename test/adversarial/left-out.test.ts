import { describe, expect, test } from 'vitest';
import { RULE_NAMES } from '../../core/agent/guard/rules.ts';
import { CASES, SEED } from './fixed.ts';
import { allMoments } from './moments.ts';
import { runCase } from './run.ts';

const moments = await allMoments();

describe(`a check that is left out is caught within ${CASES} cases`, { timeout: 180_000 }, () => {
	test.each(RULE_NAMES)('%s', (rule) => {
		let caught = false;
		for (let number = 0; number < CASES && !caught; number += 1) caught = runCase(moments, SEED, number, rule) !== null;
		expect(caught).toBe(true);
	});
});
