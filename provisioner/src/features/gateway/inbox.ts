import pg from 'pg';
import type { ChannelEvent, InboundMessage } from '../../../../core/channels/channel.ts';
import { flushesAtOnce } from '../../../../core/conversation/turn-settings.ts';
import type { Database } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Account } from './accounts.ts';
import type { FailureKind, Store } from './group-commit.ts';
import type { Waiting } from './waiting-line.ts';

/** A message, an edit or a deletion on its way into the database. */
export interface Inbound extends Waiting {
	/** As ingest_messages and revise_message take it (0005_turn_rules.sql). */
	readonly row: Readonly<Record<string, unknown>>;
}

export interface Ingested {
	readonly messageId: string | null;
	/**
	 * `twin`: the same message under the customer's other address. `gone`: the connection is. Of edits and deletions: `revised`, and `stale`
	 * for one that changes nothing any more.
	 */
	readonly outcome: 'stored' | 'duplicate' | 'twin' | 'gone' | 'revised' | 'stale';
	readonly conversationId: string | null;
	readonly turnId: string | null;
	/** Until the turn's window ends. */
	readonly dueInMs: number | null;
	/** The first message under this address, which opened a conversation. */
	readonly newCustomer: boolean;
}

interface IngestRow {
	ordinal: number;
	message_id: string | null;
	outcome: Ingested['outcome'];
	conversation_id: string | null;
	turn_id: string | null;
	due_in_ms: number | null;
	new_customer: boolean;
}

export interface InboundContext {
	readonly account: Account;
	/** Voice messages are transcribed: their turns wait. */
	readonly transcripts: boolean;
	readonly bytes: number;
	readonly traceparent: string;
}

/** null: nothing that is stored as a message. */
export function inboundOf(event: ChannelEvent, context: InboundContext): Inbound | null {
	const { account: { connectionId }, bytes } = context;
	switch (event.type) {
		case 'message':
			return { connectionId, address: event.message.customer.chatId, bytes, alone: false, row: rowOf(event.message, context) };
		case 'edited':
			return { connectionId, address: event.message.customer.chatId, bytes, alone: true, row: { kind: 'edited', at: event.editedAt, ...rowOf(event.message, context) } };
		case 'deleted': {
			const { id, customer, at } = event;
			const nothing: InboundMessage = { id, order: 0, customer, type: 'other', text: '', media: null, button: false, sentAt: at };
			return { connectionId, address: customer.chatId, bytes, alone: true, row: { kind: 'deleted', at, ...rowOf(nothing, context) } };
		}
		default:
			return null;
	}
}

function rowOf(message: InboundMessage, { account, transcripts, traceparent }: InboundContext): Record<string, unknown> {
	const { turnSettings: settings } = account;
	return {
		connection_id: account.connectionId,
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
		quiet_ms: settings.quietMs,
		max_wait_ms: settings.maxWaitMs,
		max_messages: settings.maxMessages,
		policy: settings.policy,
		flush: flushesAtOnce(settings, message),
		voice_wait_ms: transcripts && message.type === 'voice' ? settings.voiceWaitMs : 0,
		traceparent,
	};
}

/** Stores batches: one statement, one transaction, one round trip. */
export function createInboxStore(database: Database, metrics: Pick<Metrics, 'ingested'>): Store<Inbound, Ingested> {
	return {
		async store(batch) {
			metrics.ingested(batch.length);
			const [first] = batch;
			const { rows } = first?.alone === true
				? await database.system.query<IngestRow>('SELECT * FROM revise_message($1)', [JSON.stringify(first.row)])
				: await database.system.query<IngestRow>('SELECT * FROM ingest_messages($1)', [JSON.stringify(batch.map(({ row }) => row))]);
			// The function goes through doubtful ones last.
			const results: Ingested[] = [];
			for (const row of rows) results[row.ordinal - 1] = toIngested(row);
			return results;
		},
		kindOf: failureKindOf,
	};
}

/** Serialization failure, deadlock: a transaction that lost to another. */
const LOST_RACES = new Set(['40001', '40P01']);
/** Classes of SQLSTATE: connection, resources, operator intervention, system. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNAVAILABLE_CLASSES = new Set(['08', '53', '57', '58']);

export function failureKindOf(error: unknown): FailureKind {
	if (error instanceof pg.DatabaseError) {
		const state = error.code ?? '';
		if (LOST_RACES.has(state)) return 'again';
		return UNAVAILABLE_CLASSES.has(state.slice(0, 2)) ? 'unavailable' : 'refused';
	}
	// Our own mistakes; what is left are sockets, and the pool's and the driver's errors about them.
	return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError ? 'refused' : 'unavailable';
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
