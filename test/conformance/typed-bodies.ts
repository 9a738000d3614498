import type { TypedBody } from './check-types.ts';
import type { Exchange } from './recorder.ts';
import { exchangesOf } from './recorder.ts';
import type { Json } from './values.ts';
import { isObject } from './values.ts';

interface RouteTypes {
	readonly request?: string;
	readonly answer?: string;
	/** The type of each member of a list's `data`. */
	readonly member?: string;
}

/** What the SDK says about the routes that no other specification here describes (v2), and about the most used ones. */
const STRIPE_TYPES: Readonly<Record<string, RouteTypes>> = {
	'POST /v2/core/accounts': { request: 'Stripe.V2.Core.AccountCreateParams', answer: 'Stripe.V2.Core.Account' },
	'GET /v2/core/accounts': { member: 'Stripe.V2.Core.Account' },
	'GET /v2/core/accounts/{id}': { answer: 'Stripe.V2.Core.Account' },
	'POST /v2/core/accounts/{id}/close': { request: 'Stripe.V2.Core.AccountCloseParams', answer: 'Stripe.V2.Core.Account' },
	'POST /v2/core/account_links': { request: 'Stripe.V2.Core.AccountLinkCreateParams', answer: 'Stripe.V2.Core.AccountLink' },
	'POST /v1/checkout/sessions': { answer: 'Stripe.Checkout.Session' },
	'GET /v1/checkout/sessions/{session}': { answer: 'Stripe.Checkout.Session' },
	'POST /v1/checkout/sessions/{session}/expire': { answer: 'Stripe.Checkout.Session' },
	'GET /v1/payment_intents/{intent}': { answer: 'Stripe.PaymentIntent' },
	'POST /v1/shipping_rates': { answer: 'Stripe.ShippingRate' },
	'POST /v1/refunds': { answer: 'Stripe.Refund' },
	'GET /v1/refunds': { member: 'Stripe.Refund' },
	'POST /v1/products': { answer: 'Stripe.Product' },
	'POST /v1/webhook_endpoints': { answer: 'Stripe.WebhookEndpoint' },
	'POST /v1/customers': { answer: 'Stripe.Customer' },
	'DELETE /v1/customers/{customer}': { answer: 'Stripe.DeletedCustomer' },
	'POST /v1/billing_portal/sessions': { answer: 'Stripe.BillingPortal.Session' },
	'GET /v1/accounts/{account}': { answer: 'Stripe.Account' },
};
const OPENAI_TYPES: Readonly<Record<string, RouteTypes>> = {
	'POST /chat/completions': { answer: 'OpenAI.Chat.ChatCompletion' },
	'GET /models': { member: 'OpenAI.Model' },
	'GET /models/{model}': { answer: 'OpenAI.Model' },
};

/** The bodies that passed, each with the SDK type it must have. `base` is the path in front of the routes. */
export function typedBodies(
	vendor: 'stripe' | 'openai',
	routes: readonly { readonly method: string; readonly path: string }[],
	exchanges: readonly Exchange[],
	base = '',
): readonly TypedBody[] {
	const types = vendor === 'stripe' ? STRIPE_TYPES : OPENAI_TYPES;
	const templates = routes.map((route) => `${base}${route.path}`);
	return routes.flatMap(({ method, path }): readonly TypedBody[] => {
		const wanted = types[`${method} ${path}`];
		if (wanted === undefined) return [];
		const route = { vendor, method, path };
		return exchangesOf(exchanges, { method, path: `${base}${path}` }, templates)
			.filter((exchange) => exchange.status < 400)
			.flatMap((exchange) => [
				...body(route, 'request', wanted.request, exchange.requestBody),
				...body(route, 'answer', wanted.answer, exchange.responseBody),
				...members(exchange.responseBody).flatMap((member) => body(route, 'list member', wanted.member, member)),
			]);
	});
}

/** Webhook events as the SDK types them, by their `type`. */
export function typedEvents(webhooks: readonly Json[]): readonly TypedBody[] {
	return webhooks
		.filter((event) => event['object'] === 'event')
		.map((event) => ({
			route: { vendor: 'stripe', method: 'webhook', path: 'event' },
			what: String(event['type']),
			type: 'Stripe.Event',
			body: withoutDecimals(event),
		}));
}

/** On the wire decimals are texts; the SDK makes objects of them, which is what its types say. */
function withoutDecimals(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutDecimals);
	if (!isObject(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, key.endsWith('_decimal') ? null : withoutDecimals(member)]));
}

function body(route: TypedBody['route'], what: string, type: string | undefined, value: unknown): readonly TypedBody[] {
	return type === undefined || value === undefined ? [] : [{ route, what, type, body: value }];
}

function members(value: unknown): readonly unknown[] {
	return isObject(value) && Array.isArray(value['data']) ? value['data'] : [];
}
