import { readFileSync } from 'node:fs';
import { AppError } from '../../core/errors.ts';
import { composeService } from './compose.ts';
import { featuresOff, readConfig } from './config.ts';
import { closeHttpServer, createHttpServer } from './http/server.ts';
import { createDatabase } from './store/database.ts';
import { migrate } from './store/migrate.ts';
import { createLog } from './telemetry/log.ts';
import { createTelemetry } from './telemetry/telemetry.ts';

/** The provisioner: serves the API and the webhooks, delivers turns and sends what is in the outbox; or one part of that (CONCIERGE_ROLE). */
const STOP_WITHIN_MS = 10_000;
/** For requests under way; as long as the outbox gives its sends. */
const ANSWER_WITHIN_MS = 8_000;

try {
	await run();
} catch (error) {
	// Before there is a logger, or because of what an operator must put right: the message is for them.
	process.stderr.write(`${error instanceof AppError ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
	process.exit(1);
}

async function run(): Promise<void> {
	const config = readConfig(process.env);
	const log = createLog(config.LOG_LEVEL, { role: config.CONCIERGE_ROLE, pid: process.pid });
	await migrate(config.DATABASE_OWNER_URL, config.DATABASE_URL, (line) => log.debug(line));
	const database = createDatabase(config.DATABASE_URL, { onError: (error) => log.warn({ err: error }, 'a database connection was lost') });
	// Loaded only where it is used.
	const mongo = config.MONGODB_URI === undefined ? null : (await import('./vendors/mongodb/client.ts')).createMongo(config.MONGODB_URI);
	const telemetry = await createTelemetry({ config, database, mongo, log, version: readVersion() });
	const service = composeService(config, database, mongo, log, telemetry);
	const server = createHttpServer(service.app);
	await service.prepare();

	await new Promise<void>((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) => {
			reject(
				error.code === 'EADDRINUSE'
					? new AppError('port_in_use', `Port ${config.CONCIERGE_PORT} is in use by another program. Stop it, or set CONCIERGE_PORT.`, { cause: error })
					: error,
			);
		});
		server.listen(config.CONCIERGE_PORT, config.CONCIERGE_HOST, resolve);
	});
	service.start();
	log.info({ port: config.CONCIERGE_PORT, publicUrl: config.CONCIERGE_PUBLIC_URL, catalogs: config.SUPABASE_URL === undefined ? 'postgres' : 'supabase' }, 'Concierge is listening');
	for (const line of featuresOff(config)) log.warn(line);

	let stopping = false;
	const stop = async (signal: string) => {
		if (stopping) return;
		stopping = true;
		telemetry.stopping();
		log.info({ signal }, 'stopping');
		// Whatever hangs must not keep the process: everything that matters is in the database.
		setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
		await Promise.all([closeHttpServer(server, ANSWER_WITHIN_MS), service.stop()]);
		await telemetry.stop();
		await mongo?.close();
		await database.close();
		process.exit(0);
	};
	for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
}

function readVersion(): string {
	const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
	return version;
}
