import type { Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { isObject, numberOf, stringOf } from '../json.ts';
import type { Billing } from '../stripe/billing/account.ts';
import { billingOf, billingSeconds } from '../stripe/billing/account.ts';
import { paySubscriptionCheckout, shown } from '../stripe/billing/checkouts.ts';
import { payOpenInvoices, runBillingClock } from '../stripe/billing/subscription-life.ts';
import { subscriptionObject } from '../stripe/billing/subscription-object.ts';
import { control, controlBody, ControlError } from './answers.ts';

/** What subscribers, their banks and time do. Mounted at `/control/stripe/billing`. */
export function createStripeBillingControl(context: SandboxContext): Router {
	const router = express.Router();
	const accounts = (): Billing[] => Object.keys(context.store.current.stripeBilling.accounts).map((owner) => billingOf(context, owner));
	const having = (kind: 'customers' | 'checkouts', id: string): Billing => {
		const found = accounts().find(({ account }) => account[kind][id] !== undefined);
		if (found === undefined) throw new ControlError(404, `There is no ${kind.slice(0, -1)} ${id} in any account.`);
		return found;
	};

	router.get('/subscriptions', control(() => ({
		data: accounts().flatMap((billing) => Object.values(billing.account.subscriptions).map((one) => ({ ...subscriptionObject(billing, one), owner: billing.owner }))),
	})));
	router.get('/sessions', control(() => ({
		data: accounts().flatMap((billing) => Object.values(billing.account.checkouts).map((one) => ({ ...shown(billing, one), owner: billing.owner }))),
	})));
	router.post('/sessions/:id/pay', control(async (req) => {
		const id = stringOf(req.params['id']);
		const billing = having('checkouts', id);
		const stored = billing.account.checkouts[id];
		if (stored === undefined) throw new ControlError(404, `There is no session ${id}.`);
		const deliveries = await paySubscriptionCheckout(billing, stored);
		return { session: shown(billing, stored), deliveries };
	}));
	router.post('/customers/:id/card', control((req) => {
		const id = stringOf(req.params['id']);
		const customer = having('customers', id).account.customers[id];
		const declines = controlBody(req)['declines'];
		if (customer === undefined || typeof declines !== 'boolean') throw new ControlError(400, 'declines must be true or false.');
		customer.declines = declines;
		context.store.changed();
		return { id, declines };
	}));
	router.post('/customers/:id/pay', control(async (req) => {
		const id = stringOf(req.params['id']);
		return { deliveries: await payOpenInvoices(having('customers', id), id) };
	}));
	router.post('/clock', control(async (req) => {
		const body = controlBody(req);
		const days = isObject(body) ? numberOf(body['advance_days'], 0) : 0;
		if (days < 0) throw new ControlError(400, 'Stripe\'s clock only goes ahead.');
		context.store.current.stripeBilling.ahead_ms += days * 86_400_000;
		context.store.changed();
		const deliveries = await runBillingClock(context);
		return { now: billingSeconds(context), deliveries };
	}));
	return router;
}
