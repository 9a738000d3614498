import type { calendar_v3 } from '@googleapis/calendar';
import { AppError } from '../../../../core/errors.ts';
import { VendorError } from '../http.ts';
import type { CalendarCalls } from './access.ts';
import { eventBody, eventIdOf, isOurEventId, readEvent, type CalendarEvent, type NewCalendarEvent } from './event.ts';

export interface EventChange {
	/** ISO 8601 with an offset. */
	readonly start: string;
	readonly end: string;
	/** IANA. */
	readonly timeZone: string;
	readonly summary?: string;
	readonly description?: string;
	readonly location?: string;
}

export interface EventChanges {
	/** Those of ours that were made, changed or deleted, each as it is now. */
	readonly events: readonly CalendarEvent[];
	/** For the next time. */
	readonly syncToken: string;
	/** Everything from `from` on, not only what has changed: there was no token, or Google didn't know it any more. */
	readonly full: boolean;
}

export interface CalendarEvents {
	/**
	 * Stores a booking's event under an id of its own, so doing it again does nothing: one that is there already is returned as it is, one that was
	 * deleted comes back. @throws AppError calendar_not_found, calendar_disconnected; VendorError (`ambiguous`: do it again)
	 */
	insertEvent(calendarId: string, event: NewCalendarEvent): Promise<CalendarEvent>;
	/** Moves an event, and changes what is given. @throws AppError calendar_event_not_found (also when it was deleted), calendar_disconnected; VendorError */
	patchEvent(calendarId: string, eventId: string, change: EventChange): Promise<CalendarEvent>;
	/** One that is gone is no error. @throws AppError calendar_disconnected; VendorError */
	deleteEvent(calendarId: string, eventId: string): Promise<void>;
	/** null: there never was one. A deleted one has the status `cancelled`. @throws AppError calendar_disconnected; VendorError */
	getEvent(calendarId: string, eventId: string): Promise<CalendarEvent | null>;
	/** What has happened to our events since `syncToken`. @param since.from the end of events that a full list begins with */
	listChanges(calendarId: string, since: { readonly syncToken: string | null; readonly from: Date }): Promise<EventChanges>;
}

export const calendarNotFound = (calendarId: string) => (): AppError =>
	new AppError('calendar_not_found', `Google has no calendar "${calendarId}" for this account (any more). Choose another one.`, { status: 404 });
const eventNotFound = (calendarId: string, eventId: string) => (): AppError =>
	new AppError('calendar_event_not_found', `There is no event "${eventId}" in the calendar "${calendarId}" (any more).`, { status: 404 });

/** Google's most. */
const PAGE = 2_500;
const MOST_ATTEMPTS = 3;

export function createCalendarEvents({ call }: CalendarCalls): CalendarEvents {
	async function getEvent(calendarId: string, eventId: string): Promise<CalendarEvent | null> {
		const found = eventNotFound(calendarId, eventId)();
		try {
			return readEvent(await call('get an event', (api, options) => api.events.get({ calendarId, eventId }, options), () => found));
		} catch (error) {
			if (error === found) return null;
			throw error;
		}
	}

	/** @throws VendorError 412 when the event has changed since it was read */
	async function revive(calendarId: string, event: NewCalendarEvent, before: CalendarEvent): Promise<CalendarEvent> {
		const eventId = eventIdOf(event.bookingId);
		const requestBody: calendar_v3.Schema$Event = { ...eventBody(event), sequence: before.sequence };
		const revived = await call(
			'bring an event back',
			(api, options) => api.events.update({ calendarId, eventId, conferenceDataVersion: 1, sendUpdates: 'none', requestBody }, { ...options, headers: { ...options.headers, 'If-Match': before.etag } }),
			eventNotFound(calendarId, eventId),
		);
		return readEvent(revived);
	}

	async function page(calendarId: string, where: { readonly syncToken: string } | { readonly timeMin: string }, pageToken: string | undefined): Promise<calendar_v3.Schema$Events> {
		// The same parameters whether or not there is a token: Google wants them so.
		const params = { calendarId, ...where, showDeleted: true, singleEvents: true, maxResults: PAGE, ...(pageToken === undefined ? {} : { pageToken }) };
		return await call('list events', (api, options) => api.events.list(params, options), calendarNotFound(calendarId));
	}

	async function all(calendarId: string, where: { readonly syncToken: string } | { readonly timeMin: string }): Promise<Omit<EventChanges, 'full'>> {
		const events: CalendarEvent[] = [];
		for (let pageToken: string | undefined; ; ) {
			const { items = [], nextPageToken, nextSyncToken } = await page(calendarId, where, pageToken);
			events.push(...items.map(readEvent).filter(({ owner, id }) => owner !== null || isOurEventId(id)));
			if (nextSyncToken) return { events, syncToken: nextSyncToken };
			if (!nextPageToken) throw new VendorError('google_calendar', 'ambiguous', 'Google listed events without a token for the next page or the next time.');
			pageToken = nextPageToken;
		}
	}

	return {
		getEvent,
		async insertEvent(calendarId, event) {
			const eventId = eventIdOf(event.bookingId);
			for (let attempt = 1; ; attempt += 1) {
				try {
					return readEvent(
						await call('store an event', (api, options) => api.events.insert({ calendarId, conferenceDataVersion: 1, sendUpdates: 'none', requestBody: eventBody(event) }, options), calendarNotFound(calendarId)),
					);
				} catch (error) {
					if (!isStatus(error, 409)) throw error;
				}
				const there = await getEvent(calendarId, eventId);
				if (there !== null && there.owner?.bookingId !== event.bookingId && there.status !== 'cancelled') {
					throw new VendorError('google_calendar', 'refused', `The calendar "${calendarId}" has an event "${eventId}" that is not of booking "${event.bookingId}".`);
				}
				if (there !== null && there.status !== 'cancelled') return there;
				try {
					if (there !== null) return await revive(calendarId, event, there);
				} catch (error) {
					// Somebody was faster: look at what they made of it.
					if (!isStatus(error, 412) || attempt >= MOST_ATTEMPTS) throw error;
				}
				if (attempt >= MOST_ATTEMPTS) throw new VendorError('google_calendar', 'ambiguous', `Google says of event "${eventId}" both that it is there and that it isn't.`);
			}
		},
		async patchEvent(calendarId, eventId, { start, end, timeZone, ...texts }) {
			// A person may have made a whole day of it: `date` would stay beside `dateTime`.
			const requestBody = { ...texts, start: { dateTime: start, timeZone, date: null }, end: { dateTime: end, timeZone, date: null } };
			const moved = readEvent(await call('move an event', (api, options) => api.events.patch({ calendarId, eventId, sendUpdates: 'none', requestBody }, options), eventNotFound(calendarId, eventId)));
			if (moved.status === 'cancelled') throw eventNotFound(calendarId, eventId)();
			return moved;
		},
		async deleteEvent(calendarId, eventId) {
			const gone = eventNotFound(calendarId, eventId)();
			try {
				await call('delete an event', (api, options) => api.events.delete({ calendarId, eventId, sendUpdates: 'none' }, options), () => gone);
			} catch (error) {
				if (error !== gone) throw error;
			}
		},
		async listChanges(calendarId, { syncToken, from }) {
			if (syncToken !== null) {
				try {
					return { ...(await all(calendarId, { syncToken })), full: false };
				} catch (error) {
					// 410: the token is too old. A calendar that is gone says 404, and so does the full list then.
					if (!(error instanceof AppError) || error.code !== 'calendar_not_found') throw error;
				}
			}
			return { ...(await all(calendarId, { timeMin: from.toISOString() })), full: true };
		},
	};
}

function isStatus(error: unknown, status: number): boolean {
	return error instanceof VendorError && error.vendorStatus === status;
}
