import type { PaymentStatus } from '../../../../core/agent/session.ts';
import type { Sql } from '../../store/database.ts';
import { readSession } from '../agent/stored-session.ts';

export interface Conversation {
	readonly id: string;
	readonly companyId: string;
	readonly connectionId: string;
	readonly channel: string;
	readonly chatId: string;
	readonly customerName: string;
	/** Digits, or ''. */
	readonly customerPhone: string;
	readonly state: 'bot' | 'human';
	readonly paymentStatus: PaymentStatus;
	readonly createdAt: Date;
	readonly lastMessageAt: Date;
}

interface ConversationRow {
	id: string;
	company_id: string;
	connection_id: string;
	channel: string;
	chat_id: string;
	customer_name: string;
	customer_phone: string;
	state: 'bot' | 'human';
	session: unknown;
	created_at: Date;
	last_message_at: Date;
}
const SELECT = `SELECT c.id, c.company_id, c.connection_id, k.channel, c.chat_id, c.customer_name, c.customer_phone, c.state, c.session,
	c.created_at, c.last_message_at
	FROM conversations c JOIN connections k ON k.id = c.connection_id`;

/** Every function runs in the tenant's session `sql`. */
export const conversationRepository = {
	async find(sql: Sql, id: string): Promise<Conversation | undefined> {
		const { rows } = await sql.query<ConversationRow>(`${SELECT} WHERE c.id = $1`, [id]);
		return rows[0] && toConversation(rows[0]);
	},
	/** The one that was written in last comes first. */
	async list(
		sql: Sql,
		filter: {
			companyId?: string | undefined;
			connectionId?: string | undefined;
			channel?: string | undefined;
			state?: string | undefined;
			startingAfter?: string | undefined;
			limit: number;
		},
	): Promise<Conversation[]> {
		const { rows } = await sql.query<ConversationRow>(
			`${SELECT} WHERE ($1::text IS NULL OR c.company_id = $1) AND ($2::text IS NULL OR c.connection_id = $2)
				AND ($3::text IS NULL OR k.channel = $3) AND ($4::text IS NULL OR c.state = $4)
				AND ($5::text IS NULL OR (c.last_message_at, c.id) < (SELECT a.last_message_at, a.id FROM conversations a WHERE a.id = $5))
			 ORDER BY c.last_message_at DESC, c.id DESC LIMIT $6`,
			[filter.companyId ?? null, filter.connectionId ?? null, filter.channel ?? null, filter.state ?? null, filter.startingAfter ?? null, filter.limit],
		);
		return rows.map(toConversation);
	},
	/**
	 * The conversation of these addresses (the first counts), with its state set; `id` of a new one when none of them is known. Addresses
	 * that are new lead to it from now on. Locks as the gateway does: addresses, then conversations.
	 */
	async open(
		sql: Sql,
		named: {
			id: string;
			tenantId: string;
			companyId: string;
			connectionId: string;
			addresses: readonly string[];
			phone: string;
			name: string;
			state: 'bot' | 'human';
		},
	): Promise<string> {
		const { rows: aliases } = await sql.query<{ alias: string; conversation_id: string }>(
			`INSERT INTO customer_aliases AS a (tenant_id, connection_id, alias, conversation_id)
			 SELECT $1, $2, alias, $3 FROM unnest($4::text[]) AS alias ORDER BY alias
			 ON CONFLICT (connection_id, alias) DO UPDATE SET alias = excluded.alias
			 RETURNING a.alias, a.conversation_id`,
			[named.tenantId, named.connectionId, named.id, named.addresses],
		);
		const known = named.addresses
			.map((address) => aliases.find(({ alias }) => alias === address)?.conversation_id)
			.filter((conversation) => conversation !== undefined && conversation !== named.id);
		const id = known[0] ?? named.id;
		if (id === named.id) {
			await sql.query(
				`INSERT INTO conversations (id, tenant_id, company_id, connection_id, chat_id, customer_phone, customer_name)
				 VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				[id, named.tenantId, named.companyId, named.connectionId, named.addresses[0], named.phone, named.name],
			);
		} else {
			await sql.query('UPDATE customer_aliases SET conversation_id = $3 WHERE connection_id = $1 AND conversation_id = $2', [named.connectionId, named.id, id]);
			await sql.query(
				`UPDATE conversations SET customer_phone = CASE WHEN customer_phone = '' THEN $2 ELSE customer_phone END,
					customer_name = CASE WHEN $3 = '' THEN customer_name ELSE $3 END WHERE id = $1`,
				[id, named.phone, named.name],
			);
		}
		// A person known under two conversations is with the bot, or with a person, in both.
		for (const conversation of [...new Set([id, ...known])].toSorted()) await this.setState(sql, conversation ?? id, named.state);
		return id;
	},
	/** Handed back to the bot, it starts counting unclear turns anew (rule 20). */
	async setState(sql: Sql, id: string, state: 'bot' | 'human'): Promise<void> {
		await sql.query(
			`UPDATE conversations SET state = $2,
				session = CASE WHEN $2 = 'bot' AND session ? 'unclearTurns' THEN session || '{"unclearTurns": 0}' ELSE session END
			 WHERE id = $1`,
			[id, state],
		);
	},
};

function toConversation(row: ConversationRow): Conversation {
	return {
		id: row.id,
		companyId: row.company_id,
		connectionId: row.connection_id,
		channel: row.channel,
		chatId: row.chat_id,
		customerName: row.customer_name,
		customerPhone: row.customer_phone,
		state: row.state,
		paymentStatus: readSession(row.session).paymentStatus,
		createdAt: row.created_at,
		lastMessageAt: row.last_message_at,
	};
}
