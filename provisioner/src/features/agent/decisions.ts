import type { Decision, NextStep, Proposal, Violation } from '../../../../core/agent/decision.ts';
import type { AgentSession } from '../../../../core/agent/session.ts';
import type { Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';

export interface StoredDecision {
	readonly decision: Decision;
	readonly next: NextStep;
}

/** A decision that is not stored yet, with what it rests on. */
export interface FreshDecision extends StoredDecision {
	readonly session: AgentSession;
	readonly proposal: Proposal | null;
	readonly at: Date;
	readonly tenantId: string;
	readonly revision: string;
}

/** What a decision of before there were times in conversations lacks. */
const WITHOUT_TIMES = { address: '', slots: [], booking_change: null } as const;

/** A decision as it was stored, whatever version stored it. */
export function storedDecision(stored: Decision): Decision {
	return { ...WITHOUT_TIMES, ...stored };
}

/** Every function but `store` runs in the tenant's session `sql`. */
export const decisionRepository = {
	/**
	 * Decisions of any tenants, each in the session of its own, in one transaction; their turns become decided. Resolves with the turns whose
	 * decision was stored: those that are still open, not decided, and whose conversation is as it was read.
	 */
	async store(sql: Sql, decisions: readonly FreshDecision[], executionId: string | null, leaseMs: number): Promise<ReadonlySet<string>> {
		const rows = decisions.map(({ decision, session, next, proposal, at, tenantId, revision }) => ({
			id: decision.decisionId, tenant_id: tenantId, turn_id: decision.turnId, conversation_id: decision.conversationId, revision, proposal, decision,
			session, next, created_at: at,
		}));
		const stored = await sql.query<{ turn: string }>('SELECT store_decisions($1, $2, $3) AS turn', [JSON.stringify(rows), executionId, leaseMs], 'store_decisions');
		return new Set(stored.rows.map(({ turn }) => turn));
	},
	async ofTurn(sql: Sql, turnId: string): Promise<StoredDecision | undefined> {
		const { rows } = await sql.query<{ decision: Decision; next: NextStep }>('SELECT decision, next FROM decisions WHERE turn_id = $1', [turnId]);
		return rows[0] && { ...rows[0], decision: storedDecision(rows[0].decision) };
	},
	/** One decision a turn: returns false when another request was faster. */
	async insert(
		sql: Sql,
		tenantId: string,
		accepted: { decision: Decision; session: AgentSession; next: NextStep; proposal: Proposal | null; at: Date },
	): Promise<boolean> {
		const { decision } = accepted;
		const { rowCount } = await sql.query(
			`INSERT INTO decisions (id, tenant_id, turn_id, conversation_id, proposal, decision, session, next, created_at)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (turn_id) DO NOTHING`,
			[
				decision.decisionId, tenantId, decision.turnId, decision.conversationId,
				accepted.proposal === null ? null : JSON.stringify(accepted.proposal),
				JSON.stringify(decision), JSON.stringify(accepted.session), accepted.next, accepted.at,
			],
		);
		return rowCount === 1;
	},
	async insertRejected(sql: Sql, tenantId: string, turnId: string, proposal: unknown, violations: readonly Violation[], model: string): Promise<void> {
		await sql.query(
			'INSERT INTO rejected_proposals (id, tenant_id, turn_id, proposal, violations, model) VALUES ($1, $2, $3, $4, $5, $6)',
			[newId('rej'), tenantId, turnId, JSON.stringify(proposal ?? null), JSON.stringify(violations), model],
		);
	},
};
