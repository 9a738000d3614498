import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/stack/ports.ts';
import { eventually } from './clients.ts';

/** `npm start` as a newcomer uses it: again, Ctrl-C, a kill -9, a busy port. */
const root = join(fileURLToPath(import.meta.url), '../../..');
let stateDir: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
	stateDir = await mkdtemp(join(tmpdir(), 'concierge-start-'));
	await chmod(stateDir, 0o755);
	const ports: Record<string, string> = {};
	for (const variable of ['CONCIERGE_PORT', 'SANDBOX_PORT', 'N8N_PORT', 'N8N_RUNNERS_BROKER_PORT', 'POSTGRES_PORT']) ports[variable] = String(await freePort());
	env = { ...process.env, ...ports, CONCIERGE_STATE_DIR: stateDir };
});
const started: Run[] = [];
afterAll(async () => {
	for (const { child } of started) child.kill('SIGKILL');
	await rm(stateDir, { recursive: true, force: true });
});

interface Run {
	readonly child: ChildProcess;
	readonly output: () => string;
	readonly exited: Promise<number | null>;
}

function npmStart(): Run {
	// What `npm start` runs, without npm in between: signals go to the program itself.
	const child = spawn(process.execPath, ['scripts/run.mjs', 'start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
	let text = '';
	child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
	child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
	const run = { child, output: () => text, exited: new Promise<number | null>((resolve) => child.on('exit', resolve)) };
	started.push(run);
	return run;
}

async function ready(run: Run): Promise<number> {
	const startedAt = Date.now();
	await eventually('Concierge is ready', async () => {
		return run.child.exitCode !== null || run.output().includes('Concierge is ready') && run.output().includes('Ctrl-C stops everything');
	}, 120_000);
	if (run.child.exitCode !== null) throw new Error(run.output());
	return Date.now() - startedAt;
}

async function servicePids(): Promise<number[]> {
	const files = (await readdir(join(stateDir, 'run'))).filter((file) => file.endsWith('.pid'));
	return Promise.all(files.map(async (file) => (JSON.parse(await readFile(join(stateDir, 'run', file), 'utf8')) as { pid: number }).pid));
}

function alive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

describe('npm start', () => {
	test('says which variable changes a busy port, and leaves nothing running', async () => {
		const other: Server = createServer();
		await new Promise<void>((resolve) => other.listen(Number(env['N8N_PORT']), '127.0.0.1', resolve));
		const run = npmStart();
		expect(await run.exited).toBe(1);
		expect(run.output()).toContain(`Port ${env['N8N_PORT']} is in use`);
		expect(run.output()).toContain('N8N_PORT=');
		await new Promise((resolve) => other.close(resolve));
	});

	test('prints URLs and logins when ready, and Ctrl-C stops every process it started', async () => {
		const run = npmStart();
		await ready(run);
		expect(run.output()).toContain(`http://127.0.0.1:${env['SANDBOX_PORT']}/`);
		expect(run.output()).toContain('owner@concierge.example');
		const pids = await servicePids();
		expect(pids.length).toBeGreaterThanOrEqual(5);
		run.child.kill('SIGINT');
		expect(await run.exited).toBe(0);
		expect(pids.filter(alive)).toEqual([]);
	});

	test('is ready again in under 20 s, and after a kill -9 in under 30: what it left is ended, and two databases recover', async () => {
		const second = npmStart();
		expect(await ready(second)).toBeLessThan(20_000);
		const pids = await servicePids();
		for (const pid of [second.child.pid, (JSON.parse(await readFile(join(stateDir, 'run/start.pid'), 'utf8')) as { pid: number }).pid]) process.kill(pid ?? 0, 'SIGKILL');
		await second.exited;
		const third = npmStart();
		expect(await ready(third)).toBeLessThan(30_000);
		expect(third.output()).toContain('an earlier run had left');
		expect(pids.filter(alive)).toEqual([]);
		third.child.kill('SIGTERM');
		expect(await third.exited).toBe(0);
	});
});
