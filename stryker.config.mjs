import { fileURLToPath } from 'node:url';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
	mutate: ['core/agent/guard/**/*.ts', '!**/*.test.ts', '!**/test-support/**'],
	testRunner: 'guard',
	plugins: [fileURLToPath(new URL('test/mutation/runner.ts', import.meta.url))],
	coverageAnalysis: 'perTest',
	concurrency: 2,
	ignorePatterns: ['**', '!core/**', '!test/mutation/**', '!docs/agent.md', '!package.json', '!tsconfig.json'],
	tempDirName: '.concierge/mutation/sandbox',
	reporters: ['progress-append-only'],
	allowConsoleColors: false,
};
