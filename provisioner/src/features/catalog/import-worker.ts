import { importFile, type ImportOptions, type ImportReport } from './import-file.ts';
import { answerWith, type ThreadTask } from './thread.ts';

/** What the thread of one import is given. */
export interface ImportTask extends ThreadTask {
	readonly path: string;
	readonly options: ImportOptions;
}

await answerWith<ImportTask, ImportReport>((store, { tenantId, companyId, path, options }) => importFile(store, { tenantId, companyId }, path, options));
