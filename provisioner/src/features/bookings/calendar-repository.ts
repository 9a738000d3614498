import { missing } from '../../http/authenticate.ts';
import type { Sql } from '../../store/database.ts';
import { readCalendarSettings, type CalendarSettings, type CalendarSettingsChanges } from './calendar-settings.ts';

export type CalendarState = 'disconnected' | 'connected' | 'error';

/** A company's calendar and how it takes bookings. */
export interface CompanyCalendar {
	readonly companyId: string;
	readonly tenantId: string;
	readonly state: CalendarState;
	/** Sealed; null unless connected. */
	readonly refreshToken: Buffer | null;
	readonly accountEmail: string;
	readonly lastError: string | null;
	/** The company's, IANA. */
	readonly timeZone: string;
	readonly appointmentCalendarId: string | null;
	readonly deliveryCalendarId: string | null;
	readonly settings: CalendarSettings;
	readonly syncTokens: Readonly<Record<string, string>>;
	readonly syncFailures: number;
	readonly connectedAt: Date | null;
	readonly syncedAt: Date | null;
}

interface CalendarRow {
	company_id: string;
	tenant_id: string;
	state: CalendarState | null;
	refresh_token: Buffer | null;
	account_email: string | null;
	last_error: string | null;
	time_zone: string;
	appointment_calendar_id: string | null;
	delivery_calendar_id: string | null;
	settings: unknown;
	sync_tokens: Record<string, string> | null;
	sync_failures: number | null;
	connected_at: Date | null;
	synced_at: Date | null;
}

export interface Connected {
	readonly refreshToken: Buffer;
	readonly accountEmail: string;
	readonly appointmentCalendarId: string;
	readonly deliveryCalendarId: string;
}

/** Every function runs in the tenant's session `sql`. */
export const calendarRepository = {
	/** A company that never connected one has a disconnected calendar with the settings of the start. @throws AppError `company_not_found` (404) */
	async get(sql: Sql, companyId: string): Promise<CompanyCalendar> {
		const { rows } = await sql.query<CalendarRow>(
			`SELECT c.id AS company_id, c.tenant_id, c.time_zone, k.state, k.refresh_token, k.account_email, k.last_error, k.appointment_calendar_id, k.delivery_calendar_id,
				k.settings, k.sync_tokens, k.sync_failures, k.connected_at, k.synced_at
			 FROM companies c LEFT JOIN company_calendars k ON k.company_id = c.id WHERE c.id = $1`,
			[companyId],
		);
		const row = rows[0];
		if (!row) throw missing('company', companyId);
		return {
			companyId: row.company_id,
			tenantId: row.tenant_id,
			state: row.state ?? 'disconnected',
			refreshToken: row.refresh_token,
			accountEmail: row.account_email ?? '',
			lastError: row.last_error,
			timeZone: row.time_zone,
			appointmentCalendarId: row.appointment_calendar_id,
			deliveryCalendarId: row.delivery_calendar_id,
			settings: readCalendarSettings(row.settings),
			syncTokens: row.sync_tokens ?? {},
			syncFailures: row.sync_failures ?? 0,
			connectedAt: row.connected_at,
			syncedAt: row.synced_at,
		};
	},
	/** What waited for a calendar is tried at once. */
	async connected(sql: Sql, tenantId: string, companyId: string, connected: Connected, now: Date): Promise<void> {
		await sql.query(
			`INSERT INTO company_calendars (company_id, tenant_id, state, refresh_token, account_email, appointment_calendar_id, delivery_calendar_id, sync_due_at, connected_at)
			 VALUES ($1, $2, 'connected', $3, $4, $5, $6, $7, $7)
			 ON CONFLICT (company_id) DO UPDATE SET state = 'connected', refresh_token = $3, account_email = $4, appointment_calendar_id = $5, delivery_calendar_id = $6,
				sync_due_at = $7, connected_at = $7, last_error = NULL, sync_failures = 0,
				sync_tokens = CASE WHEN company_calendars.account_email = $4 THEN company_calendars.sync_tokens ELSE '{}' END`,
			[companyId, tenantId, connected.refreshToken, connected.accountEmail, connected.appointmentCalendarId, connected.deliveryCalendarId, now],
		);
		await sql.query('UPDATE bookings SET next_attempt_at = $2, attempts = 0 WHERE company_id = $1 AND next_attempt_at IS NOT NULL', [companyId, now]);
	},
	/** The settings, the account's name and the bookings stay. */
	async ended(sql: Sql, companyId: string, state: 'disconnected' | 'error', lastError: string | null): Promise<void> {
		await sql.query(
			`UPDATE company_calendars SET state = $2, refresh_token = NULL, last_error = $3, sync_due_at = NULL, sync_tokens = CASE WHEN $2 = 'error' THEN sync_tokens ELSE '{}' END
			 WHERE company_id = $1`,
			[companyId, state, lastError],
		);
	},
	/** Google refused this very token; one that was stored meanwhile stays. */
	async refused(sql: Sql, companyId: string, token: Buffer, lastError: string): Promise<boolean> {
		const { rowCount } = await sql.query(
			`UPDATE company_calendars SET state = 'error', refresh_token = NULL, last_error = $3, sync_due_at = NULL WHERE company_id = $1 AND refresh_token = $2`,
			[companyId, token, lastError],
		);
		return rowCount === 1;
	},
	async change(
		sql: Sql,
		tenantId: string,
		companyId: string,
		changes: { readonly settings: CalendarSettingsChanges; readonly appointmentCalendarId?: string | undefined; readonly deliveryCalendarId?: string | undefined; readonly timeZone?: string | undefined },
	): Promise<void> {
		await sql.query(
			`INSERT INTO company_calendars (company_id, tenant_id, settings, appointment_calendar_id, delivery_calendar_id) VALUES ($1, $2, $3, $4, $5)
			 ON CONFLICT (company_id) DO UPDATE SET settings = company_calendars.settings || $3,
				appointment_calendar_id = coalesce($4, company_calendars.appointment_calendar_id), delivery_calendar_id = coalesce($5, company_calendars.delivery_calendar_id)`,
			[companyId, tenantId, JSON.stringify(changes.settings), changes.appointmentCalendarId ?? null, changes.deliveryCalendarId ?? null],
		);
		if (changes.timeZone !== undefined) await sql.query('UPDATE companies SET time_zone = $2 WHERE id = $1', [companyId, changes.timeZone]);
	},
	async synced(sql: Sql, companyId: string, tokens: Readonly<Record<string, string>>, now: Date, nextAt: Date): Promise<void> {
		await sql.query(`UPDATE company_calendars SET sync_tokens = $2, synced_at = $3, sync_due_at = $4, sync_failures = 0, last_error = NULL WHERE company_id = $1 AND state = 'connected'`, [
			companyId, JSON.stringify(tokens), now, nextAt,
		]);
	},
	/** Of the calendars that could be asked, while another could not. */
	async keepTokens(sql: Sql, companyId: string, tokens: Readonly<Record<string, string>>): Promise<void> {
		await sql.query(`UPDATE company_calendars SET sync_tokens = coalesce(sync_tokens, '{}') || $2::jsonb WHERE company_id = $1 AND state = 'connected'`, [companyId, JSON.stringify(tokens)]);
	},
	async notSynced(sql: Sql, companyId: string, lastError: string, nextAt: Date): Promise<void> {
		await sql.query(`UPDATE company_calendars SET sync_failures = sync_failures + 1, last_error = $2, sync_due_at = $3 WHERE company_id = $1 AND state = 'connected'`, [companyId, lastError, nextAt]);
	},
};

/** Consents that were asked for. In the tenant's session `sql`. */
export const consentRepository = {
	async ask(sql: Sql, consent: { nonce: string; tenantId: string; companyId: string; email: string; expiresAt: Date }, now: Date): Promise<void> {
		await sql.query('DELETE FROM calendar_consents WHERE company_id = $1 AND expires_at <= $2', [consent.companyId, now]);
		await sql.query('INSERT INTO calendar_consents (nonce, tenant_id, company_id, email, expires_at) VALUES ($1, $2, $3, $4, $5)', [
			consent.nonce, consent.tenantId, consent.companyId, consent.email, consent.expiresAt,
		]);
	},
	/** Once; null: it was used, or never asked for. */
	async take(sql: Sql, nonce: string, companyId: string): Promise<{ readonly email: string; readonly timeZone: string; readonly companyName: string } | null> {
		const { rows } = await sql.query<{ email: string; time_zone: string; name: string }>(
			`DELETE FROM calendar_consents k USING companies c WHERE k.nonce = $1 AND k.company_id = $2 AND c.id = k.company_id
			 RETURNING k.email, c.time_zone, c.name`,
			[nonce, companyId],
		);
		const row = rows[0];
		return row ? { email: row.email, timeZone: row.time_zone, companyName: row.name } : null;
	},
	async forget(sql: Sql, companyId: string): Promise<void> {
		await sql.query('DELETE FROM calendar_consents WHERE company_id = $1', [companyId]);
	},
};
