import type { AgentFacts, HistoryMessage, OrderFacts } from '../../../../core/agent/facts.ts';
import type { Catalog } from '../../../../core/catalog/catalog.ts';
import { paymentStatusOf, statusAt } from '../../../../core/orders/order.ts';
import type { OrderStatus } from '../../../../core/orders/order.ts';
import { missing } from '../../http/authenticate.ts';
import type { Sql } from '../../store/database.ts';
import { readCompanySettings } from '../companies/settings.ts';
import { paymentUrl } from '../orders/payment-url.ts';
import { readSession } from './stored-session.ts';
import type { OpenTurn } from './turn-port.ts';

const HISTORY_MESSAGES = 20;

/** Reads a company's catalog in the tenant's session `sql` (features/catalog; cached by version). */
export type LoadCatalog = (sql: Sql, companyId: string) => Promise<Catalog>;

export interface FactsDeps {
	readonly loadCatalog: LoadCatalog;
	readonly publicUrl: string;
}

/** Everything that an answer to the turn may rely on, read in the caller's one transaction. */
export async function readFacts(sql: Sql, opened: OpenTurn, now: Date, deps: FactsDeps): Promise<AgentFacts> {
	const { event, conversation } = opened;
	const company = await readCompany(sql, event.companyId);
	return {
		now: now.toISOString(),
		turn: event,
		company,
		session: readSession(conversation.session),
		catalog: await deps.loadCatalog(sql, event.companyId),
		order: await readLatestOrder(sql, conversation.id, now, deps.publicUrl),
		history: await readHistory(sql, conversation.id, event.turnId),
		customerPhone: conversation.customerPhone === '' ? '' : `+${conversation.customerPhone.replace(/^\+/, '')}`,
	};
}

async function readCompany(sql: Sql, companyId: string): Promise<AgentFacts['company']> {
	const { rows } = await sql.query<{
		name: string;
		type: AgentFacts['company']['type'];
		currency: string;
		default_language: string;
		settings: unknown;
		payment_state: string;
	}>('SELECT name, type, currency, default_language, settings, payment_state FROM companies WHERE id = $1', [companyId]);
	const company = rows[0];
	if (!company) throw missing('company', companyId);
	const settings = readCompanySettings(company.settings);
	return {
		name: company.name,
		type: company.type,
		currency: company.currency,
		defaultLanguage: company.default_language,
		instructions: settings.instructions,
		firstAnswerItems: settings.first_answer_items,
		handoverKeywords: settings.handover_keywords,
		paymentReady: company.payment_state === 'ready',
	};
}

async function readLatestOrder(sql: Sql, conversationId: string, now: Date, publicUrl: string): Promise<OrderFacts | null> {
	const { rows } = await sql.query<{
		id: string;
		status: OrderStatus;
		total_cents: number;
		lines: { sku: string; name: string; quantity: number }[];
		pay_token: string;
		expires_at: Date;
	}>(
		`SELECT id, status, total_cents, lines, pay_token, expires_at FROM orders WHERE conversation_id = $1
		 ORDER BY created_at DESC, id DESC LIMIT 1`,
		[conversationId],
	);
	const order = rows[0];
	if (!order) return null;
	const status = statusAt({ status: order.status, expiresAt: order.expires_at }, now);
	return {
		id: order.id,
		status,
		paymentStatus: paymentStatusOf(status),
		totalCents: order.total_cents,
		lines: order.lines.map(({ sku, name, quantity }) => ({ sku, name, quantity })),
		paymentUrl: status === 'awaiting_payment' ? paymentUrl(publicUrl, order.pay_token) : '',
	};
}

/** The messages before this turn: its own text stands in the turn. */
async function readHistory(sql: Sql, conversationId: string, turnId: string): Promise<HistoryMessage[]> {
	const { rows } = await sql.query<{ author: string; text: string; sent_at: Date }>(
		`SELECT author, text, sent_at FROM messages
		 WHERE conversation_id = $1 AND (direction = 'out' OR turn_id IS DISTINCT FROM $2) AND text <> ''
		 ORDER BY sent_at DESC, id DESC LIMIT ${HISTORY_MESSAGES}`,
		[conversationId, turnId],
	);
	return rows.toReversed().map(({ author, text, sent_at: sentAt }) => ({
		role: author === 'operator' || author === 'assistant' ? author : 'customer',
		text,
		at: sentAt.toISOString(),
	}));
}
