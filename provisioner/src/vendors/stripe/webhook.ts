import Stripe from 'stripe';
import { AppError } from '../../../../core/errors.ts';

/** Oldest and newest accepted distance between a signature's time and ours, in seconds. */
const TOLERANCE_SECONDS = 300;

/**
 * Checks `Stripe-Signature` against the raw body with the SDK, for any of the secrets (one per endpoint; two while one is rolled).
 * Also refuses times more than 300 s ahead, which the SDK accepts. https://docs.stripe.com/webhooks/signature
 * @param secretVariable names the variable that holds the secrets, for the error of a wrong one
 * @returns the parsed body: an event, or a thin event of API v2
 * @throws AppError `signature_invalid` (401), `body_not_json` (400)
 */
export function verifyWebhook(rawBody: Buffer, header: string | undefined, secrets: readonly string[], now: Date, secretVariable = 'STRIPE_WEBHOOK_SECRET'): unknown {
	const invalid = (why: string) => new AppError('signature_invalid', `The Stripe-Signature ${why}. Check ${secretVariable}.`, { status: 401 });
	const timestamps = (header ?? '').split(',').filter((field) => field.startsWith('t='));
	const timestamp = /^t=(\d{1,12})$/.exec(timestamps[0] ?? '')?.[1];
	if (header === undefined || timestamps.length !== 1 || timestamp === undefined) throw invalid('is missing or not in Stripe\'s form');
	if (Number(timestamp) > now.getTime() / 1_000 + TOLERANCE_SECONDS) throw invalid('is from the future; check this machine\'s clock');
	if (!secrets.some((secret) => matches(rawBody, header, secret, now))) throw invalid('does not match, or is older than 5 minutes');
	try {
		return JSON.parse(rawBody.toString('utf8')) as unknown;
	} catch (cause) {
		throw new AppError('body_not_json', 'The body is not valid JSON.', { status: 400, cause });
	}
}

function matches(rawBody: Buffer, header: string, secret: string, now: Date): boolean {
	try {
		return Stripe.webhooks.signature?.verifyHeader(rawBody, header, secret, TOLERANCE_SECONDS, undefined, now.getTime()) ?? false;
	} catch {
		// SignatureVerificationError, and what the SDK throws for odd input: fail closed.
		return false;
	}
}
