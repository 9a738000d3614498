import type { Logger } from 'pino';
import { backoffMs } from '../../../../core/conversation/backoff.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Database, Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import type { N8nClient } from '../../vendors/n8n/client.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import { removedOrGone } from '../connections/step.ts';
import type { Keys } from '../keys/keys.ts';
import type { RemovedResource } from '../tenants/tenants.ts';
import type { LoadedTemplate } from './templates.ts';

const TEMPLATE = 'company-payments';
/** Told by the database with the change of an account's state. */
const CHANNEL = 'concierge_payment_workflows';
const SWEEP_MS = 10_000;
const AT_A_TIME = 2;
/** Longer than all calls of one attempt wait for n8n. */
const LEASE_MS = 120_000;
const STOP_GRACE_MS = 5_000;
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 10 * 60_000;

interface Wanted {
	readonly tenantId: string;
	readonly companyId: string;
	readonly companyName: string;
	readonly publish: boolean;
	readonly attempts: number;
	/** n8n's ids, as far as they are noted. */
	readonly workflowId: string | null;
	readonly credentialIds: readonly string[];
}

export interface PaymentWorkflows {
	/** Brings n8n to what is due now. The loop does the same. Returns how many companies were looked at. */
	settle(): Promise<number>;
	/** Removes what a company, or every company of a tenant, has in n8n. May be repeated. @throws AppError `n8n_not_configured` (503), VendorError of n8n */
	removeOfCompany(tenantId: string, companyId: string): Promise<readonly RemovedResource[]>;
	removeOfTenant(tenantId: string): Promise<readonly RemovedResource[]>;
	start(): void;
	stop(): Promise<void>;
}

/**
 * The workflow in n8n that a company has for its payments: made and published once its payment account is ready, switched off while that is
 * disconnected (with whatever an operator made of it), removed with the company. What can't be done now is tried again, until n8n agrees.
 */
export function createPaymentWorkflows(deps: {
	database: Database;
	/** null: not configured; what is due waits. */
	n8n: N8nClient | null;
	keys: Pick<Keys, 'createTenantKey' | 'revokeOfCompany'>;
	loadTemplate: (name: string) => Promise<LoadedTemplate>;
	/** Where n8n reaches this service. */
	platformUrl: string;
	now: () => Date;
	log: Logger;
}): PaymentWorkflows {
	const { database, keys, now, log } = deps;

	function configured(): N8nClient {
		if (!deps.n8n) throw new AppError('n8n_not_configured', 'The company has a workflow in n8n, and N8N_URL and N8N_API_KEY are not set.', { status: 503 });
		return deps.n8n;
	}

	async function find(sql: Sql, companyId: string): Promise<Wanted | undefined> {
		const { rows } = await sql.query<{ tenant_id: string; name: string; publish: boolean; attempts: number; workflow_id: string | null; credential_ids: string[] }>(
			`SELECT c.tenant_id, c.name, w.wanted AND t.status <> 'deleting' AS publish, w.attempts,
				(SELECT r.n8n_id FROM n8n_resources r WHERE r.company_id = c.id AND r.type = 'workflow') AS workflow_id,
				ARRAY(SELECT r.n8n_id FROM n8n_resources r WHERE r.company_id = c.id AND r.type = 'credential') AS credential_ids
			 FROM payment_workflows w JOIN companies c ON c.id = w.company_id JOIN tenants t ON t.id = c.tenant_id WHERE w.company_id = $1`,
			[companyId],
		);
		const row = rows[0];
		return row && { tenantId: row.tenant_id, companyId, companyName: row.name, publish: row.publish, attempts: row.attempts, workflowId: row.workflow_id, credentialIds: row.credential_ids };
	}

	const inTenant = <T>(tenantId: string, work: (sql: Sql) => Promise<T>): Promise<T> => database.withTenant(tenantId, work);
	const note = ({ tenantId, companyId }: Wanted, type: 'workflow' | 'credential', n8nId: string, name: string, template: LoadedTemplate | null, rendered: object | null) =>
		inTenant(tenantId, (sql) =>
			sql.query(
				`INSERT INTO n8n_resources (id, tenant_id, company_id, type, n8n_id, name, template, template_version, rendered)
				 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (type, n8n_id) DO NOTHING`,
				[newId('res'), tenantId, companyId, type, n8nId, name, template?.manifest.name ?? null, template?.manifest.version ?? null, rendered && JSON.stringify(rendered)],
			),
		);
	const forget = ({ tenantId }: Wanted, type: 'workflow' | 'credential', n8nId: string) =>
		inTenant(tenantId, (sql) => sql.query('DELETE FROM n8n_resources WHERE type = $1 AND n8n_id = $2', [type, n8nId]));

	/** What an attempt that was cut short may have left without noting it, by the company's id. */
	async function workflowsOf(n8n: N8nClient, { companyId, companyName, workflowId }: Wanted, template: LoadedTemplate): Promise<readonly string[]> {
		const { name } = rendered(template, { companyId, companyName }, { id: '', name: '' });
		const found = await n8n.findWorkflows(name);
		const ids = found.filter((workflow) => JSON.stringify(workflow.content.nodes).includes(companyId)).map((workflow) => workflow.id);
		return [...new Set([...(workflowId === null ? [] : [workflowId]), ...ids])];
	}
	async function credentialsOf(n8n: N8nClient, { companyId, companyName, credentialIds }: Wanted): Promise<readonly string[]> {
		const ids = (await n8n.findCredentials(credentialName(companyId, companyName))).map(({ id }) => id);
		return [...new Set([...credentialIds, ...ids])];
	}

	/** Nothing of an earlier attempt is used: who lost the key's secret needs another. */
	async function make(n8n: N8nClient, wanted: Wanted): Promise<string> {
		const { tenantId, companyId, companyName } = wanted;
		const template = await deps.loadTemplate(TEMPLATE);
		await clear(n8n, wanted, template);
		const name = credentialName(companyId, companyName);
		const key = await inTenant(tenantId, (sql) => keys.createTenantKey(sql, tenantId, { label: name.slice(0, 100), companyId }));
		const credential = await n8n.createCredential({ name, type: 'conciergeApi', data: { baseUrl: deps.platformUrl, apiKey: key.secret } });
		await note(wanted, 'credential', credential.id, name, null, null);
		const workflow = rendered(template, wanted, { id: credential.id, name });
		const { id } = await n8n.createWorkflow(workflow);
		await note(wanted, 'workflow', id, workflow.name, template, workflow);
		log.info({ companyId, workflow: id }, `Created "${workflow.name}" in n8n`);
		return id;
	}

	async function clear(n8n: N8nClient, wanted: Wanted, template: LoadedTemplate): Promise<readonly RemovedResource[]> {
		const removed: RemovedResource[] = [];
		// The workflow first: it unsubscribes with its credential.
		for (const id of await workflowsOf(n8n, wanted, template)) {
			removed.push(removedOrGone('n8n_workflow', id, '', await n8n.deleteWorkflow(id)));
			await forget(wanted, 'workflow', id);
		}
		for (const id of await credentialsOf(n8n, wanted)) {
			removed.push(removedOrGone('n8n_credential', id, '', await n8n.deleteCredential(id)));
			await forget(wanted, 'credential', id);
		}
		for (const id of await inTenant(wanted.tenantId, (sql) => keys.revokeOfCompany(sql, wanted.companyId))) removed.push(removedOrGone('api_key', id, '', true));
		return removed;
	}

	async function bring(n8n: N8nClient, wanted: Wanted): Promise<void> {
		const { publish, workflowId } = wanted;
		if (!publish) {
			if (workflowId !== null) await n8n.deactivateWorkflow(workflowId);
			return;
		}
		const live = workflowId === null ? null : await n8n.getWorkflow(workflowId);
		await n8n.activateWorkflow(live?.id ?? (await make(n8n, wanted)));
	}

	async function settleOne(tenantId: string, companyId: string): Promise<void> {
		const wanted = await inTenant(tenantId, (sql) => find(sql, companyId));
		if (!wanted || !deps.n8n) return;
		try {
			await bring(deps.n8n, wanted);
			await inTenant(tenantId, (sql) =>
				sql.query(
					// Changed meanwhile: once more, at once.
					`UPDATE payment_workflows SET published = $2, attempts = 0, last_error = NULL, next_attempt_at = CASE WHEN wanted = $2 THEN NULL ELSE $3::timestamptz END WHERE company_id = $1`,
					[companyId, wanted.publish, now()],
				),
			);
		} catch (error) {
			const nextAt = new Date(now().getTime() + backoffMs(wanted.attempts + 1, FIRST_RETRY_MS, LONGEST_RETRY_MS));
			await inTenant(tenantId, (sql) =>
				sql.query('UPDATE payment_workflows SET attempts = attempts + 1, last_error = $2, next_attempt_at = $3 WHERE company_id = $1', [companyId, error instanceof Error ? error.message : String(error), nextAt]),
			);
			log.warn({ tenantId, companyId, err: error, attempts: wanted.attempts + 1 }, 'a company’s workflow for payments could not be brought up to date in n8n; it is tried again');
		}
	}

	async function claim(limit: number): Promise<readonly { readonly tenantId: string; readonly companyId: string }[]> {
		const { rows } = await database.system.query<{ tenant_id: string; company_id: string }>('SELECT tenant_id, company_id FROM claim_due_payment_workflows($1, $2, $3)', [now(), limit, LEASE_MS]);
		return rows.map((row) => ({ tenantId: row.tenant_id, companyId: row.company_id }));
	}

	const loop = createDueLoop<{ readonly tenantId: string; readonly companyId: string }>({
		name: 'workflows of payment accounts', concurrency: AT_A_TIME, sweepMs: SWEEP_MS, log, claim, run: ({ tenantId, companyId }) => settleOne(tenantId, companyId), nextDueInMs: () => null,
	});

	async function removeOfCompany(tenantId: string, companyId: string): Promise<readonly RemovedResource[]> {
		const wanted = await inTenant(tenantId, async (sql) => {
			await sql.query('UPDATE payment_workflows SET wanted = false, next_attempt_at = NULL WHERE company_id = $1', [companyId]);
			return await find(sql, companyId);
		});
		if (!wanted) return [];
		// One that never came to be made left nothing.
		if (!deps.n8n && wanted.workflowId === null && wanted.credentialIds.length === 0) return [];
		return await clear(configured(), wanted, await deps.loadTemplate(TEMPLATE));
	}

	return {
		async settle() {
			const due = await claim(1_000);
			for (const { tenantId, companyId } of due) await settleOne(tenantId, companyId);
			return due.length;
		},
		removeOfCompany,
		async removeOfTenant(tenantId) {
			const { rows } = await inTenant(tenantId, (sql) => sql.query<{ company_id: string }>('SELECT company_id FROM payment_workflows ORDER BY company_id'));
			const removed: RemovedResource[] = [];
			for (const { company_id: companyId } of rows) removed.push(...(await removeOfCompany(tenantId, companyId)));
			return removed;
		},
		start() {
			if (!deps.n8n) return;
			loop.start();
			void database.listen(CHANNEL, () => loop.wake(0));
		},
		stop: () => loop.stop(STOP_GRACE_MS),
	};
}

function rendered(template: LoadedTemplate, { companyId, companyName }: Pick<Wanted, 'companyId' | 'companyName'>, credential: { id: string; name: string }) {
	return template.render({ COMPANY_ID: companyId, COMPANY_NAME: shortName(companyName) }, { conciergeApi: credential }, companyId);
}

/** n8n takes names of 128 characters at most. */
const shortName = (companyName: string): string => [...companyName].slice(0, 60).join('');

/** Unique by the company's id, so that it can be found again. */
function credentialName(companyId: string, companyName: string): string {
	return `Concierge payments: ${shortName(companyName)} (${companyId})`;
}
