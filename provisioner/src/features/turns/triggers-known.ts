import type { DeliveryOutcome, Subscription } from './deliver.ts';

/** What this process has learned of triggers from their answers. Another process learns it for itself; a restart forgets it. */
export interface TriggersKnown {
	takesOne(subscription: Subscription): boolean;
	/** Why a call to it would only hold a place: the last one got no answer, and another is trying just now. undefined: call it, then `ended`. */
	begin(subscription: Subscription): string | undefined;
	ended(subscription: Subscription, outcome: DeliveryOutcome): void;
}

/** A package may have been upgraded meanwhile: one refused batch, of which nothing was started, finds out. */
const ONE_ONLY_MS = 10 * 60_000;
const MOST = 10_000;

export function createTriggersKnown(nowMs: () => number = () => performance.now()): TriggersKnown {
	const oneOnlyUntil = new Map<string, number>();
	const silent = new Map<string, string>();
	const calls = new Map<string, number>();
	const key = ({ id, url }: Subscription): string => `${id} ${url}`;

	return {
		takesOne: (subscription) => subscription.mode === 'test' || (oneOnlyUntil.get(key(subscription)) ?? 0) > nowMs(),
		begin(subscription) {
			const under = calls.get(key(subscription)) ?? 0;
			const reason = silent.get(key(subscription));
			if (reason !== undefined && under > 0) return reason;
			calls.set(key(subscription), under + 1);
			return undefined;
		},
		ended(subscription, outcome) {
			const name = key(subscription);
			const under = (calls.get(name) ?? 1) - 1;
			if (under > 0) calls.set(name, under);
			else calls.delete(name);
			if (outcome.result === 'silent') silent.set(name, outcome.reason);
			else silent.delete(name);
			if (outcome.result === 'one_only') oneOnlyUntil.set(name, nowMs() + ONE_ONLY_MS);
			for (const map of [oneOnlyUntil, silent]) if (map.size > MOST) map.clear();
		},
	};
}
