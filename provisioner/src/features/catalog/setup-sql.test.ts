import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const setup = readFileSync(new URL('../../../supabase/setup.sql', import.meta.url), 'utf8');
const migration = readFileSync(new URL('../../store/migrations/0013_catalog_store.sql', import.meta.url), 'utf8');

/** Between the quotes of a function's body. */
function bodyOf(sql: string, name: string): string | undefined {
	return new RegExp(`FUNCTION ${name}\\(.*?\\$\\$(.*?)\\$\\$`, 's').exec(sql)?.[1];
}

describe('provisioner/supabase/setup.sql', () => {
	test.each(['typing_errors', 'catalog_word_meanings', 'any_word', 'search_catalog'])('%s is what it is in the platform’s database', (name) => {
		expect(bodyOf(setup, name)?.length).toBeGreaterThan(50);
		expect(bodyOf(setup, name)).toBe(bodyOf(migration, name));
	});

	test('every function that it makes is taken from everybody and given to authenticated', () => {
		const made = [...setup.matchAll(/CREATE OR REPLACE FUNCTION (\w+)\(/g)].map((match) => match[1] ?? '');
		const list = /p\.proname IN \(([^)]*)\)/.exec(setup)?.[1] ?? '';
		expect([...list.matchAll(/'(\w+)'/g)].map((match) => match[1]).toSorted()).toEqual(made.toSorted());
	});
});
