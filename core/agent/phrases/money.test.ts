import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PHRASE_LANGUAGES, phrasesFor } from './index.ts';
import { decimalAmount, formatMoney } from './money.ts';

describe('formatMoney', () => {
	it.each([
		[5990, 'eur', 'English', '€59.90'],
		[5990, 'EUR', 'Spanish', '59,90 €'],
		[5990, 'eur', 'Russian', '59,90 €'],
		[123_450, 'eur', 'Russian', '1 234,50 €'],
		[123_450, 'eur', 'English', '€1,234.50'],
		[5, 'eur', 'Spanish', '0,05 €'],
		[1999, 'gbp', 'English', '£19.99'],
		[1999, 'jpy', 'English', 'JP¥1,999'],
		[5990, 'eur', 'Finnish', '€59.90'],
		[123_450, 'eur', 'German', '1.234,50 €'],
		[123_450, 'eur', 'Ukrainian', '1 234,50 €'],
		[0, 'eur', 'German', 'kostenlos'],
		[0, 'eur', 'Ukrainian', 'безкоштовно'],
		[0, 'eur', 'English', 'free'],
		[0, 'eur', 'Spanish', 'gratis'],
		[0, 'eur', 'Russian', 'бесплатно'],
	])('%d %s in %s is "%s"', (cents, currency, language, written) => {
		expect(formatMoney(cents, currency, language)).toBe(written);
	});

	it('never writes 0 as a price', () => {
		fc.assert(
			fc.property(fc.nat(10_000_000), fc.constantFrom(...PHRASE_LANGUAGES), (cents, language) => {
				const written = formatMoney(cents, 'eur', language);
				const digits = Number(written.replace(/\D/g, ''));
				expect(digits).toBe(cents);
				expect(cents === 0).toBe(written === phrasesFor(language).free);
			}),
		);
	});
});

describe('decimalAmount', () => {
	it.each([[2_500, 'eur', '25.00'], [5, 'EUR', '0.05'], [0, 'eur', '0.00'], [2_500, 'jpy', '2500'], [2_500, 'kwd', '2.500'], [123_456_789, 'usd', '1234567.89']])(
		'writes %d of %s as %s', (cents, currency, amount) => expect(decimalAmount(cents, currency)).toBe(amount),
	);
});
