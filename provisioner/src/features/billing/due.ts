import type { Logger } from 'pino';
import { VendorError } from '../../vendors/http.ts';
import type { Database } from '../../store/database.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import type { DueLoop } from '../../work/due-loop.ts';
import { billingRepository } from './repository.ts';
import type { Synchronise } from './synchronise.ts';
import { BILLING_CHANNEL, REMOVE_AGAIN_MS, transition } from './transition.ts';

const SWEEP_MS = 60_000;
/** Longer than asking Stripe and removing some connections takes. */
const LEASE_MS = 120_000;

export interface DueBilling extends Pick<DueLoop, 'wake' | 'stop'> {
	/** Everything that is due for a tenant: the clock, reminders, what Stripe may not have told, connections that go. */
	run(tenantId: string): Promise<void>;
	/** One pass over what is due now. */
	runDue(): Promise<number>;
	start(): void;
}

export function createDueBilling(deps: {
	database: Database;
	synchronise: Synchronise;
	connections: { remove(tenantId: string, connectionId: string): Promise<unknown> };
	now: () => Date;
	log: Logger;
}): DueBilling {
	const { database, now, log } = deps;

	async function run(tenantId: string): Promise<void> {
		await ask(tenantId);
		const stored = await database.withTenant(tenantId, (sql) => transition(sql, tenantId, now()));
		for (const connectionId of stored?.removing ?? []) {
			try {
				await deps.connections.remove(tenantId, connectionId);
				await database.withTenant(tenantId, (sql) => billingRepository.removed(sql, tenantId, connectionId));
			} catch (error) {
				log.warn({ tenant: tenantId, connection: connectionId, err: error }, 'a connection that was given up is not removed yet; it is silent, and tried again');
			}
		}
		if ((stored?.removing.length ?? 0) === 0) return;
		const after = await database.withTenant(tenantId, (sql) => transition(sql, tenantId, now()));
		if ((after?.removing.length ?? 0) === 0) return;
		await database.withTenant(tenantId, (sql) => billingRepository.postpone(sql, tenantId, new Date(now().getTime() + REMOVE_AGAIN_MS)));
	}

	/** Stripe's events are enough while they come. */
	async function ask(tenantId: string): Promise<void> {
		const stored = await database.withTenant(tenantId, (sql) => billingRepository.find(sql, tenantId));
		if (!stored) return;
		const { remoteId, period, status } = stored.subscription;
		if (remoteId === null || !((period !== null && period.end <= now()) || status === 'past_due' || status === 'suspended')) return;
		try {
			await deps.synchronise(tenantId);
		} catch (error) {
			if (!(error instanceof VendorError)) throw error;
			log.warn({ tenant: tenantId, code: error.code, reason: error.message }, 'Stripe can\'t be asked for a subscription; it is tried again');
		}
	}

	async function claim(places: number): Promise<readonly string[]> {
		const { rows } = await database.system.query<{ id: string }>('SELECT claim_due_billing($1, $2, $3) AS id', [now(), places, LEASE_MS]);
		return rows.map(({ id }) => id);
	}
	const loop = createDueLoop<string>({
		name: 'billing',
		concurrency: 2,
		sweepMs: SWEEP_MS,
		log,
		claim,
		run,
		async nextDueInMs() {
			const { rows } = await database.system.query<{ ms: number | null }>('SELECT next_billing_in_ms($1) AS ms', [now()]);
			return rows[0]?.ms ?? null;
		},
	});
	return {
		run,
		async runDue() {
			let done = 0;
			for (let due = await claim(100); due.length > 0; due = await claim(100)) {
				for (const tenantId of due) await run(tenantId);
				done += due.length;
			}
			return done;
		},
		wake: loop.wake,
		start() {
			void database.listen(BILLING_CHANNEL, () => loop.wake(0));
			loop.start();
		},
		stop: loop.stop,
	};
}
