import { jsonClient } from '../../test/e2e/clients.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { during, say } from '../progress.ts';
import type { Results } from '../results.ts';
import type { SeededConnection } from '../seed.ts';
import type { Stage } from '../stage.ts';
import { newestExecution, startStockN8n, untilNoneRuns } from '../stock/stock-n8n.ts';

const SIZES = [3, 10, 30] as const;
const GAP_MS = 50;
const ANSWER_WITHIN_MS = 30_000;

/** n8n executions that one customer's burst takes, read from n8n itself on both sides. */
export async function measureExecutions(stage: Stage, connections: readonly SeededConnection[]): Promise<NonNullable<Results['executionsPerBurst']>> {
	const stock = await startStockN8n(stage, 'default');
	const ofStock = await during('executions per burst, stock n8n', 30, async () => {
		const counts = { 3: 0, 10: 0, 30: 0 };
		for (const size of SIZES) counts[size] = await stock.executionsOfBurst(size);
		return counts;
	}).finally(() => stock.stop());

	await stage.startAnswering({ env: { QUIET_WINDOW_MS: '1000', MAX_WAIT_MS: '60000' } });
	const n8n = jsonClient(`${stage.stack.urls.n8n}/api/v1`, { 'X-N8N-API-KEY': stage.n8nApiKey });
	const ours = await during('executions per burst, Concierge', 15, async () => {
		const counts = { 3: 0, 10: 0, 30: 0 };
		for (const [customer, size] of SIZES.entries()) {
			const before = await newestExecution(n8n);
			await stage.load.run({
				...stage.gateway, targets: connections, burstSize: size, gapMs: GAP_MS, connections: 4, prepared: 0, customers: { first: customer, count: 1 },
				shape: { type: 'open', messagesPerSecond: 1_000 / GAP_MS, seconds: (size * GAP_MS) / 1_000, warmUpSeconds: 0 },
			});
			const deadline = Date.now() + ANSWER_WITHIN_MS;
			while ((await stage.vendor.count()).chats <= customer) {
				if (Date.now() > deadline) throw new Error(`A burst of ${size} was not answered within 30 s.\n${stage.stack.services.provisioner.tail()}`);
				await delay(100);
			}
			await untilNoneRuns(n8n);
			counts[size] = (await newestExecution(n8n)) - before;
		}
		return counts;
	});
	say(`    bursts of 3, 10, 30: ${SIZES.map((size) => ours[size]).join(', ')} (stock n8n: ${SIZES.map((size) => ofStock[size]).join(', ')})`);
	return { ...ours, stock: ofStock };
}
