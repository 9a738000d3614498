import { AppError } from '../../../../core/errors.ts';
import { missing } from '../../http/authenticate.ts';
import type { Database, Sql } from '../../store/database.ts';
import { sha256 } from '../../store/secrets.ts';
import type { RemovedResource } from '../tenants/tenants.ts';
import type { TurnSettingsJson } from '../turns/turn-settings.ts';
import type { TenantSecrets } from '../tenants/tenant-secrets.ts';
import { connectionSecrets, secretsContext } from './connection.ts';
import type { Connection, ConnectionSecrets } from './connection.ts';
import { CLAIM_SECONDS, planSteps } from './journal.ts';

interface ConnectionRow {
	id: string;
	tenant_id: string;
	company_id: string;
	channel: Connection['channel'];
	name: string;
	external_id: string;
	state: Connection['state'];
	last_error: string | null;
	error_count: number;
	turn_settings: TurnSettingsJson;
	created_at: Date;
	subscribed: boolean;
}
const COLUMNS = `id, tenant_id, company_id, channel, name, external_id, state, last_error, error_count, turn_settings, created_at,
	is_connection_subscribed(id, channel <> 'telegram') AS subscribed`;

const UNIQUE_VIOLATION = '23505';

export interface NewConnection {
	readonly id: string;
	readonly tenantId: string;
	readonly companyId: string;
	readonly channel: Connection['channel'];
	readonly name: string;
	readonly externalId: string;
	readonly turns: TurnSettingsJson;
	readonly requestKey: string | null;
	readonly secrets: ConnectionSecrets;
}

export interface ConnectionRepository {
	/**
	 * The connection with the plan of its steps, claimed by this process.
	 * @throws AppError `connection_exists` (409: this vendor account is connected already)
	 */
	insert(connection: NewConnection, steps: readonly string[]): Promise<void>;
	/** @throws AppError `connection_not_found` (404) */
	get(tenantId: string, connectionId: string): Promise<Connection>;
	findByRequestKey(tenantId: string, requestKey: string): Promise<Connection | null>;
	list(filter: { tenantId: string | null; companyId: string | null; limit: number; startingAfter: string | null }): Promise<readonly Connection[]>;
	idsOfTenant(sql: Sql): Promise<readonly string[]>;
	secretsOf(tenantId: string, connectionId: string): Promise<ConnectionSecrets>;
	/** What isn't named stays. @throws AppError `connection_not_found` (404) */
	update(tenantId: string, connectionId: string, changes: { name?: string | undefined; turns?: TurnSettingsJson | undefined }): Promise<Connection>;
	setState(tenantId: string, connectionId: string, state: Connection['state'], lastError: string | null): Promise<void>;
	/** Deletes the row and keeps the report. */
	finishDeletion(tenantId: string, connectionId: string, removed: readonly RemovedResource[]): Promise<void>;
	reportOf(tenantId: string, connectionId: string): Promise<readonly RemovedResource[] | null>;
}

/** What the tenant's plan has to say of connections (features/billing). */
export interface PlanGate {
	/** Before one is made, with the tenant's row locked. @throws AppError `subscription_required` (402), `plan_limit_reached` (403) */
	admit(sql: Sql, tenantId: string): Promise<void>;
	/** Before one is deleted. */
	release(sql: Sql, tenantId: string): Promise<void>;
}

export function createConnectionRepository(database: Database, tenantSecrets: TenantSecrets, plan?: PlanGate): ConnectionRepository {
	return {
		insert: (connection, steps) =>
			database.withTenant(connection.tenantId, async (sql) => {
				const sealed = await tenantSecrets.seal(sql, connection.tenantId, connection.secrets, secretsContext(connection.id));
				// The lock keeps a deletion of the tenant from passing by, and another connection from taking the plan's last place at the same time.
				const { rows } = await sql.query<{ status: string }>('SELECT status FROM tenants WHERE id = $1 FOR NO KEY UPDATE', [connection.tenantId]);
				if (rows[0]?.status !== 'active') throw new AppError('tenant_not_active', 'The tenant is suspended or being deleted; no channel can be connected.', { status: 409 });
				await plan?.admit(sql, connection.tenantId);
				await sql
					.query(
						`INSERT INTO connections (id, tenant_id, company_id, channel, name, external_id, turn_settings, request_key, hook_token_hash, secrets, provisioning_until)
						 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now() + make_interval(secs => ${CLAIM_SECONDS}))`,
						[
							connection.id, connection.tenantId, connection.companyId, connection.channel, connection.name, connection.externalId,
							JSON.stringify(connection.turns), connection.requestKey, sha256(connection.secrets.hookToken), sealed,
						],
					)
					.catch((error: unknown) => {
						throw error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION ? taken(connection) : error;
					});
				await planSteps(sql, connection.tenantId, connection.id, steps);
			}),
		get: (tenantId, connectionId) =>
			database.withTenant(tenantId, async (sql) => {
				const { rows } = await sql.query<ConnectionRow>(`SELECT ${COLUMNS} FROM connections WHERE id = $1`, [connectionId]);
				if (!rows[0]) throw missing('connection', connectionId);
				return toConnection(rows[0]);
			}),
		findByRequestKey: (tenantId, requestKey) =>
			database.withTenant(tenantId, async (sql) => {
				const { rows } = await sql.query<ConnectionRow>(`SELECT ${COLUMNS} FROM connections WHERE request_key = $1 AND state <> 'deleting'`, [requestKey]);
				return rows[0] ? toConnection(rows[0]) : null;
			}),
		async list({ tenantId, companyId, limit, startingAfter }) {
			const { rows } = await database.system.query<ConnectionRow>(`SELECT ${COLUMNS} FROM list_connections($1, $2, $3, $4)`, [tenantId, companyId, startingAfter, limit]);
			return rows.map(toConnection);
		},
		async idsOfTenant(sql) {
			const { rows } = await sql.query<{ id: string }>('SELECT id FROM connections ORDER BY id');
			return rows.map((row) => row.id);
		},
		secretsOf: (tenantId, connectionId) =>
			database.withTenant(tenantId, async (sql) => {
				const { rows } = await sql.query<{ secrets: Buffer }>('SELECT secrets FROM connections WHERE id = $1', [connectionId]);
				if (!rows[0]) throw missing('connection', connectionId);
				return connectionSecrets.parse(await tenantSecrets.unseal(sql, tenantId, rows[0].secrets, secretsContext(connectionId)));
			}),
		update: (tenantId, connectionId, { name, turns }) =>
			database.withTenant(tenantId, async (sql) => {
				const { rows } = await sql.query<ConnectionRow>(
					`UPDATE connections SET name = coalesce($2, name), turn_settings = coalesce($3, turn_settings) WHERE id = $1 RETURNING ${COLUMNS}`,
					[connectionId, name ?? null, turns === undefined ? null : JSON.stringify(turns)],
				);
				if (!rows[0]) throw missing('connection', connectionId);
				return toConnection(rows[0]);
			}),
		async setState(tenantId, connectionId, state, lastError) {
			await database.withTenant(tenantId, (sql) =>
				sql.query(
					`UPDATE connections SET state = $2, last_error = $3, error_count = error_count + CASE WHEN $3::text IS NULL THEN 0 ELSE 1 END WHERE id = $1`,
					[connectionId, state, lastError],
				),
			);
		},
		async finishDeletion(tenantId, connectionId, removed) {
			await database.withTenant(tenantId, async (sql) => {
				const report: readonly RemovedResource[] = [...removed, { type: 'connection', id: connectionId, name: '', outcome: 'removed' }];
				await sql.query(
					`INSERT INTO deletion_reports (object_id, tenant_id, object, removed) VALUES ($1, $2, 'connection', $3)
					 ON CONFLICT (object_id) DO NOTHING`,
					[connectionId, tenantId, JSON.stringify(report)],
				);
				await plan?.release(sql, tenantId);
				await sql.query('DELETE FROM connections WHERE id = $1', [connectionId]);
			});
		},
		reportOf: (tenantId, connectionId) =>
			database.withTenant(tenantId, async (sql) => {
				const { rows } = await sql.query<{ removed: readonly RemovedResource[] }>('SELECT removed FROM deletion_reports WHERE object_id = $1', [connectionId]);
				return rows[0]?.removed ?? null;
			}),
	};
}

function taken({ channel, externalId }: NewConnection): AppError {
	const account = channel === 'telegram' ? `The Telegram bot @${externalId}` : `The WhatsApp session "${externalId}"`;
	return new AppError('connection_exists', `${account} is connected already. An account can be connected once: delete that connection first.`, { status: 409 });
}

function toConnection(row: ConnectionRow): Connection {
	return {
		id: row.id,
		tenantId: row.tenant_id,
		companyId: row.company_id,
		channel: row.channel,
		name: row.name,
		externalId: row.external_id,
		state: row.state,
		lastError: row.last_error,
		errorCount: row.error_count,
		turns: row.turn_settings,
		createdAt: row.created_at,
		subscribed: row.subscribed,
	};
}
