import { fileURLToPath } from 'node:url';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
	mutate: ['core/agent/guard/**/*.ts', '!**/*.test.ts', '!**/test-support/**'],
	testRunner: 'guard',
	plugins: ['runner', 'reporter'].map((name) => fileURLToPath(new URL(`test/mutation/${name}.ts`, import.meta.url))),
	coverageAnalysis: 'perTest',
	concurrency: 2,
	ignorePatterns: ['**', '!core/**', '!test/mutation/**', '!docs/agent.md', '!package.json', '!tsconfig.json'],
	tempDirName: '.concierge/mutation/sandbox',
	allowConsoleColors: false,
};
