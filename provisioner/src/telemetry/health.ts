import express from 'express';
import type { Router } from 'express';
import { AppError } from '../../../core/errors.ts';
import type { EventLoop } from './event-loop.ts';

export interface HealthDeps {
	readonly role: string;
	readonly eventLoop: EventLoop;
	/** Resolves when the database answers; called at each look. */
	readonly database: () => Promise<unknown>;
	/** Migrations that this version needs and the database lacks. */
	readonly missingMigrations: () => Promise<readonly string[]>;
	/** Whether n8n answers; undefined: it is not configured. Shown, and no reason to be unready: turns wait for it. */
	readonly n8n?: (() => Promise<boolean>) | undefined;
	/** Whether MongoDB answers; undefined: it is not configured. Shown, and no reason to be unready: messages wait for it in the queue. */
	readonly mongodb?: (() => Promise<boolean>) | undefined;
	/** Whether the project that keeps the catalogs answers; undefined: the database keeps them. Shown, and no reason to be unready: the agent answers from memory. */
	readonly supabase?: (() => Promise<boolean>) | undefined;
	/** From SIGTERM on. */
	readonly stopping: () => boolean;
	/** Default 1 s. */
	readonly timeoutMs?: number;
}

type Check = 'ok' | 'no answer' | 'missing' | 'unknown' | 'stopping' | 'not configured';

/** A process whose loop stands still for so long serves nobody. */
const STUCK_MS = 5_000;
/** Other services are asked no more often. */
const OTHERS_FRESH_MS = 5_000;

/**
 * `GET /health/live`: the process does something (503: restart it). `GET /health/ready`: it can take requests (503 with what is missing:
 * send it none). Neither needs a key, and neither says anything that a key protects.
 */
export function createHealthRouter(deps: HealthDeps): Router {
	const timeoutMs = deps.timeoutMs ?? 1_000;
	const router = express.Router();
	let migrated = false;
	const n8nCheck = createCheck(deps.n8n, timeoutMs);
	const mongodbCheck = createCheck(deps.mongodb, timeoutMs);
	const supabaseCheck = createCheck(deps.supabase, timeoutMs);

	async function databaseChecks(): Promise<{ database: Check; migrations: Check; lacking: readonly string[] }> {
		try {
			await within(timeoutMs, deps.database());
		} catch {
			return { database: 'no answer', migrations: 'unknown', lacking: [] };
		}
		// Migrations are never taken back under a running process.
		if (migrated) return { database: 'ok', migrations: 'ok', lacking: [] };
		try {
			const lacking = await within(timeoutMs, deps.missingMigrations());
			migrated = lacking.length === 0;
			return { database: 'ok', migrations: migrated ? 'ok' : 'missing', lacking };
		} catch {
			return { database: 'ok', migrations: 'unknown', lacking: [] };
		}
	}

	router.get('/health/live', (_request, response) => {
		const lag = Math.round(deps.eventLoop.worstMs());
		if (lag > STUCK_MS) {
			throw new AppError('event_loop_stuck', `The process stood still for ${lag} ms. Restart it if this goes on.`, { status: 503, details: { event_loop_lag_ms: lag } });
		}
		response.setHeader('Cache-Control', 'no-store').json({ status: 'live', role: deps.role, event_loop_lag_ms: lag });
	});

	router.get('/health/ready', async (_request, response) => {
		const [{ database, migrations, lacking }, n8n, mongodb, supabase] = await Promise.all([databaseChecks(), n8nCheck(), mongodbCheck(), supabaseCheck()]);
		const stopping = deps.stopping();
		const checks: Record<string, Check> = { database, migrations, n8n, mongodb, supabase, process: stopping ? 'stopping' : 'ok' };
		const missing = [
			...(database === 'ok' ? [] : [`the database does not answer within ${timeoutMs} ms`]),
			...(migrations === 'missing' ? [`migrations are missing: ${lacking.join(', ')}`] : []),
			...(database === 'ok' && migrations === 'unknown' ? ['the migrations could not be read'] : []),
			...(stopping ? ['the process is stopping'] : []),
		];
		response.setHeader('Cache-Control', 'no-store');
		if (missing.length > 0) {
			throw new AppError('not_ready', `Not ready: ${missing.join('; ')}.`, { status: 503, details: { role: deps.role, missing, checks } });
		}
		response.json({ status: 'ready', role: deps.role, checks });
	});
	return router;
}

/** Whether a service answers that the process can do without for a while. */
function createCheck(ask: (() => Promise<boolean>) | undefined, timeoutMs: number): () => Promise<Check> {
	let last: { readonly answers: Promise<Check>; readonly until: number } | undefined;
	return () => {
		if (!ask) return Promise.resolve('not configured');
		if (!last || last.until <= performance.now()) {
			const answers = within(timeoutMs, ask()).then(
				(answered): Check => (answered ? 'ok' : 'no answer'),
				(): Check => 'no answer',
			);
			last = { answers, until: performance.now() + OTHERS_FRESH_MS };
		}
		return last.answers;
	};
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	// Who lost the race may still fail.
	work.catch(() => undefined);
	const late = new Promise<never>((_resolve, reject) => {
		timer = setTimeout(() => reject(new Error('late')), ms);
	});
	try {
		return await Promise.race([work, late]);
	} finally {
		clearTimeout(timer);
	}
}
