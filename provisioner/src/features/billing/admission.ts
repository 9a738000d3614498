import { AppError } from '../../../../core/errors.ts';
import { admitConnection } from '../../../../core/tenancy/entitlements.ts';
import { nextDueAt } from '../../../../core/tenancy/notices.ts';
import { choosePlan, applyClock, startTrial } from '../../../../core/tenancy/subscription.ts';
import { PLANS } from '../../../../core/tenancy/plans.ts';
import type { Sql } from '../../store/database.ts';
import { billingRepository } from './repository.ts';
import { BILLING_CHANNEL } from './transition.ts';

/** What tenants and connections need of billing: where a subscription begins, and whether one more channel may be connected. */
export interface Admission {
	/** A tenant signs up: its trial begins. While billing is off it has no limits, and keeps that when billing is switched on. */
	begin(sql: Sql, tenantId: string): Promise<void>;
	/**
	 * In the transaction that makes the connection, with the tenant's row locked.
	 * @throws AppError `subscription_required` (402), `plan_limit_reached` (403, with the plan that has more)
	 */
	admit(sql: Sql, tenantId: string): Promise<void>;
	/** In the transaction that deletes a connection, before its row: another one may have room now. */
	release(sql: Sql, tenantId: string): Promise<void>;
}

export function createAdmission(deps: { enabled: boolean; now: () => Date }): Admission {
	const { enabled, now } = deps;
	return {
		async begin(sql, tenantId) {
			const subscription = enabled ? startTrial(now()) : choosePlan('enterprise');
			await billingRepository.insert(sql, tenantId, subscription, nextDueAt(subscription, now()));
		},
		async admit(sql, tenantId) {
			if (!enabled) return;
			const stored = await billingRepository.find(sql, tenantId);
			if (!stored) return;
			const connected = (await billingRepository.connections(sql)).filter(({ id }) => !stored.removing.includes(id)).length;
			const admission = admitConnection(applyClock(stored.subscription, now()), connected);
			if (admission.ok) return;
			if (admission.reason === 'subscription_required') {
				const why = admission.status === 'restricted' ? 'no plan: choose one, the free one included' : 'a plan that is not paid: pay it in the customer portal';
				throw new AppError('subscription_required', `No channel can be connected: the tenant has ${why}.`, { status: 402, details: { status: admission.status } });
			}
			const more = admission.more === null ? 'Ask the operator for a larger plan.' : `The plan "${PLANS[admission.more].name}" has more: POST /v1/tenants/{id}/subscription/change.`;
			throw new AppError('plan_limit_reached', `The plan has room for ${admission.limit} ${admission.limit === 1 ? 'connection' : 'connections'}, and ${connected === 1 ? 'it is' : 'they are'} taken. ${more}`, {
				status: 403,
				details: { limit: admission.limit, plan: admission.more },
			});
		},
		async release(sql, tenantId) {
			if (!enabled) return;
			const { rowCount } = await sql.query('UPDATE billing_subscriptions SET next_due_at = $2 WHERE tenant_id = $1', [tenantId, now()]);
			if (rowCount) await sql.query('SELECT pg_notify($1, $2)', [BILLING_CHANNEL, '0']);
		},
	};
}
