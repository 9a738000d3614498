import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A process of the stack, in a process group of its own, so that Ctrl-C reaches it only through us and in order. */
export interface Service {
	readonly name: string;
	readonly pid: number;
	readonly logFile: string;
	/** Resolves with the exit code when the process ends, however it ends. */
	readonly exited: Promise<number | null>;
	readonly running: () => boolean;
	/** SIGTERM, then SIGKILL to the whole group after `graceMs` (default 10 s). */
	stop(graceMs?: number): Promise<void>;
	/** SIGKILL to the whole group. */
	kill(): Promise<void>;
	/** Last lines of its log. */
	tail(lines?: number): string;
}

export interface ServiceOptions {
	readonly name: string;
	readonly command: string;
	readonly args: readonly string[];
	readonly env: NodeJS.ProcessEnv;
	readonly cwd: string;
	/** Where pid files and logs are kept. */
	readonly runDir: string;
}

const POLL_MS = 25;

/**
 * Environment with which Node keeps what it compiled, for the next start: n8n's thousands of modules take seconds of compiling.
 * https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache
 */
export function compileCache(root: string): NodeJS.ProcessEnv {
	return { NODE_COMPILE_CACHE: join(root, '.concierge/compile-cache') };
}

export function startService(options: ServiceOptions): Service {
	mkdirSync(options.runDir, { recursive: true });
	const logFile = join(options.runDir, `${options.name}.log`);
	const log = openSync(logFile, 'w');
	const child = spawn(options.command, [...options.args], { cwd: options.cwd, env: options.env, detached: true, stdio: ['ignore', log, log] });
	if (child.pid === undefined) throw new Error(`${options.name} could not be started: ${options.command} is missing.`);
	const pid = child.pid;
	const pidFile = writePidFile(options.runDir, options.name, pid);
	const exited = new Promise<number | null>((resolve) => {
		child.once('exit', (code) => {
			rmSync(pidFile, { force: true });
			resolve(code);
		});
	});
	return {
		name: options.name,
		pid,
		logFile,
		exited,
		running: () => isRunning(child),
		async stop(graceMs = 10_000) {
			if (isRunning(child)) child.kill('SIGTERM');
			const ended = await Promise.race([exited.then(() => true), delay(graceMs, false, { ref: false })]);
			// What a service started and left behind (n8n's task runner) goes with its group.
			killGroup(pid);
			if (!ended) await exited;
		},
		async kill() {
			killGroup(pid);
			await exited;
		},
		tail: (lines = 20) => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'),
	};
}

/** Notes a running process (of ours), so that a later start can find it when this one was killed. */
export function writePidFile(runDir: string, name: string, pid: number): string {
	mkdirSync(runDir, { recursive: true });
	const pidFile = join(runDir, `${name}.pid`);
	writeFileSync(pidFile, JSON.stringify({ pid, identity: identityOf(pid) }));
	return pidFile;
}

/**
 * Ends what an earlier run left: its main process in order if it still runs, then every service of its. A pid that meanwhile
 * belongs to another program is left alone.
 * @returns names of what had to be ended
 */
export async function endLeftovers(runDir: string, mainName: string): Promise<readonly string[]> {
	mkdirSync(runDir, { recursive: true });
	const names = readdirSync(runDir).filter((file) => file.endsWith('.pid')).map((file) => file.slice(0, -'.pid'.length));
	const ended = new Map<string, number>();
	for (const name of [mainName, ...names.filter((other) => other !== mainName)]) {
		const pidFile = join(runDir, `${name}.pid`);
		const pid = livePidOf(pidFile);
		if (pid !== undefined && pid !== process.pid) {
			ended.set(name, pid);
			if (name === mainName) await endInOrder(pid);
			else killGroup(pid);
		}
		rmSync(pidFile, { force: true });
	}
	// The whole groups, all at once: what a service had started holds ports and locks for a moment longer than the service itself.
	await until(() => ![...ended.values()].some(isGroupAlive), 5_000);
	return [...ended.keys()];
}

async function endInOrder(pid: number): Promise<void> {
	process.kill(pid, 'SIGTERM');
	if (!(await until(() => identityOf(pid) === undefined, 20_000))) process.kill(pid, 'SIGKILL');
}

async function until(condition: () => boolean, withinMs: number): Promise<boolean> {
	const deadline = Date.now() + withinMs;
	while (!condition()) {
		if (Date.now() > deadline) return false;
		await delay(POLL_MS);
	}
	return true;
}

function livePidOf(pidFile: string): number | undefined {
	let noted: { pid: number; identity?: string };
	try {
		noted = JSON.parse(readFileSync(pidFile, 'utf8')) as typeof noted;
	} catch {
		return undefined; // no such file, or one cut short by a crash: nothing to go by
	}
	return noted.identity !== undefined && identityOf(noted.pid) === noted.identity ? noted.pid : undefined;
}

/** Something that only this process has, whoever gets the pid later: its start time. undefined when it doesn't run. */
function identityOf(pid: number): string | undefined {
	try {
		if (process.platform === 'linux') {
			const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
			const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
			return fields[0] === 'Z' ? undefined : fields[19];
		}
		if (process.platform === 'win32') {
			return execFileSync('powershell', ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.Ticks`], { encoding: 'utf8' }).trim();
		}
		return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
	} catch {
		return undefined; // no such process
	}
}

function killGroup(pid: number): void {
	try {
		process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
	}
}

function isGroupAlive(pid: number): boolean {
	try {
		process.kill(process.platform === 'win32' ? pid : -pid, 0);
		return true;
	} catch {
		return false;
	}
}

function isRunning(child: ChildProcess): boolean {
	return child.exitCode === null && child.signalCode === null;
}

/** Waits until `probe` says yes; fails at once when the service ends meanwhile. */
export async function untilReady(service: Service, probe: () => Promise<boolean>, withinMs: number): Promise<void> {
	const deadline = Date.now() + withinMs;
	for (;;) {
		if (!service.running()) throw new Error(`${service.name} ended while starting. Its last lines:\n${service.tail()}`);
		if (await probe().catch(() => false)) return;
		if (Date.now() > deadline) throw new Error(`${service.name} was not ready after ${withinMs / 1000} s. Its last lines:\n${service.tail()}`);
		await delay(POLL_MS);
	}
}
