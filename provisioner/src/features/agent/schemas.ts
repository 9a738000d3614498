import { z } from 'zod';
import { INTENTS } from '../../../../core/agent/decision.ts';

/** Shapes of the turn API's answers, for validation of what n8n gets and for the OpenAPI document. */
export const violationSchema = z
	.object({ code: z.string(), rule: z.int(), message: z.string() })
	.meta({ id: 'Violation', description: 'A rule of the agent (docs/agent.md) that a proposal broke, or a note why something was withheld.' });

const line = z.object({ SKU: z.string(), price: z.string(), shippingRate: z.string(), quantity: z.int() });
const slot = z.object({ start: z.string(), end: z.string() });

export const decisionSchema = z
	.object({
		response: z.string(),
		language: z.string(),
		intent: z.enum(INTENTS),
		imageurl: z.string(),
		videourl: z.string(),
		send_payment_link: z.boolean().describe('The customer has committed to the order.'),
		city: z.string(),
		items: z.array(z.object({ lineItems: z.array(line) })).nullable(),
		units_to_buy: z.int(),
		products_sum: z.int(),
		delivery_sum: z.int(),
		total_sum: z.int(),
		free_delivery: z.boolean().nullable(),
		recipient_phone_number: z.string(),
		client_name: z.string(),
		address: z.string().describe('Street and house, as the customer wrote it.'),
		order_description: z.string(),
		payment_reminder_hours: z.number(),
		remind: z.boolean(),
		stripe_lang: z.string().nullable(),
		change_payment_status: z.boolean(),
		slot: slot.nullable().describe('The first of `slots`; of a booking that is moved, its new time.'),
		slots: z.array(slot.extend({ SKU: z.string() })).describe('Times that the customer chose for the order. Held at checkout.'),
		booking_change: z.object({ id: z.string(), action: z.enum(['move', 'cancel']) }).nullable().describe('A booking that is moved to `slot` or cancelled when the answer is sent.'),
		handover: z.object({ reason: z.string() }).nullable(),
		focus_sku: z.string(),
		requested: z.array(z.object({ count: z.number(), noun: z.string(), quote: z.string() })),
		decisionId: z.string(),
		conversationId: z.string(),
		turnId: z.string(),
		sender: z.string(),
		model: z.string(),
		origin: z.enum(['model', 'offline', 'fallback', 'operator']),
		violations: z.array(violationSchema),
	})
	.meta({ id: 'Decision', description: 'The agent’s structured output for a turn, after the guard. Sums in cents.' });

export const decisionAnswerSchema = z
	.discriminatedUnion('accepted', [
		z.object({
			object: z.literal('decision'),
			accepted: z.literal(true),
			next: z.enum(['reply', 'checkout', 'handover']),
			decision: decisionSchema,
		}),
		z.object({ object: z.literal('decision'), accepted: z.literal(false), violations: z.array(violationSchema) }),
	])
	.meta({ id: 'DecisionAnswer' });
export type DecisionAnswer = z.input<typeof decisionAnswerSchema>;

/** Core's AgentContext, described loosely: its shape belongs to the prompt. */
export const contextSchema = z
	.looseObject({ turn: z.looseObject({ turnId: z.string() }) })
	.meta({ id: 'AgentContext', description: 'What a model may see of a turn: company, session, history and a digest of the catalog, without internal fields.' });
