import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../scripts/stack/ports.ts';
import { remarksOn } from '../load/remarks.ts';
import { during, say } from '../progress.ts';
import type { Durations, Results } from '../results.ts';
import type { SeededConnection } from '../seed.ts';
import { closeTurns } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { rounded, slope } from '../statistics.ts';
import { openInspector } from './inspector.ts';

const RATE = 300;
const SAMPLE_MS = 2_000;
const CUSTOMERS = 20_000;

/** The gateway's memory under a steady rate: its resident set every two seconds, and the live heap at both ends. */
export async function measureMemory(stage: Stage, connections: readonly SeededConnection[], durations: Durations): Promise<NonNullable<Results['memory']>> {
	const inspectorPort = await freePort();
	await stage.startReceiving({ NODE_OPTIONS: `--inspect-port=127.0.0.1:${inspectorPort}` });
	const { pid } = stage.stack.services.provisioner;
	process.kill(pid, 'SIGUSR1');
	const inspector = await openInspector(inspectorPort);
	const toMb = (bytes: number) => bytes / 1024 / 1024;
	// Turns end as if they had been answered, so that returning customers open new ones.
	const closing = setInterval(() => void closeTurns(stage.database, 5_000).catch(() => undefined), 1_000);
	try {
		return await during(`memory at ${RATE} messages/s`, durations.memory, async () => {
			const sending = stage.load.run({
				...stage.gateway, targets: connections, burstSize: 3, gapMs: 300, connections: 64, prepared: 0, customers: { first: 0, count: CUSTOMERS },
				shape: { type: 'open', messagesPerSecond: RATE, seconds: durations.memory, warmUpSeconds: durations.memoryWarmUp },
			});
			const startedAt = performance.now();
			const elapsed = () => (performance.now() - startedAt) / 1_000;
			while (elapsed() < durations.memoryWarmUp) await delay(100);
			const heapAfterWarmUp = await inspector.liveHeap();
			const samples: [minute: number, mb: number][] = [];
			while (elapsed() < durations.memory) {
				samples.push([elapsed() / 60, toMb(await inspector.residentSet())]);
				await delay(SAMPLE_MS);
			}
			const load = await sending;
			const heapAtEnd = await inspector.liveHeap();
			const result = {
				slopeMbPerMin: slope(samples),
				minutes: durations.memory / 60,
				messagesPerSecond: RATE,
				rssMb: { afterWarmUp: samples[0]?.[1] ?? Number.NaN, end: samples.at(-1)?.[1] ?? Number.NaN },
				heapMb: { afterWarmUp: toMb(heapAfterWarmUp), end: toMb(heapAtEnd) },
				latencyMs: load.latencyMs,
			};
			say(`    ${rounded(result.slopeMbPerMin)} MB/min; resident ${rounded(result.rssMb.afterWarmUp)} → ${rounded(result.rssMb.end)} MB, live heap ${rounded(result.heapMb.afterWarmUp)} → ${rounded(result.heapMb.end)} MB${remarksOn(load)}`);
			return result;
		});
	} finally {
		clearInterval(closing);
		inspector.close();
	}
}
