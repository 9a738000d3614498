import Stripe from 'stripe';
import { VendorError } from '../http.ts';
import type { VendorOutcome } from '../http.ts';

/** Connection errors that are raised before a request has left: nothing can have happened at Stripe. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Stripe's own error, when it is one. */
export function stripeErrorOf(error: unknown): Stripe.errors.StripeError | undefined {
	return error instanceof Stripe.errors.StripeError ? error : undefined;
}

/**
 * Runs a call of the SDK and turns its errors into ours. 5xx and 409 are `ambiguous`: Stripe may have done it, or be doing it.
 * https://docs.stripe.com/error-low-level
 * @param keyVariable names the variable that holds the secret key, for the error of a wrong one
 * @throws VendorError
 */
export async function asVendorError<T>(operation: string, call: () => Promise<T>, keyVariable = 'STRIPE_SECRET_KEY'): Promise<T> {
	try {
		return await call();
	} catch (error) {
		const known = stripeErrorOf(error);
		if (!known) throw error;
		throw toVendorError(operation, known, keyVariable);
	}
}

function toVendorError(operation: string, error: Stripe.errors.StripeError, keyVariable: string): VendorError {
	const status = error.statusCode;
	if (status === undefined) {
		const code = codeOf(error.detail);
		return NOT_SENT.has(code)
			? new VendorError('stripe', 'unreachable', `Stripe can't be reached for ${operation} (${code}). Check STRIPE_API_URL.`)
			: new VendorError('stripe', 'ambiguous', `Stripe gave no answer to ${operation} (${code || 'connection lost or timed out'}). It may have been done.`);
	}
	const options = { vendorStatus: status, retryAfterMs: retryAfterOf(error) };
	if (status === 401) {
		return new VendorError('stripe', 'refused', `Stripe does not accept our key for ${operation}. Check ${keyVariable}.`, options);
	}
	const reason = [error.code, error.message].filter((part) => part !== undefined && part !== '').join(': ');
	return new VendorError('stripe', outcomeOf(status), `Stripe answered ${status} to ${operation}: ${reason.slice(0, 300)}`, options);
}

function outcomeOf(status: number): VendorOutcome {
	if (status === 429) return 'rate_limited';
	return status >= 500 || status === 409 || status === 408 ? 'ambiguous' : 'refused';
}

function retryAfterOf(error: Stripe.errors.StripeError): number | null {
	const seconds = Number(error.headers?.['retry-after'] ?? Number.NaN);
	return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1_000) : null;
}

function codeOf(detail: unknown): string {
	return detail instanceof Error && 'code' in detail && typeof detail.code === 'string' ? detail.code : '';
}
