import { startEmbeddedPostgres } from './embedded-postgres.ts';

// A process of its own that the stack can stop in order: it must outlive the services that use it.
const [dataDir, port, password, ...databases] = [process.argv[2], Number(process.argv[3]), process.env['POSTGRES_PASSWORD'], ...process.argv.slice(4)];
if (!dataDir || !password) throw new Error('usage: postgres-process.ts DATADIR PORT DATABASE…, with POSTGRES_PASSWORD');

// 300 connections: tests run in parallel, and several provisioners may share one server.
const postgres = await startEmbeddedPostgres({ dataDir, port, password, flags: ['-c', 'max_connections=300'] });
for (const database of databases) await postgres.createDatabase(database);
process.stdout.write('ready\n');

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
	process.on(signal, () => {
		stopping = true;
		void postgres.stop();
	});
}
await postgres.exited;
process.exit(stopping ? 0 : 1);
