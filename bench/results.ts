import type { Latencies } from './statistics.ts';

/** What stock n8n did at its best under one setting of its expression engine. */
export interface StockResult {
	/** Messages a second, the highest rate at which it kept up with p99 below a second. */
	readonly saturation: number;
	readonly latencyMs: Latencies;
	/** Bursts of 3 answered a second, at the best of all rates that were tried. */
	readonly burstsPerSecond: number;
	/** Acknowledgement above the saturation point: at the lowest rate that was not sustained. */
	readonly beyond: { readonly rate: number; readonly p99: number } | null;
}

export interface TurnsResult {
	readonly perSecond: number;
	/** Turns in one n8n execution, on average. */
	readonly batch: number;
	readonly seconds: number;
}

export interface WindowResult extends Latencies {
	readonly unanswered: number;
}

/** Everything that a run can find out; a part that was not run is missing. Keys at the top are the goals' own. */
export interface Results {
	readonly stock?: { readonly default: StockResult; readonly legacy?: StockResult; readonly lazy?: StockResult };
	readonly ack?: {
		readonly ratioToStock: number;
		readonly p99Ms: number;
		readonly perSecond: number;
		readonly atStockRate: { readonly rate: number; readonly latencyMs: Latencies };
		readonly closedLoopMs: Latencies;
		readonly failures: Readonly<Record<string, number>>;
		readonly connections: number;
	};
	readonly turns?: {
		readonly ratio: number;
		readonly ratioLazy: number;
		readonly ratioBatched: number;
		readonly ratioBatchedLazy: number;
		readonly oneByOne: TurnsResult;
		readonly batched: TurnsResult;
		readonly lazyOneByOne: TurnsResult;
		readonly lazyBatched: TurnsResult;
	};
	readonly executionsPerBurst?: { readonly 3: number; readonly 10: number; readonly 30: number; readonly stock: { readonly 3: number; readonly 10: number; readonly 30: number } };
	readonly windowToVendorMs?: WindowResult & { readonly turnsPerSecond: number; readonly seconds: number };
	readonly growth?: {
		readonly p99Ratio: number;
		readonly p50Ratio: number;
		readonly messagesPerSecond: number;
		readonly small: { readonly connections: number; readonly messages: number; readonly p50: number; readonly p99: number; readonly p99OfRounds: readonly number[] };
		readonly large: { readonly connections: number; readonly messages: number; readonly p50: number; readonly p99: number; readonly p99OfRounds: readonly number[] };
	};
	readonly memory?: {
		readonly slopeMbPerMin: number;
		readonly minutes: number;
		readonly messagesPerSecond: number;
		/** Resident set after a garbage collection; `most`: at any time, with what was not collected yet. */
		readonly rssMb: { readonly afterWarmUp: number; readonly end: number; readonly most: number };
		/** Live heap after a garbage collection. */
		readonly heapMb: { readonly afterWarmUp: number; readonly end: number };
		readonly latencyMs: Latencies;
	};
	/** Of the agent's own code, in one process. */
	readonly agent?: { readonly guardMs: Latencies; readonly promptMs: Latencies; readonly items: number; readonly offlineMs: Latencies; readonly offlineItems: number };
	readonly catalog?: {
		readonly rows: number;
		/** Of one file in a process of its own; `peakMb`: its resident set at most. */
		readonly csv: { readonly seconds: number; readonly peakMb: number };
		readonly xlsx: { readonly seconds: number; readonly peakMb: number };
		/** The same files into a Supabase project, whose stand-in runs on the same cores. */
		readonly supabaseCsv: { readonly seconds: number; readonly peakMb: number };
		readonly supabaseXlsx: { readonly seconds: number; readonly peakMb: number };
		readonly companies: number;
		/** Of each company. */
		readonly items: number;
		readonly searchMs: Latencies;
	};
	readonly fairness?: { readonly alone: WindowResult; readonly flooded: WindowResult; readonly floodMessagesPerSecond: number; readonly floodAcknowledgedPerSecond: number };
}

export type PartName = Exclude<keyof Results, 'windowToVendorMs' | 'executionsPerBurst'> | 'window' | 'executions';

/** In the order in which they run. */
export const PARTS: readonly PartName[] = ['agent', 'catalog', 'stock', 'ack', 'turns', 'executions', 'window', 'fairness', 'growth', 'memory'];

/** How long things take: in full, and for a smoke run whose figures mean little. */
export interface Durations {
	readonly stockWarmUp: number;
	readonly stockStep: number;
	/** 1: the first rate only, whatever it shows. */
	readonly stockSteps: number;
	readonly stockRefinements: number;
	readonly ackClosed: number;
	readonly ackOpen: number;
	readonly turnsWarmUp: number;
	readonly turns: number;
	readonly window: number;
	readonly fairness: number;
	readonly growthWarmUp: number;
	readonly growth: number;
	readonly growthRounds: number;
	readonly growthConnections: number;
	readonly growthMessages: number;
	readonly catalogRows: number;
	readonly catalogCompanies: number;
	readonly catalogItems: number;
	readonly catalogSearches: number;
	readonly memory: number;
	readonly memoryWarmUp: number;
}

export const FULL: Durations = {
	stockWarmUp: 5, stockStep: 20, stockSteps: Number.POSITIVE_INFINITY, stockRefinements: 2, ackClosed: 20, ackOpen: 60, turnsWarmUp: 10, turns: 25, window: 60,
	catalogRows: 100_000, catalogCompanies: 100, catalogItems: 10_000, catalogSearches: 2_000, fairness: 30, growthWarmUp: 8, growth: 30, growthRounds: 3, growthConnections: 10_000, growthMessages: 1_000_000, memory: 600, memoryWarmUp: 120,
};

export const QUICK: Durations = {
	stockWarmUp: 1, stockStep: 3, stockSteps: 1, stockRefinements: 0, ackClosed: 3, ackOpen: 3, turnsWarmUp: 1, turns: 3, window: 4, catalogRows: 2_000, catalogCompanies: 3, catalogItems: 500, catalogSearches: 100,
	fairness: 4, growthWarmUp: 1, growth: 3, growthRounds: 1, growthConnections: 500, growthMessages: 20_000, memory: 8, memoryWarmUp: 3,
};
