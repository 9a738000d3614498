import type { SandboxContext } from '../context.ts';
import { lowerBase32 } from '../ids.ts';
import { objectsIn, stringOf, type JsonObject } from '../json.ts';
import { emptyRange, forbidden, invalid, notFound, required } from './errors.ts';
import type { AccessRole, GoogleAccount, GoogleCalendar } from './state.ts';
import { instantOf, isZone, rfc3339 } from './time.ts';

/** A calendar that the caller may see, by its id or "primary". @throws GoogleError 404 */
export function calendarOf(context: SandboxContext, caller: GoogleAccount, id: string): GoogleCalendar {
	const calendar = context.store.current.google.calendars[id === 'primary' ? caller.email : id];
	if (calendar === undefined || roleOf(calendar, caller) === undefined) throw notFound();
	return calendar;
}

/** @throws GoogleError 403 */
export function writableCalendarOf(context: SandboxContext, caller: GoogleAccount, id: string): GoogleCalendar {
	const calendar = calendarOf(context, caller, id);
	const role = roleOf(calendar, caller);
	if (role !== 'owner' && role !== 'writer') throw forbidden('You need to have writer access to this calendar.', 'requiredAccessLevel');
	return calendar;
}

export function roleOf(calendar: GoogleCalendar, { email }: GoogleAccount): AccessRole | undefined {
	return calendar.access[email];
}

export function newCalendar(context: SandboxContext, owner: string, body: Readonly<Record<string, unknown>>): GoogleCalendar {
	const summary = stringOf(body['summary']);
	const timeZone = stringOf(body['timeZone'], 'UTC');
	if (summary === '') throw required('Missing summary.');
	if (!isZone(timeZone)) throw invalid('Invalid time zone.');
	const calendar: GoogleCalendar = {
		id: `c_${lowerBase32(26)}@group.calendar.google.com`, owner, primary: false, summary, timeZone, access: { [owner]: 'owner' }, version: 1, oldestSync: 0, events: {},
	};
	context.store.current.google.calendars[calendar.id] = calendar;
	context.store.changed();
	return calendar;
}

export function shownCalendar({ id, summary, timeZone }: GoogleCalendar): JsonObject {
	return { kind: 'calendar#calendar', etag: `"cal-${id}"`, id, summary, timeZone, conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] } };
}

export function listCalendars(context: SandboxContext, caller: GoogleAccount, query: URLSearchParams): JsonObject {
	const calendars = Object.values(context.store.current.google.calendars).filter((calendar) => roleOf(calendar, caller) !== undefined);
	const least = query.get('minAccessRole');
	const ranks = ['freeBusyReader', 'reader', 'writer', 'owner'];
	const visible = calendars.filter((calendar) => least === null || ranks.indexOf(roleOf(calendar, caller) ?? '') >= ranks.indexOf(least));
	const from = Number(query.get('pageToken') ?? 0);
	const most = Math.min(Number(query.get('maxResults') ?? 100), 250);
	const next = from + most;
	return {
		kind: 'calendar#calendarList', etag: '"list"',
		...(next < visible.length ? { nextPageToken: String(next) } : { nextSyncToken: 'calendars' }),
		items: visible.slice(from, next).map((calendar) => ({
			kind: 'calendar#calendarListEntry', etag: `"entry-${calendar.id}"`, id: calendar.id, summary: calendar.summary, timeZone: calendar.timeZone, colorId: '14', backgroundColor: '#9fe1e7', foregroundColor: '#000000',
			selected: true, accessRole: roleOf(calendar, caller) ?? 'reader', defaultReminders: calendar.primary ? [{ method: 'popup', minutes: 10 }] : [],
			...(calendar.primary ? { primary: true } : {}), conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
		})),
	};
}

const MOST_CALENDARS = 50;

/** `POST /freeBusy`: what can't be said of one calendar stands beside the others' answers, in a 200. */
export function freeBusy(context: SandboxContext, caller: GoogleAccount, body: Readonly<Record<string, unknown>>): JsonObject {
	const zone = stringOf(body['timeZone'], 'UTC');
	if (!isZone(zone)) throw invalid('Invalid time zone.');
	const [from, to] = [instantOf(stringOf(body['timeMin']), null), instantOf(stringOf(body['timeMax']), null)];
	if (Number.isNaN(from) || Number.isNaN(to)) throw required('Missing timeMin or timeMax parameter.');
	if (from >= to) throw emptyRange();
	const ids = objectsIn(body['items']).map((item) => stringOf(item['id']));
	const calendars = ids.map((id, index): [string, JsonObject] => {
		if (index >= MOST_CALENDARS) return [id, { errors: [{ domain: 'calendar', reason: 'tooManyCalendarsRequested' }], busy: [] }];
		const calendar = context.store.current.google.calendars[id === 'primary' ? caller.email : id];
		if (calendar === undefined || roleOf(calendar, caller) === undefined) return [id, { errors: [{ domain: 'global', reason: 'notFound' }], busy: [] }];
		return [id, { busy: busyIn(calendar, from, to).map(({ start, end }) => ({ start: rfc3339(start, zone), end: rfc3339(end, zone) })) }];
	});
	return { kind: 'calendar#freeBusy', timeMin: new Date(from).toISOString(), timeMax: new Date(to).toISOString(), calendars: Object.fromEntries(calendars) };
}

/** Joined where they touch, and cut to what was asked for. */
function busyIn(calendar: GoogleCalendar, from: number, to: number): { start: number; end: number }[] {
	const taken = Object.values(calendar.events)
		.filter(({ start, end, object }) => object['status'] !== 'cancelled' && object['transparency'] !== 'transparent' && start < to && end > from)
		.map(({ start, end }) => ({ start: Math.max(start, from), end: Math.min(end, to) }))
		.sort((a, b) => a.start - b.start);
	const joined: { start: number; end: number }[] = [];
	for (const interval of taken) {
		const last = joined.at(-1);
		if (last !== undefined && interval.start <= last.end) last.end = Math.max(last.end, interval.end);
		else joined.push(interval);
	}
	return joined;
}
