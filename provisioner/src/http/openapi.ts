import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import express from 'express';
import type { Router } from 'express';
import { createDocument } from 'zod-openapi';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import type { Endpoint } from './endpoint.ts';
import { problemSchema } from './problem.ts';

const require = createRequire(import.meta.url);

/** The OpenAPI 3.1 document of the public API, generated from the endpoints themselves. */
export function createOpenApiDocument(endpoints: readonly Endpoint[], serverUrl: string): ReturnType<typeof createDocument> {
	const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
	for (const definition of endpoints) (paths[definition.path] ??= {})[definition.method] = operation(definition);
	return createDocument({
		openapi: '3.1.0',
		info: {
			title: 'Concierge',
			version: '0.1.0',
			description: 'Sells goods and books services over chat, on n8n. Money is in cents; times are ISO 8601 in UTC; lists have `has_more`.',
		},
		servers: [{ url: serverUrl }],
		security: [{ apiKey: [] }],
		components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'ck_…' } } },
		paths: paths as ZodOpenApiPathsObject,
	});
}

function operation(definition: Endpoint): ZodOpenApiOperationObject {
	const header = definition.idempotent
		? [{ in: 'header' as const, name: 'Idempotency-Key', required: false, schema: { type: 'string' as const, maxLength: 255 }, description: 'A repeat with the same key gets the first answer.' }]
		: [];
	return {
		operationId: `${definition.method}_${definition.path.replace(/^\/v1\//, '').replace(/[/{}]+/g, '_').replace(/_$/, '')}`,
		summary: definition.summary,
		description: `${definition.description ?? ''}\n\nKeys: ${definition.scopes.join(', ')}.`.trim(),
		tags: [definition.tag],
		parameters: header,
		requestParams: {
			...(definition.params ? { path: definition.params } : {}),
			...(definition.query ? { query: definition.query } : {}),
		},
		...(definition.body ? { requestBody: { required: true, content: { 'application/json': { schema: definition.body } } } } : {}),
		...(definition.rawBody
			? { requestBody: { required: true, content: Object.fromEntries(definition.rawBody.contentTypes.map((type) => [type, { schema: { type: 'string' as const } }])) } }
			: {}),
		responses: {
			...Object.fromEntries(
				Object.entries(definition.responses).map(([status, schema]) => [
					status,
					{ description: schema ? 'Success' : 'Success, no body', ...(schema ? { content: { 'application/json': { schema } } } : {}) },
				]),
			),
			default: { description: 'Problem', content: { 'application/problem+json': { schema: problemSchema } } },
		},
	};
}

/** `GET /openapi.json` and a page to read and try it: `GET /docs`. Nothing is loaded from elsewhere. */
export function createDocsRouter(document: object): Router {
	const router = express.Router();
	const assets = dirname(require.resolve('swagger-ui-dist/package.json'));
	router.get('/openapi.json', (_request, response) => void response.json(document));
	router.get('/docs', (_request, response) => void response.type('html').send(DOCS_PAGE));
	router.get('/docs/init.js', (_request, response) => void response.type('js').send(DOCS_SCRIPT));
	router.use('/docs/assets', express.static(assets, { index: false }));
	return router;
}

const DOCS_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Concierge API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<div id="docs"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/init.js"></script>
</html>`;

const DOCS_SCRIPT = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });`;
