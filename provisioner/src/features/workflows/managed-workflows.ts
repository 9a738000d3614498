import type { Database } from '../../store/database.ts';
import { NOT_SUBSCRIBED } from '../connections/connection.ts';

/** A workflow in n8n that we made, and that must be active and subscribed. */
export interface ManagedWorkflow {
	/** Clones and companies' own: `res_…`; shared ones: `shared_<name>`. */
	readonly id: string;
	readonly n8nId: string;
	readonly name: string;
	readonly template: string;
	readonly templateVersion: number | null;
	readonly connectionId: string | null;
	/** Of a company's own. */
	readonly companyId: string | null;
	readonly tenantId: string | null;
	readonly createdAt: Date;
	readonly subscribed: boolean;
	/** Of a clone's connection. */
	readonly connectionState: string | null;
	readonly lastError: string | null;
	readonly repairAttempts: number;
}

export interface Repair {
	readonly attempts: number;
	readonly nextAttemptAt: Date;
	/** Set while we have the workflow switched off. */
	readonly switchedOffAt: Date | null;
	readonly lastError: string | null;
}

export interface ManagedWorkflows {
	/** Shared ones first, then clones, newest first. */
	list(): Promise<readonly ManagedWorkflow[]>;
	repairOf(n8nId: string): Promise<Repair | null>;
	saveRepair(n8nId: string, repair: Repair): Promise<void>;
	clearRepair(n8nId: string): Promise<void>;
	/** On the connection of a clone: what its owner sees. */
	reportUnsubscribed(workflow: ManagedWorkflow, reason: string): Promise<void>;
	reportSubscribed(workflow: ManagedWorkflow): Promise<void>;
	subscriptionsOf(n8nIds: readonly string[]): Promise<readonly { id: string; url: string; keyId: string; signingSecret: Buffer }[]>;
	dropSubscription(subscriptionId: string): Promise<void>;
	dropExpiredSubscriptions(): Promise<void>;
	/** A company's own is not in n8n any more: it is made again. */
	reportMissing(companyId: string, now: Date): Promise<void>;
}

export function createManagedWorkflows(database: Database): ManagedWorkflows {
	return {
		async list() {
			const { rows } = await database.system.query<{
				id: string; n8n_id: string; name: string; template: string | null; template_version: number | null; connection_id: string | null; company_id: string | null; tenant_id: string | null;
				created_at: Date; connection_state: string | null; subscribed: boolean; last_error: string | null; attempts: number | null;
			}>(
				`SELECT w.*, r.last_error, r.attempts FROM (
					SELECT 0 AS kind, 'shared_' || name AS id, n8n_id, 'Concierge: ' || name AS name, name AS template, NULL::integer AS template_version,
						NULL::text AS connection_id, NULL::text AS company_id, NULL::text AS tenant_id, created_at, NULL::text AS connection_state, is_workflow_subscribed(n8n_id) AS subscribed
					FROM shared_n8n_resources WHERE type = 'workflow'
					UNION ALL
					SELECT 1, id, n8n_id, name, template, template_version, connection_id, company_id, tenant_id, created_at, connection_state, subscribed FROM list_cloned_workflows()
				 ) w LEFT JOIN workflow_repairs r USING (n8n_id) ORDER BY w.kind, w.id DESC`,
			);
			return rows.map((row) => ({
				id: row.id,
				n8nId: row.n8n_id,
				name: row.name,
				template: row.template ?? '',
				templateVersion: row.template_version,
				connectionId: row.connection_id,
				companyId: row.company_id,
				tenantId: row.tenant_id,
				createdAt: row.created_at,
				subscribed: row.subscribed,
				connectionState: row.connection_state,
				lastError: row.last_error,
				repairAttempts: row.attempts ?? 0,
			}));
		},
		async repairOf(n8nId) {
			const { rows } = await database.system.query<{ attempts: number; next_attempt_at: Date; switched_off_at: Date | null; last_error: string | null }>(
				'SELECT attempts, next_attempt_at, switched_off_at, last_error FROM workflow_repairs WHERE n8n_id = $1',
				[n8nId],
			);
			const [row] = rows;
			return row ? { attempts: row.attempts, nextAttemptAt: row.next_attempt_at, switchedOffAt: row.switched_off_at, lastError: row.last_error } : null;
		},
		async saveRepair(n8nId, { attempts, nextAttemptAt, switchedOffAt, lastError }) {
			await database.system.query(
				`INSERT INTO workflow_repairs (n8n_id, attempts, next_attempt_at, switched_off_at, last_error) VALUES ($1, $2, $3, $4, $5)
				 ON CONFLICT (n8n_id) DO UPDATE SET attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at,
					switched_off_at = excluded.switched_off_at, last_error = excluded.last_error`,
				[n8nId, attempts, nextAttemptAt, switchedOffAt, lastError],
			);
		},
		async clearRepair(n8nId) {
			await database.system.query('DELETE FROM workflow_repairs WHERE n8n_id = $1', [n8nId]);
		},
		async reportUnsubscribed({ tenantId, connectionId }, reason) {
			if (tenantId === null || connectionId === null) return;
			await database.withTenant(tenantId, (sql) =>
				sql.query(
					`UPDATE connections SET last_error = $2, state = CASE WHEN state = 'connected' THEN 'error' ELSE state END,
						error_count = error_count + CASE WHEN last_error IS NULL THEN 1 ELSE 0 END
					 WHERE id = $1 AND state IN ('connecting', 'connected', 'error') AND (last_error IS NULL OR starts_with(last_error, $3))`,
					[connectionId, `${NOT_SUBSCRIBED}: ${reason}`, NOT_SUBSCRIBED],
				),
			);
		},
		async reportSubscribed({ tenantId, connectionId }) {
			if (tenantId === null || connectionId === null) return;
			await database.withTenant(tenantId, (sql) =>
				sql.query(
					// Errors of others, of sending for one, are not ours to clear.
					`UPDATE connections SET state = 'connected', last_error = CASE WHEN starts_with(last_error, $2) THEN NULL ELSE last_error END
					 WHERE id = $1 AND (state = 'connecting' OR (state = 'error' AND starts_with(last_error, $2)))`,
					[connectionId, NOT_SUBSCRIBED],
				),
			);
		},
		async subscriptionsOf(n8nIds) {
			const { rows } = await database.system.query<{ id: string; url: string; api_key_id: string; signing_secret: Buffer }>(
				'SELECT id, url, api_key_id, signing_secret FROM list_workflow_subscriptions($1)',
				[n8nIds],
			);
			return rows.map((row) => ({ id: row.id, url: row.url, keyId: row.api_key_id, signingSecret: row.signing_secret }));
		},
		async dropSubscription(subscriptionId) {
			await database.system.query('SELECT drop_dead_subscription($1)', [subscriptionId]);
		},
		async dropExpiredSubscriptions() {
			await database.system.query('SELECT delete_expired_subscriptions()');
		},
		async reportMissing(companyId, now) {
			await database.system.query('SELECT payment_workflow_missing($1, $2)', [companyId, now]);
		},
	};
}
