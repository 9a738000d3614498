import { phrasesFor } from '../agent/phrases/index.ts';
import type { Interval } from './slots.ts';
import { zoneClock } from './zone.ts';

export interface SlotTextOptions {
	/** English name of a language ("Spanish"); one without phrases gives English. */
	readonly language: string;
	/** The zone whose clocks are shown: the customer's, where it is known. */
	readonly zone: string;
	/** The company's. Where its clocks show another time, the shown zone is named. */
	readonly companyZone: string;
	/** Slots of another year than this moment's say so. */
	readonly now: Date;
	/** Windows are told as a whole ("10:00–14:00"), appointments by their start. */
	readonly withEnd?: boolean;
}

/**
 * Slots as a customer is told them: "Mon 30 Nov, 10:00", "lun, 30 nov, 10:00", "пн, 30 нояб., 10:00". Each text tells its slot from the others:
 * where clocks go back and show the same time twice, the offset is added ("02:30 GMT+2", "02:30 GMT+1").
 */
export function slotTexts(slots: readonly Interval[], options: SlotTextOptions): string[] {
	const { zone, companyZone } = options;
	const elsewhere = slots.some(({ start }) => zoneClock(zone).offsetAt(Date.parse(start)) !== zoneClock(companyZone).offsetAt(Date.parse(start)));
	const plain = slots.map((slot) => wallText(slot, options));
	const counts = new Map<string, number>();
	for (const text of plain) counts.set(text, (counts.get(text) ?? 0) + 1);
	return slots.map((slot, index) => {
		const text = plain[index] ?? '';
		const start = Date.parse(slot.start);
		const told = (counts.get(text) ?? 0) > 1 ? `${text} ${zoneName(start, options, 'shortOffset')}` : text;
		return elsewhere ? `${told} (${zoneName(start, options, 'longGeneric')})` : told;
	});
}

/** One slot by itself. Use `slotTexts` for a list: two of its slots may show the same time. */
export function slotText(slot: Interval, options: SlotTextOptions): string {
	return slotTexts([slot], options)[0] ?? '';
}

/** Slots as a numbered list, one a line, to be chosen by number, day or time. */
export function slotList(slots: readonly Interval[], options: SlotTextOptions): string {
	return slotTexts(slots, options).map((text, index) => `${index + 1}. ${text}`).join('\n');
}

function wallText({ start, end }: Interval, { language, zone, now, withEnd = false }: SlotTextOptions): string {
	const clock = zoneClock(zone);
	const [from, to] = [Date.parse(start), Date.parse(end)];
	const year = clock.dateAt(from).slice(0, 4) !== clock.dateAt(now.getTime()).slice(0, 4);
	const day = format(language, zone, year ? 'dayAndYear' : 'day').format(from);
	const time = format(language, zone, 'time');
	return spaced(`${day}, ${time.format(from)}${withEnd ? `–${time.format(to)}` : ''}`);
}

function zoneName(at: number, { language, zone }: SlotTextOptions, style: 'shortOffset' | 'longGeneric'): string {
	const parts = format(language, zone, style).formatToParts(at);
	return spaced(parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone);
}

const STYLES = {
	day: { weekday: 'short', day: 'numeric', month: 'short' },
	dayAndYear: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
	time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
	shortOffset: { timeZoneName: 'shortOffset' },
	longGeneric: { timeZoneName: 'longGeneric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/** Formats are slow to make and few. */
const FORMATS = new Map<string, Intl.DateTimeFormat>();

function format(language: string, timeZone: string, style: keyof typeof STYLES): Intl.DateTimeFormat {
	const { locale } = phrasesFor(language);
	const key = `${locale} ${timeZone} ${style}`;
	const known = FORMATS.get(key);
	if (known !== undefined) return known;
	// The day before the month, and no comma after the weekday.
	const made = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { timeZone, ...STYLES[style] });
	FORMATS.set(key, made);
	return made;
}

/** A plain space where the locale has a no-break one, so that texts can be compared and searched. */
function spaced(text: string): string {
	return text.replace(/[\u00a0\u202f]/gu, ' ');
}
