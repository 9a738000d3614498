import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import Stripe from 'stripe';
import { createAdmission } from '../../provisioner/src/features/billing/admission.ts';
import { createBilling } from '../../provisioner/src/features/billing/billing.ts';
import type { Billing } from '../../provisioner/src/features/billing/billing.ts';
import { createCompanies } from '../../provisioner/src/features/companies/companies.ts';
import { createConnections } from '../../provisioner/src/features/connections/connections.ts';
import { createKeys } from '../../provisioner/src/features/keys/keys.ts';
import { createTenantSecrets } from '../../provisioner/src/features/tenants/tenant-secrets.ts';
import { createTenants } from '../../provisioner/src/features/tenants/tenants.ts';
import { createWorkflows } from '../../provisioner/src/features/workflows/workflows.ts';
import { MASTER_KEY, PLATFORM_KEY, silentLog, startTestApi, WORKER_KEY } from '../../provisioner/src/testing/api.ts';
import type { ApiAnswer, Json, TestApi } from '../../provisioner/src/testing/api.ts';
import { VendorError } from '../../provisioner/src/vendors/http.ts';
import type { StripeBillingClient } from '../../provisioner/src/vendors/stripe-billing/client.ts';
import { createStripeBillingClient } from '../../provisioner/src/vendors/stripe-billing/client.ts';
import { createTelegramClient } from '../../provisioner/src/vendors/telegram/client.ts';
import { createWahaClient } from '../../provisioner/src/vendors/waha/client.ts';
import { createSandbox } from '../../sandbox/src/server.ts';
import type { Sandbox } from '../../sandbox/src/server.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { createTestDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

export const DAY_MS = 86_400_000;
const BILLING_KEY = 'sk_test_billing';
const PRICES = { single: 999, double: 1_999, growth: 4_999 } as const;

export interface SignedUp {
	readonly id: string;
	readonly key: string;
	readonly companyId: string;
}

/** Billing on a real database and the sandbox's Stripe, on one clock that the test moves; for the tests of a file. */
export function useBilling() {
	let db: TestDatabase;
	let sandbox: Sandbox;
	let api: TestApi;
	let off: TestApi;
	let billing: Billing;
	let stripe: Stripe;
	let secret = '';
	let aheadMs = 0;
	let losing = false;
	const now = () => new Date(Date.now() + aheadMs);
	const control = async <T = Json>(method: string, path: string, body?: unknown): Promise<T> => {
		const response = await fetch(`${sandbox.url}/control${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
		if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
		return (await response.json()) as T;
	};

	beforeAll(async () => {
		db = await createTestDatabase();
		sandbox = await createSandbox({ port: 0, now: () => now().getTime() });
		const { hostname, port } = new URL(sandbox.url);
		stripe = new Stripe(BILLING_KEY, { host: hostname, port: Number(port), protocol: 'http', telemetry: false });
		const prices: Record<string, string> = {};
		for (const [plan, unit_amount] of Object.entries(PRICES)) {
			prices[plan] = (await stripe.prices.create({ currency: 'eur', unit_amount, recurring: { interval: 'month' }, product_data: { name: plan } })).id;
		}
		const apiPort = await freePort();
		const url = `http://127.0.0.1:${apiPort}`;
		secret = (await stripe.webhookEndpoints.create({ url: `${url}/hooks/billing`, enabled_events: ['*'] })).secret ?? '';
		const { database } = db;
		const secrets = createTenantSecrets(database, MASTER_KEY);
		const keys = createKeys({ database, masterKey: MASTER_KEY });
		await keys.ensurePlatformKeys({ platformKey: PLATFORM_KEY, workerKey: WORKER_KEY });
		const companies = createCompanies({ database, media: { removeLeftBehind: async () => undefined, removeFolder: async () => undefined }, catalogs: { forget: async () => undefined } });
		const workflows = createWorkflows({ database, n8n: null, masterKey: MASTER_KEY, workerKey: WORKER_KEY, platformUrl: url, rootDir: undefined, log: silentLog, now });
		const compose = (enabled: boolean) => {
			const admission = createAdmission({ enabled, now });
			const connections = createConnections({
				database, secrets, keys, companies, workflows, log: silentLog, n8n: null, plan: admission, publicUrl: url, internalUrl: url, telegramApiUrl: `${sandbox.url}/telegram`,
				waha: createWahaClient({ url: `${sandbox.url}/waha`, apiKey: 'sandbox-waha-key' }), telegram: createTelegramClient({ url: `${sandbox.url}/telegram` }),
			});
			const stripeClient = createStripeBillingClient({ url: sandbox.url, secretKey: BILLING_KEY, prices, timeoutMs: 700 });
			/** Stripe has done it, and no answer came to any try. */
			const lost = async <T>(done: Promise<T>): Promise<T> => {
				const answer = await done;
				if (!losing) return answer;
				losing = false;
				throw new VendorError('stripe', 'ambiguous', 'Stripe gave no answer.');
			};
			const client: StripeBillingClient = {
				...stripeClient,
				changePrice: (...change) => lost(stripeClient.changePrice(...change)),
				createCheckout: (wanted) => lost(stripeClient.createCheckout(wanted)),
			};
			const made = createBilling({ database, stripe: enabled ? client : null, prices, webhookSecret: enabled ? secret : null, connections, now, log: silentLog });
			const tenants = createTenants({
				database, secrets, keys, connections, log: silentLog, media: { removeOfTenant: async () => [] }, history: { removeOfTenant: async () => [] },
				catalogs: { eraseOfTenant: async () => [], forget: async () => undefined }, subscription: { begin: admission.begin, removeOfTenant: made.removeOfTenant },
			});
			return { made, endpoints: [...tenants.endpoints, ...companies.endpoints, ...connections.endpoints, ...made.endpoints] };
		};
		const on = compose(true);
		billing = on.made;
		api = await startTestApi({ database, endpoints: on.endpoints, routers: [billing.router], port: apiPort });
		const without = compose(false);
		off = await startTestApi({ database, endpoints: without.endpoints, routers: [without.made.router] });
	});
	afterAll(async () => {
		await api.close();
		await off.close();
		await sandbox.close();
		await db.close();
	});
	beforeEach(() => control('DELETE', '/faults'));
	afterEach(async () => {
		// What one test left at Stripe must not fall due in the next one's time.
		for (const { id } of (await stripe.subscriptions.list({ limit: 100 })).data) await stripe.subscriptions.cancel(id);
	});

	const call = (method: string, path: string, body?: unknown, key = PLATFORM_KEY): Promise<ApiAnswer> => api.call(method, path, { key, body });
	const world = {
		call,
		control,
		now,
		get db() { return db; },
		get url() { return api.url; },
		get off() { return off; },
		get billing() { return billing; },
		get stripe() { return stripe; },
		get secret() { return secret; },
		/** Time passes: at Stripe, whose events arrive, and here, where what is due is done. */
		async advance(days: number): Promise<void> {
			aheadMs += days * DAY_MS;
			await control('POST', '/stripe/billing/clock', {});
			await billing.runDue();
		},
		/** Time passes here and at Stripe, and nobody looks. */
		skip(days: number): void {
			aheadMs += days * DAY_MS;
		},
		loseNextAnswer(): void {
			losing = true;
		},
		async signUp(name = 'Business'): Promise<SignedUp> {
			const { body } = await call('POST', '/v1/tenants', { name, email: 'b@example.com' });
			const key = String((body['api_key'] as Json)['secret']);
			const company = await call('POST', '/v1/companies', { name: 'Flores', type: 'product' }, key);
			return { id: String(body.id), key, companyId: String(company.body.id) };
		},
		subscription: async (tenant: SignedUp): Promise<Json> => (await call('GET', `/v1/tenants/${tenant.id}/subscription`, undefined, tenant.key)).body,
		act: (tenant: SignedUp, action: string, body?: unknown): Promise<ApiAnswer> => call('POST', `/v1/tenants/${tenant.id}/subscription/${action}`, body, tenant.key),
		checkout: (tenant: SignedUp, plan: string, more: object = {}): Promise<ApiAnswer> =>
			world.act(tenant, 'checkout', { plan, success_url: 'http://127.0.0.1/done', cancel_url: 'http://127.0.0.1/plans', ...more }),
		/** The person pays on Stripe's page; the events have arrived when it resolves. */
		async pay(tenant: SignedUp, plan: string, more: object = {}): Promise<void> {
			const answer = await world.checkout(tenant, plan, more);
			if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
			await fetch(String(answer.body['url']), { method: 'POST', redirect: 'manual' });
		},
		connect: (tenant: SignedUp): Promise<ApiAnswer> => call('POST', `/v1/companies/${tenant.companyId}/connections`, { channel: 'whatsapp' }, tenant.key),
		async customerOf(tenant: SignedUp): Promise<string> {
			const [row] = await db.asOwner<{ id: string }>('SELECT stripe_customer_id AS id FROM billing_subscriptions WHERE tenant_id = $1', [tenant.id]);
			return row?.id ?? '';
		},
		/** The kinds of its notices, oldest first. */
		async told(tenant: SignedUp): Promise<unknown[]> {
			const { body } = await call('GET', `/v1/tenants/${tenant.id}/notices?limit=100`, undefined, tenant.key);
			return (body.data ?? []).map((notice) => notice['kind']).toReversed();
		},
	};
	return world;
}
