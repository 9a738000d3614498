import { setTimeout as delay } from 'node:timers/promises';

/** Moments at which a crash hurts most: a webhook's call begins, it was just acknowledged, a message has just reached a customer. */
export type Moment = 'posting' | 'acknowledged' | 'sent';

export interface Moments {
	announce(moment: Moment): void;
	/** Resolves at the next such moment, or after `withinMs`. */
	next(moment: Moment, withinMs: number): Promise<void>;
	close(): void;
}

/** Listens to the sandbox for what reaches customers; the rest is announced by whoever does it. */
export function createMoments(sandboxUrl: string): Moments {
	const waiting = new Set<{ moment: Moment; resolve: () => void }>();
	const closing = new AbortController();
	const announce = (moment: Moment) => {
		for (const one of waiting) if (one.moment === moment) one.resolve();
	};
	void listen().catch(() => undefined);

	async function listen(): Promise<void> {
		const response = await fetch(`${sandboxUrl}/control/events`, { signal: closing.signal });
		const decoder = new TextDecoder();
		for await (const chunk of response.body ?? []) {
			const text = decoder.decode(chunk, { stream: true });
			if (text.includes('"type":"message"') && text.includes('"direction":"out"')) announce('sent');
		}
	}

	return {
		announce,
		async next(moment, withinMs) {
			let one: { moment: Moment; resolve: () => void } | undefined;
			const reached = new Promise<void>((resolve) => waiting.add((one = { moment, resolve })));
			await Promise.race([reached, delay(withinMs, undefined, { ref: false })]);
			if (one) waiting.delete(one);
		},
		close: () => closing.abort(),
	};
}
