import Stripe from 'stripe';

/**
 * The SDK, for one secret key: who has several accounts (customers' payments, the platform's own billing) has one of these for each.
 * @param options.url `https://api.stripe.com`, or a stand-in's address (no path: the SDK has none)
 * @param options.timeoutMs of one request; a call makes at most 2
 */
export function openStripe(options: { url: string; secretKey: string; timeoutMs?: number }): Stripe {
	const url = new URL(options.url);
	const protocol = url.protocol === 'http:' ? 'http' : 'https';
	return new Stripe(options.secretKey, {
		host: url.hostname,
		port: url.port === '' ? (protocol === 'http' ? 80 : 443) : Number(url.port),
		protocol,
		timeout: options.timeoutMs ?? 8_000,
		maxNetworkRetries: 1,
		telemetry: false,
		appInfo: { name: 'Concierge' },
	});
}
