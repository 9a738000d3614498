import { during, say } from '../progress.ts';
import type { Durations, StockResult } from '../results.ts';
import type { ExpressionEngine, Stage } from '../stage.ts';
import { rounded } from '../statistics.ts';
import { findSaturation, sustains } from '../stock/saturation.ts';
import { startStockN8n } from '../stock/stock-n8n.ts';

/** Below any machine's saturation point; legacy expressions take several times as many. */
const FIRST_RATE: Readonly<Record<ExpressionEngine, number>> = { default: 16, lazy: 16, legacy: 40 };
const FACTOR = 1.25;
const MOST = 2_000;

/** Stock n8n's saturation point under one setting: messages acknowledged, and bursts of 3 answered, a second. */
export async function measureStock(stage: Stage, engine: ExpressionEngine, durations: Durations): Promise<StockResult> {
	const stock = await startStockN8n(stage, engine);
	try {
		await during('warming up', durations.stockWarmUp + 3, () => stock.receive({ messagesPerSecond: FIRST_RATE[engine] / 2, seconds: durations.stockWarmUp }));
		const { saturation, steps } = await findSaturation(
			async (rate) => {
				const run = await during(`stock n8n, ${engine} expressions: ${rounded(rate)} messages/s`, durations.stockStep + 5, () => stock.receive({ messagesPerSecond: rate, seconds: durations.stockStep }));
				const { p50, p99 } = run.load.latencyMs;
				say(`    acknowledged ${rounded(run.load.perSecond)}/s, p50 ${rounded(p50)} ms, p99 ${rounded(p99)} ms; answered ${run.burstsAnswered} of ${run.burstsSent} bursts, ${rounded(run.burstsPerSecond)}/s`);
				return { rate, throughput: run.load.perSecond, p99Ms: p99, run };
			},
			{ from: FIRST_RATE[engine], factor: FACTOR, refinements: durations.stockRefinements, most: durations.stockSteps === 1 ? FIRST_RATE[engine] : MOST },
		);
		const overloaded = steps.filter((step) => !sustains(step)).sort((a, b) => a.rate - b.rate)[0];
		return {
			saturation: saturation.rate,
			latencyMs: saturation.run.load.latencyMs,
			burstsPerSecond: Math.max(...steps.map(({ run }) => run.burstsPerSecond)),
			beyond: overloaded ? { rate: overloaded.rate, p99: overloaded.p99Ms } : null,
		};
	} finally {
		await stock.stop();
	}
}
