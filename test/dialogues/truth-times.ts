import { datesAhead, freeTimes, localOf, overlap, weekdayOf, type Span, type Times } from './calendar.ts';
import type { ShopItem } from './shop.ts';
import { linesOf, type Sent } from './truth.ts';

/** What must hold of times and addresses in anything that is sent, by the calendar and the customer's words. */
export function untrueTimes(sent: Sent): string[] {
	const { times, decision } = sent;
	if (times === null) return decision.slots.length > 0 || decision.booking_change !== null ? ['a time or a booking is in the decision of a company without a calendar'] : [];
	return [...untrueTold(sent, times), ...untrueSlots(sent, times), ...untrueAddress(sent, times), ...untrueChange(sent, times)];
}

/** A time as a text tells it. */
export interface ToldTime {
	/** The dates that it may mean; null: it names no day. */
	readonly dates: ReadonlySet<string> | null;
	/** HH:MM */
	readonly from: string;
	/** '' where no range is told. */
	readonly to: string;
	readonly written: string;
	readonly sentence: string;
}

const RELATIVE: readonly (readonly [string, number])[] = [
	['day after tomorrow|pasado mañana|послезавтра|післязавтра|übermorgen', 2],
	['tomorrow|(?<!\\bla )mañana|завтра|(?<!am )morgen', 1],
	['today|hoy|сегодня|сьогодні|heute', 0],
];
const WEEKDAYS: readonly string[] = [
	'sundays?|domingos?|воскресень\\p{L}*|неділ\\p{L}*|sonntags?',
	'mondays?|lunes|понедельник\\p{L}*|понеділ\\p{L}*|montags?',
	'tuesdays?|martes|вторник\\p{L}*|вівтор\\p{L}*|dienstags?',
	'wednesdays?|miércoles|сред[ауыеи]|серед[ауиі]|mittwochs?',
	'thursdays?|jueves|четвер\\p{L}*|donnerstags?',
	'fridays?|viernes|п.?ятниц\\p{L}*|freitags?',
	'saturdays?|sábados?|суб+от\\p{L}*|samstags?',
];
const JANUARY = 'jan\\p{L}*|ene\\p{L}*|янв\\p{L}*|січ\\p{L}*';
const OTHER_MONTH = 'feb\\p{L}*|фев\\p{L}*|лют\\p{L}*|march|marzo|märz|марта|берез\\p{L}*|apr\\p{L}*|abr\\p{L}*|апр\\p{L}*|квіт\\p{L}*|december|diciembre|декабр\\p{L}*|груд\\p{L}*|dezember';
const CLOCK = '(?:[01]?\\d|2[0-3]):[0-5]\\d';
const TOKEN = new RegExp([
	`(?<![\\p{L}\\d:])(?:(?<time>${CLOCK})(?:\\s?[–-]\\s?(?<to>${CLOCK}))?(?![\\d:])`,
	`(?<day>\\d{1,2})(?:\\.|st|nd|rd|th)?\\s(?:de\\s)?(?:(?<january>${JANUARY})|(?:${OTHER_MONTH}))(?!\\p{L})`,
	`(?:(?<januaryBefore>${JANUARY})|(?:${OTHER_MONTH}))\\s(?<dayAfter>\\d{1,2})(?![\\d:])`,
	...RELATIVE.map(([words, days]) => `(?<in${days}>${words})(?!\\p{L})`),
	`${WEEKDAYS.map((words, day) => `(?<on${day}>${words})`).join('|')})(?!\\p{L})`,
].join('|'), 'giu');

/** Every time of day in a text with the day that it goes with: one before it, else one behind it in the same line. */
export function toldTimes(text: string, zone: string): ToldTime[] {
	const told: ToldTime[] = [];
	let day: { readonly dates: ReadonlySet<string>; readonly closed: boolean } | null = null;
	for (const sentence of text.split(/\n|(?<=(?<!\d)[.!?])\s+(?=\p{Lu})/u)) {
		const tokens = [...sentence.matchAll(TOKEN)];
		let ofSentence = false;
		const waiting: ((dates: ReadonlySet<string>) => void)[] = [];
		for (const { groups = {}, 0: written } of tokens) {
			const time = groups['time'];
			if (time === undefined) {
				const dates = datesOf(groups, zone);
				// "Friday, 4 January" is one day.
				day = { dates: ofSentence && day !== null && !day.closed ? both(dates, day.dates) : dates, closed: false };
				ofSentence = true;
				continue;
			}
			const at = told.push({ dates: day?.dates ?? null, from: time.padStart(5, '0'), to: (groups['to'] ?? '').padStart(groups['to'] === undefined ? 0 : 5, '0'), written, sentence }) - 1;
			if (!ofSentence) waiting.push((dates) => told.splice(at, 1, ...told.slice(at, at + 1).map((one) => ({ ...one, dates }))));
			if (day !== null) day = { ...day, closed: true };
		}
		if (ofSentence && day !== null) for (const set of waiting) set(day.dates);
	}
	return told;
}

function datesOf(groups: Readonly<Record<string, string | undefined>>, zone: string): ReadonlySet<string> {
	const ahead = datesAhead(zone);
	const given = groups['day'] ?? groups['dayAfter'];
	const isJanuary = groups['january'] !== undefined || groups['januaryBefore'] !== undefined;
	if (given !== undefined) return new Set(isJanuary ? ahead.filter((date) => Number(date.slice(8)) === Number(given) && date.slice(5, 7) === '01') : []);
	for (const [, days] of RELATIVE) if (groups[`in${days}`] !== undefined) return new Set(ahead.slice(days, days + 1));
	return new Set(ahead.filter((date) => groups[`on${weekdayOf(date)}`] !== undefined));
}

const both = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> => new Set([...a].filter((date) => b.has(date)));

const NOT_SO = /(?<!\p{L})(?:not|no|n.t|isn.t|taken|gone|busy|can.t|never|ocupad\p{L}*|не|нет|немає|занят\p{L}*|зайнят\p{L}*|nicht|kein\p{L}*|belegt|vergeben)(?!\p{L})/iu;

/** Times that are neither free for anything that the answer is about, nor chosen, nor booked. */
function untrueTold(sent: Sent, times: Times): string[] {
	const { text, items, customerWords } = sent;
	const { zone } = times.calendar;
	const rows = items.map((item) => JSON.stringify(item)).join('\n');
	const allowed = spansToTell(sent, times).map(({ start, end }) => ({ start: localOf(start, zone), end: localOf(end, zone).slice(11) }));
	return toldTimes(text, zone)
		.filter(({ dates, from, to }) => !allowed.some(({ start, end }) => (dates === null || dates.has(start.slice(0, 10))) && start.slice(11) === from && (to === '' || to === end)))
		.filter(({ written, sentence }) => !rows.includes(written) && !NOT_SO.test(sentence) && !(sentence.includes('?') && customerWords.includes(written)))
		.map(({ written, sentence }) => `${written} is told, which is nothing free, chosen or booked: "${sentence.trim()}"`);
}

function spansToTell({ text, items, decision }: Sent, times: Times): Span[] {
	const about = items.filter(({ sku, name }) => text.toLowerCase().includes(name.toLowerCase()) || linesOf(decision, items).known.some(({ item }) => item.sku === sku) || times.bookings.some((booking) => booking.sku === sku));
	const moved = decision.booking_change !== null && decision.slot !== null ? [decision.slot] : [];
	return [
		...(about.length > 0 ? about : items).flatMap((item) => freeTimes(times, item)),
		...[...decision.slots, ...moved].map(({ start, end }) => ({ start: Date.parse(start), end: Date.parse(end) })),
		...times.bookings,
	];
}

/** Chosen times are free ones; who commits has one for everything that takes place or is brought. */
function untrueSlots({ decision, items }: Sent, times: Times): string[] {
	const { asks, unknown } = times.calendar;
	const wrong: string[] = [];
	const spans = decision.slots.map(({ SKU, start, end }) => ({ sku: SKU, item: items.find(({ sku }) => sku === SKU), start: Date.parse(start), end: Date.parse(end) }));
	for (const { sku, item, start, end } of spans) {
		const isFree = item !== undefined && freeTimes(times, item).some((free) => free.start === start && free.end === end);
		if (!isFree) wrong.push(`${Number.isNaN(start) ? 'no time' : new Date(start).toISOString()} of ${sku} is not free`);
	}
	const appointments = spans.filter(({ item }) => item?.kind === 'service');
	if (appointments.some((one) => appointments.some((other) => one !== other && overlap(one, other)))) wrong.push('two appointments are at the same time');
	if (!decision.send_payment_link) return wrong;
	const lines = linesOf(decision, items).known.map(({ item }) => item);
	const untimed = lines.filter(({ sku, kind }) => kind === 'service' && asks.appointment && !unknown && !spans.some((span) => span.sku === sku));
	wrong.push(...untimed.map(({ sku }) => `nobody knows when ${sku} takes place`));
	const delivered = lines.filter(({ kind, online }) => kind === 'product' && !online);
	if (asks.delivery && delivered.length > 0 && !spans.some(({ item }) => item?.kind === 'product')) wrong.push('nobody knows when it is delivered');
	return wrong;
}

/** The address is written in the customer's words, and there where somebody has to go. */
function untrueAddress({ decision, items, customerWords }: Sent, { calendar: { asks, place } }: Times): string[] {
	const { address } = decision;
	const heard = new Set(wordsOf(customerWords));
	const wrong = wordsOf(address).every((word) => heard.has(word)) ? [] : [`nobody gave the address "${address}"`];
	const visited = linesOf(decision, items).known.some(({ item }) => !item.online && (item.kind === 'product' || (item.office_address === '' && place === '')));
	return decision.send_payment_link && asks.address && visited && address === '' ? [...wrong, 'nobody knows the street and the house'] : wrong;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{M}\d]+/gu) ?? [];

/** Who moves or cancels, does it with a booking of their own, in time, to a time that is free. */
function untrueChange({ decision: { booking_change: change, slot }, items }: Sent, times: Times): string[] {
	if (change === null) return [];
	const booking = times.bookings.find(({ id }) => id === change.id);
	if (booking === undefined) return [`${change.id} is nobody's booking`];
	if (!booking.changeable) return [`it is too late to ${change.action} ${change.id}`];
	if (change.action === 'cancel') return [];
	const item: ShopItem | undefined = items.find(({ sku }) => sku === booking.sku);
	const isFree = slot !== null && item !== undefined && freeTimes(times, item).some(({ start, end }) => start === Date.parse(slot.start) && end === Date.parse(slot.end));
	return isFree ? [] : [`${change.id} is moved to ${slot?.start ?? 'no time'}, which is not free`];
}

/** Whether a text tells this time ("2030-01-04 10:00"). */
export function tells(text: string, local: string, zone: string): boolean {
	return toldTimes(text, zone).some(({ dates, from }) => dates?.has(local.slice(0, 10)) === true && from === local.slice(11));
}

