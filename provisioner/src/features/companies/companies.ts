import { AppError } from '../../../../core/errors.ts';
import { missing } from '../../http/authenticate.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import { createCompanyEndpoints } from './endpoints.ts';
import { readCompanySettings } from './settings.ts';
import type { CompanySettings } from './settings.ts';

export interface Company {
	readonly id: string;
	readonly tenantId: string;
	readonly name: string;
	readonly type: 'product' | 'service' | 'hybrid';
	readonly currency: string;
	readonly defaultLanguage: string;
	readonly timeZone: string;
	readonly country: string;
	readonly settings: CompanySettings;
	readonly paymentState: 'disconnected' | 'onboarding' | 'ready';
	readonly createdAt: Date;
}

/** Settings are merged: what isn't named stays. */
export interface CompanyChanges {
	readonly name?: string | undefined;
	readonly type?: Company['type'] | undefined;
	readonly currency?: string | undefined;
	readonly defaultLanguage?: string | undefined;
	readonly timeZone?: string | undefined;
	readonly country?: string | undefined;
	readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

export interface Companies {
	readonly endpoints: readonly Endpoint[];
	/** @throws AppError `tenant_not_found` (404), `tenant_not_active` (409) */
	create(tenantId: string, company: CompanyChanges & { name: string; type: Company['type'] }): Promise<Company>;
	/** @throws AppError `company_not_found` (404) */
	get(sql: Sql, companyId: string): Promise<Company>;
	/** Newest first; of all tenants when `tenantId` is null. */
	list(tenantId: string | null, page: { limit: number; startingAfter?: string | undefined }): Promise<readonly Company[]>;
	/** @throws AppError `company_not_found` (404) */
	update(tenantId: string, companyId: string, changes: CompanyChanges): Promise<Company>;
	/** @throws AppError `company_not_found` (404), `company_in_use` (409: it still has connections, a payment account, a calendar or media), and what removing an upload that failed throws */
	remove(tenantId: string, companyId: string): Promise<void>;
}

interface CompanyRow {
	id: string;
	tenant_id: string;
	name: string;
	type: Company['type'];
	currency: string;
	default_language: string;
	time_zone: string;
	country: string;
	settings: unknown;
	payment_state: Company['paymentState'];
	created_at: Date;
}
const COLUMNS = 'id, tenant_id, name, type, currency, default_language, time_zone, country, settings, payment_state, created_at';

/** What companies need of their photos and videos, at their vendor. */
export interface CompanyMedia {
	removeLeftBehind(tenantId: string, companyId: string): Promise<void>;
	removeFolder(companyId: string): Promise<void>;
}

/** What companies need of their catalogs, which may be in another database. */
export interface CompanyCatalogs {
	forget(sql: Sql, tenantId: string, companyIds: readonly string[]): Promise<void>;
}

/** What companies need of their own workflows in n8n. */
export interface CompanyWorkflows {
	/** @throws AppError `n8n_not_configured` (503), VendorError of n8n */
	removeOfCompany(tenantId: string, companyId: string): Promise<unknown>;
}

export function createCompanies(deps: { database: Database; media: CompanyMedia; catalogs: CompanyCatalogs; /** Default: there are none. */ workflows?: CompanyWorkflows }): Companies {
	const { database } = deps;
	const companies: Omit<Companies, 'endpoints'> = {
		create(tenantId, company) {
			return database.withTenant(tenantId, async (sql) => {
				const { rows: tenants } = await sql.query<{ status: string; default_language: string }>(
					'SELECT status, default_language FROM tenants WHERE id = $1 FOR SHARE',
					[tenantId],
				);
				const tenant = tenants[0];
				if (!tenant) throw missing('tenant', tenantId);
				if (tenant.status === 'deleting') throw new AppError('tenant_not_active', 'The tenant is being deleted; nothing can be added to it.', { status: 409 });
				const { rows } = await sql.query<CompanyRow>(
					`INSERT INTO companies (id, tenant_id, name, type, currency, default_language, time_zone, country, settings)
					 VALUES ($1, $2, $3, $4, coalesce($5, 'eur'), $6, coalesce($7, 'Europe/Madrid'), coalesce($8, 'ES'), $9) RETURNING ${COLUMNS}`,
					[
						newId('com'), tenantId, company.name, company.type, company.currency ?? null, company.defaultLanguage ?? tenant.default_language,
						company.timeZone ?? null, company.country ?? null, JSON.stringify(company.settings ?? {}),
					],
				);
				return toCompany(rows[0], '');
			});
		},
		async get(sql, companyId) {
			const { rows } = await sql.query<CompanyRow>(`SELECT ${COLUMNS} FROM companies WHERE id = $1`, [companyId]);
			return toCompany(rows[0], companyId);
		},
		async list(tenantId, { limit, startingAfter }) {
			const { rows } =
				tenantId === null
					? await database.system.query<CompanyRow>(`SELECT ${COLUMNS} FROM list_companies(NULL, $1, $2)`, [startingAfter ?? null, limit])
					: await database.withTenant(tenantId, (sql) =>
							sql.query<CompanyRow>(`SELECT ${COLUMNS} FROM companies WHERE ($1::text IS NULL OR id < $1) ORDER BY id DESC LIMIT $2`, [startingAfter ?? null, limit]),
						);
			return rows.map((row) => toCompany(row, row.id));
		},
		async update(tenantId, companyId, changes) {
			const { rows } = await database.withTenant(tenantId, (sql) =>
				sql.query<CompanyRow>(
					`UPDATE companies SET name = coalesce($2, name), type = coalesce($3, type), currency = coalesce($4, currency),
						default_language = coalesce($5, default_language), time_zone = coalesce($6, time_zone), country = coalesce($7, country),
						settings = settings || $8::jsonb
					 WHERE id = $1 RETURNING ${COLUMNS}`,
					[
						companyId, changes.name ?? null, changes.type ?? null, changes.currency ?? null, changes.defaultLanguage ?? null,
						changes.timeZone ?? null, changes.country ?? null, JSON.stringify(changes.settings ?? {}),
					],
				),
			);
			return toCompany(rows[0], companyId);
		},
		async remove(tenantId, companyId) {
			await deps.media.removeLeftBehind(tenantId, companyId);
			// Asked twice: what an operator made of its workflow is not lost to a deletion that is refused.
			await database.withTenant(tenantId, (sql) => checkUnused(sql, companyId));
			await deps.workflows?.removeOfCompany(tenantId, companyId);
			await database.withTenant(tenantId, async (sql) => {
				await checkUnused(sql, companyId);
				await deps.catalogs.forget(sql, tenantId, [companyId]);
				await sql.query('DELETE FROM companies WHERE id = $1', [companyId]);
			});
			await deps.media.removeFolder(companyId);
		},
	};
	return { ...companies, endpoints: createCompanyEndpoints({ database, companies }) };
}

/** They exist at vendors and in n8n too: deleting the rows alone would leave them running there. @throws AppError `company_not_found` (404), `company_in_use` (409) */
async function checkUnused(sql: Sql, companyId: string): Promise<void> {
	const { rows } = await sql.query<{ connections: number; media: number; uploads: number; calendar: boolean; paid: boolean }>(
		`SELECT stripe_account_id IS NOT NULL OR EXISTS (SELECT 1 FROM payment_accounts p WHERE p.company_id = c.id AND p.disconnected_at IS NULL) AS paid, (SELECT count(*) FROM connections k WHERE k.company_id = c.id)::int AS connections,
			(SELECT count(*) FROM media m WHERE m.company_id = c.id AND state = 'ready')::int AS media,
			(SELECT count(*) FROM media m WHERE m.company_id = c.id AND state <> 'ready')::int AS uploads,
			EXISTS (SELECT 1 FROM company_calendars k WHERE k.company_id = c.id AND k.state = 'connected') AS calendar
		 FROM companies c WHERE id = $1 FOR UPDATE`,
		[companyId],
	);
	const company = rows[0];
	if (!company) throw missing('company', companyId);
	if (company.connections > 0) throw inUse(`it has ${company.connections} connection(s): delete them with DELETE /v1/connections/{id}`);
	if (company.paid) throw inUse('it has a payment account: disconnect it with DELETE /v1/companies/{id}/payment_account');
	if (company.calendar) throw inUse('it has a calendar: disconnect it with DELETE /v1/companies/{id}/calendar');
	if (company.media > 0) throw inUse(`it has ${company.media} photo(s) or video(s): delete them with DELETE /v1/companies/{id}/media/{medium_id}`);
	if (company.uploads > 0) throw inUse(`it has ${company.uploads} upload(s) that nobody knows the end of: let ten minutes pass`);
}

function inUse(reason: string): AppError {
	return new AppError('company_in_use', `The company can't be deleted yet, because ${reason} first.`, { status: 409 });
}

function toCompany(row: CompanyRow | undefined, id: string): Company {
	if (!row) throw missing('company', id);
	return {
		id: row.id,
		tenantId: row.tenant_id,
		name: row.name,
		type: row.type,
		currency: row.currency,
		defaultLanguage: row.default_language,
		timeZone: row.time_zone,
		country: row.country,
		settings: readCompanySettings(row.settings),
		paymentState: row.payment_state,
		createdAt: row.created_at,
	};
}
