import { fork } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MASTER_KEY, PLATFORM_KEY, WORKER_KEY } from '../../provisioner/src/testing/api.ts';
import { freePort } from '../../scripts/stack/ports.ts';

export interface Memory {
	readonly heapUsed: number;
	readonly external: number;
	readonly rss: number;
}

/** The provisioner, as it is started in production. */
export interface Target {
	readonly port: number;
	/** The code or signal with which it ended; null while it runs. */
	readonly ended: () => number | string | null;
	/** After its garbage was collected. */
	memory(): Promise<Memory>;
	/** Errors in its log. */
	errors(): readonly string[];
	stop(): Promise<void>;
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export async function startTarget(options: { appUrl: string; ownerUrl: string; logFile: string }): Promise<Target> {
	const port = await freePort();
	const log = openSync(options.logFile, 'w');
	const child = fork(path('../../provisioner/src/main.ts'), [], {
		execArgv: ['--expose-gc', '--import', path('./memory-probe.ts')],
		stdio: ['ignore', log, log, 'ipc'],
		env: {
			PATH: process.env['PATH'],
			DATABASE_URL: options.appUrl,
			DATABASE_OWNER_URL: options.ownerUrl,
			CONCIERGE_PORT: String(port),
			CONCIERGE_MASTER_KEY: MASTER_KEY.toString('base64'),
			CONCIERGE_PLATFORM_KEY: PLATFORM_KEY,
			CONCIERGE_WORKER_KEY: WORKER_KEY,
			HOOK_MESSAGES_PER_CONNECTION: '0',
			HOOK_MESSAGES_PER_CUSTOMER: '0',
			// Deliveries that are not understood are warnings: thousands of them.
			LOG_LEVEL: 'error',
		},
	});
	let ended: number | string | null = null;
	const exited = new Promise<void>((resolve) => {
		child.once('exit', (code, signal) => {
			ended = code ?? signal ?? 'unknown';
			resolve();
		});
	});
	const deadline = performance.now() + 30_000;
	while (!(await fetch(`http://127.0.0.1:${port}/health/live`).then((answer) => answer.ok, () => false))) {
		if (ended !== null || performance.now() > deadline) throw new Error(`The provisioner did not start:\n${readFileSync(options.logFile, 'utf8').slice(-2_000)}`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	return {
		port,
		ended: () => ended,
		memory: () =>
			new Promise((resolve, reject) => {
				if (!child.connected) return reject(new Error(`The provisioner has ended: ${String(ended)}.`));
				child.once('message', (message) => resolve(message as Memory));
				child.send('memory');
			}),
		errors: () => readFileSync(options.logFile, 'utf8').split('\n').filter((line) => line !== ''),
		async stop() {
			if (ended === null) child.kill('SIGTERM');
			await exited;
		},
	};
}
