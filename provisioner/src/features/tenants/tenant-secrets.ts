import { AppError } from '../../../../core/errors.ts';
import type { Database, Sql } from '../../store/database.ts';
import { newDataKey, seal, unseal } from '../../store/secrets.ts';

/** What wraps a tenant's data key under the master key. */
const DATA_KEY_CONTEXT = 'tenant-data-key';
/** Unwrapped keys held in memory; beyond it the oldest is unwrapped anew when needed. */
const CACHED_KEYS = 10_000;

/**
 * Secrets of a tenant, sealed under its own data key, which is wrapped by the master key and stored with the tenant. `context` names
 * where a value belongs (`connection:<id>`): a sealed value moved elsewhere does not open.
 */
export interface TenantSecrets {
	/** A new tenant's data key, wrapped: for `tenants.data_key`. */
	create(): Buffer;
	/** @throws AppError `tenant_not_found` when the session of `sql` doesn't see the tenant. */
	seal(sql: Sql, tenantId: string, value: unknown, context: string): Promise<Buffer>;
	/** @throws AppError `secret_unreadable`, `tenant_not_found` */
	unseal(sql: Sql, tenantId: string, sealed: Buffer, context: string): Promise<unknown>;
	/** The same with the tenant's wrapped data key (`tenants.data_key`), where it was read along. @throws AppError `secret_unreadable` */
	open(tenantId: string, wrappedDataKey: Buffer, sealed: Buffer, context: string): unknown;
	/** Drops the unwrapped key of a deleted tenant from memory. */
	forget(tenantId: string): void;
}

/** Keys are read through the caller's own session, so that a tenant made in the same transaction has one; `_database` is not needed yet. */
export function createTenantSecrets(_database: Database, masterKey: Buffer): TenantSecrets {
	const unwrapped = new Map<string, Buffer>();

	async function dataKeyOf(sql: Sql, tenantId: string): Promise<Buffer> {
		const known = unwrapped.get(tenantId);
		if (known) return known;
		const { rows } = await sql.query<{ data_key: Buffer }>('SELECT data_key FROM tenants WHERE id = $1', [tenantId]);
		const wrapped = rows[0]?.data_key;
		if (!wrapped) throw new AppError('tenant_not_found', `There is no tenant ${tenantId} in this session.`, { status: 404 });
		return unwrap(tenantId, wrapped);
	}

	function unwrap(tenantId: string, wrapped: Buffer): Buffer {
		const known = unwrapped.get(tenantId);
		if (known) return known;
		const dataKey = unseal(masterKey, wrapped, DATA_KEY_CONTEXT);
		const [oldest] = unwrapped.keys();
		if (unwrapped.size >= CACHED_KEYS && oldest !== undefined) unwrapped.delete(oldest);
		unwrapped.set(tenantId, dataKey);
		return dataKey;
	}

	return {
		create: () => seal(masterKey, newDataKey(), DATA_KEY_CONTEXT),
		async seal(sql, tenantId, value, context) {
			return seal(await dataKeyOf(sql, tenantId), JSON.stringify(value), context);
		},
		async unseal(sql, tenantId, sealed, context) {
			return JSON.parse(unseal(await dataKeyOf(sql, tenantId), sealed, context).toString('utf8')) as unknown;
		},
		open: (tenantId, wrappedDataKey, sealed, context) => JSON.parse(unseal(unwrap(tenantId, wrappedDataKey), sealed, context).toString('utf8')) as unknown,
		forget: (tenantId) => void unwrapped.delete(tenantId),
	};
}
