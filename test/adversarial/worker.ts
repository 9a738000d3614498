import { parentPort, workerData } from 'node:worker_threads';
import { allMoments } from './moments.ts';
import { runCase } from './run.ts';

export interface Job {
	readonly seed: number;
	readonly from: number;
	readonly step: number;
	readonly below: number;
}

const { seed, from, step, below } = workerData as Job;
const moments = await allMoments();
let done = 0;
for (let number = from; number < below; number += step) {
	const violation = runCase(moments, seed, number);
	done += 1;
	if (violation !== null) parentPort?.postMessage({ done, violation });
	else if (done % 500 === 0) parentPort?.postMessage({ done });
}
parentPort?.postMessage({ done });
