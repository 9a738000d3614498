import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import { createDatabase } from '../../store/database.ts';
import { importFile } from './import-file.ts';
import type { Outcome, ThreadedImport } from './import-thread.ts';
import { createCatalogStore } from './open-store.ts';

/** The thread of one import (import-thread.ts). */
async function run({ databaseUrl, supabase, tenantId, companyId, path, options }: ThreadedImport): Promise<Outcome> {
	const database = createDatabase(databaseUrl, { maxConnections: 1 });
	const store = createCatalogStore({ database, supabase, log: pino({ enabled: false }), now: () => new Date() });
	try {
		return { report: await importFile(store, { tenantId, companyId }, path, options) };
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		return { problem: { code: error.code, message: error.message, status: error.status, details: { ...error.details } } };
	} finally {
		await database.close();
	}
}

parentPort?.postMessage(await run(workerData as ThreadedImport));
