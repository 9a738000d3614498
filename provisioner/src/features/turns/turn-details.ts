import { z } from 'zod';
import type { TurnEvent, TurnMessage } from '../../../../core/conversation/turn-event.ts';

/** A row of the SQL function turn_details: a turn with all that its event says. */
export const turnDetails = z.object({
	id: z.string(),
	tenant_id: z.string(),
	state: z.enum(['collecting', 'waiting', 'delivering', 'delivered', 'decided', 'done', 'superseded', 'human', 'dead', 'suspended']),
	generation: z.int(),
	attempts: z.int(),
	delivery_failures: z.int(),
	execution_id: z.string().nullable(),
	traceparent: z.string(),
	company_id: z.string(),
	company_name: z.string(),
	company_type: z.enum(['product', 'service', 'hybrid']),
	connection_id: z.string(),
	channel: z.enum(['whatsapp', 'telegram']),
	conversation_id: z.string(),
	chat_id: z.string(),
	customer_name: z.string(),
	customer_phone: z.string(),
	conversation_state: z.enum(['bot', 'human']),
	conversation_generation: z.int(),
	messages: z.array(
		z.object({
			id: z.string(),
			type: z.enum(['text', 'image', 'video', 'voice', 'document', 'location', 'contact', 'other']),
			text: z.string(),
			sent_at: z.string(),
		}),
	),
});
export type TurnDetails = z.output<typeof turnDetails>;

/** What n8n gets. */
export function toTurnEvent(turn: TurnDetails): TurnEvent {
	const messages: TurnMessage[] = turn.messages.map(({ id, type, text, sent_at: sentAt }) => ({ id, type, text, sentAt: new Date(sentAt).toISOString() }));
	return {
		type: 'turn.ready',
		turnId: turn.id,
		conversationId: turn.conversation_id,
		companyId: turn.company_id,
		connectionId: turn.connection_id,
		generation: turn.generation,
		attempt: Math.max(1, turn.attempts),
		traceparent: turn.traceparent,
		channel: turn.channel,
		customer: { id: turn.chat_id, name: turn.customer_name },
		company: { name: turn.company_name, type: turn.company_type },
		text: messages.map(({ text }) => text).filter((text) => text !== '').join('\n'),
		messages,
	};
}
