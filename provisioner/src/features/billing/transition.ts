import { connectionsOver, silentReason, usageThreshold } from '../../../../core/tenancy/entitlements.ts';
import type { SilentReason } from '../../../../core/tenancy/entitlements.ts';
import { nextDueAt, noticesOfChange, reminderDue } from '../../../../core/tenancy/notices.ts';
import type { Notice } from '../../../../core/tenancy/notices.ts';
import { isUpgrade } from '../../../../core/tenancy/plans.ts';
import { applyClock, limitsOf } from '../../../../core/tenancy/subscription.ts';
import type { Subscription } from '../../../../core/tenancy/subscription.ts';
import type { Sql } from '../../store/database.ts';
import { billingRepository } from './repository.ts';
import type { StoredSubscription } from './repository.ts';

/** Something of a subscription is due now. */
export const BILLING_CHANNEL = 'concierge_billing';
/** After a removal that failed. */
export const REMOVE_AGAIN_MS = 5 * 60_000;

/**
 * The one way in which a subscription changes: what is made of it, the clock, what follows for the bot and the connections, and what the tenant is
 * told are stored together, in the caller's transaction. Nothing that hasn't changed is told or stored twice.
 * @returns undefined for a tenant without a subscription
 */
export async function transition(sql: Sql, tenantId: string, now: Date, change: (stored: StoredSubscription) => StoredSubscription = (stored) => stored): Promise<StoredSubscription | undefined> {
	const before = await billingRepository.lock(sql, tenantId);
	if (!before) return undefined;
	const changed = change(before);
	const subscription = applyClock(changed.subscription, now);
	const removing = [...changed.removing, ...(beginsSmaller(before.subscription, subscription) ? changed.removals : [])];
	// An answer is for the plan that was to follow: with another one it is forgotten.
	const removals = subscription.pending !== null || changed.checkoutSessionId !== null ? changed.removals : [];
	const stored: StoredSubscription = { ...changed, subscription, removing, removals: removing.length > changed.removing.length ? [] : removals };

	const notices: Notice[] = [...noticesOfChange(before.subscription, subscription, now)];
	notices.push(...(await suspendSurplus(sql, subscription, removing, now)));
	const answers = await billingRepository.answers(sql, now);
	const reason = silentReason(subscription, answers);
	await sql.query('UPDATE tenants SET silent_reason = $2 WHERE id = $1 AND silent_reason IS DISTINCT FROM $2', [tenantId, reason]);
	notices.push(...usageNotices(subscription, answers, reason, now));
	const reminder = reminderDue(subscription, now);
	if (reminder) notices.push(reminder);
	for (const notice of notices) await billingRepository.tell(sql, tenantId, notice, now);

	const next = dueAt(stored, reason, now);
	await billingRepository.save(sql, tenantId, stored, next);
	// Another process may be the one that does what is due.
	if (next !== null && next <= now) await sql.query('SELECT pg_notify($1, $2)', [BILLING_CHANNEL, '0']);
	return stored;
}

/** A plan that has less begins, or the first one after none: the tenant has said for it which connections go. */
function beginsSmaller(before: Subscription, after: Subscription): boolean {
	if (after.plan === null || after.plan === before.plan) return false;
	return before.plan === null || !isUpgrade(before.plan, after.plan);
}

/** Connections that the plan has no room for are silent, the newest first; those that have room again are not. */
async function suspendSurplus(sql: Sql, subscription: Subscription, removing: readonly string[], now: Date): Promise<readonly Notice[]> {
	if (subscription.plan === null && subscription.status !== 'trialing') return [];
	const staying = (await billingRepository.connections(sql)).map(({ id }) => id).filter((id) => !removing.includes(id));
	const over = connectionsOver(subscription, staying);
	const { rows } = await sql.query<{ id: string; suspended: boolean }>(
		`UPDATE connections SET suspended_at = CASE WHEN id = ANY ($1) THEN $2::timestamptz END WHERE state <> 'deleting' AND (suspended_at IS NOT NULL) <> (id = ANY ($1))
		 RETURNING id, suspended_at IS NOT NULL AS suspended`,
		[[...over, ...removing], now],
	);
	const told = (suspended: boolean) => rows.filter((row) => row.suspended === suspended && !removing.includes(row.id)).map(({ id }) => id);
	const notice = (kind: 'connections_suspended' | 'connections_resumed', ids: readonly string[]): Notice[] =>
		ids.length === 0 ? [] : [{ kind, key: `${kind}:${now.toISOString()}`, details: { connections: ids.join(' '), limit: limitsOf(subscription).connections } }];
	return [...notice('connections_suspended', told(true)), ...notice('connections_resumed', told(false))];
}

function usageNotices(subscription: Subscription, answers: number, reason: SilentReason | null, now: Date): readonly Notice[] {
	const threshold = usageThreshold(subscription, answers);
	if (threshold === null) return [];
	const month = now.toISOString().slice(0, 7);
	const notice = (percent: number): Notice => ({
		kind: 'usage', key: `usage:${month}:${subscription.plan ?? 'trial'}:${percent}`, details: { month, percent, answers, limit: limitsOf(subscription).answers },
	});
	return reason === 'answer_limit' ? [notice(threshold), notice(110)] : [notice(threshold)];
}

function dueAt({ subscription, removing }: StoredSubscription, reason: SilentReason | null, now: Date): Date | null {
	const times = [nextDueAt(subscription, now)];
	if (removing.length > 0) times.push(now);
	// The month's answers are over until the next one begins.
	if (reason === 'answer_limit') times.push(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)));
	return times.reduce((first, at) => (at !== null && (first === null || at < first) ? at : first), null);
}
