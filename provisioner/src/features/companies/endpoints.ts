import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import type { Caller } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { Companies, Company } from './companies.ts';
import { countryCode, currencyCode, languageName, timeZone } from './locale.ts';
import { companySettings, companySettingsInput } from './settings.ts';

const companyType = z.enum(['product', 'service', 'hybrid'], { error: 'must be "product", "service" or "hybrid"' });

const companySchema = z
	.object({
		id: z.string(),
		object: z.literal('company'),
		created_at: z.string(),
		tenant_id: z.string(),
		name: z.string(),
		type: companyType,
		currency: z.string(),
		default_language: z.string(),
		time_zone: z.string(),
		country: z.string(),
		settings: companySettings,
		payment_state: z.enum(['disconnected', 'onboarding', 'ready']),
	})
	.meta({ id: 'Company', description: 'What a business sells under one name: a catalog, settings, channels, a payment account.' });

const changeable = {
	name: z.string().trim().min(1).max(200),
	type: companyType,
	currency: currencyCode.optional(),
	default_language: languageName.optional(),
	time_zone: timeZone.optional(),
	country: countryCode.optional(),
	settings: companySettingsInput.optional(),
};
const namedTenant = z.string().min(1).max(100).optional();

export function createCompanyEndpoints(deps: { database: Database; companies: Omit<Companies, 'endpoints'> }): readonly Endpoint[] {
	const { database, companies } = deps;
	return [
		endpoint({
			method: 'post',
			path: '/v1/companies',
			summary: 'Create a company',
			tag: 'Companies',
			scopes: ['platform', 'tenant'],
			idempotent: true,
			body: z.strictObject({ tenant_id: namedTenant.describe('Platform keys name the tenant; a tenant key means its own.'), ...changeable }),
			responses: { 201: companySchema },
			async handle({ caller, body }) {
				const tenantId = caller.tenantId ?? body.tenant_id;
				if (tenantId === undefined) throw new AppError('tenant_id_required', 'A platform key serves every tenant: name one as tenant_id.', { status: 400 });
				refuseOther(caller, body.tenant_id);
				return { status: 201, body: toJson(await companies.create(tenantId, { ...toChanges(body), name: body.name, type: body.type })) };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/companies',
			summary: 'List companies',
			description: 'Newest first. A platform key sees all, or those of `tenant_id`.',
			tag: 'Companies',
			scopes: ['platform', 'tenant'],
			query: pageQuery.extend({ tenant_id: namedTenant }),
			responses: { 200: listOf(companySchema) },
			async handle({ caller, query }) {
				refuseOther(caller, query.tenant_id);
				const found = await companies.list(caller.tenantId ?? query.tenant_id ?? null, { limit: query.limit + 1, startingAfter: query.starting_after });
				return { status: 200, body: page(found.map(toJson), query.limit) };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/companies/{id}',
			summary: 'Get a company',
			tag: 'Companies',
			scopes: ['platform', 'tenant'],
			params: idParams,
			responses: { 200: companySchema },
			async handle({ caller, params }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				return { status: 200, body: toJson(await database.withTenant(tenantId, (sql) => companies.get(sql, params.id))) };
			},
		}),
		endpoint({
			method: 'patch',
			path: '/v1/companies/{id}',
			summary: 'Change a company',
			description: 'Only what is named changes; settings are merged.',
			tag: 'Companies',
			scopes: ['platform', 'tenant'],
			params: idParams,
			body: z.strictObject({ ...changeable, name: changeable.name.optional(), type: changeable.type.optional() }),
			responses: { 200: companySchema },
			async handle({ caller, params, body }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				return { status: 200, body: toJson(await companies.update(tenantId, params.id, toChanges(body))) };
			},
		}),
		endpoint({
			method: 'delete',
			path: '/v1/companies/{id}',
			summary: 'Delete a company',
			description: 'With its catalog and conversations. Connections, the payment account and the calendar must be disconnected first.',
			tag: 'Companies',
			scopes: ['platform', 'tenant'],
			params: idParams,
			responses: { 204: null },
			async handle({ caller, params }) {
				await companies.remove(await tenantFor(caller, database, 'company', params.id), params.id);
				return { status: 204 };
			},
		}),
	];
}

/** A tenant key that names another tenant must not be served from its own instead. */
function refuseOther(caller: Caller, named: string | undefined): void {
	if (caller.tenantId !== null && named !== undefined && named !== caller.tenantId) throw missing('tenant', named);
}

interface ChangesBody {
	name?: string | undefined;
	type?: Company['type'] | undefined;
	currency?: string | undefined;
	default_language?: string | undefined;
	time_zone?: string | undefined;
	country?: string | undefined;
	settings?: Record<string, unknown> | undefined;
}

function toChanges(body: ChangesBody) {
	const { name, type, currency, country, settings } = body;
	return { name, type, currency, country, settings, defaultLanguage: body.default_language, timeZone: body.time_zone };
}

function toJson(company: Company): z.input<typeof companySchema> {
	return {
		id: company.id,
		object: 'company',
		created_at: company.createdAt.toISOString(),
		tenant_id: company.tenantId,
		name: company.name,
		type: company.type,
		currency: company.currency,
		default_language: company.defaultLanguage,
		time_zone: company.timeZone,
		country: company.country,
		settings: company.settings,
		payment_state: company.paymentState,
	};
}
