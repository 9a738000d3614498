import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rejects, violation, VIOLATION_CODES } from './violation.ts';

const page = readFileSync(new URL('../../../docs/agent.md', import.meta.url), 'utf8');
const sections = page.split(/^### /mu).slice(1);

describe('docs/agent.md', () => {
	it.each(Object.entries(VIOLATION_CODES))('explains %s under its rule', (code, { rule, effect }) => {
		const section = sections.find((text) => text.startsWith(`${rule}.`)) ?? sections.at(-1) ?? '';
		const row = section.split('\n').find((line) => line.includes(`\`${code}\``));
		expect(row).toBeDefined();
		expect(row?.includes('*note.*')).toBe(effect === 'note');
	});

	it('names no code that the guard doesn’t have', () => {
		const named = [...page.matchAll(/^\| (?:\d+ \|[^|]*\| )?((?:`[a-z_]+`(?:, )?)+) \|/gmu)].flatMap(([, codes = '']) => [...codes.matchAll(/`([a-z_]+)`/gu)].map(([, code]) => code));
		expect(named.toSorted()).toEqual(Object.keys(VIOLATION_CODES).toSorted());
	});
});

describe('a violation', () => {
	it('carries its rule, and notes don’t reject', () => {
		expect(violation('price_not_in_facts', 'x')).toEqual({ code: 'price_not_in_facts', rule: 1, message: 'x' });
		expect([rejects(violation('price_not_in_facts', 'x')), rejects(violation('no_payment_reminder', 'x')), rejects({ code: 'unheard_of', rule: 1, message: '' })]).toEqual([true, false, false]);
	});
});
