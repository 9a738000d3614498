import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { ROOT } from './stage.ts';

/** What the figures were measured on. */
export interface Machine {
	readonly cores: number;
	readonly cpu: string;
	readonly memoryGb: number;
	readonly node: string;
	readonly n8n: string;
	readonly postgres: string;
	readonly synchronousCommit: string;
	/** ISO date of the run. */
	readonly date: string;
}

/** @throws Error when PostgreSQL would acknowledge what it may lose */
export async function describeMachine(database: pg.Pool, now: Date): Promise<Machine> {
	const setting = async (name: 'server_version' | 'synchronous_commit' | 'fsync') => {
		const { rows } = await database.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
		return rows[0]?.value ?? '';
	};
	const [synchronousCommit, fsync] = [await setting('synchronous_commit'), await setting('fsync')];
	if (synchronousCommit !== 'on' || fsync !== 'on') throw new Error(`PostgreSQL runs with synchronous_commit=${synchronousCommit}, fsync=${fsync}: figures would not be about durable messages.`);
	const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/n8n/package.json'), 'utf8')) as { version: string };
	return {
		cores: cpus().length,
		cpu: cpus()[0]?.model.trim() ?? '',
		memoryGb: Math.round(totalmem() / 1024 ** 3),
		node: process.versions.node,
		n8n: version,
		postgres: await setting('server_version'),
		synchronousCommit,
		date: now.toISOString().slice(0, 10),
	};
}
