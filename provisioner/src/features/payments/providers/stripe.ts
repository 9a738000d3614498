import type { Payment, PaymentCapabilities, PaymentProvider, PaymentStatus } from '../../../../../core/orders/payment-provider.ts';
import { VendorError } from '../../../vendors/http.ts';
import type { CheckoutSession } from '../../../vendors/stripe/checkout-sessions.ts';
import type { StripeClient } from '../../../vendors/stripe/client.ts';

/** Stripe's bounds are 30 minutes and 24 hours; a minute of each is left for the clocks and the way. */
export const STRIPE_CAPABILITIES: PaymentCapabilities = {
	currencies: 'any',
	shortestLifeMs: 31 * 60_000,
	longestLifeMs: 24 * 3_600_000 - 60_000,
	hostedPage: true,
	idempotentCreate: true,
	refunds: 'provider',
	partialRefunds: true,
};

/** Checkout sessions on a connected account (direct charges). A payment is a session: cs_… */
export function createStripeProvider(stripe: StripeClient, accountId: string): PaymentProvider {
	return {
		name: 'stripe',
		capabilities: STRIPE_CAPABILITIES,
		async create({ idempotencyKey, orderId, currency, lines, locale, successUrl, expiresAt, metadata }) {
			const session = await stripe.createCheckoutSession({
				accountId, idempotencyKey, orderId, conversationId: metadata.conversation_id, companyId: metadata.company_id, currency, lines, locale, successUrl, expiresAt,
				applicationFeeCents: 0,
			});
			return toPayment(session, 0);
		},
		async retrieve(paymentId) {
			const session = await stripe.retrieveCheckoutSession(accountId, paymentId);
			return toPayment(session, session.paid && session.paymentIntentId !== null ? await stripe.refundedCents(accountId, session.paymentIntentId) : 0);
		},
		async end(paymentId) {
			const status = await stripe.expireCheckoutSession(accountId, paymentId);
			if (status !== 'complete') return status;
			return toPayment(await stripe.retrieveCheckoutSession(accountId, paymentId), 0).status;
		},
		async refund({ paymentId, amountCents, idempotencyKey }) {
			const { paymentIntentId } = await stripe.retrieveCheckoutSession(accountId, paymentId);
			if (paymentIntentId === null) throw new VendorError('stripe', 'refused', `Nothing was paid in the session ${paymentId}: there is nothing to give back.`);
			const refund = await stripe.createRefund({ accountId, paymentIntentId, amountCents, idempotencyKey });
			if (refund === null) return { status: 'succeeded', amountCents: 0 };
			if (refund.status === 'failed') throw new VendorError('stripe', 'refused', `Stripe could not give back ${refund.amountCents} of the session ${paymentId}: refund ${refund.id} failed.`);
			return { status: refund.status, amountCents: refund.amountCents };
		},
	};
}

function toPayment(session: CheckoutSession, refundedCents: number): Payment {
	const { id, paymentIntentId: reference, url, amountCents, currency, expiresAt } = session;
	return { id, reference, url, status: statusOf(session, refundedCents), amountCents, refundedCents, currency, expiresAt };
}

function statusOf({ status, paid, amountCents }: CheckoutSession, refundedCents: number): PaymentStatus {
	if (status !== 'complete') return status;
	if (!paid) return 'processing';
	return refundedCents > 0 && refundedCents >= amountCents ? 'refunded' : 'paid';
}
