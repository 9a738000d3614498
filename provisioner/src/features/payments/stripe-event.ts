import { z } from 'zod';

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
			payment_intent: z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish(),
			expires_at: z.number().nullish(),
		}),
	}),
});
export type CheckoutEvent = z.output<typeof checkoutEvent>;

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
