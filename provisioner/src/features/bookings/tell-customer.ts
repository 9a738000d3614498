import { phrasesFor } from '../../../../core/agent/phrases/index.ts';
import { slotText } from '../../../../core/booking/slot-texts.ts';
import type { Sql } from '../../store/database.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import type { Booking } from './booking.ts';

/** Tells the customer, in their language, what somebody did with their booking in the calendar. Without a conversation nothing is told. */
export async function tellCustomer(sql: Sql, booking: Booking, what: 'moved' | 'cancelled', deps: { readonly outbox: OutboxPort; readonly now: Date }): Promise<void> {
	if (booking.conversationId === null) return;
	const { rows } = await sql.query<{ connection_id: string }>('SELECT connection_id FROM conversations WHERE id = $1', [booking.conversationId]);
	const connectionId = rows[0]?.connection_id;
	if (connectionId === undefined) return;
	await deps.outbox.enqueue(sql, {
		tenantId: booking.tenantId,
		connectionId,
		conversationId: booking.conversationId,
		turnId: null,
		// Sent whatever the conversation has come to meanwhile.
		generation: null,
		keyPrefix: `booking-${what}:${booking.id}:${booking.revision}`,
		author: 'assistant',
		parts: [{ kind: 'text', text: bookingText(booking, what, deps.now), mediaUrl: '' }],
	});
}

/** "“Massage” has been moved to Mon 30 Nov, 10:00." */
export function bookingText(booking: Pick<Booking, 'language' | 'itemName' | 'startsAt' | 'endsAt' | 'timeZone' | 'kind'>, what: 'moved' | 'cancelled', now: Date): string {
	const phrases = phrasesFor(booking.language);
	const when = whenOf(booking, phrases.language, now);
	return what === 'moved' ? phrases.bookingMoved(booking.itemName, when) : phrases.bookingCancelled(booking.itemName, when);
}

/** "Mon 30 Nov, 10:00", of a delivery with its end, as the company's clocks show it. */
export function whenOf({ startsAt, endsAt, timeZone, kind }: Pick<Booking, 'startsAt' | 'endsAt' | 'timeZone' | 'kind'>, language: string, now: Date): string {
	const slot = { start: startsAt.toISOString(), end: endsAt.toISOString() };
	return slotText(slot, { language, zone: timeZone, companyZone: timeZone, now, withEnd: kind === 'delivery' });
}
