import { backoffMs } from '../../../../core/conversation/backoff.ts';
import { VendorError } from '../../vendors/http.ts';

export type AfterFailure =
	/** `counts`: it was a real try, and counts against the maximum. */
	| { readonly state: 'queued'; readonly retryMs: number; readonly counts: boolean }
	| { readonly state: 'failed' }
	/** It may have been sent: the vendor is asked (resolution.ts). */
	| { readonly state: 'resolving' }
	/** It may have been sent, and this vendor can't tell: it is not sent again, and shown to the operator. */
	| { readonly state: 'unknown' };

export const MAX_SEND_ATTEMPTS = 8;
/** While the vendor can't be reached nothing is counted; after this long an answer is of no use any more. */
export const MOST_AGE_MS = 24 * 60 * 60_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
const MAX_UNREACHABLE_RETRY_MS = 15_000;
/** The vendor will say the same every time: a blocked bot, a chat that isn't there, content it does not take. */
const FINAL_STATUSES = new Set([400, 403, 413, 415]);

/**
 * What becomes of a part whose send failed. `attempts`: real tries before this one; `ageMs`: since it entered the outbox; `canAsk`: its
 * vendor can tell what it has sent.
 */
export function afterFailure(error: unknown, { attempts, ageMs, canAsk }: { attempts: number; ageMs: number; canAsk: boolean }): AfterFailure {
	// Not an error of the call: a defect of ours, or of its preparation. It was not sent for all we know, and is tried again.
	if (!(error instanceof VendorError)) return retryCounted(attempts);
	switch (error.outcome) {
		case 'ambiguous':
			return { state: canAsk ? 'resolving' : 'unknown' };
		case 'rate_limited':
			if (ageMs > MOST_AGE_MS) return { state: 'failed' };
			return { state: 'queued', retryMs: error.retryAfterMs ?? backoffMs(attempts + 1, FIRST_RETRY_MS, MAX_RETRY_MS), counts: false };
		case 'unreachable':
			if (ageMs > MOST_AGE_MS) return { state: 'failed' };
			// Twice the age at each try: exponential, without a counter.
			return { state: 'queued', retryMs: Math.min(MAX_UNREACHABLE_RETRY_MS, Math.max(500, Math.round(ageMs))), counts: false };
		case 'refused':
			return FINAL_STATUSES.has(error.vendorStatus ?? 0) ? { state: 'failed' } : retryCounted(attempts);
	}
}

/** Again after a real try, up to the maximum. */
export function retryCounted(attempts: number): { state: 'queued'; retryMs: number; counts: true } | { state: 'failed' } {
	if (attempts + 1 >= MAX_SEND_ATTEMPTS) return { state: 'failed' };
	return { state: 'queued', retryMs: backoffMs(attempts + 1, FIRST_RETRY_MS, MAX_RETRY_MS), counts: true };
}
