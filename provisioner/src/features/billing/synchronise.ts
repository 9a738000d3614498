import type { Logger } from 'pino';
import { applyRemote, chooseRemote, isLive } from '../../../../core/tenancy/subscription.ts';
import type { Database, Sql } from '../../store/database.ts';
import type { BillingSubscription, StripeBillingClient } from '../../vendors/stripe-billing/client.ts';
import { billingRepository } from './repository.ts';
import type { StoredSubscription } from './repository.ts';
import { transition } from './transition.ts';

/** What a look at Stripe found, and what is stored since. */
export interface Synchronised {
	readonly stored: StoredSubscription;
	/** The subscription at Stripe that counts, while it lives. */
	readonly remote: BillingSubscription | null;
}

/**
 * Asks Stripe for all that the tenant's customer has there, and stores what counts. Events only say that something has changed: whatever the
 * order in which they come, what is stored is the newest look. `also` runs in the storing transaction.
 * @returns undefined for a tenant without a subscription
 * @throws VendorError
 */
export type Synchronise = (tenantId: string, also?: (sql: Sql) => Promise<void>) => Promise<Synchronised | undefined>;

export function createSynchronise(deps: { database: Database; stripe: StripeBillingClient; now: () => Date; log: Logger }): Synchronise {
	const { database, stripe, now, log } = deps;
	return async (tenantId, also) => {
		// Taken before the look begins: whoever has a later one sees no less.
		const look = await database.withTenant(tenantId, (sql) => billingRepository.takeTicket(sql, tenantId));
		if (!look) return undefined;
		const all = look.customerId === null ? [] : await stripe.subscriptionsOf(look.customerId);
		const chosen = chooseRemote(all);
		report(tenantId, all, chosen?.id);
		const stored = await database.withTenant(tenantId, async (sql) => {
			// In the order in which everybody locks them, whatever `also` touches.
			await billingRepository.lock(sql, tenantId);
			await also?.(sql);
			return transition(sql, tenantId, now(), (before) => {
				if (before.storedTicket > look.ticket) return before;
				const subscription = applyRemote(before.subscription, chosen, now());
				const begun = subscription.remoteId !== null && subscription.remoteId !== before.subscription.remoteId;
				return { ...before, subscription, storedTicket: look.ticket, checkoutSessionId: begun ? null : before.checkoutSessionId };
			});
		});
		if (!stored) return undefined;
		const remote = all.find(({ id }) => id === stored.subscription.remoteId) ?? null;
		return { stored, remote: remote && isLive(remote) ? remote : null };
	};

	/** What only an operator can put right. */
	function report(tenantId: string, all: readonly BillingSubscription[], chosen: string | undefined): void {
		const live = all.filter(isLive);
		const others = live.filter(({ id }) => id !== chosen).map(({ id }) => id);
		if (others.length > 0) log.error({ tenant: tenantId, chosen, others }, 'a tenant pays for more than one subscription: cancel the others at Stripe, and pay them back');
		for (const { id, priceId, plan } of live) {
			if (plan === null) log.error({ tenant: tenantId, subscription: id, price: priceId }, 'a subscription at Stripe has a price that is no plan here: see BILLING_PRICES');
		}
	}
}
