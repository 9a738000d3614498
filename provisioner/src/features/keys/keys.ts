import { AppError } from '../../../../core/errors.ts';
import { missing } from '../../http/authenticate.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import { newId, newToken } from '../../store/ids.ts';
import { sha256 } from '../../store/secrets.ts';
import { createKeyEndpoints } from './endpoints.ts';
import { storedForm } from './signing-secret.ts';

export interface ApiKey {
	readonly id: string;
	readonly tenantId: string;
	readonly label: string;
	/** Set on the key that a connection's workflows use. */
	readonly connectionId: string | null;
	/** Set on the key that a company's own workflow uses. */
	readonly companyId: string | null;
	readonly createdAt: Date;
	readonly revokedAt: Date | null;
}

export interface Keys {
	readonly endpoints: readonly Endpoint[];
	/** Makes the platform's own keys known, at start. Idempotent. */
	ensurePlatformKeys(keys: { platformKey: string; workerKey: string }): Promise<void>;
	/** `sql` is a session of the tenant. The secret is returned here and never again. */
	createTenantKey(sql: Sql, tenantId: string, options: { label: string; connectionId?: string; companyId?: string }): Promise<ApiKey & { secret: string }>;
	list(sql: Sql, page: { limit: number; startingAfter?: string | undefined }): Promise<readonly ApiKey[]>;
	/** @throws AppError `api_key_not_found` (404), `api_key_in_use` (409: it belongs to a connection or a company's workflow) */
	revoke(sql: Sql, keyId: string): Promise<void>;
	/** Revokes the keys that were made for a connection; their ids. */
	revokeOfConnection(sql: Sql, connectionId: string): Promise<readonly string[]>;
	/** Revokes the keys that were made for a company's own workflow; their ids. */
	revokeOfCompany(sql: Sql, companyId: string): Promise<readonly string[]>;
}

interface ApiKeyRow {
	id: string;
	tenant_id: string;
	label: string;
	connection_id: string | null;
	company_id: string | null;
	created_at: Date;
	revoked_at: Date | null;
}
const COLUMNS = 'id, tenant_id, label, connection_id, company_id, created_at, revoked_at';

export function createKeys(deps: { database: Database; masterKey: Buffer }): Keys {
	const { database, masterKey } = deps;

	async function ensure(scope: 'platform' | 'worker', apiKey: string): Promise<void> {
		// The same id for the same key, however often it is made known: the sealed signing secret is bound to it.
		const keyId = `key_${scope}_${sha256(apiKey).slice(0, 24)}`;
		const { hash, signingSecret } = storedForm(masterKey, keyId, apiKey);
		await database.system.query('SELECT ensure_platform_key($1, $2, $3, $4, $5)', [keyId, scope, `Configured ${scope} key`, hash, signingSecret]);
	}

	const keys: Omit<Keys, 'endpoints'> = {
		async ensurePlatformKeys({ platformKey, workerKey }) {
			await ensure('platform', platformKey);
			await ensure('worker', workerKey);
		},
		async createTenantKey(sql, tenantId, { label, connectionId, companyId }) {
			const id = newId('key');
			const secret = `ck_tenant_${newToken()}`;
			const { hash, signingSecret } = storedForm(masterKey, id, secret);
			const { rows } = await sql.query<ApiKeyRow>(
				`INSERT INTO api_keys (id, tenant_id, scope, label, key_hash, signing_secret, connection_id, company_id)
				 VALUES ($1, $2, 'tenant', $3, $4, $5, $6, $7) RETURNING ${COLUMNS}`,
				[id, tenantId, label, hash, signingSecret, connectionId ?? null, companyId ?? null],
			);
			return { ...toKey(one(rows)), secret };
		},
		async list(sql, { limit, startingAfter }) {
			const { rows } = await sql.query<ApiKeyRow>(
				`SELECT ${COLUMNS} FROM api_keys WHERE ($1::text IS NULL OR id < $1) ORDER BY id DESC LIMIT $2`,
				[startingAfter ?? null, limit],
			);
			return rows.map(toKey);
		},
		async revoke(sql, keyId) {
			const { rows } = await sql.query<ApiKeyRow>(`SELECT ${COLUMNS} FROM api_keys WHERE id = $1`, [keyId]);
			const key = rows[0];
			if (!key) throw missing('api_key', keyId);
			if (key.connection_id !== null) {
				throw new AppError('api_key_in_use', `This key belongs to connection ${key.connection_id}, whose workflow would stop. Delete the connection instead.`, { status: 409 });
			}
			if (key.company_id !== null) {
				throw new AppError('api_key_in_use', `This key belongs to the workflow of company ${key.company_id} in n8n, which would stop. It goes with the company.`, { status: 409 });
			}
			await sql.query('UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1', [keyId]);
		},
		async revokeOfConnection(sql, connectionId) {
			const { rows } = await sql.query<{ id: string }>('DELETE FROM api_keys WHERE connection_id = $1 RETURNING id', [connectionId]);
			return rows.map((row) => row.id);
		},
		async revokeOfCompany(sql, companyId) {
			const { rows } = await sql.query<{ id: string }>('DELETE FROM api_keys WHERE company_id = $1 RETURNING id', [companyId]);
			return rows.map((row) => row.id);
		},
	};
	return { ...keys, endpoints: createKeyEndpoints({ database, keys }) };
}

function toKey(row: ApiKeyRow): ApiKey {
	return {
		id: row.id,
		tenantId: row.tenant_id,
		label: row.label,
		connectionId: row.connection_id,
		companyId: row.company_id,
		createdAt: row.created_at,
		revokedAt: row.revoked_at,
	};
}

function one<T>(rows: readonly T[]): T {
	const [row] = rows;
	if (row === undefined) throw new AppError('internal_error', 'A statement that returns a row returned none.');
	return row;
}
