import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../database.ts';
import { fuzz } from './fuzz.ts';

test('mutated webhooks: no 5xx, no crash, forged ones are not stored, signed ones are, once', { timeout: 120_000 }, async () => {
	const db = await createTestDatabase();
	const folder = await mkdtemp(join(tmpdir(), 'concierge-fuzz-'));
	try {
		const { failures, stored, answers } = await fuzz({ ...db, logFile: join(folder, 'provisioner.log'), seed: 1, count: 300 });
		expect(failures).toEqual([]);
		expect(stored).toBeGreaterThan(80);
		expect(answers['401']).toBeGreaterThan(100);
	} finally {
		await db.close();
		await rm(folder, { recursive: true, force: true });
	}
});
