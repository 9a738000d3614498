import { PRICE_WORD } from './lexicon.ts';
import { NUMBER, numberValues, spelledToDigits } from './numbers.ts';
import { remembered } from '../../../remembered.ts';

export interface MoneyAmount {
	readonly at: number;
	readonly end: number;
	/** Readings of the amount in cents. */
	readonly cents: readonly number[];
	/** ISO 4217 codes (lower case) that the mark may stand for; null when no currency is written ("it costs 45"). */
	readonly currencies: readonly string[] | null;
	readonly written: string;
}

/** Sources in `plain` writing: lower case, no Latin accents. */
const MARKS: ReadonlyArray<readonly [string, readonly string[]]> = [
	['€|eur|euros?|евро|євро|єв', ['eur']],
	['us\\$|usd', ['usd']],
	['\\$|dollars?|dolar(?:es)?|доллар\\p{L}*|долар\\p{L}*|bucks?', ['usd', 'cad', 'aud', 'nzd', 'mxn', 'clp', 'cop', 'ars', 'sgd', 'hkd']],
	['£|gbp|pounds?|libras?|pfund|фунт\\p{L}*|quid', ['gbp']],
	['₽|rub|rubles?|roubles?|руб(?:л\\p{L}*)?\\.?|р\\.|rublos?|rubel', ['rub', 'byn']],
	['₴|uah|грн\\.?|грив\\p{L}*|hryvni\\p{L}*|hrywnja|griwna', ['uah']],
	['₸|kzt|тенге|теңге|tenge|тг', ['kzt']],
	['zł|zl|pln|zlot\\p{L}*|злот\\p{L}*', ['pln']],
	['chf|franken|francs?|франк\\p{L}*', ['chf']],
	['kc|czk|koruna?', ['czk']],
	['kr|sek|nok|dkk|kronor|kroner|krona', ['sek', 'nok', 'dkk', 'isk']],
	['₺|try|tl|лир\\p{L}*', ['try']],
	['r\\$|brl|reais|real', ['brl']],
	['mxn|pesos?|песо', ['mxn', 'clp', 'cop', 'ars', 'php', 'uyu', 'dop']],
	['₪|ils|шекел\\p{L}*|shekels?', ['ils']],
	['₹|inr|rupees?|рупи\\p{L}*', ['inr']],
	['¥|jpy|cny|yen|yuan|иен\\p{L}*|юан\\p{L}*', ['jpy', 'cny']],
	['ron|lei', ['ron']],
	['huf|ft|forint', ['huf']],
	['aed|dirhams?|дирхам\\p{L}*', ['aed']],
	['[₩₫฿₦₱₡₲₭₮₵₾₼֏৳]', []],
];
const EXACT_MARKS = MARKS.map(([source, currencies]) => [new RegExp(`^(?:${source})$`, 'u'), currencies] as const);
const SUBUNITS = '(?:cents?|centimos?|centavos?|цент\\p{L}*|коп(?:[еі]\\p{L}*|\\.)?|kopeken?|pence|c(?=\\s|$))';
const SYMBOL = '[\\p{Sc}]';
const WORD_MARK = MARKS.map(([source]) => source).join('|');
const MARK = new RegExp(`us\\$|r\\$|${SYMBOL}|(?<!\\p{L})(?:${WORD_MARK})(?!\\p{L})`, 'gu');
const MULTIPLIER = '(?:\\s?(?:k|mil|тыс\\.?|тысяч\\p{L}*|тисяч\\p{L}*|thousand|tsd\\.?|tausend))';
const BEFORE = new RegExp(`(?<![\\d])(${NUMBER})(${MULTIPLIER})?([\\s.,*_~(\\-–—:=]{0,4})$`, 'u');
const AFTER = new RegExp(`^([\\s*_~(:=]{0,3})(${NUMBER})(${MULTIPLIER}(?![\\p{L}]))?`, 'u');
const MINOR_PART = new RegExp(`^\\s*(?:(?:and|con|y|и|с|і|й|з|та|und|mit|,)\\s*)?(\\d{1,2})(?:\\s*${SUBUNITS}(?!\\p{L}))`, 'u');
const CON_PART = /^\s*(?:con|and|y|и|с|і|й|та|und)\s+(\d{2})(?![\d\p{L}])(?!\s*[\p{L}×])/u;
const ONLY_MINOR = new RegExp(`(?<![\\d.,])(\\d{1,2})\\s*${SUBUNITS}(?!\\p{L})`, 'gu');
const BARE = new RegExp(
	`${PRICE_WORD}(?:\\s*[:=*_~–—-]+\\s*|\\s+)(?:(?:is|are|es|son|was|будет|from|desde|от|ab|about|around|only|just|solo|только|лише|тільки|від|буде|близько|ist|sind|nur|etwa|circa|de|é|est)\\s+){0,2}[*_~]*(${NUMBER})[*_~]*(?=\\s*(?:$|[.,!?;)\\n]|each|per|apiece|cada|por|за|каждый|каждая|штука|кожен|кожна|pro|je|das stück|plus|including|incl|con\\s|с\\s|with))`,
	'gu',
);

/** A pattern source that a currency mark begins with; for spelled amounts. */
const toDigits = spelledToDigits(`${SYMBOL}|(?:${WORD_MARK}|${SUBUNITS})(?!\\p{L})`);

/** "fifty euros" → "50 euros". */
export const spelledMoney = toDigits;

/** Amounts of money in `plain` text: by mark, symbol or name of a currency, or by a price word before a bare number. */
export const moneyIn = remembered((text): readonly MoneyAmount[] => {
	const found: MoneyAmount[] = [];
	let free = 0;
	for (const mark of text.matchAll(MARK)) {
		const amount = amountAt(text, mark.index, mark[0], free);
		if (amount === null) continue;
		found.push(amount);
		free = amount.end;
	}
	for (const minor of text.matchAll(ONLY_MINOR)) {
		const end = minor.index + minor[0].length;
		if (overlaps(found, minor.index, end)) continue;
		found.push({ at: minor.index, end, cents: [Number(minor[1])], currencies: null, written: minor[0] });
	}
	for (const bare of text.matchAll(BARE)) {
		const end = bare.index + bare[0].length;
		const at = end - (bare[1]?.length ?? 0);
		if (overlaps(found, bare.index, end)) continue;
		found.push({ at, end, cents: toCents(bare[1] ?? '', undefined), currencies: null, written: bare[1] ?? '' });
	}
	return found.sort((a, b) => a.at - b.at);
});

function amountAt(text: string, at: number, mark: string, free: number): MoneyAmount | null {
	const end = at + mark.length;
	const currencies = EXACT_MARKS.find(([pattern]) => pattern.test(mark))?.[1] ?? [];
	const before = BEFORE.exec(text.slice(Math.max(free, at - 40), at));
	const after = AFTER.exec(text.slice(end, end + 40));
	const gapBefore = before === null ? Infinity : (before[3] ?? '').length;
	const gapAfter = after === null ? Infinity : (after[1] ?? '').length;
	if (before !== null && gapBefore <= gapAfter) {
		const start = at - before[0].length;
		const tail = text.slice(end);
		const joined = gapBefore === 0 && gapAfter === 0 ? /^(\d{2})(?![\d.,])/u.exec(tail) : null;
		const minor = joined ?? MINOR_PART.exec(tail) ?? CON_PART.exec(tail);
		const minorCents = Number(minor?.[1] ?? 0);
		return {
			at: start,
			end: end + (minor?.[0].length ?? 0),
			cents: toCents(before[1] ?? '', before[2]).map((cents) => cents + minorCents),
			currencies,
			written: text.slice(start, end + (minor?.[0].length ?? 0)),
		};
	}
	if (after === null) return null;
	const stop = end + after[0].length;
	return { at, end: stop, cents: toCents(after[2] ?? '', after[3]), currencies, written: text.slice(at, stop) };
}

function toCents(written: string, multiplier: string | undefined): number[] {
	const factor = multiplier === undefined ? 1 : 1000;
	return numberValues(written).map((value) => Math.round(value * 100 * factor));
}

function overlaps(found: readonly MoneyAmount[], at: number, end: number): boolean {
	return found.some((amount) => at < amount.end && end > amount.at);
}
