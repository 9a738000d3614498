import { pino } from 'pino';
import { createCompanies } from '../features/companies/companies.ts';
import { createConnections } from '../features/connections/connections.ts';
import type { Connections } from '../features/connections/connections.ts';
import { createKeys } from '../features/keys/keys.ts';
import { createSubscriptions } from '../features/subscriptions/subscriptions.ts';
import { createTenantSecrets } from '../features/tenants/tenant-secrets.ts';
import { createTenants } from '../features/tenants/tenants.ts';
import { createPaymentWorkflows } from '../features/workflows/payment-workflows.ts';
import type { PaymentWorkflows } from '../features/workflows/payment-workflows.ts';
import { createWorkflows } from '../features/workflows/workflows.ts';
import type { Workflows } from '../features/workflows/workflows.ts';
import type { Database } from '../store/database.ts';
import { createN8nClient } from '../vendors/n8n/client.ts';
import { createTelegramClient } from '../vendors/telegram/client.ts';
import { createWahaClient } from '../vendors/waha/client.ts';
import { MASTER_KEY, PLATFORM_KEY, WORKER_KEY, startTestApi } from './api.ts';
import type { TestApi } from './api.ts';

export interface ProvisioningOptions {
	readonly database: Database;
	readonly n8n: { readonly url: string; readonly apiKey: string };
	/** Base of the stand-ins: `/waha` and `/telegram` below it. */
	readonly sandboxUrl: string;
	/** n8n calls back: the port must be known before. */
	readonly port: number;
	/** Where n8n calls back when that isn't this process: a second one in front of the same database. */
	readonly platformUrl?: string;
	/** Holds templates/ and workflows/; the repository by default. */
	readonly rootDir?: string;
	readonly workerKey?: string;
	readonly now?: () => Date;
	readonly subscriptionWaitMs?: number;
}

export interface TestProvisioning {
	readonly api: TestApi;
	readonly connections: Connections;
	readonly workflows: Workflows;
	readonly paymentWorkflows: PaymentWorkflows;
	close(): Promise<void>;
}

/** Keys, tenants, companies, connections, subscriptions and workflows put together as the service does, with nothing running by itself. */
export async function startProvisioning(options: ProvisioningOptions): Promise<TestProvisioning> {
	const { database, sandboxUrl } = options;
	const log = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
	const now = options.now ?? (() => new Date());
	const url = options.platformUrl ?? `http://127.0.0.1:${options.port}`;
	const n8n = createN8nClient(options.n8n);
	const secrets = createTenantSecrets(database, MASTER_KEY);
	const keys = createKeys({ database, masterKey: MASTER_KEY });
	const workflows = createWorkflows({ database, n8n, masterKey: MASTER_KEY, workerKey: options.workerKey ?? WORKER_KEY, platformUrl: url, rootDir: options.rootDir, log, now });
	const paymentWorkflows = createPaymentWorkflows({ database, n8n, keys, loadTemplate: workflows.loadTemplate, platformUrl: url, now, log });
	const companies = createCompanies({ database, media: { removeLeftBehind: async () => undefined, removeFolder: async () => undefined }, catalogs: { forget: async () => undefined }, workflows: paymentWorkflows });
	const connections = createConnections({
		database, secrets, keys, companies, n8n, workflows, log,
		waha: createWahaClient({ url: `${sandboxUrl}/waha`, apiKey: 'sandbox-waha-key' }),
		telegram: createTelegramClient({ url: `${sandboxUrl}/telegram` }),
		publicUrl: url,
		internalUrl: url,
		telegramApiUrl: `${sandboxUrl}/telegram`,
		subscriptionWaitMs: options.subscriptionWaitMs ?? 20_000,
	});
	const tenants = createTenants({ database, secrets, keys, connections, media: { removeOfTenant: async () => [] }, history: { removeOfTenant: async () => [] }, catalogs: { eraseOfTenant: async () => [], forget: async () => undefined }, workflows: paymentWorkflows, log });
	const subscriptions = createSubscriptions({ database, deliveryUrls: [options.n8n.url], now });
	await keys.ensurePlatformKeys({ platformKey: PLATFORM_KEY, workerKey: options.workerKey ?? WORKER_KEY });
	const api = await startTestApi({
		database,
		port: options.port,
		endpoints: [...keys.endpoints, ...tenants.endpoints, ...companies.endpoints, ...connections.endpoints, ...subscriptions.endpoints, ...workflows.endpoints],
	});
	return {
		api,
		connections,
		workflows,
		paymentWorkflows,
		async close() {
			await connections.stop();
			await workflows.stop();
			await api.close();
		},
	};
}
