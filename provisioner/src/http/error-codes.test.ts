import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const DOCUMENT = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');

/** How a code stands in the source: the first argument of an error, or of a function that makes one. */
const THROWN: ReadonlyArray<{ readonly pattern: RegExp; readonly code: (found: string) => string }> = [
	{ pattern: /\bnew AppError\(\s*'(\w+)'/g, code: (found) => found },
	{ pattern: /\bconflict\(\s*'(\w+)'/g, code: (found) => found },
	{ pattern: /\brefuse\(context, \d+, '(\w+)'/g, code: (found) => found },
	{ pattern: /\brefused\(\s*'(\w+)',/g, code: (found) => found },
	{ pattern: /\bmissing\(\s*'(\w+)'/g, code: (found) => `${found}_not_found` },
	{ pattern: /\bnew VendorError\(\s*'\w+', '(\w+)'/g, code: (found) => `…_${found}` },
];

function sourcesIn(...folders: string[]): string {
	return folders
		.flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)))
		.filter((path) => path.endsWith('.ts') && !/\.test\.ts$|\/testing\/|\/generated\//.test(path))
		.map((path) => readFileSync(join(ROOT, path), 'utf8'))
		.join('\n');
}

const sources = sourcesIn('provisioner/src', 'core', 'nodes');
const thrown = new Set(THROWN.flatMap(({ pattern, code }) => [...sources.matchAll(pattern)].map((match) => code(match[1] ?? ''))));
/** Codes in the first column of a table. */
const listed = [...DOCUMENT.matchAll(/^\| (`[^|]+) \|/gm)].flatMap((row) => [...(row[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));

describe('docs/errors.md', () => {
	it('lists every code that is thrown', () => {
		expect(thrown.size).toBeGreaterThan(60);
		expect([...thrown].filter((code) => !DOCUMENT.includes(`\`${code}\``))).toEqual([]);
	});

	it('lists no code that is not in the source', () => {
		const made = new Set(['http_<status>', '…_refused', '…_rate_limited']);
		expect(listed.filter((code) => !made.has(code) && !thrown.has(code) && !sources.includes(`'${code}'`))).toEqual([]);
	});

	it('lists a code once', () => {
		// A refused checkout has codes of its own, some of which are also an error's.
		expect(listed.filter((code, index) => listed.indexOf(code) !== index)).toEqual(['slot_taken', 'slot_not_offered', 'payments_off']);
	});
});
