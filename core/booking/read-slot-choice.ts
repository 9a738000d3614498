import type { Interval } from './slots.ts';
import { timeMarks, type Mark } from './time-marks.ts';
import { addDays, zoneClock } from './zone.ts';

export type SlotChoice<S extends Interval> =
	/** The text fits one of the offered slots and no other. */
	| { readonly kind: 'chosen'; readonly slot: S; /** In the offered list, from 0. */ readonly index: number }
	/** It fits several, or one only if something is guessed: to be asked. */
	| { readonly kind: 'ambiguous'; readonly candidates: readonly S[] }
	/** None of those offered: when the customer would like. Half-open ranges of start times, ISO UTC, earliest first; an exact time is a minute long. */
	| { readonly kind: 'wish'; readonly ranges: readonly Interval[]; /** As early as can be. */ readonly earliest: boolean }
	/** It says nothing about when. */
	| { readonly kind: 'none' };

export interface SlotChoiceContext<S extends Interval> {
	/** In the order in which they were told; [] when none was. */
	readonly offered: readonly S[];
	/** The zone in which they were told, IANA: "at 10" is ten o'clock there. */
	readonly zone: string;
	readonly now: Date;
}

/** A time without a day is wished for on the coming days. */
const DAYS_FOR_A_TIME = 7;
const DAYS_FOR_EARLIEST = 31;
/** A date without a year is within one. */
const DAYS_AHEAD = 370;

/**
 * What a customer's words choose of the slots that were offered to them: "the second", "2", "tomorrow at 10", "el martes a las 10", "во вторник в 10".
 * Everything that the text says has to fit, so a time that was not offered chooses nothing near it. It never guesses: what may be read in two ways
 * gives both, and words that deny ("not Tuesday") choose nothing by what is left.
 */
export function readSlotChoice<S extends Interval>(text: string, context: SlotChoiceContext<S>): SlotChoice<S> {
	const today = zoneClock(context.zone).dateAt(context.now.getTime());
	const marks = timeMarks(text);
	const { alternatives, denied } = understood(marks, today);
	if (alternatives.length === 0 && denied.length === 0) return { kind: 'none' };
	const told = toldSlots(context, today);
	const excluded = (slot: Told<S>) => denied.some((marks) => fits(slot, marks, told));
	const wanted = alternatives.length === 0 ? [...told] : told.filter((slot) => alternatives.some((marks) => fits(slot, marks, told)));
	const exact = wanted.filter((slot) => alternatives.some((marks) => endsAsTold(slot, marks)));
	const candidates = (exact.length > 0 ? exact : wanted).filter((slot) => !excluded(slot));
	const [only] = candidates;
	if (only === undefined) return wish(alternatives, today, context);
	// "Is there parking on Tuesday?" asks about something else.
	const asks = /[?？]/u.test(text) && marks.some(({ kind }) => kind === 'word');
	const unsure = asks || alternatives.length === 0 || alternatives.some(isUnsure);
	if (candidates.length === 1 && !unsure) return { kind: 'chosen', slot: only.slot, index: only.index };
	return { kind: 'ambiguous', candidates: candidates.map(({ slot }) => slot) };
}

/** What an answer says about when, held against the slots that it may tell. */
export interface SaidSlots<S extends Interval> {
	/** Every day and time that it names belongs to one of the slots. */
	readonly allFit: boolean;
	/** Where in the text something was read: what stands elsewhere was not understood. */
	readonly read: readonly { readonly at: number; readonly end: number }[];
	/** Slots that are told by day and time, so that no other time can be meant, in the order of the text; of several at one time the first. */
	readonly told: readonly S[];
}

/**
 * What a text states about when. A range has to hold the whole of a slot, or to be no shorter than one that begins in it: "10:00–12:00" is not the
 * window from 10:00 to 18:00.
 *
 * @param before what stands before the text: a time without a day is of the last day that it names
 */
export function readSaidSlots<S extends Interval>(text: string, { slots, zone, now }: { readonly slots: readonly S[]; readonly zone: string; readonly now: Date }, before = ''): SaidSlots<S> {
	const today = zoneClock(zone).dateAt(now.getTime());
	const marks = timeMarks(text).filter((mark) => isDay(mark) || isTime(mark) || mark.kind === 'or');
	const day = marks.some(isDay) ? [] : lastDayOf(before);
	const read = marks.filter((mark) => mark.kind !== 'or');
	if (read.length === 0) return { allFit: true, read: [], told: [] };
	const offered = toldSlots({ offered: slots, zone, now }, today);
	const said = alternativesOf([...day, ...marks], today).map((part) => {
		const days = part.filter(isDay);
		// "Friday" is the coming one.
		const dates = days.length === 0 ? null : new Set(datesOf(days.map((one) => ({ ...one, most: sameDayToo(one, today) })), today));
		return { part, fitting: offered.filter((slot) => (dates?.has(slot.date) ?? true) && fits(slot, part, offered) && holdsWhole(slot, part)) };
	});
	const told = said.flatMap(({ part, fitting: [first, ...more] }) => (first !== undefined && more.every(({ start, date }) => start === first.start || date !== first.date) && part.some(isTime) && part.some(isDay) ? [first.slot] : []));
	return { allFit: said.every(({ fitting }) => fitting.length > 0), read, told };
}

function lastDayOf(text: string): readonly DayMark[] {
	const marks = timeMarks(text);
	const last = marks.findLastIndex(isDay);
	// "Tuesday, 1 December" is one day in two marks.
	const first = marks.slice(0, last).findLastIndex((mark) => !isDay(mark) && mark.kind !== 'break') + 1;
	return last < 0 ? [] : marks.slice(first, last + 1).filter(isDay);
}

function holdsWhole<S>({ minutes, endMinutes }: Told<S>, marks: Alternative): boolean {
	const length = (endMinutes - minutes + 1440) % 1440 || 1440;
	return marks.every((mark) => mark.kind !== 'range' || mark.ranges.some(([from, to]) => minutes >= from && minutes < to && to - from >= length));
}

interface Told<S> {
	readonly slot: S;
	readonly index: number;
	readonly start: number;
	readonly date: string;
	readonly today: string;
	readonly minutes: number;
	readonly endMinutes: number;
}

function toldSlots<S extends Interval>({ offered, zone }: SlotChoiceContext<S>, today: string): Told<S>[] {
	const clock = zoneClock(zone);
	return offered.map((slot, index) => {
		const start = Date.parse(slot.start);
		return { slot, index, start, today, ...clock.wallAt(start), endMinutes: clock.wallAt(Date.parse(slot.end)).minutes };
	});
}

/** Marks that must all fit. */
type Alternative = readonly Mark[];

/** What is wanted (one of the alternatives) and what is not. */
function understood(marks: readonly Mark[], today: string): { readonly alternatives: readonly Alternative[]; readonly denied: readonly Alternative[] } {
	const bare = numbersThatCount(marks);
	const parts: Mark[][] = [[]];
	for (const mark of bare) {
		if (mark.kind === 'break') parts.push([]);
		else parts.at(-1)?.push(mark);
	}
	const says = (part: readonly Mark[]) => part.filter(({ kind }) => kind !== 'not' && kind !== 'word' && kind !== 'or');
	const isDenied = (part: readonly Mark[]) => part.some(({ kind }) => kind === 'not');
	const denied = parts.filter(isDenied).map((part) => says(part).filter(({ kind }) => kind !== 'any')).filter((part) => part.length > 0);
	return { alternatives: alternativesOf(parts.filter((part) => !isDenied(part)).flat(), today), denied };
}

/**
 * "2 roses", "on the 2nd floor", "table at 2 pillars": a number or ordinal right before a word belongs to that; one of a text about other things is
 * no choice unless it stands beside a day ("Tuesday 10"). A time that is but a number before a word is doubtful.
 */
function numbersThatCount(marks: readonly Mark[]): readonly Mark[] {
	const others = marks.some(({ kind }) => kind === 'word');
	return marks.flatMap((mark, index): Mark[] => {
		const [before, after] = [marks[index - 1], marks[index + 1]];
		const counts = after?.kind === 'word' && after.at - mark.end <= 1;
		if (mark.kind === 'time' && mark.bare === true && counts) return [{ ...mark, unsure: true }];
		if (mark.kind === 'index' && mark.loose === true && counts) return [];
		if (mark.kind !== 'number') return [mark];
		const besideDay = [before, after].some((one) => one?.kind === 'day' || one?.kind === 'time');
		return counts || (others && mark.asHour && !besideDay) ? [] : [mark];
	});
}

/** Parted at "or" and where a day can't be the day before it; an alternative without a day has that of the one before, one without a time that of the next. */
function alternativesOf(marks: readonly Mark[], today: string): Alternative[] {
	const parts: Mark[][] = [[]];
	for (const mark of marks) {
		const last = parts.at(-1) ?? [];
		if (mark.kind === 'word') continue;
		if (mark.kind === 'or') parts.push([]);
		else if ((mark.kind === 'day' && !agrees(mark, last, today)) || (isTime(mark) && !timesAgree(mark, last))) parts.push([mark]);
		else last.push(mark);
	}
	const said = parts.filter((part) => part.length > 0);
	const ofPlace = (part: readonly Mark[]) => part.some(({ kind }) => kind === 'index' || kind === 'earliest' || kind === 'latest');
	return said.map((part, index) => {
		if (ofPlace(part)) return part;
		const days = part.some(isDay) ? [] : (said.slice(0, index).reverse().find((before) => before.some(isDay)) ?? []).filter(isDay);
		const times = part.some(isTime) ? [] : (said.slice(index + 1).find((after) => after.some(isTime)) ?? []).filter(isTime);
		return [...part, ...days, ...times];
	});
}

type DayMark = Extract<Mark, { kind: 'day' }>;
type NumberMark = Extract<Mark, { kind: 'number' }>;
type TimeMark = Extract<Mark, { kind: 'time' | 'range' }>;

function isDay(mark: Mark): mark is DayMark {
	return mark.kind === 'day';
}

function isTime(mark: Mark): mark is TimeMark {
	return mark.kind === 'time' || mark.kind === 'range';
}

/** "Tuesday 1 December" is one day; "Tuesday, Wednesday" are two. */
function agrees(mark: DayMark, part: readonly Mark[], today: string): boolean {
	const days = part.filter(isDay);
	return days.length === 0 || datesOf([...days, mark], today).length > 0;
}

function timesAgree(mark: TimeMark, part: readonly Mark[]): boolean {
	return startsOf([...part.filter(isTime), mark]).length > 0;
}

/** Ranges of start times, in minutes after midnight, that all marks allow. */
function startsOf(marks: readonly TimeMark[]): readonly (readonly [number, number])[] {
	return marks.reduce<readonly (readonly [number, number])[]>(
		(left, mark) => {
			const right = mark.kind === 'time' ? mark.times.map((time) => [time, time + 1] as const) : mark.ranges;
			return left.flatMap(([from, to]) => right.map(([first, last]) => [Math.max(from, first), Math.min(to, last)] as const)).filter(([from, to]) => from < to);
		},
		[[0, 1440]],
	);
}

/** The coming dates that all marks may mean. */
function datesOf(days: readonly DayMark[], today: string): string[] {
	const most = Math.min(...days.map((day) => day.most));
	const found: string[] = [];
	for (let ahead = 0; ahead <= DAYS_AHEAD && found.length < most; ahead += 1) {
		const date = addDays(today, ahead);
		if (days.every((day) => day.fits(date, today))) found.push(date);
	}
	return found;
}

function fits<S>(slot: Told<S>, marks: Alternative, told: readonly Told<S>[]): boolean {
	const starts = startsOf(marks.filter(isTime));
	const near = told.filter((one) => marks.filter(isDay).every((day) => day.fits(one.date, one.today)) && starts.some(([from, to]) => one.minutes >= from && one.minutes < to));
	if (!near.includes(slot)) return false;
	return marks.every((mark) => {
		if (mark.kind === 'index') return slot.index === (mark.index < 0 ? told.length + mark.index : mark.index - 1);
		if (mark.kind === 'earliest') return slot.start === Math.min(...near.map(({ start }) => start));
		if (mark.kind === 'latest') return slot.start === Math.max(...near.map(({ start }) => start));
		if (mark.kind === 'number') return meansNumber(slot, mark, near, marks.some(isDay));
		return true;
	});
}

/**
 * A place in the list or the hour as it was told; beside a day ("Tuesday 10") or with an article ("el 10") the day of the month as well. The
 * afternoon's hour, or the day of the month of a bare number, only where nothing else is meant.
 */
function meansNumber<S>(slot: Told<S>, { value, asHour }: NumberMark, near: readonly Told<S>[], besideDay: boolean): boolean {
	const isDate = (one: Told<S>) => Number(one.date.slice(8)) === value;
	const isMeant = (one: Told<S>) => one.index === value - 1 || (asHour && one.minutes === value * 60) || ((!asHour || besideDay) && isDate(one));
	if (near.some(isMeant)) return isMeant(slot);
	return (asHour && value < 12 && slot.minutes === (value + 12) * 60) || isDate(slot);
}

/** "10–12" is the window from ten to twelve, where there is one. */
function endsAsTold<S>(slot: Told<S>, marks: Alternative): boolean {
	return marks.some((mark) => mark.kind === 'range' && mark.ranges.some(([from, to]) => slot.minutes === from && slot.endMinutes === to % 1440 && to < 1440));
}

function isUnsure(marks: Alternative): boolean {
	return marks.some((mark) => isTime(mark) && mark.unsure);
}

function wish<S extends Interval>(alternatives: readonly Alternative[], today: string, { zone, now }: SlotChoiceContext<S>): SlotChoice<S> {
	const clock = zoneClock(zone);
	const ranges: { readonly start: number; readonly end: number }[] = [];
	for (const marks of alternatives.flatMap(withNumbersRead)) {
		const days = marks.filter(isDay);
		const times = marks.filter(isTime);
		const earliest = marks.some(({ kind }) => kind === 'earliest');
		if (days.length === 0 && times.length === 0 && !earliest) continue;
		const dates = days.length > 0 ? datesOf(days.map((day) => ({ ...day, most: sameDayToo(day, today) })), today) : Array.from({ length: earliest ? DAYS_FOR_EARLIEST : DAYS_FOR_A_TIME + 1 }, (_, ahead) => addDays(today, ahead));
		for (const date of dates) {
			for (const [from, to] of startsOf(times)) {
				// What clocks show twice is wished for both times; a gap holds nothing.
				const starts = to - from === 1 ? clock.instantsOf(date, from).map((start) => ({ start, end: start + 60_000 })) : [{ start: clock.firstInstantOf(date, from), end: clock.firstInstantOf(date, to) }];
				ranges.push(...starts.filter(({ end }) => end > now.getTime()));
			}
		}
	}
	if (ranges.length === 0) return { kind: 'none' };
	const iso = [...new Map(ranges.map((range) => [`${range.start} ${range.end}`, range])).values()].sort((a, b) => a.start - b.start || a.end - b.end).map(({ start, end }) => ({ start: new Date(Math.max(start, now.getTime())).toISOString(), end: new Date(end).toISOString() }));
	return { kind: 'wish', ranges: iso, earliest: alternatives.some((marks) => marks.some(({ kind }) => kind === 'earliest')) };
}

/** Without a list, a number beside a day or a time is an hour or a day of the month; by itself ("2") it is nothing, but for "the 30th". */
function withNumbersRead(marks: Alternative): Alternative[] {
	const number = marks.find((mark): mark is NumberMark => mark.kind === 'number');
	if (number === undefined) return [marks];
	const rest = marks.filter((mark) => mark.kind !== 'number');
	const ways: Alternative[] = [];
	if (number.value >= 1 && number.value <= 31 && (rest.length > 0 || !number.asHour)) ways.push([...rest, { kind: 'day', at: number.at, end: number.end, fits: (date) => Number(date.slice(8)) === number.value, most: 1 }]);
	if (number.asHour && number.value <= 23 && rest.some(isDay) && !rest.some(isTime)) {
		const times = number.value < 12 ? [number.value * 60, (number.value + 12) * 60] : [number.value * 60];
		ways.push([...rest, { kind: 'time', at: number.at, end: number.end, times, unsure: false }]);
	}
	return ways;
}

/** "Tuesday", said on a Tuesday, is today or in a week. */
function sameDayToo(day: DayMark, today: string): number {
	return day.most === 1 && day.fits(today, today) && day.fits(addDays(today, 7), today) ? 2 : day.most;
}
