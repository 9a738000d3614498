import { missing } from '../../http/authenticate.ts';
import type { Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import { toBooking, type Attention, type Booking, type BookingDraft, type BookingKind, type BookingRow, type BookingStatus, type EndedBy } from './booking.ts';

/** Told in the transaction that makes a booking due. */
export const BOOKINGS_CHANNEL = 'concierge_bookings';
const NOTIFY = `SELECT pg_notify('${BOOKINGS_CHANNEL}', '')`;

/** What takes time away from others: booked, or held and not over. */
export interface TakenRow {
	readonly sku: string;
	readonly start: string;
	readonly end: string;
	readonly places: number;
}

export interface BookingFilter {
	readonly companyId?: string | undefined;
	readonly orderId?: string | undefined;
	readonly conversationId?: string | undefined;
	readonly status?: BookingStatus | undefined;
	readonly kind?: BookingKind | undefined;
	/** Those that end after it … */
	readonly from?: Date | undefined;
	/** … and start before this. */
	readonly to?: Date | undefined;
	readonly attention?: boolean | undefined;
	readonly startingAfter?: string | undefined;
	readonly limit: number;
}

/** Every function runs in the tenant's session `sql`. */
export const bookingRepository = {
	/** Everything that takes time of a company, or gives it, waits for the others until its transaction ends. */
	async lockCompany(sql: Sql, companyId: string): Promise<void> {
		await sql.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`bookings:${companyId}`]);
	},
	async insertHold(sql: Sql, booking: BookingDraft, now: Date): Promise<Booking> {
		const { rows } = await sql.query<BookingRow>(
			`INSERT INTO bookings (id, tenant_id, company_id, order_id, conversation_id, kind, sku, item_name, places, starts_at, ends_at, time_zone, status, held_until,
				customer_name, customer_phone, city, place, meeting, note, language, created_at, changed_at)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'held', $13, $14, $15, $16, $17, $18, $19, $20, $21, $21) RETURNING *`,
			[
				newId('bkg'), booking.tenantId, booking.companyId, booking.orderId, booking.conversationId, booking.kind, booking.sku, booking.itemName, booking.places,
				booking.startsAt, booking.endsAt, booking.timeZone, booking.heldUntil, booking.customerName, booking.customerPhone, booking.city, booking.place, booking.meeting,
				booking.note, booking.language, now,
			],
		);
		return one(rows, '');
	},
	/** @throws AppError `booking_not_found` (404) */
	async get(sql: Sql, id: string): Promise<Booking> {
		const { rows } = await sql.query<BookingRow>('SELECT * FROM bookings WHERE id = $1', [id]);
		return one(rows, id);
	},
	/** Locked until the transaction ends. @throws AppError `booking_not_found` (404) */
	async getForUpdate(sql: Sql, id: string): Promise<Booking> {
		const { rows } = await sql.query<BookingRow>('SELECT * FROM bookings WHERE id = $1 FOR UPDATE', [id]);
		return one(rows, id);
	},
	async findOfConversationForUpdate(sql: Sql, conversationId: string, id: string): Promise<Booking | undefined> {
		const { rows } = await sql.query<BookingRow>('SELECT * FROM bookings WHERE id = $1 AND conversation_id = $2 FOR UPDATE', [id, conversationId]);
		return rows.map(toBooking)[0];
	},
	/** As `lockForEvent` does, of a booking that isn't read yet; who changes bookings of one order takes turns. */
	async lockOrder(sql: Sql, id: string): Promise<void> {
		await sql.query('SELECT 1 FROM orders WHERE id = (SELECT order_id FROM bookings WHERE id = $1) FOR NO KEY UPDATE', [id]);
	},
	/** Of an order, the oldest first, locked until the transaction ends. */
	async ofOrderForUpdate(sql: Sql, orderId: string, statuses: readonly BookingStatus[]): Promise<Booking[]> {
		const { rows } = await sql.query<BookingRow>('SELECT * FROM bookings WHERE order_id = $1 AND status = ANY ($2) ORDER BY id FOR UPDATE', [orderId, statuses]);
		return rows.map(toBooking);
	},
	async byEvents(sql: Sql, companyId: string, eventIds: readonly string[]): Promise<Booking[]> {
		const { rows } = await sql.query<BookingRow>('SELECT * FROM bookings WHERE company_id = $1 AND event_id = ANY ($2)', [companyId, eventIds]);
		return rows.map(toBooking);
	},
	/** Those that a calendar should have. */
	async storedIn(sql: Sql, companyId: string, calendarId: string, from: Date): Promise<Booking[]> {
		const { rows } = await sql.query<BookingRow>(
			`SELECT * FROM bookings WHERE company_id = $1 AND calendar_id = $2 AND status = 'confirmed' AND calendar_state = 'stored' AND ends_at > $3`,
			[companyId, calendarId, from],
		);
		return rows.map(toBooking);
	},
	/** What takes time between two moments. @param without a booking that is to be moved or confirmed, and doesn't stand in its own way */
	async taken(sql: Sql, where: { companyId: string; kind: BookingKind; from: Date; to: Date; now: Date; without?: string | undefined }): Promise<TakenRow[]> {
		const { rows } = await sql.query<{ sku: string; starts_at: Date; ends_at: Date; places: number }>(
			`SELECT sku, starts_at, ends_at, places FROM bookings
			 WHERE company_id = $1 AND kind = $2 AND ends_at > $3 AND starts_at < $4 AND (status = 'confirmed' OR (status = 'held' AND held_until > $5)) AND id <> $6`,
			[where.companyId, where.kind, where.from, where.to, where.now, where.without ?? ''],
		);
		return rows.map((row) => ({ sku: row.sku, start: row.starts_at.toISOString(), end: row.ends_at.toISOString(), places: row.places }));
	},
	/** Newest first. */
	async list(sql: Sql, filter: BookingFilter): Promise<Booking[]> {
		const { rows } = await sql.query<BookingRow>(
			`SELECT * FROM bookings
			 WHERE ($1::text IS NULL OR company_id = $1) AND ($2::text IS NULL OR order_id = $2) AND ($3::text IS NULL OR conversation_id = $3)
				AND ($4::text IS NULL OR status = $4) AND ($5::text IS NULL OR kind = $5) AND ($6::timestamptz IS NULL OR ends_at > $6)
				AND ($7::timestamptz IS NULL OR starts_at < $7) AND ($8::boolean IS NOT TRUE OR attention IS NOT NULL) AND ($9::text IS NULL OR id < $9)
			 ORDER BY id DESC LIMIT $10`,
			[
				filter.companyId ?? null, filter.orderId ?? null, filter.conversationId ?? null, filter.status ?? null, filter.kind ?? null, filter.from ?? null,
				filter.to ?? null, filter.attention ?? null, filter.startingAfter ?? null, filter.limit,
			],
		);
		return rows.map(toBooking);
	},
	/** Booked from now on; the calendar follows. */
	async confirm(sql: Sql, id: string, now: Date): Promise<Booking> {
		return await changed(
			sql,
			`status = 'confirmed', held_until = NULL, confirmed_at = $2, attention = NULL, ended_at = NULL, ended_by = NULL, ${DUE}`,
			[id, now],
		);
	},
	/** To another time; the calendar follows what was booked. */
	async move(sql: Sql, booking: Booking, to: { startsAt: Date; endsAt: Date }, now: Date): Promise<Booking> {
		const times = 'starts_at = $3, ends_at = $4, conflict_accepted = false, attention = NULL';
		if (booking.status === 'held') return await changed(sql, `${times}, revision = revision + 1, changed_at = $2`, [booking.id, now, to.startsAt, to.endsAt], false);
		return await changed(sql, `${times}, status = 'confirmed', confirmed_at = coalesce(confirmed_at, $2), ended_at = NULL, ended_by = NULL, ${DUE}`, [booking.id, now, to.startsAt, to.endsAt]);
	},
	/** What was held is released, what was booked is cancelled and leaves the calendar. */
	async end(sql: Sql, booking: Booking, by: EndedBy, now: Date): Promise<Booking> {
		const ended = 'ended_at = $2, ended_by = $3, attention = NULL';
		if (booking.status === 'held') return await changed(sql, `status = 'released', ${ended}, changed_at = $2`, [booking.id, now, by], false);
		// It never was in the calendar, and never will be.
		if (booking.status === 'failed') return await changed(sql, `status = 'cancelled', ${ended}, changed_at = $2`, [booking.id, now, by], false);
		return await changed(sql, `status = 'cancelled', ${ended}, ${DUE}`, [booking.id, now, by]);
	},
	/** Paid, and its time is taken: a person has to look at it. */
	async lost(sql: Sql, id: string, now: Date): Promise<Booking> {
		return await changed(sql, `status = 'failed', attention = 'slot_lost', held_until = NULL, changed_at = $2`, [id, now], false);
	},
	async acceptConflict(sql: Sql, id: string, now: Date): Promise<Booking> {
		return await changed(sql, `conflict_accepted = true, ${DUE}`, [id, now]);
	},
	async extend(sql: Sql, id: string, until: Date, now: Date): Promise<Booking> {
		return await changed(sql, 'held_until = greatest(held_until, $3), changed_at = $2', [id, now, until], false);
	},
	/** Also one that was over, or released when the time to pay was. */
	async holdAgain(sql: Sql, id: string, until: Date, now: Date): Promise<Booking> {
		return await changed(sql, `status = 'held', held_until = greatest(held_until, $3), ended_at = NULL, ended_by = NULL, changed_at = $2`, [id, now, until], false);
	},
	/** The calendar has been made to agree with what the booking was at `revision`; if it has changed since, the next attempt follows at once. */
	async settled(sql: Sql, booking: Booking, event: { calendarId: string | null; eventId: string | null; url: string; meetingUrl: string; state: 'stored' | 'removed' }, now: Date): Promise<Booking> {
		const { rows } = await sql.query<BookingRow>(
			`UPDATE bookings SET calendar_id = coalesce($3, calendar_id), event_id = coalesce($4, event_id), event_url = $5, meeting_url = $6, attempts = 0, last_error = NULL,
				calendar_state = CASE WHEN revision = $2 THEN $7 ELSE 'pending' END, next_attempt_at = CASE WHEN revision = $2 THEN NULL ELSE $8::timestamptz END,
				attention = CASE WHEN attention IN ('conflict', 'not_in_calendar') THEN NULL ELSE attention END, changed_at = $8
			 WHERE id = $1 RETURNING *`,
			[booking.id, booking.revision, event.calendarId, event.eventId, event.url, event.meetingUrl, event.state, now],
		);
		return one(rows, booking.id);
	},
	async notSettled(sql: Sql, booking: Booking, failure: { error: string; nextAt: Date | null; attention: Attention | null; state: 'pending' | 'conflict' }): Promise<void> {
		await sql.query(
			`UPDATE bookings SET attempts = attempts + 1, last_error = $3, next_attempt_at = CASE WHEN revision = $2 THEN $4 ELSE next_attempt_at END,
				attention = CASE WHEN attention = 'refund_due' THEN attention ELSE coalesce($5, attention) END, calendar_state = CASE WHEN revision = $2 THEN $6 ELSE calendar_state END
			 WHERE id = $1`,
			[booking.id, booking.revision, failure.error, failure.nextAt, failure.attention, failure.state],
		);
	},
	/** A person moved its event: the booking follows, the calendar agrees already. */
	async movedByHand(sql: Sql, id: string, to: { startsAt: Date; endsAt: Date }, now: Date): Promise<Booking> {
		return await changed(sql, 'starts_at = $3, ends_at = $4, attention = NULL, revision = revision + 1, changed_at = $2', [id, now, to.startsAt, to.endsAt], false);
	},
	/** A person deleted its event. */
	async deletedByHand(sql: Sql, id: string, now: Date): Promise<Booking> {
		return await changed(
			sql,
			`status = 'cancelled', ended_at = $2, ended_by = 'calendar', calendar_state = 'removed', attention = NULL, next_attempt_at = NULL, revision = revision + 1, changed_at = $2`,
			[id, now],
			false,
		);
	},
	/** Paid, and the customer has cancelled it: a person sees to the money. */
	async refundDue(sql: Sql, id: string): Promise<void> {
		await sql.query(`UPDATE bookings SET attention = 'refund_due' WHERE id = $1`, [id]);
	},
	/** A person has seen to it. */
	async refundSettled(sql: Sql, of: { readonly bookingId: string } | { readonly orderId: string }): Promise<void> {
		const [column, id] = 'orderId' in of ? ['order_id', of.orderId] : ['id', of.bookingId];
		await sql.query(`UPDATE bookings SET attention = NULL WHERE ${column} = $1 AND attention = 'refund_due'`, [id]);
	},
	async noticed(sql: Sql, id: string, attention: Attention | null, meetingUrl: string): Promise<void> {
		await sql.query('UPDATE bookings SET attention = $2, meeting_url = $3 WHERE id = $1', [id, attention, meetingUrl]);
	},
};

/** $2 is now. */
const DUE = `calendar_state = 'pending', revision = revision + 1, changed_at = $2, attempts = 0, next_attempt_at = $2, last_error = NULL`;

async function changed(sql: Sql, set: string, values: readonly unknown[], due = true): Promise<Booking> {
	const { rows } = await sql.query<BookingRow>(`UPDATE bookings SET ${set} WHERE id = $1 RETURNING *`, values);
	// Delivered by PostgreSQL when, and only when, the caller's transaction commits.
	if (due) await sql.query(NOTIFY);
	return one(rows, String(values[0]));
}

function one(rows: readonly BookingRow[], id: string): Booking {
	const [row] = rows;
	if (!row) throw missing('booking', id);
	return toBooking(row);
}
