import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { GoogleCalendarClient } from '../../vendors/google-calendar/client.ts';
import type { TenantSecrets } from '../tenants/tenant-secrets.ts';
import { createCalendarAccounts } from './calendar-accounts.ts';
import { createCalendarEndpoints } from './calendar-endpoints.ts';
import { createCalendarConnections } from './connect-calendar.ts';
import { createConsentPage } from './consent-page.ts';
import { createConsentStates } from './consent-state.ts';

export interface Bookings {
	readonly endpoints: readonly Endpoint[];
	/** Where Google's consent page leads back to. */
	readonly router: Router;
}

/** Companies' calendars. `google` is null while calendars are off. */
export function createBookings(deps: {
	database: Database;
	secrets: TenantSecrets;
	google: GoogleCalendarClient | null;
	/** Consents are signed with a key derived from it. */
	masterKey: Buffer;
	publicUrl: string;
	now: () => Date;
	log: Logger;
}): Bookings {
	const accounts = createCalendarAccounts(deps);
	const connections = createCalendarConnections({ ...deps, accounts, states: createConsentStates(deps.masterKey), wake: () => undefined });
	return { endpoints: createCalendarEndpoints({ ...deps, accounts, connections }), router: createConsentPage(connections) };
}
