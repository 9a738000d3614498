import type { Logger } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import { missing } from '../../http/authenticate.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import type { ApiKey, Keys } from '../keys/keys.ts';
import { createTenantEndpoints } from './endpoints.ts';
import type { TenantSecrets } from './tenant-secrets.ts';

export interface Tenant {
	readonly id: string;
	readonly name: string;
	readonly email: string;
	readonly defaultLanguage: string;
	readonly status: 'active' | 'suspended' | 'deleting';
	readonly createdAt: Date;
}

/** One thing that a deletion removed, or found removed. */
export interface RemovedResource {
	/** `n8n_workflow`, `n8n_credential`, `api_key`, `whatsapp_session`, `telegram_webhook`, `connection`, `cloudinary_folder`, `chat_history`, `supabase_catalog`, `google_calendar_consent`, `stripe_subscription`, `stripe_customer`, `payment_page`, `tenant` … */
	readonly type: string;
	readonly id: string;
	readonly name: string;
	/** `failed`: it is still there, and a person has to end it; the log says why. */
	readonly outcome: 'removed' | 'already_gone' | 'failed';
}

/** What tenants need of connections: what a connection has outside of our database goes first. */
export interface ConnectionRemover {
	/** Ids of the tenant's connections. */
	idsOfTenant(sql: Sql): Promise<readonly string[]>;
	remove(tenantId: string, connectionId: string): Promise<readonly RemovedResource[]>;
}

export interface Tenants {
	readonly endpoints: readonly Endpoint[];
	create(input: { name: string; email: string; defaultLanguage: string }): Promise<{ tenant: Tenant; apiKey: ApiKey & { secret: string } }>;
	/** @throws AppError `tenant_not_found` (404) */
	get(tenantId: string): Promise<Tenant>;
	list(page: { limit: number; startingAfter?: string | undefined }): Promise<readonly Tenant[]>;
	/**
	 * Removes the tenant: its connections with all they have at vendors and in n8n, then its rows and its data key.
	 * A repeat goes on where it failed; after the end it answers with the same report.
	 * @throws AppError `tenant_not_found` (404), and what removing a connection throws
	 */
	remove(tenantId: string): Promise<readonly RemovedResource[]>;
}

interface TenantRow {
	id: string;
	name: string;
	email: string;
	default_language: string;
	status: Tenant['status'];
	created_at: Date;
}
const COLUMNS = 'id, name, email, default_language, status, created_at';

export function createTenants(deps: {
	database: Database;
	secrets: TenantSecrets;
	keys: Pick<Keys, 'createTenantKey'>;
	connections: ConnectionRemover;
	/** Photos and videos, at their vendor. */
	media: { removeOfTenant(tenantId: string): Promise<readonly RemovedResource[]> };
	/** Messages, where they are kept outside of our database. */
	history: { removeOfTenant(tenantId: string): Promise<readonly RemovedResource[]> };
	/** Catalogs, which may be in another database. */
	catalogs: { eraseOfTenant(tenantId: string): Promise<readonly RemovedResource[]>; forget(sql: Sql, tenantId: string, companyIds: readonly string[]): Promise<void> };
	/** Companies' own workflows in n8n. Default: there are none. */
	workflows?: { removeOfTenant(tenantId: string): Promise<readonly RemovedResource[]> };
	/** Consents at Google. Default: there are none. */
	calendars?: { removeOfTenant(tenantId: string): Promise<readonly RemovedResource[]> };
	/** Pages where customers could still pay. Default: there are none. */
	payments?: { endOfTenant(tenantId: string): Promise<readonly RemovedResource[]> };
	/** Its own subscription at the platform. Default: there is none. */
	subscription?: { begin(sql: Sql, tenantId: string): Promise<void>; removeOfTenant(tenantId: string): Promise<readonly RemovedResource[]> };
	log: Logger;
}): Tenants {
	const { database, secrets, keys, connections, media, history, catalogs, workflows, calendars, payments, subscription, log } = deps;

	const tenants: Omit<Tenants, 'endpoints'> = {
		create({ name, email, defaultLanguage }) {
			const id = newId('ten');
			return database.withTenant(id, async (sql) => {
				const { rows } = await sql.query<TenantRow>(
					`INSERT INTO tenants (id, name, email, default_language, data_key) VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
					[id, name, email, defaultLanguage, secrets.create()],
				);
				await subscription?.begin(sql, id);
				const apiKey = await keys.createTenantKey(sql, id, { label: 'First key' });
				return { tenant: toTenant(rows[0], id), apiKey };
			});
		},
		async get(tenantId) {
			const { rows } = await database.withTenant(tenantId, (sql) => sql.query<TenantRow>(`SELECT ${COLUMNS} FROM tenants WHERE id = $1`, [tenantId]));
			return toTenant(rows[0], tenantId);
		},
		async list({ limit, startingAfter }) {
			const { rows } = await database.system.query<TenantRow>(`SELECT ${COLUMNS} FROM list_tenants($1, $2)`, [startingAfter ?? null, limit]);
			return rows.map((row) => toTenant(row, row.id));
		},
		async remove(tenantId) {
			const connectionIds = await database.withTenant(tenantId, async (sql) => {
				// From here on its keys are refused and no connection can be added.
				const { rowCount } = await sql.query("UPDATE tenants SET status = 'deleting' WHERE id = $1", [tenantId]);
				return rowCount ? connections.idsOfTenant(sql) : undefined;
			});
			if (!connectionIds) return reportOf(tenantId);
			for (const connectionId of connectionIds) await connections.remove(tenantId, connectionId);
			const pages = (await payments?.endOfTenant(tenantId)) ?? [];
			const own = (await workflows?.removeOfTenant(tenantId)) ?? [];
			const folders = await media.removeOfTenant(tenantId);
			const messages = await history.removeOfTenant(tenantId);
			const erased = await catalogs.eraseOfTenant(tenantId);
			const consents = (await calendars?.removeOfTenant(tenantId)) ?? [];
			const billed = (await subscription?.removeOfTenant(tenantId)) ?? [];
			const removed = await database.withTenant(tenantId, async (sql) => {
				const parts = await sql.query<{ removed: readonly RemovedResource[] }>("SELECT removed FROM deletion_reports WHERE object = 'connection' ORDER BY object_id");
				const report: readonly RemovedResource[] = [
					...parts.rows.flatMap((part) => part.removed),
					...pages,
					...own,
					...folders,
					...messages,
					...erased,
					...consents,
					...billed,
					// No name: what is kept of a deleted business is ids.
					{ type: 'tenant', id: tenantId, name: '', outcome: 'removed' },
				];
				await sql.query('DELETE FROM deletion_reports');
				await sql.query("INSERT INTO deletion_reports (object_id, tenant_id, object, removed) VALUES ($1, $1, 'tenant', $2)", [tenantId, JSON.stringify(report)]);
				// What was still on its way to a catalog goes as well.
				const { rows: companies } = await sql.query<{ id: string }>('SELECT id FROM companies');
				await catalogs.forget(sql, tenantId, companies.map(({ id }) => id));
				const { rowCount } = await sql.query("DELETE FROM tenants WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM connections)", [tenantId]);
				if (!rowCount) throw new AppError('tenant_in_use', 'A connection was added while the tenant was being deleted. Repeat the request.', { status: 409 });
				return report;
			});
			secrets.forget(tenantId);
			log.info({ tenant: tenantId, connections: connectionIds.length }, 'Tenant deleted');
			return removed;
		},
	};

	async function reportOf(tenantId: string): Promise<readonly RemovedResource[]> {
		const { rows } = await database.withTenant(tenantId, (sql) =>
			sql.query<{ removed: readonly RemovedResource[] }>('SELECT removed FROM deletion_reports WHERE object_id = $1', [tenantId]),
		);
		if (!rows[0]) throw missing('tenant', tenantId);
		return rows[0].removed;
	}

	return { ...tenants, endpoints: createTenantEndpoints(tenants) };
}

function toTenant(row: TenantRow | undefined, id: string): Tenant {
	if (!row) throw missing('tenant', id);
	return { id: row.id, name: row.name, email: row.email, defaultLanguage: row.default_language, status: row.status, createdAt: row.created_at };
}
