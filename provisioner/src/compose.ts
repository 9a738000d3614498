import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import { DEFAULT_TURN_SETTINGS } from '../../core/conversation/turn-settings.ts';
import { supabaseOf, type Config } from './config.ts';
import { createAgent } from './features/agent/agent.ts';
import { createAdmission } from './features/billing/admission.ts';
import { createBilling } from './features/billing/billing.ts';
import { createBookings } from './features/bookings/bookings.ts';
import { createCatalogs } from './features/catalog/catalogs.ts';
import { createCheckout } from './features/checkout/checkout.ts';
import { createCompanies } from './features/companies/companies.ts';
import { createConnections } from './features/connections/connections.ts';
import { createConversations } from './features/conversations/conversations.ts';
import { createAccounts } from './features/gateway/accounts.ts';
import { createAttachments } from './features/gateway/attachments.ts';
import { createGateway } from './features/gateway/gateway.ts';
import { createHistory } from './features/history/history.ts';
import { createKeys } from './features/keys/keys.ts';
import { createMedia } from './features/media/media.ts';
import { createOrderEvents } from './features/orders/order-events.ts';
import { createOrders } from './features/orders/orders.ts';
import { createOutbox } from './features/outbox/outbox.ts';
import { pacesOf } from './features/outbox/pace.ts';
import { RESOLUTION_RULES } from './features/outbox/resolution.ts';
import { createLookups, createSenders } from './features/outbox/senders.ts';
import { createPayments } from './features/payments/payments.ts';
import { createPaymentProviders } from './features/payments/providers/providers.ts';
import { createReplies } from './features/replies/replies.ts';
import { createSubscriptions } from './features/subscriptions/subscriptions.ts';
import { createTranscripts } from './features/transcripts/transcripts.ts';
import { createTenantSecrets } from './features/tenants/tenant-secrets.ts';
import { createTenants } from './features/tenants/tenants.ts';
import { createTurns } from './features/turns/turns.ts';
import { createPaymentWorkflows } from './features/workflows/payment-workflows.ts';
import { createWorkflows } from './features/workflows/workflows.ts';
import { createApp } from './http/app.ts';
import { createIdempotencyStore } from './http/idempotency.ts';
import { partsOf } from './roles.ts';
import type { Database } from './store/database.ts';
import { createMongoHistory, HISTORY_COLLECTION } from './store/history/mongo-history.ts';
import type { Telemetry } from './telemetry/telemetry.ts';
import { createTurnWatch } from './telemetry/turn-calls.ts';
import { createCloudinaryClient } from './vendors/cloudinary/client.ts';
import { createGoogleCalendarClient } from './vendors/google-calendar/client.ts';
import { createRevocation } from './vendors/google-calendar/oauth.ts';
import type { Mongo } from './vendors/mongodb/client.ts';
import { createN8nClient } from './vendors/n8n/client.ts';
import { createTranscriptionClient } from './vendors/openai/client.ts';
import { createStripeClient } from './vendors/stripe/client.ts';
import { createStripeBillingClient } from './vendors/stripe-billing/client.ts';
import { createTbankClient } from './vendors/tbank/client.ts';
import { createTelegramClient } from './vendors/telegram/client.ts';
import { createWahaClient } from './vendors/waha/client.ts';

export interface Service {
	readonly app: RequestListener;
	/** Call before the API listens: whoever calls it finds the platform's keys. */
	prepare(): Promise<void>;
	/** Call when the API listens: workflows subscribe with it. */
	start(): void;
	/** Within 10 s: what is under way ends or is handed back. Requests may still be answered meanwhile: they need the database only. */
	stop(): Promise<void>;
}

/** Puts the features together; whoever needs whom can be read here and nowhere else. All of them, whatever the role: it says which are served and which run. */
export function composeService(config: Config, database: Database, mongo: Mongo | null, log: Logger, telemetry: Telemetry): Service {
	const { metrics, tracing } = telemetry;
	const watch = createTurnWatch({ database, metrics, tracing, log });
	const serves = partsOf(config.CONCIERGE_ROLE);
	const now = () => new Date();
	const masterKey = Buffer.from(config.CONCIERGE_MASTER_KEY, 'base64');
	const publicUrl = config.CONCIERGE_PUBLIC_URL;
	const internalUrl = config.CONCIERGE_INTERNAL_URL ?? publicUrl;

	const waha = config.WAHA_URL && config.WAHA_API_KEY ? createWahaClient({ url: config.WAHA_URL, apiKey: config.WAHA_API_KEY }) : null;
	const telegram = createTelegramClient({ url: config.TELEGRAM_API_URL });
	const stripe = config.STRIPE_SECRET_KEY ? createStripeClient({ url: config.STRIPE_API_URL, secretKey: config.STRIPE_SECRET_KEY }) : null;
	const tbank = createTbankClient({ url: config.TBANK_API_URL });
	const billingStripe = config.BILLING_STRIPE_SECRET_KEY
		? createStripeBillingClient({ url: config.STRIPE_API_URL, secretKey: config.BILLING_STRIPE_SECRET_KEY, prices: config.BILLING_PRICES ?? {} })
		: null;
	const cloudinary = config.CLOUDINARY_URL ? createCloudinaryClient({ url: config.CLOUDINARY_API_URL, account: config.CLOUDINARY_URL }) : null;
	const google = config.GOOGLE_CLIENT_ID && config.GOOGLE_CLIENT_SECRET
		? createGoogleCalendarClient({ url: config.GOOGLE_API_URL, oauthUrl: config.GOOGLE_OAUTH_URL, clientId: config.GOOGLE_CLIENT_ID, clientSecret: config.GOOGLE_CLIENT_SECRET })
		: null;
	const n8n = config.N8N_URL && config.N8N_API_KEY ? createN8nClient({ url: config.N8N_URL, apiKey: config.N8N_API_KEY }) : null;

	const transcriber = config.TRANSCRIPTION_URL
		? createTranscriptionClient({ url: config.TRANSCRIPTION_URL, apiKey: config.TRANSCRIPTION_API_KEY ?? '', model: config.TRANSCRIPTION_MODEL })
		: null;

	const ttlDays = config.HISTORY_TTL_DAYS;
	const history = createHistory({ database, archive: mongo && createMongoHistory({ messages: mongo.collection(HISTORY_COLLECTION), ttlDays, now }), ttlDays, now, log });

	const secrets = createTenantSecrets(database, masterKey);
	const keys = createKeys({ database, masterKey });
	const { loadCatalog, ...catalogs } = createCatalogs({ database, databaseUrl: config.DATABASE_URL, supabase: supabaseOf(config), log, now, maxFileBytes: config.CATALOG_MAX_MB * 1024 * 1024 });
	const media = createMedia({ database, catalogs, cloudinary, now, log });
	const workflows = createWorkflows({
		database, n8n, masterKey, workerKey: config.CONCIERGE_WORKER_KEY, platformUrl: internalUrl, rootDir: config.CONCIERGE_WORKFLOWS_DIR, log, now,
		intervalMs: config.RECONCILE_INTERVAL_MS,
	});
	const paymentWorkflows = createPaymentWorkflows({ database, n8n, keys, loadTemplate: workflows.loadTemplate, platformUrl: internalUrl, now, log });
	const companies = createCompanies({ database, media, catalogs, workflows: paymentWorkflows });
	const admission = createAdmission({ enabled: billingStripe !== null, now });
	const connections = createConnections({
		plan: admission, database, secrets, keys, companies, waha, telegram, n8n, workflows, publicUrl, internalUrl, telegramApiUrl: config.TELEGRAM_API_URL, log,
		intervalMs: config.RECONCILE_INTERVAL_MS,
	});
	const billing = createBilling({
		database, stripe: billingStripe, prices: config.BILLING_PRICES ?? {}, webhookSecret: config.BILLING_STRIPE_WEBHOOK_SECRET ?? null, connections, now, log,
	});
	const tenants = createTenants({
		database, secrets, keys, connections, media, history, catalogs, log, workflows: paymentWorkflows, calendars: { removeOfTenant: (tenantId) => bookings.removeOfTenant(tenantId) }, payments: { endOfTenant: (tenantId) => checkout.links.endOfTenant(tenantId) }, subscription: { begin: admission.begin, removeOfTenant: billing.removeOfTenant },
	});
	const subscriptions = createSubscriptions({ database, deliveryUrls: [...(config.N8N_URL ? [config.N8N_URL] : []), ...config.N8N_WEBHOOK_URLS], now });

	const turns = createTurns({ database, masterKey, log, now, leaseMs: config.TURN_LEASE_MS, batchMax: config.TURN_BATCH_MAX, metrics, tracing });
	const turnDefaults = { ...DEFAULT_TURN_SETTINGS, quietMs: config.QUIET_WINDOW_MS, maxWaitMs: config.MAX_WAIT_MS };
	const accounts = createAccounts({ database, secrets, turnDefaults });
	const gateway = createGateway({
		database, accounts, log, waha, telegram, wakeTurns: (dueInMs) => turns.wake(dueInMs), transcripts: transcriber !== null,
		rateLimits: { perConnection: config.HOOK_MESSAGES_PER_CONNECTION, perCustomer: config.HOOK_MESSAGES_PER_CUSTOMER },
		metrics, tracing,
	});
	const fetchAttachment = createAttachments({ waha, telegram });
	const transcripts = transcriber && createTranscripts({ database, accounts, fetchAttachment, transcriber, log });
	const outbox = createOutbox({
		database, accounts, senders: createSenders({ waha, telegram }), lookups: createLookups({ waha }), log, metrics, tracing,
		paces: pacesOf({ whatsapp: config.WHATSAPP_SENDS_PER_SECOND, telegram: config.TELEGRAM_SENDS_PER_SECOND }),
		leaseMs: config.OUTBOX_LEASE_MS,
		resolution: { ...RESOLUTION_RULES, absentForMs: config.OUTBOX_ABSENT_MS },
	});

	const bookings = createBookings({ database, secrets, google, revokeConsent: createRevocation({ url: config.GOOGLE_OAUTH_URL }), outbox, loadCatalog, turns, masterKey, publicUrl, now, log });
	const agent = createAgent({ database, turns, loadCatalog, busyTime: bookings.busyTime, accounts, fetchAttachment, publicUrl, historyDays: ttlDays, now, log, watch, metrics });
	const providers = createPaymentProviders({ database, secrets, stripe, tbank, publicUrl, now });
	const checkout = createCheckout({ database, turns, loadCatalog, providers, bookings, publicUrl, now, log, watch });
	const replies = createReplies({ database, turns, outbox, links: checkout.links, bookings, publicUrl, now, log, watch });
	const orders = createOrders({ database, outbox, bookings: bookings.orders, links: checkout.links, publicUrl, now, log });
	const orderEvents = createOrderEvents({ database, masterKey, publicUrl, now, log });
	const payments = createPayments({
		database, outbox, bookings: bookings.orders, providers, secrets, tbank, stripe, links: checkout.links, webhookSecrets: config.STRIPE_WEBHOOK_SECRET ? [config.STRIPE_WEBHOOK_SECRET] : [], publicUrl, now, log,
	});
	const conversations = createConversations({ database, history: history.messages, waha, log });

	const app = createApp({
		database,
		idempotency: createIdempotencyStore(database, masterKey),
		log,
		publicUrl,
		...(serves.hooks ? { hooks: gateway.hooks } : {}),
		routers: [...telemetry.routers, ...(serves.api ? [checkout.router, payments.router, billing.router, bookings.router] : [])],
		endpoints: !serves.api ? [] : [keys, tenants, billing, companies, catalogs, media, connections, workflows, subscriptions, payments, conversations, outbox, turns, agent, checkout, replies, orders, orderEvents, bookings].flatMap(
			(feature) => feature.endpoints,
		),
	});
	// Stopped in this order: nothing new is delivered or sent first, then what runs now and then.
	const running = [turns, outbox, gateway, ...(transcripts ? [transcripts] : []), connections, workflows, paymentWorkflows, orders, orderEvents, payments, bookings, catalogs, history, billing];
	// A gateway only listens for changed connections; APIs tell the workers what is due.
	const started = serves.loops ? running : serves.hooks ? [gateway] : [];
	return {
		app,
		prepare: () => keys.ensurePlatformKeys({ platformKey: config.CONCIERGE_PLATFORM_KEY, workerKey: config.CONCIERGE_WORKER_KEY }),
		start() {
			telemetry.start();
			for (const feature of started) feature.start();
		},
		async stop() {
			catalogs.endFiles();
			await Promise.all(started.map((feature) => feature.stop()));
		},
	};
}
