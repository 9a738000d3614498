import type { LoadJob } from '../load/job.ts';
import { remarksOn } from '../load/remarks.ts';
import { during, say } from '../progress.ts';
import type { Durations, Results, StockResult } from '../results.ts';
import type { SeededConnection } from '../seed.ts';
import type { Stage } from '../stage.ts';
import { rounded } from '../statistics.ts';

/** Enough customers that a burst seldom meets an open turn of the same one. */
const CUSTOMERS = 30_000;

/** The gateway alone: how many messages a second it acknowledges at most, and how fast at the rate that saturates stock n8n. */
export async function measureAck(stage: Stage, connections: readonly SeededConnection[], stock: StockResult, durations: Durations): Promise<NonNullable<Results['ack']>> {
	const job = (more: Pick<LoadJob, 'shape' | 'prepared' | 'connections'>): LoadJob => ({
		...stage.gateway, targets: connections, burstSize: 3, gapMs: 300, customers: { first: 0, count: CUSTOMERS }, ...more,
	});
	await stage.startReceiving();
	const closed = await during('Concierge acknowledges as many messages as it can', durations.ackClosed + 5, () =>
		stage.load.run(job({ connections: 64, prepared: durations.ackClosed * 3_000, shape: { type: 'closed', seconds: durations.ackClosed, warmUpSeconds: 3 } })),
	);
	say(`    ${rounded(closed.perSecond)}/s, p50 ${rounded(closed.latencyMs.p50)} ms, p99 ${rounded(closed.latencyMs.p99)} ms; the generator used ${rounded(closed.generatorCpu * 100)} % of a core${remarksOn(closed)}`);

	await stage.startReceiving();
	const rate = stock.saturation;
	const open = await during(`Concierge at stock n8n's ${rounded(rate)} messages/s`, durations.ackOpen + 3, () =>
		stage.load.run(job({ connections: 64, prepared: 2_000, shape: { type: 'open', messagesPerSecond: rate, seconds: durations.ackOpen + 3, warmUpSeconds: 3 } })),
	);
	say(`    p50 ${rounded(open.latencyMs.p50)} ms, p99 ${rounded(open.latencyMs.p99)} ms, max ${rounded(open.latencyMs.max)} ms${remarksOn(open)}`);
	return {
		ratioToStock: closed.perSecond / rate,
		p99Ms: open.latencyMs.p99,
		perSecond: closed.perSecond,
		atStockRate: { rate, latencyMs: open.latencyMs },
		closedLoopMs: closed.latencyMs,
		failures: closed.failures,
		connections: connections.length,
	};
}
