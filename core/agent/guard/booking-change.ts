import type { SlotNeed } from '../../booking/schedule.ts';
import { pickSlot } from '../../booking/pick-slot.ts';
import { readSaidSlots } from '../../booking/read-slot-choice.ts';
import type { Slot } from '../../booking/slots.ts';
import { instantFrom } from '../../booking/zone.ts';
import type { Decision, Proposal, Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { hasSignal } from '../reading/lexicon.ts';
import { BOOKING_CHANGE } from '../session.ts';
import type { LeftOut } from './checks.ts';
import { agrees } from './slots.ts';
import { violation } from './violation.ts';

export interface BookingChangeCheck {
	readonly change: Decision['booking_change'];
	/** Where the booking is moved to. */
	readonly slot: Slot | null;
	readonly violations: readonly Violation[];
}

const NONE: BookingChangeCheck = { change: null, slot: null, violations: [] };

/** Rule 10: a customer moves or cancels a booking of their own, in time, in their own words, to a time that is free. */
export function checkBookingChange(facts: AgentFacts, { booking_change: proposed, slot }: Proposal, without?: LeftOut): BookingChangeCheck {
	if (proposed === null) return NONE;
	const { bookings, schedule, turn, session, now } = facts;
	const booking = bookings.find(({ id }) => id === proposed.id);
	if (booking === undefined) return refused(`The customer has no booking "${proposed.id}" to come.${bookings.length === 0 ? '' : ` Theirs: ${bookings.map(({ id, name, start }) => `${id} (${name}, ${start})`).join(', ')}.`}`);
	if (!booking.changeable && without !== 'booking_change_refused') return refused(`"${booking.name}" can't be moved or cancelled by the customer any more: hand over with their words in quotes.handover.`);
	if (proposed.action === 'cancel') {
		const asked = hasSignal('cancel', turn.text) || (agrees(turn.text) && session.extra[BOOKING_CHANGE] === `cancel:${booking.id}`);
		return asked || without === 'booking_change_refused' ? { change: proposed, slot: null, violations: [] } : refused('The customer\'s message does not cancel a booking. Ask whether they want that.');
	}
	const item = facts.catalog.get(booking.sku);
	const at = slot === null || schedule === null ? null : instantFrom(slot.start, schedule.zone);
	if (schedule === null || item === undefined) return refused('No other time can be offered for this booking now: hand over with the customer\'s words in quotes.handover.');
	if (at === null) return refused('Say in "slot" where the booking moves to: a free time that the customer chose.');
	const need: SlotNeed = { kind: booking.kind, item, places: booking.places };
	const free = (period?: { readonly from?: string; readonly to?: string }, limit?: number) => schedule.free({ ...need, city: booking.city }, period, limit);
	const [exactly] = free({ from: new Date(at).toISOString(), to: new Date(at + 1).toISOString() }, 1) ?? [];
	if (exactly === undefined) return { ...NONE, violations: [violation('slot_not_free', `"${slot?.start ?? ''}" is no free time of "${booking.name}". Offer what find_slots answers.`)] };
	const offered = session.offeredSlots.filter(({ kind, sku }) => kind === booking.kind && sku === booking.sku);
	const pick = pickSlot(turn.text, { offered, free, zone: schedule.zone, now: new Date(now), agrees: agrees(turn.text) });
	if (pick.kind === 'chosen' && pick.slot.start === exactly.start) return { change: proposed, slot: exactly, violations: [] };
	return { ...NONE, violations: [violation('slot_not_from_customer', `The customer's message does not choose ${exactly.start}. Offer free times and let them choose.`)] };
}

/** The booking that the customer spoke of cancelling and that was not cancelled yet: their "yes" to the question does it. '' = none, or it isn't clear which. */
export function toBeConfirmed({ bookings, turn, now }: AgentFacts, response: string, change: Decision['booking_change']): string {
	if (change !== null || !hasSignal('cancel', turn.text)) return '';
	const [first, ...more] = bookings;
	const told = more.length === 0 || first === undefined ? bookings : readSaidSlots(response, { slots: bookings, zone: first.zone, now: new Date(now) }).told;
	const [only, ...others] = new Set(told);
	return only === undefined || others.length > 0 || !only.changeable ? '' : `cancel:${only.id}`;
}

function refused(message: string): BookingChangeCheck {
	return { ...NONE, violations: [violation('booking_change_refused', message)] };
}
