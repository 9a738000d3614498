import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { zoneClock } from '../booking/zone.ts';
import { MOST_REMINDERS, nextReminder } from './reminders.ts';
import type { ReminderFacts } from './reminders.ts';

const HOUR = 3_600_000;
const MADRID = { timeZone: 'Europe/Madrid', from: 9 * 60, to: 21 * 60 };
const at = (text: string) => Date.parse(text);
/** Ordered at noon in Madrid, to be paid within 72 hours. */
const facts = (changes: Partial<ReminderFacts> = {}): ReminderFacts => ({
	createdAt: at('2026-11-20T11:00:00Z'), expiresAt: at('2026-11-23T11:00:00Z'), hours: 4, sent: 0, lastAt: null, stopped: false, windowEndsAt: null, day: MADRID, ...changes,
});

describe('a payment reminder', () => {
	test('comes after the hours of the catalog', () => {
		expect(nextReminder(facts())).toEqual({ at: at('2026-11-20T15:00:00Z') });
		expect(nextReminder(facts({ sent: 1, lastAt: at('2026-11-20T15:00:00Z') }))).toEqual({ at: at('2026-11-20T19:00:00Z') });
	});

	test('waits for the company’s morning, and the next one does not follow on its heels', () => {
		// 23:00 in Madrid.
		expect(nextReminder(facts({ sent: 2, lastAt: at('2026-11-20T19:00:00Z') }))).toEqual({ at: at('2026-11-21T08:00:00Z') });
		expect(nextReminder(facts({ sent: 1, lastAt: at('2026-11-21T08:00:00Z') }))).toEqual({ at: at('2026-11-21T12:00:00Z') });
	});

	test.each([
		['three were sent', { sent: 3 }, 'all_sent'],
		['the customer wants none', { stopped: true }, 'not_wanted'],
		['the catalog has no hours', { hours: 0 }, 'not_set'],
		['the order ends first', { hours: 72 }, 'no_time_left'],
		['a quarter of an hour is not left to pay', { expiresAt: at('2026-11-20T15:14:59Z') }, 'no_time_left'],
		['the channel’s 24 hours are over', { hours: 26, windowEndsAt: at('2026-11-21T11:00:00Z') }, 'window_closed'],
	] as const)('does not come when %s', (_why, changes, none) => {
		expect(nextReminder(facts(changes))).toEqual({ none });
	});

	test('comes within the channel’s hours, and with a quarter of an hour left', () => {
		expect(nextReminder(facts({ windowEndsAt: at('2026-11-21T11:00:00Z') }))).toEqual({ at: at('2026-11-20T15:00:00Z') });
		expect(nextReminder(facts({ expiresAt: at('2026-11-20T15:15:00Z') }))).toEqual({ at: at('2026-11-20T15:00:00Z') });
	});

	test('is always by day, in time, spaced, and at most three, in any zone and over changes of the clocks', () => {
		fc.assert(
			fc.property(
				fc.record({
					createdAt: fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-12-31T00:00:00Z') }),
					hours: fc.double({ min: 0.25, max: 60, noNaN: true }),
					life: fc.integer({ min: 1, max: 720 }),
					timeZone: fc.constantFrom('Europe/Madrid', 'America/New_York', 'Asia/Almaty', 'Pacific/Chatham', 'America/Santiago', 'UTC'),
					from: fc.integer({ min: 5 * 60, max: 11 * 60 }),
					length: fc.integer({ min: 60, max: 12 * 60 }),
				}),
				({ createdAt, hours, life, timeZone, from, length }) => {
					const day = { timeZone, from, to: from + length };
					const expiresAt = createdAt + life * HOUR;
					let [sent, lastAt] = [0, null as number | null];
					for (;;) {
						const next = nextReminder({ createdAt, expiresAt, hours, sent, lastAt, stopped: false, windowEndsAt: null, day });
						if (next.at === undefined) break;
						const { minutes } = zoneClock(timeZone).wallAt(next.at);
						expect(minutes).toBeGreaterThanOrEqual(from);
						expect(minutes).toBeLessThan(day.to);
						expect(next.at).toBeLessThanOrEqual(expiresAt - 15 * 60_000);
						expect(next.at).toBeGreaterThanOrEqual((lastAt ?? createdAt) + Math.floor(hours * HOUR) - 1);
						[sent, lastAt] = [sent + 1, next.at];
					}
					expect(sent).toBeLessThanOrEqual(MOST_REMINDERS);
				},
			),
		);
	});
});
