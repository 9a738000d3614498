import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedCall {
	readonly method: string;
	/** Path with the query, as it was on the wire. */
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	/** Parsed JSON, the text of a file, or null without a body. */
	readonly body: unknown;
}

export interface Answer {
	readonly status?: number;
	readonly json?: unknown;
	/** Sent as it is, with content type text/html. */
	readonly html?: string;
	readonly file?: Buffer;
	readonly delayMs?: number;
}

type Handler = Answer | ((call: RecordedCall) => Answer);

/** A loopback HTTP server that stands in for the platform in one test file: routes are set by the test, calls are recorded. */
export class PlatformDouble {
	readonly calls: RecordedCall[] = [];
	readonly #routes = new Map<string, Handler>();
	readonly #server: Server;

	private constructor() {
		this.#server = createServer((request, response) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				const text = Buffer.concat(chunks).toString('utf8');
				const call: RecordedCall = {
					method: request.method ?? '',
					path: request.url ?? '',
					headers: request.headers,
					body: text === '' ? null : request.headers['content-type']?.startsWith('application/json') ? (JSON.parse(text) as unknown) : text,
				};
				this.calls.push(call);
				const answer = this.#answerTo(call);
				const status = answer.status ?? 200;
				setTimeout(() => {
					if (answer.html !== undefined) response.writeHead(status, { 'content-type': 'text/html' }).end(answer.html);
					else if (answer.file !== undefined) response.writeHead(status, { 'content-type': 'application/octet-stream' }).end(answer.file);
					else if (answer.json === undefined) response.writeHead(status).end();
					else {
						const type = status >= 400 ? 'application/problem+json' : 'application/json';
						response.writeHead(status, { 'content-type': type }).end(JSON.stringify(answer.json));
					}
				}, answer.delayMs ?? 0);
			});
		});
	}

	static async start(): Promise<PlatformDouble> {
		const double = new PlatformDouble();
		await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
		return double;
	}

	get url(): string {
		return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
	}

	/** Answers `METHOD /path` (without its query) from now on. */
	on(route: string, handler: Handler): this {
		this.#routes.set(route, handler);
		return this;
	}

	callsTo(route: string): RecordedCall[] {
		return this.calls.filter((call) => keyOf(call) === route);
	}

	reset(): void {
		this.calls.length = 0;
		this.#routes.clear();
	}

	async stop(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	/** A call for several turns is answered by the routes of each turn, unless the test set a route for it. */
	#answerForTurns(call: RecordedCall): Answer | undefined {
		const single = { 'POST /v1/turns/decisions': 'decision', 'POST /v1/turns/replies': 'reply' }[keyOf(call)];
		if (single === undefined || typeof call.body !== 'object' || call.body === null || !('data' in call.body)) return undefined;
		const answers = (call.body.data as { turn_id: string }[]).map(({ turn_id: turnId, ...body }) => ({
			turnId,
			...this.#answerTo({ ...call, path: `/v1/turns/${encodeURIComponent(turnId)}/${single}`, body }),
		}));
		const data = answers.map(({ turnId, status = 200, json }) =>
			status < 300 ? { turn_id: turnId, ok: true, answer: json } : { turn_id: turnId, ok: false, problem: json },
		);
		return { json: { object: 'list', data }, delayMs: Math.max(...answers.map(({ delayMs }) => delayMs ?? 0)) };
	}

	#answerTo(call: RecordedCall): Answer {
		const handler = this.#routes.get(keyOf(call)) ?? this.#answerForTurns(call);
		if (handler === undefined) return problem(404, 'not_found', `No route ${keyOf(call)} in this test.`);
		return typeof handler === 'function' ? handler(call) : handler;
	}
}

function keyOf(call: RecordedCall): string {
	return `${call.method} ${call.path.split('?')[0] ?? ''}`;
}

/** An RFC 9457 problem as the platform sends it. */
export function problem(status: number, code: string, detail: string): Answer {
	return { status, json: { type: `https://concierge.example/errors/${code}`, title: 'Problem', status, detail, code } };
}
