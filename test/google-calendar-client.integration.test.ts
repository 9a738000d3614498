import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import { createGoogleCalendarClient, type CalendarAccount, type GoogleCalendarClient } from '../provisioner/src/vendors/google-calendar/client.ts';
import { eventIdOf, type NewCalendarEvent } from '../provisioner/src/vendors/google-calendar/event.ts';
import { VendorError } from '../provisioner/src/vendors/http.ts';
import { GOOGLE_CLIENT } from '../sandbox/src/google/oauth.ts';
import { startReceiver, startSandbox, type TestSandbox } from '../sandbox/src/test-support.ts';

const EMAIL = 'salon@gmail.example';
const REDIRECT = 'http://127.0.0.1:8080/calendar/callback';
let clock = Date.parse('2026-11-20T09:00:00Z');
let sandbox: TestSandbox;
let google: GoogleCalendarClient;
let account: CalendarAccount;
let refreshToken: string;

const clientWith = (changes: Partial<Parameters<typeof createGoogleCalendarClient>[0]> = {}) =>
	createGoogleCalendarClient({ url: sandbox.url, oauthUrl: sandbox.url, clientId: GOOGLE_CLIENT.id, clientSecret: GOOGLE_CLIENT.secret, now: () => new Date(clock), ...changes });
const control = (path: string, body?: unknown) => sandbox.post(`/google${path}`, body);
const fault = (operation: string, more: object) => sandbox.post('/faults', { vendor: 'google-calendar', operation, count: 1, ...more });
const failure = async (call: Promise<unknown>): Promise<AppError> => {
	const error: unknown = await call.then(() => undefined, (reason: unknown) => reason);
	if (!(error instanceof AppError)) throw new Error(`expected an AppError, got ${String(error)}`);
	// Whatever went wrong, neither the error nor what hangs on it holds a token.
	expect(inspect(error, { depth: 12, showHidden: true })).not.toMatch(/ya29\.|1\/\/0|4\/0|sandbox-google-secret/);
	return error;
};

/** A person consents in the browser; the application gets the code. */
async function consent(answer: object = {}, verifier = randomBytes(48).toString('base64url')) {
	const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
	const url = google.authorizationUrl({ state: 'st-1', codeChallenge, redirectUri: REDIRECT });
	const location = new URL(String((await control('/consent', { url, email: EMAIL, ...answer }))['location']));
	return { url: new URL(url), location, code: { code: location.searchParams.get('code') ?? '', codeVerifier: verifier, redirectUri: REDIRECT } };
}

beforeAll(async () => {
	sandbox = await startSandbox({ now: () => clock });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
	clock = Date.parse('2026-11-20T09:00:00Z');
	await sandbox.post('/reset');
	google = clientWith();
	({ refreshToken } = await google.exchangeCode((await consent()).code));
	account = google.account(refreshToken);
});

const booking = (changes: Partial<NewCalendarEvent> = {}): NewCalendarEvent => ({
	bookingId: 'bkg_1', orderId: 'ord_1', tenantId: 'ten_1', summary: 'Massage · Ana', description: 'Ana, +34 600 000 000', location: 'Calle Mayor 1', start: '2026-11-30T10:00:00+01:00', end: '2026-11-30T11:30:00+01:00',
	timeZone: 'Europe/Madrid', meeting: false, reminders: null, showAs: 'busy', ...changes,
});
const inCalendar = async (deleted = false) => (await sandbox.get(`/google/calendars/${EMAIL}/events${deleted ? '?deleted=true' : ''}`))['data'] as Record<string, unknown>[];

describe('consent', () => {
	test('asks for what bookings need, with PKCE, and for a refresh token every time', async () => {
		const { url, location, code } = await consent();
		expect([url.pathname, url.searchParams.get('access_type'), url.searchParams.get('prompt'), url.searchParams.get('code_challenge_method'), location.searchParams.get('state')]).toEqual(['/o/oauth2/v2/auth', 'offline', 'consent', 'S256', 'st-1']);
		const grant = await google.exchangeCode(code);
		expect([grant.refreshToken.startsWith('1//'), grant.expiresAt.toISOString()]).toEqual([true, '2026-11-20T09:59:59.000Z']);
		expect(await failure(google.exchangeCode(code))).toMatchObject({ code: 'calendar_code_invalid', status: 400 });
	});

	test('is nothing without the verifier, or with boxes left empty', async () => {
		const { code } = await consent();
		expect(await failure(google.exchangeCode({ ...code, codeVerifier: 'another' }))).toMatchObject({ code: 'calendar_code_invalid' });
		const partial = await consent({ scope: 'https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/calendar.freebusy' });
		expect(await failure(google.exchangeCode(partial.code))).toMatchObject({
			code: 'calendar_permission_missing', details: { missing: ['https://www.googleapis.com/auth/calendar.calendarlist.readonly', 'https://www.googleapis.com/auth/calendar.app.created'] },
		});
	});

	test('names our own credentials when Google does not know them', async () => {
		const { code } = await consent();
		const error = await failure(clientWith({ clientSecret: 'wrong' }).exchangeCode(code));
		expect([error.code, error.message]).toEqual(['google_calendar_refused', 'google_calendar answered 401 to exchange the code: invalid_client: The provided client secret is invalid. Check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.']);
	});

	test('ends when it is revoked, by us or by the person', async () => {
		await google.revoke(refreshToken);
		await google.revoke(refreshToken);
		expect(await failure(google.refresh(refreshToken))).toMatchObject({ code: 'calendar_disconnected', status: 409 });
		expect(await failure(account.listCalendars())).toMatchObject({ code: 'calendar_disconnected' });
		const again = google.account((await google.exchangeCode((await consent()).code)).refreshToken);
		expect((await again.listCalendars()).length).toBe(1);
		await control(`/accounts/${EMAIL}/revoke`);
		expect(await failure(again.insertEvent(EMAIL, booking()))).toMatchObject({ code: 'calendar_disconnected' });
	});

	test('is refreshed when an access token has ended, before a call and after a refusal, once for many calls', async () => {
		await Promise.all([account.listCalendars(), account.listCalendars(), account.listCalendars()]);
		clock += 3_600_000;
		expect((await account.listCalendars()).length).toBe(1);
		// Ended at Google earlier than it said: that of the consent, that of three calls at once, and the one after an hour.
		expect(await control(`/accounts/${EMAIL}/expire-access`)).toEqual({ expired: 3 });
		expect((await account.listCalendars()).length).toBe(1);
		await fault('oauth.token', { mode: 'status', status: 503 });
		await control(`/accounts/${EMAIL}/expire-access`);
		expect(await failure(account.listCalendars())).toMatchObject({ code: 'google_calendar_ambiguous', vendorStatus: 503 });
		await fault('calendarList.list', { mode: 'status', status: 401, count: 2 });
		expect(await failure(account.listCalendars())).toMatchObject({ code: 'calendar_disconnected' });
	});
});

describe('calendars', () => {
	test('are listed and made', async () => {
		const made = await account.createCalendar({ summary: 'Bookings', timeZone: 'Asia/Almaty' });
		await control('/calendars', { account: EMAIL, summary: 'Holidays', access_role: 'reader' });
		expect((await account.listCalendars()).map(({ summary, timeZone, primary, writable }) => [summary, timeZone, primary, writable])).toEqual([
			[EMAIL, 'Europe/Madrid', true, true], ['Bookings', 'Asia/Almaty', false, true], ['Holidays', 'Europe/Madrid', false, false],
		]);
		expect((await account.insertEvent(made.id, booking())).status).toBe('confirmed');
	});

	test('say what is taken, and of which nothing is known, over long times and many calendars', async () => {
		await account.insertEvent(EMAIL, booking());
		await account.insertEvent(EMAIL, booking({ bookingId: 'bkg_2', start: '2026-11-30T12:00:00+01:00', end: '2026-11-30T13:00:00+01:00', showAs: 'free' }));
		await control(`/calendars/${EMAIL}/busy`, { start: '2027-03-10T10:00', end: '2027-03-10T11:00' });
		const strangers = Array.from({ length: 60 }, (_, index) => `c${index}@group.calendar.google.com`);
		const { busy, errors } = await account.freeBusy([...strangers, EMAIL], new Date('2026-11-20T00:00:00Z'), new Date('2027-04-01T00:00:00Z'));
		expect(busy).toEqual([
			{ calendarId: EMAIL, start: '2026-11-30T09:00:00.000Z', end: '2026-11-30T10:30:00.000Z' },
			{ calendarId: EMAIL, start: '2027-03-10T09:00:00.000Z', end: '2027-03-10T10:00:00.000Z' },
		]);
		expect(errors).toEqual(strangers.map((calendarId) => ({ calendarId, reason: 'notFound' })));
	});
});

describe('events of bookings', () => {
	test('hold what the booking is, and whose', async () => {
		const event = await account.insertEvent(EMAIL, booking({ meeting: true, reminders: [{ method: 'popup', minutes: 30 }] }));
		expect(event).toMatchObject({
			id: eventIdOf('bkg_1'), status: 'confirmed', start: '2026-11-30T09:00:00.000Z', end: '2026-11-30T10:30:00.000Z', allDay: null, summary: 'Massage · Ana', description: 'Ana, +34 600 000 000', location: 'Calle Mayor 1',
			meetingUrl: expect.stringMatching(/^https:\/\/meet\.google\.com\//), meetingPending: false, owner: { bookingId: 'bkg_1', orderId: 'ord_1', tenantId: 'ten_1' },
		});
		expect(event.id).toMatch(/^[a-v0-9]{5,1024}$/);
		expect((await inCalendar())[0]).toMatchObject({
			start: { dateTime: '2026-11-30T10:00:00+01:00', timeZone: 'Europe/Madrid' }, reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 30 }] },
			extendedProperties: { private: { concierge_booking: 'bkg_1', concierge_order: 'ord_1', concierge_tenant: 'ten_1' } },
		});
		expect((await account.insertEvent(EMAIL, booking({ bookingId: 'bkg_2' }))).meetingUrl).toBeNull();
	});

	test('are stored once, however often and at the same time', async () => {
		const events = await Promise.all(Array.from({ length: 5 }, () => account.insertEvent(EMAIL, booking())));
		expect(new Set(events.map(({ id, etag }) => `${id} ${etag}`)).size).toBe(1);
		expect((await inCalendar(true)).length).toBe(1);
	});

	test('are as a person left them when they are stored again, and not somebody else’s', async () => {
		const { id } = await account.insertEvent(EMAIL, booking());
		await control(`/calendars/${EMAIL}/events/${id}/move`, { start: '2026-12-01T10:00', end: '2026-12-01T11:30' });
		expect(await account.insertEvent(EMAIL, booking())).toMatchObject({ start: '2026-12-01T09:00:00.000Z' });
		await control(`/calendars/${EMAIL}/events/${id}/edit`, { extendedProperties: { private: { concierge_booking: 'bkg_other' } } });
		const error = await failure(account.insertEvent(EMAIL, booking()));
		expect([error.code, error.message]).toEqual(['google_calendar_refused', expect.stringContaining('that is not of booking "bkg_1"')]);
	});

	test('come back when they were deleted, also from several processes at once', async () => {
		const first = await account.insertEvent(EMAIL, booking({ meeting: true }));
		await account.patchEvent(EMAIL, first.id, { start: '2026-12-01T10:00:00+01:00', end: '2026-12-01T11:00:00+01:00', timeZone: 'Europe/Madrid' });
		await account.deleteEvent(EMAIL, first.id);
		expect(await account.getEvent(EMAIL, first.id)).toMatchObject({ status: 'cancelled' });
		const other = clientWith().account(refreshToken);
		const revived = await Promise.all([account.insertEvent(EMAIL, booking({ meeting: true })), other.insertEvent(EMAIL, booking({ meeting: true })), account.insertEvent(EMAIL, booking({ meeting: true }))]);
		for (const event of revived) expect(event).toMatchObject({ id: first.id, status: 'confirmed', start: '2026-11-30T09:00:00.000Z', owner: { bookingId: 'bkg_1' }, meetingUrl: first.meetingUrl });
		expect((await inCalendar(true)).length).toBe(1);
	});

	test('are moved, with what else is given, and stay what they are', async () => {
		const { id } = await account.insertEvent(EMAIL, booking());
		await control(`/calendars/${EMAIL}/events/${id}/move`, { start: '2026-12-24', end: '2026-12-25' });
		expect(await account.getEvent(EMAIL, id)).toMatchObject({ start: null, allDay: { start: '2026-12-24', end: '2026-12-25' } });
		const moved = await account.patchEvent(EMAIL, id, { start: '2026-12-02T16:00:00+01:00', end: '2026-12-02T17:30:00+01:00', timeZone: 'Europe/Madrid', location: 'Calle Menor 2' });
		expect(moved).toMatchObject({ id, start: '2026-12-02T15:00:00.000Z', allDay: null, location: 'Calle Menor 2', summary: 'Massage · Ana', owner: { bookingId: 'bkg_1' } });
	});

	test('that are gone can’t be moved, and are deleted', async () => {
		const change = { start: '2026-12-02T16:00:00+01:00', end: '2026-12-02T17:30:00+01:00', timeZone: 'Europe/Madrid' };
		const { id } = await account.insertEvent(EMAIL, booking());
		await account.deleteEvent(EMAIL, id);
		await account.deleteEvent(EMAIL, id);
		await account.deleteEvent(EMAIL, 'never00');
		expect(await failure(account.patchEvent(EMAIL, id, change))).toMatchObject({ code: 'calendar_event_not_found', status: 404 });
		expect(await failure(account.patchEvent(EMAIL, 'never00', change))).toMatchObject({ code: 'calendar_event_not_found' });
		expect(await account.getEvent(EMAIL, 'never00')).toBeNull();
		expect(await failure(account.insertEvent('gone@group.calendar.google.com', booking()))).toMatchObject({ code: 'calendar_not_found', status: 404 });
	});
});

describe('changes', () => {
	const from = new Date('2026-11-20T00:00:00Z');

	test('are those of our events: moved, deleted, and nothing of the rest', async () => {
		const [first, second] = [await account.insertEvent(EMAIL, booking()), await account.insertEvent(EMAIL, booking({ bookingId: 'bkg_2' }))];
		await control(`/calendars/${EMAIL}/busy`, { start: '2026-12-01', end: '2026-12-02' });
		const full = await account.listChanges(EMAIL, { syncToken: null, from });
		expect([full.full, full.events.map(({ owner }) => owner?.bookingId)]).toEqual([true, ['bkg_1', 'bkg_2']]);
		await control(`/calendars/${EMAIL}/events/${first.id}/move`, { start: '2026-12-01T10:00', end: '2026-12-01T11:30' });
		await control(`/calendars/${EMAIL}/events/${second.id}/delete`);
		await control(`/calendars/${EMAIL}/busy`, { start: '2026-12-03', end: '2026-12-04' });
		const changes = await account.listChanges(EMAIL, { syncToken: full.syncToken, from });
		expect([changes.full, changes.events.map(({ owner, status, start }) => [owner?.bookingId, status, start])]).toEqual([
			false, [['bkg_1', 'confirmed', '2026-12-01T09:00:00.000Z'], ['bkg_2', 'cancelled', '2026-11-30T09:00:00.000Z']],
		]);
		expect((await account.listChanges(EMAIL, { syncToken: changes.syncToken, from })).events).toEqual([]);
	});

	test('start anew when Google has forgotten the token, with the deleted ones', async () => {
		const { id } = await account.insertEvent(EMAIL, booking());
		const { syncToken } = await account.listChanges(EMAIL, { syncToken: null, from });
		await control(`/calendars/${EMAIL}/events/${id}/delete`);
		await control(`/calendars/${EMAIL}/expire-sync`);
		const anew = await account.listChanges(EMAIL, { syncToken, from });
		expect([anew.full, anew.events.map(({ id: one, status }) => [one, status])]).toEqual([true, [[id, 'cancelled']]]);
		expect((await account.listChanges(EMAIL, { syncToken: anew.syncToken, from })).full).toBe(false);
		expect(await failure(account.listChanges('gone@group.calendar.google.com', { syncToken: 'x', from }))).toMatchObject({ code: 'calendar_not_found' });
	});

	test('are announced to a channel, which is stopped once and again', async () => {
		const receiver = await startReceiver();
		const channel = await account.watch({ calendarId: EMAIL, channelId: 'ch-1', token: 'tok', address: receiver.url, ttlSeconds: 3_600 });
		expect(channel).toEqual({ channelId: 'ch-1', resourceId: expect.any(String), expiresAt: new Date(clock + 3_600_000) });
		await account.insertEvent(EMAIL, booking());
		const [, change] = await receiver.waitFor(2);
		expect([change?.headers['x-goog-channel-token'], change?.headers['x-goog-resource-id']]).toEqual(['tok', channel.resourceId]);
		await account.stopWatch(channel);
		await account.stopWatch(channel);
		expect((await sandbox.get('/google/channels'))['data']).toEqual([]);
		await receiver.close();
	});
});

describe('when Google does not answer as it should', () => {
	test.each([
		[403, null, null], [429, 7, 7_000],
	])('%i is a limit: later, after what it says', async (status, retry_after, retryAfterMs) => {
		await fault('events.insert', { mode: 'status', status, retry_after });
		expect(await failure(account.insertEvent(EMAIL, booking()))).toMatchObject({ code: 'google_calendar_rate_limited', outcome: 'rate_limited', status: 503, retryAfterMs });
		expect((await account.insertEvent(EMAIL, booking())).status).toBe('confirmed');
	});

	test('a timeout leaves open whether it was done; again, it is there', async () => {
		const hasty = clientWith({ timeoutMs: 300 }).account(refreshToken);
		await hasty.listCalendars();
		await fault('events.insert', { mode: 'hang_after_accept' });
		const error = await failure(hasty.insertEvent(EMAIL, booking()));
		expect(error).toBeInstanceOf(VendorError);
		expect([error.code, error.message]).toEqual(['google_calendar_ambiguous', 'google_calendar: no answer within 300 ms to store an event. It may have been done.']);
		expect((await hasty.insertEvent(EMAIL, booking())).owner?.bookingId).toBe('bkg_1');
		expect((await inCalendar(true)).length).toBe(1);
	});

	test('a broken connection and a failure of Google’s are open too, another refusal is not', async () => {
		await account.listCalendars();
		await fault('events.insert', { mode: 'drop' });
		expect(await failure(account.insertEvent(EMAIL, booking()))).toMatchObject({ code: 'google_calendar_ambiguous' });
		await fault('events.insert', { mode: 'status', status: 500 });
		expect(await failure(account.insertEvent(EMAIL, booking()))).toMatchObject({ code: 'google_calendar_ambiguous', vendorStatus: 500 });
		const error = await failure(account.insertEvent(EMAIL, booking({ end: '2026-11-30T09:00:00+01:00' })));
		expect([error.code, error.message]).toEqual(['google_calendar_refused', 'Google Calendar answered 400 to store an event: timeRangeEmpty: The specified time range is empty.']);
	});

	test('a host that isn’t there was never reached', async () => {
		const nowhere = createGoogleCalendarClient({ url: 'http://127.0.0.1:9', oauthUrl: sandbox.url, clientId: GOOGLE_CLIENT.id, clientSecret: GOOGLE_CLIENT.secret });
		expect(await failure(nowhere.account(refreshToken).listCalendars())).toMatchObject({ code: 'google_calendar_unreachable' });
	});
});
