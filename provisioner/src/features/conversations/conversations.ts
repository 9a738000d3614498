import type { Logger } from 'pino';
import { z } from 'zod';
import { missing, tenantFor } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import type { ChatHistory, HistoryMessage } from '../../store/history/history.ts';
import { tenantOfList } from '../orders/list-tenant.ts';
import { createOpening } from './open-conversation.ts';
import type { AddressLookup } from './open-conversation.ts';
import { conversationRepository } from './repository.ts';
import type { Conversation } from './repository.ts';

const state = z.enum(['bot', 'human']);
const id = z.string().min(1).max(100).optional();

const conversationSchema = z
	.object({
		id: z.string(),
		object: z.literal('conversation'),
		created_at: z.string(),
		company_id: z.string(),
		connection_id: z.string(),
		channel: z.string(),
		customer: z.object({ id: z.string(), name: z.string(), phone: z.string().describe('With +; empty when the channel does not tell it.') }),
		state: state.describe('human: the bot is silent.'),
		payment_status: z.enum(['no_payment_link', 'payment_link_sent', 'paid']),
		last_message_at: z.string(),
	})
	.meta({ id: 'Conversation', description: 'One customer on one connection.' });

const messageSchema = z
	.object({
		id: z.string(),
		object: z.literal('message'),
		created_at: z.string(),
		conversation_id: z.string(),
		direction: z.enum(['in', 'out']),
		author: z.string().describe('customer, assistant or operator'),
		type: z.string(),
		text: z.string(),
		turn_id: z.string().nullable(),
	})
	.meta({ id: 'Message' });

export interface Conversations {
	readonly endpoints: readonly Endpoint[];
}

/** Conversations and their messages over the API, and who answers in them. */
export function createConversations(deps: { database: Database; history: ChatHistory; waha?: AddressLookup | null; log?: Logger }): Conversations {
	const { database, history } = deps;
	const open = createOpening(deps);
	const common = { tag: 'Conversations', scopes: ['platform', 'tenant'] } as const;

	async function require(sql: Sql, conversationId: string): Promise<Conversation> {
		const conversation = await conversationRepository.find(sql, conversationId);
		if (!conversation) throw missing('conversation', conversationId);
		return conversation;
	}

	return {
		endpoints: [
			endpoint({
				...common,
				method: 'get',
				path: '/v1/conversations',
				summary: 'List conversations',
				description: 'The one that was written in last comes first. A platform key names the tenant or a company.',
				query: pageQuery.extend({ tenant_id: id, company_id: id, connection_id: id, channel: z.string().max(40).optional(), state: state.optional() }),
				responses: { 200: listOf(conversationSchema) },
				async handle({ caller, query }) {
					const tenantId = await tenantOfList(caller, database, query);
					const found = await database.withTenant(tenantId, (sql) =>
						conversationRepository.list(sql, {
							companyId: query.company_id,
							connectionId: query.connection_id,
							channel: query.channel,
							state: query.state,
							startingAfter: query.starting_after,
							limit: query.limit + 1,
						}),
					);
					return { status: 200, body: page(found.map(toJson), query.limit) };
				},
			}),
			endpoint({
				...common,
				method: 'post',
				path: '/v1/conversations',
				summary: 'Open a conversation with a customer, and say who answers in it',
				description:
					'Also for a customer who has never written: with `state` `human` their first message is not answered by the bot. One that exists is found by any of the customer’s addresses, and gets the state; ' +
					'the same request again changes nothing. 201 when it is new. Nothing is sent to the customer. 400 `customer_address_invalid` says what is wrong with the chat id or phone.',
				body: z.strictObject({
					connection_id: z.string().min(1).max(100),
					customer: z
						.union([z.strictObject({ id: z.string().min(1).max(200) }), z.strictObject({ phone: z.string().min(1).max(40) })], { error: 'must be {id} or {phone}' })
						.describe('`id`: chat id, such as 34699111222@c.us; `phone`: WhatsApp only, with country code (else the company’s).'),
					name: z.string().trim().max(200).default(''),
					state,
				}),
				responses: { 200: conversationSchema, 201: conversationSchema },
				async handle({ caller, body }) {
					const tenantId = await tenantFor(caller, database, 'connection', body.connection_id);
					const { conversation, created } = await open(tenantId, { connectionId: body.connection_id, customer: body.customer, name: body.name, state: body.state });
					return { status: created ? 201 : 200, body: toJson(conversation) };
				},
			}),
			endpoint({
				...common,
				method: 'get',
				path: '/v1/conversations/{id}',
				summary: 'Get a conversation',
				params: idParams,
				responses: { 200: conversationSchema },
				async handle({ caller, params }) {
					const tenantId = await tenantFor(caller, database, 'conversation', params.id);
					return { status: 200, body: toJson(await database.withTenant(tenantId, (sql) => require(sql, params.id))) };
				},
			}),
			endpoint({
				...common,
				method: 'get',
				path: '/v1/conversations/{id}/messages',
				summary: 'List a conversation’s messages',
				description: 'Newest first, as long as messages are kept (`HISTORY_TTL_DAYS`). Where MongoDB keeps the older ones and does not answer, a page that needs them is a 502 `mongodb_unreachable`.',
				params: idParams,
				query: pageQuery,
				responses: { 200: listOf(messageSchema) },
				async handle({ caller, params, query }) {
					const tenantId = await tenantFor(caller, database, 'conversation', params.id);
					await database.withTenant(tenantId, (sql) => require(sql, params.id));
					const key = { tenantId, conversationId: params.id };
					const place = query.starting_after === undefined ? undefined : await history.placeOf(key, query.starting_after);
					// One that has expired, or never was, has nothing after it.
					const found = place === null ? [] : await history.before(key, place ?? null, query.limit + 1);
					return { status: 200, body: page(found.map(messageJson), query.limit) };
				},
			}),
			endpoint({
				...common,
				method: 'post',
				path: '/v1/conversations/{id}/state',
				summary: 'Take a conversation over, or hand it back to the bot',
				params: idParams,
				body: z.strictObject({ state }),
				responses: { 200: conversationSchema },
				async handle({ caller, params, body }) {
					const tenantId = await tenantFor(caller, database, 'conversation', params.id);
					const changed = await database.withTenant(tenantId, async (sql) => {
						await require(sql, params.id);
						await conversationRepository.setState(sql, params.id, body.state);
						return require(sql, params.id);
					});
					return { status: 200, body: toJson(changed) };
				},
			}),
		],
	};
}

function toJson(conversation: Conversation): z.input<typeof conversationSchema> {
	return {
		id: conversation.id,
		object: 'conversation',
		created_at: conversation.createdAt.toISOString(),
		company_id: conversation.companyId,
		connection_id: conversation.connectionId,
		channel: conversation.channel,
		customer: {
			id: conversation.chatId,
			name: conversation.customerName,
			phone: conversation.customerPhone === '' ? '' : `+${conversation.customerPhone.replace(/^\+/, '')}`,
		},
		state: conversation.state,
		payment_status: conversation.paymentStatus,
		last_message_at: conversation.lastMessageAt.toISOString(),
	};
}

function messageJson(message: HistoryMessage): z.input<typeof messageSchema> {
	return {
		id: message.id,
		object: 'message',
		created_at: message.sentAt.toISOString(),
		conversation_id: message.conversationId,
		direction: message.direction,
		author: message.author,
		type: message.type,
		text: message.text,
		turn_id: message.turnId,
	};
}
