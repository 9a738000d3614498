import type { ItemKind } from '../../../../core/catalog/item.ts';
import { exportFile, type ExportFormat } from './export-file.ts';
import { answerWith, type ThreadTask } from './thread.ts';

/** What the thread of one export is given. */
export interface ExportTask extends ThreadTask {
	readonly path: string;
	readonly kind: ItemKind;
	readonly format: ExportFormat;
}

await answerWith<ExportTask, null>(async (store, { tenantId, companyId, path, kind, format }) => {
	await exportFile(store, { tenantId, companyId }, { path, kind, format });
	return null;
});
