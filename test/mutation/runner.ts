import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { determineHitLimitReached, DryRunStatus, TestStatus, toMutantRunResult, type CompleteDryRunResult, type DryRunResult, type MutantRunOptions, type MutantRunResult, type TestResult, type TestRunner } from '@stryker-mutator/api/test-runner';
import { build, type Plugin } from 'vite';
import { expect } from 'vitest';

/*
 * Runs the guard's tests for StrykerJS inside its worker: a worker of vitest's own costs half a second a mutant to start.
 * The tests and what they test are bundled into one script. It is evaluated anew for each mutant of what code does while it loads; for the
 * others the guard only forgets what it remembers. So nothing is left of the mutant before.
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
	private evaluate: Evaluate = () => undefined;
	private loaded: Loaded | null = null;
	/** Of each file, the tests that found its mutants, the latest first: they run first. */
	private readonly finders = new Map<string, readonly string[]>();
	/** How long each test took: quick ones run before slow ones. */
	private readonly spentMs = new Map<string, number>();

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

	/** Each test by itself, so that what one of them remembers doesn't hide what another one reaches. */
	async dryRun(): Promise<DryRunResult> {
		const { tests, forgetAll } = this.load();
		const results: TestResult[] = [];
		for (const test of tests) {
			forgetAll();
			results.push(await this.result(test));
		}
		return { status: DryRunStatus.Complete, tests: results, mutantCoverage: this.stryker.mutantCoverage };
	}

	async mutantRun({ activeMutant, testFilter, hitLimit, reloadEnvironment }: MutantRunOptions): Promise<MutantRunResult> {
		this.stryker.activeMutant = reloadEnvironment ? activeMutant.id : undefined;
		this.stryker.hitLimit = hitLimit;
		this.stryker.hitCount = hitLimit === undefined ? undefined : 0;
		let result: CompleteDryRunResult;
		try {
			const { tests, forgetAll } = reloadEnvironment ? this.load() : (this.loaded ??= this.load());
			this.stryker.activeMutant = activeMutant.id;
			forgetAll();
			result = await this.untilOneFails(this.ordered(tests, activeMutant.fileName, testFilter), activeMutant.fileName);
		} catch (error) {
			// The code doesn't load: no kill, and Stryker leaves the mutant out of the score.
			return toMutantRunResult({ status: DryRunStatus.Error, errorMessage: String(error) });
		}
		return toMutantRunResult(determineHitLimitReached(this.stryker.hitCount, hitLimit) ?? result);
	}

	/** Those that found a mutant of the file, then the quick ones. */
	private ordered(tests: readonly Test[], fileName: string, filter: readonly string[] | undefined): Test[] {
		const wanted = filter === undefined ? null : new Set(filter);
		const places = new Map((this.finders.get(fileName) ?? []).map((id, index) => [id, index]));
		const place = ({ id }: Test): number => places.get(id) ?? places.size + (this.spentMs.get(id) ?? 0);
		return tests.filter(({ id }) => wanted === null || wanted.has(id)).toSorted((a, b) => place(a) - place(b));
	}

	private async untilOneFails(tests: readonly Test[], fileName: string): Promise<CompleteDryRunResult> {
		const results: TestResult[] = [];
		for (const test of tests) {
			const result = await this.result(test);
			results.push(result);
			if (result.status !== TestStatus.Failed) continue;
			this.finders.set(fileName, [test.id, ...(this.finders.get(fileName) ?? []).filter((id) => id !== test.id)]);
			break;
		}
		return { status: DryRunStatus.Complete, tests: results };
	}

	private async result({ id, run }: Test): Promise<TestResult> {
		const started = performance.now();
		this.stryker.currentTestId = id;
		const failure = await failureOf(run);
		this.stryker.currentTestId = undefined;
		const told = { id, name: id, timeSpentMs: performance.now() - started };
		this.spentMs.set(id, told.timeSpentMs);
		return failure === null ? { ...told, status: TestStatus.Success } : { ...told, status: TestStatus.Failed, failureMessage: failure };
	}

	private load(): Loaded {
		const tests: Test[] = [];
		const exported: { forgetAll: () => void } = { forgetAll: () => undefined };
		const vitest = { ...collecting(tests), expect };
		this.evaluate((name) => (name === 'vitest' ? vitest : name === './shared.js' ? this.shared : required(name)), exported, FILE);
		return { tests, forgetAll: exported.forgetAll };
	}
}

interface Loaded {
	readonly tests: readonly Test[];
	readonly forgetAll: () => void;
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
		root: process.cwd(), configFile: false, logLevel: 'error', plugins: [FORGETFUL],
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

/** In the guard, another module remembers. */
const FORGETFUL: Plugin = {
	name: 'forgetful', enforce: 'pre',
	resolveId: (source, importer) => (source.endsWith('/remembered.ts') && importer?.includes('/core/agent/guard/') ? join(process.cwd(), 'test/mutation/remembered.ts') : null),
};

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
