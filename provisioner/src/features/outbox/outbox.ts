import type { Logger } from 'pino';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import { noMetrics } from '../../telemetry/metrics.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { noTracing } from '../../telemetry/tracing.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import type { Accounts } from '../gateway/accounts.ts';
import { createBusyList } from './busy.ts';
import { createOutboxEndpoints } from './endpoints.ts';
import { enqueue, OUTBOX_CHANNEL } from './enqueue.ts';
import type { ClaimedPart } from './outcomes.ts';
import { createOutcomes } from './outcomes.ts';
import { pacesOf, paceParameter, slackMs } from './pace.ts';
import type { Paces } from './pace.ts';
import { createResolver } from './resolve-part.ts';
import type { ResolutionRules } from './resolution.ts';
import { createPartSender } from './send-part.ts';
import type { Lookups, Senders } from './senders.ts';

export interface OutboxDeps {
	readonly database: Database;
	readonly accounts: Accounts;
	readonly senders: Senders;
	/** Of the channels whose vendors can tell what they have sent. */
	readonly lookups?: Lookups;
	readonly log: Logger;
	readonly metrics?: Metrics;
	readonly tracing?: Tracing;
	/** Default: the channels' own limits. */
	readonly paces?: Paces;
	readonly resolution?: ResolutionRules;
	/** Sends at a time in this process. Default 96. */
	readonly concurrency?: number;
	/** A sender that says nothing for so long has died with its process. Default 30 s, above any call's timeout. */
	readonly leaseMs?: number;
	/** How long sends that are under way may take when the process stops. Default 8 s. */
	readonly stopGraceMs?: number;
}

export interface Outbox {
	readonly enqueue: typeof enqueue;
	readonly endpoints: readonly Endpoint[];
	start(): void;
	/** Within 10 s. A send that is under way ends, or its vendor is asked later what became of it. */
	stop(): Promise<void>;
}

const SWEEP_MS = 5_000;
const FORGET_EVERY_MS = 60_000;
/** Of a part's lease: above the 20 s that a vendor's client waits, by default. */
const GIVE_UP = 0.75;
/** Replies that come in so long after one another leave by one claim: a claim costs the database as much as a turn's whole decision. */
const GAP_MS = 20;
/** The parts, and when the next ones are due once these are claimed: what is selected is evaluated after what it is selected from. */
const CLAIM = `SELECT x.parts, next_outbox_in_ms() AS next_in_ms FROM (
	SELECT coalesce(json_agg(p), '[]') AS parts
	FROM (SELECT c.*, traceparent_of(c.turn_id) AS traceparent FROM claim_outbox($1, $2, $3, $4, $5, $6) c) p) x`;

interface Claim extends Record<string, unknown> {
	readonly parts: readonly ClaimedPart[];
	readonly next_in_ms: number | null;
}

/** Sends what is queued: once, in order within a conversation, no faster than the vendors take it, and nothing that a newer message or a person has made stale. */
export function createOutbox(deps: OutboxDeps): Outbox {
	const { database, log } = deps;
	const leaseMs = deps.leaseMs ?? 30_000;
	const concurrency = deps.concurrency ?? 96;
	const lookups = deps.lookups ?? {};
	const paces = deps.paces ?? pacesOf();
	const pace = paceParameter(paces);
	const resolvable = Object.keys(lookups);
	const busy = createBusyList(concurrency);
	const metrics = deps.metrics ?? noMetrics;
	const outcomes = createOutcomes({ database, log, metrics, canAsk: (channel) => resolvable.includes(channel), slackMs: (channel) => slackMs(paces[channel]) });
	const sendPart = createPartSender({ senders: deps.senders, accounts: deps.accounts, outcomes, metrics, tracing: deps.tracing ?? noTracing, giveUpMs: leaseMs * GIVE_UP });
	const resolvePart = createResolver({ database, accounts: deps.accounts, lookups, outcomes, ...(deps.resolution ? { rules: deps.resolution } : {}) });
	let after = '';
	let nextInMs: number | null = null;
	let forgetting: NodeJS.Timeout | undefined;

	const loop = createDueLoop<ClaimedPart>({
		name: 'outbox',
		concurrency,
		sweepMs: SWEEP_MS,
		gapMs: GAP_MS,
		log,
		async claim(limit) {
			const { rows } = await database.system.query<Claim>(CLAIM, [limit, leaseMs, pace, resolvable, busy.list(), after], 'claim_outbox');
			const { parts, next_in_ms: next } = rows[0] ?? { parts: [], next_in_ms: null };
			nextInMs = next;
			after = parts.at(-1)?.connection_id ?? '';
			return parts;
		},
		async run(part, signal) {
			const done = busy.begin(part);
			try {
				await (part.state === 'resolving' ? resolvePart(part, signal) : sendPart(part, signal));
			} finally {
				done();
			}
		},
		// The claim has said it.
		nextDueInMs: () => nextInMs,
	});

	return {
		enqueue,
		endpoints: createOutboxEndpoints({ database, wake: () => loop.wake(0) }),
		start() {
			database.listen(OUTBOX_CHANNEL, () => loop.wake(0)).catch((error: unknown) => log.warn({ err: error }, 'outbox: no notifications; the sweep finds what is queued'));
			loop.start();
			forgetting = setInterval(() => {
				database.system.query('SELECT forget_send_pace()').catch((error: unknown) => log.warn({ err: error }, 'outbox: old rows of send_pace were not removed'));
			}, FORGET_EVERY_MS).unref();
		},
		async stop() {
			clearInterval(forgetting);
			await loop.stop(deps.stopGraceMs ?? 8_000);
		},
	};
}
