import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../../../core/errors.ts';
import { renderTemplate } from '../../../../core/workflows/render.ts';
import type { CredentialReference } from '../../../../core/workflows/render.ts';
import { parseTemplate } from '../../../../core/workflows/template.ts';
import type { Template } from '../../../../core/workflows/template.ts';
import { parseWorkflow } from '../../../../core/workflows/workflow.ts';
import type { WorkflowJson } from '../../../../core/workflows/workflow.ts';

/** The repository's root: holds templates/ and workflows/. */
export const DEFAULT_WORKFLOWS_DIR = fileURLToPath(new URL('../../../../', import.meta.url));

export interface LoadedTemplate {
	readonly manifest: Template;
	/** @throws AppError `template_variables`, `template_credentials`, `template_value` */
	render(variables: Readonly<Record<string, string>>, credentials: Readonly<Record<string, CredentialReference>>, seed: string): WorkflowJson;
}

/** `templates/<name>/`, cloned per connection. @throws AppError `workflow_file_unreadable`, `template_invalid`, `workflow_invalid` */
export async function loadTemplate(rootDir: string, name: string): Promise<LoadedTemplate> {
	const manifest = parseTemplate(await readJson(join(rootDir, 'templates', name, 'template.json')));
	const workflow = parseWorkflow(await readJson(join(rootDir, 'templates', name, 'workflow.json')));
	return { manifest, render: (variables, credentials, seed) => renderTemplate(workflow, variables, credentials, seed) };
}

/** `workflows/<name>.json`, one for all. @throws AppError `workflow_file_unreadable`, `workflow_invalid` */
export async function loadSharedWorkflow(rootDir: string, name: string): Promise<WorkflowJson> {
	return parseWorkflow(await readJson(join(rootDir, 'workflows', `${name}.json`)));
}

async function readJson(path: string): Promise<unknown> {
	try {
		return JSON.parse(await readFile(path, 'utf8')) as unknown;
	} catch (cause) {
		throw new AppError('workflow_file_unreadable', `${path} can't be read as JSON. Check CONCIERGE_WORKFLOWS_DIR.`, { cause });
	}
}
