import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { migrate } from '../provisioner/src/store/migrate.ts';
import { freePort } from '../scripts/stack/ports.ts';
import { startService, untilReady } from '../scripts/stack/processes.ts';
import { appUrlOf, TEMPLATE_DATABASE } from './database.ts';

const PASSWORD = 'test';

/** One real PostgreSQL for all integration tests; each test file copies a migrated template database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const stateDir = await mkdtemp(join(tmpdir(), 'concierge-test-pg-'));
	await chmod(stateDir, 0o755);
	const port = await freePort();
	// In a process of its own: the embedded server's exit hook would end vitest with code 0 whatever its tests said.
	const postgres = startService({
		name: 'postgres',
		command: process.execPath,
		args: ['scripts/stack/postgres-process.ts', join(stateDir, 'data'), String(port), TEMPLATE_DATABASE],
		cwd: join(fileURLToPath(import.meta.url), '../..'),
		runDir: join(stateDir, 'run'),
		env: { ...process.env, POSTGRES_PASSWORD: PASSWORD },
	});
	const urlOf = (database: string) => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${database}`;
	const stop = async () => {
		await postgres.stop();
		await rm(stateDir, { recursive: true, force: true });
	};
	try {
		await untilReady(postgres, async () => postgres.tail(50).split('\n').includes('ready'), 60_000);
		await migrate(urlOf(TEMPLATE_DATABASE), appUrlOf(urlOf(TEMPLATE_DATABASE)));
	} catch (error) {
		await stop();
		throw error;
	}
	project.provide('postgresUrl', urlOf('postgres'));
	return stop;
}

declare module 'vitest' {
	export interface ProvidedContext {
		/** Superuser's URL of the maintenance database. */
		postgresUrl: string;
	}
}
