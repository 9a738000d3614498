import type { Request, Response, Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { suffer } from '../faults.ts';
import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { isObject, parseJson, stringOf } from '../json.ts';
import { expressPath, STRIPE_ROUTES } from '../routes.ts';
import { retrieveOwnAccount, retrieveV1Account } from './account-v1.ts';
import {
	closeAccount,
	connectedAccount,
	createAccount,
	createAccountLink,
	listAccounts,
	retrieveAccount,
} from './accounts.ts';
import { ownerOf } from './billing/account.ts';
import { createAnyCheckout, expireAnyCheckout, retrieveAnyCheckout } from './billing/checkouts.ts';
import { createCustomer, deleteCustomer, retrieveCustomer } from './billing/customers.ts';
import { listInvoices, retrieveInvoice } from './billing/invoices.ts';
import { createPortalSession } from './billing/portal.ts';
import { createAnyPrice, retrieveAnyPrice } from './billing/prices.ts';
import { cancelSubscription, listSubscriptions, retrieveSubscription, updateSubscription } from './billing/subscriptions.ts';
import type { StripeCall } from './call.ts';
import { STRIPE_API_VERSION } from './call.ts';
import { listCheckoutSessions, listLineItems } from './checkout.ts';
import { createEndpoint, deleteEndpoint, listEndpoints, retrieveEndpoint } from './endpoints.ts';
import { invalid, StripeApiError } from './errors.ts';
import { listEvents, retrieveEvent } from './events.ts';
import type { KeyedRequest } from './idempotency.ts';
import { rememberAnswer, rememberedAnswer } from './idempotency.ts';
import { decodeForm } from './params.ts';
import { createProduct, createShippingRate, retrieveObject } from './products.ts';
import { createRefund, listRefunds } from './refunds.ts';

type Operation = (typeof STRIPE_ROUTES)[number]['operation'];

const HANDLERS: Readonly<Record<Operation, (call: StripeCall) => JsonObject>> = {
	'v2.accounts.create': createAccount,
	'v2.accounts.list': listAccounts,
	'v2.accounts.retrieve': retrieveAccount,
	'v2.accounts.close': closeAccount,
	'v2.account_links.create': createAccountLink,
	'account.retrieve': retrieveOwnAccount,
	'accounts.retrieve': retrieveV1Account,
	'checkout.sessions.create': createAnyCheckout,
	'checkout.sessions.list': listCheckoutSessions,
	'checkout.sessions.retrieve': retrieveAnyCheckout,
	'checkout.sessions.line_items': listLineItems,
	'checkout.sessions.expire': expireAnyCheckout,
	'payment_intents.retrieve': retrieveObject('payment_intent'),
	'refunds.create': createRefund,
	'refunds.list': listRefunds,
	'products.create': createProduct,
	'products.retrieve': retrieveObject('product'),
	'prices.create': createAnyPrice,
	'prices.retrieve': retrieveAnyPrice,
	'shipping_rates.create': createShippingRate,
	'shipping_rates.retrieve': retrieveObject('shipping_rate'),
	'customers.create': createCustomer,
	'customers.retrieve': retrieveCustomer,
	'customers.delete': deleteCustomer,
	'subscriptions.list': listSubscriptions,
	'subscriptions.retrieve': retrieveSubscription,
	'subscriptions.update': updateSubscription,
	'subscriptions.cancel': cancelSubscription,
	'invoices.list': listInvoices,
	'invoices.retrieve': retrieveInvoice,
	'billing_portal.sessions.create': createPortalSession,
	'webhook_endpoints.create': createEndpoint,
	'webhook_endpoints.list': listEndpoints,
	'webhook_endpoints.retrieve': retrieveEndpoint,
	'webhook_endpoints.delete': deleteEndpoint,
	'events.list': listEvents,
	'events.retrieve': retrieveEvent,
};

/** Stripe's API, https://docs.stripe.com/api. Mounted at the root, since its SDK has no base path. */
export function createStripeRouter(context: SandboxContext): Router {
	const router = express.Router();
	for (const route of STRIPE_ROUTES) {
		const method = route.method.toLowerCase() as 'get' | 'post' | 'delete';
		router[method](expressPath(route.path), (req, res) => answer(context, route.operation, req, res));
	}
	router.use(['/v1', '/v2'], (req, res) => {
		const message = `Unrecognized request URL (${req.method}: ${req.originalUrl}).`;
		sendError(res, new StripeApiError(404, { type: 'invalid_request_error', message }));
	});
	return router;
}

async function answer(context: SandboxContext, operation: Operation, req: Request, res: Response): Promise<void> {
	const requestId = `req_${alphanumeric(14)}`;
	res.set({ 'request-id': requestId, 'stripe-version': req.get('stripe-version') ?? STRIPE_API_VERSION });
	let keyed: KeyedRequest | undefined;
	try {
		const apiKey = authenticate(req);
		const account = req.get('stripe-account') ?? null;
		if (account !== null) {
			connectedAccount(context, account);
			res.set('stripe-account', account);
		}
		keyed = keyedRequest(req, account ?? apiKey);
		if (keyed !== undefined) {
			res.set('idempotency-key', keyed.key);
			const remembered = rememberedAnswer(context, keyed);
			if (remembered !== undefined) {
				res.set('idempotent-replayed', 'true').status(remembered.status).json(remembered.body);
				return;
			}
		}
		if (!(await admitted(context, operation, res))) return;
		const id = Object.values(req.params).map((value) => stringOf(value))[0] ?? '';
		const params = paramsOf(req);
		const body = HANDLERS[operation]({ context, id, params, account, owner: ownerOf(apiKey), requestId, idempotencyKey: keyed?.key ?? null });
		context.store.changed();
		if (keyed !== undefined) rememberAnswer(context, keyed, { status: 200, body });
		res.json(body);
	} catch (error) {
		if (!(error instanceof StripeApiError)) throw error;
		const v2 = req.path.startsWith('/v2/');
		if (keyed !== undefined && error.kept && !v2) {
			rememberAnswer(context, keyed, { status: error.status, body: { error: { ...error.error } } });
		}
		sendError(res, error);
	}
}

async function admitted(context: SandboxContext, operation: Operation, res: Response): Promise<boolean> {
	const fault = context.faults.take('stripe', operation);
	if (fault === undefined) return true;
	if (fault.mode !== 'status') return suffer(fault, res);
	if (fault.retry_after !== null) res.set('retry-after', String(fault.retry_after));
	if (fault.status === 429) {
		throw new StripeApiError(429, { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' });
	}
	const type = fault.status >= 500 ? 'api_error' : fault.status === 402 ? 'card_error' : 'invalid_request_error';
	// Errors of the server are remembered by the key, too: a retry with the same key gets the same answer.
	throw new StripeApiError(fault.status, { type, message: 'Sandbox fault' }, fault.status >= 500 || fault.status === 402);
}

function authenticate(req: Request): string {
	const header = req.get('authorization') ?? '';
	const basic = /^Basic (.+)$/i.exec(header)?.[1];
	const key = basic === undefined ? (/^Bearer (.+)$/i.exec(header)?.[1] ?? '') : (atob(basic).split(':')[0] ?? '');
	if (/^[sr]k_test_\w+$/.test(key)) return key;
	const message =
		key === ''
			? 'You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth.'
			: `Invalid API Key provided: ${key.slice(0, 8)}****`;
	throw new StripeApiError(401, { type: 'invalid_request_error', message });
}

function keyedRequest(req: Request, scope: string): KeyedRequest | undefined {
	const key = req.get('idempotency-key');
	if (key === undefined || key === '' || req.method === 'GET') return undefined;
	return { key, scope, method: req.method, path: req.path, body: rawBody(req) };
}

function paramsOf(req: Request): Record<string, unknown> {
	const query = decodeForm(req.originalUrl.split('?')[1] ?? '');
	const raw = rawBody(req);
	if (!req.path.startsWith('/v2/')) return { ...query, ...decodeForm(raw) };
	if (raw === '') return query;
	const body = parseJson(raw);
	if (!isObject(body)) throw invalid('The request body must be a JSON object.');
	return { ...query, ...body };
}

function rawBody(req: Request): string {
	return Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '';
}

function sendError(res: Response, error: StripeApiError): void {
	res.status(error.status).json({ error: error.error });
}
