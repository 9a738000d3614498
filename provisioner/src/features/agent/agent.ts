import { z } from 'zod';
import { buildContext } from '../../../../core/agent/context.ts';
import { decide } from '../../../../core/agent/decide.ts';
import type { Proposal, Violation } from '../../../../core/agent/decision.ts';
import type { AgentFacts, LanguageDetector } from '../../../../core/agent/facts.ts';
import { parseProposal } from '../../../../core/agent/proposal-schema.ts';
import { LOOKUP_TOOLS, runTool } from '../../../../core/agent/tools.ts';
import { tenantFor } from '../../http/authenticate.ts';
import type { Call, Endpoint } from '../../http/endpoint.ts';
import { endpoint, idParams } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import { decisionRepository } from './decisions.ts';
import type { StoredDecision } from './decisions.ts';
import { detectLanguage } from './detect-language.ts';
import { readFacts } from './facts.ts';
import type { LoadCatalog } from './facts.ts';
import { contextSchema, decisionAnswerSchema } from './schemas.ts';
import type { DecisionAnswer } from './schemas.ts';
import { lockConversationOfTurn } from './turn-port.ts';
import type { TurnPort } from './turn-port.ts';

const NOTHING_PROPOSED: Proposal = {
	response: '',
	language: '',
	intent: 'unclear',
	send_payment_link: false,
	city: '',
	items: null,
	recipient_phone_number: '',
	client_name: '',
	order_description: '',
	focus_sku: '',
	requested: [],
	slot: null,
	handover: null,
	quotes: {},
};

export interface Agent {
	readonly endpoints: readonly Endpoint[];
}

/** The agent's side of the turn API: what it may know (context, tools), and where its proposals are checked (decision). */
export function createAgent(deps: {
	database: Database;
	turns: TurnPort;
	loadCatalog: LoadCatalog;
	publicUrl: string;
	now: () => Date;
	detectLanguage?: LanguageDetector;
}): Agent {
	const { database, turns, now } = deps;
	const ports = { detectLanguage: deps.detectLanguage ?? detectLanguage };

	/** Facts of an open turn, in one transaction of its tenant. */
	async function withFacts<T>(call: Pick<Call, 'caller'>, turnId: string, work: (facts: AgentFacts) => T): Promise<T> {
		const tenantId = await tenantFor(call.caller, database, 'turn', turnId);
		return database.withTenant(tenantId, async (sql) => {
			const opened = await turns.loadOpenTurn(sql, turnId);
			return work(await readFacts(sql, opened, now(), deps));
		});
	}

	async function decideTurn(
		sql: Sql,
		tenantId: string,
		turnId: string,
		input: { proposal: unknown; model: string; attempt: number },
		executionId: string | null,
	): Promise<DecisionAnswer> {
		await lockConversationOfTurn(sql, turnId);
		const opened = await turns.loadOpenTurn(sql, turnId);
		const earlier = await decisionRepository.ofTurn(sql, turnId);
		if (earlier) return accepted(earlier);

		const reject = async (violations: readonly Violation[]): Promise<DecisionAnswer> => {
			await decisionRepository.insertRejected(sql, tenantId, turnId, input.proposal, violations, input.model);
			return { object: 'decision', accepted: false, violations: [...violations] };
		};
		const parsed = input.proposal === null ? null : parseProposal(input.proposal);
		if (parsed?.ok === false && input.attempt === 1) return reject(parsed.violations);
		// Unreadable twice: an empty proposal, which the guard answers by itself.
		if (parsed?.ok === false) await reject(parsed.violations);
		const proposal = parsed === null ? null : parsed.ok ? parsed.proposal : NOTHING_PROPOSED;
		const facts = await readFacts(sql, opened, now(), deps);
		const result = decide(facts, { proposal, model: input.model, attempt: input.attempt }, { ...ports, decisionId: newId('dec') });
		if (!result.accepted) return reject(result.violations);
		const inserted = await decisionRepository.insert(sql, tenantId, { ...result, proposal, at: now() });
		await turns.markDecided(sql, turnId, executionId);
		return accepted(inserted ? result : ((await decisionRepository.ofTurn(sql, turnId)) ?? result));
	}

	const common = { tag: 'Turns', scopes: ['worker', 'tenant', 'platform'] } as const;
	return {
		endpoints: [
			endpoint({
				...common,
				method: 'get',
				path: '/v1/turns/{id}/context',
				summary: 'What a model may know of a turn',
				description: 'For the prompt: the turn, the company, the session, the last messages and a digest of the catalog. The turn must be open.',
				params: idParams,
				responses: { 200: contextSchema },
				handle: (call) => withFacts(call, call.params.id, (facts) => ({ status: 200, body: buildContext(facts) })),
			}),
			endpoint({
				...common,
				method: 'post',
				path: '/v1/turns/{id}/tools/{name}',
				summary: 'Call a tool of the agent',
				description: `${LOOKUP_TOOLS.join(', ')}. Arguments that can’t be used come back as \`{ error }\` in the result, for the model to put right.`,
				params: idParams.extend({ name: z.string().max(100) }),
				body: z.record(z.string(), z.unknown()),
				responses: { 200: z.object({ result: z.unknown() }).meta({ id: 'ToolResult' }) },
				handle: (call) =>
					withFacts(call, call.params.id, (facts) => ({ status: 200, body: { result: runTool(facts, call.params.name, call.body) } })),
			}),
			endpoint({
				...common,
				method: 'post',
				path: '/v1/turns/{id}/decision',
				summary: 'Have a proposal decided',
				description:
					'The guard checks the proposal against the facts of this moment. Attempt 1 may be sent back with violations; attempt 2 is always answered, by the ' +
					'backend itself if need be. Without a proposal the offline responder answers. A turn is decided once: a repeat gets the same decision.',
				params: idParams,
				body: z.strictObject({
					proposal: z.unknown().nullable().optional(),
					model: z.string().min(1).max(200).default('offline'),
					attempt: z.union([z.literal(1), z.literal(2)]).default(1),
				}),
				responses: { 200: decisionAnswerSchema },
				async handle({ caller, params, body, request }) {
					const tenantId = await tenantFor(caller, database, 'turn', params.id);
					const executionId = request.get('concierge-execution-id')?.slice(0, 100) ?? null;
					const input = { proposal: body.proposal ?? null, model: body.model, attempt: body.attempt };
					const answer = await database.withTenant(tenantId, (sql) => decideTurn(sql, tenantId, params.id, input, executionId));
					return { status: 200, body: answer };
				},
			}),
		],
	};
}

function accepted({ decision, next }: StoredDecision): DecisionAnswer {
	return {
		object: 'decision',
		accepted: true,
		next,
		decision: {
			...decision,
			items: decision.items?.map(({ lineItems }) => ({ lineItems: [...lineItems] })) ?? null,
			requested: [...decision.requested],
			violations: [...decision.violations],
		},
	};
}
