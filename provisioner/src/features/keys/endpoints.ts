import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { missing } from '../../http/authenticate.ts';
import type { Caller } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { ApiKey, Keys } from './keys.ts';

const callerKey = z
	.object({
		id: z.string(),
		object: z.literal('api_key'),
		scope: z.enum(['platform', 'tenant', 'worker']),
		tenant_id: z.string().nullable(),
		label: z.string(),
	})
	.meta({ id: 'CurrentApiKey' });

const apiKey = z
	.object({
		id: z.string(),
		object: z.literal('api_key'),
		created_at: z.string(),
		scope: z.literal('tenant'),
		tenant_id: z.string(),
		label: z.string(),
		connection_id: z.string().nullable().describe('Set on the key that a connection’s workflows use.'),
		company_id: z.string().nullable().describe('Set on the key that a company’s own workflow uses.'),
		revoked_at: z.string().nullable(),
	})
	.meta({ id: 'ApiKey' });

/** With the key itself: shown once. */
export const newApiKey = apiKey.extend({ secret: z.string().describe('The key. Shown once: store it now.') }).meta({ id: 'NewApiKey' });

const label = z.string().trim().min(1).max(100);
const tenantId = z.string().min(1).max(100).optional().describe('Platform keys name the tenant; a tenant key means its own.');

export function createKeyEndpoints(deps: { database: Database; keys: Omit<Keys, 'endpoints'> }): readonly Endpoint[] {
	const { database, keys } = deps;

	/** The tenant of a key, for platform keys. The platform's own keys have none: they are configured, not revoked. */
	async function ownerOf(keyId: string): Promise<string> {
		const { rows } = await database.system.query<{ tenant: string | null }>('SELECT tenant_of_api_key($1) AS tenant', [keyId]);
		const tenant = rows[0]?.tenant;
		if (!tenant) throw missing('api_key', keyId);
		return tenant;
	}

	return [
		endpoint({
			method: 'get',
			path: '/v1/key',
			summary: 'Which key is this?',
			description: 'Test of a credential: the key that made the request.',
			tag: 'API keys',
			scopes: ['platform', 'tenant', 'worker'],
			responses: { 200: callerKey },
			handle: ({ caller }) =>
				Promise.resolve({
					status: 200,
					body: { id: caller.keyId, object: 'api_key', scope: caller.scope, tenant_id: caller.tenantId, label: caller.label },
				}),
		}),
		endpoint({
			method: 'post',
			path: '/v1/api_keys',
			summary: 'Create a tenant API key',
			tag: 'API keys',
			scopes: ['platform', 'tenant'],
			idempotent: true,
			body: z.strictObject({ label: label.default('API key'), tenant_id: tenantId }),
			responses: { 201: newApiKey },
			async handle({ caller, body }) {
				const tenant = tenantOf(caller, body.tenant_id);
				const created = await database.withTenant(tenant, async (sql) => {
					const { rowCount } = await sql.query('SELECT 1 FROM tenants WHERE id = $1', [tenant]);
					if (!rowCount) throw missing('tenant', tenant);
					return keys.createTenantKey(sql, tenant, { label: body.label });
				});
				return { status: 201, body: toNewApiKeyJson(created) };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/api_keys',
			summary: 'List a tenant’s API keys',
			tag: 'API keys',
			scopes: ['platform', 'tenant'],
			query: pageQuery.extend({ tenant_id: tenantId }),
			responses: { 200: listOf(apiKey) },
			async handle({ caller, query }) {
				const found = await database.withTenant(tenantOf(caller, query.tenant_id), (sql) =>
					keys.list(sql, { limit: query.limit + 1, startingAfter: query.starting_after }),
				);
				return { status: 200, body: page(found.map(toApiKeyJson), query.limit) };
			},
		}),
		endpoint({
			method: 'delete',
			path: '/v1/api_keys/{id}',
			summary: 'Revoke an API key',
			description: 'At once and for good. Revoking it again changes nothing.',
			tag: 'API keys',
			scopes: ['platform', 'tenant'],
			params: idParams,
			responses: { 204: null },
			async handle({ caller, params }) {
				await database.withTenant(caller.tenantId ?? (await ownerOf(params.id)), (sql) => keys.revoke(sql, params.id));
				return { status: 204 };
			},
		}),
	];
}

/** @throws AppError `tenant_id_required` (400), `tenant_not_found` (404: a tenant key names another tenant) */
function tenantOf(caller: Caller, named: string | undefined): string {
	if (caller.tenantId !== null) {
		if (named !== undefined && named !== caller.tenantId) throw missing('tenant', named);
		return caller.tenantId;
	}
	if (named === undefined) throw new AppError('tenant_id_required', 'A platform key serves every tenant: name one as tenant_id.', { status: 400 });
	return named;
}

function toApiKeyJson(key: ApiKey): z.input<typeof apiKey> {
	return {
		id: key.id,
		object: 'api_key',
		created_at: key.createdAt.toISOString(),
		scope: 'tenant',
		tenant_id: key.tenantId,
		label: key.label,
		connection_id: key.connectionId,
		company_id: key.companyId,
		revoked_at: key.revokedAt?.toISOString() ?? null,
	};
}

export function toNewApiKeyJson(key: ApiKey & { secret: string }): z.input<typeof newApiKey> {
	return { ...toApiKeyJson(key), secret: key.secret };
}
