import { readFileSync, writeFileSync } from 'node:fs';
import type { Machine } from './machine.ts';
import type { Results, StockResult, TurnsResult } from './results.ts';
import type { Latencies } from './statistics.ts';
import { rounded } from './statistics.ts';

/** One figure as it stands in the tables. */
export interface Row {
	readonly figure: string;
	readonly measured: string;
	/** '' : there is none. */
	readonly goal: string;
	/** null: no goal. */
	readonly met: boolean | null;
}

const BEGIN = '<!-- figures: begin (npm run bench writes what stands between) -->';
const END = '<!-- figures: end -->';

const number = (value: number): string => (Number.isFinite(value) ? rounded(value).toLocaleString('en-US') : 'none');
const times = (value: number): string => `${number(value)} ×`;

/** Every figure that was measured, beside its goal. */
export function rowsOf(results: Results): readonly Row[] {
	return [...stockRows(results), ...ackRows(results), ...turnRows(results), ...latencyRows(results), ...agentRows(results), ...catalogRows(results), ...endurance(results)];
}

function stockRows({ stock }: Results): Row[] {
	if (!stock) return [];
	const row = (setting: string, result: StockResult): Row => ({
		figure: `stock n8n, ${setting}: saturation`,
		measured: `${number(result.saturation)} messages/s (p99 ${number(result.latencyMs.p99)} ms${result.beyond ? `; at ${number(result.beyond.rate)}/s ${number(result.beyond.p99)} ms` : ''}), ${number(result.burstsPerSecond)} bursts answered/s`,
		goal: '',
		met: null,
	});
	return [row('default settings', stock.default), ...(stock.legacy ? [row('legacy expressions', stock.legacy)] : []), ...(stock.lazy ? [row('lazy isolates', stock.lazy)] : [])];
}

function ackRows({ ack }: Results): Row[] {
	if (!ack) return [];
	return [
		{ figure: 'messages acknowledged per second, durable, signature checked', measured: `${number(ack.perSecond)} = ${times(ack.ratioToStock)} stock`, goal: '≥ 100 × stock', met: ack.ratioToStock >= 100 },
		{
			figure: `acknowledgement at stock's saturation rate (${number(ack.atStockRate.rate)}/s), p50 / p99`,
			measured: `${number(ack.atStockRate.latencyMs.p50)} / ${number(ack.p99Ms)} ms`,
			goal: 'p99 ≤ 10 ms',
			met: ack.p99Ms <= 10,
		},
	];
}

function turnRows({ turns, executionsPerBurst }: Results): Row[] {
	const rows: Row[] = [];
	if (turns) {
		const row = (setting: string, result: TurnsResult, ratio: number, goal: number): Row => ({
			figure: `turns answered per second, ${setting}`,
			measured: `${number(result.perSecond)} (${number(result.batch)} in an execution) = ${times(ratio)} stock`,
			goal: `≥ ${goal} × stock`,
			met: ratio >= goal,
		});
		rows.push(
			row('default settings, one by one', turns.oneByOne, turns.ratio, 2),
			row('default settings, batched', turns.batched, turns.ratioBatched, 15),
			row('lazy isolates, one by one', turns.lazyOneByOne, turns.ratioLazy, 8),
			row('lazy isolates, batched', turns.lazyBatched, turns.ratioBatchedLazy, 25),
		);
	}
	if (executionsPerBurst) {
		const { stock, ...ours } = executionsPerBurst;
		const counts = [ours[3], ours[10], ours[30]];
		rows.push({ figure: 'n8n executions per burst of 3, 10 and 30', measured: `${counts.join(', ')} (stock: ${stock[3]}, ${stock[10]}, ${stock[30]})`, goal: 'exactly 1', met: counts.every((count) => count === 1) });
	}
	return rows;
}

function latencyRows({ windowToVendorMs: window, fairness }: Results): Row[] {
	const rows: Row[] = [];
	const unanswered = (count: number) => (count > 0 ? `, ${count} not answered` : '');
	if (window) {
		rows.push({
			figure: `end of quiet window → at the vendor, ${window.turnsPerSecond} turns/s, p50 / p95`,
			measured: `${number(window.p50)} / ${number(window.p95)} ms${unanswered(window.unanswered)}`,
			goal: '≤ 100 / 250 ms',
			met: window.p50 <= 100 && window.p95 <= 250 && window.unanswered === 0,
		});
	}
	if (fairness) {
		const { alone, flooded } = fairness;
		rows.push({
			figure: `the same for a quiet tenant, while another gets ${number(fairness.floodMessagesPerSecond)} messages/s, p50 / p95`,
			measured: `${number(flooded.p50)} / ${number(flooded.p95)} ms${unanswered(flooded.unanswered)} (alone: ${number(alone.p50)} / ${number(alone.p95)} ms)`,
			goal: '',
			met: null,
		});
	}
	return rows;
}

function catalogRows({ catalog }: Results): Row[] {
	if (!catalog) return [];
	const imported = (kind: string, { seconds, peakMb }: { seconds: number; peakMb: number }): Row => ({
		figure: `a file of ${number(catalog.rows)} rows imported, ${kind}: time, the process's memory at most`,
		measured: `${number(seconds)} s, ${number(peakMb)} MB`,
		goal: '≤ 30 s, ≤ 300 MB',
		met: seconds <= 30 && peakMb <= 300,
	});
	const { p50, p95 } = catalog.searchMs;
	return [
		imported('CSV', catalog.csv),
		imported('XLSX', catalog.xlsx),
		imported('CSV, into Supabase', catalog.supabaseCsv),
		imported('XLSX, into Supabase', catalog.supabaseXlsx),
		{ figure: `a search among ${number(catalog.companies)} companies of ${number(catalog.items)} items, p50 / p95`, measured: `${number(p50)} / ${number(p95)} ms`, goal: 'p95 ≤ 20 ms', met: p95 <= 20 },
	];
}

function agentRows({ agent }: Results): Row[] {
	if (!agent) return [];
	const row = (figure: string, { p50, p99 }: Latencies, goal: number): Row => ({ figure: `${figure}, p50 / p99`, measured: `${number(p50)} / ${number(p99)} ms`, goal: `p99 ≤ ${goal} ms`, met: p99 <= goal });
	return [
		row(`the guard on a model's answer, ${number(agent.items)} items`, agent.guardMs, 5),
		row(`the prompt of a turn, ${number(agent.items)} items`, agent.promptMs, 5),
		row(`the offline answer, ${number(agent.offlineItems)} items`, agent.offlineMs, 20),
	];
}

function endurance({ growth, memory }: Results): Row[] {
	const rows: Row[] = [];
	if (growth) {
		rows.push({
			figure: `growth: p99 acknowledgement, ${number(growth.small.connections)} → ${number(growth.large.connections)} connections and few → ${number(growth.large.messages)} stored messages, ${growth.messagesPerSecond}/s`,
			measured: `${number(growth.small.p99)} → ${number(growth.large.p99)} ms = ${times(growth.p99Ratio)}`,
			goal: '≤ 1.3 ×',
			met: growth.p99Ratio <= 1.3,
		});
	}
	if (memory) {
		rows.push({
			figure: `memory of the gateway, ${number(memory.minutes)} minutes at ${memory.messagesPerSecond} messages/s`,
			measured: `${number(memory.slopeMbPerMin)} MB/min (resident ${number(memory.rssMb.end)} MB after a collection, ${number(memory.rssMb.most)} MB at most; live heap ${number(memory.heapMb.afterWarmUp)} → ${number(memory.heapMb.end)} MB)`,
			goal: '≤ 1 MB/min',
			met: memory.slopeMbPerMin <= 1,
		});
	}
	return rows;
}

const verdict = ({ met }: Row): string => (met === null ? '' : met ? 'yes' : 'no');

/** For the terminal. */
export function textTable(rows: readonly Row[]): string {
	return rows.map((row) => `${row.figure}\n    ${row.measured}${row.goal === '' ? '' : `   [goal ${row.goal}: ${row.met ? 'met' : 'NOT met'}]`}`).join('\n');
}

export function describeInWords(machine: Machine): string {
	return `${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB; Node ${machine.node}, n8n ${machine.n8n} on SQLite, PostgreSQL ${machine.postgres} with synchronous_commit=${machine.synchronousCommit}; ${machine.date}`;
}

export function markdownBlock(rows: readonly Row[], machine: Machine, command: string): string {
	const lines = rows.map((row) => `| ${row.figure} | ${row.measured} | ${row.goal} | ${verdict(row)} |`);
	return [`\`${command}\` on ${describeInWords(machine)}.`, '', '| figure | measured | goal | met |', '|---|---|---|---|', ...lines].join('\n');
}

/** Replaces what stands between the markers. @throws Error when the file has lost them */
export function fillBlock(document: string, block: string): string {
	const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
	if (from < 0 || to < from) throw new Error(`The document has no block between "${BEGIN}" and "${END}".`);
	return `${document.slice(0, from + BEGIN.length)}\n${block}\n${document.slice(to)}`;
}

export function updateDocument(path: string, block: string): void {
	writeFileSync(path, fillBlock(readFileSync(path, 'utf8'), block));
}
