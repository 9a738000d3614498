import { describe, expect, it } from 'vitest';
import { remembered } from './remembered.ts';

describe('a function that remembers', () => {
	const counting = (most: number) => {
		const computed: string[] = [];
		const upper = remembered((text) => {
			computed.push(text);
			return text.toUpperCase();
		}, most);
		return { upper, computed };
	};

	it('computes a text once', () => {
		const { upper, computed } = counting(10);
		expect([upper('a'), upper('b'), upper('a'), upper('a')]).toEqual(['A', 'B', 'A', 'A']);
		expect(computed).toEqual(['a', 'b']);
	});

	it('forgets what has not been asked for long, and keeps what is', () => {
		const { upper, computed } = counting(2);
		for (const text of ['a', 'b', 'a', 'c', 'a', 'd', 'a', 'e']) upper(text);
		expect(computed).toEqual(['a', 'b', 'c', 'd', 'e']);
		upper('b');
		expect(computed).toEqual(['a', 'b', 'c', 'd', 'e', 'b']);
	});

	it('does not keep long texts', () => {
		const { upper, computed } = counting(10);
		const long = 'a'.repeat(1_001);
		expect(upper(long)).toBe(upper(long));
		expect(computed).toEqual([long, long]);
	});
});
