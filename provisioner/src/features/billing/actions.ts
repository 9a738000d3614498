import { createHash } from 'node:crypto';
import { AppError } from '../../../../core/errors.ts';
import { surplusOf } from '../../../../core/tenancy/entitlements.ts';
import { isPaid, isUpgrade, PLANS } from '../../../../core/tenancy/plans.ts';
import type { Limits, PlanKey } from '../../../../core/tenancy/plans.ts';
import { choosePlan } from '../../../../core/tenancy/subscription.ts';
import { missing } from '../../http/authenticate.ts';
import type { Database } from '../../store/database.ts';
import type { NewSubscriptionCheckout, PlanPrices, StripeBillingClient } from '../../vendors/stripe-billing/client.ts';
import { VendorError } from '../../vendors/http.ts';
import { billingRepository } from './repository.ts';
import type { StoredSubscription } from './repository.ts';
import type { Synchronise, Synchronised } from './synchronise.ts';
import { transition } from './transition.ts';

/** What a tenant, or the operator, does with a subscription. Stripe is asked first, and again afterwards: what is stored is what it says. */
export interface BillingActions {
	/**
	 * A page of Stripe's where a plan is paid for the first time, or again after an end. `remove` says which connections go when the plan begins.
	 * @throws AppError `plan_not_self_serve` (403), `plan_price_missing` (503), `subscription_exists`, `connections_surplus` (409), and VendorError
	 */
	checkout(tenantId: string, wanted: { plan: PlanKey; successUrl: string; cancelUrl: string; remove?: readonly string[] | undefined }): Promise<{ url: string }>;
	/**
	 * Upwards at once, for the difference; downwards at the period's end; to the present plan: what was planned is taken back. The free plan needs no
	 * Stripe.
	 * @throws AppError `plan_not_self_serve` (403), `plan_price_missing` (503), `checkout_required`, `payment_due`, `connections_surplus` (409, with the
	 * connections), `payment_failed` (402), and VendorError
	 */
	change(tenantId: string, wanted: { plan: PlanKey; remove?: readonly string[] | undefined }): Promise<void>;
	/** With the period. @throws AppError `no_paid_subscription` (409), and VendorError */
	cancel(tenantId: string): Promise<void>;
	/** @throws AppError `no_paid_subscription` (409), and VendorError */
	portal(tenantId: string, returnUrl: string): Promise<{ url: string }>;
	/** Without Stripe: what the operator has agreed with a tenant. @throws AppError `subscription_exists` (409), and VendorError */
	assign(tenantId: string, plan: PlanKey, agreed: Partial<Limits>): Promise<void>;
}

export function createBillingActions(deps: { database: Database; stripe: StripeBillingClient; prices: PlanPrices; synchronise: Synchronise; now: () => Date }): BillingActions {
	const { database, stripe, now } = deps;

	async function look(tenantId: string): Promise<Synchronised> {
		const found = await deps.synchronise(tenantId);
		if (!found) throw missing('tenant', tenantId);
		return found;
	}
	function priceOf(plan: PlanKey): string {
		const price = deps.prices[plan];
		if (price === undefined) throw new AppError('plan_price_missing', `The plan "${plan}" can't be paid here: BILLING_PRICES has no price for it.`, { status: 503 });
		return price;
	}
	function selfServe(plan: PlanKey): void {
		if (!PLANS[plan].selfServe) throw new AppError('plan_not_self_serve', `The plan "${plan}" is agreed with the operator, who assigns it.`, { status: 403 });
	}
	/** A question that is open: which connections go. An answer may leave some of it open; what is too much then is suspended, the newest first. */
	async function askSurplus(tenantId: string, plan: PlanKey, remove: readonly string[] | undefined): Promise<void> {
		const connections = await database.withTenant(tenantId, (sql) => billingRepository.connections(sql));
		const unknown = remove?.find((id) => !connections.some((connection) => connection.id === id));
		if (unknown !== undefined) throw missing('connection', unknown);
		const surplus = surplusOf(plan, connections.map(({ id }) => id), []);
		if (surplus === 0 || remove !== undefined) return;
		throw new AppError(
			'connections_surplus',
			`The plan "${PLANS[plan].name}" has room for ${PLANS[plan].connections ?? 0} of ${connections.length} connections. Say in remove_connections which ${surplus} go; an empty list suspends the newest.`,
			{ status: 409, details: { surplus, connections: connections.map(({ id, name, channel }) => ({ id, name, channel })) } },
		);
	}
	/**
	 * One call that changes something at Stripe, under a key of its own for the SDK's repeats. Without a clear answer Stripe is asked whether it was
	 * done. Setting a price or an end again changes and charges nothing, so that the next call may have another key.
	 */
	async function once(tenantId: string, operation: number, what: string, call: (key: string) => Promise<void>, done: (found: Synchronised) => boolean): Promise<void> {
		try {
			await call(`billing:${tenantId}:${operation}:${what}`);
		} catch (error) {
			if (!(error instanceof VendorError)) throw error;
			if (error.vendorStatus === 402) throw new AppError('payment_failed', 'The card was declined, and the plan is as it was. Use another card in the customer portal, then change the plan again.', { status: 402, cause: error });
			if (error.outcome !== 'ambiguous' || !done(await look(tenantId))) throw error;
		} finally {
			await endOperation(tenantId, operation);
		}
	}
	const endOperation = (tenantId: string, operation: number): Promise<void> => database.withTenant(tenantId, (sql) => billingRepository.endOperation(sql, tenantId, operation));
	/** A session that may have been made must not be made twice: without any answer the next call has the same key. An error of Stripe's is kept under its key. */
	async function newCheckout(stored: StoredSubscription, wanted: Omit<NewSubscriptionCheckout, 'idempotencyKey'>): Promise<{ id: string; url: string }> {
		const { tenantId, priceId, successUrl, cancelUrl } = wanted;
		const what = createHash('sha256').update(`${priceId}\n${successUrl}\n${cancelUrl}`).digest('hex').slice(0, 24);
		try {
			return await stripe.createCheckout({ ...wanted, idempotencyKey: `billing:${tenantId}:${stored.operation}:checkout:${what}` });
		} catch (error) {
			if (error instanceof VendorError && error.vendorStatus !== null) await endOperation(tenantId, stored.operation);
			throw error;
		}
	}
	async function customerOf(tenantId: string, stored: StoredSubscription): Promise<string> {
		if (stored.customerId !== null) return stored.customerId;
		const { rows } = await database.withTenant(tenantId, (sql) => sql.query<{ name: string; email: string }>('SELECT name, email FROM tenants WHERE id = $1', [tenantId]));
		const [tenant] = rows;
		if (!tenant) throw missing('tenant', tenantId);
		const created = await stripe.createCustomer({ tenantId, ...tenant, idempotencyKey: `billing:${tenantId}:customer` });
		return database.withTenant(tenantId, (sql) => billingRepository.setCustomer(sql, tenantId, created));
	}
	async function chooseFree(tenantId: string, { stored, remote }: Synchronised, remove: readonly string[] | undefined): Promise<void> {
		await askSurplus(tenantId, 'free', remove);
		if (remote !== null && stored.subscription.status === 'active') {
			await once(tenantId, stored.operation, 'free', (key) => stripe.planEnd(remote.id, { ends: true, follows: 'free' }, key), ({ remote: found }) => found?.cancelAtPeriodEnd === true && found.follows === 'free');
			await deps.synchronise(tenantId, (sql) => billingRepository.setRemovals(sql, tenantId, remove ?? []));
			return;
		}
		// Nothing is paid that would have to last until a period's end.
		if (remote !== null) {
			await stripe.cancelNow(remote.id);
			await look(tenantId);
		}
		await database.withTenant(tenantId, (sql) => transition(sql, tenantId, now(), (before) => ({ ...before, subscription: choosePlan('free'), removals: remove ?? [] })));
	}

	return {
		async checkout(tenantId, { plan, successUrl, cancelUrl, remove }) {
			selfServe(plan);
			if (!isPaid(plan)) throw new AppError('checkout_not_needed', 'The free plan is not paid for: choose it with POST /v1/tenants/{id}/subscription/change.', { status: 409 });
			const price = priceOf(plan);
			const { stored, remote } = await look(tenantId);
			if (remote !== null) throw exists();
			await askSurplus(tenantId, plan, remove);
			const customerId = await customerOf(tenantId, stored);
			if (stored.checkoutSessionId !== null && (await stripe.expireCheckout(stored.checkoutSessionId)) === 'complete') {
				// Paid a moment ago, and the event is on its way.
				if ((await look(tenantId)).remote !== null) throw exists();
			}
			const session = await newCheckout(stored, { customerId, tenantId, priceId: price, successUrl, cancelUrl });
			await database.withTenant(tenantId, async (sql) => {
				await billingRepository.setCheckout(sql, tenantId, session.id, remove ?? []);
				await billingRepository.endOperation(sql, tenantId, stored.operation);
			});
			return { url: session.url };
		},
		async change(tenantId, { plan, remove }) {
			selfServe(plan);
			const found = await look(tenantId);
			const { stored, remote } = found;
			const { plan: present, status } = stored.subscription;
			if (plan === 'free') {
				if (present !== 'free') await chooseFree(tenantId, found, remove);
				return;
			}
			const price = priceOf(plan);
			if (remote === null || present === null) throw new AppError('checkout_required', `The plan "${plan}" has to be paid first: POST /v1/tenants/{id}/subscription/checkout gives the page.`, { status: 409 });
			if (status !== 'active') throw new AppError('payment_due', 'A payment is missing: pay it in the customer portal (POST /v1/tenants/{id}/subscription/portal), or choose the free plan.', { status: 409 });
			const isNow = (seen: Synchronised) => seen.remote?.plan === plan && !seen.remote.cancelAtPeriodEnd;
			if (plan !== present && !isUpgrade(present, plan)) {
				await askSurplus(tenantId, plan, remove);
				if (!isNow(found)) await once(tenantId, stored.operation, `down:${plan}`, (key) => stripe.changePrice(remote, price, 'next_period', key), isNow);
				await deps.synchronise(tenantId, (sql) => billingRepository.setRemovals(sql, tenantId, remove ?? []));
				return;
			}
			// What was planned is taken back; the difference to a higher plan is then counted from the plan that was paid for.
			let operation = stored.operation;
			if (remote.plan !== present || remote.cancelAtPeriodEnd) {
				await once(tenantId, operation, `keep:${present}`, (key) => stripe.changePrice(remote, priceOf(present), 'next_period', key), (seen) => seen.remote?.plan === present && !seen.remote.cancelAtPeriodEnd);
				operation += 1;
			}
			if (plan !== present) await once(tenantId, operation, `up:${plan}`, (key) => stripe.changePrice(remote, price, 'now', key), isNow);
			await look(tenantId);
		},
		async cancel(tenantId) {
			const { stored, remote } = await look(tenantId);
			if (remote === null) throw none();
			const done = ({ remote: seen }: Synchronised) => seen === null || (seen.cancelAtPeriodEnd && seen.follows === null);
			if (!done({ stored, remote })) await once(tenantId, stored.operation, 'cancel', (key) => stripe.planEnd(remote.id, { ends: true, follows: null }, key), done);
			await look(tenantId);
		},
		async portal(tenantId, returnUrl) {
			const { stored } = await look(tenantId);
			if (stored.customerId === null) throw none();
			return { url: await stripe.createPortalSession(stored.customerId, returnUrl) };
		},
		async assign(tenantId, plan, agreed) {
			if ((await look(tenantId)).remote !== null) throw exists();
			await database.withTenant(tenantId, (sql) => transition(sql, tenantId, now(), (before) => ({ ...before, subscription: choosePlan(plan, agreed) })));
		},
	};
}

function exists(): AppError {
	return new AppError('subscription_exists', 'The tenant pays for a plan already: change it, or cancel it first.', { status: 409 });
}

function none(): AppError {
	return new AppError('no_paid_subscription', 'The tenant pays for no plan at Stripe.', { status: 409 });
}
