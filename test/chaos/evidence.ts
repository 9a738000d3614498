import pg from 'pg';
import { z } from 'zod';
import { eventually, jsonClient } from '../e2e/clients.ts';
import type { Customer } from './customer.ts';
import type { Shop } from './shop.ts';

/** What can be known from outside: what the customers wrote, what the vendor was given to send, what the database says. */
export interface Evidence {
	readonly customers: readonly Customer[];
	readonly sent: readonly Sent[];
	readonly sessions: readonly CheckoutSession[];
	readonly conversations: readonly Conversation[];
	readonly messages: readonly Message[];
	readonly turns: readonly Turn[];
	readonly parts: readonly Part[];
	readonly orders: readonly Order[];
}

const time = z.date().nullable().transform((date) => date?.getTime() ?? 0);
const sentSchema = z.object({ seq: z.number(), at: z.number(), channel: z.string(), account: z.string(), to: z.string(), type: z.string(), text: z.string(), media_url: z.string().nullable(), message_id: z.string() });
const sessionSchema = z.object({ id: z.string(), client_reference_id: z.string().nullable(), amount_total: z.number(), status: z.string(), payment_status: z.string() });
const conversationSchema = z.object({ id: z.string(), chat_id: z.string(), customer_phone: z.string(), state: z.string() });
const messageSchema = z.object({ id: z.string(), conversation_id: z.string(), vendor_message_id: z.string(), text: z.string(), turn_id: z.string().nullable(), received_at: time });
const turnSchema = z.object({ id: z.string(), conversation_id: z.string(), state: z.string(), attempts: z.number(), opened_at: time, done_at: time, last_error: z.string().nullable() });
const partSchema = z.object({
	id: z.string(), conversation_id: z.string(), turn_id: z.string().nullable(), position: z.coerce.number(), kind: z.string(), text: z.string(), media_url: z.string(),
	state: z.string(), vendor_message_id: z.string().nullable(), last_error: z.string().nullable(), created_at: time, sent_at: time,
});
const orderSchema = z.object({ id: z.string(), conversation_id: z.string(), status: z.string(), total_cents: z.coerce.number(), created_at: time });
export type Sent = z.output<typeof sentSchema>;
export type CheckoutSession = z.output<typeof sessionSchema>;
export type Conversation = z.output<typeof conversationSchema>;
export type Message = z.output<typeof messageSchema>;
export type Turn = z.output<typeof turnSchema>;
export type Part = z.output<typeof partSchema>;
export type Order = z.output<typeof orderSchema>;

export interface Witness {
	/** Waits until no turn is open and nothing waits in the outbox, twice in a row. false: it never became calm. */
	calm(withinMs: number): Promise<boolean>;
	gather(customers: readonly Customer[]): Promise<Evidence>;
	close(): Promise<void>;
}

/** Reads by SQL as the schema's owner and from the sandbox's record; knows nothing of the code under test. */
export function createWitness(databaseOwnerUrl: string, sandboxUrl: string, shop: Shop): Witness {
	const pool = new pg.Pool({ connectionString: databaseOwnerUrl, max: 1, connectionTimeoutMillis: 5_000 });
	// A server that is killed takes idle connections along.
	pool.on('error', () => undefined);
	const sandbox = jsonClient(sandboxUrl);
	const rows = async <T>(schema: z.ZodType<T>, text: string): Promise<T[]> => z.array(schema).parse((await pool.query(text, [shop.tenantId])).rows);

	return {
		async calm(withinMs) {
			let quiet = 0;
			return eventually('calm', async () => {
				const { rows: [open] } = await pool.query<{ n: number }>(
					`SELECT (SELECT count(*) FROM turns WHERE tenant_id = $1 AND state NOT IN ('done', 'superseded', 'human', 'dead'))::int
						+ (SELECT count(*) FROM outbox WHERE tenant_id = $1 AND state NOT IN ('sent', 'failed', 'unknown', 'superseded'))::int AS n`, [shop.tenantId]);
				quiet = open?.n === 0 ? quiet + 1 : 0;
				return quiet > 20;
			}, withinMs).catch(() => false);
		},
		async gather(customers) {
			const accounts = [shop.whatsapp.session, shop.telegram.username];
			const sent = z.object({ data: z.array(sentSchema) }).parse((await sandbox.get('/control/sent')).body).data;
			const sessions = z.object({ data: z.array(sessionSchema) }).parse((await sandbox.get(`/control/stripe/sessions?account=${shop.stripeAccount}`)).body).data;
			return {
				customers,
				sent: sent.filter(({ account }) => accounts.includes(account)),
				sessions,
				conversations: await rows(conversationSchema, 'SELECT id, chat_id, customer_phone, state FROM conversations WHERE tenant_id = $1'),
				messages: await rows(messageSchema, `SELECT id, conversation_id, vendor_message_id, text, turn_id, received_at FROM messages WHERE tenant_id = $1 AND direction = 'in' ORDER BY sent_at, vendor_order, id`),
				turns: await rows(turnSchema, 'SELECT id, conversation_id, state, attempts, opened_at, done_at, last_error FROM turns WHERE tenant_id = $1 ORDER BY opened_at, id'),
				parts: await rows(partSchema, 'SELECT id, conversation_id, turn_id, position, kind, text, media_url, state, vendor_message_id, last_error, created_at, sent_at FROM outbox WHERE tenant_id = $1 ORDER BY position'),
				orders: await rows(orderSchema, 'SELECT id, conversation_id, status, total_cents, created_at FROM orders WHERE tenant_id = $1 ORDER BY created_at, id'),
			};
		},
		close: () => pool.end(),
	};
}
