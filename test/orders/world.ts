import { fileURLToPath } from 'node:url';
import { createAgent } from '../../provisioner/src/features/agent/agent.ts';
import { AppError } from '../../core/errors.ts';
import type { Account } from '../../provisioner/src/features/gateway/accounts.ts';
import type { Download } from '../../provisioner/src/vendors/download.ts';
import { createBookings, type Bookings } from '../../provisioner/src/features/bookings/bookings.ts';
import { createCatalogs } from '../../provisioner/src/features/catalog/catalogs.ts';
import type { Catalogs } from '../../provisioner/src/features/catalog/catalogs.ts';
import { createCheckout } from '../../provisioner/src/features/checkout/checkout.ts';
import { createConversations } from '../../provisioner/src/features/conversations/conversations.ts';
import { createKeys } from '../../provisioner/src/features/keys/keys.ts';
import { createOrderEvents } from '../../provisioner/src/features/orders/order-events.ts';
import type { OrderEvents } from '../../provisioner/src/features/orders/order-events.ts';
import { createOrders } from '../../provisioner/src/features/orders/orders.ts';
import type { Orders } from '../../provisioner/src/features/orders/orders.ts';
import { enqueue } from '../../provisioner/src/features/outbox/enqueue.ts';
import { createPayments } from '../../provisioner/src/features/payments/payments.ts';
import type { Payments } from '../../provisioner/src/features/payments/payments.ts';
import { createReplies } from '../../provisioner/src/features/replies/replies.ts';
import { createOpenTurns } from '../../provisioner/src/features/turns/open-turns.ts';
import { fileOf } from '../../provisioner/src/testing/files.ts';
import { newId } from '../../provisioner/src/store/ids.ts';
import { MASTER_KEY, PLATFORM_KEY, startTestApi, WORKER_KEY } from '../../provisioner/src/testing/api.ts';
import type { ApiAnswer, Json, TestApi } from '../../provisioner/src/testing/api.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { createTbankClient } from '../../provisioner/src/vendors/tbank/client.ts';
import { createPaymentProviders } from '../../provisioner/src/features/payments/providers/providers.ts';
import type { PaymentProviders } from '../../provisioner/src/features/payments/providers/providers.ts';
import { createGoogleCalendarClient } from '../../provisioner/src/vendors/google-calendar/client.ts';
import { createTenantSecrets } from '../../provisioner/src/features/tenants/tenant-secrets.ts';
import { createStripeClient } from '../../provisioner/src/vendors/stripe/client.ts';
import { GOOGLE_CLIENT } from '../../sandbox/src/google/oauth.ts';
import { createSandbox } from '../../sandbox/src/server.ts';
import type { Sandbox } from '../../sandbox/src/server.ts';
import { createPostgresHistory } from '../../provisioner/src/store/history/postgres-history.ts';
import { createTestDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

export { PLATFORM_KEY, WORKER_KEY };

export interface Business {
	readonly tenantId: string;
	readonly companyId: string;
	readonly connectionId: string;
	readonly key: string;
	/** Ready to take charges. */
	readonly accountId: string;
}

/** The service's own parts around an order, on a real PostgreSQL and the Stripe stand-in; only n8n and the channels are left out. */
export interface World {
	readonly db: TestDatabase;
	readonly api: TestApi;
	readonly sandbox: Sandbox;
	readonly catalogs: Pick<Catalogs, 'importFile' | 'editItems'>;
	readonly orders: Orders;
	readonly payments: Payments;
	readonly orderEvents: OrderEvents;
	readonly providers: PaymentProviders;
	readonly bookings: Bookings;
	/** What the service logged. */
	readonly logLines: readonly Record<string, unknown>[];
	/** What the channel gives for a message's media; nothing unless a test sets it. */
	attachments: { fetch: (asked: { channel: string; connectionId: string; media: unknown; maxBytes: number }) => Promise<Download> };
	/** Shifts the service's clock. */
	clock: { offsetMs: number };
	/** Secrets that the webhook accepts. */
	readonly webhookSecrets: string[];
	control(method: string, path: string, body?: unknown): Promise<Json>;
	addBusiness(options: { type: 'product' | 'service' | 'hybrid'; sample?: string; csv?: string; onboarded?: boolean; settings?: Json; provider?: Json; currency?: string }): Promise<Business>;
	/** A customer writes, the burst ends, n8n takes the turn: its id. The same `customer` goes on with the same conversation. */
	customerWrites(business: Business, customer: string, text: string, options?: { policy?: 'supersede' | 'append' | 'queue' }): Promise<string>;
	call(method: string, path: string, body?: unknown, key?: string, headers?: Record<string, string>): Promise<ApiAnswer>;
	/** What was queued to a customer, oldest first. */
	outboxOf(customer: string): Promise<{ kind: string; text: string; media_url: string; author: string; generation: number | null }[]>;
	sessionsOf(accountId: string): Promise<Json[]>;
	close(): Promise<void>;
}

export async function createWorld(): Promise<World> {
	const db = await createTestDatabase();
	const { database } = db;
	const sandbox = await createSandbox({ port: 0 });
	const { log, lines: logLines } = createTestLog();
	const clock = { offsetMs: 0 };
	const attachments: World['attachments'] = { fetch: async () => await Promise.reject(new AppError('attachment_missing', 'No test has set it.', { status: 404 })) };
	const now = () => new Date(Date.now() + clock.offsetMs);
	const webhookSecrets: string[] = [];
	const stripe = createStripeClient({ url: sandbox.url, secretKey: 'sk_test_world', timeoutMs: 2_000 });
	const keys = createKeys({ database, masterKey: MASTER_KEY });
	await keys.ensurePlatformKeys({ platformKey: PLATFORM_KEY, workerKey: WORKER_KEY });

	const HISTORY_DAYS = 365;
	const publicUrl = 'http://pay.example';
	const secrets = createTenantSecrets(database, MASTER_KEY);
	const tbank = createTbankClient({ url: `${sandbox.url}/tbank/v2`, timeoutMs: 2_000 });
	const providers = createPaymentProviders({
		database, secrets, stripe, tbank, now,
		// Where the stand-ins reach this service.
		get publicUrl() {
			return api.url;
		},
	});
	const catalogs = createCatalogs({ database, databaseUrl: db.appUrl, log });
	const turns = createOpenTurns({ leaseMs: 60_000 });
	const outbox = { enqueue };
	const { loadCatalog } = catalogs;
	const orderEvents = createOrderEvents({ database, masterKey: MASTER_KEY, publicUrl, now, log });
	const google = createGoogleCalendarClient({ url: sandbox.url, oauthUrl: sandbox.url, clientId: GOOGLE_CLIENT.id, clientSecret: GOOGLE_CLIENT.secret, now });
	const bookings = createBookings({ database, secrets, google, revokeConsent: google.revoke, outbox, loadCatalog, turns, masterKey: MASTER_KEY, publicUrl, now, log });
	const checkout = createCheckout({ database, turns, loadCatalog, providers, bookings, publicUrl, now, log });
	const orders = createOrders({ database, outbox, bookings: bookings.orders, links: checkout.links, publicUrl, now, log });
	const payments = createPayments({ database, outbox, bookings: bookings.orders, links: checkout.links, providers, secrets, tbank, stripe, webhookSecrets, publicUrl, now, log });
	const api: TestApi = await startTestApi({
		database,
		endpoints: [
			...createAgent({
				database, turns, loadCatalog, busyTime: bookings.busyTime, publicUrl, historyDays: HISTORY_DAYS, now,
				accounts: { byConnection: async (_tenantId, connectionId) => ({ connectionId }) as Account },
				fetchAttachment: async (channel, { connectionId }, media, options) => await attachments.fetch({ channel, connectionId, media, ...options }),
			}).endpoints,
			...checkout.endpoints,
			...createReplies({ database, turns, outbox, links: checkout.links, bookings, publicUrl, now }).endpoints,
			...orders.endpoints,
			...orderEvents.endpoints,
			...payments.endpoints,
			...bookings.endpoints,
			...createConversations({ database, history: createPostgresHistory({ database, ttlDays: HISTORY_DAYS, now }) }).endpoints,
		],
		routers: [payments.router, checkout.router, bookings.router],
	});
	const endpoint = await fetch(`${sandbox.url}/v1/webhook_endpoints`, {
		method: 'POST',
		headers: { authorization: 'Bearer sk_test_world' },
		body: new URLSearchParams({ url: `${api.url}/hooks/stripe`, 'enabled_events[]': '*', connect: 'true' }),
	});
	webhookSecrets.push(((await endpoint.json()) as { secret: string }).secret);

	async function control(method: string, path: string, body?: unknown): Promise<Json> {
		const response = await fetch(`${sandbox.url}/control${path}`, {
			method,
			...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`${method} /control${path}: ${response.status} ${text}`);
		return (text === '' ? {} : JSON.parse(text)) as Json;
	}

	const call: World['call'] = (method, path, body, key = WORKER_KEY, headers = {}) =>
		api.call(method, path, { key, headers, ...(body === undefined ? {} : { body }) });

	return {
		db,
		api,
		sandbox,
		catalogs,
		orders,
		payments,
		orderEvents,
		providers,
		bookings,
		logLines,
		attachments,
		clock,
		webhookSecrets,
		control,
		call,
		async addBusiness({ type, sample, csv, onboarded = true, settings = {}, provider, currency = 'eur' }) {
			const [tenantId, companyId, connectionId] = [newId('ten'), newId('com'), newId('con')];
			await db.asOwner(`INSERT INTO tenants (id, name, email, data_key) VALUES ($1, 'Tenant', 't@example.com', $2)`, [tenantId, secrets.create()]);
			await db.asOwner(`INSERT INTO companies (id, tenant_id, name, type, settings, currency) VALUES ($1, $2, 'Company', $3, $4, $5)`, [
				companyId, tenantId, type, JSON.stringify(settings), currency,
			]);
			await db.asOwner(
				`INSERT INTO connections (id, tenant_id, company_id, channel, name, external_id, state, hook_token_hash, secrets)
				 VALUES ($1, $2, $3, 'whatsapp', 'Shop', $1, 'connected', $1, '')`,
				[connectionId, tenantId, companyId],
			);
			const { secret: key } = await database.withTenant(tenantId, (sql) => keys.createTenantKey(sql, tenantId, { label: 'test' }));
			const file = sample === undefined ? fileOf(csv ?? '') : fileURLToPath(new URL(`../fixtures/data/${sample}`, import.meta.url));
			const report = await catalogs.importFile(tenantId, companyId, file, { dryRun: false, partial: false, repair: false, columns: {} });
			if (report.errors.length > 0) throw new Error(JSON.stringify(report.errors));
			const path = `/v1/companies/${companyId}/payment_account`;
			const account = provider ? await call('PUT', path, provider, key) : await call('POST', path, { country: 'ES', email: 'owner@example.com' }, key);
			const accountId = String(account.body.id);
			if (onboarded && !provider) await control('POST', `/stripe/accounts/${accountId}/complete-onboarding`);
			return { tenantId, companyId, connectionId, key, accountId };
		},
		async customerWrites(business, customer, text, { policy = 'supersede' } = {}) {
			const message = {
				id: newId('msg'), conversation_id: newId('cnv'), turn_id: newId('trn'), vendor_id: newId('wa'), address: `${customer}@c.us`, address_kind: 'c.us',
				phone: customer, name: '', type: 'text', text, media: null, sent_at: new Date().toISOString(), vendor_order: 1, connection_id: business.connectionId,
				quiet_ms: 1, max_wait_ms: 1, max_messages: 50, policy, flush: false, voice_wait_ms: 0, traceparent: '',
			};
			const { rows } = await database.system.query<{ turn_id: string }>('SELECT turn_id FROM ingest_messages($1)', [JSON.stringify([message])]);
			const turnId = rows[0]?.turn_id ?? '';
			await db.asOwner(`UPDATE turns SET state = 'delivered', lease_until = now() + interval '1 minute' WHERE id = $1 AND state = 'collecting'`, [turnId]);
			return turnId;
		},
		outboxOf: (customer) =>
			db.asOwner(
				`SELECT o.kind, o.text, o.media_url, o.author, o.generation FROM outbox o JOIN conversations c ON c.id = o.conversation_id
				 WHERE c.chat_id = $1 ORDER BY o.position`,
				[`${customer}@c.us`],
			),
		sessionsOf: async (accountId) => [...((await control('GET', `/stripe/sessions?account=${accountId}`)).data ?? [])],
		async close() {
			await api.close();
			await sandbox.close();
			await db.close();
		},
	};
}

/** A customer commits in one message; the offline responder decides. Everything after the decision is the test's. */
export async function commit(world: World, business: Business, customer: string, text: string): Promise<{ turnId: string; decisionId: string; decision: Json }> {
	const turnId = await world.customerWrites(business, customer, text);
	const { status, body } = await world.call('POST', `/v1/turns/${turnId}/decision`, { proposal: null });
	const decision = body['decision'] as Json | undefined;
	if (status !== 200 || body['next'] !== 'checkout' || !decision) throw new Error(`not committed: ${JSON.stringify(body)}`);
	return { turnId, decisionId: String(decision['decisionId']), decision };
}

/** A catalog of the tests' own, in no language of the samples. */
export const CATALOG_CSV = `sku,name,description,unit,price_eur,logistics_price_eur,free_delivery,stock_units,delivery_time_h,payment_reminder,supplier_contact,supplier_company_services,warehouse_address,city
A1,Blue lamp,A lamp,piece,20.00,5.00,100,9000,24,4,,,,Ghent
B2,Green chair,A chair,piece,45.50,9.90,,9000,24,2,,,,Ghent
C3,Sticker,A sticker,piece,0,,,500,24,,,,,Ghent
`;
export const ORDER_TEXT = 'I want 1 Blue lamp, delivery to Ghent, my name is Anna, my phone is +32 470 111 222, yes I confirm';
