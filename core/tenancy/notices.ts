import { DAY_MS, suspensionAt } from './subscription.ts';
import type { Subscription } from './subscription.ts';

export const NOTICE_KINDS = [
	'trial_ending', 'trial_ended', 'period_ending', 'payment_due', 'suspended', 'resumed', 'plan_changed', 'subscription_ended', 'connections_suspended',
	'connections_resumed', 'usage',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Something that the tenant has to know. `key` is the same whenever it is found again: it is told once. */
export interface Notice {
	readonly kind: NoticeKind;
	readonly key: string;
	readonly details: Readonly<Record<string, string | number | null>>;
}

/** Days before the trial's end, before the period's end, and after a payment became due. */
export const TRIAL_REMINDERS = [3, 1] as const;
export const PERIOD_REMINDERS = [7, 3] as const;
export const PAYMENT_REMINDERS = [0, 1, 2] as const;

interface Reminder {
	readonly at: Date;
	/** From then on it would be wrong, or the next one says more. */
	readonly until: Date;
	readonly notice: Notice;
}

/** Every reminder of a subscription as it stands, in order of time. */
export function remindersOf(subscription: Subscription): readonly Reminder[] {
	const { status, trialEndsAt, period, pastDueSince } = subscription;
	if (status === 'trialing' && trialEndsAt !== null) return before('trial_ending', 'trial', TRIAL_REMINDERS, trialEndsAt, {});
	if (status === 'active' && period !== null) {
		const { plan, pending } = subscription;
		return before('period_ending', 'period', PERIOD_REMINDERS, period.end, { plan, next_plan: pending === null ? plan : pending.plan });
	}
	if (status === 'past_due' && pastDueSince !== null) {
		const at = (days: number) => new Date(pastDueSince.getTime() + days * DAY_MS);
		return PAYMENT_REMINDERS.map((days) => ({
			at: at(days),
			until: days === PAYMENT_REMINDERS.at(-1) ? suspensionAt(pastDueSince) : at(days + 1),
			notice: {
				kind: 'payment_due', key: `payment:${pastDueSince.toISOString()}:+${days}`,
				details: { since: pastDueSince.toISOString(), suspended_at: suspensionAt(pastDueSince).toISOString() },
			},
		}));
	}
	return [];
}

function before(kind: NoticeKind, key: string, days: readonly number[], end: Date, details: Notice['details']): readonly Reminder[] {
	return days.map((count, index) => {
		const following = days[index + 1];
		return {
			at: new Date(end.getTime() - count * DAY_MS),
			until: following === undefined ? end : new Date(end.getTime() - following * DAY_MS),
			notice: { kind, key: `${key}:${end.toISOString()}:-${count}`, details: { days: count, ends_at: end.toISOString(), ...details } },
		};
	});
}

/** The reminder that stands now; a process that was away does not send those that are over. */
export function reminderDue(subscription: Subscription, now: Date): Notice | null {
	return remindersOf(subscription).find(({ at, until }) => at <= now && now < until)?.notice ?? null;
}

/** What a change of the subscription is to be told as. */
export function noticesOfChange(before: Subscription, after: Subscription, now: Date): readonly Notice[] {
	const found: Notice[] = [];
	const at = now.toISOString();
	if (before.status !== after.status) {
		if (after.status === 'suspended') found.push({ kind: 'suspended', key: `suspended:${after.pastDueSince?.toISOString() ?? at}`, details: { since: after.pastDueSince?.toISOString() ?? at } });
		if (after.status === 'restricted' && before.status === 'trialing') found.push({ kind: 'trial_ended', key: 'trial_ended', details: {} });
		if (after.status === 'restricted' && before.status !== 'trialing') found.push({ kind: 'subscription_ended', key: `ended:${before.remoteId ?? at}`, details: { plan: before.plan } });
		if (after.status === 'active' && (before.status === 'suspended' || before.status === 'restricted')) found.push({ kind: 'resumed', key: `resumed:${at}`, details: { plan: after.plan } });
	}
	if (after.plan !== null && after.plan !== before.plan) found.push({ kind: 'plan_changed', key: `plan:${at}`, details: { from: before.plan, to: after.plan } });
	return found;
}

/** How long after the end of a period Stripe is asked again, while it has not said what follows. */
const ASK_SOON_MS = 5 * 60_000;
export const ASK_HOURLY_MS = 3_600_000;

/**
 * When something is to be done for a subscription next: a reminder, the end of the trial, the suspension, or asking Stripe, which may have been
 * too quiet; null: nothing by itself. Always after `now`.
 */
export function nextDueAt(subscription: Subscription, now: Date): Date | null {
	const { status, trialEndsAt, pastDueSince, period, remoteId } = subscription;
	const times = remindersOf(subscription).map(({ at }) => at);
	if (status === 'trialing' && trialEndsAt !== null) times.push(trialEndsAt);
	if (status === 'past_due' && pastDueSince !== null) times.push(suspensionAt(pastDueSince));
	if (remoteId !== null && period !== null) {
		const overdueMs = now.getTime() - period.end.getTime();
		if (overdueMs < 0) times.push(period.end);
		// A payment that is missing, and a period that is over without a next one: an event may have been lost.
		if (overdueMs >= 0 || status === 'past_due' || status === 'suspended') {
			times.push(new Date(now.getTime() + (overdueMs >= 0 && overdueMs < ASK_HOURLY_MS ? ASK_SOON_MS : ASK_HOURLY_MS)));
		}
	}
	const next = times.filter((at) => at > now).toSorted((a, b) => a.getTime() - b.getTime())[0];
	return next ?? null;
}
