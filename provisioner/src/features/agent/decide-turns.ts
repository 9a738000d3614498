import { setImmediate as nextTick } from 'node:timers/promises';
import { missing } from '../../http/authenticate.ts';
import type { Caller } from '../../http/authenticate.ts';
import { settleEach } from '../../http/batch.ts';
import type { Outcome } from '../../http/batch.ts';
import type { Database, Sql } from '../../store/database.ts';
import type { Answerer, Metrics } from '../../telemetry/metrics.ts';
import type { Busy } from '../bookings/busy-times.ts';
import { decisionRepository } from './decisions.ts';
import type { FreshDecision } from './decisions.ts';
import { noteOutcomes, outcomesOf, type ModelOutcome } from './breakers.ts';
import { acceptedAnswer, decideTurn, isOpen, judge } from './decide-turn.ts';
import type { DecideDeps, DecisionInput } from './decide-turn.ts';
import { busyTimeOf, readTurns } from './facts.ts';
import type { TurnRecord } from './facts.ts';
import type { DecisionAnswer } from './schemas.ts';

/** Turns that are taken one by one, at a time. */
const CAREFUL_AT_ONCE = 4;

/**
 * Decides turns of any tenants, in two round trips for all of them: what they rest on is read at once, judged here, and stored at once as
 * far as it still holds. Whatever is out of the ordinary (decided before, not open, changed meanwhile, a proposal to be sent back) is taken
 * by itself, with its conversation locked. Outcomes are in the order of the inputs; a failure is one turn's alone.
 */
export async function decideTurns(
	caller: Pick<Caller, 'tenantId'>,
	inputs: readonly DecisionInput[],
	executionId: string | null,
	deps: DecideDeps & { readonly database: Database; readonly metrics?: Metrics },
): Promise<Outcome<DecisionAnswer>[]> {
	const { database } = deps;
	const records = new Map((await readTurns(database.system, caller.tenantId, [...new Set(inputs.map(({ turnId }) => turnId))], deps.now())).map((record) => [record.turnId, record]));
	// Calendars are asked before any conversation is locked, all at once.
	const busy = new Map<string, Busy>(await Promise.all([...records.values()].map(async (record) => [record.turnId, await busyTimeOf(record, deps.busyTime)] as const)));

	const fresh = new Map<DecisionInput, FreshDecision>();
	const taken = new Set<string>();
	for (const input of inputs) {
		const record = records.get(input.turnId);
		if (!record || record.decided || !isOpen(record) || taken.has(input.turnId)) continue;
		taken.add(input.turnId);
		const decision = await freshDecision(record, input);
		if (decision) fresh.set(input, decision);
		// Webhooks are acknowledged between two turns.
		if (inputs.length > 1) await nextTick();
	}
	const stored = await store([...fresh.values()]);

	const outcomes = await settleEach(inputs, CAREFUL_AT_ONCE, async (input) => {
		const record = records.get(input.turnId);
		if (!record) throw missing('turn', input.turnId);
		const decision = fresh.get(input);
		if (decision && stored.has(input.turnId)) return acceptedAnswer(decision);
		return database.withTenant(record.tenantId, (sql) => decideTurn(sql, record.tenantId, busy.get(input.turnId) ?? null, input, executionId, deps));
	});
	await note(outcomes);
	return outcomes;

	/** Which models are down: for the turns that come, and in the metrics. A decision that is made holds whatever becomes of this. */
	async function note(results: readonly Outcome<DecisionAnswer>[]): Promise<void> {
		const noted = inputs.flatMap((input, at): ModelOutcome[] => {
			const { answer } = { answer: undefined, ...results[at] };
			const tenantId = records.get(input.turnId)?.tenantId;
			if (answer === undefined || !answer.accepted || tenantId === undefined) return [];
			const failures = input.failures ?? [];
			for (const { code } of failures) deps.metrics?.modelGivenUp(code);
			deps.metrics?.answered(answererOf(answer.decision.origin, failures.length));
			return outcomesOf(tenantId, failures, input.proposal === null ? '' : input.model);
		});
		await noteOutcomes(database.system, noted).catch((error: unknown) => deps.log?.warn({ err: error }, 'what came of asking models was not noted'));
	}

	/** undefined: not in the ordinary way. */
	async function freshDecision(record: TurnRecord, input: DecisionInput): Promise<FreshDecision | undefined> {
		try {
			const judged = await judge(sessionOf(database, record.tenantId), record, busy.get(record.turnId) ?? null, input, deps);
			if (!judged.accepted || judged.unreadable.length > 0) return undefined;
			return { ...judged.result, proposal: judged.proposal, at: judged.at, tenantId: record.tenantId, revision: record.revision };
		} catch {
			// It fails again below, as this turn's failure.
			return undefined;
		}
	}

	async function store(decisions: readonly FreshDecision[]): Promise<ReadonlySet<string>> {
		if (decisions.length === 0) return new Set();
		try {
			return await decisionRepository.store(database.system, decisions, executionId, deps.turns.leaseMs);
		} catch (error) {
			deps.log?.warn({ err: error, turns: decisions.length }, 'decisions not stored together; they are made one by one');
			return new Set();
		}
	}
}

function answererOf(origin: string, failures: number): Answerer {
	if (origin === 'fallback') return 'guard';
	if (origin === 'offline') return failures === 0 ? 'offline' : 'offline_after_failure';
	return failures === 0 ? 'model' : 'fallback_model';
}

/** For what is read only now and then: each statement in a transaction of the tenant. */
function sessionOf(database: Database, tenantId: string): Sql {
	return { query: (text, values, name) => database.withTenant(tenantId, (sql) => sql.query(text, values, name)) };
}
