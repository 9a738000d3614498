/** Every route of Stripe's API that this client calls; `npm run conformance` checks that each exists. Hosts: api.stripe.com. */
export const routes: readonly { readonly method: string; readonly path: string }[] = [
	{ method: 'POST', path: '/v2/core/accounts' },
	{ method: 'GET', path: '/v2/core/accounts/{id}' },
	{ method: 'POST', path: '/v2/core/accounts/{id}/close' },
	{ method: 'POST', path: '/v2/core/account_links' },
	{ method: 'POST', path: '/v1/checkout/sessions' },
	{ method: 'GET', path: '/v1/checkout/sessions/{session}' },
	{ method: 'POST', path: '/v1/checkout/sessions/{session}/expire' },
	{ method: 'POST', path: '/v1/refunds' },
	{ method: 'GET', path: '/v1/refunds' },
	// The platform's own billing, with a key of its own: ../stripe-billing.
	{ method: 'POST', path: '/v1/customers' },
	{ method: 'DELETE', path: '/v1/customers/{customer}' },
	{ method: 'GET', path: '/v1/subscriptions' },
	{ method: 'POST', path: '/v1/subscriptions/{subscription}' },
	{ method: 'DELETE', path: '/v1/subscriptions/{subscription}' },
	{ method: 'POST', path: '/v1/billing_portal/sessions' },
];
