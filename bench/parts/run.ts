import { say } from '../progress.ts';
import type { Durations, PartName, Results } from '../results.ts';
import { seedTenants, signUpFlorist } from '../seed.ts';
import type { Stage } from '../stage.ts';
import { measureAck } from './ack.ts';
import { measureAgent } from './agent.ts';
import { measureCatalog } from './catalog.ts';
import { measureExecutions } from './executions.ts';
import { measureFairness } from './fairness.ts';
import { measureGrowth } from './growth.ts';
import { measureMemory } from './memory.ts';
import { measureStock } from './stock.ts';
import { measureTurns } from './turns.ts';
import { measureWindow } from './window.ts';

const TENANTS = 12;
/** Vendors' limits are per account: enough accounts that none of them binds. */
const CONNECTIONS_EACH = 40;

/** Runs the parts that were asked for, and what they are compared with. */
export async function runParts(stage: Stage, parts: readonly PartName[], durations: Durations): Promise<Results> {
	const wants = (...names: PartName[]) => names.some((name) => parts.includes(name));
	const startedAt = Date.now();
	const begin = (title: string) => say(`\n${title} (${Math.round((Date.now() - startedAt) / 1000)} s)`);
	const likeCompany = await signUpFlorist(stage);
	const connections = await seedTenants(stage.database, {
		masterKey: stage.stack.settingsFile.settings.masterKey, tenants: TENANTS, connectionsEach: CONNECTIONS_EACH, likeCompany,
	});
	let results: Results = {};

	if (wants('agent')) {
		begin('The agent');
		results = { ...results, agent: await measureAgent() };
	}
	if (wants('catalog')) {
		begin('The catalog');
		results = { ...results, catalog: await measureCatalog(stage, durations) };
	}
	if (wants('stock', 'ack', 'turns')) {
		begin('Stock n8n');
		const stock = { default: await measureStock(stage, 'default', durations) };
		const lazy = wants('stock', 'turns') ? { lazy: await measureStock(stage, 'lazy', durations) } : {};
		const legacy = wants('stock') ? { legacy: await measureStock(stage, 'legacy', durations) } : {};
		results = { ...results, stock: { ...stock, ...legacy, ...lazy } };
	}
	const { stock } = results;
	if (wants('ack') && stock) {
		begin('Acknowledgements');
		results = { ...results, ack: await measureAck(stage, connections, stock.default, durations) };
	}
	if (wants('turns') && stock?.lazy) {
		begin('Turns');
		results = { ...results, turns: await measureTurns(stage, connections, { default: stock.default, lazy: stock.lazy }, durations) };
	}
	if (wants('executions')) {
		begin('Executions');
		results = { ...results, executionsPerBurst: await measureExecutions(stage, connections) };
	}
	if (wants('window')) {
		begin('Window → vendor');
		results = { ...results, windowToVendorMs: await measureWindow(stage, connections, durations) };
	}
	if (wants('fairness')) {
		begin('Fairness');
		results = { ...results, fairness: await measureFairness(stage, connections, durations) };
	}
	if (wants('growth')) {
		begin('Growth');
		results = { ...results, growth: await measureGrowth(stage, durations) };
	}
	if (wants('memory')) {
		begin('Memory');
		results = { ...results, memory: await measureMemory(stage, connections, durations) };
	}
	return results;
}
