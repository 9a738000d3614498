import { readSlotChoice } from './read-slot-choice.ts';
import type { Interval, Slot } from './slots.ts';
import { zoneClock } from './zone.ts';

export type SlotPick =
	/** The customer's words mean this free slot and no other. */
	| { readonly kind: 'chosen'; readonly slot: Slot }
	/** They may mean several: to be asked. */
	| { readonly kind: 'ambiguous'; readonly slots: readonly Slot[] }
	/** They say when it would suit. `fits`: the slots are of that time; else that time is not free, and they are the next ones. */
	| { readonly kind: 'wish'; readonly fits: boolean; readonly slots: readonly Slot[] }
	/** They say nothing about when. */
	| { readonly kind: 'none' };

export interface SlotPickContext {
	/** What was told to the customer last, in that order; [] when nothing was. */
	readonly offered: readonly Slot[];
	/** Free slots of what is wanted, the earliest first; as of `Schedule.free`. */
	readonly free: (period?: { readonly from?: string; readonly to?: string }, limit?: number) => readonly Slot[] | null;
	readonly zone: string;
	readonly now: Date;
	/** The text agrees ("yes"): to the only slot that was told. */
	readonly agrees: boolean;
}

/** Of one wish that names a time of a day. */
const AN_EXACT_TIME_MS = 60_000;
const MOST_OFFERED = 6;
const AFTERNOON = 13 * 60;
/** Enough to choose from for an offer. */
const LOOK_AT = 400;

/** Reads a customer's words against what is free now. Never guesses: what was told and has been taken since is a wish, with what is free instead. */
export function pickSlot(text: string, { offered, free, zone, now, agrees }: SlotPickContext): SlotPick {
	const choice = readSlotChoice(text, { offered, zone, now });
	switch (choice.kind) {
		case 'ambiguous':
			return { kind: 'ambiguous', slots: choice.candidates };
		case 'chosen':
			return taken(choice.slot);
		case 'none': {
			const [only, ...more] = offered;
			return agrees && only !== undefined && more.length === 0 ? taken(only) : { kind: 'none' };
		}
		case 'wish': {
			const found = distinct(choice.ranges.flatMap(({ start, end }) => free({ from: start, to: end }, LOOK_AT) ?? []));
			const exact = choice.ranges.every(({ start, end }) => Date.parse(end) - Date.parse(start) <= AN_EXACT_TIME_MS);
			const [first, ...more] = found;
			if (first !== undefined && (choice.earliest || (exact && more.length === 0))) return { kind: 'chosen', slot: first };
			if (first !== undefined) return { kind: 'wish', fits: true, slots: slotsToOffer(found, zone) };
			return { kind: 'wish', fits: false, slots: instead(choice.ranges[0]?.start) };
		}
	}

	function taken(slot: Slot): SlotPick {
		const [still] = free({ from: slot.start, to: new Date(Date.parse(slot.start) + 1).toISOString() }, 1) ?? [];
		return still === undefined ? { kind: 'wish', fits: false, slots: instead(slot.start) } : { kind: 'chosen', slot: still };
	}

	function instead(from: string | undefined): readonly Slot[] {
		const later = from === undefined ? [] : (free({ from }, LOOK_AT) ?? []);
		return slotsToOffer(later.length > 0 ? later : (free({}, LOOK_AT) ?? []), zone);
	}
}

/** A few of the free slots to tell: of several days the first of each half, of one day spread over it. */
export function slotsToOffer<S extends Interval>(free: readonly S[], zone: string, most = MOST_OFFERED): readonly S[] {
	const clock = zoneClock(zone);
	const days = Map.groupBy(free, ({ start }) => clock.dateAt(Date.parse(start)));
	if (days.size <= 1) return free.length <= most ? free : Array.from({ length: most }, (_, index) => free[Math.floor((index * free.length) / most)]).flatMap((slot) => slot ?? []);
	const halves = [...days.values()].flatMap((ofDay) => {
		const afternoon = ofDay.find(({ start }) => clock.wallAt(Date.parse(start)).minutes >= AFTERNOON);
		return [...new Set([ofDay[0], afternoon])].flatMap((slot) => slot ?? []);
	});
	return halves.slice(0, most);
}

function distinct(slots: readonly Slot[]): Slot[] {
	return [...new Map(slots.map((slot) => [slot.start, slot])).values()].sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
}
