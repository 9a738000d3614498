import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';

/** How long a client may take. Who is slower is cut off, and costs a socket until then. Milliseconds. */
export interface Patience {
	/** From the first byte of a request to the end of its headers. */
	readonly headersMs: number;
	/** … to the end of its body. */
	readonly requestMs: number;
	/** A connection on which nothing is sent and nothing read, a request under way or not. */
	readonly silentMs: number;
	/** Between two requests on a connection: longer than the minute of the usual load balancers, so that they end it and not we. */
	readonly betweenRequestsMs: number;
	/** How often the first two are looked at. */
	readonly checkEveryMs: number;
}

const PATIENCE: Patience = { headersMs: 10_000, requestMs: 60_000, silentMs: 120_000, betweenRequestsMs: 65_000, checkEveryMs: 1_000 };
/** More are closed at once: a process has so many file descriptors. */
const MOST_CONNECTIONS = 10_000;

/** The HTTP server, with its limits. */
export function createHttpServer(listener: RequestListener, patience: Partial<Patience> = {}): Server {
	const { headersMs, requestMs, silentMs, betweenRequestsMs, checkEveryMs } = { ...PATIENCE, ...patience };
	const server = createServer(
		{ headersTimeout: headersMs, requestTimeout: requestMs, keepAliveTimeout: betweenRequestsMs, connectionsCheckingInterval: checkEveryMs },
		listener,
	);
	server.timeout = silentMs;
	server.maxConnections = MOST_CONNECTIONS;
	return server;
}

/** How often connections are looked for on which nothing is under way any more. */
const IDLE_CHECK_MS = 50;

/**
 * Takes no more connections, and resolves when the requests under way have their answers; what is left after `withinMs` is cut off. Connections
 * without a request don't hold it, and one that comes on them meanwhile is answered as the last.
 */
export function closeHttpServer(server: Server, withinMs: number): Promise<void> {
	return new Promise((resolve) => {
		server.prependListener('request', (_request, response) => void response.setHeader('connection', 'close'));
		const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
		const enough = setTimeout(() => server.closeAllConnections(), withinMs);
		// Also of a server that did not listen: then nothing is under way.
		server.close(() => {
			clearInterval(idle);
			clearTimeout(enough);
			resolve();
		});
	});
}
