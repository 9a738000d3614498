import { z } from 'zod';
import { ATTENTION, BOOKING_KINDS, BOOKING_STATUSES, CALENDAR_STATES, type Booking } from './booking.ts';

export const bookingSchema = z
	.object({
		id: z.string(),
		object: z.literal('booking'),
		created_at: z.string(),
		company_id: z.string(),
		order_id: z.string().nullable(),
		conversation_id: z.string().nullable(),
		kind: z.enum(BOOKING_KINDS),
		sku: z.string(),
		item_name: z.string(),
		places: z.int(),
		starts_at: z.string(),
		ends_at: z.string(),
		time_zone: z.string(),
		status: z.enum(BOOKING_STATUSES).describe('released: the hold ended without a booking. failed: it was paid when its hold was over and others had taken its time.'),
		held_until: z.string().nullable(),
		customer: z.object({ name: z.string(), phone: z.string() }),
		city: z.string(),
		place: z.string(),
		note: z.string(),
		language: z.string(),
		calendar: z.object({
			state: z.enum(CALENDAR_STATES).describe('pending: the calendar follows soon. conflict: something else takes this time there.'),
			calendar_id: z.string().nullable(),
			event_id: z.string().nullable(),
			url: z.string(),
			attempts: z.int().describe('Of making it agree, since the last that worked.'),
			next_attempt_at: z.string().nullable(),
			last_error: z.string().nullable(),
		}),
		meeting_url: z.string(),
		attention: z.enum(ATTENTION).nullable().describe('What a person of the company has to look at.'),
		confirmed_at: z.string().nullable(),
		ended_at: z.string().nullable(),
		ended_by: z.enum(['customer', 'company', 'calendar', 'refund', 'time']).nullable(),
	})
	.meta({ id: 'Booking', description: 'An appointment or a delivery at a time: held while unpaid, then booked in the company’s calendar.' });

export function toJson(booking: Booking): z.input<typeof bookingSchema> {
	const iso = (at: Date | null) => at?.toISOString() ?? null;
	return {
		id: booking.id,
		object: 'booking',
		created_at: booking.createdAt.toISOString(),
		company_id: booking.companyId,
		order_id: booking.orderId,
		conversation_id: booking.conversationId,
		kind: booking.kind,
		sku: booking.sku,
		item_name: booking.itemName,
		places: booking.places,
		starts_at: booking.startsAt.toISOString(),
		ends_at: booking.endsAt.toISOString(),
		time_zone: booking.timeZone,
		status: booking.status,
		held_until: iso(booking.heldUntil),
		customer: { name: booking.customerName, phone: booking.customerPhone },
		city: booking.city,
		place: booking.place,
		note: booking.note,
		language: booking.language,
		calendar: {
			state: booking.calendarState, calendar_id: booking.calendarId, event_id: booking.eventId, url: booking.eventUrl, attempts: booking.attempts,
			next_attempt_at: iso(booking.nextAttemptAt), last_error: booking.lastError,
		},
		meeting_url: booking.meetingUrl,
		attention: booking.attention,
		confirmed_at: iso(booking.confirmedAt),
		ended_at: iso(booking.endedAt),
		ended_by: booking.endedBy,
	};
}
