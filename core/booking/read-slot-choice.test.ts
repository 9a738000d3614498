import { describe, expect, it } from 'vitest';
import { readSlotChoice } from './read-slot-choice.ts';
import { slotTexts } from './slot-texts.ts';

const slot = (day: string, from: string, to = from) => ({ start: `2026-${day}T${from}:00+01:00`, end: `2026-${day}T${to}:00+01:00` });
/** A Friday noon. */
const now = new Date('2026-11-27T12:00:00+01:00');
const zone = 'Europe/Madrid';
/** Saturday, Tuesday and Tuesday. */
const OFFERED = [slot('11-28', '10:00'), slot('12-01', '10:00'), slot('12-01', '17:30')];
const choose = (text: string, offered = OFFERED) => {
	const choice = readSlotChoice(text, { offered, zone, now });
	if (choice.kind === 'chosen') return choice.index + 1;
	if (choice.kind === 'ambiguous') return choice.candidates.map((one) => offered.indexOf(one as (typeof offered)[number]) + 1);
	return choice.kind === 'none' ? 'none' : choice.ranges.map(({ start, end }) => `${local(start)}–${local(end).slice(Date.parse(end) - Date.parse(start) < 86_400_000 && local(start).slice(0, 5) === local(end).slice(0, 5) ? 6 : 0)}`).join(', ');
};
/** In Madrid's winter. */
const local = (iso: string) => new Date(Date.parse(iso) + 3_600_000).toISOString().slice(5, 16).replace('T', ' ');

describe('what was offered and is chosen', () => {
	it.each([
		// By its place.
		['the second', 2], ['second one please', 2], ['2', 2], ['2.', 2], ['two', 2], ['number 3', 3], ['option 1', 1], ['#2', 2], ['the last one', 3], ['one', 1], ['2nd', 2],
		['la segunda', 2], ['el segundo', 2], ['la 2', 2], ['quiero la 2, por favor', 2], ['la última', 3], ['uno', 1], ['opción 3', 3],
		['второй', 2], ['вторую', 2], ['давайте второй', 2], ['2-й', 2], ['номер 2', 2], ['последний', 3], ['другий', 2], ['третю, будь ласка', 3], ['№3', 3], ['останній', 3], ['den zweiten bitte', 2], ['Nummer 2', 2], ['das letzte', 3],
		['no, the second', 2], ['нет, второй', 2], ['as early as possible', 1], ['lo antes posible', 1], ['как можно раньше', 1], ['якнайшвидше', 1], ['so früh wie möglich', 1], ['the earliest on tuesday', 2],
		// By its day and time.
		['tomorrow at 10', 1], ['Tomorrow', 1], ['tomorrow, saturday', 1], ['saturday', 1], ['tuesday at 10', 2], ['Tue 1 Dec, 10:00', 2], ['december 1st at 10am', 2], ['at 5:30 pm', 3], ['half past five', 3], ['17:30', 3], ['tuesday afternoon', 3], ['Tuesday evening', 3], ['in the evening', 3],
		['el martes a las 10', 2], ['mañana', 1], ['mañana por la mañana', 1], ['el martes por la tarde', 3], ['a las cinco y media', 3], ['el 28', 1], ['el 1 de diciembre a las diez', 2], ['a las 17:30', 3], ['a las 5 y media de la tarde', 3], ['martes 10', 2],
		['во вторник в 10', 2], ['завтра', 1], ['завтра утром', 1], ['во вторник вечером', 3], ['1 декабря в 10 утра', 2], ['в половине шестого', 3], ['28-го', 1], ['28 числа', 1], ['вт в десять', 2], ['нет лучше во вторник в 10', 2], ['через 1 день', 1],
		['у вівторок о 10', 2], ['завтра вранці', 1], ['о пів на шосту', 3], ['о десятій у вівторок', 2], ['1 грудня о 17:30', 3],
		['am Dienstag um 10', 2], ['morgen', 1], ['morgen früh', 1], ['am Dienstag Abend', 3], ['halb sechs', 3], ['Di 10 Uhr', 2], ['am 28.', 1], ['am 1. Dezember um 10 Uhr', 2], ['am Dienstagnachmittag', 'none'], ['Dienstag nachmittags', 3], ['uebermorgen', '11-29 00:00–11-30 00:00'],
		['not tomorrow, tuesday at 10', 2], ["I can't tomorrow but tuesday at 10 is fine", 2], ['tuesday but not at 10', 3], ['кроме субботы, вечером', 3], ['between 5 and 6 pm', 3], ['с 16 до 18', 3], ['zwischen 17 und 18 Uhr', 3], ['01.12. um 17.30', 3], ['1/12 17:30', 3], ['28.11', 1], ['2026-12-01 17:30', 3],
		['monday at 9 or tuesday at 10', 2],
		// Among other things.
		['Hi! The second option, please. My number is +34 600 100 200', 2], ['вторник в 10, Анна, 8 916 123-45-67', 2], ['Ana, Calle Mayor 5, el martes a las 10', 2], ['tuesday at 10 with my wife', 2], ['at 10 sharp on tuesday', 2], ['второй вариант', 2], ['la segunda opción', 2], ['am 01.12. um 10', 2], ['el 28/11', 1],
		['1', 1], ['28', 1], ['nummer zwei', 2], ['tuesday 5.30pm', 3], ['martes 17h30', 3], ['во вторник можно на 10?', 2],
		['the first available', 1], ['первое свободное', 1], ['quiero el 28', 1],
	])('%j is %j', (text, expected) => {
		expect(choose(text)).toEqual(expected);
	});

	it('is what a customer copies from the list, in each language', () => {
		for (const language of ['English', 'Spanish', 'Russian', 'Ukrainian', 'German']) {
			for (const [index, text] of slotTexts(OFFERED, { language, zone, companyZone: zone, now }).entries()) expect([language, text, choose(text)]).toEqual([language, text, index + 1]);
		}
	});

	it('is a window by its two ends', () => {
		const windows = [slot('11-30', '10:00', '12:00'), slot('11-30', '11:00', '13:00'), slot('11-30', '16:00', '20:00')];
		expect([choose('10-12', windows), choose('с 16 до 20', windows), choose('11:00 – 13:00', windows), choose('between 10 and 1', windows)]).toEqual([1, 3, 2, [1, 2]]);
	});

	it('is read in the zone in which it was told', () => {
		const asked = (zone: string) => readSlotChoice('tuesday at 10', { offered: OFFERED, zone, now }).kind;
		expect([asked('Europe/Berlin'), asked('America/New_York')]).toEqual(['chosen', 'wish']);
		expect(readSlotChoice('at 4am on tuesday', { offered: OFFERED, zone: 'America/New_York', now })).toMatchObject({ kind: 'chosen', index: 1 });
	});
});

describe('what may mean several is asked, never guessed', () => {
	it.each([
		['10:00', [1, 2]], ['at 10', [1, 2]], ['в 10', [1, 2]], ['tuesday', [2, 3]], ['el martes', [2, 3]], ['вторник', [2, 3]], ['any', [1, 2, 3]], ['любой', [1, 2, 3]], ['tuesday or wednesday', [2, 3]], ['the first or the second', [1, 2]],
		// The place, or the day of the month.
		['el 1', [1, 2, 3]],
		// What is denied leaves what nobody asked for.
		['not tuesday', [1]], ['во вторник не могу', [1]], ['Dienstag geht nicht', [1]], ['not the first', [2, 3]], ['el martes no puedo', [1]],
		// "After 5" need not be an afternoon's; "2 hours" need not be two o'clock.
		// A question about something else, on a day of the list.
		['what time do you close tomorrow?', [1]], ['is there parking on saturday?', [1]], ['any day but tuesday', [1]],
		['столик на 10 человек во вторник', [2]], ['after 5', [3]], ['после 5', [3]], ['10 часов во вторник', [2]],
	])('%j may be %j', (text, expected) => {
		expect(choose(text)).toEqual(expected);
	});

	it('takes an hour of the morning or the evening as both', () => {
		const offered = [slot('12-01', '08:00'), slot('12-01', '20:00')];
		expect([choose('at 8', offered), choose('a las ocho', offered), choose('8 de la tarde', offered), choose('08:00', offered), choose('в 8 утра', offered), choose('um 8 Uhr abends', offered)]).toEqual([[1, 2], [1, 2], 2, 1, 1, 2]);
	});

	it('takes a bare number as a place and as an hour', () => {
		const offered = [slot('12-03', '09:00'), slot('12-03', '10:00'), slot('12-04', '02:00')];
		expect([choose('9', offered), choose('2', offered), choose('3', offered), choose('10', offered)]).toEqual([1, [2, 3], 3, 2]);
	});
});

describe('what was not offered is a wish', () => {
	it.each([
		['tomorrow at 11', '11-28 11:00–11:01, 11-28 23:00–23:01'], ['tuesday at 15:00', '12-01 15:00–15:01'], ['monday', '11-30 00:00–12-01 00:00'], ['в среду утром', '12-02 03:00–12:00'], ['el jueves por la tarde', '12-03 12:00–21:00'],
	])('%j with others offered: %j', (text, expected) => {
		expect(choose(text)).toBe(expected);
	});

	it.each([
		['tomorrow', '11-28 00:00–11-29 00:00'], ['сегодня вечером', '11-27 17:00–11-28 00:00'], ['heute', '11-27 12:00–11-28 00:00'], ['this morning', 'none'], ['next week', '11-30 00:00–12-01 00:00, 12-01 00:00–12-02 00:00, 12-02 00:00–12-03 00:00, 12-03 00:00–12-04 00:00, 12-04 00:00–12-05 00:00, 12-05 00:00–12-06 00:00, 12-06 00:00–12-07 00:00'],
		// Said on a Friday: today or in a week.
		['friday', '11-27 12:00–11-28 00:00, 12-04 00:00–12-05 00:00'], ['next tuesday', '12-01 00:00–12-02 00:00, 12-08 00:00–12-09 00:00'], ['the 30th', '11-30 00:00–12-01 00:00'], ['3 января', '01-03 00:00–01-04 00:00'], ['monday 10', '11-30 10:00–10:01, 11-30 22:00–22:01, 05-09 23:00–05-10 23:00'],
		['in a week', '12-04 00:00–12-05 00:00'], ['через 3 дня в 15:00', '11-30 15:00–15:01'], ['after 18:00 on monday', '11-30 18:00–12-01 00:00'], ['пятого декабря', '12-05 00:00–12-06 00:00'], ['weekend', '11-28 00:00–11-29 00:00, 11-29 00:00–11-30 00:00'],
	])('%j with nothing offered: %j', (text, expected) => {
		expect(choose(text, [])).toBe(expected);
	});

	it('without a day is one of the coming days', () => {
		const choice = readSlotChoice('15:00', { offered: [], zone, now });
		expect(choice.kind === 'wish' && choice.ranges.map(({ start }) => start.slice(5, 13))).toEqual(['11-27T14', '11-28T14', '11-29T14', '11-30T14', '12-01T14', '12-02T14', '12-03T14', '12-04T14']);
		expect(readSlotChoice('as soon as possible', { offered: [], zone, now })).toMatchObject({ kind: 'wish', earliest: true });
	});

	it('knows a change of the clocks: what is shown twice is wished for twice, what is left out never', () => {
		const autumn = { offered: [], zone, now: new Date('2026-10-24T12:00:00+02:00') };
		expect(readSlotChoice('tomorrow at 02:30', autumn)).toMatchObject({ ranges: [{ start: '2026-10-25T00:30:00.000Z' }, { start: '2026-10-25T01:30:00.000Z' }] });
		expect(readSlotChoice('tomorrow at 02:30', { ...autumn, now: new Date('2026-03-28T12:00:00+01:00') })).toEqual({ kind: 'none' });
	});
});

describe('what says nothing about when', () => {
	it.each(['hello', '2 roses', 'for 2 people', 'столик на двух', 'I want 3 please', 'it costs 10€', '+34 600 123 456', 'the seventh', '7', 'this is my first time here', 'это мой первый раз', 'second floor', 'we are 2 friends', 'Calle Mayor 2, Madrid', '600 123 456', '+7 (916) 123-45-67', 'my order is 2', 'как дела?', '', 'yes'])('%j', (text) => {
		expect(choose(text)).toBe('none');
	});
});
