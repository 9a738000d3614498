import type { Logger } from 'pino';
import { MODEL_FAILURES } from '../../../../core/agent/model-call.ts';
import { z } from 'zod';
import { buildContext } from '../../../../core/agent/context.ts';
import type { AgentFacts, LanguageDetector } from '../../../../core/agent/facts.ts';
import { LOOKUP_TOOLS, runTool } from '../../../../core/agent/tools.ts';
import { tenantFor } from '../../http/authenticate.ts';
import { batchAnswer, batchJson, batchOf, only } from '../../http/batch.ts';
import type { Call, Endpoint } from '../../http/endpoint.ts';
import { endpoint, idParams } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Accounts } from '../gateway/accounts.ts';
import type { FetchAttachment } from '../gateway/attachments.ts';
import { unavailableModels } from './breakers.ts';
import type { BusyTimeOf } from '../bookings/busy-times.ts';
import { catalogOf, readOpenTurn } from './decide-turn.ts';
import { decideTurns } from './decide-turns.ts';
import { detectLanguage } from './detect-language.ts';
import { busyTimeOf, toFacts } from './facts.ts';
import type { LoadCatalog } from './facts.ts';
import { traceparentField, traceparentOf, unwatched } from '../../telemetry/turn-calls.ts';
import type { TurnResult, WatchTurns } from '../../telemetry/turn-calls.ts';
import { loadPicture } from './pictures.ts';
import { contextSchema, decisionAnswerSchema } from './schemas.ts';
import type { DecisionAnswer } from './schemas.ts';
import type { TurnPort } from './turn-port.ts';

export interface Agent {
	readonly endpoints: readonly Endpoint[];
}

const scenario = z.string().max(200).default('').describe('Of the company’s settings: what it says comes in addition to company and channel. Empty: none.');

/** JSON, because names of models hold any character. */
const namesOfModels = z
	.string()
	.max(5_000)
	.default('[]')
	.transform((text, context) => {
		const parsed = z.array(z.string().max(200)).max(10).safeParse(parseJson(text));
		if (parsed.success) return parsed.data;
		context.addIssue({ code: 'custom', message: 'must be a JSON array of names' });
		return z.NEVER;
	})
	.describe('JSON array: names of the models that would be asked, in order. `unavailableModels` of the answer are not to be asked now.');

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** A proposal; without one the offline responder answers. */
const proposed = {
	proposal: z.unknown().nullable().optional(),
	model: z.string().min(1).max(200).default('offline'),
	attempt: z.union([z.literal(1), z.literal(2)]).default(1),
	failures: z
		.array(z.strictObject({ model: z.string().min(1).max(200), code: z.enum(MODEL_FAILURES) }))
		.max(10)
		.default([])
		.describe('Models that were given up for this turn before. One that failed three times in a minute is not asked for 30 s.'),
	scenario,
};

/** Proposals of a whole batch; each is a few kilobytes. */
const MOST_BATCH_BYTES = 4_000_000;

/** The agent's side of the turn API: what it may know (context, tools), and where its proposals are checked (decision). */
export function createAgent(deps: {
	database: Database;
	turns: TurnPort;
	loadCatalog: LoadCatalog;
	busyTime: BusyTimeOf;
	publicUrl: string;
	/** Older messages have expired. */
	historyDays: number;
	now: () => Date;
	detectLanguage?: LanguageDetector;
	accounts: Pick<Accounts, 'byConnection'>;
	fetchAttachment: FetchAttachment;
	log?: Logger;
	watch?: WatchTurns;
	metrics?: Metrics;
}): Agent {
	const { database, turns, now, watch = unwatched } = deps;
	const deciding = { ...deps, detectLanguage: deps.detectLanguage ?? detectLanguage };

	/** Facts of an open turn, and what else is read with them, in one transaction of its tenant; the calendar is asked after it. */
	async function factsOf<T>(call: Pick<Call, 'caller'>, turnId: string, inScenario: string, alsoRead: (sql: Sql) => Promise<T>): Promise<{ facts: AgentFacts; also: T }> {
		const tenantId = await tenantFor(call.caller, database, 'turn', turnId);
		const { record, catalog, also } = await database.withTenant(tenantId, async (sql) => {
			await turns.markRead(sql, turnId);
			const read = await readOpenTurn(sql, tenantId, turnId, turns, now());
			return { record: read, catalog: await catalogOf(sql, read, deps.loadCatalog), also: await alsoRead(sql) };
		});
		return { facts: toFacts(record, catalog, await busyTimeOf(record, deps.busyTime), now(), deps, inScenario), also };
	}

	const resultOf = (answer: DecisionAnswer): TurnResult =>
		answer.accepted
			? { stage: 'decided', fields: { conversation: answer.decision.conversationId, decision: answer.decision.decisionId, next: answer.next, origin: answer.decision.origin } }
			: { stage: undefined, fields: { violations: answer.violations.length } };

	const executionOf = ({ request }: Pick<Call, 'request'>): string | null => request.get('concierge-execution-id')?.slice(0, 100) ?? null;

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
				query: z.object({ scenario, models: namesOfModels }),
				responses: { 200: contextSchema },
				async handle(call) {
					const { facts, also: unavailable } = await factsOf(call, call.params.id, call.query.scenario, (sql) => unavailableModels(sql, call.query.models));
					return { status: 200, body: { ...buildContext(facts), unavailableModels: unavailable } };
				},
			}),
			endpoint({
				...common,
				method: 'get',
				path: '/v1/turns/{id}/pictures/{message_id}',
				summary: 'Retrieve a picture of a turn',
				description: 'For models that take pictures; from where the channel keeps it, up to 1 MB. The context names them.',
				params: idParams.extend({ message_id: z.string().max(100) }),
				responses: { 200: null },
				files: ['image/jpeg', 'image/png', 'image/webp', 'image/gif'],
				async handle({ caller, params }) {
					const tenantId = await tenantFor(caller, database, 'turn', params.id);
					const { contentType, bytes } = await loadPicture(deps, tenantId, params.id, params.message_id);
					return { status: 200, file: { contentType, content: bytes } };
				},
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
				async handle(call) {
					const { facts } = await factsOf(call, call.params.id, '', () => Promise.resolve());
					return { status: 200, body: { result: runTool(facts, call.params.name, call.body) } };
				},
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
				body: z.strictObject(proposed),
				responses: { 200: decisionAnswerSchema },
				async handle(call) {
					const { caller, params, body } = call;
					const input = { turnId: params.id, proposal: body.proposal ?? null, model: body.model, attempt: body.attempt, failures: body.failures, scenario: body.scenario };
					const watched = [{ turnId: params.id, traceparent: traceparentOf(call.request.headers['traceparent']) }];
					return { status: 200, body: only(await watch('turn.decide', watched, () => decideTurns(caller, [input], executionOf(call), deciding), resultOf)) };
				},
			}),
			endpoint({
				...common,
				method: 'post',
				path: '/v1/turns/decisions',
				summary: 'Have the proposals for several turns decided',
				description: 'As `POST /v1/turns/{id}/decision` for each, of whatever tenants, in one call. A turn that fails does so alone.',
				maxBodyBytes: MOST_BATCH_BYTES,
				body: batchOf(z.strictObject({ turn_id: idParams.shape.id, traceparent: traceparentField, ...proposed })),
				responses: { 200: batchAnswer(decisionAnswerSchema).meta({ id: 'DecisionList' }) },
				async handle(call) {
					const inputs = call.body.data.map(({ turn_id: turnId, proposal, model, attempt, failures, scenario: named }) => ({ turnId, proposal: proposal ?? null, model, attempt, failures, scenario: named }));
					const watched = call.body.data.map(({ turn_id: turnId, traceparent }) => ({ turnId, traceparent }));
					const outcomes = await watch('turn.decide', watched, () => decideTurns(call.caller, inputs, executionOf(call), deciding), resultOf);
					return { status: 200, body: batchJson(inputs.map(({ turnId }) => turnId), outcomes, (answer) => answer, deps.log) };
				},
			}),
		],
	};
}
