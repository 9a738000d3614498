import { readdirSync } from 'node:fs';
import type { Router } from 'express';
import type { Logger } from 'pino';
import { supabaseOf, type Config } from '../config.ts';
import type { Database } from '../store/database.ts';
import { MIGRATIONS } from '../store/migrate.ts';
import { createSupabaseClient } from '../vendors/supabase/client.ts';
import { createEventLoop } from './event-loop.ts';
import { createHealthRouter } from './health.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { createMetricsRouter } from './metrics-router.ts';
import { readQueues } from './queues.ts';
import { createStageClock } from './stage-clock.ts';
import type { ObserveStage } from './stage-clock.ts';
import { createTracing } from './tracing.ts';
import type { Tracing } from './tracing.ts';

export interface Telemetry {
	readonly metrics: Metrics;
	readonly tracing: Tracing;
	/** Health and metrics, which every role serves. */
	readonly routers: readonly Router[];
	start(): void;
	/** From now on not ready; what is under way is still measured. */
	stopping(): void;
	/** Sends the last spans. */
	stop(): Promise<void>;
}

/** How a process is watched: its metrics, its health, its traces. */
export async function createTelemetry(deps: { config: Config; database: Database; mongo: { answers(): Promise<boolean> } | null; log: Logger; version: string }): Promise<Telemetry> {
	const { config, database, mongo, log } = deps;
	const role = config.CONCIERGE_ROLE;
	const eventLoop = createEventLoop();
	let stopping = false;

	const tracing = await createTracing({
		endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
		headers: config.OTEL_EXPORTER_OTLP_HEADERS,
		serviceName: config.OTEL_SERVICE_NAME,
		sampleRatio: config.OTEL_TRACES_SAMPLER_ARG,
		role,
		onError: (error) => log.warn({ err: error }, 'the last spans were not exported'),
	});
	let observe: ObserveStage = () => undefined;
	const stages = createStageClock({
		database,
		observe: (stage, seconds) => observe(stage, seconds),
		onError: (error) => log.debug({ err: error }, 'stages of turns were not measured'),
	});
	const metrics = createMetrics({ version: deps.version, role, poolUse: () => database.poolUse(), queues: () => readQueues(database), reached: stages.reached });
	observe = metrics.observeStage;

	const supabase = supabaseOf(config);
	const health = createHealthRouter({
		role,
		eventLoop,
		database: () => database.system.query('SELECT 1'),
		missingMigrations: () => missingMigrations(database),
		n8n: config.N8N_URL === undefined ? undefined : () => answers(`${config.N8N_URL}/healthz`),
		mongodb: mongo === null ? undefined : () => mongo.answers(),
		supabase: supabase === undefined ? undefined : () => createSupabaseClient(supabase).answers(1_000),
		stopping: () => stopping,
	});
	return {
		metrics,
		tracing,
		routers: [health, createMetricsRouter({ metrics, token: config.METRICS_TOKEN })],
		start() {
			eventLoop.start();
			stages.start();
		},
		stopping() {
			stopping = true;
		},
		async stop() {
			eventLoop.stop();
			await stages.stop();
			await tracing.stop();
		},
	};
}

/** Names of migrations that stand in this version and not in the database. */
async function missingMigrations(database: Database): Promise<readonly string[]> {
	const names = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql')).map((name) => name.replace(/\.sql$/, '')).toSorted();
	const { rows } = await database.system.query<{ name: string }>('SELECT name FROM unnest($1::text[]) AS name WHERE name NOT IN (SELECT m.name FROM schema_migrations m) ORDER BY name', [names]);
	return rows.map(({ name }) => name);
}

async function answers(url: string): Promise<boolean> {
	const response = await fetch(url, { signal: AbortSignal.timeout(1_000), redirect: 'manual' });
	await response.body?.cancel();
	return response.status < 500;
}
