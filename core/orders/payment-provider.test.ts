import { describe, expect, it } from 'vitest';
import { currencyProblem, paymentEnd } from './payment-provider.ts';

const NOW = new Date('2026-11-27T10:00:00Z');
const after = (ms: number) => new Date(NOW.getTime() + ms);
const BOUNDS = { shortestLifeMs: 60_000, longestLifeMs: 3_600_000 };

describe('currencyProblem', () => {
	it('names what the provider takes and what the company has', () => {
		expect(currencyProblem('tbank', { currencies: ['rub'] }, 'eur')).toMatch(/^T-Bank takes RUB only, and the company's currency is EUR\. /);
		expect(currencyProblem('tbank', { currencies: ['rub'] }, 'rub')).toBeNull();
		expect(currencyProblem('manual', { currencies: 'any' }, 'kzt')).toBeNull();
	});
});

describe('paymentEnd', () => {
	it.each([
		['as long as the order waits', 600_000, 600_000],
		['not shorter than the provider allows', 1_000, 60_000],
		['not shorter for an order that is over', -5_000, 60_000],
		['not longer than the provider allows', 7_200_000, 3_600_000],
	])('is %s', (_what, wanted, expected) => {
		expect(paymentEnd(BOUNDS, after(wanted), NOW)).toEqual(after(expected));
	});
});
