import { stringOf, type JsonObject } from '../json.ts';
import { shownEvent } from './events.ts';
import { emptyRange, GoogleError, invalid, staleSync } from './errors.ts';
import type { GoogleCalendar, StoredEvent } from './state.ts';
import { instantOf, isZone } from './time.ts';

/** Not to be given together with a sync token. https://developers.google.com/workspace/calendar/api/v3/reference/events/list */
const NOT_WITH_SYNC = ['iCalUID', 'orderBy', 'privateExtendedProperty', 'q', 'sharedExtendedProperty', 'timeMin', 'timeMax', 'updatedMin'];
const MOST_A_PAGE = 2_500;
const USUAL_PAGE = 250;

/** What a sync token remembers of the first question. */
interface Remembered {
	readonly calendar: string;
	readonly version: number;
	readonly timeMin: number | null;
	readonly timeMax: number | null;
}

/**
 * `GET /calendars/{id}/events`. Recurring events are not played, so `singleEvents` changes nothing but what may be asked for.
 * @throws GoogleError 410 for a sync token that is no longer known
 */
export function listEvents(calendar: GoogleCalendar, query: URLSearchParams, now: number): JsonObject {
	const syncToken = query.get('syncToken');
	const clash = syncToken === null ? undefined : NOT_WITH_SYNC.find((name) => query.has(name));
	if (clash !== undefined) throw invalid(`Sync token cannot be combined with the parameter ${clash}.`, clash);
	const since = syncToken === null ? null : remembered(syncToken, calendar);
	const zone = query.get('timeZone');
	if (zone !== null && !isZone(zone)) throw invalid('Invalid time zone.', 'timeZone');
	const orderBy = query.get('orderBy');
	if (orderBy !== null && orderBy !== 'startTime' && orderBy !== 'updated') throw invalid(`Invalid value '${orderBy}'.`, 'orderBy');
	if (orderBy === 'startTime' && query.get('singleEvents') !== 'true') throw new GoogleError(400, 'The requested ordering is not available for the particular query.', { domain: 'global', reason: 'badRequest' });
	if (since !== null && query.get('showDeleted') === 'false') throw invalid('showDeleted cannot be false with a sync token.', 'showDeleted');

	const timeMin = since === null ? timeOf(query, 'timeMin') : since.timeMin;
	const timeMax = since === null ? timeOf(query, 'timeMax') : since.timeMax;
	if (timeMin !== null && timeMax !== null && timeMin >= timeMax) throw emptyRange();
	const updatedMin = timeOf(query, 'updatedMin');
	const showDeleted = since !== null || updatedMin !== null || query.get('showDeleted') === 'true';
	const properties = query.getAll('privateExtendedProperty').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const);
	const words = (query.get('q') ?? '').toLowerCase();

	const matching = Object.values(calendar.events).filter(
		(event) =>
			(since === null || event.version > since.version) && (showDeleted || event.object['status'] !== 'cancelled') &&
			(timeMin === null || event.end > timeMin) && (timeMax === null || event.start < timeMax) && (updatedMin === null || Date.parse(stringOf(event.object['updated'])) >= updatedMin) &&
			properties.every(([name, value]) => privateProperties(event)[name] === value) && (words === '' || `${stringOf(event.object['summary'])} ${stringOf(event.object['description'])}`.toLowerCase().includes(words)),
	);
	const sorted = matching.sort(orderBy === 'startTime' ? (a, b) => a.start - b.start : (a, b) => a.version - b.version);

	const from = pageFrom(query.get('pageToken'));
	const next = from + Math.min(Math.max(1, Number(query.get('maxResults') ?? USUAL_PAGE) || USUAL_PAGE), MOST_A_PAGE);
	const token: Remembered = { calendar: calendar.id, version: calendar.version, timeMin, timeMax };
	// An order or a filter by words makes a list that can't be kept up to date.
	const syncable = orderBy === null && properties.length === 0 && words === '' && updatedMin === null;
	return {
		kind: 'calendar#events', etag: `"list-${calendar.version}"`, summary: calendar.summary, description: '', updated: new Date(now).toISOString(), timeZone: zone ?? calendar.timeZone,
		accessRole: 'owner', defaultReminders: [],
		...(next < sorted.length ? { nextPageToken: encode({ from: next }) } : syncable ? { nextSyncToken: encode({ ...token }) } : {}),
		items: sorted.slice(from, next).map((event) => shownEvent(event, calendar, zone)),
	};
}

function privateProperties(event: StoredEvent): Readonly<Record<string, unknown>> {
	const extended = event.object['extendedProperties'];
	const own = typeof extended === 'object' && extended !== null && 'private' in extended ? extended['private'] : undefined;
	return typeof own === 'object' && own !== null && !Array.isArray(own) ? own : {};
}

function timeOf(query: URLSearchParams, name: string): number | null {
	const text = query.get(name);
	if (text === null) return null;
	const instant = instantOf(text, null);
	if (Number.isNaN(instant)) throw new GoogleError(400, 'Bad Request', { domain: 'global', reason: 'badRequest' });
	return instant;
}

function encode(value: object): string {
	return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(token: string): Readonly<Record<string, unknown>> {
	try {
		const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
		return typeof value === 'object' && value !== null ? { ...value } : {};
	} catch {
		return {};
	}
}

function pageFrom(token: string | null): number {
	if (token === null) return 0;
	const { from } = decode(token);
	if (typeof from !== 'number') throw invalid('Invalid page token value.', 'pageToken');
	return from;
}

function remembered(token: string, calendar: GoogleCalendar): Remembered {
	const { calendar: id, version, timeMin, timeMax } = decode(token);
	if (id !== calendar.id || typeof version !== 'number') throw invalid('Invalid sync token value.', 'syncToken');
	if (version < calendar.oldestSync) throw staleSync();
	return { calendar: id, version, timeMin: typeof timeMin === 'number' ? timeMin : null, timeMax: typeof timeMax === 'number' ? timeMax : null };
}
