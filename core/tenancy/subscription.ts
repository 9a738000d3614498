import { NO_LIMITS_LEFT, PLANS, TRIAL_DAYS, TRIAL_LIMITS } from './plans.ts';
import type { Limits, PlanKey } from './plans.ts';

/**
 * What a tenant has subscribed to at the platform itself:
 *
 *   trialing ──trial over──▶ restricted ◀──ended──┐
 *      │                         │                │
 *      └────────plan chosen──────┴──────▶ active ─┴─payment failed─▶ past_due ──7 days──▶ suspended
 *                                           ▲                           │                    │
 *                                           └───────────paid────────────┴────────────────────┘
 *
 * restricted: no plan; suspended: a plan that isn't paid. In both the bot is silent and all is kept.
 * What Stripe says of a subscription is taken as it is now, never as a change: events may come late, twice and in any order.
 */
export const SUBSCRIPTION_STATUSES = ['trialing', 'active', 'past_due', 'suspended', 'restricted'] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

export interface Period {
	readonly start: Date;
	readonly end: Date;
}

export interface Subscription {
	readonly status: SubscriptionStatus;
	/** null while trialing or restricted. */
	readonly plan: PlanKey | null;
	readonly trialEndsAt: Date | null;
	/** Paid at Stripe; null without a subscription there. */
	readonly period: Period | null;
	/** Since when a payment is missing. */
	readonly pastDueSince: Date | null;
	/** What follows at the period's end; a plan of null: nothing, the subscription ends. */
	readonly pending: { readonly plan: PlanKey | null; readonly at: Date } | null;
	/** Of the subscription at Stripe that counts: sub_… */
	readonly remoteId: string | null;
	/** Agreed with the operator, instead of the plan's own. */
	readonly agreed: Partial<Limits>;
}

/** A subscription as Stripe has it now. */
export interface RemoteSubscription {
	readonly id: string;
	readonly status: 'active' | 'past_due' | 'unpaid' | 'paused' | 'incomplete' | 'ended';
	/** By its price; null: a price that is no plan of ours. */
	readonly plan: PlanKey | null;
	readonly period: Period;
	readonly cancelAtPeriodEnd: boolean;
	/** What the tenant chose to follow its end; null: nothing. */
	readonly follows: 'free' | null;
	/** When the payment that is missing became due; null when none is. */
	readonly unpaidSince: Date | null;
	readonly createdAt: Date;
}

export const DAY_MS = 86_400_000;
/** Days past due before the bot falls silent. */
export const SUSPEND_AFTER_DAYS = 7;

export function startTrial(now: Date): Subscription {
	return { ...withoutPlan('trialing'), trialEndsAt: new Date(now.getTime() + TRIAL_DAYS * DAY_MS) };
}

/** A plan without Stripe: the free one, or one that the operator assigns. Whatever was planned is over. */
export function choosePlan(plan: PlanKey, agreed: Partial<Limits> = {}): Subscription {
	return { ...withoutPlan('active'), plan, agreed };
}

function withoutPlan(status: SubscriptionStatus): Subscription {
	return { status, plan: null, trialEndsAt: null, period: null, pastDueSince: null, pending: null, remoteId: null, agreed: {} };
}

/** What time alone changes. Applying it late, or twice, gives the same. */
export function applyClock(subscription: Subscription, now: Date): Subscription {
	const { status, trialEndsAt, pastDueSince } = subscription;
	if (status === 'trialing' && trialEndsAt !== null && trialEndsAt <= now) return { ...subscription, status: 'restricted' };
	if (status === 'past_due' && pastDueSince !== null && suspensionAt(pastDueSince) <= now) return { ...subscription, status: 'suspended' };
	return subscription;
}

export function suspensionAt(pastDueSince: Date): Date {
	return new Date(pastDueSince.getTime() + SUSPEND_AFTER_DAYS * DAY_MS);
}

const LIVE_RANK = { active: 4, past_due: 3, unpaid: 2, paused: 1, incomplete: 0, ended: 0 } as const satisfies Record<RemoteSubscription['status'], number>;

export function isLive(remote: Pick<RemoteSubscription, 'status'>): boolean {
	return LIVE_RANK[remote.status] > 0;
}

/** Of all that a customer has or had at Stripe, the one that counts: one that lives, the best paid, then the newest. null: none ever began. */
export function chooseRemote(all: readonly RemoteSubscription[]): RemoteSubscription | null {
	const begun = all.filter(({ status }) => status !== 'incomplete');
	const [first] = begun.toSorted((a, b) => LIVE_RANK[b.status] - LIVE_RANK[a.status] || b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1));
	return first ?? null;
}

/** The subscription with what Stripe says of it now. */
export function applyRemote(subscription: Subscription, remote: RemoteSubscription | null, now: Date): Subscription {
	if (remote === null) return subscription;
	if (!isLive(remote)) return subscription.remoteId === remote.id ? ended(remote) : subscription;
	const known = subscription.remoteId === remote.id;
	const { plan, pending } = planOf(subscription, remote, known);
	// Without a plan of ours there is nothing to give: it stays as it was, and the operator is told.
	if (plan === null) return subscription;
	const current: Subscription = {
		...subscription, plan, pending, period: remote.period, remoteId: remote.id, trialEndsAt: null, pastDueSince: null, status: 'active',
		agreed: known ? subscription.agreed : {},
	};
	if (remote.status === 'active') return current;
	if (remote.status === 'paused') return { ...current, status: 'suspended' };
	const since = earlier(known ? subscription.pastDueSince : null, remote.unpaidSince ?? remote.period.start);
	return applyClock({ ...current, status: 'past_due', pastDueSince: since }, now);
}

/** A plan that was paid for stays until the end of its period: a lower price at Stripe within it is what follows. */
function planOf(subscription: Subscription, remote: RemoteSubscription, known: boolean): Pick<Subscription, 'plan' | 'pending'> {
	const now = remote.plan ?? (known ? subscription.plan : null);
	const before = known && subscription.period?.end.getTime() === remote.period.end.getTime() ? subscription.plan : null;
	const lower = now !== null && before !== null && PLANS[now].rank < PLANS[before].rank;
	const plan = lower ? before : now;
	if (remote.cancelAtPeriodEnd) return { plan, pending: { plan: remote.follows, at: remote.period.end } };
	return { plan, pending: lower ? { plan: now, at: remote.period.end } : null };
}

function ended(remote: RemoteSubscription): Subscription {
	return remote.follows === 'free' ? choosePlan('free') : withoutPlan('restricted');
}

function earlier(known: Date | null, other: Date): Date {
	return known !== null && known < other ? known : other;
}

/** What the tenant may use now. */
export function limitsOf(subscription: Subscription): Limits {
	if (subscription.status === 'trialing') return TRIAL_LIMITS;
	if (subscription.plan === null) return NO_LIMITS_LEFT;
	const { connections, answers } = PLANS[subscription.plan];
	return { connections, answers, ...subscription.agreed };
}
