import { setTimeout as delay } from 'node:timers/promises';
import { remarksOn } from '../load/remarks.ts';
import { during, say } from '../progress.ts';
import type { Durations, Results } from '../results.ts';
import type { SeededConnection } from '../seed.ts';
import type { Stage } from '../stage.ts';
import { rounded } from '../statistics.ts';
import { describe, windowToVendor } from './window.ts';

const QUIET_TURNS_PER_SECOND = 1;
const FLOOD_MESSAGES_PER_SECOND = 500;
/** The flood begins earlier, so that its backlog stands when the quiet tenant is looked at. */
const HEAD_START_SECONDS = 5;

/** What one tenant notices of another one's flood: end of the window → vendor for a quiet tenant, without and with it. */
export async function measureFairness(stage: Stage, connections: readonly SeededConnection[], durations: Durations): Promise<NonNullable<Results['fairness']>> {
	const [flooder] = connections;
	const quiet = connections.filter(({ tenantId }) => tenantId !== flooder?.tenantId);
	const flooding = connections.filter(({ tenantId }) => tenantId === flooder?.tenantId);
	const measure = (firstCustomer: number, seconds: number) =>
		windowToVendor(stage, stage.load, quiet, { turnsPerSecond: QUIET_TURNS_PER_SECOND, seconds, firstCustomer });
	const env = { QUIET_WINDOW_MS: '1000', MAX_WAIT_MS: '15000' };

	await stage.startAnswering({ env });
	const alone = await during('a quiet tenant, alone', durations.fairness + 12, () => measure(0, durations.fairness));
	say(`    ${describe(alone)}`);

	await stage.startAnswering({ env });
	const { flooded, flood } = await during(`the same, while another tenant gets ${FLOOD_MESSAGES_PER_SECOND} messages/s`, durations.fairness + 20, async () => {
		const flood = stage.otherLoad.run({
			...stage.gateway, targets: flooding, burstSize: 3, gapMs: 300, connections: 64, prepared: 5_000, customers: { first: 10_000_000, count: 10_000_000 },
			shape: { type: 'open', messagesPerSecond: FLOOD_MESSAGES_PER_SECOND, seconds: HEAD_START_SECONDS + durations.fairness + 5, warmUpSeconds: 0 },
		});
		await delay(HEAD_START_SECONDS * 1_000);
		const measured = await measure(0, durations.fairness);
		return { flooded: measured, flood: await flood };
	});
	say(`    ${describe(flooded)}; the flood: ${rounded(flood.perSecond)} messages/s acknowledged, p99 ${rounded(flood.latencyMs.p99)} ms${remarksOn(flood)}`);
	return { alone, flooded, floodMessagesPerSecond: FLOOD_MESSAGES_PER_SECOND, floodAcknowledgedPerSecond: flood.perSecond };
}
