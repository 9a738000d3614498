import { TELEGRAM_UPDATES } from '../../../../../core/channels/telegram.ts';
import { AppError } from '../../../../../core/errors.ts';
import type { Database } from '../../../store/database.ts';
import { newId } from '../../../store/ids.ts';
import { VendorError } from '../../../vendors/http.ts';
import type { N8nClient } from '../../../vendors/n8n/client.ts';
import type { TelegramClient } from '../../../vendors/telegram/client.ts';
import type { Keys } from '../../keys/keys.ts';
import type { RemovedResource } from '../../tenants/tenants.ts';
import type { LoadedTemplate } from '../../workflows/templates.ts';
import type { Connection } from '../connection.ts';
import { removedOrGone } from '../step.ts';
import type { Job, Step } from '../step.ts';

const TEMPLATE = 'telegram-ingress';

export interface TelegramStepDeps {
	readonly database: Database;
	readonly n8n: N8nClient | null;
	readonly telegram: TelegramClient;
	readonly keys: Pick<Keys, 'createTenantKey' | 'revokeOfConnection'>;
	readonly loadTemplate: (name: string) => Promise<LoadedTemplate>;
	/** n8n's id of the shared answering workflow, which must be published before a clone that calls it. */
	readonly answerWorkflowId: () => Promise<string>;
	/** Where n8n reaches this service. */
	readonly platformUrl: string;
	/** Where Telegram reaches this service. */
	readonly hookBaseUrl: string;
	readonly telegramApiUrl: string;
}

/** A bot gets a workflow of its own in n8n, with credentials that reach its tenant's data and nothing else. */
export function telegramSteps(deps: TelegramStepDeps): readonly Step[] {
	const n8n = (): N8nClient => {
		if (!deps.n8n) throw new AppError('n8n_not_configured', 'Workflows can’t be made: N8N_URL and N8N_API_KEY are not set.', { status: 503 });
		return deps.n8n;
	};

	/** Notes what exists in n8n for the tenant, so that it can be found, upgraded and removed. */
	async function note(connection: Connection, type: 'workflow' | 'credential', n8nId: string, name: string, template?: LoadedTemplate, rendered?: unknown): Promise<void> {
		await deps.database.withTenant(connection.tenantId, (sql) =>
			sql.query(
				`INSERT INTO n8n_resources (id, tenant_id, connection_id, type, n8n_id, name, template, template_version, rendered)
				 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (type, n8n_id) DO NOTHING`,
				[newId('res'), connection.tenantId, connection.id, type, n8nId, name, template?.manifest.name ?? null, template?.manifest.version ?? null, rendered === undefined ? null : JSON.stringify(rendered)],
			),
		);
	}
	async function forget(connection: Connection, type: 'workflow' | 'credential', n8nId: string): Promise<void> {
		await deps.database.withTenant(connection.tenantId, (sql) => sql.query('DELETE FROM n8n_resources WHERE type = $1 AND n8n_id = $2', [type, n8nId]));
	}

	async function createCredential(job: Job, name: string, type: string, data: Record<string, string>): Promise<string> {
		if (job.interrupted) for (const found of await n8n().findCredentials(name)) await n8n().deleteCredential(found.id);
		const { id } = await n8n().createCredential({ name, type, data });
		await note(job.connection, 'credential', id, name);
		return id;
	}
	async function removeCredential({ connection }: Job, name: string, knownId: string | undefined): Promise<readonly RemovedResource[]> {
		const ids = knownId === undefined ? (await n8n().findCredentials(name)).map((found) => found.id) : [knownId];
		const removed: RemovedResource[] = [];
		for (const id of ids) {
			removed.push(removedOrGone('n8n_credential', id, name, await n8n().deleteCredential(id)));
			await forget(connection, 'credential', id);
		}
		return removed;
	}

	async function render(job: Job) {
		const template = await deps.loadTemplate(TEMPLATE);
		const reference = (step: string) => ({ id: job.made(step)['credential_id'] ?? '', name: job.made(step)['credential_name'] ?? '' });
		return {
			template,
			workflow: template.render(
				{ CONNECTION_ID: job.connection.id, CONNECTION_NAME: job.connection.name, ANSWER_WORKFLOW_ID: await deps.answerWorkflowId() },
				{ conciergeApi: reference('platform_credential'), telegramApi: reference('bot_credential') },
				job.connection.id,
			),
		};
	}
	/** Clones of this connection, found by its id: names are the business's own and may repeat. */
	async function findClones(connection: Connection, name: string): Promise<readonly string[]> {
		const found = await n8n().findWorkflows(name);
		return found.filter((workflow) => JSON.stringify(workflow.content.nodes).includes(connection.id)).map((workflow) => workflow.id);
	}
	/** The clone's name as `run` would give it, for a run whose outcome isn't known. */
	async function cloneName(connection: Connection): Promise<string> {
		const none = { id: '', name: '' };
		const variables = { CONNECTION_ID: connection.id, CONNECTION_NAME: connection.name, ANSWER_WORKFLOW_ID: '' };
		return (await deps.loadTemplate(TEMPLATE)).render(variables, { conciergeApi: none, telegramApi: none }, connection.id).name;
	}

	const setWebhook = (job: Job): Promise<void> =>
		deps.telegram.setWebhook(botTokenOf(job), { url: `${deps.hookBaseUrl}/hooks/telegram/${job.secrets.hookToken}`, secretToken: job.secrets.hookSecret });

	return [
		{
			name: 'platform_credential',
			async run(job) {
				const { connection } = job;
				const name = credentialName('Concierge key', connection);
				// A key of an earlier run is unknown to everybody: its secret was in that process only.
				const key = await deps.database.withTenant(connection.tenantId, async (sql) => {
					await deps.keys.revokeOfConnection(sql, connection.id);
					return deps.keys.createTenantKey(sql, connection.tenantId, { label: name.slice(0, 100), connectionId: connection.id });
				});
				const id = await createCredential(job, name, 'conciergeApi', { baseUrl: deps.platformUrl, apiKey: key.secret });
				return { credential_id: id, credential_name: name, key_id: key.id };
			},
			async undo(job, made) {
				const removed = await removeCredential(job, credentialName('Concierge key', job.connection), made['credential_id']);
				const revoked = await deps.database.withTenant(job.connection.tenantId, (sql) => deps.keys.revokeOfConnection(sql, job.connection.id));
				return [...removed, ...revoked.map((id) => removedOrGone('api_key', id, '', true))];
			},
		},
		{
			name: 'bot_credential',
			async run(job) {
				const name = credentialName('Telegram bot', job.connection);
				const id = await createCredential(job, name, 'telegramApi', { accessToken: botTokenOf(job), baseUrl: deps.telegramApiUrl });
				return { credential_id: id, credential_name: name };
			},
			undo: (job, made) => removeCredential(job, credentialName('Telegram bot', job.connection), made['credential_id']),
		},
		{
			name: 'workflow',
			async run(job) {
				const { template, workflow } = await render(job);
				if (job.interrupted) for (const id of await findClones(job.connection, workflow.name)) await n8n().deleteWorkflow(id);
				const { id } = await n8n().createWorkflow(workflow);
				await note(job.connection, 'workflow', id, workflow.name, template, workflow);
				return { workflow_id: id, workflow_name: workflow.name };
			},
			async undo({ connection }, made) {
				const name = made['workflow_name'] ?? (await cloneName(connection));
				const ids = made['workflow_id'] === undefined ? await findClones(connection, name) : [made['workflow_id']];
				const removed: RemovedResource[] = [];
				for (const id of ids) {
					removed.push(removedOrGone('n8n_workflow', id, name, await n8n().deleteWorkflow(id)));
					await forget(connection, 'workflow', id);
				}
				return removed;
			},
		},
		{
			name: 'activation',
			async run(job) {
				await n8n().activateWorkflow(job.made('workflow')['workflow_id'] ?? '');
				return {};
			},
			// Deleting the workflow deactivates it.
			undo: () => Promise.resolve([]),
		},
		{
			name: 'telegram_webhook',
			async run(job) {
				await setWebhook(job);
				return { events: TELEGRAM_UPDATES.join() };
			},
			hook: { events: TELEGRAM_UPDATES.join(), renew: setWebhook },
			async undo(job) {
				const { externalId } = job.connection;
				return [removedOrGone('telegram_webhook', externalId, `@${externalId}`, await deleteWebhook(deps.telegram, botTokenOf(job)))];
			},
		},
	];
}

/** The business may have revoked the token at BotFather: then its webhook is gone with it. */
async function deleteWebhook(telegram: TelegramClient, token: string): Promise<boolean> {
	try {
		await telegram.deleteWebhook(token);
		return true;
	} catch (error) {
		if (error instanceof VendorError && (error.vendorStatus === 401 || error.vendorStatus === 404)) return false;
		throw error;
	}
}

function botTokenOf({ secrets, connection }: Job): string {
	if (secrets.botToken === undefined) throw new AppError('secret_unreadable', `Connection ${connection.id} has no bot token.`);
	return secrets.botToken;
}

/** Unique by the connection's id, so that it can be found again; n8n takes 128 characters at most. */
function credentialName(what: string, connection: Connection): string {
	return `${what}: ${[...connection.name].slice(0, 60).join('')} (${connection.id})`;
}
