import type { Logger } from 'pino';
import { z } from 'zod';
import { tenantFor } from '../../http/authenticate.ts';
import { batchAnswer, batchJson, batchOf, only, settleEach } from '../../http/batch.ts';
import { endpoint, idParams } from '../../http/endpoint.ts';
import type { Call, Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import { traceparentField, traceparentOf, unwatched } from '../../telemetry/turn-calls.ts';
import type { TurnResult, WatchTurns } from '../../telemetry/turn-calls.ts';
import type { TurnPort } from '../agent/turn-port.ts';
import type { Bookings } from '../bookings/bookings.ts';
import type { PaymentLinks } from '../checkout/payment-links.ts';
import { createAnswering } from './answering.ts';
import type { ReplyAnswer } from './answering.ts';
import type { OutboxPort } from './outbox-port.ts';
import { replyToTurns } from './reply-turns.ts';

const replySchema = z
	.object({
		object: z.literal('reply'),
		status: z
			.enum(['queued', 'already_queued', 'superseded', 'human', 'no_reply'])
			.describe('superseded: the customer has written more, another turn answers; human: a person has the conversation.'),
		turn_id: z.string(),
		parts: z.array(z.string()).describe('Ids of what stands in the outbox for it.'),
	})
	.meta({ id: 'Reply' });

const decisionId = z.string().min(1).max(100);
const ofTurn = { turn_id: idParams.shape.id, traceparent: traceparentField };
const text = z.string().trim().min(1).max(20_000);

/** Texts of a whole batch. */
const MOST_BATCH_BYTES = 4_000_000;

function sourceOf(body: { readonly decision_id: string } | { readonly text: string }): { decisionId: string } | { text: string } {
	return 'decision_id' in body ? { decisionId: body.decision_id } : { text: body.text };
}

export interface Replies {
	readonly endpoints: readonly Endpoint[];
}

/** What ends a turn: a reply, a person, or nothing. Each of them once. */
export function createReplies(deps: {
	database: Database;
	turns: TurnPort;
	outbox: OutboxPort;
	links: PaymentLinks;
	bookings: Pick<Bookings, 'orders' | 'busyTime' | 'changeByCustomer'>;
	publicUrl: string;
	now: () => Date;
	log?: Logger;
	watch?: WatchTurns;
}): Replies {
	const { database, watch = unwatched } = deps;
	const answering = createAnswering(deps);
	const replying = { ...deps, answering };
	const toJson = (turnId: string, answer: ReplyAnswer): z.input<typeof replySchema> => ({ object: 'reply', turn_id: turnId, ...answer });
	const resultOf = ({ status, parts }: ReplyAnswer): TurnResult => ({ stage: status === 'queued' ? 'queued' : undefined, fields: { status, parts: parts.length } });
	const watchOne = (turnId: string, call: Pick<Call, 'request'>, work: () => Promise<ReplyAnswer>) =>
		watch('turn.reply', [{ turnId, traceparent: traceparentOf(call.request.headers['traceparent']) }], () => settleEach([turnId], 1, work), resultOf);
	const scopes = ['worker', 'tenant', 'platform'] as const;
	const common = { tag: 'Turns', scopes, params: idParams, responses: { 200: replySchema } } as const;

	return {
		endpoints: [
			endpoint({
				...common,
				method: 'post',
				path: '/v1/turns/{id}/reply',
				summary: 'Reply to a turn',
				description:
					'Queues the answer of a decision (its payment link is appended when it was checked out), or a text of your own, which no rule has checked. ' +
					'A turn is answered once: a repeat gets the first answer’s parts. Texts of your own may follow the answer, each once, until the customer writes again.',
				body: z.union([z.strictObject({ decision_id: decisionId }), z.strictObject({ text })], {
					error: 'must be {decision_id} or {text}',
				}),
				async handle({ caller, params, body, request }) {
					const reply = async () => only(await replyToTurns(caller, [{ turnId: params.id, source: sourceOf(body) }], replying));
					const answered = only(await watchOne(params.id, { request }, reply));
					return { status: 200, body: toJson(params.id, answered) };
				},
			}),
			endpoint({
				tag: 'Turns',
				scopes,
				method: 'post',
				path: '/v1/turns/replies',
				summary: 'Reply to several turns',
				description: 'As `POST /v1/turns/{id}/reply` for each, of whatever tenants, in one call. A turn that fails does so alone; texts of one turn keep their order.',
				maxBodyBytes: MOST_BATCH_BYTES,
				body: batchOf(
					z.union([z.strictObject({ ...ofTurn, decision_id: decisionId }), z.strictObject({ ...ofTurn, text })], {
						error: 'must be {turn_id, decision_id} or {turn_id, text}',
					}),
				),
				responses: { 200: batchAnswer(replySchema).meta({ id: 'ReplyList' }) },
				async handle({ caller, body }) {
					const inputs = body.data.map((item) => ({ turnId: item.turn_id, source: sourceOf(item) }));
					const watched = body.data.map(({ turn_id: turnId, traceparent }) => ({ turnId, traceparent }));
					const outcomes = await watch('turn.reply', watched, () => replyToTurns(caller, inputs, replying), resultOf);
					return { status: 200, body: batchJson(inputs.map(({ turnId }) => turnId), outcomes, (answer, turnId) => toJson(turnId, answer), deps.log) };
				},
			}),
			endpoint({
				...common,
				method: 'post',
				path: '/v1/turns/{id}/handover',
				summary: 'Hand the conversation to a person',
				description: 'The bot is silent until it is handed back (POST /v1/conversations/{id}/state). Nothing is sent to the customer.',
				body: z.strictObject({ decision_id: decisionId.optional(), reason: z.string().max(1_000).optional() }),
				async handle({ caller, params, body, request }) {
					const tenantId = await tenantFor(caller, database, 'turn', params.id);
					return { status: 200, body: toJson(params.id, only(await watchOne(params.id, { request }, () => answering.handOver(tenantId, params.id, body.decision_id)))) };
				},
			}),
			endpoint({
				...common,
				method: 'post',
				path: '/v1/turns/{id}/no_reply',
				summary: 'End a turn without a reply',
				async handle({ caller, params, request }) {
					const tenantId = await tenantFor(caller, database, 'turn', params.id);
					return { status: 200, body: toJson(params.id, only(await watchOne(params.id, { request }, () => answering.noReply(tenantId, params.id)))) };
				},
			}),
		],
	};
}
