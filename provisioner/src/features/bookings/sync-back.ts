import type { Logger } from 'pino';
import { backoffMs } from '../../../../core/conversation/backoff.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import type { CalendarEvent } from '../../vendors/google-calendar/event.ts';
import type { CalendarAccount } from '../../vendors/google-calendar/client.ts';
import { VendorError } from '../../vendors/http.ts';
import { lockConversation } from '../agent/turn-port.ts';
import { lockForEvent } from '../orders/record-order-event.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import type { Booking } from './booking.ts';
import type { CalendarAccounts } from './calendar-accounts.ts';
import { calendarRepository } from './calendar-repository.ts';
import { bookingRepository } from './repository.ts';
import { tellCustomer } from './tell-customer.ts';
import { tellWorkflows } from './tell-workflows.ts';

const EVERY_MS = 60_000;
const MOST_RETRY_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

/**
 * What people did by hand in a company's calendars since the last look: an event that was moved moves its booking, one that was deleted cancels it,
 * and the customer is told. Never throws but for the database: a calendar that can't be asked is asked again.
 */
export function createSyncBack(deps: { database: Database; accounts: CalendarAccounts; outbox: OutboxPort; now: () => Date; log: Logger }): (tenantId: string, companyId: string) => Promise<void> {
	const { database, accounts, outbox, now, log } = deps;

	/** @param seenAt when Google was asked. false: the booking has changed here since, or is about to be written there; look again when that is done */
	async function apply(tenantId: string, known: Booking, event: CalendarEvent, seenAt: Date): Promise<boolean> {
		return await database.withTenant(tenantId, async (sql) => {
			if (known.conversationId !== null) await lockConversation(sql, known.conversationId);
			await lockForEvent(sql, known.orderId);
			const booking = await bookingRepository.getForUpdate(sql, known.id);
			if (booking.status !== 'confirmed') return true;
			if (booking.calendarState !== 'stored' || booking.changedAt > seenAt) return false;
			if (event.status === 'cancelled') {
				await tellCustomer(sql, await bookingRepository.deletedByHand(sql, booking.id, now()), 'cancelled', { outbox, now: now() });
				await tellWorkflows.cancelled(sql, booking, 'calendar', now());
				log.info({ tenantId, bookingId: booking.id }, 'a booking was cancelled in the calendar');
				return true;
			}
			if (event.allDay !== null) {
				if (booking.attention !== 'all_day') log.error({ tenantId, bookingId: booking.id, alert: 'booking_all_day' }, 'a booking’s event was made a whole day: it has no time there any more');
				await bookingRepository.noticed(sql, booking.id, 'all_day', booking.meetingUrl);
				return true;
			}
			const { start, end } = event;
			if (start === null || end === null || end <= start) return true;
			if (start !== booking.startsAt.toISOString() || end !== booking.endsAt.toISOString()) {
				const moved = await bookingRepository.movedByHand(sql, booking.id, { startsAt: new Date(start), endsAt: new Date(end) }, now());
				// Who only changed how long it takes hasn't moved it.
				if (start !== booking.startsAt.toISOString()) {
					await tellCustomer(sql, moved, 'moved', { outbox, now: now() });
					await tellWorkflows.moved(sql, booking, moved, 'calendar', now());
				}
				log.info({ tenantId, bookingId: booking.id }, 'a booking was moved in the calendar');
			}
			const attention = booking.attention === 'all_day' ? null : booking.attention;
			const meetingUrl = event.meetingUrl ?? booking.meetingUrl;
			if (attention !== booking.attention || meetingUrl !== booking.meetingUrl) await bookingRepository.noticed(sql, booking.id, attention, meetingUrl);
			return true;
		});
	}

	/** After everything was listed: what isn't in the list has left the calendar, or is deleted for so long that Google has forgotten it. */
	async function missingOf(tenantId: string, companyId: string, account: CalendarAccount, calendarId: string, listed: ReadonlySet<string>, seenAt: Date): Promise<void> {
		const stored = await database.withTenant(tenantId, (sql) => bookingRepository.storedIn(sql, companyId, calendarId, seenAt));
		for (const booking of stored) {
			if (booking.eventId === null || listed.has(booking.eventId)) continue;
			const event = await account.getEvent(calendarId, booking.eventId);
			await apply(tenantId, booking, event ?? { ...GONE, id: booking.eventId }, seenAt);
		}
	}

	async function changesOf(tenantId: string, companyId: string, account: CalendarAccount, calendarId: string, syncToken: string | null): Promise<string | null> {
		const seenAt = now();
		const changes = await account.listChanges(calendarId, { syncToken, from: new Date(seenAt.getTime() - DAY_MS) });
		const bookings = await database.withTenant(tenantId, (sql) => bookingRepository.byEvents(sql, companyId, changes.events.map(({ id }) => id)));
		const byEvent = new Map(bookings.map((booking) => [booking.eventId, booking]));
		let complete = true;
		for (const event of changes.events) {
			const booking = byEvent.get(event.id);
			// One that people copied or moved to another calendar of theirs keeps its id there, too.
			if (booking !== undefined && booking.calendarId === calendarId && !(await apply(tenantId, booking, event, seenAt))) complete = false;
		}
		if (changes.full) await missingOf(tenantId, companyId, account, calendarId, new Set(changes.events.map(({ id }) => id)), seenAt);
		// Whatever was too early is listed again.
		return complete ? changes.syncToken : syncToken;
	}

	return async (tenantId, companyId) => {
		try {
			await accounts.use(tenantId, companyId, async (account, calendar) => {
				const inUse = await database.withTenant(tenantId, async (sql) => {
					const { rows } = await sql.query<{ calendar_id: string }>(`SELECT DISTINCT calendar_id FROM bookings WHERE company_id = $1 AND calendar_id IS NOT NULL AND calendar_state = 'stored' AND ends_at > $2`, [companyId, now()]);
					return rows.map((row) => row.calendar_id);
				});
				const tokens: Record<string, string> = {};
				const failures: unknown[] = [];
				for (const calendarId of new Set([calendar.appointmentCalendarId, calendar.deliveryCalendarId, ...inUse])) {
					if (calendarId === null) continue;
					try {
						const token = await changesOf(tenantId, companyId, account, calendarId, calendar.syncTokens[calendarId] ?? null);
						if (token !== null) tokens[calendarId] = token;
					} catch (error) {
						// One that is chosen has to be there; an old one may be gone.
						const chosen = calendarId === calendar.appointmentCalendarId || calendarId === calendar.deliveryCalendarId;
						if (chosen || !(error instanceof AppError) || error.code !== 'calendar_not_found') failures.push(error);
					}
				}
				if (failures.length > 0) {
					// What was learnt of the others is not asked for again.
					await database.withTenant(tenantId, (sql) => calendarRepository.keepTokens(sql, companyId, tokens));
					throw failures[0];
				}
				await database.withTenant(tenantId, (sql) => calendarRepository.synced(sql, companyId, tokens, now(), new Date(now().getTime() + EVERY_MS)));
			});
		} catch (error) {
			if (error instanceof AppError && error.code === 'calendar_not_connected') return;
			log.warn({ err: error, tenantId, companyId }, 'a calendar could not be asked for changes; it is asked again');
			await database.withTenant(tenantId, async (sql) => {
				const { syncFailures } = await calendarRepository.get(sql, companyId);
				const waitMs = Math.max(error instanceof VendorError ? (error.retryAfterMs ?? 0) : 0, backoffMs(syncFailures + 1, EVERY_MS, MOST_RETRY_MS));
				await calendarRepository.notSynced(sql, companyId, error instanceof Error ? error.message : String(error), new Date(now().getTime() + waitMs));
			});
		}
	};
}

const GONE: CalendarEvent = {
	id: '', status: 'cancelled', start: null, end: null, allDay: null, summary: '', description: '', location: '', meetingUrl: null, meetingPending: false, url: '', owner: null, etag: '', sequence: 0,
};
