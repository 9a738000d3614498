import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { determineHitLimitReached, DryRunStatus, TestStatus, toMutantRunResult, type CompleteDryRunResult, type DryRunResult, type MutantRunOptions, type MutantRunResult, type TestResult, type TestRunner } from '@stryker-mutator/api/test-runner';
import { build } from 'vite';
import { expect } from 'vitest';

/*
 * Runs the guard's tests for StrykerJS inside its worker: a worker of vitest's own costs half a second a mutant to start, this one 30 ms.
 * The tests and what they test are bundled into one script, which is evaluated anew for every mutant: nothing is left of the one before.
 */

interface Test {
	readonly id: string;
	readonly run: () => unknown;
}

class GuardTestRunner implements TestRunner {
	static readonly inject = [];
	/** What the mutated code reads and counts. */
	private readonly stryker: InstrumenterContext = {};
	private readonly shared = {};
	private evaluate: Evaluate | null = null;
	/** How many mutants each test found: those that find many run first. */
	private readonly kills = new Map<string, number>();

	constructor() {
		Object.assign(globalThis, { [INSTRUMENTER_CONSTANTS.NAMESPACE]: this.stryker });
	}

	capabilities() {
		return { reloadEnvironment: true };
	}

	async init(): Promise<void> {
		const { shared, tests } = await bundled();
		(shared.runInThisContext() as Evaluate)(required, this.shared, FILE);
		this.evaluate = tests.runInThisContext() as Evaluate;
	}

	/** Each test on code of its own, so that what one of them remembers doesn't hide what another one reaches. */
	async dryRun(): Promise<DryRunResult> {
		const tests: TestResult[] = [];
		for (const { id } of this.load()) {
			for (const test of this.load()) if (test.id === id) tests.push(await this.result(test));
		}
		return { status: DryRunStatus.Complete, tests, mutantCoverage: this.stryker.mutantCoverage };
	}

	async mutantRun({ activeMutant, testFilter, hitLimit }: MutantRunOptions): Promise<MutantRunResult> {
		this.stryker.activeMutant = activeMutant.id;
		this.stryker.hitLimit = hitLimit;
		this.stryker.hitCount = hitLimit === undefined ? undefined : 0;
		const result = await this.untilOneFails(testFilter);
		return toMutantRunResult(determineHitLimitReached(this.stryker.hitCount, hitLimit) ?? result);
	}

	private async untilOneFails(filter: readonly string[] | undefined): Promise<CompleteDryRunResult | { status: DryRunStatus.Error; errorMessage: string }> {
		const tests: TestResult[] = [];
		try {
			const wanted = filter === undefined ? null : new Set(filter);
			const chosen = this.load().filter(({ id }) => wanted === null || wanted.has(id));
			for (const test of chosen.toSorted((a, b) => (this.kills.get(b.id) ?? 0) - (this.kills.get(a.id) ?? 0))) {
				const result = await this.result(test);
				tests.push(result);
				if (result.status !== TestStatus.Failed) continue;
				this.kills.set(test.id, (this.kills.get(test.id) ?? 0) + 1);
				break;
			}
		} catch (error) {
			// The code doesn't load: no kill, and Stryker leaves the mutant out of the score.
			return { status: DryRunStatus.Error, errorMessage: String(error) };
		}
		return { status: DryRunStatus.Complete, tests };
	}

	private async result({ id, run }: Test): Promise<TestResult> {
		const started = performance.now();
		this.stryker.currentTestId = id;
		const failure = await failureOf(run);
		this.stryker.currentTestId = undefined;
		const told = { id, name: id, timeSpentMs: performance.now() - started };
		return failure === null ? { ...told, status: TestStatus.Success } : { ...told, status: TestStatus.Failed, failureMessage: failure };
	}

	private load(): Test[] {
		const tests: Test[] = [];
		const vitest = { ...collecting(tests), expect };
		this.evaluate?.((name) => (name === 'vitest' ? vitest : name === './shared.js' ? this.shared : required(name)), {}, FILE);
		return tests;
	}
}

/** Stands for the tests' own file: they read others from beside it. */
const FILE = join(process.cwd(), 'core/agent/guard/tests.cjs');
const required = createRequire(FILE);

async function failureOf(run: () => unknown): Promise<string | null> {
	try {
		await run();
		return null;
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
}

/** What the guard stands on and what doesn't stand on the guard: the same for every mutant. */
const SHARED = /\/core\/(?:(?:catalog|orders)\/|agent\/(?:reading|phrases)\/|remembered\.ts$)/u;
type Evaluate = (require: (name: string) => unknown, exports: object, filename: string) => void;

/** The working directory is Stryker's copy of the project. Two scripts: what is shared, and the tests with the guard. */
async function bundled(): Promise<{ shared: Script; tests: Script }> {
	const built = await build({
		root: process.cwd(), configFile: false, logLevel: 'error',
		build: {
			ssr: 'test/mutation/all-tests.ts', write: false, minify: false,
			rolldownOptions: { external: ['vitest'], output: { format: 'cjs', chunkFileNames: '[name].js', codeSplitting: { groups: [{ name: 'shared', test: SHARED }] } } },
		},
	});
	const chunks = 'output' in built ? built.output : [];
	const script = (entry: boolean): Script => {
		const [chunk, ...more] = chunks.filter((one) => one.type === 'chunk' && one.isEntry === entry);
		if (chunk?.type !== 'chunk' || more.length > 0) throw new Error('The tests could not be bundled.');
		return new Script(`(function (require, exports, __filename) {${chunk.code}\n})`, { filename: chunk.fileName });
	};
	return { shared: script(false), tests: script(true) };
}

type Body = (...values: unknown[]) => unknown;

/** What the tests use of vitest to say what they are. */
function collecting(tests: Test[]) {
	const path: string[] = [];
	const seen = new Map<string, number>();
	const describe = (name: string, body: Body): void => {
		path.push(name);
		body();
		path.pop();
	};
	const it = (name: string, run: Body): void => {
		const title = [...path, name].join(' > ');
		seen.set(title, (seen.get(title) ?? 0) + 1);
		tests.push({ id: `${title} (${seen.get(title)})`, run });
	};
	const each = (define: (name: string, body: Body) => void) => (rows: readonly unknown[]) => (name: string, body: Body) => {
		for (const row of rows) define(name, () => (Array.isArray(row) ? body(...row) : body(row)));
	};
	return { describe: Object.assign(describe, { each: each(describe) }), it: Object.assign(it, { each: each(it) }) };
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'guard', GuardTestRunner)];
