import { describe, expect, it } from 'vitest';
import { claimsIn } from './claims.ts';
import { moneyIn, spelledMoney } from './money.ts';
import { normaliseText, plain } from './normalise.ts';
import { numbersIn, numberValues } from './numbers.ts';
import { segmentsOf, statementsOf } from './segments.ts';

const read = (text: string) => claimsIn(plain(normaliseText(text)));
const cents = (text: string) => moneyIn(spelledMoney(plain(normaliseText(text)))).map((amount) => amount.cents);

describe('numbers', () => {
	it.each([['59,90', [59.9]], ['1 234,50', [1234.5]], ['1.234,50', [1234.5]], ['1,234.50', [1234.5]], ['1.234', [1234, 1.234]], ['1\'234', [1234]], ['7', [7]], ['1.234.567', [1234567]]])('%s is read as %j', (written, values) => {
		expect(numberValues(written)).toEqual(values);
	});

	it.each([['twenty-five roses', 25], ['ciento cincuenta', 150], ['двести тридцать', 230], ['две тысячи пятьсот', 2500], ['ein dutzend', 12], ['two dozen', 24], ['vinte e um', 20]])('%s holds %i', (text, value) => {
		expect([...numbersIn(plain(text))]).toContain(value);
	});
});

describe('money', () => {
	it.each([
		['€59.90', [[5990]]], ['59,90 €', [[5990]]], ['59€90', [[5990]]], ['EUR 1.234,50', [[123_450]]], ['59 euros con 90', [[5990]]], ['59 euros and 90 cents', [[5990]]], ['90 cents', [[90]]], ['пятьдесят евро', [[5000]]], ['fifty euros', [[5000]]],
		['2 тыс. рублей', [[200_000]]], ['*59.90* €', [[5990]]], ['59.90 (EUR)', [[5990]]], ['59,- €', [[5900]]], ['€5, €6', [[500], [600]]], ['from €4 to €60', [[400], [6000]]], ['it costs 45', [[4500]]], ['price: 45', [[4500]]], ['цена 45', [[4500]]],
		['20 roses', []], ['prices in euros', []], ['total of 3 boxes', []], ['a cost of 20 tins', []],
	])('%s', (text, expected) => {
		expect(cents(text)).toEqual(expected);
	});

	it('keeps the currencies that a mark may stand for', () => {
		expect(moneyIn('59 $')[0]?.currencies).toContain('usd');
		expect(moneyIn('59 €')[0]?.currencies).toEqual(['eur']);
		expect(moneyIn('59 ₿'.normalize())[0]?.currencies).toEqual([]);
	});
});

describe('other claims', () => {
	it('reads each part of a text once', () => {
		const claims = read('2 tins for €5, 10% off, in 3 hours, on 14 February at 18:30, 60 cm, +34 600 111 222');
		expect({
			money: claims.money.map((one) => one.cents), percents: claims.percents.map(({ values }) => values), minutes: claims.durations.map(({ minutes }) => minutes),
			dates: claims.dates.map(({ written }) => written), times: claims.times.map(({ written }) => written), measures: claims.measures.map(({ values }) => values), phones: claims.phones.map(({ written }) => written), numbers: claims.numbers.map(({ values }) => values),
		}).toEqual({ money: [[500]], percents: [[10]], minutes: [[180]], dates: ['14 february'], times: ['18:30'], measures: [[60]], phones: ['+34 600 111 222'], numbers: [[2]] });
	});

	it.each([['90 minutes', [90]], ['1 hour 30 minutes', [90]], ['1,5 часа', [90]], ['2 días', [2880]], ['за два часа', [120]], ['in zwei Stunden', [120]], ['24h', [1440]]])('%s lasts %j minutes', (text, minutes) => {
		expect(read(text).durations[0]?.minutes).toEqual(minutes);
	});

	it('reads both ends of a range', () => {
		expect(read('3-4 hours').durations.flatMap(({ minutes }) => minutes).toSorted((a, b) => a - b)).toEqual([180, 240]);
	});

	it.each([
		['at 18:30 or 9h15', ['18:30', '9h15']], ['18:30 pm, 9:15am, 9:15 a.m.', ['18:30 pm', '9:15am', '9:15 a.m.']], ['6 pm, 7am, 8 p.m., 9 a.m', ['6 pm', '7am', '8 p.m.', '9 a.m']], ["6 o'clock and 7 Uhr", ["6 o'clock", '7 uhr']],
		['a las 6, a la 1, as 7 h', ['a las 6', 'a la 1', 'as 7 h']], ['в 6 часов, в 7 ч, в  8 час', ['в 6 часов', 'в 7 ч', 'в 8 час']], ['о 6 годині, об 11-й, о 7', ['о 6 годині', 'об 11-й', 'о 7']], ['um 6 Uhr, um 7', ['um 6 uhr', 'um 7']],
		['118:30', []], ['8:305', []], ['1234 pm', []], ['6 pmx', []], ['las 6', []], ['casas 6', []], ['зов 6 часов', []], ['в 6 чашек', []], ['про 6', []], ['о 600', []], ['forum 6', []], ['um 600', []], ['a las 600', []],
	])('%s tells the times %j', (text, times) => {
		expect(read(text).times.map(({ written }) => written)).toEqual(times);
	});

	it.each([
		['+34 600 111 222', ['+34 600 111 222']], ['call 600-111-222 now', ['600-111-222']], ['(600) 111.222', ['600) 111.222']], ['123456', []], ['1234567', ['1234567']], ['12345678901234567890', ['12345678901234567890']], ['123456789012345678901', []], ['5,1234567', []], ['1-(2)-3-4-5-6-7', ['1-(2)-3-4-5-6-7']], ['1---2345678', ['2345678']],
	])('%s holds the phones %j', (text, phones) => {
		expect(read(text).phones.map(({ written }) => written)).toEqual(phones);
	});

	it.each([
		['5 minutes', 5], ['5 hours', 300], ['5 days', 7200], ['5 weeks', 50_400], ['5 semanas', 50_400], ['5 тижнів', 50_400], ['5 wochen', 50_400], ['2 months', 86_400], ['2 meses', 86_400], ['2 місяці', 86_400], ['2 monate', 86_400], ['1 year', 525_600], ['1 año', 525_600], ['1 рік', 525_600], ['1 jahr', 525_600], ['3 годин', 180],
		['2 hours and 5 minutes', 125], ['2 h, 5 min', 125], ['1 day 2 hours', 1560],
	])('%s lasts %d minutes', (text, minutes) => {
		expect(read(text).durations.map((duration) => duration.minutes)).toEqual([[minutes]]);
	});

	it('of a text without digits are only the days it names', () => {
		expect(read('tomorrow at five')).toEqual({ text: 'tomorrow at five', money: [], percents: [], durations: [], dates: [{ at: 0, written: 'tomorrow' }], times: [], measures: [], phones: [], numbers: [] });
		expect(read('5 roses tomorrow').numbers).toMatchObject([{ values: [5] }]);
	});

	it.each(['2030-02-14', '14.02.2030', '14/02', '14 de febrero', '14 февраля', 'February 14', 'tomorrow', 'mañana', 'завтра', 'viernes'])('%s is a date', (text) => {
		expect(read(text).dates).toHaveLength(1);
	});
});

describe('normalising', () => {
	it('takes out what the eye doesn’t see and writes digits alike', () => {
		expect(normaliseText('1\u200b2 ３４ ٥٦ ५ 7️⃣ 1½ \u00ad')).toBe('12 34 56 5 7 1.5');
		expect(normaliseText('59\n€')).toBe('59 €');
		expect(normaliseText('a\ue000b')).toBe('ab');
		expect(['½', '1 ½', 'x½', '²', '𝟗', '᠑', '０'].map((text) => normaliseText(text))).toEqual(['0.5', '1.5', 'x0.5', '2', '9', '1', '0']);
		expect(normaliseText(' a\r\nb\rc\u2028d\t \u00a0e ')).toBe('a\nb\nc\nd e');
	});

	it.each([
		['59\n€', '59 €'], ['59\n\n €', '59 €'], ['59\n%', '59 %'], ['59\nEUR', '59 EUR'], ['59\neuros', '59 euros'], ['59\nєвро', '59 євро'], ['59\neurope', '59\neurope'], ['59\n  €', '59 €'], ['a\n€', 'a\n€'],
		['€\n59', '€59'], ['€ \n\n 59', '€59'], ['€\na', '€\na'], ['Tea —\n€12.50', 'Tea — €12.50'], ['Tea – \n 12.50 €', 'Tea – 12.50 €'], ['Tea -\n12,50EUR', 'Tea - 12,50EUR'], ['Tea -\n12 tins', 'Tea -\n12 tins'], ['Tea\n€12.50', 'Tea\n€12.50'],
	])('takes an amount on two lines together: %j', (text, joined) => {
		expect(normaliseText(text)).toBe(joined);
	});

	it('drops Latin accents and keeps other scripts', () => {
		expect(plain('VÁLENCIA Ёлка й ñ ’ʼ`´ ấ')).toBe("valencia елка й n '''' a");
	});
});

describe('sentences', () => {
	it('are split at ends and lines, and list numbers are no numbers', () => {
		expect(segmentsOf('We have:\n1. A\n2. B! Yes?\n20. C').map(({ text, question, listed }) => [text, question, listed])).toEqual([
			['we have:', false, false], ['a', false, true], ['b!', false, true], ['yes?', true, true], ['20.', false, false], ['c', false, false],
		]);
	});

	it('don’t lose an amount at the start of a line to a list number', () => {
		expect(segmentsOf('1. eur').map(({ text }) => text)).toEqual(['1.', 'eur']);
	});

	it('are split into statements at commas and adversatives, not inside amounts', () => {
		expect(statementsOf('it costs 5,90 €, but delivery is 3 €')).toEqual(['it costs 5,90 €', 'delivery is 3 €']);
	});
});
