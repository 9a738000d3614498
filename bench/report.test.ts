import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fillBlock, markdownBlock, rowsOf } from './report.ts';

const MACHINE = { cores: 2, cpu: 'A CPU', memoryGb: 8, node: '24.0.0', n8n: '2.0.0', postgres: '18.0', synchronousCommit: 'on', date: '2026-01-02' };
const LATENCIES = { count: 1, p50: 1.234, p95: 2, p99: 9.99, max: 20 };

test('a figure stands beside its goal, and says whether it is met', () => {
	const rows = rowsOf({
		ack: { ratioToStock: 120, p99Ms: 9.99, perSecond: 3_600, atStockRate: { rate: 30, latencyMs: LATENCIES }, closedLoopMs: LATENCIES, failures: {}, connections: 60 },
		executionsPerBurst: { 3: 1, 10: 1, 30: 2, stock: { 3: 3, 10: 10, 30: 30 } },
	});
	expect(rows.map(({ measured, met }) => [measured, met])).toEqual([
		['3,600 = 120 × stock', true],
		['1.23 / 9.99 ms', true],
		['1, 1, 2 (stock: 3, 10, 30)', false],
	]);
});

test('a turn that was not answered fails its goal, however fast the others were', () => {
	const [row] = rowsOf({ windowToVendorMs: { ...LATENCIES, unanswered: 1, turnsPerSecond: 5, seconds: 60 } });
	expect([row?.met, row?.measured]).toEqual([false, '1.23 / 2 ms, 1 not answered']);
});

test('a file into each store is a row of its own, and fails its goal by time or memory', () => {
	const [fast, slow, large] = [{ seconds: 20, peakMb: 250 }, { seconds: 31, peakMb: 250 }, { seconds: 20, peakMb: 301 }];
	const rows = rowsOf({ catalog: { rows: 100_000, csv: fast, xlsx: slow, supabaseCsv: fast, supabaseXlsx: large, companies: 100, items: 10_000, searchMs: LATENCIES } });
	expect(rows.map(({ measured, met }) => [measured, met])).toEqual([['20 s, 250 MB', true], ['31 s, 250 MB', false], ['20 s, 250 MB', true], ['20 s, 301 MB', false], ['1.23 / 2 ms', true]]);
	expect(rows.filter(({ figure }) => figure.includes('Supabase'))).toHaveLength(2);
});

test('the block in the document is replaced, and nothing around it', () => {
	const document = readFileSync(new URL('../docs/performance.md', import.meta.url), 'utf8');
	const filled = fillBlock(document, markdownBlock([{ figure: 'f', measured: 'm', goal: '', met: null }], MACHINE, 'npm run bench'));
	expect(filled).toContain('`npm run bench` on 2 cores (A CPU), 8 GB; Node 24.0.0, n8n 2.0.0 on SQLite, PostgreSQL 18.0 with synchronous_commit=on; 2026-01-02.');
	expect(filled).toContain('| f | m |  |  |');
	expect(fillBlock(filled, 'x')).toBe(fillBlock(document, 'x'));
	expect(() => fillBlock('no block', 'x')).toThrow('no block');
});
