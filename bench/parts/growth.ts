import pg from 'pg';
import { remarksOn } from '../load/remarks.ts';
import { during, say } from '../progress.ts';
import type { Durations, Results } from '../results.ts';
import { seedTenants } from '../seed.ts';
import type { SeededConnection } from '../seed.ts';
import { closeTurns } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { median, rounded } from '../statistics.ts';
import { storeHistory } from './history.ts';

const RATE = 300;
const SMALL_CONNECTIONS = 10;
/** They have all written before the first measurement, so that no round is about newcomers. */
const CUSTOMERS = 3_000;
const CONNECTIONS_A_TENANT = 10;

interface Side {
	readonly name: string;
	readonly connections: readonly SeededConnection[];
	readonly customers: { readonly first: number; readonly count: number };
	readonly messages: number;
	readonly p50: number[];
	readonly p99: number[];
}

/** The same moderate rate on an empty platform and on one with a long history, in turns; two databases on one server. */
export async function measureGrowth(stage: Stage, durations: Durations): Promise<NonNullable<Results['growth']>> {
	const small = await prepare(stage, 'growth_small', SMALL_CONNECTIONS, 0);
	const large = await prepare(stage, 'growth_large', durations.growthConnections, durations.growthMessages);
	// Round 0 is thrown away: it brings the customers in, and both databases into memory. A smoke run does without.
	for (let round = durations.growthRounds === 1 ? 1 : 0; round <= durations.growthRounds; round += 1) {
		for (const side of round % 2 === 0 ? [small, large] : [large, small]) {
			const what = `${side.connections.length} connections, ${side.messages} stored messages: ${RATE} messages/s${round === 0 ? ', not counted' : ''}`;
			const load = await during(what, durations.growth + durations.growthWarmUp, () => receive(stage, side, durations));
			say(`    p50 ${rounded(load.latencyMs.p50)} ms, p99 ${rounded(load.latencyMs.p99)} ms${remarksOn(load)}`);
			if (round === 0) continue;
			side.p50.push(load.latencyMs.p50);
			side.p99.push(load.latencyMs.p99);
		}
	}
	const report = (side: Side) => ({ connections: side.connections.length, messages: side.messages, p50: median(side.p50), p99: median(side.p99), p99OfRounds: side.p99 });
	return {
		p99Ratio: median(large.p99) / median(small.p99),
		p50Ratio: median(large.p50) / median(small.p50),
		messagesPerSecond: RATE,
		small: report(small),
		large: report(large),
	};
}

/** A database of its own with so many accounts and so much history. */
async function prepare(stage: Stage, name: string, connections: number, messages: number): Promise<Side> {
	// The provisioner makes the schema.
	await stage.startReceiving({}, name);
	const database = new pg.Pool({ connectionString: await stage.databaseUrl(name), max: 1 });
	try {
		const perTenant = Math.min(connections, CONNECTIONS_A_TENANT);
		const seeded = await during(`${connections} connections and ${messages} messages`, messages / 8_000, async () => {
			const made = await seedTenants(database, { masterKey: stage.stack.settingsFile.settings.masterKey, tenants: connections / perTenant, connectionsEach: perTenant });
			if (messages > 0) await storeHistory(database, messages);
			// As storeHistory counts them.
			return [...made].sort((a, b) => (a.connectionId < b.connectionId ? -1 : 1));
		});
		// With a history the customers are among those who have one; without, their first messages are stored in round 0.
		return { name, connections: seeded, customers: { first: 0, count: messages > 0 ? Math.max(CUSTOMERS, messages / 10) : CUSTOMERS }, messages, p50: [], p99: [] };
	} finally {
		await database.end();
	}
}

async function receive(stage: Stage, side: Side, { growth, growthWarmUp }: Durations) {
	const seconds = growth + growthWarmUp;
	await stage.startReceiving({}, side.name);
	const load = await stage.load.run({
		...stage.gateway, targets: side.connections, burstSize: 3, gapMs: 300, connections: 64, prepared: seconds * RATE, customers: side.customers,
		shape: { type: 'open', messagesPerSecond: RATE, seconds, warmUpSeconds: growthWarmUp },
	});
	// Neither side is left with open turns for the next round.
	const database = new pg.Pool({ connectionString: await stage.databaseUrl(side.name), max: 1 });
	try {
		await closeTurns(database, 0);
	} finally {
		await database.end();
	}
	return load;
}
