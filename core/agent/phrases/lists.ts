/** "a, b and c" in a language, from its BCP 47 tag. */
export function listOf(locale: string, parts: readonly string[]): string {
	return new Intl.ListFormat(locale, { style: 'long', type: 'conjunction' }).format(parts);
}

/** The form of a word that a number asks for, by the language's own plural rules. */
export function plural(locale: string, count: number, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string }): string {
	return forms[new Intl.PluralRules(locale).select(count)] ?? forms.other;
}

export function numberIn(locale: string, value: number): string {
	return new Intl.NumberFormat(locale).format(value).replace(/[\u00a0\u202f]/g, ' ');
}
