import { remembered } from '../../remembered.ts';

// Making one costs a hundred times what using it costs.
const listFormat = remembered((locale) => new Intl.ListFormat(locale, { style: 'long', type: 'conjunction' }));
const pluralRules = remembered((locale) => new Intl.PluralRules(locale));
const numberFormat = remembered((locale) => new Intl.NumberFormat(locale));

/** "a, b and c" in a language, from its BCP 47 tag. */
export function listOf(locale: string, parts: readonly string[]): string {
	return listFormat(locale).format(parts);
}

/** The form of a word that a number asks for, by the language's own plural rules. */
export function plural(locale: string, count: number, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string }): string {
	return forms[pluralRules(locale).select(count)] ?? forms.other;
}

export function numberIn(locale: string, value: number): string {
	return numberFormat(locale).format(value).replace(/[\u00a0\u202f]/g, ' ');
}
