import type { Logger } from 'pino';

/** Work that becomes due at times that the database knows: turns, outbox parts. Any number of processes run one loop each. */
export interface DueLoop {
	/** Something is due in that many milliseconds. Cheap: a timer is moved, if at all. */
	wake(inMs: number): void;
	start(): void;
	/**
	 * Claims nothing more, hands back what was not begun, and waits for what runs, `graceMs` at most; then aborts it. Resolves when the last
	 * one has ended, or a second later: the lease of what is left ends by itself.
	 */
	stop(graceMs: number): Promise<void>;
}

export interface DueLoopOptions<Job> {
	readonly name: string;
	/** Claims jobs that are due, for this process alone, to fill `places`. Of more than that the rest waits here, and nothing is claimed meanwhile. */
	claim(places: number): Promise<readonly Job[]>;
	/** Carries a claimed job out, and records what came of it. `signal` aborts when the process must stop. */
	run(job: Job, signal: AbortSignal): Promise<void>;
	/** Milliseconds until the next job is due; null: none waits. Asked after a claim that left places free. */
	nextDueInMs(): Promise<number | null> | number | null;
	/** Claimed jobs that are not begun, because the process stops: others may take them at once. Default: they are begun, and aborted after the grace. */
	handBack?(jobs: readonly Job[]): Promise<void>;
	/** Whether the end of a job makes another one due. Default true; false: it is followed by a claim only when there was no free place for one. */
	readonly endMakesDue?: boolean;
	/**
	 * Between the beginnings of two claims, default 0. What becomes due meanwhile is claimed together: the first at once, and under load some
	 * milliseconds later instead of by a claim each.
	 */
	readonly gapMs?: number;
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
/** What is due and could not be claimed is in another's hands just now. */
const TAKEN_BY_OTHERS_MS = 5;
const AFTER_ABORT_MS = 1_000;

export function createDueLoop<Job>(options: DueLoopOptions<Job>): DueLoop {
	const { log, concurrency, sweepMs } = options;
	const gapMs = options.gapMs ?? 0;
	/** Each job with its own controller: a signal that outlives its jobs would collect their listeners. */
	const running = new Map<Promise<void>, AbortController>();
	/** Claimed, and without a place yet. */
	const waiting: Job[] = [];
	let timer: NodeJS.Timeout | undefined;
	let timerAt = Infinity;
	let started = false;
	let claiming: Promise<void> | undefined;
	let again = false;
	let claimedAt = -Infinity;
	/** A claim was due, and there was no place. */
	let full = false;

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
		const tooSoonMs = claimedAt + gapMs - performance.now();
		if (tooSoonMs > 0) {
			wake(tooSoonMs);
			return;
		}
		claimedAt = performance.now();
		claiming = claimAll().finally(() => {
			claiming = undefined;
			if (!again) return;
			again = false;
			claimSoon();
		});
	}

	async function claimAll(): Promise<void> {
		try {
			let claimed = 0;
			full = false;
			while (started && running.size < concurrency) {
				const free = concurrency - running.size;
				const jobs = await options.claim(free);
				claimed += jobs.length;
				await accept(jobs);
				if (jobs.length < free) break;
			}
			if (!started) return;
			// With every place taken, the first that is free claims again.
			if (running.size >= concurrency) {
				full = true;
				return;
			}
			const next = (await options.nextDueInMs()) ?? sweepMs;
			wake(Math.min(claimed === 0 ? Math.max(next, TAKEN_BY_OTHERS_MS) : next, sweepMs));
		} catch (error) {
			log.error({ err: error, loop: options.name }, `${options.name}: the database did not answer, trying again`);
			wake(RETRY_MS);
		}
	}

	async function accept(jobs: readonly Job[]): Promise<void> {
		if (!started && options.handBack) {
			await options.handBack(jobs);
			return;
		}
		for (const job of jobs) {
			if (running.size < concurrency || !options.handBack) launch(job);
			else waiting.push(job);
		}
	}

	function launch(job: Job): void {
		const abort = new AbortController();
		const work = options
			.run(job, abort.signal)
			.catch((error: unknown) => log.error({ err: error, loop: options.name }, `${options.name}: a job failed; it is taken up again when its lease ends`))
			.finally(() => {
				running.delete(work);
				const next = waiting.shift();
				if (next !== undefined) launch(next);
				else if (full || options.endMakesDue !== false) claimSoon();
			});
		running.set(work, abort);
	}

	async function finish(): Promise<void> {
		const rest = waiting.splice(0);
		if (rest.length > 0) await options.handBack?.(rest).catch((error: unknown) => log.warn({ err: error, loop: options.name }, `${options.name}: not handed back; leases end`));
		await claiming;
		await Promise.allSettled(running.keys());
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
			let patience: NodeJS.Timeout | undefined;
			const enough = new Promise<void>((resolve) => {
				patience = setTimeout(() => {
					running.forEach((abort) => abort.abort());
					patience = setTimeout(resolve, AFTER_ABORT_MS);
				}, graceMs);
			});
			await Promise.race([finish(), enough]);
			clearTimeout(patience);
		},
	};
}
