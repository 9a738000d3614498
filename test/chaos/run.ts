import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonClient } from '../e2e/clients.ts';
import { startTestStack } from '../e2e/test-stack.ts';
import type { Customer } from './customer.ts';
import { createCrowd } from './crowd.ts';
import { createWitness } from './evidence.ts';
import type { Victim } from './killer.ts';
import { createKiller } from './killer.ts';
import { createMoments } from './moments.ts';
import { seeded } from './random.ts';
import { openShop } from './shop.ts';
import { timelineOf } from './timeline.ts';
import type { Verdict, Violation } from './verdict.ts';
import { judge } from './verdict.ts';
import { createVendors } from './vendor.ts';

export interface ChaosOptions {
	readonly seed: number;
	readonly victims: readonly Victim[];
	/** Of each phase: one for every victim, and one with all of them when there are several. */
	readonly phaseMs: number;
	readonly mixed: boolean;
	readonly askers: number;
	readonly buyers: number;
	readonly print: (line: string) => void;
}

export interface ChaosResult {
	readonly verdict: Verdict;
	readonly violations: readonly Violation[];
	/** Ready to be printed: a line a violation, then the timeline of each customer concerned. */
	readonly report: string;
	readonly summary: string;
	/** Where state and logs were left; '' when nothing was wrong. */
	readonly stateDir: string;
}

/** Short leases and windows, so that a run sees many recoveries. */
const ENV = {
	QUIET_WINDOW_MS: '500', MAX_WAIT_MS: '4000', TURN_LEASE_MS: '5000', OUTBOX_LEASE_MS: '8000', OUTBOX_ABSENT_MS: '2000', RECONCILE_INTERVAL_MS: '2000',
	HOOK_MESSAGES_PER_CUSTOMER: '600', HOOK_MESSAGES_PER_CONNECTION: '6000',
};
const PATIENCE_MS = 120_000;
const CALM_MS = 120_000;

/** How many turns were in the list of dead ones; all of them are on their way again. */
async function redeliverDead({ urls, platformKey }: { readonly urls: { readonly concierge: string }; readonly platformKey: string }): Promise<number> {
	const platform = jsonClient(urls.concierge, { authorization: `Bearer ${platformKey}` });
	const { status, body } = await platform.post<{ redelivered: number }>('/v1/turns/redeliver', { state: 'dead' });
	if (status !== 200) throw new Error(`Redelivering the dead turns answered ${status}: ${JSON.stringify(body)}`);
	return body.redelivered;
}

/** One run: a stack of its own, phases of killing while customers write, calm, and the judgement. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
	const { print, seed } = options;
	const stateDir = await mkdtemp(join(tmpdir(), 'concierge-chaos-'));
	const startedAt = Date.now();
	const note = (line: string) => print(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
	note(`seed ${seed}; state and logs in ${stateDir}`);
	const { stack, access } = await startTestStack(stateDir, ENV);
	let bad = true;
	const moments = createMoments(access.urls.sandbox);
	try {
		const shop = await openShop(access, stateDir);
		const random = seeded(seed);
		const sandbox = jsonClient(access.urls.sandbox);
		const vendors = createVendors({ shop, random: random.fork('vendors'), onMoment: (moment) => moments.announce(moment) });
		const witness = createWitness(access.databaseOwnerUrl, access.urls.sandbox, shop);
		const killer = createKiller({ stack, stateDir, moments, sandbox, random: random.fork('killer'), note });
		const phases: (readonly Victim[])[] = [...options.victims.map((victim) => [victim]), ...(options.mixed && options.victims.length > 1 ? [options.victims] : [])];
		const crowds = phases.map((_, number) =>
			createCrowd({ shop, vendors, sandbox, random: random.fork(`crowd ${number}`), number, askers: options.askers, buyers: options.buyers, patienceMs: PATIENCE_MS }));
		for (const crowd of crowds) await crowd.introduce();

		const talks: Promise<void>[] = [];
		for (const [index, victims] of phases.entries()) {
			const until = Date.now() + options.phaseMs;
			note(`${victims.join(', ')} for ${Math.round(options.phaseMs / 1000)} s`);
			const talk = crowds[index]?.talk(until) ?? Promise.resolve();
			talks.push(talk);
			await killer.rage(victims, until);
		}
		note('no more kills: waiting for the customers and for calm');
		await Promise.all(talks);
		const open = await vendors.settled(CALM_MS);
		let calm = await witness.calm(CALM_MS);
		note(calm ? 'calm' : 'NOT calm');
		// With leases of five seconds one turn may lose all of its deliveries to kills. What is given up is kept for the operator, who delivers it again.
		const redelivered = await redeliverDead(access);
		if (redelivered > 0) {
			note(`${redelivered} given up after five lost deliveries: delivered again, as an operator would`);
			calm = (await witness.calm(CALM_MS)) && calm;
		}
		const customers = crowds.flatMap((crowd) => crowd.customers);
		const evidence = await witness.gather(customers);
		vendors.close();
		await witness.close();

		const verdict = judge(evidence);
		const violations: Violation[] = [
			...killer.deserters.map((what) => ({ customer: undefined, rule: 'nobody ends by itself', what })),
			...(open > 0 ? [{ customer: undefined, rule: 'every delivery is acknowledged in the end', what: `${open} deliveries were not` }] : []),
			...(calm ? [] : [{ customer: undefined, rule: 'it becomes calm', what: `not within ${CALM_MS / 1000} s of the last kill` }]),
			...verdict.violations,
		];
		bad = violations.length > 0;
		const concerned = new Set(violations.flatMap(({ customer }) => (customer ? [customer] : [])));
		const report = [
			...verdict.unknown.map((part) => `unknown, not resent: part ${part.position} of ${part.turn_id ?? 'no turn'}: ${part.last_error ?? ''}`),
			...violations.map(({ customer, rule, what }) => `VIOLATION ${customer?.label ?? ''}: ${rule}: ${what}`),
			...[...concerned].map((customer: Customer) => timelineOf(evidence, customer)),
		].join('\n');
		const { gateway, n8n, postgres } = killer.kills;
		const summary = `chaos: ${gateway + n8n + postgres} kills (gateway ${gateway}, n8n ${n8n}, postgres ${postgres}), ${verdict.counts.messages} messages, ${verdict.counts.turns} turns, `
			+ `${verdict.counts.superseded} superseded, ${verdict.unknown.length} unknown, ${redelivered} redelivered by hand, ${violations.length} violations, seed ${seed}`;
		return { verdict, violations, report, summary, stateDir: bad ? stateDir : '' };
	} finally {
		moments.close();
		await stack.stopAll();
		if (!bad && !process.env['KEEP_STATE']) await rm(stateDir, { recursive: true, force: true });
	}
}
