import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Signatures of what the platform sends to n8n, in Stripe's scheme: `Concierge-Signature: t=<unix seconds>,v1=<hex>`,
 * where v1 = HMAC-SHA256(signing secret, "<t>.<raw body>").
 * The signing secret is derived from the API key, so that a trigger need not keep it anywhere n8n's API shows it.
 */
export const SIGNATURE_HEADER = 'concierge-signature';

/** Oldest (and, against a skewed clock, newest) accepted distance between `t` and now, in seconds. */
export const SIGNATURE_TOLERANCE_SECONDS = 300;

/** The secret that signs deliveries to subscriptions made with this API key. Hex, 64 characters. */
export function deriveSigningSecret(apiKey: string): string {
	return createHmac('sha256', apiKey).update('concierge.webhook-signing.v1').digest('hex');
}

/** The header value for a body sent at `unixSeconds`. */
export function signBody(secret: string, rawBody: string | Buffer, unixSeconds: number): string {
	return `t=${unixSeconds},v1=${hexDigest(secret, rawBody, unixSeconds)}`;
}

export type SignatureCheck =
	| { readonly ok: true }
	| { readonly ok: false; readonly reason: 'missing' | 'malformed' | 'mismatch' | 'too_old' | 'from_the_future' };

/** Checks a `Concierge-Signature` header against the raw body. Never throws; anything odd fails closed. */
export function verifySignature(
	secret: string,
	rawBody: string | Buffer,
	header: string | undefined,
	nowUnixSeconds: number,
): SignatureCheck {
	if (header === undefined || header === '') return { ok: false, reason: 'missing' };
	const fields = header.split(',').map((field) => field.trim().split('='));
	const timestamp = Number(fields.find(([key]) => key === 't')?.[1]);
	const candidates = fields.filter(([key]) => key === 'v1').map(([, value]) => value ?? '');
	if (!Number.isSafeInteger(timestamp) || candidates.length === 0) return { ok: false, reason: 'malformed' };
	const expected = Buffer.from(hexDigest(secret, rawBody, timestamp), 'hex');
	const matches = candidates.some((candidate) => {
		const given = Buffer.from(candidate, 'hex');
		return given.length === expected.length && timingSafeEqual(given, expected);
	});
	if (!matches) return { ok: false, reason: 'mismatch' };
	if (timestamp < nowUnixSeconds - SIGNATURE_TOLERANCE_SECONDS) return { ok: false, reason: 'too_old' };
	if (timestamp > nowUnixSeconds + SIGNATURE_TOLERANCE_SECONDS) return { ok: false, reason: 'from_the_future' };
	return { ok: true };
}

function hexDigest(secret: string, rawBody: string | Buffer, unixSeconds: number): string {
	return createHmac('sha256', secret).update(`${unixSeconds}.`).update(rawBody).digest('hex');
}
