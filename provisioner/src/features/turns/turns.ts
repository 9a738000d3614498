import type { Endpoint } from '../../http/endpoint.ts';
import { createTurnEndpoints } from './endpoints.ts';
import { createOpenTurns } from './open-turns.ts';
import type { OpenTurns } from './open-turns.ts';
import { createScheduler, TURNS_CHANNEL } from './scheduler.ts';
import type { SchedulerDeps } from './scheduler.ts';

export type TurnsDeps = SchedulerDeps;

export interface Turns extends OpenTurns {
	readonly endpoints: readonly Endpoint[];
	/** A turn is due in that many milliseconds. In a process without a scheduler it tells the others. */
	wake(dueInMs: number): void;
	start(): void;
	/** Within 10 s: what is under way ends or is handed back. */
	stop(): Promise<void>;
}

/** Notifications of one process are gathered this long; a quiet window is never shorter than 100 ms. */
const GATHER_MS = 10;

/** Turns from the end of their window to n8n, and again when their lease ends unanswered; what the turn API does with them. */
export function createTurns(deps: TurnsDeps): Turns {
	const { database, log } = deps;
	const scheduler = createScheduler(deps);
	let scheduling = false;
	let gathering: { timer: NodeJS.Timeout; dueInMs: number } | undefined;

	/** For processes that only receive: one notification for many messages, outside their transactions, so that it holds up none. */
	function tellOthers(dueInMs: number): void {
		if (gathering) {
			gathering.dueInMs = Math.min(gathering.dueInMs, dueInMs);
			return;
		}
		const timer = setTimeout(() => {
			const due = Math.max(0, Math.floor((gathering?.dueInMs ?? 0) - GATHER_MS));
			gathering = undefined;
			database.system.query('SELECT pg_notify($1, $2)', [TURNS_CHANNEL, String(due)]).catch((error: unknown) => log.warn({ err: error }, 'schedulers not notified; they will find the turn'));
		}, GATHER_MS);
		gathering = { timer, dueInMs };
	}

	function wake(dueInMs: number): void {
		if (scheduling) scheduler.wake(dueInMs);
		else tellOthers(dueInMs);
	}

	return {
		...createOpenTurns({ leaseMs: deps.leaseMs }),
		endpoints: createTurnEndpoints({ database, now: deps.now, wake }),
		wake,
		start() {
			scheduling = true;
			scheduler.start();
		},
		async stop() {
			scheduling = false;
			if (gathering) clearTimeout(gathering.timer);
			gathering = undefined;
			await scheduler.stop();
		},
	};
}
