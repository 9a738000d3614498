import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergeBehaviour, type Behaviour } from './behaviour.ts';

const company: Behaviour = { instructions: 'Be warm.', firstAnswerItems: 12, handoverKeywords: ['boss'] };

it('adds instructions and keywords, and takes the last number', () => {
	expect(mergeBehaviour(company, { instructions: ' Short. ', handoverKeywords: ['jefe', 'boss'] }, undefined, { firstAnswerItems: 3, instructions: '' })).toEqual({
		instructions: 'Be warm.\n\nShort.', firstAnswerItems: 3, handoverKeywords: ['boss', 'jefe'],
	});
});

it('loses no keyword and no instruction, whatever is added', () => {
	const part = fc.record({ instructions: fc.constantFrom('', 'A', 'B c'), handoverKeywords: fc.array(fc.constantFrom('x', 'y', 'z')), firstAnswerItems: fc.integer({ min: 1, max: 50 }) }, { requiredKeys: [] });
	fc.assert(fc.property(fc.array(fc.option(part, { nil: undefined }), { maxLength: 4 }), (parts) => {
		const merged = mergeBehaviour(company, ...parts);
		expect(merged.instructions.startsWith('Be warm.')).toBe(true);
		for (const own of parts) {
			expect(merged.instructions).toContain(own?.instructions ?? '');
			for (const keyword of own?.handoverKeywords ?? []) expect(merged.handoverKeywords.filter((known) => known === keyword)).toHaveLength(1);
		}
		expect(merged.firstAnswerItems).toBe(parts.findLast((own) => own?.firstAnswerItems !== undefined)?.firstAnswerItems ?? 12);
	}));
});
