import { createBookings } from '../../provisioner/src/features/bookings/bookings.ts';
import type { Bookings } from '../../provisioner/src/features/bookings/bookings.ts';
import { createCatalogs } from '../../provisioner/src/features/catalog/catalogs.ts';
import { createKeys } from '../../provisioner/src/features/keys/keys.ts';
import { enqueue } from '../../provisioner/src/features/outbox/enqueue.ts';
import { createTenantSecrets } from '../../provisioner/src/features/tenants/tenant-secrets.ts';
import { createOpenTurns } from '../../provisioner/src/features/turns/open-turns.ts';
import { newId } from '../../provisioner/src/store/ids.ts';
import { MASTER_KEY, PLATFORM_KEY, startTestApi, WORKER_KEY } from '../../provisioner/src/testing/api.ts';
import type { ApiAnswer, Json, TestApi } from '../../provisioner/src/testing/api.ts';
import { fileOf } from '../../provisioner/src/testing/files.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { createGoogleCalendarClient } from '../../provisioner/src/vendors/google-calendar/client.ts';
import { GOOGLE_CLIENT } from '../../sandbox/src/google/oauth.ts';
import { startSandbox, type TestSandbox } from '../../sandbox/src/test-support.ts';
import { createTestDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

export { PLATFORM_KEY, WORKER_KEY };

export const EMAIL = 'salon@gmail.example';
/** A Friday, 10:00 in Madrid. */
export const START = Date.parse('2026-11-20T09:00:00Z');

export interface Salon {
	readonly tenantId: string;
	readonly companyId: string;
	readonly key: string;
	/** Ids of its two calendars at Google. */
	readonly calendars: { readonly appointment: string; readonly delivery: string };
}

/** Bookings on a real PostgreSQL and the stand-in of Google Calendar, with one clock for all. */
export interface BookingWorld {
	readonly db: TestDatabase;
	readonly api: TestApi;
	readonly sandbox: TestSandbox;
	readonly bookings: Bookings;
	readonly logLines: readonly Record<string, unknown>[];
	/** Unix milliseconds. */
	clock: number;
	call(method: string, path: string, body?: unknown, key?: string): Promise<ApiAnswer>;
	/** A company with a catalog; `connected` false: without a calendar. */
	addSalon(options?: { csv?: string; email?: string; connected?: boolean; settings?: Json }): Promise<Salon>;
	/** The consent page's address, answered by a person; the page that they end on. */
	consent(url: string, answer?: { email?: string; deny?: boolean; scope?: string }): Promise<{ status: number; text: string; location: string }>;
	/** What people do in Google's pages. */
	google(path: string, body?: unknown): Promise<Record<string, unknown>>;
	eventsOf(calendarId: string): Promise<Json[]>;
	fault(operation: string, more: object): Promise<unknown>;
	close(): Promise<void>;
}

export const SERVICES_CSV = `sku,name,description,unit,price_eur,travel_fee_eur,slots_available,duration,payment_reminder,city,office_address
M1,Massage,A massage,session,50,,1,60 minutes,4,Madrid,Calle Mayor 1
Y1,Yoga class,A class,place,15,,10,90 minutes,4,Madrid,
V1,Online advice,By video,session,30,,1,30 minutes,4,online,
`;

export async function createBookingWorld(): Promise<BookingWorld> {
	const db = await createTestDatabase();
	const { database } = db;
	const sandbox = await startSandbox({ now: () => world.clock });
	const now = () => new Date(world.clock);
	const { log, lines: logLines } = createTestLog();
	const keys = createKeys({ database, masterKey: MASTER_KEY });
	await keys.ensurePlatformKeys({ platformKey: PLATFORM_KEY, workerKey: WORKER_KEY });
	const secrets = createTenantSecrets(database, MASTER_KEY);
	const catalogs = createCatalogs({ database, databaseUrl: db.appUrl, log });
	const client = createGoogleCalendarClient({ url: sandbox.url, oauthUrl: sandbox.url, clientId: GOOGLE_CLIENT.id, clientSecret: GOOGLE_CLIENT.secret, now, timeoutMs: 2_000 });
	const bookings = createBookings({ database, secrets, google: client, revokeConsent: client.revoke, masterKey: MASTER_KEY, publicUrl: 'http://book.example', now, log, outbox: { enqueue }, loadCatalog: catalogs.loadCatalog, turns: createOpenTurns({ leaseMs: 60_000 }) });
	const api = await startTestApi({ database, endpoints: bookings.endpoints, routers: [bookings.router] });

	const world: BookingWorld = {
		db, api, sandbox, bookings, logLines,
		clock: START,
		call: (method, path, body, key = PLATFORM_KEY) => api.call(method, path, { key, ...(body === undefined ? {} : { body }) }),
		async addSalon({ csv = SERVICES_CSV, email = EMAIL, connected = true, settings = {} } = {}) {
			const [tenantId, companyId] = [newId('ten'), newId('com')];
			await db.asOwner(`INSERT INTO tenants (id, name, email, data_key) VALUES ($1, 'Salon', 's@example.com', $2)`, [tenantId, secrets.create()]);
			await db.asOwner(`INSERT INTO companies (id, tenant_id, name, type) VALUES ($1, $2, 'Salon Ana', 'hybrid')`, [companyId, tenantId]);
			const { secret: key } = await database.withTenant(tenantId, (sql) => keys.createTenantKey(sql, tenantId, { label: 'test' }));
			const report = await catalogs.importFile(tenantId, companyId, fileOf(csv), { dryRun: false, partial: false, repair: false, columns: {} });
			if (report.errors.length > 0) throw new Error(JSON.stringify(report.errors));
			if (Object.keys(settings).length > 0) {
				const changed = await world.call('PATCH', `/v1/companies/${companyId}/calendar`, settings, key);
				if (changed.status !== 200) throw new Error(JSON.stringify(changed.body));
			}
			if (!connected) return { tenantId, companyId, key, calendars: { appointment: '', delivery: '' } };
			const asked = await world.call('POST', `/v1/companies/${companyId}/calendar/connect`, {}, key);
			const page = await world.consent(String(asked.body['url']), { email });
			if (page.status !== 200) throw new Error(page.text);
			const { body } = await world.call('GET', `/v1/companies/${companyId}/calendar`, undefined, key);
			return { tenantId, companyId, key, calendars: { appointment: String(body['appointment_calendar_id']), delivery: String(body['delivery_calendar_id']) } };
		},
		async consent(url, answer = {}) {
			const { location } = await sandbox.post('/google/consent', { url, email: EMAIL, ...answer });
			const back = new URL(String(location));
			const response = await fetch(`${api.url}${back.pathname}${back.search}`);
			return { status: response.status, text: await response.text(), location: String(location) };
		},
		google: (path, body = {}) => sandbox.post(`/google${path}`, body),
		eventsOf: async (calendarId) => (await sandbox.get(`/google/calendars/${calendarId}/events`))['data'] as Json[],
		fault: (operation, more) => sandbox.post('/faults', { vendor: 'google-calendar', operation, count: 1, ...more }),
		async close() {
			await bookings.stop();
			await api.close();
			await sandbox.close();
			await db.close();
		},
	};
	return world;
}
