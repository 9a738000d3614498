import { z } from 'zod';
import { missing } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import { languageName } from '../companies/locale.ts';
import { newApiKey, toNewApiKeyJson } from '../keys/endpoints.ts';
import type { RemovedResource, Tenant, Tenants } from './tenants.ts';

const tenantSchema = z
	.object({
		id: z.string(),
		object: z.literal('tenant'),
		created_at: z.string(),
		name: z.string(),
		email: z.string(),
		default_language: z.string(),
		status: z.enum(['active', 'suspended', 'deleting']),
	})
	.meta({ id: 'Tenant', description: 'A business that signed up.' });

const newTenant = tenantSchema.extend({ api_key: newApiKey }).meta({ id: 'NewTenant' });

/** Answer of every deletion that removes things outside of our database. */
export const deletionReport = z
	.object({
		id: z.string(),
		object: z.literal('deletion_report'),
		deleted: z.literal(true),
		removed: z.array(z.object({ type: z.string(), id: z.string(), name: z.string(), outcome: z.enum(['removed', 'already_gone', 'failed']).describe('failed: it is still there; the log says why.') })),
	})
	.meta({ id: 'DeletionReport', description: 'What was removed, at the vendors, in n8n and here.' });

const createBody = z.strictObject({
	name: z.string().trim().min(1).max(200),
	email: z.email().max(254),
	default_language: languageName.default('English'),
});

export function createTenantEndpoints(tenants: Omit<Tenants, 'endpoints'>): readonly Endpoint[] {
	return [
		endpoint({
			method: 'post',
			path: '/v1/tenants',
			summary: 'Sign a business up',
			description: 'Creates the tenant and its first API key, whose secret is shown only here.',
			tag: 'Tenants',
			scopes: ['platform'],
			idempotent: true,
			body: createBody,
			responses: { 201: newTenant },
			async handle({ body }) {
				const { tenant, apiKey } = await tenants.create({ name: body.name, email: body.email, defaultLanguage: body.default_language });
				return { status: 201, body: { ...toJson(tenant), api_key: toNewApiKeyJson(apiKey) } };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/tenants',
			summary: 'List tenants',
			description: 'Newest first. A tenant key sees its own tenant.',
			tag: 'Tenants',
			scopes: ['platform', 'tenant'],
			query: pageQuery,
			responses: { 200: listOf(tenantSchema) },
			async handle({ caller, query }) {
				const found =
					caller.tenantId === null
						? await tenants.list({ limit: query.limit + 1, startingAfter: query.starting_after })
						: [await tenants.get(caller.tenantId)];
				return { status: 200, body: page(found.map(toJson), query.limit) };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/tenants/{id}',
			summary: 'Get a tenant',
			tag: 'Tenants',
			scopes: ['platform', 'tenant'],
			params: idParams,
			responses: { 200: tenantSchema },
			async handle({ caller, params }) {
				if (caller.tenantId !== null && caller.tenantId !== params.id) throw missing('tenant', params.id);
				return { status: 200, body: toJson(await tenants.get(params.id)) };
			},
		}),
		endpoint({
			method: 'delete',
			path: '/v1/tenants/{id}',
			summary: 'Delete a tenant and everything it has',
			description: 'Disconnects its channels (at the vendor and in n8n) first, then deletes its data. A repeat continues, or answers with the same report.',
			tag: 'Tenants',
			scopes: ['platform'],
			params: idParams,
			responses: { 200: deletionReport },
			async handle({ params }) {
				return { status: 200, body: toReportJson(params.id, await tenants.remove(params.id)) };
			},
		}),
	];
}

function toJson(tenant: Tenant): z.input<typeof tenantSchema> {
	return {
		id: tenant.id,
		object: 'tenant',
		created_at: tenant.createdAt.toISOString(),
		name: tenant.name,
		email: tenant.email,
		default_language: tenant.defaultLanguage,
		status: tenant.status,
	};
}

export function toReportJson(id: string, removed: readonly RemovedResource[]): z.input<typeof deletionReport> {
	return { id, object: 'deletion_report', deleted: true, removed: [...removed] };
}
