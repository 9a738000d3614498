import { AppError } from '../../../../core/errors.ts';
import { createWaitingLine } from './waiting-line.ts';
import type { Waiting, WaitingLimits } from './waiting-line.ts';

export interface GroupCommitOptions extends WaitingLimits {
	/** Statements at a time, at most. */
	readonly inFlight: number;
	/**
	 * Milliseconds that a statement may take before another begins beside it. Few large statements cost the least; but one that waits for a
	 * lock must not make all others wait.
	 */
	readonly overlapAfterMs: number;
	/** Times that a statement which lost a race is run. */
	readonly tries: number;
	readonly log: { warn(about: object, message: string): void };
	/** Between tries. */
	readonly pause?: (attempt: number) => Promise<void>;
}

/** What the store says of an error. */
export type FailureKind =
	/** It lost a race against another statement: the same again. */
	| 'again'
	/** Nothing can be stored now. */
	| 'unavailable'
	/** Something is wrong with what was to be stored. */
	| 'refused';

export interface Store<Entry, Result> {
	/** One statement: a result an entry, in order. Durable when it resolves. */
	store(batch: readonly Entry[]): Promise<readonly Result[]>;
	kindOf(error: unknown): FailureKind;
}

export interface GroupCommit<Entry, Result> {
	/**
	 * Resolves once it is stored. What comes while a statement runs goes together in the next.
	 * @throws AppError `overloaded` (503): too much waits already. `store_unavailable` (503): the database can't be reached.
	 */
	commit(entry: Entry): Promise<Result>;
	/** What is waiting, and in statements. */
	readonly load: { readonly waiting: number; readonly running: number };
	/** Resolves when nothing waits or runs any more. */
	idle(): Promise<void>;
}

interface Ticket<Entry, Result> extends Waiting {
	readonly entry: Entry;
	readonly resolve: (result: Result) => void;
	readonly reject: (error: unknown) => void;
}

/** Seconds after which the vendor may come again: the queue empties much faster than that. */
const RETRY_AFTER_S = 2;

export function createGroupCommit<Entry extends Waiting, Result>(port: Store<Entry, Result>, options: GroupCommitOptions): GroupCommit<Entry, Result> {
	const line = createWaitingLine<Ticket<Entry, Result>>(options);
	const pause = options.pause ?? ((attempt) => new Promise<void>((resolve) => void setTimeout(resolve, Math.random() * 20 * attempt)));
	const waitingForIdle: (() => void)[] = [];
	let running = 0;
	let scheduled = false;
	let begunAt = 0;
	let overlap: NodeJS.Timeout | undefined;

	/** After the requests that arrived in the same moment have been read: they go together. */
	function schedule(): void {
		if (scheduled || overlap || running >= options.inFlight) return;
		scheduled = true;
		setImmediate(start);
	}

	function start(): void {
		scheduled = false;
		while (running < options.inFlight && line.size > 0) {
			const early = running === 0 ? 0 : begunAt + options.overlapAfterMs - performance.now();
			if (early > 0) {
				overlap ??= setTimeout(startBeside, early);
				return;
			}
			const batch = line.take();
			if (batch.length === 0) return;
			running += 1;
			begunAt = performance.now();
			clearTimeout(overlap);
			overlap = undefined;
			void run(batch);
		}
	}

	function startBeside(): void {
		overlap = undefined;
		start();
	}

	async function run(batch: readonly Ticket<Entry, Result>[]): Promise<void> {
		await storeAll(batch);
		running -= 1;
		line.release(batch);
		start();
		if (running === 0 && line.size === 0) for (const resolve of waitingForIdle.splice(0)) resolve();
	}

	/** Settles every ticket; never rejects. */
	async function storeAll(batch: readonly Ticket<Entry, Result>[]): Promise<void> {
		try {
			const results = await tryAgain(batch.map(({ entry }) => entry));
			if (results.length !== batch.length) throw new Error(`The store answered ${results.length} of ${batch.length}.`);
			for (const [index, ticket] of batch.entries()) ticket.resolve(results[index] as Result);
		} catch (error) {
			const kind = port.kindOf(error);
			if (kind === 'unavailable' || (kind === 'again' && batch.length === 1)) {
				options.log.warn({ err: error, messages: batch.length }, 'messages could not be stored now');
				fail(batch, storeUnavailable(error));
			} else if (batch.length === 1) {
				fail(batch, error);
			} else {
				// In halves, until what is wrong with one fails that one alone.
				options.log.warn({ err: error, messages: batch.length }, 'a batch could not be stored: its halves go by themselves');
				const middle = Math.ceil(batch.length / 2);
				await storeAll(batch.slice(0, middle));
				await storeAll(batch.slice(middle));
			}
		}
	}

	async function tryAgain(entries: readonly Entry[]): Promise<readonly Result[]> {
		for (let attempt = 1; ; attempt += 1) {
			try {
				return await port.store(entries);
			} catch (error) {
				if (attempt >= options.tries || port.kindOf(error) !== 'again') throw error;
				await pause(attempt);
			}
		}
	}

	return {
		commit(entry) {
			return new Promise((resolve, reject) => {
				const { connectionId, address, bytes, alone } = entry;
				if (line.add({ connectionId, address, bytes, alone, entry, resolve, reject })) schedule();
				else reject(new AppError('overloaded', 'Too many messages are waiting to be stored. Send it again.', { status: 503, details: { retry_after: RETRY_AFTER_S } }));
			});
		},
		get load() {
			return { waiting: line.size, running };
		},
		idle() {
			if (running === 0 && line.size === 0) return Promise.resolve();
			return new Promise((resolve) => void waitingForIdle.push(resolve));
		},
	};
}

/** For what could not be stored, or looked up, for want of a database. */
export function storeUnavailable(cause: unknown): AppError {
	return new AppError('store_unavailable', 'Nothing can be stored now. Send it again.', { status: 503, details: { retry_after: RETRY_AFTER_S }, cause });
}

function fail<Entry, Result>(batch: readonly Ticket<Entry, Result>[], error: unknown): void {
	for (const ticket of batch) ticket.reject(error);
}
