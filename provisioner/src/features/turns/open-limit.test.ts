import { expect, test } from 'vitest';
import { createOpenLimit } from './open-limit.ts';

test('n8n that acknowledges quickly gets more and more, one that is slow less, down to a few', () => {
	const limit = createOpenLimit(20);
	limit.acknowledged({ durationMs: 20, turns: 20, now: 1_000 });
	expect(limit.most).toBe(100);
	limit.acknowledged({ durationMs: 70, turns: 20, now: 1_100 });
	expect(limit.most).toBe(100);
	limit.acknowledged({ durationMs: 150, turns: 20, now: 1_200 });
	limit.acknowledged({ durationMs: 900, turns: 20, now: 1_250 });
	expect(limit.most).toBe(80);
	for (let now = 2_000; now < 60_000; now += 600) limit.acknowledged({ durationMs: 2_000, turns: 20, now });
	expect(limit.most).toBe(20);
});

test('silence is noticed: what n8n had may be lost', () => {
	const limit = createOpenLimit(1);
	expect(limit.silent(0)).toBe(true);
	limit.acknowledged({ durationMs: 20, turns: 1, now: 0 });
	expect(limit.silent(200)).toBe(false);
	expect(limit.silent(300)).toBe(true);
});
