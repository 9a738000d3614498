import { fold } from './fold.ts';
import { parseMoney, type MoneyProblem } from './money.ts';
import type { HeaderUnit } from './columns.ts';

/** What a cell says, or what is wrong with it and what to write instead. */
export type Cell<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string; readonly suggestion: string };

/** Text as written, without what no database stores (control characters, half surrogates) and the apostrophe that keeps spreadsheets from calculating. */
export function textCell(cell: string): string {
	return plainText(cell).replace(/^'(?='*[=+\-@])/, '');
}

/** Without what no database stores: control characters, half surrogates. */
export function plainText(text: string): string {
	return text.toWellFormed().replace(CONTROL, '').replace(/\r\n?/g, '\n').trim();
}

/**
 * The reverse for files we write: a cell that a spreadsheet would run as a formula gets an apostrophe in front, and so does one that has
 * apostrophes before that already, so that `textCell` gives each text back.
 */
export function spreadsheetSafe(value: string): string {
	return /^'*[=+\-@]|^[\t\r]/.test(value) ? `'${value}` : value;
}

/** The first HTML tag, entity or comment of a text; '' for none. "size < 5", "<3" and "a <-> b" are none. */
export function htmlIn(text: string): string {
	return /<!--|<\/?[a-z][a-z0-9]*(?:\s[^<>]*)?\/?>|<(?:script|style|iframe|img|svg)\b|&(?:nbsp|amp|lt|gt|quot|#\d{1,6}|#x[0-9a-f]{1,6});/iu.exec(text)?.[0].slice(0, 40) ?? '';
}

const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** Cents; '' is 0. `currency` (any case) is the company's: an amount in another one is refused. */
export function moneyCell(cell: string, currency: string): Cell<number> {
	const parsed = parseMoney(cell);
	if (!parsed.ok) return { ok: false, ...MONEY_PROBLEMS[parsed.reason] };
	if (parsed.currencies.length > 0 && !parsed.currencies.includes(currency.toUpperCase())) {
		return { ok: false, reason: `the amount is in ${parsed.currencies.join(' or ')}, the company sells in ${currency.toUpperCase()}`, suggestion: `Write the amount in ${currency.toUpperCase()}.` };
	}
	return { ok: true, value: parsed.cents };
}

const MONEY_PROBLEMS: Readonly<Record<MoneyProblem, { reason: string; suggestion: string }>> = {
	negative: { reason: 'an amount can’t be negative', suggestion: 'Write 0 or leave the cell empty when it is free.' },
	not_an_amount: { reason: 'not an amount', suggestion: 'Write a number such as 1234.50 or 1 234,50, or leave the cell empty when it is free.' },
	too_many_decimals: { reason: 'an amount has at most two decimals', suggestion: 'Round it to cents.' },
	too_large: { reason: 'the amount is too large', suggestion: 'Check that the column holds prices.' },
};

/** A whole number; '' is null. "1 500" and "14 шт." count. */
export function countCell(cell: string): Cell<number | null> {
	const written = fold(cell).replace(/\s+/g, ' ').trim();
	if (written === '') return { ok: true, value: null };
	const match = /^(\d{1,3}(?: \d{3})+|\d+)(?:[.,]0+)?(?: ?\p{L}+\.?)?$/u.exec(written);
	const value = Number(match?.[1]?.replaceAll(' ', ''));
	if (match === null || !Number.isSafeInteger(value)) return { ok: false, reason: 'not a whole number of 0 or more', suggestion: 'Write a number such as 14, or leave the cell empty when it is not limited.' };
	return { ok: true, value };
}

/** Hours; '' is null. "24", "1,5 h", "2 days"; `unit` is what the header says about a bare number. */
export function hoursCell(cell: string, unit: HeaderUnit | null): Cell<number | null> {
	const written = fold(cell).replace(/\s+/g, ' ').trim();
	if (written === '') return { ok: true, value: null };
	const match = /^(\d+(?:[.,]\d+)?) ?(\p{L}*)\.?$/u.exec(written);
	const factor = match === null ? undefined : match[2] === '' ? (unit === 'days' ? 24 : 1) : HOURS_IN.get(match[2] ?? '');
	if (match === null || factor === undefined) return { ok: false, reason: 'not a number of hours', suggestion: 'Write hours as a number such as 24 or 1.5.' };
	return { ok: true, value: Number(match[1]?.replace(',', '.')) * factor };
}

const words = (factor: number, list: string) => list.split(' ').map((word) => [fold(word), factor] as const);
const HOUR_WORDS = 'h hr hrs hour hours ч час часа часов год година години годин hora horas std stunde stunden сағат';
const MINUTE_WORDS = 'm min mins minute minutes мин минута минуты минут хв хвилина хвилини хвилин minuto minutos minuten';
const HOURS_IN: ReadonlyMap<string, number> = new Map([
	...words(1, HOUR_WORDS),
	...words(24, 'd day days дн день дня дней днів дні día días tag tage күн'),
]);
const MINUTES_IN: ReadonlyMap<string, number> = new Map([...words(60, HOUR_WORDS), ...words(1, MINUTE_WORDS)]);

/** Minutes that the text states ("90 minutes", "1 h 30 min", "1,5 часа", "1:30 h"); null when it states none. */
export function minutesIn(text: string, unit: HeaderUnit | null): number | null {
	const written = fold(text).trim();
	if (/^\d+(?:[.,]\d+)?$/.test(written) && (unit === 'minutes' || unit === 'hours')) {
		return Math.round(Number(written.replace(',', '.')) * (unit === 'hours' ? 60 : 1));
	}
	const clock = /^(\d{1,2}):([0-5]\d)(?: ?h)?$/.exec(written);
	if (clock !== null) return Number(clock[1]) * 60 + Number(clock[2]);
	let minutes: number | null = null;
	for (const [, amount = '', word = ''] of written.matchAll(/(\d+(?:[.,]\d+)?)\s*-?\s*(\p{L}+)/gu)) {
		const factor = MINUTES_IN.get(word);
		if (factor !== undefined) minutes = (minutes ?? 0) + Math.round(Number(amount.replace(',', '.')) * factor);
	}
	return minutes;
}

/** An absolute http(s) URL as written, or ''. */
export function urlCell(cell: string): Cell<string> {
	const written = textCell(cell);
	if (written === '') return { ok: true, value: '' };
	if (/^https?:\/\/[^\s/]+\S*$/i.test(written) && URL.canParse(written)) return { ok: true, value: written };
	const withScheme = `https://${written}`;
	const guess = /^[\w-]+(?:\.[\w-]+)+(?:[/?#]\S*)?$/.test(written) && URL.canParse(withScheme) ? `Did you mean ${withScheme}?` : 'Write the whole address, beginning with https://, or leave the cell empty.';
	return { ok: false, reason: 'not an http(s) address', suggestion: guess };
}

/** A JSON array, or values separated by commas, semicolons or line breaks. Empty values and repeats are dropped. */
export function listCell(cell: string): Cell<readonly string[]> {
	const written = textCell(cell);
	if (!written.startsWith('[')) return { ok: true, value: distinct(written.split(/[,;\n]+/)) };
	const values = jsonStrings(written);
	if (values === null) return { ok: false, reason: 'begins like a JSON array but is none of texts', suggestion: 'Write ["Madrid","Barcelona"] or Madrid, Barcelona.' };
	return { ok: true, value: distinct(values) };
}

function jsonStrings(text: string): string[] | null {
	try {
		const parsed: unknown = JSON.parse(text);
		return Array.isArray(parsed) && parsed.every((value) => typeof value === 'string') ? parsed : null;
	} catch {
		return null;
	}
}

function distinct(values: readonly string[]): string[] {
	return [...new Set(values.map((value) => value.trim()).filter((value) => value !== ''))];
}
