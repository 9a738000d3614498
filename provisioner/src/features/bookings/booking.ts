export const BOOKING_STATUSES = ['held', 'confirmed', 'cancelled', 'released', 'failed'] as const;
export type BookingStatus = (typeof BOOKING_STATUSES)[number];
export const BOOKING_KINDS = ['appointment', 'delivery'] as const;
export type BookingKind = (typeof BOOKING_KINDS)[number];
/** What a person of the company has to look at. */
export const ATTENTION = ['conflict', 'not_in_calendar', 'slot_lost', 'all_day', 'refund_due'] as const;
export type Attention = (typeof ATTENTION)[number];
export const CALENDAR_STATES = ['none', 'pending', 'stored', 'conflict', 'removed'] as const;
export type BookingCalendarState = (typeof CALENDAR_STATES)[number];
export type EndedBy = 'customer' | 'company' | 'calendar' | 'refund' | 'time';

/** What is booked, before it is stored. */
export interface BookingDraft {
	readonly tenantId: string;
	readonly companyId: string;
	readonly orderId: string | null;
	readonly conversationId: string | null;
	readonly kind: BookingKind;
	readonly sku: string;
	readonly itemName: string;
	readonly places: number;
	readonly startsAt: Date;
	readonly endsAt: Date;
	readonly timeZone: string;
	readonly customerName: string;
	readonly customerPhone: string;
	readonly city: string;
	readonly place: string;
	readonly meeting: boolean;
	readonly note: string;
	readonly language: string;
	readonly heldUntil: Date;
}

export interface Booking extends Omit<BookingDraft, 'heldUntil'> {
	readonly id: string;
	readonly status: BookingStatus;
	readonly heldUntil: Date | null;
	readonly calendarId: string | null;
	readonly eventId: string | null;
	readonly eventUrl: string;
	readonly meetingUrl: string;
	readonly calendarState: BookingCalendarState;
	readonly conflictAccepted: boolean;
	readonly revision: number;
	readonly changedAt: Date;
	readonly attempts: number;
	readonly nextAttemptAt: Date | null;
	readonly lastError: string | null;
	readonly attention: Attention | null;
	readonly createdAt: Date;
	readonly confirmedAt: Date | null;
	readonly endedAt: Date | null;
	readonly endedBy: EndedBy | null;
}

/** As stored. */
export interface BookingRow {
	id: string;
	tenant_id: string;
	company_id: string;
	order_id: string | null;
	conversation_id: string | null;
	kind: BookingKind;
	sku: string;
	item_name: string;
	places: number;
	starts_at: Date;
	ends_at: Date;
	time_zone: string;
	status: BookingStatus;
	held_until: Date | null;
	customer_name: string;
	customer_phone: string;
	city: string;
	place: string;
	meeting: boolean;
	note: string;
	language: string;
	calendar_id: string | null;
	event_id: string | null;
	event_url: string;
	meeting_url: string;
	calendar_state: BookingCalendarState;
	conflict_accepted: boolean;
	revision: number;
	changed_at: Date;
	attempts: number;
	next_attempt_at: Date | null;
	last_error: string | null;
	attention: Attention | null;
	created_at: Date;
	confirmed_at: Date | null;
	ended_at: Date | null;
	ended_by: EndedBy | null;
}

export function toBooking(row: BookingRow): Booking {
	return {
		id: row.id, tenantId: row.tenant_id, companyId: row.company_id, orderId: row.order_id, conversationId: row.conversation_id,
		kind: row.kind, sku: row.sku, itemName: row.item_name, places: row.places, startsAt: row.starts_at, endsAt: row.ends_at, timeZone: row.time_zone,
		status: row.status, heldUntil: row.held_until, customerName: row.customer_name, customerPhone: row.customer_phone, city: row.city, place: row.place,
		meeting: row.meeting, note: row.note, language: row.language,
		calendarId: row.calendar_id, eventId: row.event_id, eventUrl: row.event_url, meetingUrl: row.meeting_url, calendarState: row.calendar_state,
		conflictAccepted: row.conflict_accepted, revision: row.revision, changedAt: row.changed_at, attempts: row.attempts, nextAttemptAt: row.next_attempt_at,
		lastError: row.last_error, attention: row.attention, createdAt: row.created_at, confirmedAt: row.confirmed_at, endedAt: row.ended_at, endedBy: row.ended_by,
	};
}
