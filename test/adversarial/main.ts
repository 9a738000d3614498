import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Violation } from './run.ts';
import type { Job } from './worker.ts';

const { values } = parseArgs({ options: { cases: { type: 'string', default: '200000' }, seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) }, case: { type: 'string' } } });
const [cases, seed] = [Number(values.cases), Number(values.seed)];
if (!Number.isInteger(cases) || cases < 1 || !Number.isInteger(seed)) {
	console.error('usage: npm run test:adversarial -- [--cases 200000] [--seed N] [--case N: only this one]');
	process.exit(2);
}

/** As soon as it is found: a run takes minutes. */
const MOST_SHOWN = 20;
const only = values.case === undefined ? null : Number(values.case);
const workers = only === null ? Math.max(1, Math.min(8, availableParallelism())) : 1;
const violations: Violation[] = [];
const done = new Array<number>(workers).fill(0);
const started = performance.now();
const progress = setInterval(() => process.stderr.write(`  ${done.reduce((sum, one) => sum + one, 0).toLocaleString('en')} of ${cases.toLocaleString('en')} cases, ${violations.length} violations, seed ${seed}\n`), 5_000);
await Promise.all(Array.from({ length: workers }, (_, at) => new Promise<void>((resolve, reject) => {
	const job: Job = only === null ? { seed, from: at, step: workers, below: cases } : { seed, from: only, step: 1, below: only + 1 };
	const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: job });
	worker.on('message', (message: { done: number; violation?: Violation }) => {
		done[at] = message.done;
		if (!message.violation) return;
		violations.push(message.violation);
		if (violations.length <= MOST_SHOWN) show(message.violation);
	});
	worker.on('error', reject);
	worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`A worker ended with ${code}.`))));
})));
clearInterval(progress);

const total = done.reduce((sum, one) => sum + one, 0);
console.log(`\n${((performance.now() - started) / 1_000).toFixed(0)} s on ${workers} threads`);
console.log(`${total} cases, ${violations.length} violations, seed ${seed}`);
process.exit(violations.length === 0 ? 0 : 1);

function show(violation: Violation): void {
	console.log(`\n✗ case ${violation.case} (--seed ${seed} --case ${violation.case}): ${violation.what.join('; ')}`);
	console.log(`  ${violation.dialogue}; attack: ${violation.attack.how.join(', ')}`);
	console.log(`  customer: ${JSON.stringify(violation.customer)}`);
	console.log(`  proposal: ${JSON.stringify(violation.attack.proposal).slice(0, 1_500)}`);
	console.log(`  sent:     ${JSON.stringify(violation.sent.slice(0, 600))}`);
}
