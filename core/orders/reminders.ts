import { addDays, zoneClock } from '../booking/zone.ts';

const HOUR = 3_600_000;
export const MOST_REMINDERS = 3;
/** Whoever is reminded needs so long to pay. */
const TIME_TO_PAY = 15 * 60_000;

/** Minutes after midnight, by the company's clocks: [from, to), from < to. */
export interface ReminderDay {
	readonly timeZone: string;
	readonly from: number;
	readonly to: number;
}

/** Instants in milliseconds since 1970. */
export interface ReminderFacts {
	readonly createdAt: number;
	/** The order's own end, not its payment session's: the link reissues that. */
	readonly expiresAt: number;
	/** `payment_reminder` of the catalog: the smallest of the order's items; 0: none. */
	readonly hours: number;
	readonly sent: number;
	/** The last reminder; null before there is one. */
	readonly lastAt: number | null;
	/** The customer wants no reminders, or has given the order up. */
	readonly stopped: boolean;
	/** Until when the channel lets a business write; null: always. */
	readonly windowEndsAt: number | null;
	readonly day: ReminderDay;
}

/** Why no reminder comes (any more). */
export const NO_REMINDER = ['not_waiting', 'handed_over', 'not_wanted', 'not_set', 'all_sent', 'no_time_left', 'window_closed'] as const;
export type NoReminder = (typeof NO_REMINDER)[number];

export type NextReminder =
	| { readonly at: number; readonly none?: undefined }
	| { readonly at?: undefined; readonly none: NoReminder };

/**
 * When the next reminder of an unpaid order is due: the n-th n × hours after the order and at least that long after the one before, moved to the
 * company's next morning where it would fall into the night; or why there is none.
 */
export function nextReminder({ createdAt, expiresAt, hours, sent, lastAt, stopped, windowEndsAt, day }: ReminderFacts): NextReminder {
	if (stopped) return { none: 'not_wanted' };
	if (hours <= 0) return { none: 'not_set' };
	if (sent >= MOST_REMINDERS) return { none: 'all_sent' };
	const wanted = Math.max(createdAt + (sent + 1) * hours * HOUR, lastAt === null ? 0 : lastAt + hours * HOUR);
	const at = inDay(wanted, day);
	if (at > expiresAt - TIME_TO_PAY) return { none: 'no_time_left' };
	if (windowEndsAt !== null && at >= windowEndsAt) return { none: 'window_closed' };
	return { at };
}

/** The instant, or the next morning when it lies in the night. */
function inDay(instant: number, { timeZone, from, to }: ReminderDay): number {
	const clock = zoneClock(timeZone);
	const { date, minutes } = clock.wallAt(instant);
	if (minutes >= from && minutes < to) return instant;
	return clock.firstInstantOf(minutes < from ? date : addDays(date, 1), from);
}
