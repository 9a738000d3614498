import { z } from 'zod';
import { INTENTS, type Proposal, type Violation } from './decision.ts';
import { violation } from './guard/violation.ts';

/** Longer than any channel takes; what comes after is noise. */
const MOST_TEXT = 20_000;
const MOST_LINES = 100;

const text = (most: number) => z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.string().transform((value) => value.slice(0, most)).catch(''));
const truth = z.preprocess((value) => value === true || value === 'true', z.boolean());
const count = z.preprocess((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value), z.number());

const proposedLine = z
	.looseObject({})
	.transform((line): { SKU: unknown; quantity: unknown } => ({ SKU: line['SKU'] ?? line['sku'], quantity: line['quantity'] ?? 1 }))
	.pipe(z.object({ SKU: z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.string().min(1).max(200)), quantity: count }));

/** Some models answer in the nested form of a decision: [{ lineItems: […] }]. */
const items = z.preprocess(
	(value) => (Array.isArray(value) ? value.flatMap((entry: unknown) => (isRecord(entry) && Array.isArray(entry['lineItems']) ? entry['lineItems'] : [entry])) : value),
	z.array(proposedLine).max(MOST_LINES).nullable(),
);

const requested = z
	.array(z.object({ count, noun: text(200), quote: text(500) }))
	.max(MOST_LINES)
	.catch([]);

const proposalSchema = z.object({
	response: z.string().transform((value) => value.slice(0, MOST_TEXT)),
	language: text(60).default(''),
	intent: z.enum(INTENTS).catch('question'),
	send_payment_link: truth.default(false),
	city: text(120).default(''),
	items: items.default(null),
	recipient_phone_number: text(60).default(''),
	client_name: text(200).default(''),
	address: text(300).default(''),
	order_description: text(2000).default(''),
	focus_sku: text(200).default(''),
	requested: requested.default([]),
	slot: z.object({ start: z.string().max(60), end: z.string().max(60).optional(), sku: z.string().max(200).optional() }).nullable().catch(null).default(null),
	booking_change: z.object({ id: z.string().max(100), action: z.enum(['move', 'cancel']) }).nullable().catch(null).default(null),
	handover: z.preprocess((value) => (typeof value === 'string' && value !== '' ? { reason: value } : value), z.object({ reason: text(500) }).nullable()).catch(null).default(null),
	quotes: z.record(z.string(), z.string()).catch({}).default({}),
});

export type ParsedProposal = { readonly ok: true; readonly proposal: Proposal } | { readonly ok: false; readonly violations: readonly Violation[] };

/**
 * Reads what a model proposed. Lenient where nothing is lost by it (missing keys, numbers as text, the nested form of items);
 * strict where money hangs on it: a response and readable lines, or a `malformed_proposal` that says what is wrong where.
 */
export function parseProposal(value: unknown): ParsedProposal {
	const parsed = proposalSchema.safeParse(typeof value === 'string' ? fromJson(value) : value);
	if (parsed.success) return { ok: true, proposal: parsed.data };
	const problems = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'proposal'}: ${message}`);
	return { ok: false, violations: [violation('malformed_proposal', `The decision can't be read. ${problems.join('; ')}.`)] };
}

function fromJson(value: string): unknown {
	try {
		return JSON.parse(value);
	} catch {
		return null;
	}
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
