import type { Logger } from 'pino';
import { decide } from '../../../../core/agent/decide.ts';
import type { Accepted } from '../../../../core/agent/guard/accept.ts';
import type { Proposal, Violation } from '../../../../core/agent/decision.ts';
import type { LanguageDetector } from '../../../../core/agent/facts.ts';
import { violation } from '../../../../core/agent/guard/violation.ts';
import type { Catalog } from '../../../../core/catalog/catalog.ts';
import { withAvailableStock } from '../../../../core/orders/stock.ts';
import { parseProposal } from '../../../../core/agent/proposal-schema.ts';
import type { Busy, BusyTimeOf } from '../bookings/busy-times.ts';
import { missing } from '../../http/authenticate.ts';
import type { Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import type { GivenUp } from './breakers.ts';
import { decisionRepository } from './decisions.ts';
import type { StoredDecision } from './decisions.ts';
import { readTurns, toFacts, unknownScenario } from './facts.ts';
import type { LoadCatalog, TurnRecord } from './facts.ts';
import type { DecisionAnswer } from './schemas.ts';
import { lockConversationOfTurn } from './turn-port.ts';
import type { TurnPort } from './turn-port.ts';

export interface DecisionInput {
	readonly turnId: string;
	readonly proposal: unknown;
	readonly model: string;
	readonly attempt: number;
	/** Models before this one that were given up for the turn. */
	readonly failures?: readonly GivenUp[];
	/** Of the company's settings; '' = none. */
	readonly scenario?: string;
}

export interface DecideDeps {
	readonly turns: TurnPort;
	readonly loadCatalog: LoadCatalog;
	readonly busyTime: BusyTimeOf;
	readonly publicUrl: string;
	readonly historyDays: number;
	readonly now: () => Date;
	readonly detectLanguage: LanguageDetector;
	readonly log?: Logger;
}

const NOTHING_PROPOSED: Proposal = {
	response: '',
	language: '',
	intent: 'unclear',
	send_payment_link: false,
	city: '',
	items: null,
	recipient_phone_number: '',
	client_name: '',
	address: '',
	order_description: '',
	focus_sku: '',
	requested: [],
	slot: null,
	booking_change: null,
	handover: null,
	quotes: {},
};

export type Judged =
	| { readonly accepted: true; readonly result: Accepted; readonly proposal: Proposal | null; readonly unreadable: readonly Violation[] }
	| { readonly accepted: false; readonly violations: readonly Violation[] };

/** The guard's word on a proposal; pure but for the clock. `busy`: of the company's calendars, asked before. */
export async function judge(sql: Sql, record: TurnRecord, busy: Busy, input: DecisionInput, deps: DecideDeps): Promise<Judged & { readonly at: Date }> {
	const parsed = input.proposal === null ? null : parseProposal(input.proposal);
	const at = deps.now();
	if (parsed?.ok === false && input.attempt === 1) return { accepted: false, violations: parsed.violations, at };
	// Unreadable twice: an empty proposal, which the guard answers by itself.
	const proposal = parsed === null ? null : parsed.ok ? parsed.proposal : NOTHING_PROPOSED;
	const catalog = await catalogOf(sql, record, deps.loadCatalog);
	const facts = toFacts(record, catalog, busy, at, deps, input.scenario);
	const result = decide(facts, { proposal, model: input.model, attempt: input.attempt }, {
		detectLanguage: deps.detectLanguage,
		decisionId: newId('dec'),
		onDefect: (error) => deps.log?.error({ err: error, turn: input.turnId }, 'the guard or the built-in responder failed; the customer is answered without it'),
	});
	if (!result.accepted) return { accepted: false, violations: result.violations, at };
	const unknown = unknownScenario(record, input.scenario ?? '');
	const noted = unknown === null ? result : { ...result, decision: { ...result.decision, violations: [...result.decision.violations, violation('scenario_unknown', unknown)] } };
	return { accepted: true, result: noted, proposal, unreadable: parsed?.ok === false ? parsed.violations : [], at };
}

/** One turn, in a transaction of its tenant, with its conversation locked from the first read to the end. */
export async function decideTurn(sql: Sql, tenantId: string, busy: Busy, input: DecisionInput, executionId: string | null, deps: DecideDeps): Promise<DecisionAnswer> {
	const { turnId } = input;
	await lockConversationOfTurn(sql, turnId);
	const record = await readOpenTurn(sql, tenantId, turnId, deps.turns, deps.now());
	if (record.decided) {
		const earlier = await decisionRepository.ofTurn(sql, turnId);
		if (earlier) return acceptedAnswer(earlier);
	}
	const judged = await judge(sql, record, busy, input, deps);
	const rejected = judged.accepted ? judged.unreadable : judged.violations;
	if (rejected.length > 0) await decisionRepository.insertRejected(sql, tenantId, turnId, input.proposal, rejected, input.model);
	if (!judged.accepted) {
		await deps.turns.markRead(sql, turnId);
		return { object: 'decision', accepted: false, violations: [...judged.violations] };
	}
	const inserted = await decisionRepository.insert(sql, tenantId, { ...judged.result, proposal: judged.proposal, at: judged.at });
	await deps.turns.markDecided(sql, turnId, executionId);
	return acceptedAnswer(inserted ? judged.result : ((await decisionRepository.ofTurn(sql, turnId)) ?? judged.result));
}

/** What can be bought in the turn's conversation: the company's catalog, less what others hold or have bought since its stock was stated. */
export async function catalogOf(sql: Sql, record: TurnRecord, loadCatalog: LoadCatalog): Promise<Catalog> {
	return withAvailableStock(await loadCatalog(sql, record.turn.company_id, record.catalogVersion), record.taken);
}

/** `sql` is a transaction of the tenant. @throws AppError `turn_not_found` (404), `turn_superseded`, `turn_closed` (409) */
export async function readOpenTurn(sql: Sql, tenantId: string, turnId: string, turns: TurnPort, now: Date): Promise<TurnRecord> {
	const [record] = await readTurns(sql, tenantId, [turnId], now);
	if (!record) throw missing('turn', turnId);
	if (!isOpen(record)) await turns.loadOpenTurn(sql, turnId);
	return record;
}

export function isOpen({ turn }: TurnRecord): boolean {
	return turn.state === 'delivering' || turn.state === 'delivered' || turn.state === 'decided';
}

export function acceptedAnswer({ decision, next }: StoredDecision): DecisionAnswer {
	return {
		object: 'decision',
		accepted: true,
		next,
		decision: {
			...decision,
			items: decision.items?.map(({ lineItems }) => ({ lineItems: [...lineItems] })) ?? null,
			requested: [...decision.requested],
			slots: [...decision.slots],
			violations: [...decision.violations],
		},
	};
}
