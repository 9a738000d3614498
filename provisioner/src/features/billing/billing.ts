import type { Router } from 'express';
import type { Logger } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { PlanPrices, StripeBillingClient } from '../../vendors/stripe-billing/client.ts';
import type { RemovedResource } from '../tenants/tenants.ts';
import { createBillingActions } from './actions.ts';
import { createDueBilling } from './due.ts';
import { createBillingEndpoints } from './endpoints.ts';
import { createMetering } from './metering.ts';
import { billingRepository } from './repository.ts';
import { createBillingHook } from './stripe-hook.ts';
import { createSynchronise } from './synchronise.ts';

export interface Billing {
	readonly endpoints: readonly Endpoint[];
	/** Stripe's webhook. */
	readonly router: Router;
	/** What a tenant that is being deleted has at Stripe; a repeat is success. @throws AppError `billing_off` (503), and VendorError */
	removeOfTenant(tenantId: string): Promise<readonly RemovedResource[]>;
	/** One pass over what is due, and over what was used until then. */
	runDue(): Promise<number>;
	count(until: Date): Promise<void>;
	start(): void;
	stop(): Promise<void>;
}

export interface BillingDeps {
	readonly database: Database;
	/** null: billing is off, and nobody is limited. */
	readonly stripe: StripeBillingClient | null;
	readonly prices: PlanPrices;
	readonly webhookSecret: string | null;
	readonly connections: { remove(tenantId: string, connectionId: string): Promise<unknown> };
	readonly now: () => Date;
	readonly log: Logger;
}

const STOP_GRACE_MS = 6_000;

/** The platform's own subscriptions: nothing of it is customers' payments. */
export function createBilling(deps: BillingDeps): Billing {
	const { database, stripe, log } = deps;
	const synchronise = stripe && createSynchronise({ ...deps, stripe });
	const actions = stripe && synchronise && createBillingActions({ ...deps, stripe, synchronise });
	const due = synchronise && createDueBilling({ ...deps, synchronise });
	const metering = createMetering({ ...deps, enabled: stripe !== null });
	return {
		endpoints: createBillingEndpoints({ ...deps, actions, prices: stripe && deps.prices }),
		router: createBillingHook({ ...deps, synchronise }),
		async removeOfTenant(tenantId) {
			const stored = await database.withTenant(tenantId, (sql) => billingRepository.find(sql, tenantId));
			if (!stored || stored.customerId === null) return [];
			if (!stripe) throw new AppError('billing_off', 'The tenant has a subscription at Stripe, which can\'t be ended: set BILLING_STRIPE_SECRET_KEY.', { status: 503 });
			const outcome = await stripe.deleteCustomer(stored.customerId);
			const { remoteId } = stored.subscription;
			return [
				...(remoteId === null ? [] : [{ type: 'stripe_subscription', id: remoteId, name: '', outcome }]),
				{ type: 'stripe_customer', id: stored.customerId, name: '', outcome },
			];
		},
		runDue: async () => (await due?.runDue()) ?? 0,
		count: metering.count,
		start() {
			metering.start();
			if (due) due.start();
			// It was on before, perhaps.
			else database.system.query('SELECT lift_billing_limits()').catch((error: unknown) => log.error({ err: error }, 'billing is off, and who was silent for it still is; restart to try again'));
		},
		async stop() {
			await Promise.all([metering.stop(), due?.stop(STOP_GRACE_MS)]);
		},
	};
}
