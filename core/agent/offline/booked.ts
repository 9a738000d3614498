import { pickSlot, slotsToOffer } from '../../booking/pick-slot.ts';
import { readSlotChoice } from '../../booking/read-slot-choice.ts';
import type { BookedFacts, SlotNeed } from '../../booking/schedule.ts';
import type { Slot } from '../../booking/slots.ts';
import { BOOKING_CHANGE } from '../session.ts';
import { answer, type Answer } from './answer.ts';
import type { Draft } from './draft.ts';
import { has, quoteOf } from './draft.ts';
import { listOfSlots, whenText } from './times.ts';

const LOOK_AT = 400;

/** What the customer was asked about: to cancel or move one booking, or which of several. */
interface Asked {
	readonly action: 'move' | 'cancel';
	readonly booking: BookedFacts | null;
}

/** Tells, moves or cancels what the conversation has booked, within the company's rule. null = the turn is about something else. */
export function answerBooked(draft: Draft): Answer | null {
	const { bookings, session, order } = draft.facts;
	if (bookings.length === 0 || draft.cart.length > 0) return null;
	const asked = askedOf(session.extra[BOOKING_CHANGE] ?? '', bookings);
	const unpaid = order?.status === 'awaiting_payment';
	// With an unpaid order "cancel" is about that, unless a booking is named.
	const cancels = has(draft, 'cancel') && (has(draft, 'booking') || !unpaid);
	const moves = has(draft, 'reschedule') && (has(draft, 'booking') || draft.saysWhen || draft.reading.mentions.length === 0);
	const action = cancels ? 'cancel' : moves ? 'move' : (asked?.action ?? null);
	if (action === null) return has(draft, 'booking') && draft.reading.asks && !has(draft, 'order') ? tellBookings(draft) : null;
	if (!cancels && !moves && asked?.booking === null && which(draft) === null) return null;
	const booking = cancels || moves ? which(draft) : (asked?.booking ?? which(draft));
	if (booking === null) return askWhich(draft, action);
	if (!booking.changeable) return tooLate(draft, booking);
	if (action === 'move') return move(draft, booking, moves || asked?.booking !== booking);
	return cancel(draft, booking, !cancels && asked?.booking === booking ? asked : null);
}

function askedOf(stored: string, bookings: readonly BookedFacts[]): Asked | null {
	const [action, id = ''] = stored.split(':');
	if (action !== 'move' && action !== 'cancel') return null;
	const booking = bookings.find((one) => one.id === id) ?? null;
	return booking === null && id !== '' ? null : { action, booking };
}

/** The only one, the one whose item is named, or the one whose time or place in the list is. */
function which({ facts, reading }: Draft): BookedFacts | null {
	const { bookings, now, turn } = facts;
	const [only, ...more] = bookings;
	if (more.length === 0) return only ?? null;
	const named = bookings.filter(({ sku }) => reading.mentions.some(({ candidates }) => candidates.some(({ item }) => item.sku === sku)));
	if (named.length === 1) return named[0] ?? null;
	const choice = readSlotChoice(turn.text, { offered: bookings, zone: only?.zone ?? 'UTC', now: new Date(now) });
	return choice.kind === 'chosen' ? choice.slot : null;
}

function askWhich(draft: Draft, action: Asked['action']): Answer {
	draft.bookingAsked = `${action}:`;
	return answer(draft, 'question', [`${draft.phrases.whichOne}\n${linesOf(draft, true)}`]);
}

function tellBookings(draft: Draft): Answer {
	return answer(draft, 'question', [`${draft.phrases.yourBookings}\n${linesOf(draft, false)}`]);
}

function linesOf(draft: Draft, numbered: boolean): string {
	return draft.facts.bookings.map((booking, index) => `${numbered ? `${index + 1}.` : '•'} ${booking.name} — ${whenText(draft, booking, booking.zone)}`).join('\n');
}

/** The company's rule leaves it to a person by now. */
function tooLate(draft: Draft, booking: BookedFacts): Answer {
	draft.quotes.handover = quoteOf(draft, 'cancel') || quoteOf(draft, 'reschedule') || draft.facts.turn.text.slice(0, 100);
	return { ...answer(draft, 'handover', [draft.phrases.bookingFixed(booking.name)]), handover: `a booking is to be changed: ${booking.id}` };
}

/** Asks first: what is cancelled may be gone for good. */
function cancel(draft: Draft, booking: BookedFacts, asked: Asked | null): Answer | null {
	const when = whenText(draft, booking, booking.zone);
	if (asked !== null) {
		if (has(draft, 'yes') && !has(draft, 'no')) {
			draft.bookingChange = { id: booking.id, action: 'cancel' };
			return answer(draft, 'order', [draft.phrases.bookingIsCancelled(booking.name, when)]);
		}
		return has(draft, 'no') ? answer(draft, 'question', [draft.phrases.whatElse]) : null;
	}
	draft.bookingAsked = `cancel:${booking.id}`;
	return answer(draft, 'question', [draft.phrases.cancelBooking(booking.name, when)]);
}

function move(draft: Draft, booking: BookedFacts, isFirst: boolean): Answer | null {
	const { schedule, catalog, session, turn, now } = draft.facts;
	const item = catalog.get(booking.sku);
	if (schedule === null || item === undefined) return tooLate(draft, booking);
	const need: SlotNeed = { kind: booking.kind, item, places: booking.places };
	const free = (period: { readonly from?: string; readonly to?: string } = {}, limit?: number): readonly Slot[] | null => schedule.free({ ...need, city: booking.city }, period, limit);
	const offered = isFirst ? [] : session.offeredSlots.filter(({ kind, sku }) => kind === booking.kind && sku === booking.sku);
	const agrees = has(draft, 'yes');
	const pick = draft.saysWhen || agrees ? pickSlot(turn.text, { offered, free, zone: schedule.zone, now: new Date(now), agrees }) : ({ kind: 'none' } as const);
	if (pick.kind === 'chosen') {
		draft.bookingChange = { id: booking.id, action: 'move' };
		draft.chosenSlot = { kind: booking.kind, sku: booking.sku, ...pick.slot };
		return answer(draft, 'order', [draft.phrases.bookingIsMoved(booking.name, whenText(draft, draft.chosenSlot))]);
	}
	if (!isFirst && pick.kind === 'none') return null;
	const slots = pick.kind === 'none' ? slotsToOffer(free({}, LOOK_AT) ?? [], schedule.zone) : pick.slots;
	if (slots.length === 0) return tooLate(draft, booking);
	draft.bookingAsked = `move:${booking.id}`;
	draft.offeredSlots = slots.map(({ start, end }) => ({ kind: booking.kind, sku: booking.sku, start, end }));
	const intro = pick.kind === 'wish' && !pick.fits ? draft.phrases.timeNotFree : pick.kind === 'ambiguous' ? draft.phrases.whichOne : draft.phrases.moveBooking(booking.name);
	return answer(draft, 'question', [`${intro}\n${listOfSlots(draft, draft.offeredSlots)}`]);
}
