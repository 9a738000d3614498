import type { Logger } from 'pino';
import type { Connection } from './connection.ts';
import type { Journal } from './journal.ts';
import type { ConnectionRepository } from './repository.ts';
import type { Step } from './step.ts';

/** How many connections are asked for in one pass; the next pass goes on. */
const AT_A_TIME = 20;
/** After a failure: the token may be revoked, the session gone; that is the connection's own trouble, and shows elsewhere. */
const RETRY_MS = 10 * 60_000;

/**
 * Connections made by an earlier version did not ask their vendor for all events that are understood now: they are asked for again.
 * A connection that fails is left as it is, and tried again later.
 */
export function createHookRenewal(deps: {
	repository: Pick<ConnectionRepository, 'get' | 'secretsOf'>;
	journal: Journal;
	recipes: Readonly<Record<Connection['channel'], readonly Step[]>>;
	log: Logger;
}): { renewOutdated(signal: AbortSignal): Promise<void> } {
	const { repository, journal, log } = deps;
	const steps = Object.values(deps.recipes).flat();
	const retryAt = new Map<string, number>();

	async function renew(tenantId: string, id: string, step: Step, hook: NonNullable<Step['hook']>): Promise<void> {
		// Nobody removes it meanwhile.
		if (!(await journal.claim(tenantId, id, 'new'))) return;
		try {
			const connection = await repository.get(tenantId, id);
			const entries = await journal.entries(tenantId, id);
			const made = (name: string) => entries.find((entry) => entry.step === name)?.result ?? {};
			await hook.renew({ connection, secrets: await repository.secretsOf(tenantId, id), interrupted: false, made });
			await journal.done(tenantId, id, step.name, { ...made(step.name), events: hook.events });
			retryAt.delete(id);
			log.info({ connection: id, events: hook.events }, 'The vendor was asked for the events that are understood now');
		} finally {
			await journal.release(tenantId, id);
		}
	}

	return {
		/** Never throws; ends before the next connection once `signal` aborts. */
		async renewOutdated(signal) {
			for (const step of steps) {
				const { hook } = step;
				if (!hook) continue;
				const outdated = await journal.outdatedHooks(step.name, hook.events, AT_A_TIME + retryAt.size).catch((error: unknown) => {
					log.warn({ err: error }, 'Connections with older webhooks could not be looked for; it is tried again');
					return [];
				});
				for (const { id, tenantId } of outdated) {
					if (signal.aborted) return;
					if ((retryAt.get(id) ?? 0) > performance.now()) continue;
					await renew(tenantId, id, step, hook).catch((error: unknown) => {
						retryAt.set(id, performance.now() + RETRY_MS);
						log.warn({ connection: id, err: error }, 'The vendor could not be asked for newer events; it is tried again');
					});
				}
			}
		},
	};
}
