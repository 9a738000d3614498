import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromGenerator, LoadJob, LoadResult, ToGenerator } from './job.ts';

/** A load generator in a process of its own; one job at a time. */
export interface Load {
	run(job: LoadJob): Promise<LoadResult>;
	/** Lets so many more bursts begin (a job of the shape `granted`). */
	grant(bursts: number): void;
	/** Ends a `granted` or `closed` job. */
	end(): void;
	close(): void;
}

export async function startLoad(): Promise<Load> {
	const child = fork(fileURLToPath(new URL('./generator.ts', import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true });
	const tell = (message: ToGenerator): void => void child.send(message);
	let settle: { resolve(result: LoadResult): void; reject(error: Error): void } | undefined;
	await new Promise<void>((resolve, reject) => {
		child.once('message', () => resolve());
		child.once('error', reject);
	});
	child.on('message', (message: FromGenerator) => {
		if (message.type === 'result') settle?.resolve(message.result);
		if (message.type === 'error') settle?.reject(new Error(message.message));
	});
	child.on('exit', (code) => settle?.reject(new Error(`The load generator ended (${code}).`)));
	return {
		run: (job) =>
			new Promise<LoadResult>((resolve, reject) => {
				settle = { resolve, reject };
				tell({ type: 'run', job });
			}),
		grant: (bursts) => tell({ type: 'grant', bursts }),
		end: () => tell({ type: 'end' }),
		close: () => void child.kill('SIGKILL'),
	};
}
