import { plainForm } from '../agent/reading/turn-text.ts';
import { WORDS, spellings } from '../agent/reading/lexicon.ts';
import * as say from './slot-words.ts';
import { anyOf, WORD_END, WORD_START } from './slot-words.ts';
import { addDays, daysBetween, weekdayOf, WEEKDAYS } from './zone.ts';

const DAY = 1440;

/** Something that a text says about when. `at` and `end` are where; what has `range` or `times` speaks of the time of day, in minutes after midnight. */
export type Mark = { readonly at: number; readonly end: number } & (
	| { readonly kind: 'day'; readonly fits: (date: string, today: string) => boolean; /** How many coming dates may be meant. */ readonly most: number }
	/** Start times that may be meant: "at 3" is 03:00 and 15:00. */
	| { readonly kind: 'time'; readonly times: readonly number[]; readonly unsure: boolean; /** No more than a number: before a word it may count that. */ readonly bare?: boolean }
	/** From and to of start times; several where any will do. */
	| { readonly kind: 'range'; readonly ranges: readonly (readonly [number, number])[]; readonly unsure: boolean }
	/** 1 is the first; -1 the last. `loose`: an ordinal, which may belong to the word after it. */
	| { readonly kind: 'index'; readonly index: number; readonly loose?: boolean }
	/** A number that may be a place in the list, an hour or a day of the month. */
	| { readonly kind: 'number'; readonly value: number; readonly asHour: boolean }
	| { readonly kind: 'earliest' | 'latest' | 'any' | 'or' | 'not' | 'break' }
	/** A word that says nothing about when. */
	| { readonly kind: 'word' }
);

type Read = (groups: readonly (string | undefined)[]) => MarkBody | MarkBody[] | null;
type MarkBody = Mark extends infer One ? (One extends { readonly at: number } ? Omit<One, 'at' | 'end'> : never) : never;

const numberValue = new Map([...WORDS.numbers, ...say.HOUR_ORDINALS.flatMap((words, index) => words.flatMap(spellings).map((word) => [word, index + 1] as const))]);
const countsOnly: ReadonlySet<string> = new Set(say.COUNTS_ONLY.flatMap(spellings));
const hourWords = [...numberValue].filter(([word, value]) => value >= 1 && value <= 12 && !countsOnly.has(word)).map(([word]) => word);
const months = say.MONTH_WORDS.flatMap((words, index) => words.flatMap(spellings).map((word) => [word, index + 1] as const));
const monthValue = new Map(months);
const ordinals = [...WORDS.ordinals.keys()].filter((word) => !/^\d/u.test(word));

/** Groups: digits, minutes, am, pm, word. */
const HOUR = `(?:(\\d{1,2})(?:[:.h](\\d{2}))?(?:\\s?${anyOf(say.OCLOCK)})?(?:\\s?(${anyOf(say.AM)})|\\s?(${anyOf(say.PM)}))?(?![\\d:])|(${anyOf(hourWords)}))`;
const HOUR_GROUPS = 5;
const MONTH = `(${anyOf([...monthValue.keys()])})\\.?`;
const NUMBER_SUFFIX = "(?:st|nd|rd|th|º|ª|-?(?:го|е|я|ю|й|му|та|те|ту|ий|ша|га))?";

/** In order: what a pattern takes, later ones don't see. */
const PATTERNS: readonly (readonly [string, Read])[] = [
	// "One" by itself is a place in the list; beside other words it is a pronoun.
	[`(?<=^\\s*)${anyOf(say.ONE_ALONE)}(?=[.!]?\\s*$)`, () => ({ kind: 'index', index: 1 })],
	[`[€$£]\\s?\\d+(?:[.,]\\d+)?|\\d+(?:[.,]\\d+)?\\s?(?:[€$£%]|${anyOf(say.MONEY)})`, () => ({ kind: 'word' })],
	// Telephone numbers.
	['\\+\\d[\\d\\s()-]{5,}\\d|(?:\\d[\\s-])?\\(?\\d{3}\\)?(?:[\\s-]?\\d{2,3}){2,4}|\\d{6,}', () => ({ kind: 'word' })],
	['(\\d{4})-(\\d{2})-(\\d{2})(?:t\\S*)?', ([year, month, day]) => on(Number(day), Number(month), Number(year))],
	['(\\d{1,2})([./])(\\d{1,2})\\2(\\d{4}|\\d{2})', ([first, mark, second, year]) => numericDate(first, second, mark, year)],
	[`(\\d{1,2})${NUMBER_SUFFIX}\\.?\\s*(?:(?:of|de|del)\\s+)?${MONTH}(?:,?\\s+(?:de\\s+)?(\\d{4}))?`, ([day, month, year]) => on(Number(day), monthValue.get(month ?? ''), year === undefined ? null : Number(year))],
	[`${MONTH}\\s*(?:the\\s+)?(\\d{1,2})${NUMBER_SUFFIX}(?![:.]?\\d)`, ([month, day]) => (month === 'mar' || month === 'may' ? null : on(Number(day), monthValue.get(month ?? ''), null))],
	[`(${anyOf([...ordinals, ...say.HOUR_ORDINALS.flat()])})\\s+(?:of\\s+|de\\s+)?${MONTH}`, ([day, month]) => on(WORDS.ordinals.get(day ?? '') ?? numberValue.get(day ?? '') ?? 0, monthValue.get(month ?? ''), null)],
	[anyOf(say.DAYS_FROM_NOW).replaceAll('#', '(\\d{1,2})'), (groups) => relative(Number(groups.find((group) => group !== undefined)))],
	// Halves and quarters of an hour.
	[`(?:${anyOf(say.AT)}\\s+)?${anyOf(say.QUARTER_TO)}\\s+${HOUR}`, (groups) => clock(groups, -15)],
	[`(?:${anyOf(say.AT)}\\s+)?${anyOf(say.QUARTER_PAST)}\\s+${HOUR}`, (groups) => clock(groups, 15)],
	[`(?:${anyOf(say.AT)}\\s+)?${anyOf(say.HALF_TO)}\\s+${HOUR}`, (groups) => clock(groups, -30)],
	[`(?:${anyOf(say.AT)}\\s+)?${anyOf(say.HALF_PAST)}\\s+${HOUR}`, (groups) => clock(groups, 30)],
	[`(?:${anyOf(say.AT)}\\s+)?${HOUR}\\s+${anyOf(say.AND_HALF)}`, (groups) => clock(groups, 30)],
	[`(?:${anyOf(say.AT)}\\s+)?${HOUR}\\s+${anyOf(say.AND_QUARTER)}`, (groups) => clock(groups, 15)],
	[`(?:${anyOf(say.AT)}\\s+)?${HOUR}\\s+${anyOf(say.LESS_QUARTER)}`, (groups) => clock(groups, -15)],
	[anyOf(say.OTHER_TIMES), () => ({ kind: 'word' })],
	[anyOf(say.IN_A_WEEK), () => relative(7)],
	// Before what begins with the same words.
	[anyOf(say.MORNING_OF.today), () => [relative(0), { kind: 'range', ranges: [[0, 12 * 60]], unsure: false }]],
	[anyOf(say.MORNING_OF.tomorrow), () => [relative(1), { kind: 'range', ranges: [[3 * 60, 12 * 60]], unsure: false }]],
	[anyOf(say.EVENING_OF_TODAY), () => [relative(0), { kind: 'range', ranges: [[17 * 60, DAY]], unsure: false }]],
	[anyOf(say.AFTERNOON_OF_TODAY), () => [relative(0), { kind: 'range', ranges: [[12 * 60, 21 * 60]], unsure: false }]],
	[anyOf(say.EARLIEST), () => ({ kind: 'earliest' })],
	[anyOf(say.LATEST), () => ({ kind: 'latest' })],
	[`${anyOf(say.BETWEEN)}\\s+${HOUR}\\s*(?:${anyOf(say.AND_TO)}|[-–])\\s*${HOUR}`, between],
	[`${HOUR}\\s?[-–]\\s?${HOUR}`, between],
	[`${anyOf(say.AFTER)}\\s+${HOUR}`, (groups) => openRange(groups, 'after')],
	[`${anyOf(say.BEFORE)}\\s+${HOUR}`, (groups) => openRange(groups, 'before')],
	...say.RELATIVE_DAYS.flatMap((words, days): [string, Read][] => (days === 2 ? [[anyOf(words), () => relative(days)]] : [])),
	...say.DAY_PARTS.map(({ ranges, words }): [string, Read] => [anyOf(words), () => ({ kind: 'range', ranges, unsure: false })]),
	...say.RELATIVE_DAYS.map((words, days): [string, Read] => [anyOf(words), () => relative(days)]),
	[`${anyOf(say.NEXT)}\\s+${anyOf(say.WEEKEND)}|${anyOf(say.WEEKEND)}`, () => ({ kind: 'day', fits: (date) => isWeekend(date), most: 2 })],
	[anyOf(say.NEXT_WEEK), () => ({ kind: 'day', fits: (date, today) => weeksBetween(today, date) === 1, most: 7 })],
	[anyOf(say.THIS_WEEK), () => ({ kind: 'day', fits: (date, today) => weeksBetween(today, date) === 0, most: 7 })],
	...say.WEEKDAY_WORDS.flatMap((words, number): [string, Read][] => [
		[`${anyOf(say.NEXT)}\\s+${anyOf(words)}`, () => weekday(number, 2)],
		[`${anyOf(words)}(?:\\s+${anyOf(say.NEXT)})`, () => weekday(number, 2)],
		[anyOf(words), () => weekday(number, 1)],
		[`${say.GERMAN_DAYS[number] ?? ''}(?=[.,]*\\s*(?:um\\s+\\d|\\d{1,2}(?::\\d\\d|\\s*uhr)))`, () => weekday(number, 1)],
	]),
	[`${anyOf(say.INDEX_BEFORE)}\\s*(\\d{1,2})(?![:\\d])`, ([index]) => ({ kind: 'index', index: Number(index) })],
	[`${anyOf(say.INDEX_BEFORE)}\\s+(${anyOf(hourWords)})`, ([word]) => ({ kind: 'index', index: numberValue.get(word ?? '') ?? 0 })],
	[`(?:${anyOf(say.AT)}\\s*)${HOUR}\\s+${anyOf(say.HOURS_LONG)}`, (groups) => clock(groups, 0, true)],
	[`${HOUR}\\s?${anyOf(say.HOURS_LONG)}`, (groups) => clock(groups, 0, true)],
	[`${anyOf(['в', 'о', 'у'])}\\s+час`, () => ({ kind: 'time', times: [60, 13 * 60], unsure: false })],
	[`${anyOf(['el', 'am', 'on the', 'the', 'den'])}\\s+(\\d{1,2})(?:\\.(?!\\d)|st|nd|rd|th)?(?!\\s?(?:${anyOf([...say.AM, ...say.PM, ...say.OCLOCK])}|[:\\d]|[./]\\d))`, ([value]) => ({ kind: 'number', value: Number(value), asHour: false })],
	[`${anyOf(say.AT)}\\s*${HOUR}`, (groups) => clock(groups, 0)],
	['la\\s+(\\d{1,2})(?![:\\d])', ([index]) => ({ kind: 'index', index: Number(index) })],
	['(\\d{1,2})[.](\\d{2})\\s?(?:(' + anyOf(say.AM) + ')|(' + anyOf(say.PM) + '))', ([hour, minutes, am, pm]) => clock([hour, minutes, am, pm, undefined], 0)],
	['(\\d{1,2})[:h](\\d{2})(?:\\s?(' + anyOf(say.AM) + ')|\\s?(' + anyOf(say.PM) + '))?', ([hour, minutes, am, pm]) => clock([hour, minutes, am, pm, undefined], 0)],
	[`(\\d{1,2})([./])(\\d{1,2})(?!\\d)`, ([first, mark, second]) => numericDate(first, second, mark, undefined)],
	[`(\\d{1,2})(?:\\s?${anyOf(say.OCLOCK)}|\\s?(${anyOf(say.AM)})|\\s?(${anyOf(say.PM)}))`, ([hour, am, pm]) => clock([hour, undefined, am, pm, undefined], 0)],
	[anyOf(say.LAST), () => ({ kind: 'index', index: -1, loose: true })],
	[anyOf(say.NOT), () => ({ kind: 'not' })],
	[anyOf(say.ANY), () => ({ kind: 'any' })],
	[`(${anyOf(ordinals)})`, ([word]) => ({ kind: 'index', index: WORDS.ordinals.get(word ?? '') ?? 0, loose: true })],
	['(\\d{1,2})-?(?:й|я|ю|е|ий|ша|га|та|ту)', ([value]) => ({ kind: 'index', index: Number(value) })],
	['(\\d{1,2})(?:-?го|th|st|nd|rd|º|ª|\\.)', ([value]) => ({ kind: 'number', value: Number(value), asHour: false })],
	['(\\d{1,2})', ([value]) => ({ kind: 'number', value: Number(value), asHour: true })],
	['\\d+', () => ({ kind: 'word' })],
	[anyOf(say.BUT), () => ({ kind: 'break' })],
	[anyOf(say.OR), () => ({ kind: 'or' })],
	[`(${anyOf(hourWords)})`, ([word]) => (numberValue.get(word ?? '') === 1 ? null : { kind: 'number', value: numberValue.get(word ?? '') ?? 0, asHour: true })],
	[anyOf([...say.FILLERS, ...say.SMALL_WORDS, ...say.AT, ...say.INDEX_BEFORE]), () => []],
	["[\\p{L}\\p{M}']+", () => ({ kind: 'word' })],
];
/** «Об 11», "a las 10" may stand at a word's edge only; "@10" and "#2" may touch. */
const COMPILED = PATTERNS.map(([source, read]) => [new RegExp(`${WORD_START}(?:${source})${WORD_END}`, 'gu'), read] as const);

/** Everything that a text's beginning says about when, in the order of the text. Nothing is decided. */
export function timeMarks(text: string): Mark[] {
	let rest = plainForm(text.slice(0, MOST_CHARACTERS).normalize('NFC'));
	const marks: Mark[] = [];
	for (const [pattern, read] of COMPILED) {
		for (const found of rest.matchAll(pattern)) {
			const bodies = read(found.slice(1));
			if (bodies === null) continue;
			for (const body of [bodies].flat()) marks.push({ ...body, at: found.index, end: found.index + found[0].length });
			rest = rest.slice(0, found.index) + TAKEN.repeat(found[0].length) + rest.slice(found.index + found[0].length);
		}
	}
	for (const found of rest.matchAll(/[,;!?\n]|\.(?=\s|$)|\s[-–—]\s/gu)) marks.push({ kind: 'break', at: found.index, end: found.index + found[0].length });
	return marks.sort((a, b) => a.at - b.at);
}

/** Nobody chooses a time in more. */
const MOST_CHARACTERS = 600;
/** No letter, no digit, no space: what was read can't be read again, and words don't meet over it. */
const TAKEN = '\u0001';

function relative(days: number): MarkBody {
	return { kind: 'day', fits: (date, today) => date === addDays(today, days), most: 1 };
}

function weekday(number: number, most: number): MarkBody {
	return { kind: 'day', fits: (date, today) => weekdayOf(date) === WEEKDAYS[number] && (most === 1 || date !== today), most };
}

function on(day: number, month: number | undefined, year: number | null): MarkBody | null {
	if (month === undefined || day < 1 || day > 31 || month < 1 || month > 12) return null;
	const written = `-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
	return { kind: 'day', fits: (date) => date.endsWith(written) && (year === null || Number(date.slice(0, 4)) % (year < 100 ? 100 : 10_000) === year), most: 1 };
}

/** "30.11" is a day and a month; "11/30" and "5/12" may be the other way round; "10.30" is a time. */
function numericDate(first = '', second = '', mark = '', year: string | undefined): MarkBody | null {
	const number = year === undefined ? null : Number(year);
	const ways = [on(Number(first), Number(second), number), ...(mark === '/' ? [on(Number(second), Number(first), number)] : [])].flatMap((way) => (way?.kind === 'day' ? [way] : []));
	if (ways.length === 0) return year === undefined && mark === '.' && second.length === 2 ? clock([first, second, undefined, undefined, undefined], 0) : null;
	return { kind: 'day', fits: (date, today) => ways.some((way) => way.fits(date, today)), most: ways.length };
}

/** Start times that an hour as written may mean. */
function clock([digits, minutes, am, pm, word]: readonly (string | undefined)[], shift: number, unsure = false): MarkBody | null {
	const hour = digits === undefined ? numberValue.get(word ?? '') : Number(digits);
	const minute = minutes === undefined ? 0 : Number(minutes);
	if (hour === undefined || hour > 24 || minute > 59) return null;
	const sure = am !== undefined || pm !== undefined || hour === 0 || hour > 12 || (minutes !== undefined && digits?.length === 2);
	const hours = am !== undefined ? [hour % 12] : pm !== undefined ? [(hour % 12) + 12] : sure ? [hour] : [hour % 12, (hour % 12) + 12];
	return { kind: 'time', times: hours.map((each) => (each * 60 + minute + shift + DAY) % DAY), unsure, bare: minutes === undefined && am === undefined && pm === undefined && shift === 0 };
}

/** "Between 2 and 4": both hours of the same half of the day. */
function between(groups: readonly (string | undefined)[]): MarkBody | null {
	const [from, to] = [clock(groups.slice(0, HOUR_GROUPS), 0), clock(groups.slice(HOUR_GROUPS), 0)];
	if (from?.kind !== 'time' || to?.kind !== 'time') return null;
	const ranges = from.times.flatMap((start) => {
		const end = to.times.filter((time) => time > start).sort((a, b) => a - b)[0];
		return end === undefined ? [] : [[start, end] as const];
	});
	// "5-6 pm" are both of the afternoon; "9-18" is written by 24 hours.
	const ofHalf = groups.slice(HOUR_GROUPS + 2, HOUR_GROUPS + 4).some((half) => half !== undefined);
	const likely = to.times.length > 1 ? ranges : ofHalf ? ranges.slice(-1) : ranges.slice(0, 1);
	return likely.length === 0 ? null : { kind: 'range', ranges: likely, unsure: false };
}

/** "After 5" is an afternoon's where nothing says otherwise; so is "before 6". That is a guess, so nothing is chosen by it alone. */
function openRange(groups: readonly (string | undefined)[], side: 'after' | 'before'): MarkBody | null {
	const time = clock(groups, 0);
	if (time?.kind !== 'time') return null;
	const guessed = time.times.length > 1;
	const early = Math.min(...time.times);
	const at = guessed && early < 8 * 60 ? Math.max(...time.times) : guessed && early === 0 ? 12 * 60 : early;
	return { kind: 'range', ranges: [side === 'after' ? [at, DAY] : [0, at]], unsure: guessed };
}

function isWeekend(date: string): boolean {
	return weekdayOf(date) === 'saturday' || weekdayOf(date) === 'sunday';
}

/** Between the weeks, from Monday on, of two dates. */
function weeksBetween(from: string, to: string): number {
	const monday = (date: string) => addDays(date, -WEEKDAYS.indexOf(weekdayOf(date)));
	return daysBetween(monday(from), monday(to)) / 7;
}
