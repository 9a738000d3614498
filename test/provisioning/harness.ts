import { setTimeout as delay } from 'node:timers/promises';
import { PLATFORM_KEY } from '../../provisioner/src/testing/api.ts';
import type { ApiAnswer, Json } from '../../provisioner/src/testing/api.ts';
import { startFakeN8n } from '../../provisioner/src/testing/fake-n8n.ts';
import type { FakeN8n } from '../../provisioner/src/testing/fake-n8n.ts';
import { startProvisioning } from '../../provisioner/src/testing/provisioning.ts';
import type { ProvisioningOptions, TestProvisioning } from '../../provisioner/src/testing/provisioning.ts';
import { createSandbox } from '../../sandbox/src/server.ts';
import type { Sandbox } from '../../sandbox/src/server.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { createTestDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

/** Set both to run against a real n8n that has this package: what needs the fake's controls is then skipped. */
export const realN8n = process.env['TEST_N8N_URL'] ? { url: process.env['TEST_N8N_URL'], apiKey: process.env['TEST_N8N_API_KEY'] ?? '' } : null;

export interface Harness extends TestProvisioning {
	readonly db: TestDatabase;
	readonly sandbox: Sandbox;
	readonly fake: FakeN8n | null;
	readonly options: ProvisioningOptions;
	/** Moves the platform's clock. */
	advance(ms: number): void;
	call(method: string, path: string, body?: unknown, key?: string): Promise<ApiAnswer>;
	control<T>(method: string, path: string, body?: unknown): Promise<T>;
	/** What is in n8n, by its own API: names of workflows (with "on" or "off") and credentials. */
	inN8n(): Promise<{ workflows: string[]; credentials: string[] }>;
	n8n(method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }>;
	signUp(): Promise<{ tenantId: string; key: string; companyId: string }>;
	newBot(): Promise<{ token: string; username: string }>;
	webhookOf(username: string): Promise<{ url: string; has_secret: boolean } | null>;
}

let bots = 0;

export async function startHarness(): Promise<Harness> {
	const db = await createTestDatabase();
	const sandbox = await createSandbox({ port: 0 });
	const fake = realN8n ? null : await startFakeN8n();
	const n8nAccess = realN8n ?? { url: fake?.url ?? '', apiKey: fake?.apiKey ?? '' };
	let skew = 0;
	const options: ProvisioningOptions = {
		database: db.database, n8n: n8nAccess, sandboxUrl: sandbox.url, port: await freePort(), subscriptionWaitMs: 5_000,
		now: () => new Date(Date.now() + skew),
	};
	const provisioning = await startProvisioning(options);
	const call: Harness['call'] = (method, path, body, key = PLATFORM_KEY) => provisioning.api.call(method, path, { key, body });
	const json = async <T>(url: string, method: string, headers: Record<string, string>, body?: unknown) => {
		const response = await fetch(url, { method, headers: { 'content-type': 'application/json', ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
		return { status: response.status, body: (await response.json().catch(() => ({}))) as T };
	};
	const n8n: Harness['n8n'] = (method, path, body) => json<Json>(`${n8nAccess.url}/api/v1${path}`, method, { 'X-N8N-API-KEY': n8nAccess.apiKey }, body);
	const control = async <T>(method: string, path: string, body?: unknown) => (await json<T>(`${sandbox.url}/control${path}`, method, {}, body)).body;
	if (realN8n) await wipe(n8n);
	return {
		...provisioning,
		db, sandbox, fake, options, call, control, n8n,
		advance: (ms) => (skew += ms),
		async inN8n() {
			const workflows = (await n8n('GET', '/workflows?limit=250')).body.data ?? [];
			const credentials = (await n8n('GET', '/credentials?limit=250')).body.data ?? [];
			return {
				workflows: workflows.map((workflow) => `${String(workflow['name'])} ${workflow['active'] ? 'on' : 'off'}`).toSorted(),
				credentials: credentials.map((credential) => String(credential['name'])).toSorted(),
			};
		},
		async signUp() {
			const tenant = await call('POST', '/v1/tenants', { name: 'Business', email: 'b@example.com' });
			const key = String((tenant.body['api_key'] as Json)['secret']);
			const company = await call('POST', '/v1/companies', { name: 'Flores', type: 'product' }, key);
			return { tenantId: String(tenant.body.id), key, companyId: String(company.body.id) };
		},
		async newBot() {
			bots += 1;
			const bot = { token: `${7_000_000_000 + bots}:AAH0aBotTokenForTheSandboxOnly00000`, username: `test_${bots}_bot`, name: 'Bot' };
			await control('POST', '/telegram/bots', bot);
			return bot;
		},
		webhookOf: async (username) => (await control<{ webhook: { url: string; has_secret: boolean } | null }>('GET', `/telegram/bots/${username}`)).webhook,
		async close() {
			await provisioning.close();
			await fake?.close();
			await sandbox.close();
			await db.close();
		},
	};
}

/** Waits for a condition; fails with `what` after 20 s. */
export async function eventually(what: string, probe: () => Promise<boolean>): Promise<void> {
	const deadline = Date.now() + 20_000;
	while (!(await probe())) {
		if (Date.now() > deadline) throw new Error(`Not within 20 s: ${what}`);
		await delay(30);
	}
}

async function wipe(n8n: Harness['n8n']): Promise<void> {
	for (const { id } of (await n8n('GET', '/workflows?limit=250')).body.data ?? []) {
		await n8n('POST', `/workflows/${id}/deactivate`);
		await eventually('deleted', async () => (await n8n('DELETE', `/workflows/${id}`)).status !== 409);
	}
	for (const { id } of (await n8n('GET', '/credentials?limit=250')).body.data ?? []) await n8n('DELETE', `/credentials/${id}`);
}
