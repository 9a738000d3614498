import { phrasesFor } from './index.ts';

/**
 * An amount as it is written in a language: "59,90 €" in Spanish and Russian, "€59.90" in English. A plain space stands
 * where the locale has a no-break one, so that texts can be compared and searched. 0 is said as "free" (rule 3).
 *
 * @param cents minor units of the currency
 * @param currency ISO 4217, any case
 * @param language English name
 */
export function formatMoney(cents: number, currency: string, language: string): string {
	const phrases = phrasesFor(language);
	if (cents === 0) return phrases.free;
	const { format, digits } = moneyFormat(phrases.locale, currency.toUpperCase());
	return format.format(cents / 10 ** digits).replace(/[\u00a0\u202f]/g, ' ');
}

/** 2500 EUR → "25.00", 2500 JPY → "2500": a decimal point whatever the language, for programs to read. `cents` in minor units. */
export function decimalAmount(cents: number, currency: string): string {
	const { digits } = moneyFormat('en', currency.toUpperCase());
	return (cents / 10 ** digits).toFixed(digits);
}

/** Formats are slow to make and few. */
const FORMATS = new Map<string, MoneyFormat>();

interface MoneyFormat {
	readonly format: Intl.NumberFormat;
	/** After the decimal point. */
	readonly digits: number;
}

function moneyFormat(locale: string, currency: string): MoneyFormat {
	const key = `${locale} ${currency}`;
	const known = FORMATS.get(key);
	if (known !== undefined) return known;
	// Ukrainian conventions write out "EUR" otherwise.
	const format = new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: currency === 'EUR' ? 'narrowSymbol' : 'symbol' });
	const made = { format, digits: format.resolvedOptions().maximumFractionDigits ?? 2 };
	FORMATS.set(key, made);
	return made;
}
