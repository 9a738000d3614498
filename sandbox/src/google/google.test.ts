import type { calendar_v3 } from '@googleapis/calendar';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startReceiver } from '../test-support.ts';
import { EMAIL, googleError, NO_RETRY, startGoogleWorld, type GoogleWorld } from './test-support.ts';

let world: GoogleWorld;
beforeAll(async () => {
	world = await startGoogleWorld();
});
afterAll(() => world.sandbox.close());
beforeEach(() => world.reset());

const EVENT = {
	id: 'bk00001', summary: 'Massage', start: { dateTime: '2026-11-30T10:00:00', timeZone: 'Europe/Madrid' }, end: { dateTime: '2026-11-30T11:30:00', timeZone: 'Europe/Madrid' },
	extendedProperties: { private: { concierge_booking: 'bkg_1' } },
};
const inPrimary = <B extends object>(requestBody: B) => ({ calendarId: 'primary', requestBody });
const one = (eventId = 'bk00001') => ({ calendarId: 'primary', eventId });

describe('calendars', () => {
	it('are listed with the role, made, and kept from others', async () => {
		const { api } = await world.connected();
		const made = (await api.calendars.insert({ requestBody: { summary: 'Bookings', timeZone: 'Europe/Madrid' } })).data;
		await world.sandbox.post('/google/calendars', { account: EMAIL, summary: 'Holidays', access_role: 'reader' });
		expect((await api.calendarList.list()).data.items?.map(({ summary, accessRole, primary, timeZone }) => [summary, accessRole, primary ?? false, timeZone])).toEqual([
			[EMAIL, 'owner', true, 'Europe/Madrid'], ['Bookings', 'owner', false, 'Europe/Madrid'], ['Holidays', 'reader', false, 'Europe/Madrid'],
		]);
		expect((await api.calendarList.list({ minAccessRole: 'writer', maxResults: 1 })).data).toMatchObject({ items: [{ id: EMAIL }], nextPageToken: '1' });
		const other = await world.connected('other@gmail.example');
		await expect(other.api.calendars.get({ calendarId: made.id ?? '' })).rejects.toEqual(googleError(404, 'notFound'));
		const reader = (await api.calendarList.list()).data.items?.[2]?.id ?? '';
		await expect(api.events.insert({ calendarId: reader, requestBody: EVENT }, NO_RETRY)).rejects.toEqual(googleError(403, 'requiredAccessLevel'));
	});
});

describe('events', () => {
	it('are stored under the caller’s id, in their zone, once', async () => {
		const { api } = await world.connected();
		const made = (await api.events.insert(inPrimary(EVENT))).data;
		expect(made).toMatchObject({
			kind: 'calendar#event', id: 'bk00001', status: 'confirmed', sequence: 0, iCalUID: 'bk00001@google.com', organizer: { email: EMAIL, self: true },
			start: { dateTime: '2026-11-30T10:00:00+01:00', timeZone: 'Europe/Madrid' }, end: { dateTime: '2026-11-30T11:30:00+01:00', timeZone: 'Europe/Madrid' },
			extendedProperties: { private: { concierge_booking: 'bkg_1' } },
		});
		expect(made.hangoutLink).toBeUndefined();
		await expect(api.events.insert(inPrimary(EVENT))).rejects.toEqual(googleError(409, 'duplicate'));
		expect((await api.events.get({ ...one(), timeZone: 'America/New_York' })).data.start?.dateTime).toBe('2026-11-30T04:00:00-05:00');
		await expect(api.events.insert(inPrimary({ ...EVENT, id: 'BK-1' }))).rejects.toEqual(googleError(400, 'invalid'));
		await expect(api.events.get(one('nothing'))).rejects.toEqual(googleError(404, 'notFound'));
		expect((await api.events.insert(inPrimary({ ...EVENT, id: undefined }))).data.id).toMatch(/^[a-v0-9]{26}$/);
	});

	it('must have times that make sense', async () => {
		const { api } = await world.connected();
		const insert = (change: object) => api.events.insert(inPrimary({ ...EVENT, ...change }));
		await expect(insert({ end: undefined })).rejects.toEqual(googleError(400, 'required'));
		await expect(insert({ end: { dateTime: '2026-11-30T09:00:00+01:00' } })).rejects.toEqual(googleError(400, 'timeRangeEmpty'));
		await expect(insert({ start: { dateTime: '2026-11-30T10:00:00' } })).rejects.toThrow('Missing time zone definition for start time.');
		await expect(insert({ start: { dateTime: 'monday' } })).rejects.toEqual(googleError(400, 'invalid'));
		await expect(insert({ start: { dateTime: '2026-11-30T10:00:00', timeZone: 'Mars/Base' } })).rejects.toEqual(googleError(400, 'invalid'));
		const allDay = (await insert({ start: { date: '2026-12-24' }, end: { date: '2026-12-26' } })).data;
		expect([allDay.start, allDay.end]).toEqual([{ date: '2026-12-24' }, { date: '2026-12-26' }]);
	});

	it('get a Meet room when one is asked for, the same for the same request', async () => {
		const { api } = await world.connected();
		const conferenceData = { createRequest: { requestId: 'bkg_1', conferenceSolutionKey: { type: 'hangoutsMeet' } } };
		expect((await api.events.insert(inPrimary({ ...EVENT, id: 'plain', conferenceData }))).data.hangoutLink).toBeUndefined();
		const made = (await api.events.insert({ ...inPrimary({ ...EVENT, conferenceData }), conferenceDataVersion: 1 })).data;
		expect(made.hangoutLink).toMatch(/^https:\/\/meet\.google\.com\/\w{3}-\w{4}-\w{3}$/);
		expect(made.conferenceData?.entryPoints?.[0]).toMatchObject({ entryPointType: 'video', uri: made.hangoutLink });
		const moved = (await api.events.patch({ ...one(), conferenceDataVersion: 1, requestBody: { conferenceData, summary: 'Later' } })).data;
		expect([moved.hangoutLink, moved.summary]).toEqual([made.hangoutLink, 'Later']);
	});

	it('are patched by member, replaced whole, and only in the state that If-Match names', async () => {
		const { api } = await world.connected();
		const made = (await api.events.insert(inPrimary({ ...EVENT, description: 'Bring a towel', location: 'Calle Mayor 1' }))).data;
		const moved = (await api.events.patch({ ...one(), requestBody: { location: null, extendedProperties: { private: { extra: '1' } }, start: { dateTime: '2026-11-30T12:00:00+01:00' }, end: { dateTime: '2026-11-30T13:00:00+01:00' } } })).data;
		expect(moved).toMatchObject({ sequence: 1, summary: 'Massage', description: 'Bring a towel', extendedProperties: { private: { concierge_booking: 'bkg_1', extra: '1' } }, start: { dateTime: '2026-11-30T12:00:00+01:00', timeZone: 'Europe/Madrid' } });
		expect(moved.location).toBeUndefined();
		const put = (etag: string, sequence = 1) => api.events.update({ ...one(), requestBody: { ...EVENT, summary: 'Whole', sequence } }, { headers: { 'If-Match': etag } });
		await expect(put(made.etag ?? '')).rejects.toEqual(googleError(412, 'conditionNotMet'));
		await expect(put(moved.etag ?? '', 0)).rejects.toEqual(googleError(400, 'invalid'));
		const replaced = (await put(moved.etag ?? '')).data;
		expect([replaced.summary, replaced.description, replaced.sequence]).toEqual(['Whole', undefined, 2]);
	});

	it('are gone once deleted, keep their id, and come back by an update that confirms them', async () => {
		const { api } = await world.connected();
		await api.events.insert(inPrimary(EVENT));
		expect((await api.events.delete(one())).status).toBe(204);
		await expect(api.events.delete(one())).rejects.toEqual(googleError(410, 'deleted'));
		expect((await api.events.get(one())).data.status).toBe('cancelled');
		await expect(api.events.insert(inPrimary(EVENT))).rejects.toEqual(googleError(409, 'duplicate'));
		await expect(api.events.update({ ...one(), requestBody: EVENT }, NO_RETRY)).rejects.toEqual(googleError(403, 'forbidden'));
		expect((await api.events.update({ ...one(), requestBody: { ...EVENT, status: 'confirmed' } })).data.status).toBe('confirmed');
		expect((await api.events.list({ calendarId: 'primary' })).data.items?.map(({ id }) => id)).toEqual(['bk00001']);
	});
});

describe('lists', () => {
	const at = (id: string, day: number, hour: number, more: object = {}) => inPrimary({ id, summary: id, start: { dateTime: `2026-11-${day}T${hour}:00:00Z` }, end: { dateTime: `2026-11-${day}T${hour + 1}:00:00Z` }, ...more });

	it('are cut by time, ordered, filtered by private properties, and come in pages', async () => {
		const { api } = await world.connected();
		await api.events.insert(at('ccccc', 25, 12));
		await api.events.insert(at('aaaaa', 24, 12, { extendedProperties: { private: { concierge_booking: 'b1', concierge_tenant: 't1' } } }));
		await api.events.insert(at('bbbbb', 24, 15, { extendedProperties: { private: { concierge_booking: 'b2' } } }));
		const ids = async (query: calendar_v3.Params$Resource$Events$List) => (await api.events.list({ calendarId: 'primary', ...query })).data.items?.map(({ id }) => id);
		expect(await ids({ singleEvents: true, orderBy: 'startTime' })).toEqual(['aaaaa', 'bbbbb', 'ccccc']);
		// The end has to lie after timeMin, the start before timeMax.
		expect(await ids({ timeMin: '2026-11-24T12:30:00Z', timeMax: '2026-11-25T12:00:00Z' })).toEqual(['aaaaa', 'bbbbb']);
		expect(await ids({ timeMin: '2026-11-24T13:00:00Z', timeMax: '2026-11-25T12:00:01Z' })).toEqual(['ccccc', 'bbbbb']);
		expect(await ids({ privateExtendedProperty: ['concierge_booking=b1'] })).toEqual(['aaaaa']);
		expect(await ids({ privateExtendedProperty: ['concierge_booking=b1', 'concierge_tenant=t2'] })).toEqual([]);
		await expect(ids({ orderBy: 'startTime' })).rejects.toEqual(googleError(400, 'badRequest'));
		await expect(ids({ timeMin: '2026-11-25T00:00:00Z', timeMax: '2026-11-24T00:00:00Z' })).rejects.toEqual(googleError(400, 'timeRangeEmpty'));
		const first = (await api.events.list({ calendarId: 'primary', maxResults: 2 })).data;
		expect([first.items?.length, first.nextSyncToken]).toEqual([2, undefined]);
		const second = (await api.events.list({ calendarId: 'primary', maxResults: 2, pageToken: first.nextPageToken ?? '' })).data;
		expect([second.items?.length, second.nextPageToken, typeof second.nextSyncToken]).toEqual([1, undefined, 'string']);
	});

	it('tell what has changed since a sync token, deletions too, until the token is too old', async () => {
		const { api } = await world.connected();
		await api.events.insert(at('aaaaa', 24, 12));
		await api.events.insert(at('bbbbb', 24, 15));
		await api.events.insert(at('ddddd', 10, 15));
		const full = (await api.events.list({ calendarId: 'primary', timeMin: '2026-11-20T00:00:00Z' })).data;
		const changes = async (syncToken: string) => (await api.events.list({ calendarId: 'primary', syncToken })).data;
		expect([full.items?.length, (await changes(full.nextSyncToken ?? '')).items]).toEqual([2, []]);
		await world.sandbox.post(`/google/calendars/${EMAIL}/events/aaaaa/move`, { start: '2026-11-24T16:00', end: '2026-11-24T17:00' });
		await world.sandbox.post(`/google/calendars/${EMAIL}/events/bbbbb/delete`);
		await world.sandbox.post(`/google/calendars/${EMAIL}/events/ddddd/edit`, { summary: 'Before the time that was asked for' });
		const changed = await changes(full.nextSyncToken ?? '');
		expect(changed.items?.map(({ id, status, start }) => [id, status, start?.dateTime])).toEqual([['aaaaa', 'confirmed', '2026-11-24T16:00:00+01:00'], ['bbbbb', 'cancelled', '2026-11-24T16:00:00+01:00']]);
		expect((await changes(changed.nextSyncToken ?? '')).items).toEqual([]);
		await expect(api.events.list({ calendarId: 'primary', syncToken: full.nextSyncToken ?? '', timeMin: '2026-11-20T00:00:00Z' })).rejects.toEqual(googleError(400, 'invalid'));
		await world.sandbox.post(`/google/calendars/${EMAIL}/expire-sync`);
		await expect(changes(changed.nextSyncToken ?? '')).rejects.toEqual(googleError(410, 'fullSyncRequired'));
	});
});

describe('free/busy', () => {
	it('joins what touches, leaves out what takes no time, and tells errors by calendar', async () => {
		const { api } = await world.connected();
		const busy = (id: string, from: string, to: string, more: object = {}) => api.events.insert(inPrimary({ id, summary: id, start: { dateTime: `2026-11-30T${from}:00+01:00` }, end: { dateTime: `2026-11-30T${to}:00+01:00` }, ...more }));
		await busy('aaaaa', '10:00', '11:00');
		await busy('bbbbb', '11:00', '11:30');
		await busy('ccccc', '13:00', '14:00', { transparency: 'transparent' });
		await busy('ddddd', '15:00', '16:00');
		await api.events.delete(one('ddddd'));
		await world.sandbox.post(`/google/calendars/${EMAIL}/busy`, { start: '2026-12-01', end: '2026-12-02' });
		const answer = (await api.freebusy.query({ requestBody: { timeMin: '2026-11-30T00:00:00Z', timeMax: '2026-12-01T12:00:00Z', timeZone: 'Europe/Madrid', items: [{ id: EMAIL }, { id: 'gone@group.calendar.google.com' }] } })).data;
		expect(answer.calendars).toEqual({
			[EMAIL]: { busy: [{ start: '2026-11-30T10:00:00+01:00', end: '2026-11-30T11:30:00+01:00' }, { start: '2026-12-01T00:00:00+01:00', end: '2026-12-01T13:00:00+01:00' }] },
			'gone@group.calendar.google.com': { errors: [{ domain: 'global', reason: 'notFound' }], busy: [] },
		});
	});

	it('shows all-day events from midnight to midnight of the calendar, also when world.clocks change', async () => {
		const { api } = await world.connected();
		await world.sandbox.post(`/google/calendars/${EMAIL}/busy`, { start: '2027-03-28', end: '2027-03-29' });
		const answer = (await api.freebusy.query({ requestBody: { timeMin: '2027-03-27T00:00:00Z', timeMax: '2027-03-30T00:00:00Z', items: [{ id: EMAIL }] } })).data;
		expect(answer.calendars?.[EMAIL]?.busy).toEqual([{ start: '2027-03-27T23:00:00Z', end: '2027-03-28T22:00:00Z' }]);
	});
});

describe('push notifications', () => {
	it('say that something has changed, until the channel is stopped', async () => {
		const receiver = await startReceiver();
		const { api } = await world.connected();
		const requestBody = { id: 'ch-1', type: 'web_hook', address: receiver.url, token: 'secret', params: { ttl: '3600' } };
		const channel = (await api.events.watch({ calendarId: 'primary', requestBody })).data;
		expect(channel).toMatchObject({ kind: 'api#channel', id: 'ch-1', token: 'secret', expiration: String(world.clock + 3_600_000) });
		await api.events.insert(inPrimary(EVENT));
		await world.sandbox.post(`/google/calendars/${EMAIL}/events/bk00001/delete`);
		const seen = (await receiver.waitFor(3)).map(({ headers }) => ['channel-id', 'channel-token', 'resource-state', 'resource-id', 'message-number'].map((name) => headers[`x-goog-${name}`]));
		expect(seen.sort((a, b) => Number(a[4]) - Number(b[4]))).toEqual([['ch-1', 'secret', 'sync', channel.resourceId, '1'], ['ch-1', 'secret', 'exists', channel.resourceId, '2'], ['ch-1', 'secret', 'exists', channel.resourceId, '3']]);
		expect(receiver.received[0]?.raw).toBe('');
		await expect(api.events.watch({ calendarId: 'primary', requestBody })).rejects.toEqual(googleError(400, 'channelIdNotUnique'));
		await expect(api.channels.stop({ requestBody: { id: 'ch-1', resourceId: 'other' } })).rejects.toEqual(googleError(404, 'notFound'));
		await api.channels.stop({ requestBody: { id: 'ch-1', resourceId: channel.resourceId } });
		expect((await world.sandbox.post(`/google/calendars/${EMAIL}/busy`, { start: '2026-12-01', end: '2026-12-02' }))['status']).toBe('confirmed');
		expect((await world.sandbox.post(`/google/calendars/${EMAIL}/events/${(await api.events.list({ calendarId: 'primary' })).data.items?.[0]?.id}/delete`))['deliveries']).toEqual([]);
		expect(receiver.received.length).toBe(3);
		await receiver.close();
	});

	it('go nowhere but to this machine, and end with the channel', async () => {
		const receiver = await startReceiver();
		const { api } = await world.connected();
		await expect(api.events.watch({ calendarId: 'primary', requestBody: { id: 'ch-2', type: 'web_hook', address: 'https://example.com/hook' } })).rejects.toEqual(googleError(400, 'webhookUrlNotHttps'));
		await api.events.watch({ calendarId: 'primary', requestBody: { id: 'ch-3', type: 'web_hook', address: receiver.url, expiration: String(world.clock + 1_000) } });
		await receiver.waitFor(1);
		await api.events.insert(inPrimary(EVENT));
		world.clock += 1_000;
		expect((await world.sandbox.post(`/google/calendars/${EMAIL}/events/bk00001/delete`))['deliveries']).toEqual([]);
		await receiver.close();
	});
});

describe('faults', () => {
	it('are rate limits, expired tokens and silence', async () => {
		const { api } = await world.connected();
		const fault = (more: object) => world.sandbox.post('/faults', { vendor: 'google-calendar', count: 1, ...more });
		await fault({ operation: 'events.insert', mode: 'status', status: 403 });
		await expect(api.events.insert(inPrimary(EVENT), NO_RETRY)).rejects.toEqual(googleError(403, 'rateLimitExceeded'));
		await fault({ operation: 'events.list', mode: 'status', status: 429, retry_after: 7 });
		await expect(api.events.list({ calendarId: 'primary' }, NO_RETRY)).rejects.toSatisfy((error: { status?: number; response?: { headers: Headers } }) => error.status === 429 && error.response?.headers.get('retry-after') === '7');
		await fault({ operation: 'events.insert', mode: 'hang_after_accept' });
		await expect(api.events.insert(inPrimary(EVENT), { ...NO_RETRY, timeout: 100 })).rejects.toThrow();
		expect((await api.events.get(one())).data.summary).toBe('Massage');
		await fault({ operation: 'oauth.token', mode: 'status', status: 500 });
		expect((await fetch(`${world.sandbox.url}/token`, { method: 'POST' })).status).toBe(500);
	});
});

describe('the calendar page', () => {
	it('shows what is booked, and lets a person move, delete and add', async () => {
		const { api } = await world.connected();
		await api.events.insert(inPrimary({ ...EVENT, summary: 'Massage <Ana>', location: 'Calle Mayor 1' }));
		const page = `${world.sandbox.url}/calendar/page/${encodeURIComponent(EMAIL)}`;
		const shown = await (await fetch(page)).text();
		for (const text of ['Monday, 30 November 2026', '10:00 – 11:30', 'Massage &lt;Ana&gt;', 'Calle Mayor 1', 'bkg_1']) expect(shown).toContain(text);
		const act = (name: string, form: Record<string, string>) => fetch(`${page}/${name}`, { method: 'POST', body: new URLSearchParams(form) });
		expect(await (await act('move', { event: 'bk00001', start: '2026-11-30T12:00', end: '2026-11-30T13:00' })).text()).toContain('12:00 – 13:00');
		expect(await (await act('busy', { summary: 'Dentist', start: '2026-12-01T09:00', end: '2026-12-01T10:00' })).text()).toContain('Dentist');
		expect((await act('move', { event: 'bk00001', start: '2026-11-30T14:00', end: '2026-11-30T13:00' })).status).toBe(400);
		expect(await (await act('delete', { event: 'bk00001' })).text()).toContain('deleted');
		expect((await api.events.get(one())).data.status).toBe('cancelled');
		expect((await fetch(`${world.sandbox.url}/calendar/page/nobody`)).status).toBe(404);
	});
});
