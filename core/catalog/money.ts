import { fold } from './fold.ts';

/** An amount in cents and the currencies that the text allows: [] when it names none, several for "$" or "kr". */
export type MoneyParse =
	| { readonly ok: true; readonly cents: number; readonly currencies: readonly string[] }
	| { readonly ok: false; readonly reason: MoneyProblem };

export type MoneyProblem = 'negative' | 'not_an_amount' | 'too_many_decimals' | 'too_large';

/** A price above this is taken for a mistake (an article number or a phone in the price column). 100 million. */
const MAX_CENTS = 10_000_000_000;

/**
 * Reads money as people write it in files: "1 234,50 €", "€1,234.50", "1.234,50", "1'234.50", "59,90", "1 500". Empty,
 * "—" and "free" in several languages are 0. One separator followed by exactly three digits separates thousands ("1.500"
 * is 1500), unless it follows a lone zero: prices have at most two decimals.
 */
export function parseMoney(text: string): MoneyParse {
	const folded = fold(text).replace(SPACES, ' ').trim();
	if (folded === '' || DASHES_ONLY.test(folded) || FREE_WORDS.has(folded)) return { ok: true, cents: 0, currencies: [] };
	const unmarked = takeCurrency(folded);
	if (unmarked === null) return { ok: false, reason: 'not_an_amount' };
	const { amount, currencies } = unmarked;
	const negative = /^[-−–]\s*\d|^\(.*\)$|\d\s*[-−–]$/u.test(amount);
	if (negative) return { ok: false, reason: /\d/.test(amount) ? 'negative' : 'not_an_amount' };
	const parts = splitDecimals(amount);
	if (!parts.ok) return parts;
	const cents = Number(parts.whole) * 100 + Number(parts.decimals.padEnd(2, '0'));
	if (cents > MAX_CENTS) return { ok: false, reason: 'too_large' };
	return { ok: true, cents, currencies };
}

/** Space, NBSP, narrow NBSP, thin, figure and other typographic spaces. */
const SPACES = /\s+/gu;
const DASHES_ONLY = /^[-−–—]+$/u;

const FREE_WORDS: ReadonlySet<string> = new Set(
	[
		...['free', 'free of charge', 'for free', 'complimentary', 'gratis', 'gratuito', 'gratuita', 'sin coste', 'sin costo', 'sin cargo'],
		...['kostenlos', 'kostenfrei', 'umsonst', 'frei', 'gratuit', 'бесплатно', 'бесплатный', 'бесплатная', 'бесплатное', 'даром'],
		...['безкоштовно', 'безкоштовний', 'безкоштовна', 'безплатно', 'тегін', 'ақысыз'],
	].map(fold),
);

/** Folded marks, longest first where one contains another. A mark that several countries use lists them all. */
const CURRENCY_MARKS: ReadonlyArray<readonly [string, readonly string[]]> = [
	['€', ['EUR']],
	['euros', ['EUR']],
	['euro', ['EUR']],
	['evro', ['EUR']],
	['eur', ['EUR']],
	['us$', ['USD']],
	['usd', ['USD']],
	['$', ['USD', 'CAD', 'AUD', 'NZD', 'MXN', 'CLP', 'COP', 'ARS', 'SGD', 'HKD']],
	['£', ['GBP']],
	['gbp', ['GBP']],
	['₽', ['RUB']],
	['rublei', ['RUB', 'BYN']],
	['rub', ['RUB', 'BYN']],
	['₴', ['UAH']],
	['griven', ['UAH']],
	['uah', ['UAH']],
	['grn', ['UAH']],
	['₸', ['KZT']],
	['tenge', ['KZT']],
	['kzt', ['KZT']],
	['tg', ['KZT']],
	['zl', ['PLN']],
	['pln', ['PLN']],
	['chf', ['CHF']],
	['czk', ['CZK']],
	['sek', ['SEK']],
	['nok', ['NOK']],
	['dkk', ['DKK']],
	['kr', ['SEK', 'NOK', 'DKK', 'ISK']],
	['₺', ['TRY']],
	['try', ['TRY']],
	['₪', ['ILS']],
	['r', ['RUB', 'BYN', 'ZAR', 'BRL']],
];

/** The amount without its currency mark, before or after it; null when something else than digits and separators is left. */
function takeCurrency(folded: string): { amount: string; currencies: readonly string[] } | null {
	const letters = folded.match(/[\p{L}\p{Sc}]+\.?/gu) ?? [];
	if (letters.length === 0) return AMOUNT.test(folded) ? { amount: folded, currencies: [] } : null;
	if (letters.length > 1) return null;
	const [written = ''] = letters;
	const mark = CURRENCY_MARKS.find(([name]) => name === written.replace(/\.$/, ''));
	if (mark === undefined) return null;
	const amount = folded.replace(written, '').trim();
	return AMOUNT.test(amount) ? { amount, currencies: mark[1] } : null;
}

const AMOUNT = /^(?=.*\d)[-−–(]?\s*[\d.,'’‘`´ ]+\)?\s*[-−–—]?$/u;

type Digits = { ok: true; whole: string; decimals: string } | { ok: false; reason: MoneyProblem };

function splitDecimals(amount: string): Digits {
	// "59.-" and "59,—" are Swiss and German for a round amount.
	const plain = amount.replace(/[.,][-–—]+$/u, '');
	const separators = plain.match(/[.,]/g) ?? [];
	const last = separators.at(-1);
	const lastIndex = last === undefined ? -1 : plain.lastIndexOf(last);
	const tail = plain.slice(lastIndex + 1);
	const onlyOnce = last !== undefined && separators.filter((separator) => separator === last).length === 1;
	const soleThousands = separators.length === 1 && /^\d{3}$/.test(tail) && /^\d{1,3}$/.test(plain.slice(0, lastIndex)) && !plain.startsWith('0');
	const hasDecimals = onlyOnce && !soleThousands;
	const whole = hasDecimals ? plain.slice(0, lastIndex) : plain;
	const decimals = hasDecimals ? tail : '';
	if (!WELL_GROUPED.test(whole) || !/^\d*$/.test(decimals)) return { ok: false, reason: 'not_an_amount' };
	const significant = decimals.replace(/0+$/, '');
	if (significant.length > 2) return { ok: false, reason: 'too_many_decimals' };
	return { ok: true, whole: whole.replace(/\D/g, '') || '0', decimals: significant };
}

/** Digits without groups, or groups of three with one and the same separator. ".5" has an empty whole part. */
const WELL_GROUPED = /^(?:\d*|\d{1,3}(?:([.,'’‘`´ ])\d{3})(?:\1\d{3})*)$/u;
