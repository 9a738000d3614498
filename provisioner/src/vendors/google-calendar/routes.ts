/** Every route of Google's APIs that this client calls. Hosts: www.googleapis.com; oauth2.googleapis.com for the first two. */
export const routes: readonly { readonly method: string; readonly path: string }[] = [
	{ method: 'POST', path: '/token' },
	{ method: 'POST', path: '/revoke' },
	{ method: 'GET', path: '/calendar/v3/users/me/calendarList' },
	{ method: 'POST', path: '/calendar/v3/calendars' },
	{ method: 'POST', path: '/calendar/v3/freeBusy' },
	{ method: 'GET', path: '/calendar/v3/calendars/{calendarId}/events' },
	{ method: 'POST', path: '/calendar/v3/calendars/{calendarId}/events' },
	{ method: 'GET', path: '/calendar/v3/calendars/{calendarId}/events/{eventId}' },
	{ method: 'PATCH', path: '/calendar/v3/calendars/{calendarId}/events/{eventId}' },
	{ method: 'PUT', path: '/calendar/v3/calendars/{calendarId}/events/{eventId}' },
	{ method: 'DELETE', path: '/calendar/v3/calendars/{calendarId}/events/{eventId}' },
	{ method: 'POST', path: '/calendar/v3/calendars/{calendarId}/events/watch' },
	{ method: 'POST', path: '/calendar/v3/channels/stop' },
];
