import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { createApiKey, ensureOwner, n8nUrl, startN8n } from '../../scripts/stack/n8n.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import type { Service } from '../../scripts/stack/processes.ts';
import { jsonClient } from '../../test/e2e/clients.ts';
import type { LoadResult } from '../load/job.ts';
import type { Target } from '../load/waha-request.ts';
import { during } from '../progress.ts';
import { ENGINES, ROOT } from '../stage.ts';
import type { ExpressionEngine, Stage } from '../stage.ts';

/** A plain n8n with the buffer pattern that people use today (bench/stock-buffer.json), its table in the same PostgreSQL. */
export interface StockN8n {
	/** Bursts of `burstSize` at a constant rate; resolves when every execution has ended. */
	receive(load: StockLoad): Promise<StockRun>;
	/** Executions that one burst of so many messages takes. */
	executionsOfBurst(size: number): Promise<number>;
	stop(): Promise<void>;
}

export interface StockLoad {
	readonly messagesPerSecond: number;
	readonly seconds: number;
	readonly burstSize?: number;
}

export interface StockRun {
	readonly load: LoadResult;
	readonly burstsSent: number;
	readonly burstsAnswered: number;
	/** Over the time from the first message to the last answer, less the three seconds that the flow waits by itself. */
	readonly burstsPerSecond: number;
}

const DATABASE = 'stock';
const WAIT_MS = 3_000;
const GAP_MS = 300;
const DRAIN_MS = 120_000;
const OWNER = { email: 'owner@stock.example', password: 'Stock-bench-1' };
const SCOPES = ['workflow:create', 'workflow:read', 'workflow:list', 'workflow:activate', 'workflow:deactivate', 'credential:create', 'execution:read', 'execution:list'];
const TARGETS: readonly Target[] = [{ path: '/webhook/stock-buffer', hmacKey: '', session: 'stock' }];

export async function startStockN8n(stage: Stage, engine: ExpressionEngine): Promise<StockN8n> {
	await stage.stopConcierge();
	const database = new pg.Pool({ connectionString: await stage.databaseUrl(DATABASE), max: 1 });
	database.on('error', () => undefined);
	await database.query(`
		CREATE TABLE IF NOT EXISTS chat_buffer (id serial PRIMARY KEY, customer text NOT NULL, body text NOT NULL,
			created_at timestamptz NOT NULL DEFAULT clock_timestamp(), answered_at timestamptz);
		CREATE INDEX IF NOT EXISTS chat_buffer_of_customer ON chat_buffer (customer, id);
		TRUNCATE chat_buffer`);
	const userDir = join(stage.stateDir, `stock-${engine}`);
	rmSync(userDir, { recursive: true, force: true });
	const port = await freePort();
	let service: Service | undefined;
	const api = await during(`starting stock n8n (${engine} expressions)`, 8, async () => {
		service = await startN8n({
			root: ROOT,
			runDir: join(stage.stateDir, `run-stock-${engine}`),
			userDir,
			port,
			brokerPort: await freePort(),
			encryptionKey: 'stock-n8n-of-the-benchmark',
			env: ENGINES[engine],
			onStarted: (started) => stage.alsoStop(started),
		});
		return publish(n8nUrl(port), await stage.databaseUrl(DATABASE));
	});
	let nextCustomer = 0;

	async function drained(bursts: number): Promise<{ answered: number; lastAnswerAt: number }> {
		const deadline = Date.now() + DRAIN_MS;
		let before = -1;
		let unchangedSince = Date.now();
		for (;;) {
			const { rows } = await database.query<{ answered: number; last: number | null }>(
				'SELECT count(DISTINCT customer)::int AS answered, extract(epoch FROM max(answered_at))::float * 1000 AS last FROM chat_buffer WHERE answered_at IS NOT NULL',
			);
			const answered = rows[0]?.answered ?? 0;
			if (answered !== before) unchangedSince = Date.now();
			before = answered;
			// A burst that is never answered (n8n answered an error) must not hold up the run.
			if (answered >= bursts || Date.now() > deadline || Date.now() - unchangedSince > 15_000) return { answered, lastAnswerAt: rows[0]?.last ?? Date.now() };
			await delay(200);
		}
	}

	async function receive({ messagesPerSecond, seconds, burstSize = 3 }: StockLoad): Promise<StockRun> {
		await database.query('TRUNCATE chat_buffer');
		const startedAt = Date.now();
		const load = await stage.load.run({
			host: '127.0.0.1', port, targets: TARGETS, burstSize, gapMs: GAP_MS, connections: 64, prepared: 2_000,
			customers: { first: nextCustomer, count: 1_000_000 },
			shape: { type: 'open', messagesPerSecond, seconds, warmUpSeconds: Math.min(3, seconds / 4) },
		});
		nextCustomer += load.bursts;
		const { answered, lastAnswerAt } = await drained(load.bursts);
		return { load, burstsSent: load.bursts, burstsAnswered: answered, burstsPerSecond: answered / Math.max(0.1, (lastAnswerAt - startedAt - WAIT_MS) / 1000) };
	}

	return {
		receive,
		async executionsOfBurst(size) {
			const before = await newestExecution(api);
			await receive({ messagesPerSecond: 20, seconds: size / 20, burstSize: size });
			await untilNoneRuns(api);
			return (await newestExecution(api)) - before;
		},
		async stop() {
			await database.end();
			await service?.stop();
		},
	};
}

type Api = ReturnType<typeof jsonClient>;

/** Ids of executions count up: the difference of two is how many began between. */
export async function newestExecution(api: Api): Promise<number> {
	const { body } = await api.get<{ data: { id: string | number }[] }>('/executions?limit=1');
	return Number(body.data[0]?.id ?? 0);
}

export async function untilNoneRuns(api: Api): Promise<void> {
	const deadline = Date.now() + 30_000;
	for (;;) {
		const states = await Promise.all(['running', 'waiting'].map(async (status) => (await api.get<{ data: object[] }>(`/executions?status=${status}&limit=1`)).body.data?.length ?? 0));
		if (states.every((count) => count === 0)) return;
		if (Date.now() > deadline) throw new Error('Executions in n8n still run after 30 s.');
		await delay(100);
	}
}

/** The owner, the credential and the active workflow; returns n8n's API. */
async function publish(url: string, databaseUrl: string): Promise<Api> {
	await ensureOwner(url, OWNER);
	const api = jsonClient(`${url}/api/v1`, { 'X-N8N-API-KEY': await createApiKey(url, OWNER, 'Benchmark', SCOPES) });
	const { hostname, port, username, password, pathname } = new URL(databaseUrl);
	const credential = await api.post<{ id: string }>('/credentials', {
		name: 'PostgreSQL', type: 'postgres',
		data: { host: hostname, port: Number(port), database: pathname.slice(1), user: username, password, ssl: 'disable', allowUnauthorizedCerts: false, sshTunnel: false, maxConnections: 100 },
	});
	if (credential.status !== 200) throw new Error(`n8n refused the PostgreSQL credential: ${JSON.stringify(credential.body)}`);
	const workflow = JSON.parse(await readFile(join(ROOT, 'bench/stock-buffer.json'), 'utf8')) as { nodes: { type: string; credentials?: object }[] };
	for (const node of workflow.nodes) if (node.type === 'n8n-nodes-base.postgres') node.credentials = { postgres: { id: credential.body.id, name: 'PostgreSQL' } };
	const created = await api.post<{ id: string }>('/workflows', workflow);
	if (created.status !== 200) throw new Error(`n8n refused the buffer workflow: ${JSON.stringify(created.body)}`);
	const activated = await api.post(`/workflows/${created.body.id}/activate`);
	if (activated.status !== 200) throw new Error(`n8n did not publish the buffer workflow: ${JSON.stringify(activated.body)}`);
	const deadline = Date.now() + 20_000;
	// Publishing goes on after the answer: until then n8n says something else to GET, which is not the webhook's method.
	for (;;) {
		const { body } = await jsonClient(url).get<{ message?: string }>('/webhook/stock-buffer');
		if (body.message?.includes('not registered for GET') === true) return api;
		if (Date.now() > deadline) throw new Error(`n8n does not answer the webhook: ${JSON.stringify(body)}`);
		await delay(100);
	}
}
