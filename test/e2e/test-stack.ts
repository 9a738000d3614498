import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApiKey } from '../../scripts/stack/n8n.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import type { StackSettings } from '../../scripts/stack/settings.ts';
import type { Stack } from '../../scripts/stack/stack.ts';
import { startStack } from '../../scripts/stack/stack.ts';

/** What a test needs to talk to a running stack. */
export interface StackAccess {
	readonly urls: Stack['urls'];
	readonly platformKey: string;
	/** May read executions and edit workflows, which the provisioner's own key may not. */
	readonly n8nApiKey: string;
	readonly databaseOwnerUrl: string;
	/** File of the provisioner's log. */
	readonly provisionerLog: string;
	readonly demo: StackSettings['demo'];
}

/** Scopes of the tests' own n8n key: they look at executions and connect a chat model as an operator would. */
const TEST_SCOPES = [
	'workflow:create', 'workflow:read', 'workflow:update', 'workflow:delete', 'workflow:list', 'workflow:activate', 'workflow:deactivate',
	'credential:create', 'credential:delete', 'credential:list', 'execution:read', 'execution:list',
];

/** A stack on free ports with short windows. @param env of the provisioner; read at every start of it, so a test may change it and start it again */
export async function startTestStack(stateDir: string, env: NodeJS.ProcessEnv = {}): Promise<{ stack: Stack; access: StackAccess }> {
	// PostgreSQL runs as another user when the tests run as root, and must be able to reach its folder.
	await chmod(stateDir, 0o755);
	const stack = await startStack({
		root: join(fileURLToPath(import.meta.url), '../../..'),
		stateDir,
		ports: {
			CONCIERGE_PORT: await freePort(),
			SANDBOX_PORT: await freePort(),
			N8N_PORT: await freePort(),
			N8N_RUNNERS_BROKER_PORT: await freePort(),
			POSTGRES_PORT: await freePort(),
		},
		env: Object.assign(env, { QUIET_WINDOW_MS: '700', MAX_WAIT_MS: '5000', LOG_LEVEL: 'info', ...env }),
	});
	const { n8n, platformKey, demo } = stack.settingsFile.settings;
	const n8nApiKey = await createApiKey(stack.urls.n8n, { email: n8n.ownerEmail, password: n8n.ownerPassword }, 'End-to-end tests', TEST_SCOPES);
	return { stack, access: { urls: stack.urls, platformKey, n8nApiKey, databaseOwnerUrl: stack.databaseOwnerUrl, provisionerLog: stack.services.provisioner.logFile, demo } };
}
