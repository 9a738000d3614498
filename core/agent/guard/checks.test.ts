import { describe, expect, it } from 'vitest';
import { decide } from '../decide.ts';
import { RULE_NAMES } from './rules.ts';
import { factsOf, PORTS, proposal, TEA } from './test-support/shops.ts';
import { VIOLATION_CODES } from './violation.ts';

describe('the names of the checks', () => {
	it('hold every code that the guard finds by itself, once', () => {
		const names: readonly string[] = RULE_NAMES;
		// A proposal that can't be read and a scenario that isn't there never reach the guard, nor does a responder that fails; an answer that is cut is too_long's. That the calendars don't answer is no check.
		expect(Object.keys(VIOLATION_CODES).filter((code) => !['malformed_proposal', 'shortened', 'scenario_unknown', 'offline_failed', 'slots_not_known'].includes(code) && !names.includes(code))).toEqual([]);
		expect(new Set(names).size).toBe(names.length);
	});
});

describe('a check that is left out', () => {
	it('finds nothing, and the others still do', () => {
		const facts = factsOf(TEA, { text: 'How much is Morning Mist Green Tea?' });
		const proposed = proposal({ response: 'Morning Mist Green Tea costs 3 €, see www.evil.example.' });
		const codes = (without?: 'price_not_in_facts' | 'url_not_in_facts') => {
			const result = decide(facts, { proposal: proposed, model: 'm', attempt: 1 }, { ...PORTS, ...(without === undefined ? {} : { without }) });
			return result.accepted ? [] : result.violations.map(({ code }) => code);
		};
		expect(codes()).toEqual(['price_not_in_facts', 'url_not_in_facts']);
		expect(codes('price_not_in_facts')).toEqual(['url_not_in_facts']);
		expect(codes('url_not_in_facts')).toEqual(['price_not_in_facts']);
	});
});
