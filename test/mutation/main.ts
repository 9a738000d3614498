import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';

const { values } = parseArgs({
	options: {
		/** Only these files of the guard, separated by commas. */
		only: { type: 'string' },
		/** Keeps the results, and tests only mutants whose code or tests have changed since the last run that kept them. */
		incremental: { type: 'boolean', default: false },
		/** Prints each mutant that no test found, as soon as that is known. */
		survivors: { type: 'boolean', default: false },
	},
});
const LEAST = 90;
const GUARD = 'core/agent/guard/';

const mutants = await new Stryker({
	reporters: ['progress-append-only', ...(values.survivors ? ['survivors'] : [])],
	incremental: values.incremental, incrementalFile: '.concierge/mutation/incremental.json',
	...(values.only === undefined ? {} : { mutate: values.only.split(',').map((file) => GUARD + file) }),
}).runMutationTest();
const count = (status: string): number => mutants.filter((mutant) => mutant.status === status).length;
const [killed, survived, uncovered, timedOut] = [count('Killed'), count('Survived'), count('NoCoverage'), count('Timeout')];
// A mutant that hangs is none that a test found; one that doesn't load is none at all.
const score = (100 * killed) / (killed + survived + uncovered + timedOut);
console.log(`\n${mutants.length} mutants: ${killed} killed, ${survived} survived, ${uncovered} reached by no test, ${timedOut} timed out, ${count('RuntimeError')} not loadable`);
console.log(`${score.toFixed(1)} % killed; at least ${LEAST} % must be`);
process.exit(score >= LEAST ? 0 : 1);
