import { expect, test } from 'vitest';
import { VendorError } from '../../vendors/http.ts';
import { afterFailure, MAX_SEND_ATTEMPTS, MOST_AGE_MS } from './after-failure.ts';

const facts = (attempts: number, ageMs: number, canAsk = false) => ({ attempts, ageMs, canAsk });
const error = (outcome: VendorError['outcome'], options: { retryAfterMs?: number; vendorStatus?: number } = {}) => new VendorError('waha', outcome, 'no', options);

test('what may have been done is never done again', () => {
	expect(afterFailure(error('ambiguous'), facts(0, 0))).toEqual({ state: 'unknown' });
	expect(afterFailure(error('ambiguous'), facts(0, 0, true))).toEqual({ state: 'resolving' });
});

test('refused: again with growing waits, up to the maximum', () => {
	const waits = Array.from({ length: MAX_SEND_ATTEMPTS }, (_, attempts) => afterFailure(error('refused', { vendorStatus: 404 }), facts(attempts, 0)));
	expect(waits.map((wait) => ('retryMs' in wait ? wait.retryMs : wait.state))).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 'failed']);
	expect(afterFailure(error('refused', { vendorStatus: 403 }), facts(0, 0))).toEqual({ state: 'failed' });
});

test("rate limited: the vendor's own wait, not counted", () => {
	expect(afterFailure(error('rate_limited', { retryAfterMs: 7_000 }), facts(3, 0))).toEqual({ state: 'queued', retryMs: 7_000, counts: false });
	expect(afterFailure(error('rate_limited'), facts(0, 0))).toEqual({ state: 'queued', retryMs: 1_000, counts: false });
});

test('unreachable: the wait grows with the age, for a day', () => {
	expect(afterFailure(error('unreachable'), facts(0, 3))).toEqual({ state: 'queued', retryMs: 500, counts: false });
	expect(afterFailure(error('unreachable'), facts(0, 4_000))).toEqual({ state: 'queued', retryMs: 4_000, counts: false });
	expect(afterFailure(error('unreachable'), facts(0, 60_000))).toEqual({ state: 'queued', retryMs: 15_000, counts: false });
	expect(afterFailure(error('unreachable'), facts(0, MOST_AGE_MS + 1))).toEqual({ state: 'failed' });
});

test('a defect of ours is tried again, and counted', () => {
	expect(afterFailure(new Error('bug'), facts(0, 0))).toEqual({ state: 'queued', retryMs: 1_000, counts: true });
});
