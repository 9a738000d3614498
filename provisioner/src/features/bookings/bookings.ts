import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { GoogleCalendarClient } from '../../vendors/google-calendar/client.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import type { TurnPort } from '../agent/turn-port.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import type { TenantSecrets } from '../tenants/tenant-secrets.ts';
import { createBookingActions, type LoadCatalog } from './booking-actions.ts';
import { createBusyTimes, type BusyTimeOf } from './busy-times.ts';
import { createCalendarAccounts } from './calendar-accounts.ts';
import { createCalendarEndpoints } from './calendar-endpoints.ts';
import { createCalendarConnections, type CalendarConnections } from './connect-calendar.ts';
import { createConsentPage } from './consent-page.ts';
import { createConsentStates } from './consent-state.ts';
import { createCustomerChanges, type ChangeBooking } from './customer-changes.ts';
import { createBookingEndpoints } from './endpoints.ts';
import { createOrderBookings, type OrderBookings } from './order-port.ts';
import { BOOKINGS_CHANNEL } from './repository.ts';
import { createSettle } from './settle.ts';
import { createSyncBack } from './sync-back.ts';

const STOP_GRACE_MS = 5_000;
const AT_A_TIME = 4;
/** Of one attempt: longer than Google's client waits for all of its calls. */
const LEASE_MS = 90_000;
const BOOKINGS_SWEEP_MS = 10_000;
const CALENDARS_SWEEP_MS = 15_000;
const HOLDS_SWEEP_MS = 30_000;

export interface Bookings {
	readonly endpoints: readonly Endpoint[];
	/** Where Google's consent page leads back to. */
	readonly router: Router;
	/** What orders call, in their own transaction. */
	readonly orders: OrderBookings;
	/** What conversations need: which times are free … */
	readonly busyTime: BusyTimeOf;
	/** … and what customers change. */
	readonly changeByCustomer: ChangeBooking;
	/** One look at what is due now: stale holds, bookings that the calendar doesn't show yet, changes made by hand. The loops do the same. */
	work(): Promise<{ readonly released: number; readonly bookings: number; readonly calendars: number }>;
	/** Ends the consents of a tenant that is being deleted; its rows go with it. @throws what Google's client throws */
	removeOfTenant: CalendarConnections['removeOfTenant'];
	start(): void;
	stop(): Promise<void>;
}

/** Companies' calendars and bookings. `google` is null while calendars are off: what was booked then waits. */
export function createBookings(deps: {
	database: Database;
	secrets: TenantSecrets;
	google: GoogleCalendarClient | null;
	/** Ends a consent at Google; also while calendars are off. */
	revokeConsent: GoogleCalendarClient['revoke'];
	outbox: OutboxPort;
	loadCatalog: LoadCatalog;
	/** Worker keys act for open turns. */
	turns: Pick<TurnPort, 'loadOpenTurn'>;
	/** Consents are signed with a key derived from it. */
	masterKey: Buffer;
	publicUrl: string;
	now: () => Date;
	log: Logger;
}): Bookings {
	const { database, now, log } = deps;
	const accounts = createCalendarAccounts(deps);
	const settle = createSettle({ ...deps, accounts });
	const syncBack = createSyncBack({ ...deps, accounts });
	const connections = createCalendarConnections({ ...deps, accounts, states: createConsentStates(deps.masterKey), wake: () => settling.wake(0) });
	const actions = createBookingActions({ ...deps, accounts, settle });

	async function claimBookings(limit: number): Promise<readonly { readonly tenantId: string; readonly bookingId: string }[]> {
		const { rows } = await database.system.query<{ tenant_id: string; booking_id: string }>('SELECT tenant_id, booking_id FROM claim_due_bookings($1, $2, $3)', [now(), limit, LEASE_MS]);
		return rows.map((row) => ({ tenantId: row.tenant_id, bookingId: row.booking_id }));
	}
	async function claimCalendars(limit: number): Promise<readonly { readonly tenantId: string; readonly companyId: string }[]> {
		const { rows } = await database.system.query<{ tenant_id: string; company_id: string }>('SELECT tenant_id, company_id FROM claim_due_calendars($1, $2, $3)', [now(), limit, LEASE_MS]);
		return rows.map((row) => ({ tenantId: row.tenant_id, companyId: row.company_id }));
	}
	async function releaseHolds(): Promise<number> {
		const { rows } = await database.system.query<{ released: number }>('SELECT release_stale_holds($1) AS released', [now()]);
		return rows[0]?.released ?? 0;
	}

	const settling = createDueLoop<{ readonly tenantId: string; readonly bookingId: string }>({
		name: 'bookings into calendars', concurrency: AT_A_TIME, sweepMs: BOOKINGS_SWEEP_MS, log,
		claim: claimBookings,
		run: ({ tenantId, bookingId }) => settle(tenantId, bookingId),
		async nextDueInMs() {
			const { rows } = await database.system.query<{ ms: number | null }>('SELECT next_booking_in_ms($1) AS ms', [now()]);
			return rows[0]?.ms ?? null;
		},
	});
	const syncing = createDueLoop<{ readonly tenantId: string; readonly companyId: string }>({
		name: 'changes in calendars', concurrency: AT_A_TIME, sweepMs: CALENDARS_SWEEP_MS, endMakesDue: false, log,
		claim: claimCalendars,
		run: ({ tenantId, companyId }) => syncBack(tenantId, companyId),
		nextDueInMs: () => null,
	});
	// Holds that are over take no time already, and this writes it down; those of orders that ended unpaid are given back here.
	const releasing = createDueLoop<never>({
		name: 'holds of slots', concurrency: 1, sweepMs: HOLDS_SWEEP_MS, log,
		async claim() {
			await releaseHolds();
			return [];
		},
		run: () => Promise.resolve(),
		nextDueInMs: () => null,
	});
	const loops = [settling, syncing, releasing];

	return {
		endpoints: [...createCalendarEndpoints({ database, accounts, connections }), ...createBookingEndpoints({ ...deps, actions })],
		router: createConsentPage(connections),
		orders: createOrderBookings(deps),
		busyTime: createBusyTimes({ ...deps, accounts }),
		changeByCustomer: createCustomerChanges(deps),
		async work() {
			const released = await releaseHolds();
			const bookings = await claimBookings(1_000);
			for (const { tenantId, bookingId } of bookings) await settle(tenantId, bookingId);
			const calendars = await claimCalendars(1_000);
			for (const { tenantId, companyId } of calendars) await syncBack(tenantId, companyId);
			return { released, bookings: bookings.length, calendars: calendars.length };
		},
		removeOfTenant: connections.removeOfTenant,
		start() {
			for (const loop of loops) loop.start();
			void database.listen(BOOKINGS_CHANNEL, () => settling.wake(0));
		},
		async stop() {
			await Promise.all(loops.map((loop) => loop.stop(STOP_GRACE_MS)));
		},
	};
}
