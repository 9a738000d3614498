import type { Logger } from 'pino';
import type { DirectHandler } from '../../http/app.ts';
import type { Database } from '../../store/database.ts';
import { traceIdOf } from '../../../../core/telemetry/traceparent.ts';
import { noMetrics } from '../../telemetry/metrics.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { noTracing } from '../../telemetry/tracing.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import { reportStatus } from './account-status.ts';
import { createButtonAcknowledger } from './acknowledge-button.ts';
import type { CallbackAnswerer } from './acknowledge-button.ts';
import type { Accounts } from './accounts.ts';
import { createGroupCommit, storeUnavailable } from './group-commit.ts';
import type { GroupCommitOptions } from './group-commit.ts';
import { createHooks } from './hooks.ts';
import type { Delivery, HookLimits } from './hooks.ts';
import { createInboxStore, failureKindOf, inboundOf } from './inbox.ts';
import type { Inbound, Ingested } from './inbox.ts';
import { createRateLimits } from './rate-limits.ts';
import type { RateLimitSettings } from './rate-limits.ts';
import { createAddressResolver } from './resolve-address.ts';
import type { LidLookup } from './resolve-address.ts';

export interface GatewayDeps {
	readonly database: Database;
	readonly accounts: Accounts;
	readonly log: Logger;
	/** A turn is due in that many milliseconds: `turns.wake`. */
	readonly wakeTurns: (dueInMs: number) => void;
	/** WAHA's client, to find the phone behind a hidden address; null: WhatsApp is off. */
	readonly waha: LidLookup | null;
	/** Telegram's client, to acknowledge pressed buttons. Default: they are not. */
	readonly telegram?: CallbackAnswerer;
	/** Whether voice messages are transcribed. */
	readonly transcripts: boolean;
	readonly rateLimits: RateLimitSettings;
	readonly tracing?: Tracing;
	readonly metrics?: Metrics;
	readonly commits?: Partial<Omit<GroupCommitOptions, 'log'>>;
	readonly bodies?: HookLimits;
}

export interface Gateway {
	readonly hooks: DirectHandler;
	/** Messages that wait to be stored, and statements that store some. */
	readonly load: { readonly waiting: number; readonly running: number };
	start(): void;
	/** Waits for what is being stored, and for what runs in the background. */
	stop(): Promise<void>;
}

/** Two hundred messages are stored in about 40 ms: what waits is stored within a second, or refused. */
const COMMITS: Omit<GroupCommitOptions, 'log'> = {
	inFlight: 4, overlapAfterMs: 50, batch: 200, batchBytes: 4 * 1024 * 1024, waiting: 4_000, waitingPerConnection: 1_000, tries: 5,
};

/** Receives the channels' webhooks: verifies, parses, stores, acknowledges. Never waits for n8n, nor for a vendor. */
export function createGateway(deps: GatewayDeps): Gateway {
	const { database, log } = deps;
	const resolver = createAddressResolver({ database, waha: deps.waha, log });
	const buttons = createButtonAcknowledger({ telegram: deps.telegram ?? null, log });
	const metrics = deps.metrics ?? noMetrics;
	const commits = createGroupCommit<Inbound, Ingested>(createInboxStore(database, metrics), { ...COMMITS, ...deps.commits, log });

	async function take({ account, adapter, events, bytes, traceparent }: Delivery): Promise<boolean> {
		const about = { connection: account.connectionId, channel: adapter.name };
		const began = performance.now();
		const storing: Promise<Ingested>[] = [];
		for (const event of events) {
			if (event.type === 'status') {
				const fresh = await reportStatus(database, account, event.status).catch((error: unknown) => {
					throw failureKindOf(error) === 'refused' ? error : storeUnavailable(error);
				});
				log.info({ ...about, state: event.status.state, fresh }, 'account status');
			} else if (event.type === 'ignored') {
				log[event.reason === 'not_understood' ? 'warn' : 'debug']({ ...about, reason: event.reason }, 'delivery ignored');
			} else {
				const inbound = inboundOf(event, { account, transcripts: deps.transcripts, bytes, traceparent });
				if (inbound) storing.push(commits.commit(inbound).then((result) => follow(inbound, result, { account, adapter })));
			}
		}
		// All of them, so that nothing is stored after the answer was given.
		const results = await Promise.allSettled(storing);
		const stored = results.map((result) => {
			if (result.status === 'rejected') throw result.reason;
			return result.value;
		});
		// One line a webhook; of the rare one with several customers, one for each turn.
		for (const [turn, ofTurn] of Map.groupBy(stored, ({ turnId }) => turnId)) {
			const outcomes = ofTurn.map(({ outcome }) => outcome);
			const line = { stage: 'received', turn, conversation: ofTurn[0]?.conversationId, ...about, trace_id: traceIdOf(traceparent) };
			log.info({ ...line, outcome: outcomes.length === 1 ? outcomes[0] : outcomes, ms: Math.round(performance.now() - began) }, 'webhook');
		}
		return stored.every(({ outcome }) => outcome !== 'gone');
	}

	/** What happens after the commit. If the process dies here, the database still knows it all. */
	function follow(inbound: Inbound, result: Ingested, { account, adapter }: Pick<Delivery, 'account' | 'adapter'>): Ingested {
		metrics.message(adapter.name, result.outcome);
		if (result.outcome === 'gone') return result;
		if (result.dueInMs !== null) deps.wakeTurns(result.dueInMs);
		if (result.newCustomer && inbound.row['address_kind'] === 'lid') resolver.resolve(account, inbound.address);
		if (adapter.name === 'telegram') buttons.acknowledge(account, String(inbound.row['vendor_id']));
		return result;
	}

	return {
		hooks: createHooks({
			accounts: deps.accounts, limits: createRateLimits(deps.rateLimits), take, tracing: deps.tracing ?? noTracing, metrics, log, ...(deps.bodies ? { bodies: deps.bodies } : {}),
		}),
		get load() {
			return commits.load;
		},
		start: () => deps.accounts.start(),
		async stop() {
			await commits.idle();
			await Promise.all([resolver.stop(), buttons.stop()]);
		},
	};
}
