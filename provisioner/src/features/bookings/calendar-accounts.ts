import type { Logger } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import type { CalendarAccount, GoogleCalendarClient } from '../../vendors/google-calendar/client.ts';
import type { TenantSecrets } from '../tenants/tenant-secrets.ts';
import { calendarRepository, type CompanyCalendar } from './calendar-repository.ts';

/** Companies' accounts at Google, by the token that each company gave. */
export interface CalendarAccounts {
	/** @throws AppError `calendars_off` (503) */
	client(): GoogleCalendarClient;
	/**
	 * Works with a company's account; one that Google refuses is marked, so that everybody sees that it has to be connected again.
	 * @throws AppError `calendars_off` (503), `calendar_not_connected`, `calendar_disconnected` (409), and what `work` throws
	 */
	use<T>(tenantId: string, companyId: string, work: (account: CalendarAccount, calendar: CompanyCalendar) => Promise<T>): Promise<T>;
	/** The token of a connected company; null: there is none. */
	tokenOf(tenantId: string, companyId: string): Promise<{ readonly refreshToken: string | null; readonly calendar: CompanyCalendar }>;
}

/** What a sealed refresh token belongs to: moved to another company it does not open. */
export const tokenContext = (companyId: string): string => `calendar:${companyId}`;

export function createCalendarAccounts(deps: { database: Database; secrets: TenantSecrets; google: GoogleCalendarClient | null; log: Logger }): CalendarAccounts {
	const { database, secrets, google, log } = deps;

	function client(): GoogleCalendarClient {
		if (!google) throw new AppError('calendars_off', 'Calendars are off: set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.', { status: 503 });
		return google;
	}

	const tokenOf: CalendarAccounts['tokenOf'] = (tenantId, companyId) =>
		database.withTenant(tenantId, async (sql) => {
			const calendar = await calendarRepository.get(sql, companyId);
			const sealed = calendar.refreshToken;
			return { refreshToken: sealed && String(await secrets.unseal(sql, tenantId, sealed, tokenContext(companyId))), calendar };
		});

	return {
		client,
		tokenOf,
		async use(tenantId, companyId, work) {
			const { refreshToken, calendar } = await tokenOf(tenantId, companyId);
			if (refreshToken === null) throw notConnected(calendar);
			try {
				return await work(client().account(refreshToken), calendar);
			} catch (error) {
				const sealed = calendar.refreshToken;
				if (error instanceof AppError && error.code === 'calendar_disconnected' && sealed !== null) {
					const marked = await database.withTenant(tenantId, (sql) => calendarRepository.refused(sql, companyId, sealed, error.message));
					if (marked) log.error({ tenantId, companyId, err: error }, 'a calendar has to be connected again: Google does not let us use it any more');
				}
				throw error;
			}
		},
	};
}

function notConnected({ state, companyId }: CompanyCalendar): AppError {
	const why = state === 'error' ? 'Google does not let us use its calendar any more' : 'it has no calendar';
	return new AppError('calendar_not_connected', `Company ${companyId} can’t be booked now: ${why}. Connect one with POST /v1/companies/{id}/calendar/connect.`, { status: 409 });
}
