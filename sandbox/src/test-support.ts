import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import Stripe from 'stripe';
import type { Sandbox, SandboxOptions } from './server.ts';
import { createSandbox } from './server.ts';

/** For tests: a sandbox on a free port and its control API. */
export interface TestSandbox extends Sandbox {
	/** `POST /control<path>`; throws when the answer is not a success. */
	post(path: string, body?: unknown): Promise<Record<string, unknown>>;
	get(path: string): Promise<Record<string, unknown>>;
	/** A call of the WAHA stand-in with its key. */
	waha(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
}

export async function startSandbox(options: Partial<SandboxOptions> = {}): Promise<TestSandbox> {
	const sandbox = await createSandbox({ port: 0, ...options });
	const control = async (path: string, init?: RequestInit): Promise<Record<string, unknown>> => {
		const response = await fetch(`${sandbox.url}/control${path}`, init);
		const body: unknown = await response.json();
		if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`);
		if (typeof body !== 'object' || body === null) throw new Error(`${path}: not an object`);
		return { ...body };
	};
	return {
		...sandbox,
		post: (path, body = {}) => control(path, { method: 'POST', body: JSON.stringify(body) }),
		get: (path) => control(path),
		async waha(method, path, body) {
			const response = await fetch(`${sandbox.url}/waha${path}`, {
				method,
				headers: { 'x-api-key': 'sandbox-waha-key', accept: 'application/json', 'content-type': 'application/json' },
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
			});
			const text = await response.text();
			const parsed: unknown = text === '' ? null : JSON.parse(text);
			return { status: response.status, body: parsed };
		},
	};
}

/** One webhook call as it arrived. */
export interface Received {
	readonly headers: IncomingHttpHeaders;
	readonly raw: string;
	readonly body: Record<string, unknown>;
}

/** A webhook receiver on loopback that answers with the given statuses, then 200. */
export interface Receiver {
	readonly url: string;
	readonly received: Received[];
	/** Resolves with the first `count` calls once they have come. */
	waitFor(count: number, matching?: (call: Received) => boolean): Promise<Received[]>;
	close(): Promise<void>;
}

export async function startReceiver(statuses: readonly number[] = []): Promise<Receiver> {
	const received: Received[] = [];
	const waiting = new Set<() => void>();
	const answers = [...statuses];
	const server = createServer((req, res) => {
		const chunks: Buffer[] = [];
		req.on('data', (chunk: Buffer) => chunks.push(chunk));
		req.on('end', () => {
			const raw = Buffer.concat(chunks).toString('utf8');
			// Google's notifications have no body.
			const body: unknown = raw === '' ? {} : JSON.parse(raw);
			received.push({ headers: req.headers, raw, body: typeof body === 'object' && body !== null ? { ...body } : {} });
			res.statusCode = answers.shift() ?? 200;
			res.end('ok');
			for (const check of waiting) check();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	return {
		url: `http://127.0.0.1:${port}/hook`,
		received,
		waitFor: (count, matching = () => true) =>
			new Promise((resolve) => {
				const check = () => {
					const found = received.filter(matching);
					if (found.length < count) return;
					waiting.delete(check);
					resolve(found.slice(0, count));
				};
				waiting.add(check);
				check();
			}),
		close() {
			server.closeAllConnections();
			return new Promise((resolve) => server.close(() => resolve()));
		},
	};
}

/** The vendor's own SDK, as it comes, on the sandbox. */
export function connectStripe(sandbox: Sandbox, key: string): Stripe {
	const { hostname, port } = new URL(sandbox.url);
	return new Stripe(key, { host: hostname, port: Number(port), protocol: 'http', maxNetworkRetries: 0, telemetry: false });
}
