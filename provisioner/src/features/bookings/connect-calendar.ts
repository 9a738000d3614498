import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import type { CalendarAccount, GoogleCalendarClient } from '../../vendors/google-calendar/client.ts';
import { VendorError } from '../../vendors/http.ts';
import type { CalendarInfo } from '../../vendors/google-calendar/calendars.ts';
import type { TenantSecrets } from '../tenants/tenant-secrets.ts';
import type { RemovedResource } from '../tenants/tenants.ts';
import { tokenContext, type CalendarAccounts } from './calendar-accounts.ts';
import { calendarRepository, consentRepository } from './calendar-repository.ts';
import type { ConsentStates } from './consent-state.ts';

/** For reading the consent page, choosing an account and signing in to it. */
const CONSENT_MS = 30 * 60_000;

export const CALENDAR_NAMES = { appointment: 'Appointments', delivery: 'Deliveries' } as const;

export type ConsentOutcome =
	| { readonly outcome: 'connected'; readonly email: string; readonly companyName: string }
	| { readonly outcome: 'denied' | 'expired' | 'unknown' | 'code_invalid' | 'permission_missing' | 'failed' }
	| { readonly outcome: 'wrong_account'; readonly email: string; readonly wanted: string };

/** Connects and disconnects companies' calendars. */
export interface CalendarConnections {
	/** The consent page's address, for one consent within 30 minutes. @param email the account that has to consent; undefined: any @throws AppError `calendars_off` (503), `company_not_found` (404) */
	begin(tenantId: string, companyId: string, email: string | undefined): Promise<{ readonly url: string; readonly expiresAt: Date }>;
	/** The way back from the consent page. Never throws: what went wrong is logged and told. */
	finish(answer: { readonly state: string; readonly code: string; readonly error: string }): Promise<ConsentOutcome>;
	/** Ends the consents of a tenant that is being deleted. A repeat tells the same as long as its rows are there. @throws VendorError, not while calendars are off */
	removeOfTenant(tenantId: string): Promise<readonly RemovedResource[]>;
	/** Ends the consent at Google; bookings and settings stay. A repeat does nothing. @throws AppError `company_not_found` (404) */
	disconnect(tenantId: string, companyId: string): Promise<void>;
}

export function createCalendarConnections(deps: {
	database: Database;
	secrets: TenantSecrets;
	accounts: CalendarAccounts;
	/** null: calendars are off. */
	google: GoogleCalendarClient | null;
	/** Ends a consent at Google; also while calendars are off. */
	revokeConsent: GoogleCalendarClient['revoke'];
	states: ConsentStates;
	publicUrl: string;
	now: () => Date;
	log: Logger;
	/** Bookings that waited for a calendar are due. */
	wake: () => void;
}): CalendarConnections {
	const { database, secrets, accounts, states, now, log } = deps;
	const redirectUri = `${deps.publicUrl}/calendar/callback`;

	/** Of the company; what bookings that are to come are stored in. */
	async function accountInUse(tenantId: string, companyId: string): Promise<string> {
		return await database.withTenant(tenantId, async (sql) => {
			const { accountEmail } = await calendarRepository.get(sql, companyId);
			const { rowCount } = await sql.query(`SELECT 1 FROM bookings WHERE company_id = $1 AND status = 'confirmed' AND calendar_state = 'stored' AND ends_at > $2 LIMIT 1`, [companyId, now()]);
			return rowCount ? accountEmail : '';
		});
	}

	async function store(tenantId: string, companyId: string, timeZone: string, email: string, account: CalendarAccount, refreshToken: string, calendars: readonly CalendarInfo[]): Promise<void> {
		const before = await database.withTenant(tenantId, (sql) => calendarRepository.get(sql, companyId));
		const appointmentCalendarId = await calendarFor(account, calendars, CALENDAR_NAMES.appointment, before.appointmentCalendarId, timeZone);
		const deliveryCalendarId = await calendarFor(account, calendars, CALENDAR_NAMES.delivery, before.deliveryCalendarId, timeZone);
		await database.withTenant(tenantId, async (sql) => {
			const sealed = await secrets.seal(sql, tenantId, refreshToken, tokenContext(companyId));
			await calendarRepository.connected(sql, tenantId, companyId, { refreshToken: sealed, accountEmail: email, appointmentCalendarId, deliveryCalendarId }, now());
		});
	}

	/** A consent that is not used is given back; that this fails changes nothing for anybody. */
	async function giveBack(refreshToken: string): Promise<void> {
		await deps.revokeConsent(refreshToken).catch((error: unknown) => log.warn({ err: error }, 'a consent that is not used could not be given back'));
	}

	async function exchange(tenantId: string, companyId: string, nonce: string, code: string): Promise<ConsentOutcome> {
		const consent = await database.withTenant(tenantId, (sql) => consentRepository.take(sql, nonce, companyId));
		if (consent === null) return { outcome: 'expired' };
		const client = accounts.client();
		const { refreshToken } = await client.exchangeCode({ code, codeVerifier: states.verifier(nonce), redirectUri });
		try {
			const account = client.account(refreshToken);
			const calendars = await account.listCalendars();
			const email = calendars.find(({ primary }) => primary)?.id ?? '';
			const wanted = consent.email === '' ? await accountInUse(tenantId, companyId) : consent.email;
			if (wanted !== '' && wanted.toLowerCase() !== email.toLowerCase()) {
				await giveBack(refreshToken);
				return { outcome: 'wrong_account', email, wanted };
			}
			await store(tenantId, companyId, consent.timeZone, email, account, refreshToken, calendars);
			log.info({ tenantId, companyId }, 'a calendar was connected');
			deps.wake();
			return { outcome: 'connected', email, companyName: consent.companyName };
		} catch (error) {
			await giveBack(refreshToken);
			throw error;
		}
	}

	return {
		async begin(tenantId, companyId, email = '') {
			const client = accounts.client();
			const nonce = states.newNonce();
			const expiresAt = new Date(now().getTime() + CONSENT_MS);
			const loginHint = await database.withTenant(tenantId, async (sql) => {
				const { accountEmail } = await calendarRepository.get(sql, companyId);
				await consentRepository.ask(sql, { nonce, tenantId, companyId, email, expiresAt }, now());
				return email || accountEmail;
			});
			const url = client.authorizationUrl({
				state: states.sign({ tenantId, companyId, nonce, expiresAt: expiresAt.getTime() }), redirectUri,
				codeChallenge: createHash('sha256').update(states.verifier(nonce)).digest('base64url'), ...(loginHint === '' ? {} : { loginHint }),
			});
			return { url, expiresAt };
		},
		async finish({ state, code, error }) {
			const known = states.read(state);
			if (known === null) return { outcome: 'unknown' };
			if (known.expiresAt <= now().getTime()) return { outcome: 'expired' };
			const { tenantId, companyId, nonce } = known;
			try {
				if (error !== '' || code === '') {
					// Used up, too: whoever changes their mind asks for a new one.
					const consent = await database.withTenant(tenantId, (sql) => consentRepository.take(sql, nonce, companyId));
					return { outcome: consent === null ? 'expired' : 'denied' };
				}
				return await exchange(tenantId, companyId, nonce, code);
			} catch (failure) {
				const code = failure instanceof AppError ? failure.code : '';
				if (code === 'calendar_code_invalid') return { outcome: 'code_invalid' };
				if (code === 'calendar_permission_missing') return { outcome: 'permission_missing' };
				log.error({ err: failure, tenantId, companyId }, 'a calendar could not be connected');
				return { outcome: 'failed' };
			}
		},
		async removeOfTenant(tenantId) {
			const { rows } = await database.withTenant(tenantId, (sql) => sql.query<{ company_id: string }>('SELECT company_id FROM company_calendars WHERE refresh_token IS NOT NULL ORDER BY company_id'));
			const removed: RemovedResource[] = [];
			for (const { company_id: companyId } of rows) {
				const { refreshToken } = await accounts.tokenOf(tenantId, companyId);
				if (refreshToken === null) continue;
				try {
					await deps.revokeConsent(refreshToken);
				} catch (error) {
					// Who has switched calendars off may have no way to Google any more: that must not keep a tenant from being deleted.
					if (deps.google !== null || !(error instanceof VendorError)) throw error;
					log.warn({ tenantId, companyId, err: error }, 'calendars are off, and Google could not be told that a consent has ended; its token is destroyed with the tenant, and the account’s owner can end it at Google');
					continue;
				}
				removed.push({ type: 'google_calendar_consent', id: companyId, name: '', outcome: 'removed' });
			}
			return removed;
		},
		async disconnect(tenantId, companyId) {
			const { refreshToken } = await accounts.tokenOf(tenantId, companyId);
			await database.withTenant(tenantId, async (sql) => {
				await calendarRepository.ended(sql, companyId, 'disconnected', null);
				await consentRepository.forget(sql, companyId);
			});
			if (refreshToken !== null) await giveBack(refreshToken);
		},
	};
}

/** The one that was chosen before, else one of that name, else a new one. */
async function calendarFor(account: CalendarAccount, calendars: readonly CalendarInfo[], name: string, chosen: string | null, timeZone: string): Promise<string> {
	const usable = calendars.filter(({ writable }) => writable);
	const found = usable.find(({ id }) => id === chosen) ?? usable.find(({ summary, primary }) => summary === name && !primary);
	return found?.id ?? (await account.createCalendar({ summary: name, timeZone })).id;
}
