import type { Logger } from 'pino';
import { z } from 'zod';
import { sameTrace, traceIdOf } from '../../../core/telemetry/traceparent.ts';
import type { Outcome } from '../http/batch.ts';
import type { Database } from '../store/database.ts';
import type { Metrics } from './metrics.ts';
import type { TurnStage } from './stage-clock.ts';
import { codeOf } from './tracing.ts';
import type { SpanName, Tracing } from './tracing.ts';

/** What a call of the turn API says of one turn. */
export interface CalledTurn {
	readonly turnId: string;
	/** Of the call, or of this turn in a call for several. */
	readonly traceparent?: string | undefined;
}

/** What came of it, for the log: `stage` undefined when the turn got nowhere by it. Ids and codes only. */
export interface TurnResult {
	readonly stage: TurnStage | 'checked_out' | undefined;
	readonly fields: Readonly<Record<string, string | number | undefined>>;
}

/** Runs a call for turns in one span each, with one line each. */
export type WatchTurns = <T>(name: SpanName, turns: readonly CalledTurn[], work: () => Promise<Outcome<T>[]>, resultOf: (answer: T) => TurnResult) => Promise<Outcome<T>[]>;

/** The stage of a call that was answered and took its turn nowhere: a proposal sent back, a repeat, a person in charge. */
const NOWHERE: Partial<Record<SpanName, string>> = { 'turn.decide': 'sent_back', 'turn.reply': 'not_replied' };

/** For tests, and wherever nobody watches. */
export const unwatched: WatchTurns = (_name, _turns, work) => work();

export function createTurnWatch(deps: { database: Database; metrics: Metrics; tracing: Tracing; log: Logger }): WatchTurns {
	const { database, metrics, tracing, log } = deps;

	/** n8n, when it traces itself, puts the trace of its execution on our nodes' calls: for a batch that is another turn's. */
	async function parents(turns: readonly CalledTurn[]): Promise<string[]> {
		if (!tracing.active) return turns.map(({ traceparent = '' }) => traceparent);
		const { rows } = await database.system.query<{ traceparent: string }>('SELECT traceparent_of(id) AS traceparent FROM unnest($1::text[]) WITH ORDINALITY AS t(id, n) ORDER BY n', [turns.map(({ turnId }) => turnId)]);
		return turns.map(({ traceparent }, index) => sameTrace(traceparent, rows[index]?.traceparent ?? ''));
	}

	return async (name, turns, work, resultOf) => {
		const traces = await parents(turns);
		const spans = tracing.active ? turns.map(({ turnId }, index) => tracing.start(name, traces[index] ?? '', { turn: turnId })) : [];
		let outcomes: Awaited<ReturnType<typeof work>>;
		try {
			outcomes = await work();
		} catch (error) {
			for (const span of spans) span.end(codeOf(error));
			throw error;
		}
		for (const [index, { turnId: turn }] of turns.entries()) {
			const outcome = outcomes[index];
			const line = { turn, trace_id: traceIdOf(traces[index] ?? '') };
			if (outcome?.ok === true) {
				const { stage, fields } = resultOf(outcome.answer);
				spans[index]?.end();
				if (stage !== undefined && stage !== 'checked_out') metrics.reached(stage, turn);
				log.info({ stage: stage === 'queued' ? 'replied' : (stage ?? NOWHERE[name]), ...line, ...fields }, name);
			} else {
				const code = codeOf(outcome?.error);
				spans[index]?.end(code);
				log.info({ stage: 'refused', ...line, code }, name);
			}
		}
		return outcomes;
	};
}

/** Of a turn in the body of a call for several. What isn't one is ignored: a trace is not worth a refusal. */
export const traceparentField = z.string().max(200).optional().describe('W3C trace context of the turn, as its event has it.');

/** The header, of a call for one turn. */
export function traceparentOf(header: string | string[] | undefined): string | undefined {
	return typeof header === 'string' ? header : undefined;
}
