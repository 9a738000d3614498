import { describe, expect, it } from 'vitest';
import { slotText, slotTexts, type SlotTextOptions } from './slot-texts.ts';

const SLOT = { start: '2026-11-30T09:00:00.000Z', end: '2026-11-30T10:30:00.000Z' };
const IN_MADRID: SlotTextOptions = { language: 'English', zone: 'Europe/Madrid', companyZone: 'Europe/Madrid', now: new Date('2026-11-27T12:00:00Z') };

describe('slots as a customer is told them', () => {
	it.each([
		['English', 'Mon 30 Nov, 10:00', 'Mon 30 Nov, 10:00–11:30', 'Mon 30 Nov, 04:00 (Eastern Time)'],
		['Spanish', 'lun, 30 nov, 10:00', 'lun, 30 nov, 10:00–11:30', 'lun, 30 nov, 04:00 (hora oriental)'],
		['Russian', 'пн, 30 нояб., 10:00', 'пн, 30 нояб., 10:00–11:30', 'пн, 30 нояб., 04:00 (Восточная Америка)'],
		['Ukrainian', 'пн, 30 лист., 10:00', 'пн, 30 лист., 10:00–11:30', 'пн, 30 лист., 04:00 (за північноамериканським східним часом)'],
		['German', 'Mo., 30. Nov., 10:00', 'Mo., 30. Nov., 10:00–11:30', 'Mo., 30. Nov., 04:00 (Nordamerikanische Ostküstenzeit)'],
	])('in %s: %s', (language, plain, withEnd, elsewhere) => {
		expect(slotText(SLOT, { ...IN_MADRID, language })).toBe(plain);
		expect(slotText(SLOT, { ...IN_MADRID, language, withEnd: true })).toBe(withEnd);
		expect(slotText(SLOT, { ...IN_MADRID, language, zone: 'America/New_York' })).toBe(elsewhere);
	});

	it('name no zone whose clocks show the same, and the year where it is another', () => {
		expect(slotText(SLOT, { ...IN_MADRID, zone: 'Europe/Berlin' })).toBe('Mon 30 Nov, 10:00');
		expect(slotText({ start: '2027-01-04T09:00:00Z', end: '2027-01-04T10:00:00Z' }, IN_MADRID)).toBe('Mon, 4 Jan 2027, 10:00');
		expect(slotText(SLOT, { ...IN_MADRID, language: 'Klingon' })).toBe('Mon 30 Nov, 10:00');
	});

	it('tell the two of a doubled hour apart', () => {
		const at = (start: string) => ({ start, end: start });
		expect(slotTexts([at('2026-10-25T00:30:00Z'), at('2026-10-25T01:30:00Z'), at('2026-10-25T02:30:00Z')], { ...IN_MADRID, language: 'German' })).toEqual(['So., 25. Okt., 02:30 GMT+2', 'So., 25. Okt., 02:30 GMT+1', 'So., 25. Okt., 03:30']);
	});
});
