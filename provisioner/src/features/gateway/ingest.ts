import { setTimeout as delay } from 'node:timers/promises';
import type { AccountStatus, InboundMessage } from '../../../../core/channels/channel.ts';
import type { Database } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';

export interface Ingested {
	readonly messageId: string;
	/** `twin`: the same message under the customer's other address. */
	readonly outcome: 'stored' | 'duplicate' | 'twin';
	readonly conversationId: string;
	readonly turnId: string | null;
	/** Until the turn's window ends. */
	readonly dueInMs: number | null;
	/** The first message under this address, which opened a conversation. */
	readonly newCustomer: boolean;
}

export interface IngestDeps {
	readonly database: Database;
	/** Used where neither the connection nor the company says otherwise. */
	readonly quietWindowMs: number;
	readonly maxWaitMs: number;
}

/** Two deliveries that lock the same rows in another order: PostgreSQL ends one of them, and it goes again. */
const TRANSIENT = new Set(['40P01', '40001']);
const MOST_TRIES = 5;

/**
 * Stores what a webhook call brought: one statement, one transaction, durable when it resolves (0003_gateway.sql, ingest_messages).
 * null: the connection is gone.
 */
export async function ingest(
	deps: IngestDeps,
	account: { readonly tenantId: string; readonly connectionId: string },
	messages: readonly InboundMessage[],
): Promise<readonly Ingested[] | null> {
	const values = [account.tenantId, account.connectionId, deps.quietWindowMs, deps.maxWaitMs, JSON.stringify(messages.map(toRow))];
	for (let attempt = 1; ; attempt += 1) {
		try {
			const { rows } = await deps.database.system.query<IngestRow>('SELECT * FROM ingest_messages($1, $2, $3, $4, $5)', values);
			return rows.length === 0 ? null : rows.map(toIngested);
		} catch (error) {
			if (attempt >= MOST_TRIES || !isTransient(error)) throw error;
			await delay(Math.random() * 20 * attempt);
		}
	}
}

/** false: an older status than the one stored, or the connection is gone. */
export async function reportStatus(database: Database, account: { tenantId: string; connectionId: string }, status: AccountStatus): Promise<boolean> {
	const { rows } = await database.system.query<{ fresh: boolean }>('SELECT report_account_status($1, $2, $3, $4, $5) AS fresh', [
		account.tenantId, account.connectionId, status.state, status.detail, status.at,
	]);
	return rows[0]?.fresh ?? false;
}

interface IngestRow {
	message_id: string;
	outcome: Ingested['outcome'];
	conversation_id: string;
	turn_id: string | null;
	due_in_ms: number | null;
	new_customer: boolean;
}

function toRow(message: InboundMessage): Record<string, unknown> {
	return {
		id: newId('msg'),
		conversation_id: newId('cnv'),
		turn_id: newId('trn'),
		vendor_id: message.id,
		address: message.customer.chatId,
		address_kind: message.customer.addressKind,
		phone: message.customer.phone,
		name: message.customer.name,
		type: message.type,
		text: message.text,
		media: message.media,
		sent_at: message.sentAt,
		vendor_order: Math.trunc(message.order),
	};
}

function toIngested(row: IngestRow): Ingested {
	return {
		messageId: row.message_id,
		outcome: row.outcome,
		conversationId: row.conversation_id,
		turnId: row.turn_id,
		dueInMs: row.due_in_ms,
		newCustomer: row.new_customer,
	};
}

function isTransient(error: unknown): boolean {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' && TRANSIENT.has(error.code);
}
