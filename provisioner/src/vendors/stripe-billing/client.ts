import type Stripe from 'stripe';
import type { PlanKey } from '../../../../core/tenancy/plans.ts';
import type { RemoteSubscription } from '../../../../core/tenancy/subscription.ts';
import { VendorError } from '../http.ts';
import { asVendorError, stripeErrorOf } from '../stripe/errors.ts';
import { openStripe } from '../stripe/sdk.ts';

/** Stripe's price of each plan that is paid there: price_… */
export type PlanPrices = Readonly<Partial<Record<PlanKey, string>>>;

export interface BillingSubscription extends RemoteSubscription {
	/** Its one item, which has the price. */
	readonly itemId: string;
	readonly priceId: string;
}

export interface NewSubscriptionCheckout {
	readonly customerId: string;
	readonly tenantId: string;
	readonly priceId: string;
	/** `{CHECKOUT_SESSION_ID}` in it is filled in by Stripe. */
	readonly successUrl: string;
	readonly cancelUrl: string;
	readonly idempotencyKey: string;
}

/** The platform's own account at Stripe, where tenants pay for their plans. Every function throws VendorError and nothing else. https://docs.stripe.com/billing */
export interface StripeBillingClient {
	createCustomer(customer: { tenantId: string; name: string; email: string; idempotencyKey: string }): Promise<string>;
	/** Ends its subscriptions at once. */
	deleteCustomer(customerId: string): Promise<'removed' | 'already_gone'>;
	/** All that the customer has and had, as it is now; the newest 100. */
	subscriptionsOf(customerId: string): Promise<readonly BillingSubscription[]>;
	createCheckout(wanted: NewSubscriptionCheckout): Promise<{ readonly id: string; readonly url: string }>;
	/** Nobody can pay it afterwards; `complete`: somebody has. */
	expireCheckout(sessionId: string): Promise<'complete' | 'expired'>;
	/**
	 * `now`: the difference for the rest of the period is charged at once, and nothing is changed when the card is declined (402). `next_period`: the
	 * price changes without any charge or credit, so that the next period costs it. An end that was planned is taken back.
	 */
	changePrice(subscription: BillingSubscription, priceId: string, charge: 'now' | 'next_period', idempotencyKey: string): Promise<void>;
	/** Ends with its period, and the plan that follows then is written down there; or does not end any more. */
	planEnd(subscriptionId: string, end: { readonly ends: boolean; readonly follows: 'free' | null }, idempotencyKey: string): Promise<void>;
	/** At once, without a refund; one that has ended before is success. */
	cancelNow(subscriptionId: string): Promise<void>;
	/** A page of Stripe's where the customer pays what is open, and changes the card; it works for some minutes. */
	createPortalSession(customerId: string, returnUrl: string): Promise<string>;
}

const KEY_VARIABLE = 'BILLING_STRIPE_SECRET_KEY';
/** Of a subscription at Stripe. */
const FOLLOWS = 'next_plan';

export function createStripeBillingClient(options: { url: string; secretKey: string; prices: PlanPrices; timeoutMs?: number }): StripeBillingClient {
	const stripe = openStripe(options);
	const planOf = new Map(Object.entries(options.prices).map(([plan, price]) => [price, plan as PlanKey]));
	const call = <T>(operation: string, work: () => Promise<T>): Promise<T> => asVendorError(operation, work, KEY_VARIABLE);

	return {
		async createCustomer({ tenantId, name, email, idempotencyKey }) {
			const { id } = await call('customers.create', () => stripe.customers.create({ name, email, metadata: { tenant_id: tenantId } }, { idempotencyKey }));
			return id;
		},
		async deleteCustomer(customerId) {
			try {
				await stripe.customers.del(customerId);
				return 'removed';
			} catch (error) {
				if (stripeErrorOf(error)?.statusCode === 404) return 'already_gone';
				return call('customers.delete', () => Promise.reject(error));
			}
		},
		async subscriptionsOf(customerId) {
			const { data } = await call('subscriptions.list', () => stripe.subscriptions.list({ customer: customerId, status: 'all', limit: 100, expand: ['data.latest_invoice'] }));
			return data.flatMap((subscription) => toBillingSubscription(subscription, planOf));
		},
		async createCheckout({ customerId, tenantId, priceId, successUrl, cancelUrl, idempotencyKey }) {
			const session = await call('checkout.sessions.create', () =>
				stripe.checkout.sessions.create(
					{
						mode: 'subscription',
						customer: customerId,
						client_reference_id: tenantId,
						line_items: [{ price: priceId, quantity: 1 }],
						subscription_data: { metadata: { tenant_id: tenantId } },
						success_url: successUrl,
						cancel_url: cancelUrl,
					},
					{ idempotencyKey },
				),
			);
			return { id: session.id, url: session.url ?? '' };
		},
		async expireCheckout(sessionId) {
			try {
				await stripe.checkout.sessions.expire(sessionId);
				return 'expired';
			} catch (error) {
				// Only an open session can be expired: what it is instead is looked up.
				if (stripeErrorOf(error)?.statusCode !== 400) await call('checkout.sessions.expire', () => Promise.reject(error));
				const { status } = await call('checkout.sessions.retrieve', () => stripe.checkout.sessions.retrieve(sessionId));
				if (status === 'open') await call('checkout.sessions.expire', () => Promise.reject(error));
				return status === 'complete' ? 'complete' : 'expired';
			}
		},
		async changePrice(subscription, priceId, charge, idempotencyKey) {
			await call('subscriptions.update', () =>
				stripe.subscriptions.update(
					subscription.id,
					{
						items: [{ id: subscription.itemId, price: priceId }],
						cancel_at_period_end: false,
						metadata: { [FOLLOWS]: '' },
						...(charge === 'now' ? { proration_behavior: 'always_invoice', payment_behavior: 'error_if_incomplete' } : { proration_behavior: 'none' }),
					},
					{ idempotencyKey },
				),
			);
		},
		async planEnd(subscriptionId, { ends, follows }, idempotencyKey) {
			await call('subscriptions.update', () =>
				stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: ends, metadata: { [FOLLOWS]: follows ?? '' } }, { idempotencyKey }),
			);
		},
		async cancelNow(subscriptionId) {
			try {
				await stripe.subscriptions.cancel(subscriptionId);
			} catch (error) {
				if (stripeErrorOf(error)?.statusCode !== 404) await call('subscriptions.cancel', () => Promise.reject(error));
			}
		},
		async createPortalSession(customerId, returnUrl) {
			const { url } = await call('billing_portal.sessions.create', () => stripe.billingPortal.sessions.create({ customer: customerId, return_url: returnUrl }));
			return url;
		},
	};
}

/** None for one without an item: nothing that was made here. */
function toBillingSubscription(subscription: Stripe.Subscription, planOf: ReadonlyMap<string, PlanKey>): readonly BillingSubscription[] {
	// Since API 2025-03-31 the period stands on the items.
	const [item] = subscription.items.data;
	if (!item) return [];
	const invoice = typeof subscription.latest_invoice === 'string' ? null : subscription.latest_invoice;
	return [{
		id: subscription.id,
		status: statusOf(subscription.status),
		plan: planOf.get(item.price.id) ?? null,
		period: { start: new Date(item.current_period_start * 1_000), end: new Date(item.current_period_end * 1_000) },
		cancelAtPeriodEnd: subscription.cancel_at_period_end,
		follows: subscription.metadata[FOLLOWS] === 'free' ? 'free' : null,
		unpaidSince: invoice === null || invoice.status === 'paid' || invoice.status === 'void' ? null : new Date(invoice.created * 1_000),
		createdAt: new Date(subscription.created * 1_000),
		itemId: item.id,
		priceId: item.price.id,
	}];
}

function statusOf(status: string): RemoteSubscription['status'] {
	switch (status) {
		case 'active':
		case 'trialing':
			return 'active';
		case 'past_due':
		case 'unpaid':
		case 'paused':
		case 'incomplete':
			return status;
		case 'canceled':
		case 'incomplete_expired':
			return 'ended';
		default:
			throw new VendorError('stripe', 'refused', `Stripe has a subscription in the state ${JSON.stringify(status.slice(0, 40))}, which is not known here. See docs/billing.md.`);
	}
}
