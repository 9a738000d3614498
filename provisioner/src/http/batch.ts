import type { Logger } from 'pino';
import { z } from 'zod';
import { asAppError, toProblem } from './problem.ts';

/** How many turns one call may hold. */
export const MOST_AT_ONCE = 50;

/** What became of one of several things that were asked for in one call. */
export type Outcome<T> = { readonly ok: true; readonly answer: T } | { readonly ok: false; readonly error: unknown };

/** Body of a call for several turns. */
export function batchOf<T extends z.ZodType>(item: T) {
	return z.strictObject({ data: z.array(item).min(1).max(MOST_AT_ONCE) });
}

/** Its answer, in the order of the request: a failure is that of one turn alone. */
export function batchAnswer<T extends z.ZodType>(answer: T) {
	return z.object({
		object: z.literal('list'),
		data: z.array(
			z.discriminatedUnion('ok', [
				z.object({ turn_id: z.string(), ok: z.literal(true), answer }),
				z.object({
					turn_id: z.string(),
					ok: z.literal(false),
					problem: z.looseObject({ status: z.int(), code: z.string(), detail: z.string() }).describe('As the call for this turn alone would have answered (docs/errors.md).'),
				}),
			]),
		),
	});
}

/** The answer's JSON. What is no AppError is a defect: logged whole, answered without detail. */
export function batchJson<T, J>(turnIds: readonly string[], outcomes: readonly Outcome<T>[], toJson: (answer: T, turnId: string) => J, log: Logger | undefined) {
	const data = outcomes.map((outcome, index) => {
		const turnId = turnIds[index] ?? '';
		if (outcome.ok) return { turn_id: turnId, ok: true as const, answer: toJson(outcome.answer, turnId) };
		const known = asAppError(outcome.error);
		if (known.status >= 500) log?.error({ err: outcome.error, turn: turnId }, known.message);
		const { status, code, detail, ...more } = toProblem(known);
		return { turn_id: turnId, ok: false as const, problem: { ...more, status, code, detail } };
	});
	return { object: 'list' as const, data };
}

/** Runs `work` for each, at most `concurrency` at a time; a failure is one of the outcomes. */
export async function settleEach<I, T>(inputs: readonly I[], concurrency: number, work: (input: I) => Promise<T>): Promise<Outcome<T>[]> {
	const outcomes = new Array<Outcome<T>>(inputs.length);
	const queue = inputs.entries();
	const worker = async () => {
		for (const [index, input] of queue) {
			outcomes[index] = await work(input).then(
				(answer): Outcome<T> => ({ ok: true, answer }),
				(error: unknown): Outcome<T> => ({ ok: false, error }),
			);
		}
	};
	await Promise.all(Array.from({ length: Math.min(concurrency, inputs.length) }, worker));
	return outcomes;
}

/** The answer of a call for one; throws its error. */
export function only<T>(outcomes: readonly Outcome<T>[]): T {
	const [outcome] = outcomes;
	if (outcome?.ok) return outcome.answer;
	throw outcome?.error;
}
