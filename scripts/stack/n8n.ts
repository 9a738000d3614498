import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Service } from './processes.ts';
import { compileCache, startService, untilReady } from './processes.ts';

const PACKAGE = 'n8n-nodes-concierge';

export interface N8nOptions {
	readonly root: string;
	readonly runDir: string;
	/** n8n keeps its `.n8n` folder (settings, SQLite database, installed packages) in here. */
	readonly userDir: string;
	readonly port: number;
	readonly brokerPort: number;
	readonly encryptionKey: string;
	/** More environment, e.g. another expression engine for a benchmark. */
	readonly env?: NodeJS.ProcessEnv;
	/** Called with the process at once, before it is ready, so that it can be stopped meanwhile. */
	readonly onStarted?: (service: Service) => void;
}

/** Starts n8n with this repository installed as the community package it is. Ready means: REST and webhooks answer. */
export async function startN8n(options: N8nOptions): Promise<Service> {
	linkPackage(options.root, options.userDir);
	const url = n8nUrl(options.port);
	const service = startService({
		name: 'n8n',
		command: process.execPath,
		args: [join(options.root, 'node_modules/n8n/bin/n8n'), 'start'],
		cwd: options.userDir,
		runDir: options.runDir,
		env: {
			PATH: process.env['PATH'],
			HOME: process.env['HOME'],
			TZ: process.env['TZ'],
			...compileCache(options.root),
			N8N_USER_FOLDER: options.userDir,
			N8N_ENCRYPTION_KEY: options.encryptionKey,
			N8N_PORT: String(options.port),
			N8N_LISTEN_ADDRESS: '127.0.0.1',
			N8N_RUNNERS_BROKER_PORT: String(options.brokerPort),
			N8N_WEBHOOK_URL: `${url}/`,
			N8N_EDITOR_BASE_URL: `${url}/`,
			// Loopback without TLS: the browser would not send a secure cookie.
			N8N_SECURE_COOKIE: 'false',
			// No isolate for executions without expressions: 5 times the turns a second (docs/performance.md).
			N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true',
			// Works offline, and says nothing to anybody.
			N8N_DISABLED_MODULES: 'mcp-registry',
			N8N_DIAGNOSTICS_ENABLED: 'false',
			N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
			N8N_TEMPLATES_ENABLED: 'false',
			N8N_PERSONALIZATION_ENABLED: 'false',
			N8N_HIRING_BANNER_ENABLED: 'false',
			N8N_UNVERIFIED_PACKAGES_ENABLED: 'false',
			N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '5',
			N8N_LOG_LEVEL: 'warn',
			...options.env,
		},
	});
	options.onStarted?.(service);
	await untilReady(service, async () => (await fetch(`${url}/healthz/readiness`)).ok && (await fetch(`${url}/rest/settings`)).headers.get('content-type')?.includes('json') === true, 120_000);
	return service;
}

export function n8nUrl(port: number): string {
	return `http://127.0.0.1:${port}`;
}

export interface Owner {
	readonly email: string;
	readonly password: string;
}

/** Makes the owner on the first start. @returns false when there was one already */
export async function ensureOwner(url: string, owner: Owner): Promise<boolean> {
	const { data } = await rest<{ data: { userManagement: { showSetupOnFirstLoad: boolean } } }>(url, '/rest/settings', {});
	if (!data.userManagement.showSetupOnFirstLoad) return false;
	await rest(url, '/rest/owner/setup', { body: { email: owner.email, firstName: 'Concierge', lastName: 'Operator', password: owner.password } });
	return true;
}

/** Creates an API key with exactly these scopes. Its secret is shown this once. */
export async function createApiKey(url: string, owner: Owner, label: string, scopes: readonly string[]): Promise<string> {
	const login = await send(url, '/rest/login', { body: { emailOrLdapLoginId: owner.email, password: owner.password } });
	const cookie = login.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
	// A label is unique; a key whose secret was lost can't be used any more.
	const { data: existing } = await rest<{ data: { id: string; label: string }[] | { items: { id: string; label: string }[] } }>(url, '/rest/api-keys', { cookie });
	for (const key of Array.isArray(existing) ? existing : existing.items) {
		if (key.label === label) await send(url, `/rest/api-keys/${key.id}`, { method: 'DELETE', cookie });
	}
	const { data } = await rest<{ data: { rawApiKey: string } }>(url, '/rest/api-keys', { cookie, body: { label, expiresAt: null, scopes } });
	return data.rawApiKey;
}

async function rest<T>(url: string, path: string, options: { body?: unknown; cookie?: string }): Promise<T> {
	return (await (await send(url, path, options)).json()) as T;
}

async function send(url: string, path: string, options: { method?: string; body?: unknown; cookie?: string }): Promise<Response> {
	const response = await fetch(url + path, {
		method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
		headers: { 'content-type': 'application/json', ...(options.cookie ? { cookie: options.cookie } : {}) },
		...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
	});
	if (!response.ok) throw new Error(`n8n answered ${response.status} to ${path}: ${(await response.text()).slice(0, 300)}`);
	return response;
}

/** The package under its real name, so that node types are `n8n-nodes-concierge.…`, as templates have them. */
function linkPackage(root: string, userDir: string): void {
	const link = join(userDir, '.n8n/nodes/node_modules', PACKAGE);
	mkdirSync(dirname(link), { recursive: true });
	if (existsSync(link) && lstatSync(link).isSymbolicLink() && readlinkSync(link) === root) return;
	rmSync(link, { recursive: true, force: true });
	symlinkSync(root, link, 'junction');
}
