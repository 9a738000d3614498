import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express from 'express';
import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Database } from '../store/database.ts';
import type { Endpoint } from './endpoint.ts';
import { mountEndpoints } from './endpoint.ts';
import type { IdempotencyStore } from './idempotency.ts';
import { createDocsRouter, createOpenApiDocument } from './openapi.ts';
import { notFound, problemHandler } from './problem.ts';

/** Answers the requests that are its own; false: someone else's. */
export type DirectHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * The HTTP application: `hooks` before express (they are most of the traffic, and need nothing of it), `routers` (hooks and pages, which read their own bodies) first, then the API's endpoints, its documentation,
 * and one error handler.
 */
export function createApp(deps: {
	database: Database;
	idempotency: IdempotencyStore;
	log: Logger;
	publicUrl: string;
	endpoints: readonly Endpoint[];
	routers?: readonly Router[];
	hooks?: DirectHandler;
}): RequestListener {
	const app = express();
	app.disable('x-powered-by');
	app.set('etag', false);
	for (const router of deps.routers ?? []) app.use(router);
	mountEndpoints(app, deps.endpoints, deps);
	if (deps.endpoints.length > 0) app.use(createDocsRouter(createOpenApiDocument(deps.endpoints, deps.publicUrl)));
	app.use(notFound);
	app.use(problemHandler(deps.log));
	const { hooks } = deps;
	return (request, response) => {
		if (hooks?.(request, response) !== true) app(request, response);
	};
}
