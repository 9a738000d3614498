import type { RemovedResource } from '../tenants/tenants.ts';
import type { Connection, ConnectionSecrets } from './connection.ts';
import type { StepResult } from './journal.ts';

/** What a step works on. */
export interface Job {
	readonly connection: Connection;
	readonly secrets: ConnectionSecrets;
	/** An earlier run of this step was cut short: what it made, if anything, isn't written down and must be looked up. */
	readonly interrupted: boolean;
	/** What an earlier step made. */
	made(step: string): StepResult;
}

/** One step of connecting an account, and its undoing. Both can be run again after any crash. */
export interface Step {
	readonly name: string;
	run(job: Job): Promise<StepResult>;
	/** `made` is {} when the run was cut short. What is gone already is success. */
	undo(job: Job, made: StepResult): Promise<readonly RemovedResource[]>;
	/** Of a step that registers a webhook: what it asks for now (the events, and WAHA's retries), as its result's `events` says it, and asking for it again. */
	readonly hook?: { readonly events: string; renew(job: Job): Promise<void> };
}

export function removedOrGone(type: string, id: string, name: string, wasThere: boolean): RemovedResource {
	return { type, id, name, outcome: wasThere ? 'removed' : 'already_gone' };
}
