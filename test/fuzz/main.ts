import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrate } from '../../provisioner/src/store/migrate.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { startService, untilReady } from '../../scripts/stack/processes.ts';
import { fuzz } from './fuzz.ts';

const MOST_SHOWN = 20;

/** `npm run fuzz -- --seed N --count N`: mutated webhooks against a provisioner and a PostgreSQL of their own. */
async function main(): Promise<number> {
	const { values } = parseArgs({ options: { seed: { type: 'string' }, count: { type: 'string', default: '20000' } } });
	const seed = Number(values.seed ?? Date.now() % 1_000_000);
	const count = Number(values.count);
	if (!Number.isInteger(seed) || !Number.isInteger(count) || count < 1) throw new Error('--seed and --count are whole numbers.');
	process.stdout.write(`seed ${seed}, ${count} calls a channel\n`);
	const folder = await mkdtemp(join(tmpdir(), 'concierge-fuzz-'));
	await chmod(folder, 0o755);
	const port = await freePort();
	const postgres = startService({
		name: 'postgres',
		command: process.execPath,
		args: ['scripts/stack/postgres-process.ts', join(folder, 'data'), String(port), 'fuzz'],
		cwd: join(import.meta.dirname, '../..'),
		runDir: join(folder, 'run'),
		env: { ...process.env, POSTGRES_PASSWORD: 'fuzz' },
	});
	try {
		await untilReady(postgres, async () => postgres.tail(50).split('\n').includes('ready'), 60_000);
		const ownerUrl = `postgres://postgres:fuzz@127.0.0.1:${port}/fuzz`;
		const appUrl = `postgres://concierge_app:app@127.0.0.1:${port}/fuzz`;
		await migrate(ownerUrl, appUrl);
		const started = performance.now();
		const result = await fuzz({ ownerUrl, appUrl, logFile: join(folder, 'provisioner.log'), seed, count });
		const seconds = ((performance.now() - started) / 1000).toFixed(0);
		for (const failure of result.failures.slice(0, MOST_SHOWN)) process.stdout.write(`✗ ${failure}\n`);
		process.stdout.write(`answers ${JSON.stringify(result.answers)}; ${result.stored} messages stored; memory after warm-up ${result.growthMb.toFixed(1)} MB more; ${seconds} s\n`);
		process.stdout.write(`${result.requests} requests, ${result.failures.length} failures, seed ${seed}\n`);
		return result.failures.length === 0 ? 0 : 1;
	} finally {
		await postgres.stop();
		await rm(folder, { recursive: true, force: true });
	}
}

process.exitCode = await main();
