import type { Request, Response, Router } from 'express';
import express from 'express';
import { fileURLToPath } from 'node:url';
import type { SandboxContext } from '../context.ts';
import { isObject, numberOf, stringOf } from '../json.ts';
import { completeOnboarding } from '../stripe/accounts.ts';
import { payCheckout } from '../stripe/checkout.ts';
import type { StoredAccountLink, StoredCheckout } from '../stripe/state.ts';
import { checkoutPage, unknownCheckoutPage } from './checkout-page.ts';
import { textsFor } from './checkout-texts.ts';
import { onboardingPage, unknownOnboardingPage } from './onboarding-page.ts';

const PUBLIC_FOLDER = fileURLToPath(new URL('../../public/', import.meta.url));
/** Stripe, too, waits up to 10 s for the webhook before it sends the customer on. */
const WEBHOOK_PATIENCE_MS = 10_000;
const CONTENT_POLICY =
	"default-src 'self'; img-src * data:; media-src *; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** Pages for people: the phone at `/`, hosted checkout, hosted onboarding. */
export function createPagesRouter(context: SandboxContext): Router {
	const router = express.Router();
	router.get('/c/pay/:session', (req, res) => showCheckout(context, req, res));
	router.post('/c/pay/:session', (req, res) => pay(context, req, res));
	router.get('/onboarding/:account', (req, res) => showOnboarding(context, req, res));
	router.post('/onboarding/:account', (req, res) => submitOnboarding(context, req, res));
	router.use(
		express.static(PUBLIC_FOLDER, {
			etag: true,
			setHeaders: (res) => {
				res.setHeader('content-security-policy', CONTENT_POLICY);
				res.setHeader('cache-control', 'no-cache');
			},
		}),
	);
	return router;
}

export function sendPage(res: Response, status: number, page: string): void {
	res
		.status(status)
		.set({ 'content-security-policy': CONTENT_POLICY, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
		.type('html')
		.send(page);
}

function checkoutOf(context: SandboxContext, req: Request): StoredCheckout | undefined {
	return context.store.current.stripe.sessions[stringOf(req.params['session'])];
}

function showCheckout(context: SandboxContext, req: Request, res: Response): void {
	const stored = checkoutOf(context, req);
	const locale = stored === undefined ? null : stringOf(stored.object['locale']) || null;
	const texts = textsFor(locale, req.get('accept-language') ?? '');
	if (stored === undefined) {
		sendPage(res, 404, unknownCheckoutPage(texts));
		return;
	}
	const business = context.store.current.stripe.accounts[stored.account ?? '']?.display_name || 'Sandbox shop';
	sendPage(res, 200, checkoutPage({ stored, business, texts, shipping: shippingOf(context, stored) }));
}

function shippingOf(context: SandboxContext, stored: StoredCheckout): { name: string; amount: number }[] {
	const options = Array.isArray(stored.object['shipping_options']) ? stored.object['shipping_options'] : [];
	return options.map((option) => {
		const facts = isObject(option) ? option : {};
		const rate = context.store.current.stripe.objects[stringOf(facts['shipping_rate'])]?.object;
		return { name: stringOf(rate?.['display_name']), amount: numberOf(facts['shipping_amount'], 0) };
	});
}

async function pay(context: SandboxContext, req: Request, res: Response): Promise<void> {
	const stored = checkoutOf(context, req);
	if (stored?.object.status === 'open') {
		const form = new URLSearchParams(Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '');
		const customer = { email: form.get('email') || 'customer@example.com', name: form.get('name') || 'Customer' };
		await Promise.race([
			payCheckout(context, stored, customer),
			new Promise((resolve) => setTimeout(resolve, WEBHOOK_PATIENCE_MS).unref()),
		]);
	}
	// Paid now or before: on to the shop. Expired or unknown: the page says so.
	if (stored?.object.status === 'complete') {
		res.redirect(303, stored.object.success_url.replaceAll('{CHECKOUT_SESSION_ID}', stored.object.id));
	} else res.redirect(303, `/c/pay/${encodeURIComponent(stringOf(req.params['session']))}`);
}

/** A link works once and for minutes, and belongs to its account. Without `?link=` the page stands on its own. */
function linkOf(context: SandboxContext, req: Request): StoredAccountLink | undefined {
	const link = context.store.current.stripe.links[stringOf(req.query['link'])];
	return link?.account === req.params['account'] ? link : undefined;
}

function ended(context: SandboxContext, link: StoredAccountLink): boolean {
	return link.used || link.expires_at <= context.now();
}

function showOnboarding(context: SandboxContext, req: Request, res: Response): void {
	const account = context.store.current.stripe.accounts[stringOf(req.params['account'])];
	const link = linkOf(context, req);
	if (account === undefined || account.closed) sendPage(res, 404, unknownOnboardingPage());
	else if (link !== undefined && ended(context, link) && !account.onboarded) res.redirect(303, link.refresh_url);
	else {
		const action = link === undefined ? `/onboarding/${account.id}` : `/onboarding/${account.id}?link=${link.token}`;
		sendPage(res, 200, onboardingPage(account, action));
	}
}

async function submitOnboarding(context: SandboxContext, req: Request, res: Response): Promise<void> {
	const account = context.store.current.stripe.accounts[stringOf(req.params['account'])];
	const link = linkOf(context, req);
	if (account === undefined || account.closed) {
		sendPage(res, 404, unknownOnboardingPage());
		return;
	}
	if (link !== undefined && ended(context, link)) {
		res.redirect(303, link.refresh_url);
		return;
	}
	if (link !== undefined) link.used = true;
	await Promise.race([
		completeOnboarding(context, account.id),
		new Promise((resolve) => setTimeout(resolve, WEBHOOK_PATIENCE_MS).unref()),
	]);
	res.redirect(303, link?.return_url || `/onboarding/${account.id}`);
}
