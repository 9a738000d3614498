import { parentPort, workerData, Worker } from 'node:worker_threads';
import { pino } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import { createDatabase } from '../../store/database.ts';
import type { SupabaseSettings } from '../../vendors/supabase/client.ts';
import type { CatalogAddress, CatalogStore } from './catalog-store.ts';
import { createCatalogStore } from './open-store.ts';

/** What a thread is given to reach catalogs; it takes a database connection of its own. */
export interface ThreadTask extends CatalogAddress {
	readonly databaseUrl: string;
	readonly supabase: SupabaseSettings | undefined;
}

type Outcome<Result> = { readonly result: Result } | { readonly problem: { readonly code: string; readonly message: string; readonly status: number; readonly details: Record<string, unknown> } };

/** Rows go through a thread a few at a time: what it holds are skus, and the texts of a workbook. */
const MOST_HEAP_MB = 128;

/**
 * Runs a module (which calls `answerWith`) in a thread of its own: what takes long neither keeps messages from being acknowledged meanwhile nor
 * takes the process's memory.
 * @param ends aborted: the thread ends, and what it had begun is rolled back
 * @throws what the work throws; AppError `catalog_file_too_large` (422) when it doesn't fit into memory, the signal's reason when it is aborted
 */
export async function runInThread<Result>(module: URL, task: ThreadTask, ends: AbortSignal): Promise<Result> {
	ends.throwIfAborted();
	const worker = new Worker(module, { workerData: task, resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB, maxYoungGenerationSizeMb: 16 } });
	const ended = new AbortController();
	const outcome = await new Promise<Outcome<Result>>((resolve, reject) => {
		worker.once('message', resolve);
		worker.once('error', (error: Error & { code?: string }) => reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory() : error));
		worker.once('exit', (code) => reject(ends.aborted ? (ends.reason as Error) : new Error(`The thread of a catalog file ended with ${code}.`)));
		ends.addEventListener('abort', () => void worker.terminate(), { once: true, signal: ended.signal });
	}).finally(() => ended.abort());
	if ('result' in outcome) return outcome.result;
	const { code, message, status, details } = outcome.problem;
	throw new AppError(code, message, { status, details });
}

/** Inside of the thread: does its work and tells the outcome. */
export async function answerWith<Task extends ThreadTask, Result>(work: (store: CatalogStore, task: Task) => Promise<Result>): Promise<void> {
	const task = workerData as Task;
	const database = createDatabase(task.databaseUrl, { maxConnections: 1 });
	const store = createCatalogStore({ database, supabase: task.supabase, log: pino({ enabled: false }), now: () => new Date() });
	const outcome = await work(store, task)
		.then((result): Outcome<Result> => ({ result }), (error: unknown): Outcome<Result> => {
			if (!(error instanceof AppError)) throw error;
			return { problem: { code: error.code, message: error.message, status: error.status, details: { ...error.details } } };
		})
		.finally(() => database.close());
	parentPort?.postMessage(outcome);
}

/** Why threads end when the process stops. */
export function serviceStopping(): AppError {
	return new AppError('service_stopping', 'The service is being restarted, and the file was given up: nothing was stored. Send the request again in a minute.', { status: 503 });
}

function outOfMemory(): AppError {
	return new AppError('catalog_file_too_large', 'The file does not fit into memory. Use CSV, which goes row by row.', { status: 422 });
}
