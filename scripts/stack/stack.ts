import { join } from 'node:path';
import { createApiKey, ensureOwner, n8nUrl, startN8n } from './n8n.ts';
import { isPortFree } from './ports.ts';
import type { Service } from './processes.ts';
import { compileCache, startService, untilReady } from './processes.ts';
import type { SettingsFile } from './settings.ts';
import { openSettings } from './settings.ts';

/** Ports of the stack, each with the variable that changes it. */
export interface StackPorts {
	readonly CONCIERGE_PORT: number;
	readonly SANDBOX_PORT: number;
	readonly N8N_PORT: number;
	readonly N8N_RUNNERS_BROKER_PORT: number;
	readonly POSTGRES_PORT: number;
}

export const DEFAULT_PORTS: StackPorts = {
	CONCIERGE_PORT: 8080,
	SANDBOX_PORT: 8090,
	N8N_PORT: 5678,
	N8N_RUNNERS_BROKER_PORT: 5679,
	POSTGRES_PORT: 54329,
};

/** What the provisioner does in n8n, and so what its API key may do there. */
export const N8N_SCOPES = [
	'workflow:create', 'workflow:read', 'workflow:update', 'workflow:delete', 'workflow:list', 'workflow:activate', 'workflow:deactivate',
	'credential:create', 'credential:update', 'credential:delete', 'credential:list',
] as const;

export interface StackOptions {
	readonly root: string;
	/** Everything the stack keeps: databases, n8n's folder, generated secrets, logs. */
	readonly stateDir: string;
	readonly ports: StackPorts;
	/** Environment of the provisioner on top of the stack's own, e.g. `QUIET_WINDOW_MS`. Read at every start of it. */
	readonly env?: NodeJS.ProcessEnv;
	/** Likewise of n8n, e.g. another expression engine for a benchmark. */
	readonly n8nEnv?: NodeJS.ProcessEnv;
	readonly onProgress?: (line: string) => void;
}

/** A running Concierge with everything it needs, on this machine. */
export interface Stack {
	readonly urls: { readonly concierge: string; readonly sandbox: string; readonly n8n: string };
	/** Owner's connection string, past row-level security. */
	readonly databaseOwnerUrl: string;
	readonly settingsFile: SettingsFile;
	readonly services: Readonly<Record<ServiceName, Service>>;
	/** Stops one service; `start` brings it back on the same data. */
	stop(name: ServiceName): Promise<void>;
	start(name: ServiceName): Promise<void>;
	stopAll(): Promise<void>;
	/** Resolves with the name of the first service that ends by itself. */
	readonly failed: Promise<ServiceName>;
}

export type ServiceName = 'postgres' | 'sandbox' | 'n8n' | 'provisioner';

const DATABASE = 'concierge';
const SANDBOX_WAHA_KEY = 'sandbox-waha-key';
const SANDBOX_STRIPE_KEY = 'sk_test_sandbox';
const SANDBOX_GOOGLE_CLIENT = { id: 'sandbox-client.apps.googleusercontent.com', secret: 'sandbox-google-secret' };
const SANDBOX_CLOUDINARY_URL = 'cloudinary://sandbox-key:sandbox-secret@sandbox';

/**
 * Starts PostgreSQL, n8n, the sandbox and the provisioner, in parallel where they don't need each other.
 * @throws Error naming the variable when a port is taken, or with a service's last lines when it doesn't start
 */
export async function startStack(options: StackOptions): Promise<Stack> {
	const { root, stateDir, ports } = options;
	const progress = options.onProgress ?? (() => undefined);
	await requireFreePorts(ports);
	const settingsFile = openSettings(join(stateDir, 'settings.json'));
	const { settings } = settingsFile;
	const runDir = join(stateDir, 'run');
	const urls = {
		concierge: `http://127.0.0.1:${ports.CONCIERGE_PORT}`,
		sandbox: `http://127.0.0.1:${ports.SANDBOX_PORT}`,
		n8n: n8nUrl(ports.N8N_PORT),
	};
	const databaseUrl = (user: string, password: string) => `postgres://${user}:${password}@127.0.0.1:${ports.POSTGRES_PORT}/${DATABASE}`;
	const databaseOwnerUrl = databaseUrl('postgres', settings.postgresPassword);
	const owner = { email: settings.n8n.ownerEmail, password: settings.n8n.ownerPassword };
	const running = new Map<ServiceName, Service>();
	const script = (name: ServiceName, args: string[], env: NodeJS.ProcessEnv) =>
		startService({ name, command: process.execPath, args, cwd: root, runDir, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...compileCache(root), ...env } });

	const starters: Record<ServiceName, () => Promise<Service>> = {
		async postgres() {
			const service = script(
				'postgres',
				['scripts/stack/postgres-process.ts', join(stateDir, 'postgres'), String(ports.POSTGRES_PORT), DATABASE],
				{ POSTGRES_PASSWORD: settings.postgresPassword, LANG: process.env['LANG'] },
			);
			running.set('postgres', service);
			await untilReady(service, async () => service.tail(50).split('\n').includes('ready'), 60_000);
			return service;
		},
		async sandbox() {
			const service = script('sandbox', ['sandbox/src/main.ts'], {
				SANDBOX_PORT: String(ports.SANDBOX_PORT),
				SANDBOX_STATE_FILE: join(stateDir, 'sandbox.json'),
				SANDBOX_WAHA_KEY,
			});
			running.set('sandbox', service);
			await untilReady(service, async () => (await fetch(`${urls.sandbox}/control/businesses`)).ok, 30_000);
			return service;
		},
		async n8n() {
			return startN8n({
				root, runDir,
				userDir: join(stateDir, 'n8n'),
				port: ports.N8N_PORT,
				brokerPort: ports.N8N_RUNNERS_BROKER_PORT,
				encryptionKey: settings.n8n.encryptionKey,
				...(options.n8nEnv ? { env: options.n8nEnv } : {}),
				onStarted: (service) => running.set('n8n', service),
			});
		},
		async provisioner() {
			const service = script('provisioner', ['provisioner/src/main.ts'], {
				CONCIERGE_PORT: String(ports.CONCIERGE_PORT),
				CONCIERGE_PUBLIC_URL: urls.concierge,
				DATABASE_URL: databaseUrl('concierge_app', settings.databasePassword),
				DATABASE_OWNER_URL: databaseOwnerUrl,
				CONCIERGE_MASTER_KEY: settings.masterKey,
				CONCIERGE_PLATFORM_KEY: settings.platformKey,
				CONCIERGE_WORKER_KEY: settings.workerKey,
				N8N_URL: urls.n8n,
				N8N_API_KEY: settings.n8n.apiKey,
				WAHA_URL: `${urls.sandbox}/waha`,
				WAHA_API_KEY: SANDBOX_WAHA_KEY,
				TELEGRAM_API_URL: `${urls.sandbox}/telegram`,
				CLOUDINARY_URL: SANDBOX_CLOUDINARY_URL,
				CLOUDINARY_API_URL: `${urls.sandbox}/cloudinary`,
				TBANK_API_URL: `${urls.sandbox}/tbank/v2`,
				GOOGLE_API_URL: urls.sandbox,
				GOOGLE_OAUTH_URL: urls.sandbox,
				GOOGLE_CLIENT_ID: SANDBOX_GOOGLE_CLIENT.id,
				GOOGLE_CLIENT_SECRET: SANDBOX_GOOGLE_CLIENT.secret,
				STRIPE_API_URL: urls.sandbox,
				STRIPE_SECRET_KEY: SANDBOX_STRIPE_KEY,
				STRIPE_WEBHOOK_SECRET: settings.stripeWebhookSecret,
				...options.env,
			});
			running.set('provisioner', service);
			await untilReady(service, async () => (await fetch(`${urls.concierge}/health/ready`)).ok, 60_000);
			return service;
		},
	};

	const stopping = new Set<ServiceName>();
	let reportFailure: (name: ServiceName) => void = () => undefined;
	const failed = new Promise<ServiceName>((resolve) => (reportFailure = resolve));

	async function start(name: ServiceName): Promise<void> {
		stopping.delete(name);
		const service = await starters[name]();
		running.set(name, service);
		void service.exited.then(() => {
			if (!stopping.has(name) && running.get(name) === service) reportFailure(name);
		});
	}
	async function stop(name: ServiceName): Promise<void> {
		stopping.add(name);
		await running.get(name)?.stop();
	}
	async function stopAll(): Promise<void> {
		// Whoever delivers stops first, the database last.
		await stop('provisioner');
		await Promise.all([stop('n8n'), stop('sandbox')]);
		await stop('postgres');
	}

	try {
		progress('Starting PostgreSQL, n8n and the sandbox');
		await Promise.all([
			start('postgres'),
			start('sandbox').then(() => ensureStripeWebhook(urls, settingsFile)),
			start('n8n').then(async () => {
				if (await ensureOwner(urls.n8n, owner)) progress("n8n's owner is set up");
				if (settings.n8n.apiKey) return;
				settings.n8n.apiKey = await createApiKey(urls.n8n, owner, 'Concierge provisioner', N8N_SCOPES);
				settingsFile.save();
			}),
		]);
		progress('Starting the provisioner');
		await start('provisioner');
	} catch (error) {
		await stopAll();
		throw error;
	}
	const serviceOf = (name: ServiceName): Service => {
		const service = running.get(name);
		if (!service) throw new Error(`${name} was never started`);
		return service;
	};
	return {
		urls,
		databaseOwnerUrl,
		settingsFile,
		services: {
			get postgres() { return serviceOf('postgres'); },
			get sandbox() { return serviceOf('sandbox'); },
			get n8n() { return serviceOf('n8n'); },
			get provisioner() { return serviceOf('provisioner'); },
		},
		start, stop, stopAll, failed,
	};
}

async function requireFreePorts(ports: StackPorts): Promise<void> {
	for (const [variable, port] of Object.entries(ports) as [keyof StackPorts, number][]) {
		if (!(await isPortFree(port))) {
			throw new Error(`Port ${port} is in use by another program. Stop it, or choose another port: ${variable}=${port + 1000} npm start`);
		}
	}
}

/** Stripe's webhook endpoint for connected accounts, created through its API as an operator would in the dashboard. */
async function ensureStripeWebhook(urls: Stack['urls'], file: SettingsFile): Promise<void> {
	if (file.settings.stripeWebhookSecret) return;
	const events = [
		'checkout.session.completed', 'checkout.session.expired', 'checkout.session.async_payment_succeeded', 'checkout.session.async_payment_failed',
		'refund.created', 'refund.updated', 'refund.failed', 'charge.dispute.created', 'charge.dispute.updated', 'charge.dispute.closed',
		'account.updated', 'account.application.deauthorized', 'capability.updated',
	];
	const body = new URLSearchParams({ url: `${urls.concierge}/hooks/stripe`, connect: 'true' });
	for (const event of events) body.append('enabled_events[]', event);
	const response = await fetch(`${urls.sandbox}/v1/webhook_endpoints`, { method: 'POST', body, headers: { authorization: `Bearer ${SANDBOX_STRIPE_KEY}` } });
	if (!response.ok) throw new Error(`The sandbox did not create the Stripe webhook endpoint: ${response.status} ${(await response.text()).slice(0, 300)}`);
	file.settings.stripeWebhookSecret = ((await response.json()) as { secret: string }).secret;
	file.save();
}
