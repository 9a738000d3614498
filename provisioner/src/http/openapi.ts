import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import express from 'express';
import type { Router } from 'express';
import { createDocument } from 'zod-openapi';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import type { Endpoint } from './endpoint.ts';
import { problemSchema } from './problem.ts';

/** In the order in which an integrator meets them; a page of the documentation each. */
const TAGS = [
	{ name: 'Tenants', description: 'Businesses that signed up. Everything else belongs to one.' },
	{ name: 'Billing', description: 'The tenant’s own plan at the platform: trial, payment, limits, usage. Apart from what its customers pay.' },
	{ name: 'API keys', description: 'Platform keys reach everything, tenant keys one tenant, worker keys turns while they are open.' },
	{ name: 'Companies', description: 'What a tenant sells as: name, kind, language, currency, settings of the agent.' },
	{ name: 'Catalog', description: 'What a company sells: the only facts that the agent states.' },
	{ name: 'Payments', description: 'The company’s own account at the payment provider.' },
	{ name: 'Connections', description: 'A company’s WhatsApp numbers and Telegram bots.' },
	{ name: 'Conversations', description: 'Who wrote what, and whether the bot or a person answers.' },
	{ name: 'Orders', description: 'What customers committed to, and whether it is paid.' },
	{ name: 'Bookings', description: 'Companies’ calendars, free slots, appointments and deliveries.' },
	{ name: 'Turns', description: 'What a customer wrote in a row, and its one answer. Used by the nodes in n8n; the lists are for operators.' },
	{ name: 'Outbox', description: 'What is to be sent, message by message, and what became of it.' },
	{ name: 'Workflows', description: 'What the platform keeps in n8n, and whether it receives turns.' },
	{ name: 'Subscriptions', description: 'Where turns are delivered. Made by the Conversation Trigger.' },
];

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
			description:
				'Sells goods and books services over chat, on n8n. Money is in cents; times are ISO 8601 in UTC; lists are newest first unless they say otherwise: pass the last id as `starting_after` while `has_more`.\n\nErrors are problems (RFC 9457) with a stable `code`; docs/errors.md lists them all. Not described here: `GET /health/live`, `/health/ready` and `/metrics` (docs/operations.md), the vendors’ webhooks under `/hooks`, and the customers’ pages under `/pay`.',
		},
		servers: [{ url: serverUrl }],
		tags: TAGS.filter(({ name }) => endpoints.some(({ tag }) => tag === name)),
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
		description: `${definition.description ?? ''}${definition.public === true ? '' : `\n\nKeys: ${definition.scopes.join(', ')}.`}`.trim(),
		...(definition.public === true ? { security: [] } : {}),
		tags: [definition.tag],
		parameters: header,
		requestParams: {
			...(definition.params ? { path: definition.params } : {}),
			...(definition.query ? { query: definition.query } : {}),
		},
		...(definition.body ? { requestBody: { required: true, content: { 'application/json': { schema: definition.body } } } } : {}),
		...(definition.upload
			? { requestBody: { required: true, content: Object.fromEntries(definition.upload.contentTypes.map((type) => [type, { schema: { type: 'string' as const } }])) } }
			: {}),
		responses: {
			...Object.fromEntries(
				Object.entries(definition.responses).map(([status, schema]) => [
					status,
					{
						description: schema ? 'Success' : 'Success, no body',
						...(schema ? { content: { ...filesOf(definition.files), 'application/json': { schema } } } : {}),
					},
				]),
			),
			...problems(definition),
		},
	};
}

function filesOf(contentTypes: readonly string[] = []) {
	return Object.fromEntries(contentTypes.map((type) => [type, { schema: { type: 'string' as const, format: 'binary' } }]));
}

/** What every endpoint may answer with, by what it takes; `default` is for what is its own. */
function problems(definition: Endpoint) {
	const problem = (description: string) => ({ description, content: { 'application/problem+json': { schema: problemSchema } } });
	const takesInput = definition.query !== undefined || definition.body !== undefined || definition.upload !== undefined;
	return {
		...(takesInput ? { 400: problem('A value is not valid: `errors` names each (`invalid_request`), or the body is not JSON (`body_not_json`).') } : {}),
		...(definition.public === true ? {} : {
			401: problem('No API key, or none that is valid (`api_key_missing`, `api_key_invalid`).'),
			403: problem('A key of another scope is needed (`key_scope_not_allowed`).'),
		}),
		...(definition.params ? { 404: problem('There is no such object, or it is another tenant’s (`…_not_found`).') } : {}),
		default: problem('Another problem; its `code` says which.'),
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
