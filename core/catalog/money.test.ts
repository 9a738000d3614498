import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMoney } from './money.ts';

const NBSP = '\u00a0';
const NARROW_NBSP = '\u202f';

describe('parseMoney', () => {
	it.each([
		['1 234,50 €', 123450],
		[`1${NBSP}234,50${NBSP}€`, 123450],
		[`1${NARROW_NBSP}234,50 €`, 123450],
		['€1,234.50', 123450],
		['1.234,50', 123450],
		["1'234.50 CHF", 123450],
		['1.234.567,89', 123456789],
		['1,234,567', 123456700],
		['59,90', 5990],
		['59.9', 5990],
		['1 500', 150000],
		['1.500', 150000],
		['0,500', 50],
		['.5', 50],
		['59,-', 5900],
		['5 руб.', 500],
		['0', 0],
		['', 0],
	])('reads %j as %i cents', (text, cents) => expect(parseMoney(text)).toMatchObject({ ok: true, cents }));

	it.each(['free', 'FREE', 'бесплатно', 'Gratis', '—', '-', 'kostenlos', 'безкоштовно', 'тегін', 'gratuito', '  '])('reads %j as free', (text) =>
		expect(parseMoney(text)).toEqual({ ok: true, cents: 0, currencies: [] }),
	);

	it.each([
		['-5', 'negative'],
		['−5,00 €', 'negative'],
		['€-5', 'negative'],
		['(5.00)', 'negative'],
		['1.2345', 'too_many_decimals'],
		['1,234.567', 'too_many_decimals'],
		['12,34,567', 'not_an_amount'],
		['10-20', 'not_an_amount'],
		['from 50', 'not_an_amount'],
		['cheap', 'not_an_amount'],
		['5 € 6', 'not_an_amount'],
		['1e3', 'not_an_amount'],
		['+34 600 000 111', 'not_an_amount'],
		['99999999999', 'too_large'],
	])('refuses %j: %s', (text, reason) => expect(parseMoney(text)).toEqual({ ok: false, reason }));

	it('tells which currencies the mark allows', () => {
		expect(parseMoney('5 €')).toMatchObject({ currencies: ['EUR'] });
		expect(parseMoney('$5')).toMatchObject({ currencies: expect.arrayContaining(['USD', 'MXN']) });
		expect(parseMoney('5')).toMatchObject({ currencies: [] });
	});

	it.each(['en-US', 'de-DE', 'es-ES', 'ru-RU', 'uk-UA', 'fr-FR', 'de-CH', 'pl-PL', 'kk-KZ'])('reads back what %s writes, with and without groups and currency', (locale) => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 999_999_999 }), fc.boolean(), fc.boolean(), (cents, useGrouping, withCurrency) => {
				const style = withCurrency ? ({ style: 'currency', currency: 'EUR' } as const) : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
				const written = new Intl.NumberFormat(locale, { ...style, useGrouping }).format(cents / 100);
				expect(parseMoney(written), written).toMatchObject({ ok: true, cents });
			}),
		);
	});

	it('answers anything without throwing, and never below zero', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-−(]?[\d., '€$]{0,12}[)-]?$/)), (text) => {
				const parsed = parseMoney(text);
				return !parsed.ok || (Number.isSafeInteger(parsed.cents) && parsed.cents >= 0);
			}),
			{ numRuns: 2000 },
		);
	});
});
