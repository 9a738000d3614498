import type { Latencies } from '../statistics.ts';
import type { Target } from './waha-request.ts';

/** What a load generator is to do. Bursts of `burstSize` messages, each burst of another customer (until they come round again). */
export interface LoadJob {
	readonly host: string;
	readonly port: number;
	readonly targets: readonly Target[];
	readonly burstSize: number;
	/** Between the messages of a customer. */
	readonly gapMs: number;
	/** Numbers of the customers: `first` to `first + count - 1`, in turn. */
	readonly customers: { readonly first: number; readonly count: number };
	/** Connections that are kept open. */
	readonly connections: number;
	/** Requests built and signed before the clock starts; later ones are built as they are sent. */
	readonly prepared: number;
	readonly shape: LoadShape;
}

export type LoadShape =
	/** A constant rate for `seconds`, whatever the answers do; latency counts from the scheduled time. Those scheduled in the warm-up don't count. */
	| { readonly type: 'open'; readonly messagesPerSecond: number; readonly seconds: number; readonly warmUpSeconds: number }
	/** The next message on a connection as soon as the one before is answered. */
	| { readonly type: 'closed'; readonly seconds: number; readonly warmUpSeconds: number }
	/** As `closed`, but only as many bursts as were granted; goes on until `end`. */
	| { readonly type: 'granted' };

export interface LoadResult {
	/** Measured, i.e. after the warm-up. */
	readonly acknowledged: number;
	/** From the end of the warm-up to the last answer. */
	readonly seconds: number;
	readonly perSecond: number;
	/** Milliseconds from the scheduled time (open) or the sending (closed) to the 2xx. */
	readonly latencyMs: Latencies;
	/** Answers other than 2xx, by status; 0: the connection broke. Over the whole run. */
	readonly failures: Readonly<Record<string, number>>;
	/** Bursts that began, warm-up included. */
	readonly bursts: number;
	/** How late a message was sent at worst (open): above a few milliseconds the generator itself is the bottleneck. */
	readonly worstDelayMs: number;
	/** CPU that the generator used meanwhile, of one core. */
	readonly generatorCpu: number;
}

export type ToGenerator = { readonly type: 'run'; readonly job: LoadJob } | { readonly type: 'grant'; readonly bursts: number } | { readonly type: 'end' };
export type FromGenerator = { readonly type: 'ready' } | { readonly type: 'result'; readonly result: LoadResult } | { readonly type: 'error'; readonly message: string };
