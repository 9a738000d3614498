import type { Timers } from './timers.ts';

/** One webhook call to make, and how long to wait before each further try. */
export interface Delivery {
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
	/** Milliseconds before retry 1, 2, …; its length is the number of retries. */
	readonly retryDelays: readonly number[];
	/** Headers made anew for every attempt (Stripe signs the time of the attempt). */
	readonly attemptHeaders?: () => Readonly<Record<string, string>>;
	/** What counts as delivered; a 2xx when left out. */
	readonly acknowledged?: (status: number, text: string) => boolean;
	/** Called after every attempt; `final` when none will follow. */
	readonly onAttempt?: (attempt: Attempt, final: boolean) => void;
}

/** `status` is 0 when no HTTP answer came; `error` then says why. */
export interface Attempt {
	readonly url: string;
	readonly status: number;
	readonly error?: string;
}

export interface Deliveries {
	/** Makes the first attempt and resolves with it; failed ones are retried in the background. */
	deliver(delivery: Delivery): Promise<Attempt>;
	/** Drops running calls and waiting retries. */
	clear(): void;
}

const ATTEMPT_TIMEOUT_MS = 30_000;

export function createDeliveries(timers: Timers): Deliveries {
	let generation = new AbortController();

	async function attempt(delivery: Delivery, retry: number): Promise<Attempt> {
		const own = generation.signal;
		const { outcome, text } = await post(delivery, own);
		const delay = delivery.retryDelays[retry];
		const delivered = delivery.acknowledged?.(outcome.status, text) ?? (outcome.status >= 200 && outcome.status < 300);
		const final = delivered || delay === undefined || own.aborted;
		if (!own.aborted) delivery.onAttempt?.(outcome, final);
		if (!final) timers.after(delay, () => void attempt(delivery, retry + 1));
		return outcome;
	}

	return {
		deliver: (delivery) => attempt(delivery, 0),
		clear() {
			generation.abort();
			generation = new AbortController();
		},
	};
}

async function post(delivery: Delivery, signal: AbortSignal): Promise<{ outcome: Attempt; text: string }> {
	try {
		const response = await fetch(delivery.url, {
			method: 'POST',
			headers: { 'content-type': 'application/json', ...delivery.headers, ...delivery.attemptHeaders?.() },
			body: delivery.body,
			redirect: 'manual',
			signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]),
		});
		return { text: await response.text(), outcome: { url: delivery.url, status: response.status } };
	} catch (error) {
		const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
		return { text: '', outcome: { url: delivery.url, status: 0, error: cause instanceof Error ? cause.message : String(cause) } };
	}
}
