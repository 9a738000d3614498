import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `npm test`: lint, types, unit, integration and end to end, each to its end, so that one run tells all that is wrong.
 * `npm test -- NAME…` runs only what is named: lint, types, unit, integration, e2e.
 */
const root = join(fileURLToPath(import.meta.url), '../..');
const results = join(root, '.concierge/test-results');
const counts = { passed: 0, failed: 0, skipped: 0 };

const STEPS: Record<string, () => Promise<boolean>> = {
	lint: () => run('node_modules/eslint/bin/eslint.js', ['.', '--max-warnings=0']),
	types: () => run('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.json', '--noEmit']),
	unit: () => vitest('unit'),
	integration: () => vitest('integration'),
	e2e: () => vitest('e2e'),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in STEPS));
if (unknown.length > 0) {
	process.stderr.write(`There is no test step ${unknown.join(', ')}. There are: ${Object.keys(STEPS).join(', ')}.\n`);
	process.exit(2);
}
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const failures: string[] = [];
for (const [name, step] of Object.entries(STEPS)) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	const startedAt = Date.now();
	process.stdout.write(`\n── ${name}\n`);
	const ok = await step();
	process.stdout.write(`── ${name}: ${ok ? 'ok' : 'FAILED'} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)\n`);
	if (!ok) failures.push(name);
}
process.stdout.write(failures.length === 0 ? '\nAll green.\n' : `\nFailed: ${failures.join(', ')}\n`);
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`);
process.exit(failures.length === 0 ? 0 : 1);

async function vitest(project: string): Promise<boolean> {
	const file = join(results, `${project}.json`);
	const ok = await run('node_modules/vitest/vitest.mjs', ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]);
	try {
		const report = JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number; numFailedTests: number; numPendingTests: number };
		counts.passed += report.numPassedTests;
		counts.failed += report.numFailedTests;
		counts.skipped += report.numPendingTests;
		return ok && report.numFailedTests === 0 && report.numPassedTests > 0;
	} catch {
		return false; // vitest did not get as far as a report; it has said why
	}
}

function run(script: string, args: string[]): Promise<boolean> {
	return new Promise((resolve) => {
		const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
		child.on('exit', (code) => resolve(code === 0));
	});
}
