import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { actSchema } from './acts.ts';
import { bookingSchema, calendarSchema, localTimeSchema } from './calendar.ts';

/** Amounts in dialogues are in whole units of the currency, as a person writes them: 59.90. */
const amount = z.number().nonnegative();

const orderSchema = z.strictObject({
	/** Selling units by sku; {} = nothing is in the order. */
	lines: z.record(z.string(), z.int().positive()).optional(),
	products: amount.optional(),
	delivery: amount.optional(),
	total: amount.optional(),
	city: z.string().optional(),
	phone: z.string().optional(),
	name: z.string().optional(),
	address: z.string().optional(),
	/** The times that the customer has chosen by now, by sku; of a delivery by any of its products. */
	slots: z.record(z.string(), localTimeSchema).optional(),
	committed: z.boolean().default(false),
	reminder_hours: z.number().optional(),
});

const callsSchema = z.strictObject({
	handover: z.boolean().optional(),
	/** A payment link goes out with the answer. */
	link: z.boolean().optional(),
	change_payment_status: z.boolean().optional(),
	remind: z.boolean().optional(),
	image: z.string().optional(),
	video: z.string().optional(),
	stripe_lang: z.string().nullable().optional(),
	/** The booking that this turn cancels, or moves `to` a time. */
	booking_change: z.strictObject({ id: z.string(), action: z.enum(['move', 'cancel']), to: localTimeSchema.optional() }).optional(),
	/** The booking that may be cancelled by now, though a careful answer asks first. */
	may_cancel: z.string().optional(),
	/** Lookup tools that the `good` model calls. */
	tools: z.array(z.string()).optional(),
	/** Codes of notes or fallbacks that the operator must be told. */
	noted: z.array(z.string()).optional(),
});

const expectSchema = z.strictObject({
	/** The item's name and this price are said; 0 = it is said to be free. */
	prices: z.record(z.string(), amount).optional(),
	/** Fee and threshold, sums, other amounts that are said. */
	delivery: amount.optional(),
	free_from: amount.optional(),
	total: amount.optional(),
	amounts: z.array(amount).optional(),
	/** Items (skus) whose names are said. */
	names: z.array(z.string()).optional(),
	/** Texts that are said, whatever the case. */
	says: z.array(z.string()).optional(),
	/** At least one of these texts is said. */
	says_one_of: z.array(z.string()).optional(),
	/** Free times that are told. */
	offers: z.array(localTimeSchema).optional(),
	acts: z.array(actSchema).optional(),
	language: z.string().optional(),
	order: orderSchema.optional(),
	calls: callsSchema.optional(),
	/** A person has the conversation: nothing is answered. */
	silent: z.boolean().optional(),
});

/** A proposal as a model makes it, with items by sku. */
const proposalSchema = z.looseObject({
	response: z.string().optional(),
	items: z.record(z.string(), z.number()).nullable().optional(),
});

/** What a lying model proposes; `forbid` is what must not be sent for it. */
const lieSchema = proposalSchema.extend({ forbid: z.union([z.string(), z.array(z.string())]).default([]), repeat: z.int().positive().default(1) });

const turnSchema = z.strictObject({
	say: z.string().default(''),
	/** Media that came instead of words. */
	media: z.enum(['image', 'video', 'voice', 'document', 'location', 'contact', 'other']).optional(),
	/** What happens before the customer writes. `slot_taken`: what the customer chose is somebody else's now. */
	before: z.array(z.enum(['paid', 'expired', 'cancelled', 'handed_back', 'price_up', 'slot_taken'])).default([]),
	expect: expectSchema.default({}),
	forbidden: z.array(z.string()).default([]),
	good: proposalSchema.optional(),
	lies: z.array(lieSchema).default([]),
});

const companySchema = z.strictObject({
	name: z.string().optional(),
	instructions: z.string().optional(),
	default_language: z.string().optional(),
	first_answer_items: z.int().positive().optional(),
	handover_keywords: z.array(z.string()).optional(),
	payment_ready: z.boolean().optional(),
	privacy_policy_url: z.string().optional(),
});

const dialogueSchema = z.strictObject({
	name: z.string(),
	shop: z.string(),
	company: companySchema.default({}),
	channel: z.enum(['whatsapp', 'telegram']).default('whatsapp'),
	/** null: none is connected. */
	calendar: calendarSchema.nullable().default(null),
	bookings: z.array(bookingSchema).default([]),
	/** English name of what the customer writes. */
	language: z.enum(['English', 'Spanish', 'Russian', 'Ukrainian', 'German']),
	/** Rules of docs/agent.md that it is for. */
	rules: z.array(z.int().min(1).max(20)).min(1),
	/** The customer insists, tricks or corrects himself. */
	hard: z.boolean().default(false),
	/** What else a model may rightly make of it is open: hostile models are not let loose on it. */
	open: z.boolean().default(false),
	/** The number that the channel knows, '' for none. */
	phone: z.string().default(''),
	/** The agent has answered in this conversation before. */
	greeted: z.boolean().default(true),
	forbidden: z.array(z.string()).default([]),
	turns: z.array(turnSchema).min(1),
});

const fileSchema = z.strictObject({ topic: z.string(), dialogues: z.array(dialogueSchema).min(1) });

export type Dialogue = z.output<typeof dialogueSchema> & { readonly topic: string };
export type DialogueTurn = Dialogue['turns'][number];
export type Expectation = DialogueTurn['expect'];
export type ScriptedProposal = z.output<typeof proposalSchema>;
export type Lie = z.output<typeof lieSchema>;

const FOLDER = new URL('.', import.meta.url);

/** All dialogues of test/dialogues/*.yaml, by file and in their order there. Throws with the file's name when one can't be read. */
export function loadDialogues(): Dialogue[] {
	const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml')).sort();
	return files.flatMap((name) => {
		const parsed = fileSchema.safeParse(parse(readFileSync(new URL(name, FOLDER), 'utf8')));
		if (!parsed.success) throw new Error(`${name}: ${z.prettifyError(parsed.error)}`);
		return parsed.data.dialogues.map((dialogue) => ({ ...dialogue, topic: parsed.data.topic }));
	});
}

/** Everything that must not be said in a turn, by anyone. */
export function forbiddenIn(dialogue: Dialogue, turn: DialogueTurn): string[] {
	return [...dialogue.forbidden, ...turn.forbidden, ...turn.lies.flatMap(({ forbid }) => forbid)];
}
