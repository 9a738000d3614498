import { findChannelAdapter } from '../../../../core/channels/channels.ts';
import type { ChannelLimits } from '../../../../core/channels/channel.ts';
import { splitText } from '../../../../core/channels/split.ts';
import { storable } from '../../../../core/channels/storable.ts';
import { AppError } from '../../../../core/errors.ts';
import { missing } from '../../http/authenticate.ts';
import type { Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';

export interface OutboxPart {
	readonly kind: 'text' | 'image' | 'video';
	/** Of a picture or video: its caption. */
	readonly text: string;
	/** '' for text. */
	readonly mediaUrl: string;
}

export interface OutboxMessage {
	readonly tenantId: string;
	readonly connectionId: string;
	readonly conversationId: string;
	readonly turnId: string | null;
	/** Of the turn that it answers; null: it is sent in any case (a payment confirmation, a note that a person takes over). */
	readonly generation: number | null;
	/** Derived from our own id (a decision, an order): the same prefix again adds nothing. */
	readonly keyPrefix: string;
	/** assistant or operator. */
	readonly author: string;
	readonly parts: readonly OutboxPart[];
}

export const OUTBOX_CHANNEL = 'concierge_outbox';

/**
 * Puts a message into the outbox within the caller's transaction (a session of its tenant), cut to the channel's limits. Resolves with
 * the ids of its parts; the same `keyPrefix` again resolves with the same ids. Locks the conversation.
 * @throws AppError `turn_superseded` (409): a newer message came; `conversation_not_found` (404)
 */
export async function enqueue(sql: Sql, message: OutboxMessage): Promise<string[]> {
	const conversation = await lockConversation(sql, message.conversationId);
	const known = await sql.query<{ id: string }>(
		'SELECT id FROM outbox WHERE conversation_id = $1 AND starts_with(idempotency_key, $2) ORDER BY position',
		[message.conversationId, `${message.keyPrefix}:`],
	);
	if (known.rows.length > 0) return known.rows.map(({ id }) => id);
	if (message.generation !== null && message.generation !== conversation.generation) {
		throw new AppError('turn_superseded', 'The customer wrote again: this answer is for an older message, and is not sent.', { status: 409, details: { state: 'superseded' } });
	}
	const parts = outboxRows(conversation.channel, message.keyPrefix, message.parts);
	if (parts.length === 0) return [];
	const ids = parts.map(({ id }) => id);
	await sql.query(
		`INSERT INTO outbox (id, tenant_id, connection_id, conversation_id, turn_id, generation, idempotency_key, kind, text, media_url, author)
		 SELECT p.id, $1, $2, $3, $4, $5, p.key, p.kind, p.text, p.media_url, $6
		 FROM unnest($7::text[], $8::text[], $9::text[], $10::text[], $11::text[]) WITH ORDINALITY AS p(id, key, kind, text, media_url, n) ORDER BY p.n`,
		[
			message.tenantId, message.connectionId, message.conversationId, message.turnId, message.generation, message.author,
			ids, parts.map(({ key }) => key), parts.map(({ kind }) => kind), parts.map(({ text }) => text), parts.map(({ media_url: mediaUrl }) => mediaUrl),
		],
	);
	// Delivered by PostgreSQL when, and only when, the caller's transaction commits.
	await sql.query(`SELECT pg_notify('${OUTBOX_CHANNEL}', '0')`);
	return ids;
}

/** What of a row is the part's own. */
export interface OutboxRow {
	/** Order among the parts of one message. */
	readonly n: number;
	readonly id: string;
	readonly key: string;
	readonly kind: OutboxPart['kind'];
	readonly text: string;
	readonly media_url: string;
}

/** The rows of a message on this channel, cut to its limits. @throws AppError `channel_unknown` */
export function outboxRows(channel: string, keyPrefix: string, parts: readonly OutboxPart[]): OutboxRow[] {
	const limits = findChannelAdapter(channel)?.limits;
	if (!limits) throw new AppError('channel_unknown', `There is no channel ${channel}.`);
	return parts
		.flatMap((part) => cutPart(part, limits))
		.map(({ kind, text, mediaUrl }, n) => ({ n, id: newId('out'), key: `${keyPrefix}:${n}`, kind, text, media_url: mediaUrl }));
}

/** A long text becomes several; a caption that is too long follows its picture as text. */
export function cutPart(part: OutboxPart, limits: ChannelLimits): readonly OutboxPart[] {
	const text = storable(part.text).trim();
	if (part.kind !== 'text' && text.length <= limits.captionUnits) return [{ ...part, text }];
	const texts = splitText(text, limits.textUnits).map((piece): OutboxPart => ({ kind: 'text', text: piece, mediaUrl: '' }));
	return part.kind === 'text' ? texts : [{ ...part, text: '' }, ...texts];
}

async function lockConversation(sql: Sql, conversationId: string): Promise<{ generation: number; channel: string }> {
	const { rows } = await sql.query<{ generation: number; channel: string }>(
		`SELECT v.generation, c.channel FROM conversations v JOIN connections c ON c.id = v.connection_id
		 WHERE v.id = $1 FOR NO KEY UPDATE OF v`,
		[conversationId],
	);
	const conversation = rows[0];
	if (!conversation) throw missing('conversation', conversationId);
	return conversation;
}
