import type { Logger } from 'pino';
import { z } from 'zod';
import { MAX_ATTEMPTS } from '../../../../core/conversation/turns.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import { unseal } from '../../store/secrets.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import { chooseSubscription, deliverTurn, retryDelayMs } from './deliver.ts';
import type { Subscription } from './deliver.ts';
import { createTurnEndpoints } from './endpoints.ts';
import { createOpenTurns } from './open-turns.ts';
import type { OpenTurns } from './open-turns.ts';
import { turnDetails } from './turn-details.ts';
import type { TurnDetails } from './turn-details.ts';

export interface TurnsDeps {
	readonly database: Database;
	/** Opens the signing secrets of API keys. */
	readonly masterKey: Buffer;
	readonly log: Logger;
	readonly now: () => Date;
	/** How long n8n may take to answer a turn that it took. */
	readonly leaseMs: number;
	/** How long n8n may take to acknowledge a delivery. Default 10 s. */
	readonly deliveryTimeoutMs?: number;
	/** Deliveries at a time. Default 16. */
	readonly concurrency?: number;
}

export interface Turns extends OpenTurns {
	readonly endpoints: readonly Endpoint[];
	/** A turn is due in that many milliseconds. In a process without a scheduler it tells the others. */
	wake(dueInMs: number): void;
	start(): void;
	/** Within 10 s: what is under way ends or is handed back. */
	stop(): Promise<void>;
}

interface Delivery {
	readonly turn: TurnDetails;
	readonly subscriptions: readonly Subscription[];
}

const CHANNEL = 'concierge_turns';
const SWEEP_MS = 5_000;
const STOP_GRACE_MS = 8_000;
/** Notifications of one process are gathered this long; a quiet window is never shorter than 100 ms. */
const GATHER_MS = 10;

const subscriptionRows = z.array(
	z.object({ id: z.string(), url: z.string(), mode: z.enum(['production', 'test']), own: z.boolean(), api_key_id: z.string(), signing_secret: z.string() }),
);

/** Turns from the end of their window to n8n: claims what is due, delivers it, and again when its lease ends unanswered. */
export function createTurns(deps: TurnsDeps): Turns {
	const { database, log } = deps;
	const timeoutMs = deps.deliveryTimeoutMs ?? 10_000;
	const openTurns = createOpenTurns({ leaseMs: deps.leaseMs });
	const signingSecrets = new Map<string, string>();
	const copies = new Set<Promise<unknown>>();
	let scheduling = false;
	let gathering: { timer: NodeJS.Timeout; dueInMs: number } | undefined;

	const loop = createDueLoop<Delivery>({
		name: 'turns',
		concurrency: deps.concurrency ?? 16,
		sweepMs: SWEEP_MS,
		log,
		claim,
		run: deliver,
		async nextDueInMs() {
			const { rows } = await database.system.query<{ ms: number | null }>('SELECT next_turn_in_ms() AS ms');
			return rows[0]?.ms ?? null;
		},
	});

	async function claim(limit: number): Promise<readonly Delivery[]> {
		// The claim's lease outlives the call to n8n: no other process delivers the same turn meanwhile.
		const claimed = await database.system.query<{ id: string }>('SELECT claim_due_turns($1, $2, $3) AS id', [limit, timeoutMs + 5_000, MAX_ATTEMPTS]);
		if (claimed.rows.length === 0) return [];
		const ids = claimed.rows.map(({ id }) => id);
		const { rows } = await database.system.query<{ details: unknown; subscriptions: unknown }>('SELECT details, subscriptions FROM turns_to_deliver($1)', [ids]);
		return rows.map((row) => ({
			turn: turnDetails.parse(row.details),
			subscriptions: subscriptionRows.parse(row.subscriptions).map((found) => ({
				id: found.id,
				url: found.url,
				mode: found.mode,
				own: found.own,
				signingSecret: signingSecretOf(found.api_key_id, found.signing_secret),
			})),
		}));
	}

	function signingSecretOf(keyId: string, sealed: string): string {
		const known = signingSecrets.get(sealed);
		if (known !== undefined) return known;
		const secret = unseal(deps.masterKey, Buffer.from(sealed, 'base64'), `api_key:${keyId}`).toString('utf8');
		if (signingSecrets.size > 10_000) signingSecrets.clear();
		signingSecrets.set(sealed, secret);
		return secret;
	}

	async function deliver({ turn, subscriptions }: Delivery, signal: AbortSignal): Promise<void> {
		const about = { turn: turn.id, attempt: turn.attempts };
		const chosen = chooseSubscription(subscriptions, turn.delivery_failures);
		if (!chosen) {
			await notTaken(turn, 'No workflow is subscribed for this connection. Activate the answering workflow.');
			return;
		}
		copyToEditor(turn, subscriptions, chosen, signal);
		const outcome = await deliverTurn(turn, chosen, { now: deps.now(), timeoutMs, signal });
		if (outcome.taken) {
			await database.system.query('SELECT turn_taken($1, $2, $3, $4)', [turn.id, turn.attempts, outcome.subscriptionId, deps.leaseMs]);
			log.debug(about, 'turn taken');
		} else {
			await notTaken(turn, outcome.reason);
		}
	}

	async function notTaken(turn: TurnDetails, reason: string): Promise<void> {
		const failures = turn.delivery_failures + 1;
		const level = failures === 1 ? 'warn' : 'debug';
		log[level]({ turn: turn.id, failures, reason }, 'turn not taken, it is tried again');
		await database.system.query('SELECT turn_not_taken($1, $2, $3, $4)', [turn.id, turn.attempts, reason, retryDelayMs(failures)]);
	}

	/** Someone listens in n8n's editor: they get a copy, once. What their run answers is the same decision, or comes too late. */
	function copyToEditor(turn: TurnDetails, subscriptions: readonly Subscription[], chosen: Subscription, signal: AbortSignal): void {
		if (turn.delivery_failures > 0) return;
		for (const listener of subscriptions.filter(({ mode, id }) => mode === 'test' && id !== chosen.id)) {
			const copy = deliverTurn(turn, listener, { now: deps.now(), timeoutMs, signal })
				.catch((error: unknown) => log.warn({ err: error, turn: turn.id }, 'copy for the editor failed'))
				.finally(() => copies.delete(copy));
			copies.add(copy);
		}
	}

	/** For processes that only receive: one notification for many messages, outside their transactions, so that it holds up none. */
	function tellOthers(dueInMs: number): void {
		if (gathering) {
			gathering.dueInMs = Math.min(gathering.dueInMs, dueInMs);
			return;
		}
		const timer = setTimeout(() => {
			const due = Math.max(0, Math.floor((gathering?.dueInMs ?? 0) - GATHER_MS));
			gathering = undefined;
			database.system.query('SELECT pg_notify($1, $2)', [CHANNEL, String(due)]).catch((error: unknown) => log.warn({ err: error }, 'schedulers not notified; they will find the turn'));
		}, GATHER_MS);
		gathering = { timer, dueInMs };
	}

	const service: Turns = {
		...openTurns,
		endpoints: createTurnEndpoints({ database, wake: (dueInMs) => service.wake(dueInMs) }),
		wake(dueInMs) {
			if (scheduling) loop.wake(dueInMs);
			else tellOthers(dueInMs);
		},
		start() {
			scheduling = true;
			database.listen(CHANNEL, (payload) => loop.wake(Number(payload) || 0)).catch((error: unknown) => log.warn({ err: error }, 'turns: no notifications; the sweep finds them'));
			loop.start();
		},
		async stop() {
			scheduling = false;
			if (gathering) clearTimeout(gathering.timer);
			gathering = undefined;
			await loop.stop(STOP_GRACE_MS);
			await Promise.allSettled(copies);
		},
	};
	return service;
}
