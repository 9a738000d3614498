import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ModelFailureCode } from '../../../core/agent/model-call.ts';
import type { ChannelName } from '../../../core/channels/channel.ts';
import type { PoolUse } from '../store/database.ts';
import type { QueueState } from './queues.ts';
import type { ObserveStage, TurnStage } from './stage-clock.ts';

/** How a webhook call ended. Each is one value of a label: a fixed list, whatever vendors send. */
export type AckOutcome =
	| 'accepted' | 'unknown_hook' | 'bad_signature' | 'malformed' | 'too_large' | 'too_slow' | 'rate_limited' | 'overloaded' | 'failed';
export type MessageOutcome = 'stored' | 'duplicate' | 'twin' | 'gone' | 'revised' | 'stale';
/** uncertain: it may have left, and the vendor is asked; unknown: it may have left, and nobody can tell. */
export type SendOutcome = 'sent' | 'retried' | 'rate_limited' | 'failed' | 'uncertain' | 'unknown';
/** Of one turn; not_echoed: n8n took others of the call. */
export type DeliveryResult = 'taken' | 'not_echoed' | 'away' | 'silent' | 'one_only' | 'refused' | 'no_subscription';

/** Who answered: the first model, one after it, the built-in responder (because no model is connected, or because all failed), or code in place of words that broke a rule. */
export type Answerer = 'model' | 'fallback_model' | 'offline' | 'offline_after_failure' | 'guard';

/** What the service counts. No label holds a tenant's, connection's or customer's anything. */
export interface Metrics {
	/** A webhook call was answered; `seconds` from its headers to the answer. */
	acknowledged(channel: ChannelName, outcome: AckOutcome, seconds: number): void;
	/** A statement stored that many messages at once. */
	ingested(batch: number): void;
	message(channel: ChannelName, outcome: MessageOutcome): void;
	/** A call to n8n with `turns` turns, of which it took `taken`. */
	delivered(result: DeliveryResult, turns: number, taken: number, seconds: number): void;
	/** Turns that nobody is there for. */
	notSubscribed(turns: number): void;
	/** A turn reached a stage now: how long after the end of its window is looked up later, off its way. */
	reached(stage: TurnStage, turnId: string | null): void;
	/** What came of a try to send a part. */
	sent(channel: ChannelName, outcome: SendOutcome): void;
	/** A turn has its decision. */
	answered(by: Answerer): void;
	/** A model was given up for a turn, or not even asked. */
	modelGivenUp(reason: ModelFailureCode): void;
	/** A call of a vendor that sends, whatever it answered. */
	vendorCalled(channel: ChannelName, seconds: number): void;
}

const OUTCOMES: Readonly<Record<string, AckOutcome>> = {
	hook_not_found: 'unknown_hook', signature_invalid: 'bad_signature', body_not_json: 'malformed', encoding_not_supported: 'malformed',
	body_too_large: 'too_large', body_too_slow: 'too_slow', request_aborted: 'too_slow', rate_limited: 'rate_limited', overloaded: 'overloaded',
};

/** How a webhook call ended that failed with this code. */
export function ackOutcomeOf(code: string): AckOutcome {
	return OUTCOMES[code] ?? 'failed';
}

/** For tests, and wherever nobody measures. */
export const noMetrics: Metrics = {
	acknowledged: ignore,
	ingested: ignore,
	message: ignore,
	delivered: ignore,
	notSubscribed: ignore,
	reached: ignore,
	sent: ignore,
	vendorCalled: ignore,
	answered: ignore,
	modelGivenUp: ignore,
};

export interface MetricsDeps {
	readonly version: string;
	readonly role: string;
	/** Asked at a scrape. */
	readonly poolUse: () => PoolUse;
	readonly queues: () => Promise<readonly QueueState[]>;
	readonly reached: (stage: TurnStage, turnId: string) => void;
	/** Off in tests: memory, CPU, event loop of the process. */
	readonly processMetrics?: boolean;
}

export interface RunningMetrics extends Metrics {
	readonly observeStage: ObserveStage;
	readonly contentType: string;
	/** Prometheus's text format. */
	text(): Promise<string>;
}

/** A scraper that comes twice within this time gets the same figures of the queues. */
const QUEUES_FRESH_MS = 1_000;
const ACK_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const CALL_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const STAGE_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100];

export function createMetrics(deps: MetricsDeps): RunningMetrics {
	const register = new Registry();
	const registers = [register];
	if (deps.processMetrics !== false) collectDefaultMetrics({ register });

	new Gauge({ name: 'concierge_info', help: 'Always 1: the version and role of this process.', labelNames: ['version', 'role'], registers }).set({ version: deps.version, role: deps.role }, 1);
	const ack = new Histogram({ name: 'concierge_ack_duration_seconds', help: 'Webhook calls: from their headers to our answer.', labelNames: ['channel'], buckets: ACK_BUCKETS, registers });
	const hooks = new Counter({ name: 'concierge_webhooks_total', help: 'Webhook calls by how they were answered.', labelNames: ['channel', 'outcome'], registers });
	const ingest = new Histogram({ name: 'concierge_ingest_batch_size', help: 'Messages stored by one statement.', buckets: BATCH_BUCKETS, registers });
	const messages = new Counter({ name: 'concierge_messages_total', help: 'Inbound messages by what became of them.', labelNames: ['channel', 'outcome'], registers });
	const deliveries = new Counter({ name: 'concierge_n8n_deliveries_total', help: 'Turns offered to n8n by what came of it.', labelNames: ['outcome'], registers });
	const deliverySeconds = new Histogram({ name: 'concierge_n8n_delivery_duration_seconds', help: 'Calls to n8n, until it confirmed or failed.', buckets: CALL_BUCKETS, registers });
	const deliveryBatch = new Histogram({ name: 'concierge_n8n_delivery_batch_size', help: 'Turns in one call to n8n.', buckets: BATCH_BUCKETS, registers });
	const stages = new Histogram({ name: 'concierge_turn_stage_seconds', help: 'From the end of a turn\'s window until it reached the stage.', labelNames: ['stage'], buckets: STAGE_BUCKETS, registers });
	const sends = new Counter({ name: 'concierge_outbox_sends_total', help: 'Attempts to send a part, by what came of it.', labelNames: ['channel', 'outcome'], registers });
	const sendSeconds = new Histogram({ name: 'concierge_outbox_send_duration_seconds', help: 'Calls to the channel\'s vendor that send.', labelNames: ['channel'], buckets: CALL_BUCKETS, registers });

	const answers = new Counter({ name: 'concierge_answers_total', help: 'Turns decided, by who answered.', labelNames: ['by'], registers });
	const modelFailures = new Counter({ name: 'concierge_model_failures_total', help: 'Models that were given up for a turn, by why; unavailable: not asked after several failures.', labelNames: ['reason'], registers });

	const pool = new Gauge({
		name: 'concierge_database_connections',
		help: 'The pool: connections in use and idle, and callers that wait for one.',
		labelNames: ['state'],
		registers,
		collect() {
			const { inUse, idle, waiting } = deps.poolUse();
			pool.set({ state: 'in_use' }, inUse);
			pool.set({ state: 'idle' }, idle);
			pool.set({ state: 'waiting' }, waiting);
		},
	});

	const queues = freshFor(QUEUES_FRESH_MS, deps.queues);
	const depth = new Gauge({
		name: 'concierge_queue_depth',
		help: 'Turns, outbox parts and messages for MongoDB that are not at their end, by state; counted up to 100000.',
		labelNames: ['queue', 'state'],
		registers,
		async collect() {
			for (const { queue, state, depth: count } of await queues()) depth.set({ queue, state }, count);
		},
	});
	const oldest = new Gauge({
		name: 'concierge_queue_oldest_seconds',
		help: 'How long the oldest of them has been due, or in its state; 0 when there is none.',
		labelNames: ['queue', 'state'],
		registers,
		async collect() {
			for (const { queue, state, oldestSeconds } of await queues()) oldest.set({ queue, state }, oldestSeconds);
		},
	});

	return {
		acknowledged(channel, outcome, seconds) {
			ack.observe({ channel }, seconds);
			hooks.inc({ channel, outcome });
		},
		ingested: (batch) => ingest.observe(batch),
		message: (channel, outcome) => messages.inc({ channel, outcome }),
		delivered(result, turns, taken, seconds) {
			if (taken > 0) deliveries.inc({ outcome: 'taken' }, taken);
			if (turns > taken) deliveries.inc({ outcome: result === 'taken' ? 'not_echoed' : result }, turns - taken);
			deliverySeconds.observe(seconds);
			deliveryBatch.observe(turns);
		},
		notSubscribed: (turns) => deliveries.inc({ outcome: 'no_subscription' }, turns),
		reached: (stage, turnId) => {
			if (turnId !== null) deps.reached(stage, turnId);
		},
		sent: (channel, outcome) => sends.inc({ channel, outcome }),
		answered: (by) => answers.inc({ by }),
		modelGivenUp: (reason) => modelFailures.inc({ reason }),
		vendorCalled: (channel, seconds) => sendSeconds.observe({ channel }, seconds),
		observeStage: (stage, seconds) => stages.observe({ stage }, seconds),
		contentType: register.contentType,
		text: () => register.metrics(),
	};
}

/** One answer for all who ask within `ms`; a failure is not kept, and is nobody's second failure. */
function freshFor<T>(ms: number, load: () => Promise<T>): () => Promise<T> {
	let kept: { readonly value: Promise<T>; readonly until: number } | undefined;
	return () => {
		if (kept && kept.until > performance.now()) return kept.value;
		const value = load();
		const entry = { value, until: performance.now() + ms };
		kept = entry;
		value.catch(() => {
			if (kept === entry) kept = undefined;
		});
		return value;
	};
}

function ignore(): void {
	// Nobody measures.
}
