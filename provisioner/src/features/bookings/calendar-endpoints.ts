import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { tenantFor } from '../../http/authenticate.ts';
import { endpoint, idParams } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { CalendarAccounts } from './calendar-accounts.ts';
import { calendarRepository, type CompanyCalendar } from './calendar-repository.ts';
import { calendarSettings, calendarSettingsChanges, ianaZone } from './calendar-settings.ts';
import type { CalendarConnections } from './connect-calendar.ts';

const calendarSchema = z
	.object({
		object: z.literal('calendar'),
		company_id: z.string(),
		provider: z.literal('google'),
		state: z.enum(['disconnected', 'connected', 'error']).describe('error: Google lets us use it no more; connect it again.'),
		last_error: z.string().nullable(),
		account: z.string().describe('The account at Google; empty before one was connected.'),
		time_zone: z.string().describe('The company’s.'),
		appointment_calendar_id: z.string().nullable(),
		delivery_calendar_id: z.string().nullable(),
		settings: calendarSettings,
		connected_at: z.string().nullable(),
		synced_at: z.string().nullable().describe('When changes made by hand were last looked for.'),
		bookings_waiting: z.int().describe('Bookings that the calendar doesn’t show yet as they are; they are tried again by themselves.'),
		bookings_needing_attention: z.int().describe('GET /v1/bookings?attention=true lists them.'),
	})
	.meta({ id: 'Calendar', description: 'A company’s calendar at Google, and how it takes bookings.' });

const calendarId = z.string().trim().min(1).max(200).optional();

/** A company's calendar: connect, look, settings, disconnect. */
export function createCalendarEndpoints(deps: { database: Database; accounts: CalendarAccounts; connections: CalendarConnections }): readonly Endpoint[] {
	const { database, accounts, connections } = deps;
	const path = '/v1/companies/{id}/calendar';
	const common = { tag: 'Bookings', scopes: ['platform', 'tenant'], params: idParams } as const;

	async function shown(tenantId: string, companyId: string): Promise<z.input<typeof calendarSchema>> {
		return await database.withTenant(tenantId, async (sql) => {
			const calendar = await calendarRepository.get(sql, companyId);
			const { rows } = await sql.query<{ waiting: number; attention: number }>(
				`SELECT count(*) FILTER (WHERE next_attempt_at IS NOT NULL)::int AS waiting, count(*) FILTER (WHERE attention IS NOT NULL)::int AS attention FROM bookings WHERE company_id = $1`,
				[companyId],
			);
			return toJson(calendar, rows[0] ?? { waiting: 0, attention: 0 });
		});
	}

	/** One that can be written to. @throws AppError `calendar_not_found` (404) */
	async function checkCalendars(tenantId: string, companyId: string, ids: readonly string[]): Promise<void> {
		if (ids.length === 0) return;
		const usable = await accounts.use(tenantId, companyId, async (account) => (await account.listCalendars()).filter(({ writable }) => writable).map(({ id }) => id));
		for (const id of ids) {
			if (!usable.includes(id)) throw new AppError('calendar_not_found', `The account has no calendar "${id}" that can be written to. It has: ${usable.join(', ')}.`, { status: 404 });
		}
	}

	return [
		endpoint({
			...common,
			method: 'post',
			path: `${path}/connect`,
			summary: 'Connect a calendar',
			description: 'The address of Google’s consent page, for one consent within 30 minutes. Bookings are kept in two calendars of the account, "Appointments" and "Deliveries", which are made when it has none of that name.',
			body: z.strictObject({ email: z.email().optional().describe('The account that has to consent. Left out: any; while bookings are to come, the one that has them.') }).default({}),
			responses: { 201: z.object({ object: z.literal('calendar_consent'), company_id: z.string(), url: z.string(), expires_at: z.string() }).meta({ id: 'CalendarConsent' }) },
			async handle({ caller, params, body }) {
				const { url, expiresAt } = await connections.begin(await tenantFor(caller, database, 'company', params.id), params.id, body.email);
				return { status: 201, body: { object: 'calendar_consent', company_id: params.id, url, expires_at: expiresAt.toISOString() } };
			},
		}),
		endpoint({
			...common,
			method: 'get',
			path,
			summary: 'Get the calendar',
			responses: { 200: calendarSchema },
			async handle({ caller, params }) {
				return { status: 200, body: await shown(await tenantFor(caller, database, 'company', params.id), params.id) };
			},
		}),
		endpoint({
			...common,
			method: 'patch',
			path,
			summary: 'Change how bookings are taken',
			description: 'Only what is named changes. Bookings that exist stay where they are.',
			body: calendarSettingsChanges.extend({ time_zone: ianaZone.optional(), appointment_calendar_id: calendarId, delivery_calendar_id: calendarId }),
			responses: { 200: calendarSchema },
			async handle({ caller, params, body }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				const { time_zone: timeZone, appointment_calendar_id: appointmentCalendarId, delivery_calendar_id: deliveryCalendarId, ...settings } = body;
				await checkCalendars(tenantId, params.id, [appointmentCalendarId, deliveryCalendarId].filter((id) => id !== undefined));
				await database.withTenant(tenantId, async (sql) => {
					await calendarRepository.get(sql, params.id);
					await calendarRepository.change(sql, tenantId, params.id, { settings, timeZone, appointmentCalendarId, deliveryCalendarId });
				});
				return { status: 200, body: await shown(tenantId, params.id) };
			},
		}),
		endpoint({
			...common,
			method: 'delete',
			path,
			summary: 'Disconnect the calendar',
			description: 'Ends the consent at Google. Settings and bookings stay; what is in the calendar stays there too.',
			responses: { 204: null },
			async handle({ caller, params }) {
				await connections.disconnect(await tenantFor(caller, database, 'company', params.id), params.id);
				return { status: 204 };
			},
		}),
	];
}

function toJson(calendar: CompanyCalendar, counts: { waiting: number; attention: number }): z.input<typeof calendarSchema> {
	return {
		object: 'calendar',
		company_id: calendar.companyId,
		provider: 'google',
		state: calendar.state,
		last_error: calendar.lastError,
		account: calendar.accountEmail,
		time_zone: calendar.timeZone,
		appointment_calendar_id: calendar.appointmentCalendarId,
		delivery_calendar_id: calendar.deliveryCalendarId,
		settings: calendar.settings,
		connected_at: calendar.connectedAt?.toISOString() ?? null,
		synced_at: calendar.syncedAt?.toISOString() ?? null,
		bookings_waiting: counts.waiting,
		bookings_needing_attention: counts.attention,
	};
}
