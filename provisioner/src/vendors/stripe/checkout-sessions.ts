import type Stripe from 'stripe';
import { asVendorError, stripeErrorOf } from './errors.ts';

export interface CheckoutLine {
	readonly name: string;
	readonly quantity: number;
	/** Minor units of the session's currency; 0 for a free item, which is shown all the same. */
	readonly unitCents: number;
}

export interface NewCheckoutSession {
	/** The connected account that is paid (direct charge): acct_… */
	readonly accountId: string;
	/** Derived from our order and attempt: a repeat gets the session that was made first. */
	readonly idempotencyKey: string;
	readonly orderId: string;
	readonly conversationId: string;
	readonly companyId: string;
	/** ISO 4217, lower case. */
	readonly currency: string;
	readonly lines: readonly CheckoutLine[];
	/** Stripe's locale of the page, e.g. "es". */
	readonly locale: string;
	readonly successUrl: string;
	/** 30 minutes to 24 hours ahead. */
	readonly expiresAt: Date;
	/** What the platform keeps, in minor units; 0 is left out of the request. */
	readonly applicationFeeCents: number;
}

export type CheckoutSessionStatus = 'open' | 'complete' | 'expired';

export interface CheckoutSession {
	readonly id: string;
	/** '' when the session is not open any more. */
	readonly url: string;
	readonly status: CheckoutSessionStatus;
	/** The whole sum was paid. */
	readonly paid: boolean;
	readonly amountCents: number;
	readonly currency: string;
	readonly expiresAt: Date;
	/** pi_…; null until the customer pays. */
	readonly paymentIntentId: string | null;
}

export interface StripeRefund {
	readonly id: string;
	/** Minor units. */
	readonly amountCents: number;
	/** `pending`: the money is on its way back; `failed` and `canceled` ones gave nothing back. */
	readonly status: 'succeeded' | 'pending' | 'failed';
}

/** Checkout sessions on connected accounts. https://docs.stripe.com/api/checkout/sessions */
export interface CheckoutSessions {
	/** @throws VendorError */
	createCheckoutSession(session: NewCheckoutSession): Promise<CheckoutSession>;
	/** @throws VendorError */
	retrieveCheckoutSession(accountId: string, sessionId: string): Promise<CheckoutSession>;
	/**
	 * Ends a session so that nobody can pay it; one that ended before is success. Returns the state it is in now: `complete` when
	 * the customer was faster.
	 * @throws VendorError
	 */
	expireCheckoutSession(accountId: string, sessionId: string): Promise<CheckoutSessionStatus>;
	/** Gives a payment back, whole (null: what is left) or in part. null: nothing was left to give back. @throws VendorError */
	createRefund(refund: {
		readonly accountId: string;
		readonly paymentIntentId: string;
		readonly amountCents: number | null;
		/** A repeat gets the refund that was made first. */
		readonly idempotencyKey: string;
	}): Promise<StripeRefund | null>;
	/** What was given back of a payment, and is on its way, in minor units. @throws VendorError */
	refundedCents(accountId: string, paymentIntentId: string): Promise<number>;
}

export function createCheckoutSessions(stripe: Stripe): CheckoutSessions {
	async function retrieveCheckoutSession(accountId: string, sessionId: string): Promise<CheckoutSession> {
		const session = await asVendorError('checkout.sessions.retrieve', () =>
			stripe.checkout.sessions.retrieve(sessionId, {}, { stripeAccount: accountId }),
		);
		return toCheckoutSession(session);
	}

	return {
		async createCheckoutSession(wanted) {
			// Not copied from the session to the payment intent by Stripe: set on both, so that either leads back to the order.
			const metadata = { order_id: wanted.orderId, conversation_id: wanted.conversationId, company_id: wanted.companyId };
			const session = await asVendorError('checkout.sessions.create', () =>
				stripe.checkout.sessions.create(
					{
						mode: 'payment',
						client_reference_id: wanted.orderId,
						metadata,
						payment_intent_data: {
							metadata,
							...(wanted.applicationFeeCents > 0 ? { application_fee_amount: wanted.applicationFeeCents } : {}),
						},
						line_items: wanted.lines.map(({ name, quantity, unitCents }) => ({
							quantity,
							price_data: { currency: wanted.currency, unit_amount: unitCents, product_data: { name: name.slice(0, 250) } },
						})),
						locale: wanted.locale,
						success_url: wanted.successUrl,
						expires_at: Math.floor(wanted.expiresAt.getTime() / 1_000),
					},
					{ stripeAccount: wanted.accountId, idempotencyKey: wanted.idempotencyKey },
				),
			);
			return toCheckoutSession(session);
		},
		retrieveCheckoutSession,
		async expireCheckoutSession(accountId, sessionId) {
			try {
				const session = await stripe.checkout.sessions.expire(sessionId, {}, { stripeAccount: accountId });
				return toCheckoutSession(session).status;
			} catch (error) {
				// Only an open session can be expired: anything else is looked up instead of guessed from the message.
				if (stripeErrorOf(error)?.statusCode !== 400) await asVendorError('checkout.sessions.expire', () => Promise.reject(error));
				const { status } = await retrieveCheckoutSession(accountId, sessionId);
				if (status === 'open') await asVendorError('checkout.sessions.expire', () => Promise.reject(error));
				return status;
			}
		},
		async createRefund({ accountId, paymentIntentId, amountCents, idempotencyKey }) {
			try {
				const refund = await stripe.refunds.create(
					{ payment_intent: paymentIntentId, ...(amountCents === null ? {} : { amount: amountCents }) },
					{ stripeAccount: accountId, idempotencyKey },
				);
				return { id: refund.id, amountCents: refund.amount, status: refundStatusOf(refund.status) };
			} catch (error) {
				if (stripeErrorOf(error)?.code === 'charge_already_refunded') return null;
				return asVendorError('refunds.create', () => Promise.reject(error));
			}
		},
		async refundedCents(accountId, paymentIntentId) {
			const { data } = await asVendorError('refunds.list', () => stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 }, { stripeAccount: accountId }));
			return data.filter(({ status }) => refundStatusOf(status) !== 'failed').reduce((sum, { amount }) => sum + amount, 0);
		},
	};
}

function refundStatusOf(status: string | null): StripeRefund['status'] {
	if (status === 'succeeded') return 'succeeded';
	return status === 'failed' || status === 'canceled' ? 'failed' : 'pending';
}

function toCheckoutSession(session: Stripe.Checkout.Session): CheckoutSession {
	return {
		id: session.id,
		url: session.url ?? '',
		status: statusOf(session.status),
		paid: session.payment_status === 'paid',
		amountCents: session.amount_total ?? 0,
		currency: session.currency ?? '',
		expiresAt: new Date(session.expires_at * 1_000),
		paymentIntentId: typeof session.payment_intent === 'string' ? session.payment_intent : (session.payment_intent?.id ?? null),
	};
}

function statusOf(status: Stripe.Checkout.Session['status']): CheckoutSessionStatus {
	if (status === 'complete') return 'complete';
	return status === 'expired' ? 'expired' : 'open';
}
