import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLeftovers } from '../scripts/stack/processes.ts';
import { describeMachine } from './machine.ts';
import type { Machine } from './machine.ts';
import { readOptions, USAGE } from './options.ts';
import type { Options } from './options.ts';
import { runParts } from './parts/run.ts';
import { during, say } from './progress.ts';
import { describeInWords, markdownBlock, rowsOf, textTable, updateDocument } from './report.ts';
import type { Results } from './results.ts';
import { FULL, PARTS, QUICK } from './results.ts';
import type { Stage } from './stage.ts';
import { createStage, ROOT, runDirOf } from './stage.ts';

/** `npm run bench`: Concierge and stock n8n on this machine in one run. See docs/performance.md. */
const COMMAND = 'npm run bench';
const STATE = join(tmpdir(), 'concierge-bench');
const DOCUMENT = join(ROOT, 'docs/performance.md');

let stage: Stage | undefined;
let stopping: Promise<void> | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(130));

const options = optionsOrExit();
try {
	say(`Concierge and stock n8n, one after the other${options.quick ? ', shortened: do not take these figures for more than a sign of life' : ''}.`);
	stage = await during('starting PostgreSQL, n8n and the provisioner', 15, () => createStage(STATE));
	const machine = await describeMachine(stage.database, new Date());
	say(describeInWords(machine));
	const fresh = await Promise.race([runParts(stage, options.parts, options.quick ? QUICK : FULL), diedUnexpectedly(stage)]);
	report({ ...earlier(options), ...fresh }, machine, options);
	await stop(0);
} catch (error) {
	if (!stopping) process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
	await stop(1);
}

function optionsOrExit(): Options {
	try {
		return readOptions(process.argv.slice(2));
	} catch (error) {
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
		process.exit(2);
	}
}

/** Figures of the parts that are not measured again. */
function earlier({ json, parts, quick }: Options): Results {
	if (quick || json === null || parts.length === PARTS.length || !existsSync(json)) return {};
	return JSON.parse(readFileSync(json, 'utf8')) as Results;
}

function report(results: Results, machine: Machine, { json, quick }: Options): void {
	const rows = rowsOf(results);
	say(`\n${textTable(rows)}\n`);
	if (json !== null) {
		writeFileSync(json, `${JSON.stringify({ ...results, machine, command: COMMAND, quick }, null, '\t')}\n`);
		say(`Written to ${json}.`);
	}
	const { stock, ack, turns, executionsPerBurst, windowToVendorMs, growth, memory, fairness } = results;
	const complete = [stock, ack, turns, executionsPerBurst, windowToVendorMs, growth, memory, fairness].every(Boolean);
	if (quick || !complete) {
		say('docs/performance.md is left as it is: it takes the figures of a whole run only.');
		return;
	}
	updateDocument(DOCUMENT, markdownBlock(rows, machine, COMMAND));
	say('docs/performance.md has the new figures.');
}

async function diedUnexpectedly(running: Stage): Promise<never> {
	const name = await running.stack.failed;
	throw new Error(`${name} ended unexpectedly. Its last lines:\n${running.stack.services[name].tail()}`);
}

/** Ends every process of the run, once, whoever asks. */
function stop(code: number): Promise<void> {
	stopping ??= (async () => {
		if (code === 130) say('\nStopping …');
		// Interrupted while starting: what was started is in the pid files.
		if (stage) await stage.close();
		else await endLeftovers(runDirOf(STATE), 'bench');
		if (process.env['KEEP_STATE']) say(`State and logs: ${STATE}`);
		else rmSync(STATE, { recursive: true, force: true });
		process.exit(code);
	})();
	return stopping;
}
