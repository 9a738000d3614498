import { setTimeout as delay } from 'node:timers/promises';
import { jsonClient } from '../../test/e2e/clients.ts';
import { remarksOn } from '../load/remarks.ts';
import { during, say } from '../progress.ts';
import type { Durations, Results, StockResult, TurnsResult } from '../results.ts';
import type { SeededConnection } from '../seed.ts';
import { ENGINES } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { rounded } from '../statistics.ts';
import { newestExecution } from '../stock/stock-n8n.ts';

const DEFAULT_BATCH = 20;
/** Due turns that always wait: the scheduler is never short of work. */
const BACKLOG = 400;
/** Bursts in the quiet window and on their way, in seconds of the current throughput. */
const ON_THEIR_WAY_SECONDS = 3;
const STEER_MS = 200;

/** Bursts of 3 → one answer at the vendor, as many a second as there can be; webhooks, turns, n8n and sends together on this machine. */
export async function measureTurns(
	stage: Stage,
	connections: readonly SeededConnection[],
	stock: { default: StockResult; lazy: StockResult },
	durations: Durations,
): Promise<NonNullable<Results['turns']>> {
	const measure = (engine: 'default' | 'lazy', batch: number) => saturated(stage, connections, { engine, batch }, durations);
	const oneByOne = await measure('default', 1);
	const batched = await measure('default', DEFAULT_BATCH);
	const lazyOneByOne = await measure('lazy', 1);
	const lazyBatched = await measure('lazy', DEFAULT_BATCH);
	return {
		ratio: oneByOne.perSecond / stock.default.burstsPerSecond,
		ratioLazy: lazyOneByOne.perSecond / stock.lazy.burstsPerSecond,
		ratioBatched: batched.perSecond / stock.default.burstsPerSecond,
		ratioBatchedLazy: lazyBatched.perSecond / stock.lazy.burstsPerSecond,
		oneByOne, batched, lazyOneByOne, lazyBatched,
	};
}

async function saturated(stage: Stage, connections: readonly SeededConnection[], settings: { engine: 'default' | 'lazy'; batch: number }, durations: Durations): Promise<TurnsResult> {
	const { engine, batch } = settings;
	await stage.startAnswering({ env: { QUIET_WINDOW_MS: '1000', MAX_WAIT_MS: '15000', TURN_BATCH_MAX: String(batch) }, n8nEnv: ENGINES[engine] });
	const n8n = jsonClient(`${stage.stack.urls.n8n}/api/v1`, { 'X-N8N-API-KEY': stage.n8nApiKey });
	const what = `turns answered, ${engine} expressions, ${batch === 1 ? 'one by one' : `up to ${batch} in a call`}`;
	return during(what, durations.turnsWarmUp + durations.turns, async () => {
		const sending = stage.load.run({
			...stage.gateway, targets: connections, burstSize: 3, gapMs: 0, connections: 32, prepared: 0,
			customers: { first: 0, count: 50_000_000 }, shape: { type: 'granted' },
		});
		let granted = 0;
		const history: { at: number; answered: number }[] = [];
		/** Keeps the backlog full, whatever the speed. */
		async function steer(): Promise<number> {
			const { chats } = await stage.vendor.count();
			history.push({ at: performance.now(), answered: chats });
			const before = history.at(-1 - Math.round(2_000 / STEER_MS)) ?? history[0];
			const last = history.at(-1);
			const speed = before && last && last.at > before.at ? ((last.answered - before.answered) * 1_000) / (last.at - before.at) : 0;
			const missing = Math.round(BACKLOG + speed * ON_THEIR_WAY_SECONDS) - (granted - chats);
			if (missing > 0) {
				granted += missing;
				stage.load.grant(missing);
			}
			return chats;
		}
		async function steerFor(seconds: number): Promise<void> {
			const until = performance.now() + seconds * 1_000;
			while (performance.now() < until) {
				await steer();
				await delay(STEER_MS);
			}
		}
		const firstAnswerBy = performance.now() + 60_000;
		while ((await steer()) === 0) {
			if (performance.now() > firstAnswerBy) throw new Error(`No answer within a minute.\n${stage.stack.services.provisioner.tail()}`);
			await delay(STEER_MS);
		}
		await steerFor(durations.turnsWarmUp);
		const from = { at: performance.now(), answered: await steer(), executions: await newestExecution(n8n) };
		await steerFor(durations.turns);
		const to = { at: performance.now(), answered: await steer(), executions: await newestExecution(n8n) };
		stage.load.end();
		const load = await sending;
		const seconds = (to.at - from.at) / 1_000;
		const answered = to.answered - from.answered;
		const result = { perSecond: answered / seconds, batch: answered / Math.max(1, to.executions - from.executions), seconds };
		say(`    ${rounded(result.perSecond)} turns/s, ${rounded(result.batch)} in an execution${remarksOn(load)}`);
		return result;
	});
}
