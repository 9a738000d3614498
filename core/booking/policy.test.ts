import { describe, expect, it } from 'vitest';
import { mayChange } from './policy.ts';

const START = '2026-11-30T10:00:00+01:00';
const DAY_BEFORE = '2026-11-29T09:00:00.000Z';

describe('moving or cancelling an appointment', () => {
	it.each([
		[24, '2026-11-29T08:59:59.999Z', { ok: true, freeUntil: DAY_BEFORE }],
		[24, '2026-11-29T09:00:00.000Z', { ok: true, freeUntil: DAY_BEFORE }],
		[24, '2026-11-29T09:00:00.001Z', { ok: false, reason: 'too_late', freeUntil: DAY_BEFORE }],
		[0, '2026-11-30T08:59:59.999Z', { ok: true, freeUntil: '2026-11-30T09:00:00.000Z' }],
		[0, '2026-11-30T09:00:00.000Z', { ok: false, reason: 'too_late', freeUntil: '2026-11-30T09:00:00.000Z' }],
		[null, '2026-01-01T00:00:00.000Z', { ok: false, reason: 'not_allowed', freeUntil: null }],
	])('free until %s hours before, at %s: %j', (freeUntilHours, now, expected) => {
		expect(mayChange({ freeUntilHours }, START, new Date(now))).toEqual(expected);
	});

	it('counts real hours over a change of the clocks', () => {
		// 12:00 in Madrid after the night in which clocks went back; 24 hours before it clocks showed 13:00.
		expect(mayChange({ freeUntilHours: 24 }, '2026-10-25T12:00:00+01:00', new Date('2026-10-24T13:00:00+02:00'))).toMatchObject({ ok: true, freeUntil: '2026-10-24T11:00:00.000Z' });
	});
});
