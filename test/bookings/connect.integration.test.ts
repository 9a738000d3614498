import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBookings } from '../../provisioner/src/features/bookings/bookings.ts';
import { createTenantSecrets } from '../../provisioner/src/features/tenants/tenant-secrets.ts';
import { MASTER_KEY } from '../../provisioner/src/testing/api.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { createRevocation } from '../../provisioner/src/vendors/google-calendar/oauth.ts';
import { createBookingWorld, EMAIL, START, type BookingWorld, type Salon } from './world.ts';

let world: BookingWorld;
beforeAll(async () => {
	world = await createBookingWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
	world.clock = START;
	await world.sandbox.post('/reset');
});

const path = ({ companyId }: Pick<Salon, 'companyId'>, rest = '') => `/v1/companies/${companyId}/calendar${rest}`;
const askedUrl = async (salon: Salon, body: object = {}) => String((await world.call('POST', path(salon, '/connect'), body, salon.key)).body['url']);

describe('connecting a calendar', () => {
	test('keeps bookings in two calendars of the account, which are made once', async () => {
		const salon = await world.addSalon();
		const { status, body } = await world.call('GET', path(salon), undefined, salon.key);
		expect([status, body]).toMatchObject([200, { object: 'calendar', provider: 'google', state: 'connected', account: EMAIL, last_error: null, time_zone: 'Europe/Madrid', bookings_needing_attention: 0 }]);
		await world.consent(await askedUrl(salon));
		const calendars = (await world.sandbox.get('/google/calendars'))['data'] as { id: string; summary: string }[];
		expect(calendars.map(({ summary }) => summary).toSorted()).toEqual(['Appointments', 'Deliveries', EMAIL]);
		expect(calendars.find(({ summary }) => summary === 'Deliveries')?.id).toBe(salon.calendars.delivery);
	});

	test('stores the token sealed, and shows it nowhere', async () => {
		const salon = await world.addSalon();
		const [row] = await world.db.asOwner<{ refresh_token: Buffer; row: string }>('SELECT refresh_token, row_to_json(k)::text AS row FROM company_calendars k WHERE company_id = $1', [salon.companyId]);
		expect(row?.refresh_token.length).toBeGreaterThan(30);
		expect(row?.row).not.toContain('1//0');
		expect(JSON.stringify((await world.call('GET', path(salon), undefined, salon.key)).body)).not.toMatch(/1\/\/0|token/);
		expect(JSON.stringify(world.logLines)).not.toMatch(/1\/\/0|ya29/);
	});

	test('asks with PKCE and a state that works once, for half an hour', async () => {
		const salon = await world.addSalon({ connected: false });
		const url = await askedUrl(salon);
		expect(new URL(url).searchParams.get('code_challenge_method')).toBe('S256');
		const first = await world.consent(url);
		expect([first.status, first.text]).toEqual([200, expect.stringContaining('The calendar is connected')]);
		const again = await fetch(`${world.api.url}/calendar/callback${new URL(first.location).search}`);
		expect([again.status, await again.text()]).toEqual([410, expect.stringContaining('This link has expired')]);
		const late = await askedUrl(salon);
		world.clock += 30 * 60_000;
		expect(await world.consent(late)).toMatchObject({ status: 410 });
	});

	test('takes no state that somebody made up or changed', async () => {
		const [salon, other] = [await world.addSalon({ connected: false }), await world.addSalon({ connected: false })];
		const state = new URL(await askedUrl(salon)).searchParams.get('state') ?? '';
		const [payload = '', signature = ''] = state.split('.');
		const forged = Buffer.from(Buffer.from(payload, 'base64url').toString().replace(salon.companyId, other.companyId)).toString('base64url');
		for (const wrong of ['', 'x', payload, `${forged}.${signature}`, `${payload}.${signature.slice(0, -2)}`]) {
			const answer = await fetch(`${world.api.url}/calendar/callback?state=${encodeURIComponent(wrong)}&code=x`);
			expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('not complete')]);
		}
		expect((await world.call('GET', path(other), undefined, other.key)).body).toMatchObject({ state: 'disconnected' });
	});

	test('says what happened when it was denied, a box was left empty, or another account was chosen', async () => {
		const salon = await world.addSalon({ connected: false });
		expect(await world.consent(await askedUrl(salon), { deny: true })).toMatchObject({ status: 200, text: expect.stringContaining('not connected') });
		expect(await world.consent(await askedUrl(salon), { scope: 'https://www.googleapis.com/auth/calendar.events' })).toMatchObject({ status: 422, text: expect.stringContaining('A permission is missing') });
		const wrong = await world.consent(await askedUrl(salon, { email: EMAIL }), { email: 'other@gmail.example' });
		expect(wrong).toMatchObject({ status: 409, text: expect.stringContaining('other@gmail.example') });
		expect((await world.call('GET', path(salon), undefined, salon.key)).body).toMatchObject({ state: 'disconnected', account: '' });
		// The consent that is of no use was given back.
		const grants = await world.google('/accounts/other@gmail.example/revoke');
		expect(grants).toEqual({ revoked: 0 });
	});

	test('fails with words when Google is away, and works the next time', async () => {
		const salon = await world.addSalon({ connected: false });
		await world.fault('oauth.token', { mode: 'status', status: 503 });
		expect(await world.consent(await askedUrl(salon))).toMatchObject({ status: 502 });
		expect(await world.consent(await askedUrl(salon))).toMatchObject({ status: 200 });
	});

	test('is undone: the consent ends at Google, the settings stay', async () => {
		const salon = await world.addSalon({ settings: { step_minutes: 20 } });
		expect((await world.call('DELETE', path(salon), undefined, salon.key)).status).toBe(204);
		expect((await world.call('DELETE', path(salon), undefined, salon.key)).status).toBe(204);
		expect(await world.google(`/accounts/${EMAIL}/revoke`)).toEqual({ revoked: 0 });
		expect((await world.call('GET', path(salon), undefined, salon.key)).body).toMatchObject({ state: 'disconnected', settings: { step_minutes: 20 }, appointment_calendar_id: salon.calendars.appointment });
	});
});

test('a tenant that is deleted takes its consents back at Google, and leaves nothing here', async () => {
	const salon = await world.addSalon();
	await world.call('POST', '/v1/bookings', { company_id: salon.companyId, sku: 'M1', starts_at: '2026-11-23T10:00:00+01:00' }, salon.key);
	const removed = [{ type: 'google_calendar_consent', id: salon.companyId, name: '', outcome: 'removed' }];
	await world.fault('oauth.revoke', { mode: 'status', status: 503 });
	await expect(world.bookings.removeOfTenant(salon.tenantId)).rejects.toThrow('503');
	for (let times = 0; times < 2; times += 1) expect(await world.bookings.removeOfTenant(salon.tenantId)).toEqual(removed);
	expect(await world.google(`/accounts/${EMAIL}/revoke`)).toEqual({ revoked: 0 });
	await world.db.asOwner('DELETE FROM tenants WHERE id = $1', [salon.tenantId]);
	expect(await world.db.asOwner('SELECT tenant_id FROM bookings WHERE tenant_id = $1 UNION ALL SELECT tenant_id FROM company_calendars WHERE tenant_id = $1', [salon.tenantId])).toEqual([]);
});

describe('settings of bookings', () => {
	test('are merged, and the company’s clocks are its own', async () => {
		const salon = await world.addSalon();
		const holidays = await world.google('/calendars', { account: EMAIL, summary: 'Team', access_role: 'owner' });
		const hours = { weekly: { monday: [['10:00', '14:00']] } };
		const changed = await world.call('PATCH', path(salon), { time_zone: 'Asia/Almaty', opening_hours: hours, free_change_hours: 12, appointment_calendar_id: holidays['id'] }, salon.key);
		expect([changed.status, changed.body]).toMatchObject([200, { time_zone: 'Asia/Almaty', appointment_calendar_id: holidays['id'], delivery_calendar_id: salon.calendars.delivery, settings: { opening_hours: hours, free_change_hours: 12, step_minutes: 30 } }]);
		const [company] = await world.db.asOwner<{ time_zone: string }>('SELECT time_zone FROM companies WHERE id = $1', [salon.companyId]);
		expect(company?.time_zone).toBe('Asia/Almaty');
	});

	test.each([
		[{ time_zone: 'Madrid/Europe' }, 'time_zone: "Madrid/Europe" is not an IANA time zone'],
		[{ opening_hours: { weekly: { monday: [['9', '18:00']] } } }, '"9" is no time of day'],
		[{ opening_hours: { weekly: { mon: [['09:00', '18:00']] } } }, 'a weekday is one of monday'],
		[{ step_minutes: 0 }, 'step_minutes'],
		[{ free_change_hours: -1 }, 'free_change_hours'],
		[{ delivery_cities: [{ city: 'Madrid', cut_off: '25:00' }] }, 'must be a time of day'],
		[{ capacity: 3 }, 'capacity'],
	])('%j is refused with what to write', async (body, words) => {
		const salon = await world.addSalon({ connected: false });
		const { status, body: problem } = await world.call('PATCH', path(salon), body, salon.key);
		expect([status, problem.code, problem.detail]).toEqual([400, 'invalid_request', expect.stringContaining(words)]);
	});

	test('take only calendars of the account that can be written to', async () => {
		const salon = await world.addSalon();
		const reader = await world.google('/calendars', { account: EMAIL, summary: 'Holidays', access_role: 'reader' });
		const { status, body } = await world.call('PATCH', path(salon), { appointment_calendar_id: reader['id'] }, salon.key);
		expect([status, body.code]).toEqual([404, 'calendar_not_found']);
	});

	test('are nobody else’s', async () => {
		const [salon, other] = [await world.addSalon({ connected: false }), await world.addSalon({ connected: false })];
		for (const [method, rest, body] of [['GET', '', undefined], ['PATCH', '', {}], ['DELETE', '', undefined], ['POST', '/connect', {}]] as const) {
			expect((await world.call(method, path(other, rest), body, salon.key)).status).toBe(404);
		}
	});
});

describe('a tenant that is deleted while calendars are off', () => {
	/** A process without GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, on the same database. */
	const without = (oauthUrl: string) => {
		const { log, lines } = createTestLog();
		const { database } = world.db;
		const bookings = createBookings({
			database, secrets: createTenantSecrets(database, MASTER_KEY), google: null, revokeConsent: createRevocation({ url: oauthUrl, timeoutMs: 2_000 }), outbox: { enqueue: () => Promise.resolve([]) },
			loadCatalog: () => Promise.reject(new Error('not asked for')), turns: { loadOpenTurn: () => Promise.reject(new Error('not asked for')) }, masterKey: MASTER_KEY, publicUrl: 'http://book.example', now: () => new Date(world.clock), log,
		});
		return { bookings, lines };
	};

	test('takes its consents back all the same: that needs no client of ours', async () => {
		const salon = await world.addSalon();
		const { bookings, lines } = without(world.sandbox.url);
		expect(await bookings.removeOfTenant(salon.tenantId)).toEqual([{ type: 'google_calendar_consent', id: salon.companyId, name: '', outcome: 'removed' }]);
		expect(lines).toEqual([]);
		// Google lets nobody use it any more.
		expect((await world.call('GET', `/v1/companies/${salon.companyId}/slots?sku=M1`, undefined, salon.key)).body).toMatchObject({ code: 'calendar_disconnected' });
	});

	test('is not kept by a Google that can’t be reached: the log says what is left there', async () => {
		const salon = await world.addSalon();
		const { bookings, lines } = without('http://127.0.0.1:1');
		expect(await bookings.removeOfTenant(salon.tenantId)).toEqual([]);
		expect(lines).toMatchObject([{ companyId: salon.companyId, msg: expect.stringContaining('the account’s owner can end it at Google') }]);
		expect(JSON.stringify(lines)).not.toContain('1//0');
	});
});
