import { z } from 'zod';
import { PLAN_KEYS, PLANS } from '../../../../core/tenancy/plans.ts';
import { NOTICE_KINDS } from '../../../../core/tenancy/notices.ts';
import { SILENT_REASONS, surplusOf } from '../../../../core/tenancy/entitlements.ts';
import type { SilentReason } from '../../../../core/tenancy/entitlements.ts';
import { limitsOf, suspensionAt, SUBSCRIPTION_STATUSES } from '../../../../core/tenancy/subscription.ts';
import type { PlanPrices } from '../../vendors/stripe-billing/client.ts';
import type { StoredNotice, StoredSubscription, UsageMonth } from './repository.ts';

export const planKey = z.enum(PLAN_KEYS, { error: `must be one of ${PLAN_KEYS.join(', ')}` });
const limits = z.object({ connections: z.int().nullable(), answers: z.int().nullable() }).describe('null: any number. Answers are of a calendar month in UTC.');

export const planSchema = z
	.object({
		id: planKey,
		object: z.literal('plan'),
		name: z.string(),
		price_cents: z.int().nullable().describe('A month; null: agreed with the operator.'),
		currency: z.string(),
		limits,
		self_serve: z.boolean().describe('A tenant can choose it by itself.'),
		available: z.boolean().describe('It can be chosen here now: a paid one needs a price at Stripe.'),
	})
	.meta({ id: 'Plan' });

export const usageSchema = z
	.object({
		object: z.literal('usage'),
		month: z.string().describe('Of UTC, e.g. 2026-03.'),
		answers: z.int().describe('Turns that the bot answered: what the plan limits.'),
		messages_received: z.int(),
		messages_sent: z.int(),
	})
	.meta({ id: 'Usage' });

export const subscriptionSchema = z
	.object({
		object: z.literal('tenant_subscription'),
		tenant_id: z.string(),
		status: z.enum(SUBSCRIPTION_STATUSES).describe('restricted: no plan; suspended: a plan that is not paid. In both the bot is silent, and all is kept.'),
		plan: planKey.nullable(),
		trial_ends_at: z.string().nullable(),
		current_period: z.object({ starts_at: z.string(), ends_at: z.string() }).nullable(),
		past_due_since: z.string().nullable(),
		suspended_at: z.string().nullable().describe('When a missing payment silences the bot, or did.'),
		pending: z
			.object({
				plan: planKey.nullable().describe('null: the subscription ends.'),
				at: z.string(),
				remove_connections: z.array(z.string()),
				surplus: z.int().describe('Connections that are still too many then: the newest are suspended.'),
			})
			.nullable()
			.describe('What follows at the end of the period.'),
		limits,
		usage: usageSchema,
		enforced: z.boolean().describe('false: billing is off on this platform, and nobody is limited.'),
		silent_reason: z.enum(SILENT_REASONS).nullable().describe('Why the bot does not answer; null: it does.'),
		connections: z.array(z.object({ id: z.string(), channel: z.string(), name: z.string(), suspended: z.boolean() })).describe('Oldest first. Suspended: the plan has no room for it.'),
	})
	.meta({ id: 'TenantSubscription', description: 'What a tenant has subscribed to at the platform.' });

export const noticeSchema = z
	.object({
		id: z.string(),
		object: z.literal('notice'),
		created_at: z.string(),
		kind: z.enum(NOTICE_KINDS),
		details: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
	})
	.meta({ id: 'Notice', description: 'Something that the tenant has to know, told once.' });

export interface SubscriptionView {
	readonly tenantId: string;
	readonly stored: StoredSubscription;
	readonly usage: UsageMonth;
	readonly enforced: boolean;
	readonly silentReason: SilentReason | null;
	readonly connections: readonly { id: string; name: string; channel: string; suspended: boolean }[];
}

export function toSubscriptionJson({ tenantId, stored, usage, enforced, silentReason, connections }: SubscriptionView): z.input<typeof subscriptionSchema> {
	const { status, plan, trialEndsAt, period, pastDueSince, pending } = stored.subscription;
	const staying = connections.map(({ id }) => id);
	return {
		object: 'tenant_subscription',
		tenant_id: tenantId,
		status,
		plan,
		trial_ends_at: trialEndsAt?.toISOString() ?? null,
		current_period: period && { starts_at: period.start.toISOString(), ends_at: period.end.toISOString() },
		past_due_since: pastDueSince?.toISOString() ?? null,
		suspended_at: pastDueSince && suspensionAt(pastDueSince).toISOString(),
		pending: pending && {
			plan: pending.plan, at: pending.at.toISOString(), remove_connections: [...stored.removals],
			surplus: pending.plan === null ? 0 : surplusOf(pending.plan, staying, stored.removals),
		},
		limits: limitsOf(stored.subscription),
		usage: toUsageJson(usage),
		enforced,
		silent_reason: silentReason,
		connections: [...connections],
	};
}

export function toUsageJson({ month, answers, received, sent }: UsageMonth): z.input<typeof usageSchema> {
	return { object: 'usage', month, answers, messages_received: received, messages_sent: sent };
}

export function toNoticeJson({ id, kind, details, createdAt }: StoredNotice): z.input<typeof noticeSchema> {
	return { id, object: 'notice', created_at: createdAt.toISOString(), kind, details };
}

/** @param prices null: billing is off */
export function plansJson(prices: PlanPrices | null): readonly z.input<typeof planSchema>[] {
	return PLAN_KEYS.map((key) => {
		const { name, priceCents, currency, connections, answers, selfServe } = PLANS[key];
		const available = prices !== null && selfServe && (priceCents === 0 || prices[key] !== undefined);
		return { id: key, object: 'plan', name, price_cents: priceCents, currency, limits: { connections, answers }, self_serve: selfServe, available };
	});
}
