import { describe, expect, test } from 'vitest';
import { findSent, RESOLUTION_RULES, resolveSend } from './resolution.ts';
import type { ListedMessage, UncertainPart } from './resolution.ts';

const TRIED = Date.UTC(2026, 10, 1, 12);
const part: UncertainPart = { givenId: 'OURS', kind: 'text', text: 'Rosas: 30 €', attemptedAt: TRIED };
const message = (change: Partial<ListedMessage> = {}): ListedMessage => ({ id: 'A', fromMe: true, text: 'Rosas: 30 €', hasMedia: false, sentAt: TRIED + 1_000, ...change });
const none = new Set<string>();

describe('finding our own message in the vendor’s list', () => {
	test('by the id that we gave it, whatever else it says', () => {
		expect(findSent([message(), message({ id: 'OURS', text: 'changed', sentAt: 0 })], part, none)?.id).toBe('OURS');
	});

	test('else by its words: ours, of that time, and not another part’s', () => {
		expect(findSent([message()], part, none)?.id).toBe('A');
		expect(findSent([message({ text: 'Rosas:\r\n30 € ' })], part, none)?.id).toBe('A');
		expect(findSent([message({ fromMe: false })], part, none)).toBeUndefined();
		expect(findSent([message({ text: 'Rosas: 31 €' })], part, none)).toBeUndefined();
		expect(findSent([message({ sentAt: TRIED - 61_000 })], part, none)).toBeUndefined();
		expect(findSent([message({ sentAt: TRIED - 59_000 })], part, none)?.id).toBe('A');
		expect(findSent([message()], part, new Set(['A']))).toBeUndefined();
		expect(findSent([message({ id: '' })], { ...part, givenId: '' }, none)).toBeUndefined();
	});

	test('of several the nearest in time', () => {
		expect(findSent([message({ id: 'late', sentAt: TRIED + 9_000 }), message({ id: 'near' }), message({ id: 'early', sentAt: TRIED - 9_000 })], part, none)?.id).toBe('near');
	});

	test('a picture by its caption, and only a picture', () => {
		const picture: UncertainPart = { ...part, kind: 'image', givenId: '' };
		expect(findSent([message()], picture, none)).toBeUndefined();
		expect(findSent([message({ hasMedia: true })], picture, none)?.id).toBe('A');
		expect(findSent([message({ hasMedia: true })], part, none)).toBeUndefined();
	});
});

describe('what a look makes of it', () => {
	test('there: sent', () => {
		expect(resolveSend(message(), { resolvingMs: 5, absentMs: null, absentLooks: 0 })).toEqual({ state: 'sent', vendorMessageId: 'A' });
	});

	test('not there: never sent, after three looks over 30 s', () => {
		let elapsed = 0;
		let looks = 0;
		for (;;) {
			const next = resolveSend('absent', { resolvingMs: elapsed, absentMs: looks === 0 ? null : elapsed, absentLooks: looks });
			if (next.state !== 'resolving') {
				expect(next).toEqual({ state: 'queued' });
				break;
			}
			expect(next.absent).toBe(true);
			elapsed += next.retryMs;
			looks += 1;
		}
		expect(looks).toBeGreaterThanOrEqual(3);
		expect(elapsed).toBeGreaterThanOrEqual(30_000);
		expect(elapsed).toBeLessThan(45_000);
		expect(resolveSend('absent', { resolvingMs: 60_000, absentMs: 60_000, absentLooks: 1 })).toMatchObject({ state: 'resolving' });
	});

	test('no answer: asked with growing waits for ten minutes, then unknown', () => {
		const soFar = (resolvingMs: number) => ({ resolvingMs, absentMs: null, absentLooks: 0 });
		expect([0, 4_000, 400_000].map((ms) => resolveSend('no_answer', soFar(ms)))).toEqual([1_000, 4_000, 60_000].map((retryMs) => ({ state: 'resolving', absent: false, retryMs })));
		expect(resolveSend('no_answer', soFar(RESOLUTION_RULES.giveUpAfterMs))).toEqual({ state: 'unknown' });
	});
});
