import { getCountries } from 'libphonenumber-js';
import { IANAZone } from 'luxon';
import { z } from 'zod';

/**
 * Names and codes of languages, currencies, countries and time zones, checked against the runtime's own tables (ICU, IANA) so that
 * a typing error is told at once and with an example.
 */

const currencies = new Set(Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()));
const countries: ReadonlySet<string> = new Set(getCountries());
const englishNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

/** English names of the languages of ISO 639-1: what every language field of the API holds ("Spanish"). */
const languages: ReadonlyMap<string, string> = new Map(
	[...twoLetterCodes()].flatMap((code) => {
		const name = englishNames.of(code);
		return name === undefined ? [] : [[name.toLowerCase(), name] as const];
	}),
);

function* twoLetterCodes(): Generator<string> {
	const letters = 'abcdefghijklmnopqrstuvwxyz';
	for (const first of letters) for (const second of letters) yield first + second;
}

export const languageName = z
	.string()
	.trim()
	.refine((name) => languages.has(name.toLowerCase()), { error: ({ input }) => `${quoted(input)} is not the English name of a language; write for example "English", "Spanish" or "Ukrainian"` })
	.transform((name) => languages.get(name.toLowerCase()) ?? name)
	.meta({ description: 'English name of a language, e.g. "Spanish".', example: 'Spanish' });

export const currencyCode = z
	.string()
	.trim()
	.toLowerCase()
	.refine((code) => currencies.has(code), { error: ({ input }) => `${quoted(input)} is not an ISO 4217 currency; write for example "eur"` })
	// Prices are cents everywhere. https://docs.stripe.com/currencies#zero-decimal
	.refine((code) => !currencies.has(code) || decimalsOf(code) === 2, { error: ({ input }) => `${quoted(input)} is a currency without hundredths, which prices are kept in; choose one with two decimals, for example "eur"` })
	.meta({ description: 'ISO 4217, lower case, of a currency with two decimals.', example: 'eur' });

export const countryCode = z
	.string()
	.trim()
	.toUpperCase()
	.refine((code) => countries.has(code), { error: ({ input }) => `${quoted(input)} is not an ISO 3166 country code of two letters; write for example "ES"` })
	.meta({ description: 'ISO 3166-1 alpha-2.', example: 'ES' });

export const timeZone = z
	.string()
	.trim()
	.refine((zone) => IANAZone.isValidZone(zone), { error: ({ input }) => `${quoted(input)} is not an IANA time zone; write for example "Europe/Madrid"` })
	.meta({ description: 'IANA time zone.', example: 'Europe/Madrid' });

function decimalsOf(currency: string): number {
	return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

function quoted(input: unknown): string {
	return JSON.stringify(String(input).slice(0, 60));
}
