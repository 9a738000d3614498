import type { AddressInfo } from 'node:net';
import type { Router } from 'express';
import { pino } from 'pino';
import { createApp } from '../http/app.ts';
import type { DirectHandler } from '../http/app.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { createHttpServer } from '../http/server.ts';
import type { Patience } from '../http/server.ts';
import { createIdempotencyStore } from '../http/idempotency.ts';
import type { Database } from '../store/database.ts';

export const MASTER_KEY = Buffer.alloc(32, 7);
export const PLATFORM_KEY = `ck_platform_${'p'.repeat(32)}`;
export const WORKER_KEY = `ck_worker_${'w'.repeat(32)}`;

export const silentLog = pino({ level: 'silent' });

export interface ApiAnswer {
	readonly status: number;
	/** Parsed JSON; undefined without a body. */
	readonly body: Json;
	readonly headers: Headers;
}
/** A JSON answer whose shape the test asserts by looking at it. */
export type Json = Record<string, unknown> & { readonly data?: readonly Json[]; readonly id?: string; readonly code?: string; readonly detail?: string };

export interface TestApi {
	readonly url: string;
	call(method: string, path: string, options?: { key?: string; body?: unknown; headers?: Record<string, string> }): Promise<ApiAnswer>;
	close(): Promise<void>;
}

/** The service's real HTTP application with these endpoints, on 127.0.0.1; on a free port when none is given. */
export async function startTestApi(deps: {
	database: Database;
	endpoints: readonly Endpoint[];
	routers?: readonly Router[];
	hooks?: DirectHandler;
	port?: number;
	patience?: Partial<Patience>;
}): Promise<TestApi> {
	const app = createApp({
		database: deps.database,
		idempotency: createIdempotencyStore(deps.database, MASTER_KEY),
		log: silentLog,
		publicUrl: 'http://127.0.0.1',
		endpoints: deps.endpoints,
		routers: deps.routers ?? [],
		...(deps.hooks ? { hooks: deps.hooks } : {}),
	});
	const server = createHttpServer(app, deps.patience);
	await new Promise<void>((resolve) => server.listen(deps.port ?? 0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		url,
		async call(method, path, { key, body, headers } = {}) {
			const response = await fetch(`${url}${path}`, {
				method,
				headers: {
					...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
					...(body === undefined ? {} : { 'content-type': 'application/json' }),
					...headers,
				},
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
			});
			const text = await response.text();
			return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Json, headers: response.headers };
		},
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}
