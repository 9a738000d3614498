import type { SandboxContext } from '../context.ts';
import { alphanumeric, lowerBase32 } from '../ids.ts';
import { asJsonObject, isObject, stringOf, type JsonObject, type JsonValue } from '../json.ts';
import { notifyChannels } from './channels.ts';
import { deleted, duplicate, emptyRange, forbidden, invalid, notFound, preconditionFailed, required } from './errors.ts';
import type { Attempt } from '../deliveries.ts';
import type { GoogleCalendar, StoredEvent } from './state.ts';
import { dateIn, instantOf, isZone, midnightOf, rfc3339 } from './time.ts';

/** What a caller can't write. */
const READ_ONLY = ['kind', 'etag', 'id', 'htmlLink', 'created', 'updated', 'creator', 'organizer', 'iCalUID', 'hangoutLink', 'eventType', 'start', 'end', 'conferenceData', 'sequence'];

export interface Write {
	readonly context: SandboxContext;
	readonly calendar: GoogleCalendar;
	/** E-mail of who writes. */
	readonly by: string;
	readonly body: Readonly<Record<string, unknown>>;
	/** `conferenceDataVersion=1` was given. */
	readonly conference: boolean;
	readonly ifMatch?: string | undefined;
}

/** @throws GoogleError 400, 409 also for the id of an event that was deleted */
export function insertEvent(write: Write): StoredEvent {
	const { context, calendar, body, by } = write;
	const id = stringOf(body['id']) || lowerBase32(26).replace(/[w-z]/g, '0');
	if (!/^[a-v0-9]{5,1024}$/.test(id)) throw invalid('Invalid resource id value.');
	if (calendar.events[id] !== undefined) throw duplicate();
	const now = new Date(context.now()).toISOString();
	const fixed: JsonObject = {
		kind: 'calendar#event', id, status: 'confirmed', htmlLink: `${context.url()}/calendar/page/${encodeURIComponent(calendar.id)}#${id}`, created: now,
		creator: { email: by, ...(by === calendar.id ? { self: true } : {}) }, organizer: { email: calendar.id, ...(calendar.primary ? {} : { displayName: calendar.summary }), self: true },
		iCalUID: `${id}@google.com`, sequence: 0, reminders: { useDefault: true }, eventType: 'default',
	};
	return store(write, id, { ...fixed, ...writable(body) }, null);
}

export function getEvent(calendar: GoogleCalendar, id: string): StoredEvent {
	const event = calendar.events[id];
	if (event === undefined) throw notFound();
	return event;
}

/** Members of the body take the place of those the event has, objects by member; null takes one away. */
export function patchEvent(write: Write, id: string): StoredEvent {
	const event = checked(write, id);
	const times = { start: rawTime(event, 'start', write.calendar), end: rawTime(event, 'end', write.calendar) };
	const merged = merge({ ...event.object, ...times }, asJsonObject(write.body));
	return store({ ...write, body: { ...merged, ...('conferenceData' in write.body ? {} : { conferenceData: undefined }) } }, id, { ...fixedOf(event), ...writable(merged) }, event);
}

/**
 * The body is the event from now on. A deleted one comes back with `status: "confirmed"`.
 * @throws GoogleError 412 when `If-Match` names another state, 400 for a sequence below the event's (none counts as 0)
 */
export function updateEvent(write: Write, id: string): StoredEvent {
	const event = checked(write, id);
	if (Number(write.body['sequence'] ?? 0) < Number(event.object['sequence'] ?? 0)) {
		throw invalid('Invalid sequence value. The specified sequence number is below the current sequence number of the resource.');
	}
	if (event.object['status'] === 'cancelled' && write.body['status'] !== 'confirmed') throw forbidden();
	return store(write, id, { ...fixedOf(event), status: 'confirmed', reminders: { useDefault: true }, ...writable(write.body) }, event);
}

/** @throws GoogleError 404, 410 when it is deleted already */
export function deleteEvent(write: Write, id: string): Promise<readonly Attempt[]> {
	const event = checked(write, id);
	if (event.object['status'] === 'cancelled') throw deleted();
	event.object['status'] = 'cancelled';
	return touched(write.context, write.calendar, event);
}

/** What no caller changes. */
function fixedOf({ object }: StoredEvent): JsonObject {
	return Object.fromEntries(READ_ONLY.flatMap((name) => (object[name] === undefined ? [] : [[name, object[name]]])));
}

function checked({ calendar, ifMatch }: Write, id: string): StoredEvent {
	const event = getEvent(calendar, id);
	if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== event.object['etag']) throw preconditionFailed();
	return event;
}

function store(write: Write, id: string, object: JsonObject, before: StoredEvent | null): StoredEvent {
	const { context, calendar, body, conference } = write;
	const start = readTime(body['start'], 'start', calendar);
	const end = readTime(body['end'], 'end', calendar);
	if (start.allDay !== end.allDay) throw invalid('Invalid start time.');
	if (start.at > end.at || (start.allDay && start.at === end.at)) throw emptyRange();
	const moved = before !== null && (before.start !== start.at || before.end !== end.at);
	const request = isObject(body['conferenceData']) ? body['conferenceData'] : undefined;
	const meeting = conference && request !== undefined ? meetingOf(request, before) : {};
	const event: StoredEvent = {
		version: 0, start: start.at, end: end.at,
		object: {
			...object, ...meeting, status: stringOf(object['status'], 'confirmed'), sequence: Number(before?.object['sequence'] ?? 0) + (moved ? 1 : 0),
			start: start.allDay ? { allDay: true } : { timeZone: start.zone }, end: end.allDay ? { allDay: true } : { timeZone: end.zone },
		},
	};
	calendar.events[id] = event;
	void touched(context, calendar, event);
	return event;
}

/** The calendar has changed: its watchers are told. */
function touched(context: SandboxContext, calendar: GoogleCalendar, event: StoredEvent): Promise<readonly Attempt[]> {
	calendar.version += 1;
	event.version = calendar.version;
	event.object['updated'] = new Date(context.now()).toISOString();
	event.object['etag'] = `"${context.now()}${String(calendar.version).padStart(3, '0')}"`;
	context.store.changed();
	context.announce('calendar', { calendar: calendar.id, event: stringOf(event.object['id']), status: stringOf(event.object['status']) });
	return notifyChannels(context, calendar);
}

interface ReadTime {
	readonly at: number;
	readonly allDay: boolean;
	readonly zone: string;
}

function readTime(value: unknown, name: 'start' | 'end', calendar: GoogleCalendar): ReadTime {
	const time = isObject(value) ? value : {};
	const [date, dateTime] = [stringOf(time['date']), stringOf(time['dateTime'])];
	if (date === '' && dateTime === '') throw required(`Missing ${name} time.`);
	const given = stringOf(time['timeZone']);
	if (given !== '' && !isZone(given)) throw invalid(`Invalid time zone definition for ${name} time.`);
	if (date !== '' && dateTime !== '') throw invalid(`Invalid ${name} time.`);
	const zone = given === '' ? calendar.timeZone : given;
	if (date !== '') {
		const at = midnightOf(date, calendar.timeZone);
		if (Number.isNaN(at)) throw invalid(`Invalid value for: ${date}`);
		return { at, allDay: true, zone };
	}
	const at = instantOf(dateTime, given === '' ? null : given);
	if (!Number.isNaN(at)) return { at, allDay: false, zone };
	throw Number.isNaN(instantOf(dateTime, 'UTC')) ? invalid(`Invalid value for: Invalid format: "${dateTime}"`) : required(`Missing time zone definition for ${name} time.`);
}

/** As a body would give it. */
function rawTime(event: StoredEvent, name: 'start' | 'end', calendar: GoogleCalendar): JsonObject {
	return shownTime(event, name, calendar.timeZone, calendar);
}

function shownTime(event: StoredEvent, name: 'start' | 'end', zone: string, calendar: GoogleCalendar): JsonObject {
	const kept = asJsonObject(event.object[name]);
	if (kept['allDay'] === true) return { date: dateIn(event[name], calendar.timeZone) };
	return { dateTime: rfc3339(event[name], zone), timeZone: stringOf(kept['timeZone'], calendar.timeZone) };
}

/** An event as the API shows it. @param zone of the times' offsets; the calendar's when left out */
export function shownEvent(event: StoredEvent, calendar: GoogleCalendar, zone: string | null = null): JsonObject {
	const shownIn = zone ?? calendar.timeZone;
	return { ...event.object, start: shownTime(event, 'start', shownIn, calendar), end: shownTime(event, 'end', shownIn, calendar) };
}

function writable(body: Readonly<Record<string, unknown>>): JsonObject {
	return Object.fromEntries(Object.entries(asJsonObject(body)).filter(([name]) => !READ_ONLY.includes(name)));
}

function merge(before: JsonObject, change: JsonObject): JsonObject {
	const merged: JsonObject = { ...before };
	for (const [name, value] of Object.entries(change)) {
		if (value === null) delete merged[name];
		else merged[name] = isObject(value) && isObject(before[name]) ? merge(asJsonObject(before[name]), asJsonObject(value)) : (value as JsonValue);
	}
	return merged;
}

/** A Meet room for a request; the same request again keeps its room. */
function meetingOf(data: Readonly<Record<string, unknown>>, before: StoredEvent | null): JsonObject {
	const request = isObject(data['createRequest']) ? data['createRequest'] : undefined;
	const known = asJsonObject(before?.object['conferenceData']);
	if (request === undefined || stringOf(asJsonObject(known['createRequest'])['requestId']) === stringOf(request['requestId'])) {
		return before?.object['hangoutLink'] === undefined ? {} : { conferenceData: known, hangoutLink: before.object['hangoutLink'] };
	}
	if (stringOf(request['requestId']) === '') throw invalid('Invalid conference type value.');
	const letters = (length: number) => alphanumeric(length).toLowerCase().replace(/\d/g, 'x');
	const room = `${letters(3)}-${letters(4)}-${letters(3)}`;
	const link = `https://meet.google.com/${room}`;
	return {
		hangoutLink: link,
		conferenceData: {
			createRequest: { requestId: stringOf(request['requestId']), conferenceSolutionKey: { type: 'hangoutsMeet' }, status: { statusCode: 'success' } },
			entryPoints: [{ entryPointType: 'video', uri: link, label: link.slice('https://'.length) }],
			conferenceSolution: { key: { type: 'hangoutsMeet' }, name: 'Google Meet', iconUri: 'https://fonts.gstatic.com/s/i/productlogos/meet_2020q4/v6/web-512dp/logo_meet_2020q4_color_2x_web_512dp.png' },
			conferenceId: room,
		},
	};
}
