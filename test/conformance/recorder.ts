import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { parseJson } from './values.ts';

/** One call that went to a stand-in. Bodies are parsed JSON; `undefined` when they are something else or empty. */
export interface Exchange {
	readonly method: string;
	/** Without the query. */
	readonly path: string;
	readonly query: URLSearchParams;
	readonly contentType: string;
	readonly requestBody: unknown;
	readonly status: number;
	readonly responseType: string;
	readonly responseBody: unknown;
}

export interface Recorder {
	readonly url: string;
	readonly exchanges: readonly Exchange[];
	close(): Promise<void>;
}

const HOP_HEADERS = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding', 'keep-alive']);

/** A proxy in front of the sandbox that writes down what passes. */
export async function startRecorder(target: string): Promise<Recorder> {
	const exchanges: Exchange[] = [];
	const server = createServer((req, res) => {
		void forward(target, req).then(({ exchange, headers, bytes }) => {
			exchanges.push(exchange);
			res.writeHead(exchange.status, headers);
			res.end(bytes);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		exchanges,
		close() {
			server.closeAllConnections();
			return new Promise((resolve) => server.close(() => resolve()));
		},
	};
}

async function forward(target: string, req: IncomingMessage) {
	const chunks: Buffer[] = [];
	for await (const chunk of req) chunks.push(Buffer.from(chunk as Uint8Array));
	const body = Buffer.concat(chunks);
	const headers = Object.entries(req.headers).flatMap(([name, value]): [string, string][] =>
		HOP_HEADERS.has(name) || value === undefined ? [] : [[name, String(value)]],
	);
	const response = await fetch(`${target}${req.url ?? ''}`, {
		method: req.method ?? 'GET',
		headers,
		redirect: 'manual',
		...(body.length > 0 ? { body } : {}),
	});
	const bytes = Buffer.from(await response.arrayBuffer());
	const url = new URL(req.url ?? '', target);
	const exchange: Exchange = {
		method: req.method ?? 'GET',
		path: decodeURIComponent(url.pathname),
		query: url.searchParams,
		contentType: req.headers['content-type'] ?? '',
		requestBody: parseJson(body.toString('utf8')),
		status: response.status,
		responseType: response.headers.get('content-type') ?? '',
		responseBody: parseJson(bytes.toString('utf8')),
	};
	const kept = Array.from(response.headers).filter(([name]) => !HOP_HEADERS.has(name));
	return { exchange, headers: Object.fromEntries(kept), bytes };
}

/** Whether a path is of a template such as `/api/{session}/me`; more literal parts are a better match. */
export function matchScore(template: string, path: string): number {
	const [parts, given] = [template.split('/'), path.split('/')];
	if (parts.length !== given.length) return -1;
	let literals = 0;
	for (const [index, part] of parts.entries()) {
		if (part === given[index]) literals += 1;
		else if (!/^\{\w+\}$/.test(part)) return -1;
	}
	return literals;
}

/** The exchanges of one route: those that match it better than any other of the templates. */
export function exchangesOf(
	exchanges: readonly Exchange[],
	route: { readonly method: string; readonly path: string },
	templates: readonly string[],
): readonly Exchange[] {
	return exchanges.filter((exchange) => {
		const score = matchScore(route.path, exchange.path);
		const better = templates.some((template) => matchScore(template, exchange.path) > score);
		return exchange.method === route.method && score >= 0 && !better;
	});
}
