import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { readSlotChoice } from './read-slot-choice.ts';
import { slotTexts } from './slot-texts.ts';

const LANGUAGES = ['English', 'Spanish', 'Russian', 'Ukrainian', 'German'];
const ZONES = ['Europe/Madrid', 'America/New_York', 'Asia/Almaty', 'Australia/Lord_Howe'];
const now = new Date('2026-10-20T10:00:00Z');
/** Up to eight different slots in two weeks, over the changes of the clocks in Madrid. */
const offered = fc.uniqueArray(fc.integer({ min: 1, max: 14 * 48 }), { minLength: 1, maxLength: 8 }).map((halves) => halves.sort((a, b) => a - b).map((half) => {
	const start = now.getTime() + half * 1_800_000;
	return { start: new Date(start).toISOString(), end: new Date(start + 1_800_000).toISOString() };
}));

describe('a slot as it was told', () => {
	it('is chosen by its text in every language and zone, but for two that clocks show alike', () => {
		fc.assert(
			fc.property(offered, fc.constantFrom(...LANGUAGES), fc.constantFrom(...ZONES), fc.nat(), (slots, language, zone, pick) => {
				const index = pick % slots.length;
				const text = slotTexts(slots, { language, zone, companyZone: zone, now })[index]!;
				const shown = slots.map(({ start }) => DateTime.fromISO(start, { zone }).toFormat('MM-dd HH:mm'));
				const choice = readSlotChoice(text, { offered: slots, zone, now });
				if (shown.filter((one) => one === shown[index]).length > 1) expect(choice.kind, text).toBe('ambiguous');
				else expect(choice, text).toMatchObject({ kind: 'chosen', index });
			}),
			{ numRuns: 1_000 },
		);
	});

	it('is never chosen by a day and time that nobody offered', () => {
		const asked = fc.record({ day: fc.integer({ min: 1, max: 13 }), half: fc.integer({ min: 0, max: 47 }) });
		const written: readonly ((at: DateTime) => string)[] = [
			(at) => at.setLocale('en-GB').toFormat("cccc d LLLL 'at' HH:mm"), (at) => at.setLocale('es').toFormat("cccc d 'de' LLLL 'a las' HH:mm"), (at) => at.setLocale('ru').toFormat("d MMMM 'в' HH:mm"), (at) => at.setLocale('uk').toFormat("d MMMM 'о' HH:mm"), (at) => at.setLocale('de').toFormat("d. LLLL 'um' HH:mm 'Uhr'"),
		];
		fc.assert(
			fc.property(offered, asked, fc.constantFrom(...written), (slots, { day, half }, write) => {
				const at = DateTime.fromJSDate(now, { zone: 'UTC' }).startOf('day').plus({ days: day, minutes: half * 30 });
				const choice = readSlotChoice(write(at), { offered: slots, zone: 'UTC', now });
				const index = slots.findIndex(({ start }) => Date.parse(start) === at.toMillis());
				if (index >= 0) expect(choice, write(at)).toMatchObject({ kind: 'chosen', index });
				else expect(choice, write(at)).toMatchObject({ kind: 'wish', ranges: [{ start: at.toJSDate().toISOString() }] });
			}),
			{ numRuns: 1_000 },
		);
	});

	it('whatever is written, an answer is one of those offered, and soon', () => {
		const word = fc.oneof(fc.constantFrom('10', '2', '10:00', 'tuesday', 'в', 'or', 'not', 'mañana', 'o', 'a las', 'between', 'and', '1.12', 'the', '-', ',', 'second', 'половина', 'halb', 'el'), fc.string({ maxLength: 6, unit: 'grapheme' }));
		let slowest = 0;
		fc.assert(
			fc.property(offered, fc.array(word, { maxLength: 40 }).map((words) => words.join(' ')), (slots, text) => {
				const started = performance.now();
				const choice = readSlotChoice(text, { offered: slots, zone: 'Europe/Madrid', now });
				slowest = Math.max(slowest, performance.now() - started);
				if (choice.kind === 'chosen') expect(slots[choice.index]).toBe(choice.slot);
				if (choice.kind === 'ambiguous') expect(choice.candidates.length > 0 && choice.candidates.every((one) => slots.includes(one))).toBe(true);
				if (choice.kind === 'wish') expect(choice.ranges.every(({ start, end }) => start < end && start >= now.toISOString())).toBe(true);
			}),
			{ numRuns: 1_000 },
		);
		console.info(`slowest of 1,000 random texts: ${slowest.toFixed(1)} ms`);
		expect(slowest).toBeLessThan(250);
	});
});
