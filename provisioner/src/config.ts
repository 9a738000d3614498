import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { planPrices } from './features/billing/plan-prices.ts';
import { readCloudinaryUrl } from './vendors/cloudinary/client.ts';
import type { SupabaseSettings } from './vendors/supabase/client.ts';

/** The one place that reads the environment. Every variable is explained in .env.example. */
const port = z.coerce.number().int().min(0).max(65_535);
const httpUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));
const optional = <T extends z.ZodType>(schema: T) =>
	z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const environment = z.object({
	/** What this process does: everything, or one part of it. */
	CONCIERGE_ROLE: z.enum(['all', 'api', 'gateway', 'worker']).default('all'),
	CONCIERGE_PORT: port.default(8080),
	CONCIERGE_HOST: z.string().default('127.0.0.1'),
	/** Where customers and vendors reach us: payment links, vendor webhooks. */
	CONCIERGE_PUBLIC_URL: httpUrl.default('http://127.0.0.1:8080'),
	/** Where n8n's clones reach us; the public URL when empty. */
	CONCIERGE_INTERNAL_URL: optional(httpUrl),
	DATABASE_URL: z.string().startsWith('postgres'),
	DATABASE_OWNER_URL: z.string().startsWith('postgres'),
	/** 32 bytes, base64: wraps the data key of each tenant. */
	CONCIERGE_MASTER_KEY: z.base64().refine((key) => Buffer.from(key, 'base64').length === 32, 'must be 32 bytes, base64'),
	/** The first platform key. Created at start when no key with it exists. */
	CONCIERGE_PLATFORM_KEY: z.string().regex(/^ck_platform_[A-Za-z0-9_-]{32,}$/, 'must be ck_platform_ and at least 32 characters'),
	CONCIERGE_WORKER_KEY: z.string().regex(/^ck_worker_[A-Za-z0-9_-]{32,}$/, 'must be ck_worker_ and at least 32 characters'),
	N8N_URL: optional(httpUrl),
	N8N_API_KEY: optional(z.string()),
	/** Where n8n's webhooks are when that isn't N8N_URL, separated by commas (n8n's own WEBHOOK_URL): turns are delivered nowhere else. */
	N8N_WEBHOOK_URLS: z.string().default('').transform((list) => list.split(',').map((url) => url.trim()).filter(Boolean)).pipe(z.array(httpUrl)),
	/** How often workflows that should be subscribed are looked at, and those that aren't are switched off and on. */
	RECONCILE_INTERVAL_MS: z.coerce.number().int().min(100).default(10_000),
	WAHA_URL: optional(httpUrl),
	WAHA_API_KEY: optional(z.string()),
	TELEGRAM_API_URL: httpUrl.default('https://api.telegram.org'),
	/** Messages that one account sends in the long run, at most; the channels' own limits by default. */
	WHATSAPP_SENDS_PER_SECOND: optional(z.coerce.number().min(0.01).max(10_000)),
	TELEGRAM_SENDS_PER_SECOND: optional(z.coerce.number().min(0.01).max(10_000)),
	/** OpenAI-compatible service that turns voice messages into text, without /v1. */
	TRANSCRIPTION_URL: optional(httpUrl),
	TRANSCRIPTION_API_KEY: optional(z.string()),
	TRANSCRIPTION_MODEL: z.string().min(1).default('whisper-1'),
	STRIPE_API_URL: httpUrl.default('https://api.stripe.com'),
	STRIPE_SECRET_KEY: optional(z.string()),
	STRIPE_WEBHOOK_SECRET: optional(z.string()),
	/** T-Bank's internet acquiring: terminals are the companies' own. */
	TBANK_API_URL: httpUrl.default('https://securepay.tinkoff.ru/v2'),
	/** The platform's own subscriptions: another account at Stripe than the one of customers' payments, or at least another key and endpoint. */
	BILLING_STRIPE_SECRET_KEY: optional(z.string()),
	BILLING_STRIPE_WEBHOOK_SECRET: optional(z.string()),
	BILLING_PRICES: optional(planPrices),
	/** `cloudinary://key:secret@cloud`: keeps photos and videos. */
	CLOUDINARY_URL: optional(
		z.string().transform((text, context) => {
			const account = readCloudinaryUrl(text);
			if (account !== null) return account;
			context.addIssue({ code: 'custom', message: 'must be cloudinary://key:secret@cloud, as the vendor’s console shows it' });
			return z.NEVER;
		}),
	),
	CLOUDINARY_API_URL: httpUrl.default('https://api.cloudinary.com'),
	/** Messages are read no longer than that, and deleted soon after. Vendors repeat a webhook for a day: at least two. */
	HISTORY_TTL_DAYS: z.coerce.number().int().min(2).max(36_500).default(365),
	/** Keeps the history of conversations; PostgreSQL does when empty. The message shows none of it: it holds a password. */
	MONGODB_URI: optional(z.string().regex(/^mongodb(\+srv)?:\/\/\S+$/, 'must be a connection string: mongodb://… or mongodb+srv://…')),
	/** Catalogs are kept in a Supabase project when all three are given (docs/supabase.md), else in the database. */
	SUPABASE_URL: optional(httpUrl),
	SUPABASE_PUBLISHABLE_KEY: optional(z.string().regex(/^(?!sb_secret_)\S+$/, 'must be the publishable key (sb_publishable_…): the secret key is not needed, and opens every tenant’s rows')),
	SUPABASE_JWT_SECRET: optional(z.string().min(32, 'must be the shared secret of at least 32 characters with which the project checks tokens')),
	/** Application at Google that companies let use their calendars. */
	GOOGLE_CLIENT_ID: optional(z.string()),
	GOOGLE_CLIENT_SECRET: optional(z.string()),
	GOOGLE_API_URL: httpUrl.default('https://www.googleapis.com'),
	/** Consent page and tokens of a stand-in; Google's own hosts when empty. */
	GOOGLE_OAUTH_URL: optional(httpUrl),
	/** 0: any number. */
	HOOK_MESSAGES_PER_CONNECTION: z.coerce.number().int().min(0).default(600),
	HOOK_MESSAGES_PER_CUSTOMER: z.coerce.number().int().min(0).default(60),
	QUIET_WINDOW_MS: z.coerce.number().int().min(100).max(60_000).default(3_000),
	MAX_WAIT_MS: z.coerce.number().int().min(100).max(300_000).default(15_000),
	TURN_LEASE_MS: z.coerce.number().int().min(1_000).default(60_000),
	/** A part that is being sent for so long died with its process: the vendor is asked whether it left. */
	OUTBOX_LEASE_MS: z.coerce.number().int().min(1_000).default(30_000),
	/** A part that the vendor says for so long not to have was never sent. */
	OUTBOX_ABSENT_MS: z.coerce.number().int().min(1_000).default(30_000),
	/** Most turns that go to n8n in one call when they queue up; 1: always one by one. */
	TURN_BATCH_MAX: z.coerce.number().int().min(1).max(200).default(20),
	/** Largest catalog file that is taken in, in MB. */
	CATALOG_MAX_MB: z.coerce.number().int().min(1).max(2_000).default(50),
	/** Whoever has it may read /metrics from anywhere; without one only callers nearby may. */
	METRICS_TOKEN: optional(z.string().regex(/^\S{16,}$/, 'must have at least 16 characters and no space')),
	/** OTLP/HTTP receiver of traces, without /v1/traces. */
	OTEL_EXPORTER_OTLP_ENDPOINT: optional(httpUrl),
	OTEL_EXPORTER_OTLP_HEADERS: optional(z.string()),
	OTEL_SERVICE_NAME: z.string().default('concierge'),
	/** The share of traces that is recorded. */
	OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
	LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
	/** Templates and shared workflows; the repository's folders by default. */
	CONCIERGE_WORKFLOWS_DIR: optional(z.string()),
});

const checked = environment.superRefine((config, context) => {
	if (config.BILLING_STRIPE_SECRET_KEY !== undefined && config.BILLING_STRIPE_SECRET_KEY === config.STRIPE_SECRET_KEY) {
		context.addIssue({ code: 'custom', path: ['BILLING_STRIPE_SECRET_KEY'], message: 'is the key of customers’ payments (STRIPE_SECRET_KEY); give subscriptions a key of their own' });
	}
	const together = ['SUPABASE_URL', 'SUPABASE_PUBLISHABLE_KEY', 'SUPABASE_JWT_SECRET'] as const;
	const absent = together.filter((name) => config[name] === undefined);
	if (absent.length === 0 || absent.length === together.length) return;
	for (const name of absent) context.addIssue({ code: 'custom', path: [name], message: `is needed as well: catalogs are kept in Supabase when ${together.join(', ')} are all given, and in the database when none is` });
});

export type Config = z.output<typeof environment>;

/** Names of all variables, as .env.example explains them. */
export const VARIABLES: readonly string[] = Object.keys(environment.shape);

/** @throws AppError `config_invalid` naming each variable that is wrong. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
	const result = checked.safeParse(env);
	if (result.success) return result.data;
	const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
	throw new AppError('config_invalid', `Configuration is not valid. ${problems.join('; ')}. See .env.example.`);
}

/** The project that keeps the catalogs; undefined: the database does. */
export function supabaseOf(config: Config): SupabaseSettings | undefined {
	const { SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: publishableKey, SUPABASE_JWT_SECRET: jwtSecret } = config;
	return url !== undefined && publishableKey !== undefined && jwtSecret !== undefined ? { url, publishableKey, jwtSecret } : undefined;
}

/** What is off for want of configuration, in words for the log at start. */
export function featuresOff(config: Config): readonly string[] {
	const off: string[] = [];
	if (!config.N8N_URL || !config.N8N_API_KEY) off.push('n8n provisioning is off: set N8N_URL and N8N_API_KEY');
	if (!config.WAHA_URL || !config.WAHA_API_KEY) off.push('WhatsApp is off: set WAHA_URL and WAHA_API_KEY');
	if (!config.TRANSCRIPTION_URL) off.push('voice messages are not transcribed: set TRANSCRIPTION_URL');
	if (!config.CLOUDINARY_URL) off.push('photos and videos are off: set CLOUDINARY_URL');
	if (!config.GOOGLE_CLIENT_ID || !config.GOOGLE_CLIENT_SECRET) off.push('calendar bookings are off: set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET');
	if (!config.STRIPE_SECRET_KEY) off.push('payments through Stripe are off: set STRIPE_SECRET_KEY');
	else if (!config.STRIPE_WEBHOOK_SECRET) off.push('payment confirmations are off: set STRIPE_WEBHOOK_SECRET');
	if (!config.BILLING_STRIPE_SECRET_KEY) off.push('subscriptions of tenants are off, and nobody is limited by a plan: set BILLING_STRIPE_SECRET_KEY');
	else {
		if (!config.BILLING_STRIPE_WEBHOOK_SECRET) off.push('payments of subscriptions are noticed late, without events: set BILLING_STRIPE_WEBHOOK_SECRET');
		if (!config.BILLING_PRICES) off.push('no plan can be paid for: set BILLING_PRICES');
	}
	return off;
}
