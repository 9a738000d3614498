import type { calendar_v3 } from '@googleapis/calendar';
import { createHash } from 'node:crypto';

/** Whose event it is: kept in its private properties, which only our application sees. */
export interface EventOwner {
	readonly bookingId: string;
	readonly orderId: string;
	readonly tenantId: string;
}

export interface NewCalendarEvent extends EventOwner {
	readonly summary: string;
	readonly description: string;
	/** '' for none. */
	readonly location: string;
	/** ISO 8601 with an offset. */
	readonly start: string;
	readonly end: string;
	/** IANA: the zone in which the calendar shows it. */
	readonly timeZone: string;
	/** With a Meet room. */
	readonly meeting: boolean;
	/** null: those of the calendar. */
	readonly reminders: readonly { readonly method: 'popup' | 'email'; readonly minutes: number }[] | null;
	/** "free": it takes no time in free/busy, where places are counted by us. */
	readonly showAs: 'busy' | 'free';
}

/** An event as it stands in the calendar. */
export interface CalendarEvent {
	readonly id: string;
	/** `cancelled` is deleted. */
	readonly status: 'confirmed' | 'tentative' | 'cancelled';
	/** ISO UTC; null where there is none (deleted events may have lost it) or where the event is a whole day. */
	readonly start: string | null;
	readonly end: string | null;
	/** 'YYYY-MM-DD', the end not included; null for an event with times. */
	readonly allDay: { readonly start: string; readonly end: string } | null;
	readonly summary: string;
	readonly description: string;
	readonly location: string;
	/** null: none was asked for, or Google is still making it (`meetingPending`). */
	readonly meetingUrl: string | null;
	readonly meetingPending: boolean;
	/** In Google's own pages. */
	readonly url: string;
	/** null: not one of ours, or deleted and emptied. */
	readonly owner: EventOwner | null;
	readonly etag: string;
	readonly sequence: number;
}

/** Google takes [a-v0-9]{5,1024}. The same booking has the same event, however often it is stored. */
export function eventIdOf(bookingId: string): string {
	return `cg${createHash('sha256').update(`concierge:${bookingId}`).digest('hex').slice(0, 40)}`;
}

/** Whether an id is one that we made: deleted events may have lost everything else. */
export function isOurEventId(id: string): boolean {
	return /^cg[0-9a-f]{40}$/.test(id);
}

export function eventBody(event: NewCalendarEvent): calendar_v3.Schema$Event {
	return {
		id: eventIdOf(event.bookingId),
		status: 'confirmed',
		summary: event.summary,
		description: event.description,
		...(event.location === '' ? {} : { location: event.location }),
		start: { dateTime: event.start, timeZone: event.timeZone },
		end: { dateTime: event.end, timeZone: event.timeZone },
		transparency: event.showAs === 'free' ? 'transparent' : 'opaque',
		reminders: event.reminders === null ? { useDefault: true } : { useDefault: false, overrides: event.reminders.map(({ method, minutes }) => ({ method, minutes })) },
		extendedProperties: { private: { concierge_booking: event.bookingId, concierge_order: event.orderId, concierge_tenant: event.tenantId } },
		...(event.meeting ? { conferenceData: { createRequest: { requestId: eventIdOf(event.bookingId), conferenceSolutionKey: { type: 'hangoutsMeet' } } } } : {}),
	};
}

export function readEvent(event: calendar_v3.Schema$Event): CalendarEvent {
	const own = event.extendedProperties?.private ?? {};
	const [bookingId, orderId, tenantId] = [own['concierge_booking'], own['concierge_order'], own['concierge_tenant']];
	const allDay = event.start?.date && event.end?.date ? { start: event.start.date, end: event.end.date } : null;
	const meeting = event.conferenceData?.entryPoints?.find(({ entryPointType }) => entryPointType === 'video')?.uri ?? event.hangoutLink ?? null;
	return {
		id: event.id ?? '',
		status: event.status === 'cancelled' || event.status === 'tentative' ? event.status : 'confirmed',
		start: instant(event.start?.dateTime),
		end: instant(event.end?.dateTime),
		allDay,
		summary: event.summary ?? '',
		description: event.description ?? '',
		location: event.location ?? '',
		meetingUrl: meeting,
		meetingPending: meeting === null && event.conferenceData?.createRequest?.status?.statusCode === 'pending',
		url: event.htmlLink ?? '',
		owner: bookingId === undefined || orderId === undefined || tenantId === undefined ? null : { bookingId, orderId, tenantId },
		etag: event.etag ?? '',
		sequence: event.sequence ?? 0,
	};
}

function instant(text: string | null | undefined): string | null {
	const at = Date.parse(text ?? '');
	return Number.isNaN(at) ? null : new Date(at).toISOString();
}
