import { sleep } from 'n8n-workflow';
import type { Platform, TurnOutcome } from './platform-api.ts';
import { MOST_TURNS } from './platform-api.ts';

/** What is asked of the platform for one turn. */
export interface TurnCall {
	/** Of the call for several turns. */
	readonly batchPath: string;
	/** The turn's place in that call's list. */
	readonly turn: Readonly<Record<string, unknown>>;
	/** The same for this turn alone. */
	alone(): Promise<unknown>;
}

interface Waiting {
	readonly call: TurnCall;
	resolve(answer: unknown): void;
	reject(error: unknown): void;
}

/**
 * Puts what is asked for several items in the same tick into one call: an HTTP request costs n8n more than a turn costs the platform.
 * What is asked alone goes alone. A turn that fails fails for its own item only; a call that fails, for all of its items.
 */
export function gatherCalls(platform: Platform): (call: TurnCall) => Promise<unknown> {
	let waiting: Waiting[] = [];

	async function flush(): Promise<void> {
		await sleep(0);
		const gathered = waiting;
		waiting = [];
		const byPath = Map.groupBy(gathered, ({ call }) => call.batchPath);
		await Promise.all([...byPath].flatMap(([path, calls]) => inLists(calls).map((list) => send(path, list))));
	}

	async function send(path: string, list: readonly Waiting[]): Promise<void> {
		const [only] = list;
		try {
			if (list.length === 1 && only !== undefined) only.resolve(await only.call.alone());
			else settle(list, await platform.requestForTurns(path, list.map(({ call }) => call.turn)));
		} catch (error) {
			for (const { reject } of list) reject(error);
		}
	}

	return async (call) =>
		await new Promise((resolve, reject) => {
			waiting.push({ call, resolve, reject });
			if (waiting.length === 1) void flush();
		});
}

function settle(list: readonly Waiting[], outcomes: readonly TurnOutcome[]): void {
	outcomes.forEach((outcome, index) => {
		if (outcome.ok) list[index]?.resolve(outcome.answer);
		else list[index]?.reject(outcome.error);
	});
}

function inLists(calls: readonly Waiting[]): Waiting[][] {
	const lists: Waiting[][] = [];
	for (let start = 0; start < calls.length; start += MOST_TURNS) lists.push(calls.slice(start, start + MOST_TURNS));
	return lists;
}
