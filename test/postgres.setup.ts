import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrate } from '../provisioner/src/store/migrate.ts';
import { startEmbeddedPostgres } from '../scripts/stack/embedded-postgres.ts';
import { freePort } from '../scripts/stack/ports.ts';
import { appUrlOf, TEMPLATE_DATABASE } from './database.ts';

/** One real PostgreSQL for all integration tests; each test file copies a migrated template database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const dataDir = await mkdtemp(join(tmpdir(), 'concierge-test-pg-'));
	const postgres = await startEmbeddedPostgres({
		dataDir,
		port: await freePort(),
		password: 'test',
		flags: ['-c', 'max_connections=300', '-c', 'fsync=off'],
	});
	await postgres.createDatabase(TEMPLATE_DATABASE);
	const ownerUrl = postgres.urlOf(TEMPLATE_DATABASE);
	await migrate(ownerUrl, appUrlOf(ownerUrl));
	project.provide('postgresUrl', postgres.urlOf('postgres'));
	return async () => {
		await postgres.stop();
		await rm(dataDir, { recursive: true, force: true });
	};
}

declare module 'vitest' {
	export interface ProvidedContext {
		/** Superuser's URL of the maintenance database. */
		postgresUrl: string;
	}
}
