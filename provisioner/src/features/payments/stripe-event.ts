import { z } from 'zod';
import { DISPUTE_STATUSES, REFUND_STATUSES } from '../../../../core/orders/payment-facts.ts';

/**
 * Stripe's events as far as they are read here. https://docs.stripe.com/api/events, thin events of API v2:
 * https://docs.stripe.com/event-destinations#thin-events
 */
const CHECKOUT_EVENTS = [
	'checkout.session.completed',
	'checkout.session.async_payment_succeeded',
	'checkout.session.async_payment_failed',
	'checkout.session.expired',
] as const;

/** A checkout event of a connected account, whatever else it holds: one that can't be read must not be acknowledged. */
export const anyCheckoutEvent = z.object({ id: z.string(), object: z.literal('event'), type: z.enum(CHECKOUT_EVENTS), account: z.string() });

/** Of an object that is given by its id or whole. */
const idOf = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);

export const checkoutEvent = z.object({
	id: z.string().min(1).max(255),
	object: z.literal('event'),
	type: z.enum(CHECKOUT_EVENTS),
	account: z.string(),
	created: z.number(),
	livemode: z.boolean().default(false),
	data: z.object({
		object: z.object({
			id: z.string(),
			amount_total: z.number().nullable(),
			currency: z.string().nullable(),
			payment_status: z.string(),
			client_reference_id: z.string().nullish(),
			metadata: z.record(z.string(), z.string()).nullish(),
			payment_intent: idOf.nullish(),
			expires_at: z.number().nullish(),
		}),
	}),
});
export type CheckoutEvent = z.output<typeof checkoutEvent>;

const REFUND_EVENTS = ['refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated'] as const;
const DISPUTE_EVENTS = ['charge.dispute.created', 'charge.dispute.updated', 'charge.dispute.closed', 'charge.dispute.funds_withdrawn', 'charge.dispute.funds_reinstated'] as const;

/** An event of money that goes back, whatever else it holds: one that can't be read must not be acknowledged. */
export const anyMoneyEvent = z.object({ id: z.string(), object: z.literal('event'), type: z.enum([...REFUND_EVENTS, ...DISPUTE_EVENTS]), account: z.string() });

const moneyFields = { id: z.string().min(1).max(255), object: z.literal('event'), account: z.string(), created: z.number() };
/** null: a charge that was made without a payment intent, which is none of ours. */
const paymentIntent = idOf.nullish().transform((id) => id ?? null);

/** https://docs.stripe.com/api/refunds/object */
export const refundEvent = z.object({
	...moneyFields,
	type: z.enum(REFUND_EVENTS),
	data: z.object({
		object: z.object({
			id: z.string(), object: z.literal('refund'), amount: z.int().nonnegative(), currency: z.string(), payment_intent: paymentIntent,
			// null: of a charge of before Stripe had statuses; it was done at once.
			status: z.enum(REFUND_STATUSES).nullish().transform((status) => status ?? 'succeeded'),
		}),
	}),
});
export type RefundEvent = z.output<typeof refundEvent>;

/** https://docs.stripe.com/api/disputes/object */
export const disputeEvent = z.object({
	...moneyFields,
	type: z.enum(DISPUTE_EVENTS),
	data: z.object({
		object: z.object({
			id: z.string(), object: z.literal('dispute'), amount: z.int().nonnegative(), currency: z.string(), payment_intent: paymentIntent,
			status: z.enum(DISPUTE_STATUSES), reason: z.string().default(''),
		}),
	}),
});
export type DisputeEvent = z.output<typeof disputeEvent>;

export const moneyEvent = z.union([refundEvent, disputeEvent]);

/** Events about a connected account: v1 (`account` on the event) and thin ones of API v2 (`related_object`). */
export const accountEvent = z.union([
	z
		.object({
			id: z.string().min(1).max(255),
			object: z.literal('event'),
			type: z.enum(['account.updated', 'capability.updated', 'account.application.deauthorized']),
			account: z.string(),
		})
		.transform(({ id, type, account }) => ({ id, type, account })),
	z
		.object({
			id: z.string().min(1).max(255),
			object: z.literal('v2.core.event'),
			type: z.string().startsWith('v2.core.account'),
			related_object: z.object({ id: z.string().startsWith('acct_') }),
		})
		.transform(({ id, type, related_object: related }) => ({ id, type, account: related.id })),
]);
export type AccountEvent = z.output<typeof accountEvent>;
