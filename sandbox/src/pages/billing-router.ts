import type { Request, Response, Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { stringOf } from '../json.ts';
import type { Billing } from '../stripe/billing/account.ts';
import { billingOf, billingSeconds } from '../stripe/billing/account.ts';
import { paySubscriptionCheckout } from '../stripe/billing/checkouts.ts';
import { announce, payOpenInvoices } from '../stripe/billing/subscription-life.ts';
import { portalPage, subscribePage, unknownBillingPage } from './billing-pages.ts';

const CONTENT_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const WEBHOOK_PATIENCE_MS = 10_000;

/** Where a person subscribes (`/c/subscribe/…`) and looks after the subscription (`/p/session/…`). */
export function createBillingPagesRouter(context: SandboxContext): Router {
	const router = express.Router();
	router.get('/c/subscribe/:session', (req, res) => {
		const found = checkoutOf(req);
		send(res, found === undefined ? 404 : 200, found === undefined ? unknownBillingPage() : subscribePage(found.billing, found.stored));
	});
	router.post('/c/subscribe/:session', async (req, res) => {
		const found = checkoutOf(req);
		if (found?.stored.status === 'open' && found.stored.expires_at > billingSeconds(context)) await patiently(paySubscriptionCheckout(found.billing, found.stored));
		if (found?.stored.status === 'complete') res.redirect(303, found.stored.success_url.replaceAll('{CHECKOUT_SESSION_ID}', found.stored.id));
		else res.redirect(303, `/c/subscribe/${encodeURIComponent(stringOf(req.params['session']))}`);
	});
	router.get('/p/session/:token', (req, res) => {
		const found = portalOf(req);
		send(res, found === undefined ? 404 : 200, found === undefined ? unknownBillingPage() : portalPage(found.billing, found.stored));
	});
	router.post('/p/session/:token', async (req, res) => {
		const found = portalOf(req);
		if (found !== undefined) await patiently(act(found.billing, found.stored.customer, new URLSearchParams(Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '').get('action')));
		res.redirect(303, `/p/session/${encodeURIComponent(stringOf(req.params['token']))}`);
	});
	return router;

	function accounts(): readonly Billing[] {
		return Object.keys(context.store.current.stripeBilling.accounts).map((owner) => billingOf(context, owner));
	}
	function checkoutOf(req: Request) {
		for (const billing of accounts()) {
			const stored = billing.account.checkouts[stringOf(req.params['session'])];
			if (stored !== undefined) return { billing, stored };
		}
		return undefined;
	}
	function portalOf(req: Request) {
		for (const billing of accounts()) {
			const stored = billing.account.portals[stringOf(req.params['token'])];
			if (stored !== undefined && billing.account.customers[stored.customer] !== undefined) return { billing, stored };
		}
		return undefined;
	}
}

async function act(billing: Billing, customer: string, action: string | null): Promise<void> {
	const stored = billing.account.customers[customer];
	if (stored === undefined) return;
	if (action === 'pay') await payOpenInvoices(billing, customer);
	if (action === 'decline' || action === 'accept') stored.declines = action === 'decline';
	for (const subscription of Object.values(billing.account.subscriptions)) {
		if (subscription.customer !== customer || subscription.status === 'canceled' || (action !== 'cancel' && action !== 'keep')) continue;
		subscription.cancel_at_period_end = action === 'cancel';
		subscription.canceled_at = action === 'cancel' ? billingSeconds(billing.context) : null;
		await announce(billing, subscription);
	}
	billing.context.store.changed();
}

async function patiently(work: Promise<unknown>): Promise<void> {
	await Promise.race([work, new Promise((resolve) => setTimeout(resolve, WEBHOOK_PATIENCE_MS).unref())]);
}

function send(res: Response, status: number, page: string): void {
	res.status(status).set({ 'content-security-policy': CONTENT_POLICY, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).type('html').send(page);
}
