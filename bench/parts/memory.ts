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
/** V8 lets garbage lie for minutes when there is room. What counts is what stays, so each sample collects first. */
const SAMPLE_MS = 15_000;
const CUSTOMERS = 20_000;

/** The gateway's memory under a steady rate: its resident set after full collections, the live heap at both ends, and the most it ever had. */
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
			const samples: { minute: number; heap: number; resident: number }[] = [];
			let most = 0;
			while (elapsed() < durations.memory) {
				most = Math.max(most, toMb(await inspector.residentSet()));
				const heap = toMb(await inspector.liveHeap());
				samples.push({ minute: elapsed() / 60, heap, resident: toMb(await inspector.residentSet()) });
				const next = performance.now() + Math.min(SAMPLE_MS, (durations.memory * 1_000) / 4);
				while (performance.now() < next && elapsed() < durations.memory) {
					await delay(1_000);
					most = Math.max(most, toMb(await inspector.residentSet()));
				}
			}
			const load = await sending;
			const [first, last] = [samples[0], samples.at(-1)];
			if (!first || !last) throw new Error('No memory was measured.');
			const result = {
				slopeMbPerMin: slope(samples.map(({ minute, resident }) => [minute, resident])),
				minutes: durations.memory / 60,
				messagesPerSecond: RATE,
				rssMb: { afterWarmUp: first.resident, end: last.resident, most },
				heapMb: { afterWarmUp: first.heap, end: last.heap },
				latencyMs: load.latencyMs,
			};
			say(`    ${rounded(result.slopeMbPerMin)} MB/min; after collections resident ${rounded(first.resident)} → ${rounded(last.resident)} MB, live heap ${rounded(first.heap)} → ${rounded(last.heap)} MB; most ${rounded(most)} MB${remarksOn(load)}`);
			return result;
		});
	} finally {
		clearInterval(closing);
		inspector.close();
	}
}
