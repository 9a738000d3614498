import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import type { N8nClient } from '../../vendors/n8n/client.ts';
import type { ManagedWorkflow, ManagedWorkflows, Repair } from './managed-workflows.ts';
import type { Probe } from './probe.ts';

/** n8n publishes asynchronously: a workflow may be about to subscribe. */
const GRACE_MS = 5_000;
/** n8n itself tries for about 15 s; then 20 s, 40 s … between ours. */
const FIRST_BACKOFF_MS = 20_000;
const MAX_BACKOFF_MS = 5 * 60_000;
/** How many clones are asked in one round whether their webhook still answers; the next round asks the next ones. */
const PROBES_PER_ROUND = 20;
/** A dead webhook is asked twice. */
const SECOND_PROBE_AFTER_MS = 500;

export interface Reconciler {
	/**
	 * One round: finds subscriptions whose webhook is gone, and workflows that are active but not subscribed; reports them on their
	 * connection, and switches them off and on again, with backoff. A workflow that an operator switched off is only reported.
	 * @throws what the database or n8n's client throws when they can't be reached
	 */
	round(): Promise<void>;
}

export function createReconciler(deps: {
	workflows: ManagedWorkflows;
	n8n: N8nClient;
	probe: Probe;
	openSigningSecret: (keyId: string, sealed: Buffer) => string;
	/** The shared workflow is not in n8n any more: it has to be made again. */
	onSharedMissing: () => void;
	log: Logger;
	now: () => Date;
}): Reconciler {
	const { workflows, n8n, log, now } = deps;
	let nextClone = 0;

	/** The shared workflows in every round, clones in turn. */
	function toProbe(subscribed: readonly ManagedWorkflow[]): readonly string[] {
		const shared = subscribed.filter(isShared);
		const clones = subscribed.filter((workflow) => !isShared(workflow));
		if (nextClone >= clones.length) nextClone = 0;
		const some = clones.slice(nextClone, nextClone + PROBES_PER_ROUND);
		nextClone += some.length;
		return [...shared, ...some].map((workflow) => workflow.n8nId);
	}

	async function dropDeadSubscriptions(subscribed: readonly ManagedWorkflow[]): Promise<boolean> {
		let dropped = false;
		for (const subscription of await workflows.subscriptionsOf(toProbe(subscribed))) {
			const secret = deps.openSigningSecret(subscription.keyId, subscription.signingSecret);
			if ((await deps.probe(subscription.url, secret)) !== 'dead') continue;
			await delay(SECOND_PROBE_AFTER_MS);
			if ((await deps.probe(subscription.url, secret)) !== 'dead') continue;
			log.warn({ subscription: subscription.id }, 'n8n no longer has the webhook of a subscription');
			await workflows.dropSubscription(subscription.id);
			dropped = true;
		}
		return dropped;
	}

	async function repair(workflow: ManagedWorkflow): Promise<void> {
		const known = await workflows.repairOf(workflow.n8nId);
		const at = now().getTime();
		if (known === null) {
			await report(workflow, { attempts: 0, nextAttemptAt: new Date(at + GRACE_MS), switchedOffAt: null, lastError: 'the trigger of its workflow in n8n has not subscribed' });
			return;
		}
		if (at < known.nextAttemptAt.getTime()) return;
		const live = await n8n.getWorkflow(workflow.n8nId);
		const later = new Date(at + backoff(known.attempts));
		if (live === null) {
			await report(workflow, { ...known, nextAttemptAt: later, attempts: known.attempts + 1, lastError: 'the workflow is no longer in n8n' });
			if (workflow.companyId !== null) await workflows.reportMissing(workflow.companyId, now());
			else if (isShared(workflow)) deps.onSharedMissing();
			return;
		}
		if (!live.active && known.switchedOffAt === null) {
			// Whoever switched it off had a reason.
			await report(workflow, { ...known, nextAttemptAt: new Date(at + FIRST_BACKOFF_MS), lastError: 'the workflow is switched off in n8n' });
			return;
		}
		const repair = { attempts: known.attempts + 1, nextAttemptAt: later, lastError: known.lastError };
		await workflows.saveRepair(workflow.n8nId, { ...repair, switchedOffAt: now() });
		log.warn({ workflow: workflow.n8nId, attempt: repair.attempts }, 'A workflow is not subscribed; switching it off and on');
		try {
			await n8n.deactivateWorkflow(workflow.n8nId);
			await n8n.activateWorkflow(workflow.n8nId);
		} catch (error) {
			await report(workflow, { ...repair, switchedOffAt: now(), lastError: error instanceof AppError ? error.message : 'n8n did not activate the workflow' });
			throw error;
		}
		await report(workflow, { ...repair, switchedOffAt: null, lastError: 'the workflow was switched off and on in n8n, and its trigger has not subscribed yet' });
	}

	async function report(workflow: ManagedWorkflow, repair: Repair): Promise<void> {
		await workflows.saveRepair(workflow.n8nId, repair);
		await workflows.reportUnsubscribed(workflow, repair.lastError ?? '');
	}

	return {
		async round() {
			await workflows.dropExpiredSubscriptions();
			let managed = await workflows.list();
			if (await dropDeadSubscriptions(managed.filter((workflow) => workflow.subscribed))) managed = await workflows.list();
			const failures: unknown[] = [];
			for (const workflow of managed) {
				if (workflow.subscribed) {
					if (workflow.lastError !== null) await workflows.clearRepair(workflow.n8nId);
					if (workflow.connectionState !== 'connected') await workflows.reportSubscribed(workflow);
					continue;
				}
				// One that can't be repaired must not keep the others waiting.
				await repair(workflow).catch((error: unknown) => failures.push(error));
			}
			if (failures.length > 0) throw failures[0];
		},
	};
}

const isShared = (workflow: ManagedWorkflow): boolean => workflow.connectionId === null && workflow.companyId === null;

function backoff(attempts: number): number {
	return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempts, 10));
}
