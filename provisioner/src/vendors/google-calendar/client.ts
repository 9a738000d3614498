import { createCalendarAccess } from './access.ts';
import { createCalendars, type Calendars } from './calendars.ts';
import { createCalendarEvents, type CalendarEvents } from './events.ts';
import { createGoogleOAuth, type GoogleOAuth } from './oauth.ts';

/** One account's calendars. */
export type CalendarAccount = Calendars & CalendarEvents;

/**
 * What the features know of Google Calendar v3. Built on the vendor's SDK; every function throws AppError (`calendar_…`) or VendorError and nothing
 * else, and no token stands in either. https://developers.google.com/workspace/calendar/api/v3/reference
 */
export interface GoogleCalendarClient extends GoogleOAuth {
	/** The account that gave this refresh token. Its access tokens are made as needed and kept in memory. */
	account(refreshToken: string): CalendarAccount;
}

/**
 * @param options.url `https://www.googleapis.com`, or a stand-in's address
 * @param options.oauthUrl in place of Google's own hosts of the consent page and the tokens
 * @param options.timeoutMs of one call; nothing is tried again but a call whose access token has ended
 */
export function createGoogleCalendarClient(options: { url: string; oauthUrl?: string | undefined; clientId: string; clientSecret: string; timeoutMs?: number; now?: () => Date }): GoogleCalendarClient {
	const now = options.now ?? (() => new Date());
	const timeoutMs = options.timeoutMs ?? 10_000;
	const oauth = createGoogleOAuth({ url: options.oauthUrl, clientId: options.clientId, clientSecret: options.clientSecret, now, timeoutMs });
	const accessOf = createCalendarAccess({ url: options.url, oauth, now, timeoutMs });
	return {
		...oauth,
		account(refreshToken) {
			const calls = accessOf(refreshToken);
			return { ...createCalendars(calls), ...createCalendarEvents(calls) };
		},
	};
}
