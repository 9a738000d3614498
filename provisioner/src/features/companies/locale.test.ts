import { describe, expect, it } from 'vitest';
import { currencyCode } from './locale.ts';

describe('currencyCode', () => {
	it.each(['eur', 'SEK', ' kzt '])('takes %j', (code) => {
		expect(currencyCode.parse(code)).toBe(code.trim().toLowerCase());
	});

	it.each([
		['jpy', /without hundredths/],
		['kwd', /without hundredths/],
		['euro', /not an ISO 4217 currency/],
	])('refuses %j and says why, once', (code, why) => {
		const { error } = currencyCode.safeParse(code);
		expect(error?.issues).toHaveLength(1);
		expect(error?.issues[0]?.message).toMatch(why);
	});
});
