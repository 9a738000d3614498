import { z } from 'zod';
import type { Database, Sql } from '../../store/database.ts';
import type { RemovedResource } from '../tenants/tenants.ts';

export type StepState = 'pending' | 'running' | 'done' | 'undone';

/** What a step made, by name: ids in n8n, of keys. Never a secret: it is stored as it is. */
export type StepResult = Readonly<Record<string, string>>;

export interface JournalEntry {
	readonly step: string;
	readonly state: StepState;
	readonly attempts: number;
	readonly result: StepResult;
	readonly removed: readonly RemovedResource[];
}

const storedResult = z.object({
	made: z.record(z.string(), z.string()).default({}),
	removed: z
		.array(z.object({ type: z.string(), id: z.string(), name: z.string(), outcome: z.enum(['removed', 'already_gone']) }))
		.default([]),
});

/** The step journal of provisioning, and who works on a connection. Each entry is committed before the step goes on. */
export interface Journal {
	entries(tenantId: string, connectionId: string): Promise<readonly JournalEntry[]>;
	begin(tenantId: string, connectionId: string, step: string): Promise<void>;
	done(tenantId: string, connectionId: string, step: string, made: StepResult): Promise<void>;
	failed(tenantId: string, connectionId: string, step: string, message: string): Promise<void>;
	undone(tenantId: string, connectionId: string, step: string, removed: readonly RemovedResource[]): Promise<void>;
	/** Takes the connection for this process, or renews that. @returns false when another one has it, or it is gone */
	claim(tenantId: string, connectionId: string, holder: 'new' | 'renew'): Promise<boolean>;
	release(tenantId: string, connectionId: string): Promise<void>;
	unfinished(): Promise<readonly { id: string; tenantId: string }[]>;
	/** Connections whose step asked the vendor for other events than these. */
	outdatedHooks(step: string, events: string, limit: number): Promise<readonly { id: string; tenantId: string }[]>;
}

/** Writes down what is to be done, in the transaction that makes the connection: a crash right after it finds the plan. */
export async function planSteps(sql: Sql, tenantId: string, connectionId: string, steps: readonly string[]): Promise<void> {
	await sql.query(
		`INSERT INTO provisioning_steps (tenant_id, connection_id, step, position)
		 SELECT $1, $2, step, position FROM unnest($3::text[]) WITH ORDINALITY AS s (step, position)`,
		[tenantId, connectionId, steps],
	);
}

/** A process that died holds a connection no longer than this; one that lives renews it in time (saga.ts). */
export const CLAIM_SECONDS = 15;

export function createJournal(database: Database): Journal {
	async function update(tenantId: string, connectionId: string, step: string, set: string, values: readonly unknown[]): Promise<void> {
		await database.withTenant(tenantId, (sql) =>
			sql.query(`UPDATE provisioning_steps SET ${set}, updated_at = now() WHERE connection_id = $1 AND step = $2`, [connectionId, step, ...values]),
		);
	}
	return {
		entries: (tenantId, connectionId) =>
			database.withTenant(tenantId, async (sql) => {
				const { rows } = await sql.query<{ step: string; state: StepState; attempts: number; result: unknown }>(
					'SELECT step, state, attempts, result FROM provisioning_steps WHERE connection_id = $1 ORDER BY position',
					[connectionId],
				);
				return rows.map(({ step, state, attempts, result }) => {
					const { made, removed } = storedResult.parse(result);
					return { step, state, attempts, result: made, removed };
				});
			}),
		begin: (tenantId, connectionId, step) => update(tenantId, connectionId, step, "state = 'running', attempts = attempts + 1", []),
		done: (tenantId, connectionId, step, made) => update(tenantId, connectionId, step, "state = 'done', last_error = NULL, result = $3", [JSON.stringify({ made })]),
		failed: (tenantId, connectionId, step, message) => update(tenantId, connectionId, step, 'last_error = $3', [message.slice(0, 500)]),
		undone: (tenantId, connectionId, step, removed) =>
			update(tenantId, connectionId, step, "state = 'undone', last_error = NULL, result = result || $3::jsonb", [JSON.stringify({ removed })]),
		async claim(tenantId, connectionId, holder) {
			const { rowCount } = await database.withTenant(tenantId, (sql) =>
				sql.query(
					`UPDATE connections SET provisioning_until = now() + make_interval(secs => ${CLAIM_SECONDS})
					 WHERE id = $1 AND ($2 OR provisioning_until IS NULL OR provisioning_until < now())`,
					[connectionId, holder === 'renew'],
				),
			);
			return (rowCount ?? 0) > 0;
		},
		async release(tenantId, connectionId) {
			await database.withTenant(tenantId, (sql) => sql.query('UPDATE connections SET provisioning_until = NULL WHERE id = $1', [connectionId]));
		},
		async unfinished() {
			const { rows } = await database.system.query<{ id: string; tenant_id: string }>('SELECT id, tenant_id FROM list_unfinished_connections()');
			return rows.map((row) => ({ id: row.id, tenantId: row.tenant_id }));
		},
		async outdatedHooks(step, events, limit) {
			const { rows } = await database.system.query<{ id: string; tenant_id: string }>('SELECT id, tenant_id FROM list_outdated_hooks($1, $2, $3)', [step, events, limit]);
			return rows.map((row) => ({ id: row.id, tenantId: row.tenant_id }));
		},
	};
}
