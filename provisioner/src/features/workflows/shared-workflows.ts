import type { Logger } from 'pino';
import { renderTemplate } from '../../../../core/workflows/render.ts';
import type { CredentialReference } from '../../../../core/workflows/render.ts';
import type { WorkflowJson } from '../../../../core/workflows/workflow.ts';
import type { Database, Sql } from '../../store/database.ts';
import type { N8nClient, N8nWorkflow } from '../../vendors/n8n/client.ts';
import { contentHash } from './content-hash.ts';
import { loadSharedWorkflow } from './templates.ts';

const CREDENTIAL = 'Concierge worker';
const ANSWER = 'answer';
const AFTER_PAYMENT = 'after-payment';
/** Seed of the shared trigger's webhook path: the same one after every upgrade. */
const SEED = 'concierge';

interface SharedRow {
	n8n_id: string;
	content_hash: string;
	live_hash: string;
}

export interface SharedWorkflows {
	/**
	 * Makes sure that the worker credential, the answering workflow and the one after a payment exist in n8n, are up to date and active. A workflow that an
	 * operator has edited is left as it is. Several processes may call it at once. @returns n8n's id of the answering workflow
	 * @throws VendorError of n8n
	 */
	ensure(): Promise<string>;
}

export function createSharedWorkflows(deps: {
	database: Database;
	n8n: N8nClient;
	rootDir: string;
	workerKey: string;
	platformUrl: string;
	log: Logger;
}): SharedWorkflows {
	const { database, n8n, log } = deps;

	async function ensureCredential(sql: Sql): Promise<{ reference: CredentialReference; replacedId: string | null }> {
		const credential = { name: CREDENTIAL, type: 'conciergeApi', data: { baseUrl: deps.platformUrl, apiKey: deps.workerKey } };
		const hash = contentHash(credential);
		const row = await find(sql, CREDENTIAL);
		const ids = (await n8n.findCredentials(CREDENTIAL)).filter((found) => found.type === credential.type).map((found) => found.id);
		const known = row && ids.includes(row.n8n_id) ? row.n8n_id : ids[0];
		let id = known;
		if (id !== undefined && !(row?.n8n_id === id && row.content_hash === hash) && !(await n8n.updateCredential(id, credential))) id = undefined;
		id ??= (await n8n.createCredential(credential)).id;
		await store(sql, CREDENTIAL, 'credential', id, hash, '');
		return { reference: { id, name: CREDENTIAL }, replacedId: row && row.n8n_id !== id ? row.n8n_id : null };
	}

	async function ensureWorkflow(sql: Sql, name: string, credential: CredentialReference, replacedId: string | null): Promise<string> {
		const template = await loadSharedWorkflow(deps.rootDir, name);
		const hash = contentHash(template);
		const wanted = renderTemplate(template, {}, { conciergeApi: credential }, SEED);
		const row = await find(sql, name);
		const live = (row && (await n8n.getWorkflow(row.n8n_id))) ?? (await n8n.findWorkflows(template.name))[0] ?? null;
		if (live === null) {
			const { id } = await n8n.createWorkflow(wanted);
			log.info({ workflow: id }, `Created "${template.name}" in n8n`);
			return written(sql, name, id, hash, false);
		}
		const edited = row !== undefined && row.n8n_id === live.id && row.live_hash !== contentHash(live.content);
		if (!edited && (row?.content_hash !== hash || row.n8n_id !== live.id || replacedId !== null)) {
			await n8n.updateWorkflow(live.id, wanted);
			log.info({ workflow: live.id }, `Updated "${template.name}" in n8n`);
			return written(sql, name, live.id, hash, live.active);
		}
		if (edited && row.content_hash !== hash) log.warn({ workflow: live.id }, `"${template.name}" was edited in n8n: the new version of its template is not applied`);
		if (edited && replacedId !== null) {
			await n8n.updateWorkflow(live.id, withCredential(live.content, replacedId, credential));
			return written(sql, name, live.id, row.content_hash, live.active, row.live_hash);
		}
		if (!live.active) await n8n.activateWorkflow(live.id);
		return live.id;
	}

	/** After a write: notes what n8n made of it, and activates. `liveHash`: of our last own version, when an operator's edits are kept. */
	async function written(sql: Sql, name: string, id: string, hash: string, active: boolean, liveHash?: string): Promise<string> {
		const live: N8nWorkflow | null = await n8n.getWorkflow(id);
		await store(sql, name, 'workflow', id, hash, liveHash ?? (live ? contentHash(live.content) : ''));
		if (!active) await n8n.activateWorkflow(id);
		return id;
	}

	return {
		async ensure() {
			const { answerId, credential, replacedId } = await database.transaction(async (sql) => {
				// Two processes that start at once must not make two of each.
				await sql.query("SELECT pg_advisory_xact_lock(hashtext('concierge.shared_workflows'))");
				const { reference, replacedId } = await ensureCredential(sql);
				return { answerId: await ensureWorkflow(sql, ANSWER, reference, replacedId), credential: reference, replacedId };
			});
			// Answers do not wait for it: what an operator has made of it may be impossible to activate.
			await database
				.transaction(async (sql) => {
					await sql.query("SELECT pg_advisory_xact_lock(hashtext('concierge.shared_workflows'))");
					await ensureWorkflow(sql, AFTER_PAYMENT, credential, replacedId);
				})
				.catch((error: unknown) => log.error({ err: error }, 'the workflow after a payment is not up to date in n8n; it is tried again at the next start'));
			return answerId;
		},
	};
}

async function find(sql: Sql, name: string): Promise<SharedRow | undefined> {
	const { rows } = await sql.query<{ n8n_id: string; content_hash: string; live_hash: string }>('SELECT n8n_id, content_hash, live_hash FROM shared_n8n_resources WHERE name = $1', [name]);
	return rows[0];
}

async function store(sql: Sql, name: string, type: 'workflow' | 'credential', n8nId: string, hash: string, liveHash: string): Promise<void> {
	await sql.query(
		`INSERT INTO shared_n8n_resources (name, type, n8n_id, content_hash, live_hash) VALUES ($1, $2, $3, $4, $5)
		 ON CONFLICT (name) DO UPDATE SET n8n_id = excluded.n8n_id, content_hash = excluded.content_hash, live_hash = excluded.live_hash, updated_at = now()`,
		[name, type, n8nId, hash, liveHash],
	);
}

/** The workflow as it is, with one credential exchanged for another. */
function withCredential(workflow: WorkflowJson, replacedId: string, credential: CredentialReference): WorkflowJson {
	return {
		...workflow,
		nodes: workflow.nodes.map((node) => {
			const { credentials } = node;
			if (typeof credentials !== 'object' || credentials === null || !JSON.stringify(credentials).includes(JSON.stringify(replacedId))) return node;
			return { ...node, credentials: { ...credentials, conciergeApi: { id: credential.id, name: credential.name } } };
		}),
	};
}
