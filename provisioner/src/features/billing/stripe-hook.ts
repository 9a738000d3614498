import express from 'express';
import type { Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import { verifyWebhook } from '../../vendors/stripe/webhook.ts';
import { billingRepository } from './repository.ts';
import type { Synchronise } from './synchronise.ts';

/** Events that say that something about a tenant's subscription has changed. https://docs.stripe.com/billing/subscriptions/webhooks */
export const BILLING_EVENTS = [
	'checkout.session.completed', 'customer.subscription.created', 'customer.subscription.updated', 'customer.subscription.deleted', 'customer.subscription.paused',
	'customer.subscription.resumed', 'invoice.paid', 'invoice.payment_failed',
] as const;

const anyBillingEvent = z.object({ type: z.enum(BILLING_EVENTS) });
const billingEvent = z.object({
	id: z.string().min(1).max(255),
	object: z.literal('event'),
	type: z.enum(BILLING_EVENTS),
	created: z.number(),
	data: z.object({
		object: z.object({
			customer: z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish(),
			amount_paid: z.number().nullish(),
			currency: z.string().nullish(),
		}),
	}),
});

/**
 * `POST /hooks/billing`: events of the platform's own account. Verified on the raw bytes; each is a hint to look at Stripe, and acknowledged when what was
 * found is stored. Anything but 2xx makes Stripe deliver it again.
 */
export function createBillingHook(deps: { database: Database; synchronise: Synchronise | null; webhookSecret: string | null; now: () => Date; log: Logger }): Router {
	const { database, now, log } = deps;
	const router = express.Router();
	router.post('/hooks/billing', express.raw({ type: () => true, limit: '1mb' }), async (request, response) => {
		const { synchronise, webhookSecret } = deps;
		if (synchronise === null || webhookSecret === null) {
			throw new AppError('billing_off', 'Events of Stripe Billing are not taken: set BILLING_STRIPE_SECRET_KEY and BILLING_STRIPE_WEBHOOK_SECRET.', { status: 503 });
		}
		const rawBody: unknown = request.body;
		const body = verifyWebhook(Buffer.isBuffer(rawBody) ? rawBody : Buffer.alloc(0), request.get('stripe-signature'), [webhookSecret], now(), 'BILLING_STRIPE_WEBHOOK_SECRET');
		const parsed = billingEvent.safeParse(body);
		if (parsed.success) await apply(parsed.data, synchronise);
		else if (anyBillingEvent.safeParse(body).success) {
			log.error({ issues: parsed.error.issues }, 'a billing event can\'t be read');
			throw new AppError('event_not_understood', 'This event is not of the form that Stripe documents. It is not acknowledged.', { status: 422 });
		}
		response.json({ received: true });
	});

	async function apply({ id, type, created, data: { object } }: z.output<typeof billingEvent>, synchronise: Synchronise): Promise<void> {
		const { rows } = await database.system.query<{ tenant: string | null }>('SELECT tenant_of_billing_customer($1) AS tenant', [object.customer ?? '']);
		const tenantId = rows[0]?.tenant;
		if (!tenantId) {
			log.info({ eventId: id, type }, 'a billing event of a customer that is not a tenant');
			return;
		}
		if (await database.withTenant(tenantId, (sql) => billingRepository.seen(sql, id))) return;
		await synchronise(tenantId, async (sql) => {
			await sql.query(
				'INSERT INTO billing_events (id, tenant_id, type, amount_cents, currency, happened_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING',
				[id, tenantId, type, object.amount_paid ?? null, object.currency ?? null, new Date(created * 1_000)],
			);
		});
		log.info({ eventId: id, type, tenant: tenantId }, 'billing event');
	}
	return router;
}
