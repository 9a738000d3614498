import type { ModelFailureCode } from '../../../../core/agent/model-call.ts';
import type { Sql } from '../../store/database.ts';

/** A model with so many failures within a minute is not asked for a while; then one turn tries it. */
const FAILURES = 3;
const WITHIN = '1 minute';
const OPEN_FOR = '30 seconds';

/** What came of asking a model for a turn. */
export interface ModelOutcome {
	readonly tenantId: string;
	readonly model: string;
	readonly failed: boolean;
}

/** A model before the one that answered, and why it was given up. */
export interface GivenUp {
	readonly model: string;
	readonly code: ModelFailureCode;
}

/** Which of these models the turn is not to ask, in the tenant's session. A model whose time is over is the caller's to try. */
export async function unavailableModels(sql: Sql, models: readonly string[]): Promise<readonly string[]> {
	if (models.length === 0) return [];
	const { rows } = await sql.query<{ model: string }>('SELECT * FROM unavailable_models($1, $2) AS model', [[...models], OPEN_FOR]);
	return rows.map(({ model }) => model);
}

/** Of turns of any tenants, in one round trip. A model that answers is whole again. */
export async function noteOutcomes(sql: Sql, outcomes: readonly ModelOutcome[]): Promise<void> {
	if (outcomes.length === 0) return;
	const rows = outcomes.map(({ tenantId, model, failed }) => ({ tenant_id: tenantId, model, failed }));
	await sql.query('SELECT note_model_outcomes($1, $2, $3, $4)', [JSON.stringify(rows), FAILURES, WITHIN, OPEN_FOR]);
}

/** An answer cut off or refused is about this customer's words; the others say that the model is down, or of no use. */
const SAYS_DOWN: ReadonlySet<ModelFailureCode> = new Set(['call_failed', 'timed_out', 'empty', 'no_decision']);

/** `answered`: the name of the model whose proposal was taken; '' when none was. */
export function outcomesOf(tenantId: string, failures: readonly GivenUp[], answered: string): ModelOutcome[] {
	return [
		...failures.filter(({ code }) => SAYS_DOWN.has(code)).map(({ model }) => ({ tenantId, model, failed: true })),
		...(answered === '' ? [] : [{ tenantId, model: answered, failed: false }]),
	];
}
