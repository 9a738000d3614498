import { z } from 'zod';
import { backoffMs } from '../../../../core/conversation/backoff.ts';
import { SIGNATURE_HEADER, signBody } from '../../../../core/signature.ts';
import { callVendor, VendorError } from '../../vendors/http.ts';
import type { VendorAnswer } from '../../vendors/http.ts';

export interface Subscription {
	readonly id: string;
	readonly url: string;
	readonly mode: 'production' | 'test';
	/** Of this connection alone. */
	readonly own: boolean;
	readonly signingSecret: string;
}

/** What goes to n8n of a turn. */
export interface TurnToDeliver {
	readonly id: string;
	/** Its event. */
	readonly json: string;
	readonly traceparent: string;
}

/**
 * What came of a call:
 * - `taken`: the trigger echoed these ids, which may be some of the batch;
 * - `away`: n8n is not there, or not ready: nothing is said of the turns;
 * - `silent`: no answer in time;
 * - `one_only`: the trigger is of an older package and takes no batch; nothing was started;
 * - `refused`: n8n answered otherwise. It may be the turns.
 * `reason` is for the operator.
 */
export type DeliveryOutcome =
	| { readonly result: 'taken'; readonly ids: ReadonlySet<string> }
	| { readonly result: 'away' | 'silent' | 'one_only' | 'refused'; readonly reason: string };

/** n8n away is normal (a restart takes seconds): first tries come quickly. */
export const FIRST_RETRY_MS = 500;
export const MAX_RETRY_MS = 15_000;

export function retryDelayMs(failures: number): number {
	return backoffMs(failures, FIRST_RETRY_MS, MAX_RETRY_MS);
}

/**
 * Which subscription gets a turn: one of the connection before the shared ones, in earnest before the editor's test, the newest first.
 * When the newest does not take it, the next try goes to the one before: it may be the one that lives.
 */
export function chooseSubscription(subscriptions: readonly Subscription[], failures: number): Subscription | undefined {
	const production = subscriptions.filter(({ mode }) => mode === 'production');
	const candidates = production.length > 0 ? production : subscriptions;
	const own = candidates.filter((subscription) => subscription.own);
	const best = own.length > 0 ? own : candidates;
	return best[failures % Math.max(1, best.length)];
}

const oneTaken = z.object({ turnId: z.string(), accepted: z.literal(true) });
const someTaken = z.object({ accepted: z.array(z.string()) });
const problem = z.object({ code: z.string() });

/**
 * Sends one turn, or several of different conversations, to a trigger in one signed call. A turn counts as taken only when the trigger's own
 * answer echoes its id: n8n answers 200 to anything while it starts (https://docs.n8n.io/hosting/), and HTML after that.
 */
export async function deliverTurns(
	turns: readonly TurnToDeliver[],
	subscription: Subscription,
	options: { now: Date; timeoutMs: number; signal: AbortSignal },
): Promise<DeliveryOutcome> {
	const single = turns.length === 1;
	const body = single ? (turns[0]?.json ?? '') : `{"type":"turns.ready","turns":[${turns.map(({ json }) => json).join(',')}]}`;
	const traceparent = turns.find((turn) => turn.traceparent !== '')?.traceparent;
	try {
		const answer = await callVendor({
			vendor: 'n8n',
			operation: single ? 'delivery of a turn' : `delivery of ${turns.length} turns`,
			method: 'POST',
			url: subscription.url,
			headers: {
				[SIGNATURE_HEADER]: signBody(subscription.signingSecret, body, Math.floor(options.now.getTime() / 1000)),
				...(traceparent === undefined ? {} : { traceparent }),
			},
			jsonText: body,
			timeoutMs: options.timeoutMs,
			secrets: [subscription.signingSecret],
			signal: options.signal,
		});
		return single ? readOne(answer, turns[0]?.id) : readSome(answer, turns);
	} catch (error) {
		if (!(error instanceof VendorError)) throw error;
		return { result: error.outcome === 'unreachable' ? 'away' : 'silent', reason: error.message };
	}
}

function readOne(answer: VendorAnswer, id: string | undefined): DeliveryOutcome {
	const echoed = oneTaken.safeParse(answer.json);
	if (answer.status === 200 && id !== undefined && echoed.data?.turnId === id) return { result: 'taken', ids: new Set([id]) };
	return unconfirmed(answer);
}

function readSome(answer: VendorAnswer, turns: readonly TurnToDeliver[]): DeliveryOutcome {
	const echoed = someTaken.safeParse(answer.json);
	if (answer.status === 200 && echoed.success) {
		const accepted = new Set(echoed.data.accepted);
		return { result: 'taken', ids: new Set(turns.map(({ id }) => id).filter((id) => accepted.has(id))) };
	}
	// Of a package before batches: it refuses what it doesn't know, and starts no execution. Something else that speaks JSON may do the same.
	const unknown = answer.status === 422 && problem.safeParse(answer.json).data?.code === 'unknown_event';
	const noEcho = answer.status === 200 && typeof answer.json === 'object' && answer.json !== null;
	if (unknown || noEcho) return { result: 'one_only', reason: 'The trigger takes one turn at a time: its node package is older than the platform. It gets them one by one.' };
	return unconfirmed(answer);
}

function unconfirmed({ status }: VendorAnswer): DeliveryOutcome {
	const away = status === 200 || status === 401 || status === 404 || status === 502 || status === 503 || status === 504;
	return { result: away ? 'away' : 'refused', reason: `n8n answered ${status} without the trigger's confirmation: ${explain(status)}.` };
}

function explain(status: number): string {
	if (status === 200) return 'it is starting up, or something else answers at this address';
	if (status === 401) return 'the trigger refuses the signature: it has another API key than it subscribed with';
	if (status === 404) return 'it is starting, or the workflow is not active';
	return 'see its log';
}
