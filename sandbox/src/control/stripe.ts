import type { Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { numberOf, stringOf } from '../json.ts';
import { v1Account } from '../stripe/account-v1.ts';
import { completeOnboarding } from '../stripe/accounts.ts';
import { expireCheckout, findCheckout, payCheckout, settleCheckout } from '../stripe/checkout.ts';
import { tellDispute } from '../stripe/disputes.ts';
import { deliverEvent, findEvent } from '../stripe/events.ts';
import { failRefund } from '../stripe/refunds.ts';
import type { StoredCheckout } from '../stripe/state.ts';
import { control, controlBody } from './answers.ts';

/** Mounted at `/control/stripe`. */
export function createStripeControl(context: SandboxContext): Router {
	const router = express.Router();
	router.get(
		'/accounts',
		control(() => ({
			data: Object.values(context.store.current.stripe.accounts).map((account) => ({ ...v1Account(account), closed: account.closed })),
		})),
	);
	router.post(
		'/accounts/:id/complete-onboarding',
		control(async (req) => v1Account(await completeOnboarding(context, stringOf(req.params['id'])))),
	);
	router.get(
		'/sessions',
		control((req) => {
			const { account } = req.query;
			const sessions = Object.values(context.store.current.stripe.sessions);
			return { data: sessions.filter((stored) => account === undefined || stored.account === account).map(shown) };
		}),
	);
	router.post(
		'/sessions/:id/pay',
		control(async (req) => {
			const body = controlBody(req);
			const customer = { email: stringOf(body['email'], 'customer@example.com'), name: stringOf(body['name'], 'Customer') };
			const checkout = findCheckout(context, stringOf(req.params['id']));
			const outcome = await payCheckout(context, checkout, customer, body['delayed'] === true);
			return { session: shown(outcome.checkout), deliveries: outcome.deliveries };
		}),
	);
	router.post(
		'/sessions/:id/settle',
		control(async (req) => {
			const checkout = findCheckout(context, stringOf(req.params['id']));
			const outcome = await settleCheckout(context, checkout, controlBody(req)['succeeded'] !== false);
			return { session: shown(outcome.checkout), deliveries: outcome.deliveries };
		}),
	);
	router.post(
		'/sessions/:id/expire',
		control(async (req) => {
			const checkout = findCheckout(context, stringOf(req.params['id']));
			const deliveries = await expireCheckout(context, checkout);
			return { session: shown(checkout), deliveries };
		}),
	);
	router.post(
		'/sessions/:id/dispute',
		control(async (req) => {
			const { account, object } = findCheckout(context, stringOf(req.params['id']));
			return tellDispute(context, account ?? '', stringOf(object['payment_intent']), numberOf(object['amount_total'], 0), stringOf(object['currency']), stringOf(controlBody(req)['status'], 'needs_response'));
		}),
	);
	router.post(
		'/refunds/:id/fail',
		control((req) => failRefund(context, stringOf(req.params['id']))),
	);
	router.get('/events', control(() => ({ data: context.store.current.stripe.events.map((event) => event.object) })));
	router.post(
		'/events/:id/resend',
		control(async (req) => {
			const event = findEvent(context, stringOf(req.params['id']));
			return { event: event.object, deliveries: await deliverEvent(context, event) };
		}),
	);
	return router;
}

function shown(stored: StoredCheckout): unknown {
	return { ...stored.object, account: stored.account, line_items: stored.line_items, payment_intent_data: stored.intent };
}
