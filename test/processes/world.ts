import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TurnEvent } from '../../core/conversation/turn-event.ts';
import { storedForm } from '../../provisioner/src/features/keys/signing-secret.ts';
import type { Role } from '../../provisioner/src/roles.ts';
import { sha256 } from '../../provisioner/src/store/secrets.ts';
import { MASTER_KEY, PLATFORM_KEY, WORKER_KEY } from '../../provisioner/src/testing/api.ts';
import { createBusiness, wahaDelivery, wahaSignature } from '../../provisioner/src/testing/business.ts';
import type { Business, WahaMessage } from '../../provisioner/src/testing/business.ts';
import { startFakeTrigger } from '../../provisioner/src/testing/fake-trigger.ts';
import type { FakeTrigger } from '../../provisioner/src/testing/fake-trigger.ts';
import { SIGNING_SECRET } from '../../provisioner/src/testing/gateway.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { startService } from '../../scripts/stack/processes.ts';
import type { Service } from '../../scripts/stack/processes.ts';
import { createTestDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

export const WAHA_API_KEY = 'waha-key-of-the-test';

export interface Process {
	readonly url: string;
	readonly service: Service;
	/** Its log, parsed; other output as { raw }. */
	lines(): Record<string, unknown>[];
}

/** What WhatsApp was asked to send, in order. */
export interface SentMessage {
	readonly chatId: string;
	readonly text: string;
}

/** Real processes of the service on one database, with a vendor that takes messages and a workflow that has each turn answered. */
export interface World {
	readonly db: TestDatabase;
	readonly business: Business;
	readonly n8n: FakeTrigger;
	readonly sent: SentMessage[];
	/** Answers of the API that the workflow did not expect. */
	readonly problems: unknown[];
	/** Resolves when it is ready. */
	start(role: Role, env?: NodeJS.ProcessEnv): Promise<Process>;
	/** The workflow: has the platform decide each turn and sends its answer, as the nodes do, through this API. */
	answerThrough(url: string): void;
	/** A customer writes to this process; resolves with the status. */
	write(url: string, message: WahaMessage, headers?: Record<string, string>): Promise<number>;
	close(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export async function startWorld(): Promise<World> {
	const db = await createTestDatabase();
	const business = await createBusiness(db);
	const n8n = await startFakeTrigger({ signingSecret: SIGNING_SECRET });
	// Under the id that the service gives the worker key.
	const keyId = `key_worker_${sha256(WORKER_KEY).slice(0, 24)}`;
	const key = storedForm(MASTER_KEY, keyId, WORKER_KEY);
	await db.asOwner(`INSERT INTO api_keys (id, scope, label, key_hash, signing_secret) VALUES ($1, 'worker', 'worker', $2, $3)`, [keyId, key.hash, key.signingSecret]);
	await db.asOwner(`INSERT INTO subscriptions (id, api_key_id, url, mode, events) VALUES ('sub_1', $1, $2, 'production', '{turn.ready}')`, [keyId, n8n.url]);
	const dir = await mkdtemp(join(tmpdir(), 'concierge-processes-'));
	const started: Service[] = [];
	const answering = new Set<Promise<void>>();
	const sent: SentMessage[] = [];
	const problems: unknown[] = [];

	const waha = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const json = (status: number, body: unknown) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
			if (request.url !== '/api/sendText') return json(404, { message: 'not here' });
			const { chatId, text, id } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { chatId: string; text: string; id?: string };
			sent.push({ chatId, text });
			json(201, { id: `true_${chatId}_${id ?? `OUT${sent.length}`}` });
		});
	});
	await new Promise<void>((resolve) => waha.listen(0, '127.0.0.1', resolve));

	async function answer(api: string, event: TurnEvent): Promise<void> {
		const call = async (path: string, body: unknown) => {
			const response = await fetch(`${api}/v1/turns/${event.turnId}/${path}`, {
				method: 'POST',
				headers: { authorization: `Bearer ${WORKER_KEY}`, 'content-type': 'application/json', traceparent: event.traceparent },
				body: JSON.stringify(body),
			});
			const json = (await response.json()) as { decision?: { decisionId: string } };
			if (!response.ok) problems.push({ path, ...json });
			return json;
		};
		const { decision } = await call('decision', { proposal: null, model: 'offline', attempt: 1 });
		if (decision) await call('reply', { decision_id: decision.decisionId });
	}

	return {
		db,
		business,
		n8n,
		sent,
		problems,
		async start(role, env = {}) {
			const port = await freePort();
			const name = `${role}-${port}`;
			const service = startService({
				name,
				command: process.execPath,
				args: ['provisioner/src/main.ts'],
				cwd: ROOT,
				runDir: dir,
				env: {
					PATH: process.env['PATH'],
					CONCIERGE_ROLE: role,
					CONCIERGE_PORT: String(port),
					DATABASE_URL: db.appUrl,
					DATABASE_OWNER_URL: db.ownerUrl,
					CONCIERGE_MASTER_KEY: MASTER_KEY.toString('base64'),
					CONCIERGE_PLATFORM_KEY: PLATFORM_KEY,
					CONCIERGE_WORKER_KEY: WORKER_KEY,
					WAHA_URL: `http://127.0.0.1:${(waha.address() as AddressInfo).port}`,
					WAHA_API_KEY,
					...env,
				},
			});
			started.push(service);
			const url = `http://127.0.0.1:${port}`;
			await until(`${name} is ready`, async () => {
				// Several start at once: their answers take what they need to start.
				await delay(100);
				if (!service.running()) throw new Error(service.tail());
				return (await fetch(`${url}/health/ready`).catch(() => undefined))?.ok === true || undefined;
			}, 40_000);
			return { url, service, lines: () => service.tail(100_000).split('\n').filter(Boolean).map(parseLine) };
		},
		answerThrough(url) {
			n8n.onTurn = (event) => {
				// n8n acknowledges before it executes.
				const run = answer(url, event).finally(() => answering.delete(run));
				answering.add(run);
			};
		},
		async write(url, message, headers = {}) {
			const raw = wahaDelivery(message);
			const response = await fetch(`${url}${business.whatsapp.path}`, { method: 'POST', body: new Uint8Array(raw), headers: { 'content-type': 'application/json', ...wahaSignature(raw), ...headers } });
			await response.body?.cancel();
			return response.status;
		},
		async close() {
			await Promise.allSettled(answering);
			await Promise.all(started.filter((service) => service.running()).map((service) => service.stop()));
			await n8n.close();
			waha.close();
			waha.closeAllConnections();
			await db.close();
			await rm(dir, { recursive: true, force: true });
		},
	};
}

function parseLine(line: string): Record<string, unknown> {
	try {
		return JSON.parse(line) as Record<string, unknown>;
	} catch {
		return { raw: line };
	}
}
