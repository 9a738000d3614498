import type { ConnectedAccounts } from './accounts.ts';
import { createConnectedAccounts } from './accounts.ts';
import type { CheckoutSessions } from './checkout-sessions.ts';
import { createCheckoutSessions } from './checkout-sessions.ts';
import { openStripe } from './sdk.ts';

/** What the features know of Stripe. Built on the official SDK; every function throws VendorError and nothing else. */
export type StripeClient = ConnectedAccounts & CheckoutSessions;

/**
 * @param options.url `https://api.stripe.com`, or a stand-in's address (no path: the SDK has none)
 * @param options.timeoutMs of one request; a call makes at most 2
 */
export function createStripeClient(options: { url: string; secretKey: string; timeoutMs?: number }): StripeClient {
	const stripe = openStripe(options);
	return { ...createConnectedAccounts(stripe), ...createCheckoutSessions(stripe) };
}
