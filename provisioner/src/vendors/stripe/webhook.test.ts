import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { verifyWebhook } from './webhook.ts';

const SECRET = 'whsec_test_0123456789';
const NOW = new Date('2026-11-20T12:00:00Z');
const seconds = NOW.getTime() / 1_000;
const body = Buffer.from('{"id":"evt_1","object":"event","name":"Ñandú"}');

function header(options: { secret?: string; timestamp?: number; payload?: string } = {}): string {
	return Stripe.webhooks.generateTestHeaderString({
		payload: options.payload ?? body.toString('utf8'),
		secret: options.secret ?? SECRET,
		timestamp: options.timestamp ?? seconds,
	});
}
const codeOf = (call: () => unknown): string => {
	try {
		call();
	} catch (error) {
		return error instanceof Error && 'code' in error ? String(error.code) : 'other';
	}
	return 'accepted';
};

describe('a webhook of Stripe', () => {
	test('is accepted with the right signature over the raw bytes', () => {
		expect(verifyWebhook(body, header(), [SECRET], NOW)).toEqual({ id: 'evt_1', object: 'event', name: 'Ñandú' });
	});

	test('is accepted for any of several secrets, and with any of several v1 signatures', () => {
		expect(codeOf(() => verifyWebhook(body, header(), ['whsec_old', SECRET], NOW))).toBe('accepted');
		const [, signature] = header().split(',');
		expect(codeOf(() => verifyWebhook(body, `t=${seconds},v1=${'0'.repeat(64)},${signature}`, [SECRET], NOW))).toBe('accepted');
	});

	test.each([
		['no header', undefined],
		['an empty header', ''],
		['another secret', header({ secret: 'whsec_other' })],
		['another body', header({ payload: '{}' })],
		['no time', header().replace(/^t=\d+,/, '')],
		['two times', `t=1,${header()}`],
		['a time that is no number', header().replace(/^t=\d+/, 't=soon')],
		['no signature', `t=${seconds}`],
		['another scheme', header().replace('v1=', 'v0=')],
		['5 minutes and a second old', header({ timestamp: seconds - 301 })],
		['5 minutes and a second ahead', header({ timestamp: seconds + 301 })],
	])('is refused with %s', (_what, value) => {
		expect(codeOf(() => verifyWebhook(body, value, [SECRET], NOW))).toBe('signature_invalid');
	});

	test('is accepted from 300 s ago to 300 s ahead', () => {
		for (const timestamp of [seconds - 300, seconds + 300]) {
			expect(codeOf(() => verifyWebhook(body, header({ timestamp }), [SECRET], NOW))).toBe('accepted');
		}
	});

	test('is refused when no secret is set, or an empty one', () => {
		expect(codeOf(() => verifyWebhook(body, header(), [], NOW))).toBe('signature_invalid');
		expect(codeOf(() => verifyWebhook(body, header(), [''], NOW))).toBe('signature_invalid');
	});

	test('that is signed and not JSON is a bad request', () => {
		const text = 'not json';
		expect(codeOf(() => verifyWebhook(Buffer.from(text), header({ payload: text }), [SECRET], NOW))).toBe('body_not_json');
	});
});
