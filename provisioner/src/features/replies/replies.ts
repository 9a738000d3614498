import { z } from 'zod';
import { tenantFor } from '../../http/authenticate.ts';
import { endpoint, idParams } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { TurnPort } from '../agent/turn-port.ts';
import type { PaymentLinks } from '../checkout/payment-links.ts';
import { createAnswering } from './answering.ts';
import type { ReplyAnswer } from './answering.ts';
import type { OutboxPort } from './outbox-port.ts';

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

export interface Replies {
	readonly endpoints: readonly Endpoint[];
}

/** What ends a turn: a reply, a person, or nothing. Each of them once. */
export function createReplies(deps: {
	database: Database;
	turns: TurnPort;
	outbox: OutboxPort;
	links: PaymentLinks;
	publicUrl: string;
	now: () => Date;
}): Replies {
	const { database } = deps;
	const answering = createAnswering(deps);
	const toJson = (turnId: string, answer: ReplyAnswer): z.input<typeof replySchema> => ({ object: 'reply', turn_id: turnId, ...answer });
	const common = { tag: 'Turns', scopes: ['worker', 'tenant', 'platform'], params: idParams, responses: { 200: replySchema } } as const;

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
				body: z.union([z.strictObject({ decision_id: decisionId }), z.strictObject({ text: z.string().trim().min(1).max(20_000) })], {
					error: 'must be {decision_id} or {text}',
				}),
				async handle({ caller, params, body }) {
					const tenantId = await tenantFor(caller, database, 'turn', params.id);
					const source = 'decision_id' in body ? { decisionId: body.decision_id } : { text: body.text };
					return { status: 200, body: toJson(params.id, await answering.reply(tenantId, params.id, source)) };
				},
			}),
			endpoint({
				...common,
				method: 'post',
				path: '/v1/turns/{id}/handover',
				summary: 'Hand the conversation to a person',
				description: 'The bot is silent until it is handed back (POST /v1/conversations/{id}/state). Nothing is sent to the customer.',
				body: z.strictObject({ decision_id: decisionId.optional(), reason: z.string().max(1_000).optional() }),
				async handle({ caller, params, body }) {
					const tenantId = await tenantFor(caller, database, 'turn', params.id);
					return { status: 200, body: toJson(params.id, await answering.handOver(tenantId, params.id, body.decision_id)) };
				},
			}),
			endpoint({
				...common,
				method: 'post',
				path: '/v1/turns/{id}/no_reply',
				summary: 'End a turn without a reply',
				async handle({ caller, params }) {
					const tenantId = await tenantFor(caller, database, 'turn', params.id);
					return { status: 200, body: toJson(params.id, await answering.noReply(tenantId, params.id)) };
				},
			}),
		],
	};
}
