import { readSlotChoice } from '../../booking/read-slot-choice.ts';
import { timeMarks } from '../../booking/time-marks.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { AgentFacts } from '../facts.ts';
import { readAddress } from './address.ts';
import { readPhone } from './phone.ts';
import { plainForm } from './turn-text.ts';

/** What a turn says beside goods and people, taken out of its text so that an hour is no quantity and a house no person. */
export interface TimesAndPlace {
	/** The turn's text with blanks in the place of both; as long as it was. */
	readonly rest: string;
	/** The turn says something about when. */
	readonly saysWhen: boolean;
	readonly address: string;
}

/** Without a calendar the text is left as it is: a day that is named then is only a wish. */
export function takeTimesAndPlace({ turn, schedule, session, catalog, now, bookings }: AgentFacts): TimesAndPlace {
	const text = turn.text.normalize('NFC');
	if (schedule === null && bookings.length === 0) return { rest: text, saysWhen: false, address: '' };
	const phone = readPhone(text, session.awaiting.includes('phone'));
	const place = schedule?.asks.address === true ? readAddress(text, session.awaiting.includes('address'), phone.kind === 'none' ? [] : [phone]) : null;
	const withoutPlace = place === null ? text : blank(text, place);
	const zone = schedule?.zone ?? bookings[0]?.zone ?? 'UTC';
	const chooses = session.offeredSlots.length > 0 && readSlotChoice(withoutPlace, { offered: session.offeredSlots, zone, now: new Date(now) }).kind !== 'none';
	const marks = timeMarks(withoutPlace).filter((mark) => {
		if (mark.kind === 'day' || mark.kind === 'range') return !isInName(withoutPlace, mark, catalog);
		if (mark.kind === 'time') return mark.bare !== true || chooses;
		return chooses && (mark.kind === 'index' || mark.kind === 'number' || mark.kind === 'earliest' || mark.kind === 'latest');
	});
	const rest = marks.reduce((left, { at: start, end }) => blank(left, { start, end }), withoutPlace);
	return { rest, saysWhen: marks.length > 0 || chooses, address: place?.address ?? '' };
}

/** Spaces keep every other word where it was, for the quotes. */
function blank(text: string, { start, end }: { readonly start: number; readonly end: number }): string {
	return text.slice(0, start) + ' '.repeat(end - start) + text.slice(end);
}

/** "Saturday class" is the name of an item, where the catalog has one. */
function isInName(text: string, { at, end }: { readonly at: number; readonly end: number }, catalog: Catalog): boolean {
	const word = plainForm(text.slice(at, end)).trim();
	return catalog.search(text, { limit: 3 }).some(({ item }) => plainForm(item.name).includes(word));
}
