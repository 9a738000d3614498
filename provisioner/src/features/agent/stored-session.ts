import { z } from 'zod';
import { NEW_SESSION } from '../../../../core/agent/session.ts';
import type { AgentSession } from '../../../../core/agent/session.ts';

const chosenSlot = z.object({ kind: z.enum(['appointment', 'delivery']), sku: z.string(), start: z.string(), end: z.string() });

const storedSession = z
	.object({
		language: z.string(),
		paymentStatus: z.enum(['no_payment_link', 'payment_link_sent', 'paid']),
		greeted: z.boolean(),
		privacyPolicySent: z.string(),
		mediaSent: z.array(z.string()),
		focusSku: z.string(),
		cart: z.array(z.object({ sku: z.string(), quantity: z.number() })),
		city: z.string(),
		phone: z.string(),
		clientName: z.string(),
		address: z.string(),
		slots: z.array(chosenSlot),
		offeredSlots: z.array(chosenSlot),
		awaiting: z.array(z.enum(['items', 'quantity', 'city', 'phone', 'name', 'address', 'slot', 'confirmation'])),
		unclearTurns: z.number(),
		quotedCents: z.record(z.string(), z.number()),
		extra: z.record(z.string(), z.string()),
	})
	.partial();

/** `conversations.session` with the defaults of a new conversation for what is not stored yet. */
export function readSession(stored: unknown): AgentSession {
	const known = Object.entries(storedSession.parse(stored ?? {})).filter(([, value]) => value !== undefined);
	return { ...NEW_SESSION, ...Object.fromEntries(known) };
}
