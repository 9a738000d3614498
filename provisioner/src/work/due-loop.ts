import type { Logger } from 'pino';

/** Work that becomes due at times that the database knows: turns, outbox parts. Any number of processes run one loop each. */
export interface DueLoop {
	/** Something is due in that many milliseconds. Cheap: a timer is moved, if at all. */
	wake(inMs: number): void;
	start(): void;
	/** Claims nothing more and waits for what runs, `graceMs` at most; then aborts it. Resolves when the last one has ended. */
	stop(graceMs: number): Promise<void>;
}

export interface DueLoopOptions<Job> {
	readonly name: string;
	/** Claims at most `limit` jobs that are due, for this process alone. */
	claim(limit: number): Promise<readonly Job[]>;
	/** Carries a claimed job out, and records what came of it. `signal` aborts when the process must stop. */
	run(job: Job, signal: AbortSignal): Promise<void>;
	/** Milliseconds until the next job is due; null: none waits. */
	nextDueInMs(): Promise<number | null>;
	/** Jobs at a time. */
	readonly concurrency: number;
	/** The database is asked at least this often, whether or not a notification came: one may be lost with its connection. */
	readonly sweepMs: number;
	readonly log: Logger;
}

/** After an error of the database. */
const RETRY_MS = 500;
/** Node's timers hold 2^31 − 1 ms, and fire a fraction early. */
const EARLY_MS = 1;

export function createDueLoop<Job>(options: DueLoopOptions<Job>): DueLoop {
	const { log, concurrency, sweepMs } = options;
	/** Each job with its own controller: a signal that outlives its jobs would collect their listeners. */
	const running = new Map<Promise<void>, AbortController>();
	let timer: NodeJS.Timeout | undefined;
	let timerAt = Infinity;
	let started = false;
	let claiming: Promise<void> | undefined;
	let again = false;

	function wake(inMs: number): void {
		if (!started) return;
		const at = performance.now() + Math.max(0, inMs);
		if (at >= timerAt) return;
		clearTimeout(timer);
		timerAt = at;
		timer = setTimeout(() => {
			timerAt = Infinity;
			claimSoon();
		}, Math.ceil(inMs <= 0 ? 0 : inMs + EARLY_MS));
	}

	/** One claim at a time; a call during a claim makes another follow. */
	function claimSoon(): void {
		if (!started) return;
		if (claiming) {
			again = true;
			return;
		}
		claiming = claimAll().finally(() => {
			claiming = undefined;
			if (!again) return;
			again = false;
			claimSoon();
		});
	}

	async function claimAll(): Promise<void> {
		try {
			while (started && running.size < concurrency) {
				const free = concurrency - running.size;
				const jobs = await options.claim(free);
				for (const job of jobs) launch(job);
				if (jobs.length < free) break;
			}
			// With every place taken, the first that is free claims again.
			if (!started || running.size >= concurrency) return;
			const next = await options.nextDueInMs();
			wake(Math.min(next ?? sweepMs, sweepMs));
		} catch (error) {
			log.error({ err: error, loop: options.name }, `${options.name}: the database did not answer, trying again`);
			wake(RETRY_MS);
		}
	}

	function launch(job: Job): void {
		const abort = new AbortController();
		const work = options
			.run(job, abort.signal)
			.catch((error: unknown) => log.error({ err: error, loop: options.name }, `${options.name}: a job failed; it is taken up again when its lease ends`))
			.finally(() => {
				running.delete(work);
				claimSoon();
			});
		running.set(work, abort);
	}

	return {
		wake,
		start() {
			if (started) return;
			started = true;
			claimSoon();
		},
		async stop(graceMs) {
			started = false;
			clearTimeout(timer);
			timerAt = Infinity;
			await claiming;
			const patience = setTimeout(() => running.forEach((abort) => abort.abort()), graceMs);
			await Promise.allSettled(running.keys());
			clearTimeout(patience);
		},
	};
}
