import { Worker } from 'node:worker_threads';
import { AppError } from '../../../../core/errors.ts';
import type { SupabaseSettings } from '../../vendors/supabase/client.ts';
import type { ImportOptions, ImportReport } from './import-file.ts';

/** What the thread is given; it takes a database connection of its own. */
export interface ThreadedImport {
	readonly databaseUrl: string;
	readonly supabase: SupabaseSettings | undefined;
	readonly tenantId: string;
	readonly companyId: string;
	readonly path: string;
	readonly options: ImportOptions;
}

export type Outcome = { readonly report: ImportReport } | { readonly problem: { readonly code: string; readonly message: string; readonly status: number; readonly details: Record<string, unknown> } };

/** Rows go through a file's thread a few at a time: what it holds are skus, and the texts of a workbook. */
const MOST_HEAP_MB = 128;

/**
 * Imports a file in a thread of its own: a long one neither keeps messages from being acknowledged meanwhile nor takes the process's memory.
 * @param signal aborted when the process stops: the thread ends, and what it had begun is rolled back
 * @throws what `importFile` throws; AppError `catalog_file_too_large` (422) when a workbook's texts don't fit into memory, `service_stopping` (503)
 */
export async function importInThread(task: ThreadedImport, signal: AbortSignal): Promise<ImportReport> {
	if (signal.aborted) throw serviceStopping();
	const worker = new Worker(new URL('./import-worker.ts', import.meta.url), { workerData: task, resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB, maxYoungGenerationSizeMb: 16 } });
	const ended = new AbortController();
	const outcome = await new Promise<Outcome>((resolve, reject) => {
		worker.once('message', resolve);
		worker.once('error', (error: Error & { code?: string }) => reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory() : error));
		worker.once('exit', (code) => reject(signal.aborted ? serviceStopping() : new Error(`The thread of an import ended with ${code}.`)));
		signal.addEventListener('abort', () => void worker.terminate(), { once: true, signal: ended.signal });
	}).finally(() => ended.abort());
	if ('report' in outcome) return outcome.report;
	const { code, message, status, details } = outcome.problem;
	throw new AppError(code, message, { status, details });
}

function serviceStopping(): AppError {
	return new AppError('service_stopping', 'The service is being restarted, and the import was ended: nothing was stored. Send the file again in a minute.', { status: 503 });
}

function outOfMemory(): AppError {
	return new AppError('catalog_file_too_large', 'The file does not fit into memory. Send it as CSV, which is read row by row.', { status: 422 });
}
