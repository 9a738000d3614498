import { plain } from './normalise.ts';
import { wordsSource } from './lexicon.ts';
import { moneyIn, spelledMoney, type MoneyAmount } from './money.ts';
import { NUMBER, numberValues, spelledToDigits } from './numbers.ts';
import { remembered } from '../../../remembered.ts';

/** Everything countable that a text states, each with what was written. Positions are those of `text`. */
export interface Claims {
	/** The text the positions refer to (spelled amounts are digits in it). */
	readonly text: string;
	readonly money: readonly MoneyAmount[];
	readonly percents: readonly Counted[];
	readonly durations: readonly Duration[];
	readonly dates: readonly Written[];
	readonly times: readonly Written[];
	readonly measures: readonly Counted[];
	readonly phones: readonly Written[];
	readonly numbers: readonly Counted[];
}
export interface Written {
	readonly at: number;
	readonly written: string;
}
export interface Counted extends Written {
	readonly values: readonly number[];
}
export interface Duration extends Counted {
	/** One for every reading of the number. */
	readonly minutes: readonly number[];
	readonly unit: TimeUnit;
}
export type TimeUnit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

const UNIT_MINUTES: Readonly<Record<TimeUnit, number>> = { minute: 1, hour: 60, day: 1440, week: 10080, month: 43200, year: 525600 };
const UNITS: ReadonlyArray<readonly [TimeUnit, string]> = [
	['minute', 'minutes?|mins?\\.?|minutos?|минут\\p{L}*|мин\\.?|minuten?|хвилин\\p{L}*|minut[io]'],
	['hour', 'hours?|hrs?|h|horas?|час(?:а|ов|у|ам|ах|ик\\p{L}*)?|ч\\.?|stunden?|std\\.?|годин\\p{L}*|heures?|or[ae]|годин\\p{L}*'],
	['day', '(?:business |working )?days?|dias?(?: habiles| laborables)?|(?:рабоч\\p{L}* )?(?:день|дня|дней|дн\\.?|дням|суток|сутки)|werktag(?:e|en)?|tag(?:e|es|en)?|jours?|giorn[io]|дн[іи]в?|дні|доб[аиу]|діб|(?:робоч\\p{L}* )(?:день|дні|днів)'],
	['week', 'weeks?|semanas?|недел\\p{L}*|wochen?|semaines?|settiman[ae]|тижд\\p{L}*|тижн\\p{L}*'],
	['month', 'months?|mes(?:es)?|месяц\\p{L}*|monat\\p{L}*|mois|mesi|місяц\\p{L}*'],
	['year', 'years?|anos?|год(?:а|у|ом)?|лет|jahr\\p{L}*|ans|anni|рік|рок(?:и|у|ів)'],
];
const EXACT_UNITS = UNITS.map(([unit, source]) => [unit, new RegExp(`^(?:${source})$`, 'u')] as const);
const TIME_UNIT = `(?:${UNITS.map(([, source]) => source).join('|')})(?![\\p{L}\\p{N}])`;
const PERCENT_MARK = '(?:%|٪|‰|(?:percent|per cent|pct|por ciento|por cento|pour cent|процент\\p{L}*|відсот\\p{L}*|prozent)(?!\\p{L}))';

const PERCENT = new RegExp(`(${NUMBER})[\\s*_~]*${PERCENT_MARK}|%\\s?(${NUMBER})`, 'gu');
const RANGE_AND_UNIT = new RegExp(`(?:(${NUMBER})\\s?(?:[-–—]|to|a|до|or|o|или|або|bis|oder|und|and)\\s?)?(?<![\\d.,])(${NUMBER})[\\s*_~-]*(${TIME_UNIT})(?:\\s*(?:,|and|y|и|і|й|та|und)?\\s*(\\d{1,2})\\s*(${TIME_UNIT}))?`, 'gu');
const PHONE = /(?:\+|(?<![\d.,]))\d(?:[\s().-]{0,2}\d){6,19}(?!\d)/gu;
const MONTHS = 'jan(?:uary)?|feb(?:ruary)?|march|april?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|may|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|январ\\p{L}*|феврал\\p{L}*|март\\p{L}*|апрел\\p{L}*|ма[йяею]|июн\\p{L}*|июл\\p{L}*|август\\p{L}*|сентябр\\p{L}*|октябр\\p{L}*|ноябр\\p{L}*|декабр\\p{L}*|січ(?:ень|ня|ні)|лют(?:ий|ого|ому)|берез(?:ень|ня|ні)|квіт(?:ень|ня|ні)|трав(?:ень|ня|ні)|черв(?:ень|ня|ні)|лип(?:ень|ня|ні)|серп(?:ень|ня|ні)|верес(?:ень|ня|ні)|жовт(?:ень|ня|ні)|листопад\\p{L}*|груд(?:ень|ня|ні)|januar|februar|marz|mai|juni|juli|oktober|dezember|janeiro|fevereiro|marco|maio|junho|julho|setembro|outubro|dezembro|janvier|fevrier|mars|avril|juin|juillet|aout|septembre|octobre|novembre|decembre|ene|abr|ago|dic|янв|февр|мар|апр|июн|июл|авг|сент|окт|нояб|дек|січ|лют|бер|квіт|трав|черв|лип|серп|вер|жовт|лист|груд|okt|dez';
const DATE = new RegExp(
	`\\d{4}-\\d{1,2}-\\d{1,2}|\\d{1,2}[./-]\\d{1,2}[./-]\\d{2,4}|(?<![\\d/])\\d{1,2}/\\d{1,2}(?![\\d/])|\\d{1,2}(?:st|nd|rd|th|º|-?го|\\.)?\\s+(?:de\\s+|of\\s+)?(?:${MONTHS})(?!\\p{L})|(?<!\\p{L})(?:${MONTHS})\\s+\\d{1,2}(?:st|nd|rd|th)?(?!\\d|\\s*\\p{L}*\\p{Sc})`,
	'gu',
);
const DAY_WORDS = new RegExp(
	wordsSource(
		'monday*', 'tuesday*', 'wednesday*', 'thursday*', 'friday*', 'saturday*', 'sunday*', 'weekend*', 'today', 'tonight', 'tomorrow', 'next week', 'next day', 'same day', 'same-day', 'this week', 'right away', 'immediately',
		'lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado*', 'domingo*', 'hoy', 'mañana', 'pasado mañana', 'fin de semana', 'mismo día', 'de inmediato', 'inmediatamente',
		'понедельник*', 'вторник*', 'среду', 'среда', 'четверг*', 'пятниц*', 'суббот*', 'воскресень*', 'выходн*', 'сегодня', 'завтра', 'послезавтра', 'день в день', 'немедленно', 'моментально',
		'понеділ*', 'вівтор*', 'середу', 'середа', 'середи', 'п\'ятниц*', 'неділ*', 'вихідн*', 'післязавтра', 'день у день', 'негайно', 'миттєво', 'вже за хвилину', 'montag*', 'dienstag*', 'mittwoch*', 'donnerstag*', 'freitag*', 'samstag*', 'sonntag*', 'heute', 'morgen', 'übermorgen', 'heute abend', 'wochenende', 'nächste woche', 'am selben tag', 'taggleich', 'sofort', 'hoje', 'amanhã', 'aujourd\'hui', 'demain', 'сьогодні',
	),
	'gu',
);
const TIME = /(?<!\d)\d{1,2}[:h]\d{2}(?!\d)(?:\s?[ap]\.?m\.?)?|(?<!\d)\d{1,2}\s?(?:[ap]\.?m\b\.?|o'clock|uhr)|(?<!\p{L})(?:a las?|as)\s+\d{1,2}(?::\d{2})?(?!\d)(?:\s?h\b)?|(?<!\p{L})в\s+\d{1,2}\s?(?:час\p{L}*|ч)(?!\p{L})|(?<!\p{L})об?\s+\d{1,2}(?::\d{2}|-?й)?(?:\s?годині)?(?![\d\p{L}])|(?<!\p{L})um\s+\d{1,2}(?::\d{2})?(?!\d)(?:\s?uhr)?/gu;
/** Sizes, and what else is counted of one thing. Not Russian "цветов", which are flowers too. */
const MEASURE = new RegExp(
	`(${NUMBER})[\\s-]?(?:(?:cm|mm|m|km|kg|kgs|g|gr|grams?|mg|l|ml|cl|litros?|lit(?:er|re)s?|gb|mb|tb|kw|w|v|mah|hz|in|inch(?:es)?|ft|lbs?|oz|см|мм|м|км|кг|г|гр|грамм\\p{L}*|л|мл|грам\\p{L}*|літр\\p{L}*|gramm|литр\\p{L}*|метр\\p{L}*|met(?:er|re)s?|metros?|colou?rs?|shades?|colores|tonos|farben|кольор\\p{L}*|відтінк\\p{L}*|оттенк\\p{L}*)(?!\\p{L})|°\\s?[cf]?|")`,
	'gu',
);
const PLAIN_NUMBER = new RegExp(`(?<![\\d])${NUMBER}`, 'gu');
const spelledUnits = spelledToDigits(`${PERCENT_MARK}|${TIME_UNIT}`);

/** Reads what can be counted or dated, each part of the text once: an amount of money is not also a number. */
export const claimsIn = remembered((plainText): Claims => {
	const text = spelledUnits(spelledMoney(plainText));
	if (!/\d/u.test(text)) {
		return { ...NOTHING, text, dates: written(text, DAY_WORDS) };
	}
	let rest = text;
	const take = <T extends Written>(claims: readonly T[]): readonly T[] => {
		for (const { at, written: { length } } of claims) rest = rest.slice(0, at) + ' '.repeat(length) + rest.slice(at + length);
		return claims;
	};
	const percents = take(counted(rest, PERCENT));
	const money = take(moneyIn(rest));
	const isoDates = take(written(rest, DATE));
	const phones = take(written(rest, PHONE));
	const times = take(written(rest, TIME));
	const durations = take(durationsIn(rest));
	const dates = [...isoDates, ...written(rest, DAY_WORDS)];
	const measures = take(counted(rest, MEASURE));
	const numbers = counted(rest, PLAIN_NUMBER);
	return { text, money, percents, durations, dates, times, measures, phones, numbers };
});

const NOTHING = { money: [], percents: [], durations: [], times: [], measures: [], phones: [], numbers: [] } as const;

function written(text: string, pattern: RegExp): Written[] {
	return [...text.matchAll(pattern)].map((match) => ({ at: match.index, written: match[0] }));
}

function counted(text: string, pattern: RegExp): Counted[] {
	return [...text.matchAll(pattern)].map((match) => ({
		at: match.index,
		written: match[0],
		values: numberValues(match[1] ?? match[2] ?? match[0]),
	}));
}

function durationsIn(text: string): Duration[] {
	return [...text.matchAll(RANGE_AND_UNIT)].flatMap((match): Duration[] => {
		const [whole, from, amount = '', unitWord = '', smallAmount, smallUnitWord] = match;
		const unit = unitOf(unitWord);
		const values = numberValues(amount);
		const small = smallAmount === undefined ? 0 : Number(smallAmount) * UNIT_MINUTES[unitOf(smallUnitWord ?? '')];
		const main = { at: match.index, written: whole, values, unit, minutes: values.map((value) => value * UNIT_MINUTES[unit] + small) };
		if (from === undefined) return [main];
		const lower = numberValues(from);
		return [main, { ...main, values: lower, minutes: lower.map((value) => value * UNIT_MINUTES[unit]) }];
	});
}

function unitOf(word: string): TimeUnit {
	const found = EXACT_UNITS.find(([, pattern]) => pattern.test(plain(word)));
	return found?.[0] ?? 'hour';
}
