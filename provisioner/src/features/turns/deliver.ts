import { z } from 'zod';
import { backoffMs } from '../../../../core/conversation/backoff.ts';
import { SIGNATURE_HEADER, signBody } from '../../../../core/signature.ts';
import { callVendor, VendorError } from '../../vendors/http.ts';
import { toTurnEvent } from './turn-details.ts';
import type { TurnDetails } from './turn-details.ts';

export interface Subscription {
	readonly id: string;
	readonly url: string;
	readonly mode: 'production' | 'test';
	/** Of this connection alone. */
	readonly own: boolean;
	readonly signingSecret: string;
}

export type DeliveryOutcome =
	| { readonly taken: true; readonly subscriptionId: string }
	/** `reason` is for the operator. */
	| { readonly taken: false; readonly reason: string };

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

const takenAnswer = z.object({ turnId: z.string(), accepted: z.boolean() });

/**
 * Sends a turn to a trigger. It counts as taken only when the trigger's own answer echoes its id: n8n answers 200 to anything while it
 * starts (https://docs.n8n.io/hosting/), and HTML after that.
 */
export async function deliverTurn(
	turn: TurnDetails,
	subscription: Subscription,
	options: { now: Date; timeoutMs: number; signal: AbortSignal },
): Promise<DeliveryOutcome> {
	const body = JSON.stringify(toTurnEvent(turn));
	const signature = signBody(subscription.signingSecret, body, Math.floor(options.now.getTime() / 1000));
	try {
		const answer = await callVendor({
			vendor: 'n8n',
			operation: 'delivery of a turn',
			method: 'POST',
			url: subscription.url,
			headers: { [SIGNATURE_HEADER]: signature },
			jsonText: body,
			timeoutMs: options.timeoutMs,
			secrets: [subscription.signingSecret],
			signal: options.signal,
		});
		const echoed = takenAnswer.safeParse(answer.json);
		if (answer.status === 200 && echoed.success && echoed.data.turnId === turn.id && echoed.data.accepted) {
			return { taken: true, subscriptionId: subscription.id };
		}
		return { taken: false, reason: `n8n answered ${answer.status} without the trigger's confirmation: ${explain(answer.status)}.` };
	} catch (error) {
		if (error instanceof VendorError) return { taken: false, reason: error.message };
		throw error;
	}
}

function explain(status: number): string {
	if (status === 200) return 'it is starting up, or something else answers at this address';
	if (status === 401) return 'the trigger refuses the signature: it has another API key than it subscribed with';
	if (status === 404) return 'it is starting, or the workflow is not active';
	return 'see its log';
}
