import type { Logger } from 'pino';
import { backoffMs } from '../../../../core/conversation/backoff.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import type { CalendarAccount } from '../../vendors/google-calendar/client.ts';
import { eventIdOf, type CalendarEvent, type NewCalendarEvent } from '../../vendors/google-calendar/event.ts';
import { VendorError } from '../../vendors/http.ts';
import { lockConversation } from '../agent/turn-port.ts';
import { lockForEvent } from '../orders/record-order-event.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import type { Booking } from './booking.ts';
import type { CalendarAccounts } from './calendar-accounts.ts';
import type { CompanyCalendar } from './calendar-repository.ts';
import { busyTime } from './free-slots.ts';
import { bookingRepository } from './repository.ts';
import { tellCustomer } from './tell-customer.ts';
import { tellWorkflows } from './tell-workflows.ts';

const FIRST_RETRY_MS = 5_000;
const MOST_RETRY_MS = 15 * 60_000;
/** From this attempt on a person of the company is alerted; it is tried again all the same. */
export const ALERT_AFTER = 5;
/** So long after its end a booking is not brought into the calendar any more. */
const GIVE_UP_AFTER_MS = 24 * 3_600_000;

type Outcome =
	| { readonly is: 'stored'; readonly calendarId: string; readonly event: CalendarEvent }
	| { readonly is: 'removed' }
	/** Something else takes its time there. */
	| { readonly is: 'conflict' }
	| { readonly is: 'deleted_by_hand' };

/**
 * Makes the calendar agree with a booking: its event is stored, moved or deleted. What can't be done now is tried again, for as long as it makes
 * sense; every step may be repeated, also by two processes at once. Never throws but for the database.
 */
export function createSettle(deps: { database: Database; accounts: CalendarAccounts; outbox: OutboxPort; now: () => Date; log: Logger }): (tenantId: string, bookingId: string) => Promise<void> {
	const { database, accounts, outbox, now, log } = deps;

	async function write(account: CalendarAccount, calendar: CompanyCalendar, booking: Booking): Promise<Outcome> {
		const calendarId = booking.calendarId ?? (booking.kind === 'appointment' ? calendar.appointmentCalendarId : calendar.deliveryCalendarId);
		if (calendarId === null) throw new AppError('calendar_not_found', 'The company has no calendar for this kind of booking. Choose one with PATCH /v1/companies/{id}/calendar.', { status: 404 });
		if (booking.status !== 'confirmed') {
			// Also one that we know nothing of: an answer may have been lost.
			await account.deleteEvent(calendarId, booking.eventId ?? eventIdOf(booking.id));
			return { is: 'removed' };
		}
		if (booking.eventId !== null) {
			try {
				return { is: 'stored', calendarId, event: await account.patchEvent(calendarId, booking.eventId, timesOf(booking)) };
			} catch (error) {
				if (!(error instanceof AppError) || error.code !== 'calendar_event_not_found') throw error;
			}
			if ((await account.getEvent(calendarId, booking.eventId)) !== null) return { is: 'deleted_by_hand' };
			// The calendar it was in is gone, or another account's: it goes to the one of now.
			return await insert(account, calendar, booking, (booking.kind === 'appointment' ? calendar.appointmentCalendarId : calendar.deliveryCalendarId) ?? calendarId);
		}
		return await insert(account, calendar, booking, calendarId);
	}

	async function insert(account: CalendarAccount, calendar: CompanyCalendar, booking: Booking, calendarId: string): Promise<Outcome> {
		if (booking.kind === 'appointment' && !booking.conflictAccepted) {
			const busy = await busyTime(account, calendar, { from: booking.startsAt, to: booking.endsAt });
			if (busy.length > 0) return { is: 'conflict' };
		}
		const event = await account.insertEvent(calendarId, eventOf(booking));
		// An earlier attempt, whose answer was lost, may have stored it at another time.
		const agrees = event.start === booking.startsAt.toISOString() && event.end === booking.endsAt.toISOString();
		return { is: 'stored', calendarId, event: agrees ? event : await account.patchEvent(calendarId, event.id, timesOf(booking)) };
	}

	async function store(booking: Booking, outcome: Outcome): Promise<void> {
		await database.withTenant(booking.tenantId, async (sql) => {
			switch (outcome.is) {
				case 'stored': {
					await lockForEvent(sql, booking.orderId);
					const before = await bookingRepository.getForUpdate(sql, booking.id);
					const { calendarId, event } = outcome;
					const stored = await bookingRepository.settled(sql, booking, { calendarId, eventId: event.id, url: event.url, meetingUrl: event.meetingUrl ?? '', state: 'stored' }, now());
					await tellWorkflows.stored(sql, before, stored, now());
					break;
				}
				case 'removed':
					await bookingRepository.settled(sql, booking, { calendarId: null, eventId: null, url: '', meetingUrl: '', state: 'removed' }, now());
					break;
				case 'conflict':
					await bookingRepository.notSettled(sql, booking, { error: CONFLICT, nextAt: after(booking.attempts, 0, now()), attention: 'conflict', state: 'conflict' });
					break;
				case 'deleted_by_hand': {
					if (booking.conversationId !== null) await lockConversation(sql, booking.conversationId);
					await lockForEvent(sql, booking.orderId);
					const before = await bookingRepository.getForUpdate(sql, booking.id);
					if (before.revision !== booking.revision) return;
					await tellCustomer(sql, await bookingRepository.deletedByHand(sql, booking.id, now()), 'cancelled', { outbox, now: now() });
					await tellWorkflows.cancelled(sql, before, 'calendar', now());
				}
			}
		});
		if (outcome.is === 'conflict' && booking.attention !== 'conflict') {
			log.error({ ...named(booking), alert: 'booking_conflict' }, 'a booking’s time was taken in the calendar meanwhile: a person has to move one of the two');
		}
	}

	async function failed(booking: Booking, error: unknown): Promise<void> {
		const attempts = booking.attempts + 1;
		const alert = attempts >= ALERT_AFTER && (booking.attention === null || (booking.attention === 'refund_due' && attempts === ALERT_AFTER));
		const retryAfterMs = error instanceof VendorError ? (error.retryAfterMs ?? 0) : 0;
		await database.withTenant(booking.tenantId, (sql) =>
			bookingRepository.notSettled(sql, booking, {
				error: error instanceof Error ? error.message : String(error),
				nextAt: after(booking.attempts, retryAfterMs, now()),
				attention: alert ? 'not_in_calendar' : null,
				state: booking.calendarState === 'conflict' ? 'conflict' : 'pending',
			}),
		);
		if (alert) log.error({ ...named(booking), err: error, attempts, alert: 'booking_not_in_calendar' }, 'a booking could not be brought into the calendar; it is tried again');
		else log.warn({ ...named(booking), err: error, attempts }, 'the calendar could not be made to agree with a booking; it is tried again');
	}

	return async (tenantId, bookingId) => {
		const booking = await database.withTenant(tenantId, (sql) => bookingRepository.get(sql, bookingId));
		if (booking.nextAttemptAt === null) return;
		if (booking.endsAt.getTime() + GIVE_UP_AFTER_MS < now().getTime()) {
			await database.withTenant(tenantId, (sql) =>
				bookingRepository.notSettled(sql, booking, { error: booking.lastError ?? 'Its time is over.', nextAt: null, attention: booking.status === 'confirmed' ? (booking.attention ?? 'not_in_calendar') : null, state: 'pending' }),
			);
			return;
		}
		try {
			await store(booking, await accounts.use(tenantId, booking.companyId, (account, calendar) => write(account, calendar, booking)));
		} catch (error) {
			await failed(booking, error);
		}
	};
}

const CONFLICT = 'Its time is taken in the calendar by something else. Move one of the two, or confirm the booking with force.';

function after(attempts: number, leastMs: number, now: Date): Date {
	return new Date(now.getTime() + Math.max(leastMs, backoffMs(attempts + 1, FIRST_RETRY_MS, MOST_RETRY_MS)));
}

const named = ({ tenantId, companyId, id, orderId }: Booking) => ({ tenantId, companyId, bookingId: id, orderId });

const timesOf = ({ startsAt, endsAt, timeZone }: Booking) => ({ start: startsAt.toISOString(), end: endsAt.toISOString(), timeZone });

/** What the company sees in its calendar. It takes no time there: places are counted by our rows. */
function eventOf(booking: Booking): NewCalendarEvent {
	const { itemName, customerName, customerPhone, places, note, orderId } = booking;
	const lines = [customerName, customerPhone, places > 1 ? `× ${places}` : '', note, orderId ?? ''];
	return {
		...timesOf(booking),
		bookingId: booking.id,
		orderId: orderId ?? '',
		tenantId: booking.tenantId,
		summary: [itemName, customerName].filter((part) => part !== '').join(' · '),
		description: lines.filter((line) => line !== '').join('\n'),
		location: booking.place,
		meeting: booking.meeting,
		reminders: null,
		showAs: 'free',
	};
}
