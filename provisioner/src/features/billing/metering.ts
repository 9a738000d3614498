import type { Logger } from 'pino';
import { silentReason, usageThreshold } from '../../../../core/tenancy/entitlements.ts';
import type { Database } from '../../store/database.ts';
import { billingRepository } from './repository.ts';
import { transition } from './transition.ts';

const EVERY_MS = 60_000;
/** Whatever takes longer than this between getting its id and being stored is not counted: in the tenant's favour. */
export const SETTLE_MS = 120_000;

export interface Metering {
	/** Counts what was stored until then, and tells tenants that near or reach the limit of their plan. */
	count(until: Date): Promise<void>;
	start(): void;
	stop(): Promise<void>;
}

/** Usage is counted beside the path of a message, from what is stored anyway: no counter that every message would have to wait for. */
export function createMetering(deps: { database: Database; enabled: boolean; now: () => Date; log: Logger }): Metering {
	const { database, now, log } = deps;
	let timer: NodeJS.Timeout | undefined;
	let counting: Promise<unknown> = Promise.resolve();

	async function count(until: Date): Promise<void> {
		let behind = true;
		while (behind) {
			const { rows } = await database.system.query<{ changed: string[] | null; behind: boolean | null }>('SELECT changed, behind FROM meter_usage($1)', [until]);
			behind = rows[0]?.behind === true;
			if (deps.enabled) for (const tenantId of rows[0]?.changed ?? []) await limit(tenantId);
		}
	}

	/** Two short reads for a tenant far below its limit. */
	async function limit(tenantId: string): Promise<void> {
		await database.withTenant(tenantId, async (sql) => {
			const stored = await billingRepository.find(sql, tenantId);
			if (!stored) return;
			const answers = await billingRepository.answers(sql, now());
			if (usageThreshold(stored.subscription, answers) === null && silentReason(stored.subscription, answers) === null) return;
			await transition(sql, tenantId, now());
		});
	}

	return {
		count,
		start() {
			const pass = () => {
				counting = counting
					.then(() => count(new Date(now().getTime() - SETTLE_MS)))
					.catch((error: unknown) => log.error({ err: error }, 'usage was not counted; it is tried again in a minute'));
			};
			pass();
			timer = setInterval(pass, EVERY_MS);
			timer.unref();
		},
		async stop() {
			clearInterval(timer);
			await counting;
		},
	};
}
