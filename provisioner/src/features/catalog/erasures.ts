import type { Logger } from 'pino';
import { backoffMs } from '../../../../core/conversation/backoff.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Database, Sql } from '../../store/database.ts';
import { createDueLoop } from '../../work/due-loop.ts';

interface Erasure {
	tenant_id: string;
	company_id: string;
	attempts: number;
	is_last: boolean;
}

/** Deleted companies whose catalogs are in another database, until they are not there any more. */
export interface Erasures {
	start(): void;
	stop(): Promise<void>;
	/** In the transaction that deletes the companies. */
	forget(sql: Sql, tenantId: string, companyIds: readonly string[]): Promise<void>;
}

/** Whatever was under way when the company was deleted has ended after so long; then its catalog is erased once more, for good. */
const SETTLED_MS = 15 * 60_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 10 * 60_000;
/** A process that says nothing for so long has ended. */
const LEASE_MS = 120_000;
const SWEEP_MS = 30_000;
const STOP_GRACE_MS = 5_000;

/** Erases the catalogs of deleted companies, again and again until it succeeds: at once, and a last time when nothing can come after it. */
export function createErasures({ database, erase, log }: { database: Database; erase: (tenantId: string, companyId: string) => Promise<unknown>; log: Logger }): Erasures {
	const loop = createDueLoop<Erasure>({
		name: 'catalog erasures',
		concurrency: 2,
		sweepMs: SWEEP_MS,
		log,
		async claim(places) {
			return (await database.system.query<Erasure>('SELECT * FROM claim_catalog_erasures($1, $2, $3)', [places, LEASE_MS, SETTLED_MS])).rows;
		},
		async run({ tenant_id: tenantId, company_id: companyId, attempts, is_last: isLast }) {
			try {
				await erase(tenantId, companyId);
			} catch (error) {
				const retryMs = backoffMs(attempts, FIRST_RETRY_MS, MAX_RETRY_MS);
				log.warn({ company: companyId, attempts, retryMs, ...(error instanceof AppError ? { code: error.code, reason: error.message } : { err: error }) }, 'the catalog of a deleted company is not erased yet');
				await database.system.query('SELECT catalog_not_erased($1, $2)', [companyId, Math.ceil(retryMs)]);
				return;
			}
			await database.system.query('SELECT catalog_erased($1, $2, $3)', [companyId, isLast, SETTLED_MS]);
			log.info({ company: companyId, last: isLast }, 'the catalog of a deleted company is erased');
		},
		async nextDueInMs() {
			const { rows } = await database.system.query<{ ms: number | null }>('SELECT next_catalog_erasure_in_ms() AS ms');
			return rows[0]?.ms ?? null;
		},
	});
	return {
		start() {
			database.listen('concierge_catalog_erasures', () => loop.wake(0)).catch((error: unknown) => log.warn({ err: error }, 'catalog erasures: no notifications; the sweep finds what waits'));
			loop.start();
		},
		stop: () => loop.stop(STOP_GRACE_MS),
		async forget(sql, tenantId, companyIds) {
			await sql.query('INSERT INTO catalog_erasures (tenant_id, company_id) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING', [tenantId, [...companyIds]]);
		},
	};
}
