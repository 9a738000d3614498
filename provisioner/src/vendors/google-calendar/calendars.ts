import { VendorError } from '../http.ts';
import { AppError } from '../../../../core/errors.ts';
import type { CalendarCalls } from './access.ts';
import { calendarNotFound } from './events.ts';

export interface CalendarInfo {
	readonly id: string;
	readonly summary: string;
	/** IANA. */
	readonly timeZone: string;
	readonly primary: boolean;
	/** Events can be stored in it. */
	readonly writable: boolean;
}

export interface FreeBusy {
	/** What is taken, by calendar in the order that was asked for, ISO UTC. Half-open. */
	readonly busy: readonly { readonly calendarId: string; readonly start: string; readonly end: string }[];
	/** Calendars of which nothing is known, with Google's reason ("notFound", "internalError"): don't take their silence for free time. */
	readonly errors: readonly { readonly calendarId: string; readonly reason: string }[];
}

export interface WatchChannel {
	readonly channelId: string;
	/** Google's id of what is watched; needed to stop. */
	readonly resourceId: string;
	/** No message comes after this: watch again before. */
	readonly expiresAt: Date;
}

/** Calendars, free/busy and channels of one account. Every function throws AppError calendar_disconnected or VendorError. */
export interface Calendars {
	listCalendars(): Promise<readonly CalendarInfo[]>;
	createCalendar(calendar: { readonly summary: string; readonly timeZone: string }): Promise<CalendarInfo>;
	freeBusy(calendarIds: readonly string[], from: Date, to: Date): Promise<FreeBusy>;
	/**
	 * Has changes of a calendar told to `address` (https): a POST without a body, with `X-Goog-Channel-Token: token`.
	 * https://developers.google.com/workspace/calendar/api/guides/push
	 * @param channel.channelId ours, unique, at most 64 of [A-Za-z0-9-_+/=]; a used one is refused
	 * @throws AppError also calendar_not_found
	 */
	watch(channel: { readonly calendarId: string; readonly channelId: string; readonly token: string; readonly address: string; readonly ttlSeconds: number }): Promise<WatchChannel>;
	/** A channel that has ended is no error. */
	stopWatch(channel: { readonly channelId: string; readonly resourceId: string }): Promise<void>;
}

/** Google's most in one question. */
const CALENDARS_A_CALL = 50;
/** Google refuses long times and doesn't say from where on. */
const DAYS_A_CALL = 60;
const DAY_MS = 86_400_000;

export function createCalendars({ call }: CalendarCalls): Calendars {
	const nothing = () => new AppError('calendar_not_found', 'Google has no calendars for this account.', { status: 404 });
	return {
		async listCalendars() {
			const calendars: CalendarInfo[] = [];
			for (let pageToken: string | undefined; ; ) {
				const params = { maxResults: 250, ...(pageToken === undefined ? {} : { pageToken }) };
				const { items = [], nextPageToken } = await call('list calendars', (api, options) => api.calendarList.list(params, options), nothing);
				for (const { id, summary, timeZone, primary, accessRole } of items) {
					if (id) calendars.push({ id, summary: summary ?? id, timeZone: timeZone ?? 'UTC', primary: primary === true, writable: accessRole === 'owner' || accessRole === 'writer' });
				}
				if (!nextPageToken) return calendars;
				pageToken = nextPageToken;
			}
		},
		async createCalendar({ summary, timeZone }) {
			const made = await call('make a calendar', (api, options) => api.calendars.insert({ requestBody: { summary, timeZone } }, options), nothing);
			if (!made.id) throw new VendorError('google_calendar', 'ambiguous', 'Google made a calendar and did not say its id.');
			return { id: made.id, summary: made.summary ?? summary, timeZone: made.timeZone ?? timeZone, primary: false, writable: true };
		},
		async freeBusy(calendarIds, from, to) {
			const busy: { calendarId: string; start: string; end: string }[] = [];
			const errors = new Map<string, string>();
			for (let first = 0; first < calendarIds.length; first += CALENDARS_A_CALL) {
				const ids = calendarIds.slice(first, first + CALENDARS_A_CALL);
				for (let start = from.getTime(); start < to.getTime(); start += DAYS_A_CALL * DAY_MS) {
					const requestBody = { timeMin: new Date(start).toISOString(), timeMax: new Date(Math.min(start + DAYS_A_CALL * DAY_MS, to.getTime())).toISOString(), timeZone: 'UTC', items: ids.map((id) => ({ id })) };
					const calendars = (await call('ask for free/busy', (api, options) => api.freebusy.query({ requestBody }, options), nothing)).calendars ?? {};
					for (const calendarId of ids) {
						const answer = calendars[calendarId];
						// Silence about a calendar is no free time.
						const reason = answer === undefined ? 'notAnswered' : answer.errors?.[0]?.reason;
						if (reason) errors.set(calendarId, reason);
						for (const interval of answer?.busy ?? []) {
							if (interval.start && interval.end) busy.push({ calendarId, start: new Date(interval.start).toISOString(), end: new Date(interval.end).toISOString() });
						}
					}
				}
			}
			return { busy, errors: [...errors].map(([calendarId, reason]) => ({ calendarId, reason })) };
		},
		async watch({ calendarId, channelId, token, address, ttlSeconds }) {
			const requestBody = { id: channelId, type: 'web_hook', address, token, params: { ttl: String(ttlSeconds) } };
			const { resourceId, expiration } = await call('watch a calendar', (api, options) => api.events.watch({ calendarId, requestBody }, options), calendarNotFound(calendarId));
			if (!resourceId || !expiration) throw new VendorError('google_calendar', 'ambiguous', 'Google watches a calendar and did not say as what, or for how long.');
			return { channelId, resourceId, expiresAt: new Date(Number(expiration)) };
		},
		async stopWatch({ channelId, resourceId }) {
			const gone = nothing();
			try {
				await call('stop watching a calendar', (api, options) => api.channels.stop({ requestBody: { id: channelId, resourceId } }, options), () => gone);
			} catch (error) {
				if (error !== gone) throw error;
			}
		},
	};
}
