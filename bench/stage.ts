import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createApiKey } from '../scripts/stack/n8n.ts';
import { freePort } from '../scripts/stack/ports.ts';
import { endLeftovers, writePidFile } from '../scripts/stack/processes.ts';
import type { Service } from '../scripts/stack/processes.ts';
import { startStack } from '../scripts/stack/stack.ts';
import type { Stack } from '../scripts/stack/stack.ts';
import { startLoad } from './load/load.ts';
import type { Load } from './load/load.ts';
import { during } from './progress.ts';
import { startVendor } from './vendor/vendor.ts';
import type { Vendor } from './vendor/vendor.ts';

export const ROOT = join(fileURLToPath(import.meta.url), '../..');

/** Concierge as the benchmark drives it: a stack whose services are stopped and started with other settings between measurements. */
export interface Stage {
	readonly stateDir: string;
	readonly stack: Stack;
	/** The owner's, past row-level security. */
	readonly database: pg.Pool;
	readonly vendor: Vendor;
	readonly load: Load;
	/** A second generator, for those that must not wait behind the first. */
	readonly otherLoad: Load;
	/** Of the stack's own n8n; may read executions. */
	readonly n8nApiKey: string;
	/** Where the provisioner listens. */
	readonly gateway: { readonly host: string; readonly port: number };
	/** A provisioner with `env` and no conversations, and an n8n with `n8nEnv` (default: lazy isolates, as npm start has it), which stays when it runs with that already. */
	startAnswering(settings: { env?: NodeJS.ProcessEnv; n8nEnv?: NodeJS.ProcessEnv }): Promise<void>;
	/** Starts a provisioner that only receives and acknowledges, without n8n. On another database, if one is named. */
	startReceiving(env?: NodeJS.ProcessEnv, database?: string): Promise<void>;
	/** Neither n8n nor the provisioner runs afterwards. */
	stopConcierge(): Promise<void>;
	/** A process that is stopped with the rest, however the run ends. */
	alsoStop(service: Service): void;
	/** Connection string of a database on the same server, made when it isn't there. */
	databaseUrl(name: string): Promise<string>;
	/** The same database as the service's own role. */
	appUrl(name: string): string;
	close(): Promise<void>;
}

export type ExpressionEngine = 'default' | 'legacy' | 'lazy';

/** Environment of n8n for each of the settings that are compared. */
export const ENGINES: Readonly<Record<ExpressionEngine, NodeJS.ProcessEnv>> = {
	default: { N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'false' },
	legacy: { N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'false', N8N_EXPRESSION_ENGINE: 'legacy' },
	lazy: { N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true' },
};

/** The longest windows there may be: turns are opened, and none comes due while acknowledgements are measured. */
const LONG_WINDOW: NodeJS.ProcessEnv = { QUIET_WINDOW_MS: '60000', MAX_WAIT_MS: '300000' };
const EXECUTION_SCOPES = ['workflow:read', 'workflow:list', 'execution:read', 'execution:list'];

export const runDirOf = (stateDir: string): string => join(stateDir, 'run');

export async function createStage(stateDir: string): Promise<Stage> {
	const runDir = runDirOf(stateDir);
	// What a killed run left behind would be measured along with this one.
	await endLeftovers(runDir, 'bench');
	rmSync(stateDir, { recursive: true, force: true });
	mkdirSync(stateDir, { recursive: true });
	// PostgreSQL runs as another user when this runs as root, and must be able to reach its folder.
	chmodSync(stateDir, 0o755);
	writePidFile(runDir, 'bench', process.pid);

	const [vendor, load, otherLoad] = await Promise.all([startVendor(), startLoad(), startLoad()]);
	const port = await freePort();
	const others: Service[] = [];
	const env: NodeJS.ProcessEnv = {};
	const n8nEnv: NodeJS.ProcessEnv = {};
	const stack = await startStack({
		root: ROOT,
		stateDir,
		ports: { CONCIERGE_PORT: port, SANDBOX_PORT: await freePort(), N8N_PORT: await freePort(), N8N_RUNNERS_BROKER_PORT: await freePort(), POSTGRES_PORT: await freePort() },
		env, n8nEnv,
	});
	const { n8n } = stack.settingsFile.settings;
	const n8nApiKey = await createApiKey(stack.urls.n8n, { email: n8n.ownerEmail, password: n8n.ownerPassword }, 'Benchmark', EXECUTION_SCOPES);
	const database = new pg.Pool({ connectionString: stack.databaseOwnerUrl, max: 2 });
	database.on('error', () => undefined);

	// n8n subscribes a moment after it has published: stopping anything before that would leave a workflow that gets no turns.
	await untilSubscribed(database);

	function configure(target: NodeJS.ProcessEnv, settings: NodeJS.ProcessEnv): void {
		for (const name of Object.keys(target)) delete target[name];
		Object.assign(target, settings);
	}
	async function stopConcierge(): Promise<void> {
		await stack.stop('provisioner');
		await stack.stop('n8n');
		running = undefined;
	}
	/** The environment of the n8n that runs. */
	let running: NodeJS.ProcessEnv | undefined;
	async function startN8nWith(wanted: NodeJS.ProcessEnv): Promise<void> {
		if (running === wanted) return;
		await stack.stop('n8n');
		configure(n8nEnv, wanted);
		await stack.start('n8n');
		running = wanted;
	}
	async function databaseUrl(name: string): Promise<string> {
		await database.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`).catch((error: unknown) => {
			if (!(error instanceof Error && 'code' in error && error.code === '42P04')) throw error;
		});
		const url = new URL(stack.databaseOwnerUrl);
		url.pathname = `/${name}`;
		return url.href;
	}
	function appUrl(name: string): string {
		const url = new URL(stack.databaseOwnerUrl);
		url.username = 'concierge_app';
		url.password = stack.settingsFile.settings.databasePassword;
		url.pathname = `/${name}`;
		return url.href;
	}

	return {
		stateDir, stack, database, vendor, load, otherLoad, n8nApiKey, databaseUrl, appUrl, stopConcierge,
		alsoStop: (service) => void others.push(service),
		gateway: { host: '127.0.0.1', port },
		async startAnswering(settings) {
			await during('starting n8n and the provisioner', 10, async () => {
				await stack.stop('provisioner');
				await forgetConversations(database);
				vendor.reset();
				await startN8nWith(settings.n8nEnv ?? ENGINES.lazy);
				configure(env, { WAHA_URL: vendor.url, ...settings.env });
				await stack.start('provisioner');
				await untilSubscribed(database);
			});
		},
		async startReceiving(more = {}, name) {
			await stopConcierge();
			const other = name === undefined ? {} : { DATABASE_OWNER_URL: await databaseUrl(name), DATABASE_URL: appUrl(name) };
			if (name === undefined) await forgetConversations(database);
			configure(env, { CONCIERGE_ROLE: 'gateway', WAHA_URL: vendor.url, N8N_URL: '', N8N_API_KEY: '', ...LONG_WINDOW, ...other, ...more });
			await stack.start('provisioner');
		},
		async close() {
			load.close();
			otherLoad.close();
			vendor.close();
			await database.end().catch(() => undefined);
			await Promise.all(others.filter((service) => service.running()).map((service) => service.stop()));
			await stack.stopAll();
		},
	};
}

async function untilSubscribed(database: pg.Pool): Promise<void> {
	const deadline = Date.now() + 90_000;
	while ((await database.query('SELECT 1 FROM subscriptions LIMIT 1')).rowCount === 0) {
		if (Date.now() > deadline) throw new Error('The answering workflow did not subscribe within 90 s.');
		await delay(100);
	}
}

/** Every conversation with its messages, turns and answers; what was signed up stays. */
export async function forgetConversations(database: pg.Pool): Promise<void> {
	await database.query('TRUNCATE conversations, customer_aliases, messages, turns, outbox CASCADE');
}

/** Closes turns as answered: stands in for n8n where only acknowledgements are measured, so that returning customers open new ones. */
export async function closeTurns(database: pg.Pool, olderThanMs: number): Promise<void> {
	await database.query(
		`UPDATE turns SET state = 'done', done_at = clock_timestamp(), lease_until = NULL
		 WHERE state NOT IN ('done', 'superseded', 'human', 'dead') AND opened_at < clock_timestamp() - make_interval(secs => $1)`,
		[olderThanMs / 1000],
	);
}
