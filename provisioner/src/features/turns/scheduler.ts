import type { Logger } from 'pino';
import { MAX_ATTEMPTS } from '../../../../core/conversation/turns.ts';
import type { Database } from '../../store/database.ts';
import { unseal } from '../../store/secrets.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import type { DueLoop } from '../../work/due-loop.ts';
import { traceIdOf } from '../../../../core/telemetry/traceparent.ts';
import { noMetrics } from '../../telemetry/metrics.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { noTracing } from '../../telemetry/tracing.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import { planCalls } from './batches.ts';
import type { Call, DueTurn } from './batches.ts';
import { chooseSubscription, deliverTurns, retryDelayMs } from './deliver.ts';
import type { DeliveryOutcome, Subscription } from './deliver.ts';
import { toTurnEvent } from './turn-details.ts';
import { createOpenLimit } from './open-limit.ts';
import type { TurnDetails } from './turn-details.ts';
import { createTriggersKnown } from './triggers-known.ts';

export interface SchedulerDeps {
	readonly database: Database;
	/** Opens the signing secrets of API keys. */
	readonly masterKey: Buffer;
	readonly log: Logger;
	readonly now: () => Date;
	/** How long n8n may take to answer a turn that it took. */
	readonly leaseMs: number;
	/** How long n8n may take to acknowledge a delivery. Default 10 s. */
	readonly deliveryTimeoutMs?: number;
	/** How long a claimed turn is this process's: above `deliveryTimeoutMs`, for the wait for a place. Default 5 s above. */
	readonly claimMs?: number;
	/** Calls to n8n at a time. Default 4: n8n has one event loop, and what waits here instead of there can go together. */
	readonly concurrency?: number;
	/** Most turns in one call; 1: always one by one. Default 20. */
	readonly batchMax?: number;
	/** How long a stop waits for n8n's acknowledgements before it hands the turns back. Default 6 s. */
	readonly stopGraceMs?: number;
	/** Every call to n8n, when it has ended: for metrics. */
	readonly observe?: (call: DeliveryReport) => void;
	readonly metrics?: Metrics;
	readonly tracing?: Tracing;
}

export interface DeliveryReport {
	readonly result: DeliveryOutcome['result'];
	readonly turns: number;
	readonly taken: number;
	readonly durationMs: number;
	/** Of each turn, between the end of its window and the call. */
	readonly waitedMs: readonly number[];
}

export interface Scheduler extends Pick<DueLoop, 'wake' | 'start'> {
	/** Within 10 s: what is under way ends or is handed back. */
	stop(): Promise<void>;
}

interface Claim {
	readonly claimed: readonly (TurnDetails & { readonly batch_failures: number; readonly waited_ms: number })[];
	readonly routes: Readonly<Record<string, readonly (Omit<Subscription, 'signingSecret'> & { readonly api_key_id: string; readonly signing_secret: string })[]>>;
	readonly next_in_ms: number | null;
	readonly last_tenant: string;
	readonly crowded: boolean;
}

/** A call with the time, by the process's clock, until which its turns are ours for long enough. */
interface Delivery extends Call {
	readonly beginBefore: number;
}

interface Outcome {
	readonly id: string;
	readonly attempt: number;
	readonly taken: boolean;
	readonly subscription?: string;
	/** Taken together with others. */
	readonly batch?: boolean;
	readonly due_in_ms: number;
	readonly reason?: string;
	readonly failures: number;
	readonly batch_failures: number;
}

const SWEEP_MS = 5_000;
const STOP_GRACE_MS = 6_000;
/** n8n has as much as it can do: until the next look. */
const CROWDED_MS = 20;
/** Who has a turn's row locked (a message that joins or supersedes it) is done in milliseconds. */
const LOCKED_MS = 5;
const LOCKED_TRIES = 200;
const NOT_SUBSCRIBED = 'No workflow is subscribed for this connection. Activate the answering workflow.';
export const TURNS_CHANNEL = 'concierge_turns';

/** Claims what is due, over all tenants in turn, and delivers it: one by one while there is a place for each, together when turns queue up. */
export function createScheduler(deps: SchedulerDeps): Scheduler {
	const { database, log, leaseMs } = deps;
	const timeoutMs = deps.deliveryTimeoutMs ?? 10_000;
	const claimMs = deps.claimMs ?? timeoutMs + 5_000;
	const batchMax = deps.batchMax ?? 20;
	const concurrency = deps.concurrency ?? 4;
	const metrics = deps.metrics ?? noMetrics;
	const tracing = deps.tracing ?? noTracing;
	const triggers = createTriggersKnown();
	const openLimit = createOpenLimit(batchMax);
	const signingSecrets = new Map<string, string>();
	const copies = new Map<Promise<void>, AbortController>();
	let lastTenant = '';
	let nextInMs: number | null = null;

	const loop = createDueLoop<Delivery>({
		name: 'turns',
		concurrency,
		sweepMs: SWEEP_MS,
		log,
		claim,
		run: deliver,
		handBack: (calls) => handBack(calls.flatMap(({ turns }) => turns)),
		endMakesDue: false,
		// The claim has said it.
		nextDueInMs: () => nextInMs,
	});

	async function claim(places: number): Promise<readonly Delivery[]> {
		const beginBefore = performance.now() + claimMs - timeoutMs;
		let found = await claimDue(places * batchMax, openLimit.most);
		if (found?.crowded && found.claimed.length === 0 && places === concurrency && openLimit.silent(performance.now())) found = await claimDue(batchMax, null);
		if (!found) return [];
		lastTenant = found.last_tenant;
		nextInMs = found.crowded ? CROWDED_MS : found.next_in_ms;
		const routes = new Map(Object.entries(found.routes).map(([connection, subscriptions]) => [connection, subscriptions.flatMap(openSubscription)]));
		const turns = found.claimed.flatMap((turn) => dueTurn(turn, routes.get(turn.connection_id) ?? []));
		const calls = planCalls(turns, places, { max: batchMax, moreWait: nextInMs === 0, takesOne: triggers.takesOne, choose: (turn) => chooseSubscription(turn.subscriptions, turn.deliveryFailures) });
		return calls.map((call) => ({ ...call, beginBefore }));
	}

	async function claimDue(limit: number, mostOpen: number | null): Promise<Claim | undefined> {
		const values = [limit, claimMs, MAX_ATTEMPTS, lastTenant, mostOpen, batchMax];
		const { rows } = await database.system.query<Claim & Record<string, unknown>>('SELECT * FROM claim_due_turns($1, $2, $3, $4, $5, $6)', values, 'claim_due_turns');
		return rows[0];
	}

	/** None when its event can't be made: that is its own matter, and not that of the turns claimed with it. */
	function dueTurn(turn: Claim['claimed'][number], subscriptions: readonly Subscription[]): readonly DueTurn[] {
		metrics.reached('claimed', turn.id);
		const span = tracing.start('turn.deliver', turn.traceparent, { turn: turn.id, attempt: turn.attempts });
		const { id, attempts: attempt, traceparent } = { ...turn, traceparent: span.traceparent };
		try {
			return [{
				id, attempt, traceparent, span, subscriptions,
				deliveryFailures: turn.delivery_failures,
				batchFailures: turn.batch_failures,
				json: JSON.stringify(toTurnEvent({ ...turn, traceparent })),
				conversation: turn.conversation_id,
				connection: turn.connection_id,
				tenant: turn.tenant_id,
				waitedMs: turn.waited_ms,
			}];
		} catch (error) {
			span.end('unreadable');
			log.error({ err: error, turn: id }, 'the event of a turn can not be made');
			const failures = turn.delivery_failures + 1;
			settle([{ id, attempt, taken: false, due_in_ms: retryDelayMs(failures), reason: 'Its event could not be made; the log has the error.', failures: 1, batch_failures: 0 }])
				.catch((failed: unknown) => log.warn({ err: failed, turn: id }, 'not recorded; its lease ends'));
			return [];
		}
	}

	/** None when its key can't be opened, which the log says: turns go to the others. */
	function openSubscription({ api_key_id: keyId, signing_secret: sealed, ...subscription }: Claim['routes'][string][number]): readonly Subscription[] {
		const known = signingSecrets.get(sealed);
		if (known !== undefined) return [{ ...subscription, signingSecret: known }];
		try {
			const signingSecret = unseal(deps.masterKey, Buffer.from(sealed, 'base64'), `api_key:${keyId}`).toString('utf8');
			if (signingSecrets.size > 10_000) signingSecrets.clear();
			signingSecrets.set(sealed, signingSecret);
			return [{ ...subscription, signingSecret }];
		} catch (error) {
			log.error({ err: error, subscription: subscription.id, key: keyId }, 'the signing secret of a key can not be opened: was CONCIERGE_MASTER_KEY changed?');
			return [];
		}
	}

	async function deliver({ turns, subscription, beginBefore }: Delivery, signal: AbortSignal): Promise<void> {
		if (performance.now() > beginBefore) return handBack(turns);
		if (!subscription) {
			metrics.notSubscribed(turns.length);
			return settle(turns.map((turn) => notTaken(turn, NOT_SUBSCRIBED)));
		}
		const hopeless = triggers.begin(subscription);
		if (hopeless !== undefined) return settle(turns.map((turn) => notTaken(turn, hopeless)));

		for (const turn of turns) copyToEditor(turn, subscription);
		const began = performance.now();
		const outcome = await deliverTurns(turns, subscription, { now: deps.now(), timeoutMs, signal });
		triggers.ended(subscription, signal.aborted ? { result: 'away', reason: '' } : outcome);
		const taken = outcome.result === 'taken' ? outcome.ids : new Set<string>();
		const durationMs = performance.now() - began;
		if (outcome.result === 'taken') openLimit.acknowledged({ durationMs, turns: taken.size, now: performance.now() });
		metrics.delivered(outcome.result, turns.length, taken.size, durationMs / 1000);
		deps.observe?.({ result: outcome.result, turns: turns.length, taken: taken.size, durationMs, waitedMs: turns.map(({ waitedMs }) => waitedMs) });

		if (outcome.result === 'one_only' || (signal.aborted && outcome.result !== 'taken')) return handBack(turns);
		await settle(turns.map((turn): Outcome => {
			if (taken.has(turn.id)) nowTaken(turn, turns.length);
			if (taken.has(turn.id)) return { id: turn.id, attempt: turn.attempt, taken: true, subscription: subscription.id, batch: turns.length > 1, due_in_ms: leaseMs, failures: 0, batch_failures: 0 };
			const reason = outcome.result === 'taken' ? `n8n took ${taken.size} of ${turns.length} turns that were delivered together, and not this one.` : outcome.reason;
			return notTaken(turn, reason, turns.length > 1 && outcome.result !== 'away');
		}));
	}

	function lineOf({ id, conversation, connection, traceparent, attempt, waitedMs }: DueTurn) {
		return { turn: id, conversation, connection, trace_id: traceIdOf(traceparent), attempt, waited_ms: Math.round(waitedMs) };
	}

	function nowTaken(turn: DueTurn, batch: number): void {
		metrics.reached('taken', turn.id);
		turn.span.end();
		log.info({ stage: 'delivered', ...lineOf(turn), batch }, 'turn taken by n8n');
	}

	/** @param perhapsBatch it was in a batch, and something in the batch may be why */
	function notTaken(turn: DueTurn, reason: string, perhapsBatch = false): Outcome {
		const failures = turn.deliveryFailures + 1;
		turn.span.end('not_taken');
		log[failures === 1 ? 'warn' : 'debug']({ stage: 'not_delivered', ...lineOf(turn), failures, reason }, 'turn not taken, it is tried again');
		return { id: turn.id, attempt: turn.attempt, taken: false, due_in_ms: retryDelayMs(failures), reason, failures: 1, batch_failures: perhapsBatch ? 1 : 0 };
	}

	/** Due again now, for this process or another; nothing is said of n8n. */
	async function handBack(turns: readonly DueTurn[]): Promise<void> {
		if (turns.length === 0) return;
		for (const { span } of turns) span.end('handed_back');
		await settle(turns.map(({ id, attempt }) => ({ id, attempt, taken: false, due_in_ms: 0, failures: 0, batch_failures: 0 })));
		await database.system.query('SELECT pg_notify($1, $2)', [TURNS_CHANNEL, '0']);
	}

	async function settle(outcomes: readonly Outcome[]): Promise<void> {
		let open = outcomes;
		for (let tries = 0; open.length > 0 && tries < LOCKED_TRIES; tries += 1) {
			if (tries > 0) await new Promise((resolve) => setTimeout(resolve, LOCKED_MS));
			const { rows } = await database.system.query<{ locked: string[] }>('SELECT settle_deliveries($1) AS locked', [JSON.stringify(open)], 'settle_deliveries');
			const locked = new Set(rows[0]?.locked);
			open = open.filter(({ id }) => locked.has(id));
		}
		if (open.length > 0) log.warn({ turns: open.map(({ id }) => id) }, 'turns stay locked; what came of their delivery is not recorded, and they are delivered again');
		loop.wake(Math.min(...outcomes.map(({ due_in_ms: dueInMs }) => dueInMs)));
	}

	/** Someone listens in n8n's editor: they get a copy, once. What their run answers is the same decision, or comes too late. */
	function copyToEditor(turn: DueTurn, chosen: Subscription): void {
		if (turn.deliveryFailures > 0) return;
		for (const listener of turn.subscriptions.filter(({ mode, id }) => mode === 'test' && id !== chosen.id)) {
			const abort = new AbortController();
			const copy = deliverTurns([turn], listener, { now: deps.now(), timeoutMs, signal: abort.signal })
				.then(
					() => undefined,
					(error: unknown) => log.warn({ err: error, turn: turn.id }, 'copy for the editor failed'),
				)
				.finally(() => copies.delete(copy));
			copies.set(copy, abort);
		}
	}

	return {
		wake: loop.wake,
		start() {
			database.listen(TURNS_CHANNEL, (payload) => loop.wake(Number(payload) || 0)).catch((error: unknown) => log.warn({ err: error }, 'turns: no notifications; the sweep finds them'));
			loop.start();
		},
		async stop() {
			await loop.stop(deps.stopGraceMs ?? STOP_GRACE_MS);
			copies.forEach((abort) => abort.abort());
			await Promise.allSettled(copies.keys());
		},
	};
}
