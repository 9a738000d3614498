import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import type { Endpoint } from './endpoint.ts';
import { createOpenApiDocument } from './openapi.ts';

const endpoint = (path: string, tag: string, more: Partial<Endpoint> = {}): Endpoint => ({
	method: 'get',
	path,
	summary: 'Summary',
	tag,
	scopes: ['tenant'],
	responses: { 200: z.object({ id: z.string() }) },
	handle: () => Promise.resolve({ status: 200 }),
	...more,
});

describe('OpenAPI document', () => {
	it('orders tags as an integrator meets them, and leaves out those without an endpoint', () => {
		const document = createOpenApiDocument([endpoint('/v1/orders', 'Orders'), endpoint('/v1/tenants', 'Tenants')], 'http://127.0.0.1');
		expect(document.tags?.map(({ name }) => name)).toEqual(['Tenants', 'Orders']);
	});

	it('names a file that an endpoint may answer with beside its JSON', () => {
		const document = createOpenApiDocument([endpoint('/v1/qr', 'Connections', { files: ['image/png'] })], 'http://127.0.0.1');
		const content = document.paths?.['/v1/qr']?.get?.responses?.['200']?.content;
		expect(Object.keys(content ?? {})).toEqual(['image/png', 'application/json']);
	});

	it('names the problems of what an endpoint takes', () => {
		const document = createOpenApiDocument(
			[endpoint('/v1/things', 'Orders'), endpoint('/v1/things/{id}', 'Orders', { params: z.object({ id: z.string() }), query: z.object({}) })],
			'http://127.0.0.1',
		);
		const statuses = (path: string) => Object.keys(document.paths?.[path]?.get?.responses ?? {});
		expect(statuses('/v1/things')).toEqual(['200', '401', '403', 'default']);
		expect(statuses('/v1/things/{id}')).toEqual(['200', '400', '401', '403', '404', 'default']);
	});
});
