import { PLANS, planFor } from './plans.ts';
import type { PlanKey } from './plans.ts';
import { limitsOf } from './subscription.ts';
import type { Subscription } from './subscription.ts';

export const SILENT_REASONS = ['restricted', 'suspended', 'answer_limit'] as const;
/** Why the bot of a tenant does not answer. */
export type SilentReason = (typeof SILENT_REASONS)[number];

/** Beyond the plan's answers the bot goes on for this share of them: nobody is cut off in the middle of a talk without a warning. */
export const GRACE_SHARE = 0.1;

/** @param answers of the bot in this calendar month */
export function silentReason(subscription: Subscription, answers: number): SilentReason | null {
	if (subscription.status === 'restricted' || subscription.status === 'suspended') return subscription.status;
	const limit = limitsOf(subscription).answers;
	return limit !== null && answers >= limit + Math.floor(limit * GRACE_SHARE) ? 'answer_limit' : null;
}

/** How much of the month's answers is used: the highest threshold, in percent; null: below all, or there is no limit. */
export function usageThreshold(subscription: Subscription, answers: number): 80 | 100 | null {
	const limit = limitsOf(subscription).answers;
	if (limit === null || limit === 0) return null;
	if (answers >= limit) return 100;
	return answers * 100 >= limit * 80 ? 80 : null;
}

export type Admission =
	| { readonly ok: true }
	/** A plan has to be chosen, or paid. */
	| { readonly ok: false; readonly reason: 'subscription_required'; readonly status: 'restricted' | 'suspended' }
	/** `more`: a plan with room for one more; null: only an agreed one has. */
	| { readonly ok: false; readonly reason: 'plan_limit_reached'; readonly limit: number; readonly more: PlanKey | null };

/** Whether a tenant with so many connections may connect one more. */
export function admitConnection(subscription: Subscription, connected: number): Admission {
	const { status } = subscription;
	if (status === 'restricted' || status === 'suspended') return { ok: false, reason: 'subscription_required', status };
	const limit = limitsOf(subscription).connections;
	if (limit === null || connected < limit) return { ok: true };
	return { ok: false, reason: 'plan_limit_reached', limit, more: planFor(connected + 1)?.key ?? null };
}

/** How many of the connections that stay are too many for a plan. */
export function surplusOf(plan: PlanKey, connections: readonly string[], removed: readonly string[]): number {
	const limit = PLANS[plan].connections;
	const left = connections.filter((id) => !removed.includes(id)).length;
	return limit === null ? 0 : Math.max(0, left - limit);
}

/** The connections that don't fit: the newest, which are given last. `connections` oldest first. A tenant without a plan keeps them as they are. */
export function connectionsOver(subscription: Subscription, connections: readonly string[]): readonly string[] {
	const limit = limitsOf(subscription).connections;
	return limit === null || subscription.plan === null && subscription.status !== 'trialing' ? [] : connections.slice(limit);
}
