import { createHash } from 'node:crypto';
import type { Decision, NextStep } from '../../../../core/agent/decision.ts';
import { phrasesFor } from '../../../../core/agent/phrases/index.ts';
import { formatMoney } from '../../../../core/agent/phrases/money.ts';
import { AppError } from '../../../../core/errors.ts';
import { isPayable } from '../../../../core/orders/order.ts';
import { missing } from '../../http/authenticate.ts';
import type { Database, Sql } from '../../store/database.ts';
import { readSession } from '../agent/stored-session.ts';
import { lockConversationOfTurn } from '../agent/turn-port.ts';
import type { OpenTurn, TurnPort } from '../agent/turn-port.ts';
import { withheldByGuard } from '../checkout/draft-order.ts';
import type { Refusal } from '../checkout/draft-order.ts';
import type { PaymentLinks } from '../checkout/payment-links.ts';
import { paymentUrl } from '../orders/payment-url.ts';
import type { Order } from '../orders/repository.ts';
import { orderRepository } from '../orders/repository.ts';
import type { OutboxPart, OutboxPort } from './outbox-port.ts';

export interface ReplyAnswer {
	readonly status: 'queued' | 'already_queued' | 'superseded' | 'human' | 'no_reply';
	readonly parts: string[];
}

export interface Answering {
	/** @throws AppError `turn_not_found`, `decision_not_found` (404), `turn_closed`, `checkout_missing` (409) */
	reply(tenantId: string, turnId: string, source: { decisionId: string } | { text: string }): Promise<ReplyAnswer>;
	handOver(tenantId: string, turnId: string, decisionId: string | undefined): Promise<ReplyAnswer>;
	noReply(tenantId: string, turnId: string): Promise<ReplyAnswer>;
}

interface DecisionRow {
	readonly decision: Decision;
	readonly session: unknown;
	readonly next: NextStep;
	readonly checkout_refusal: Refusal | null;
	readonly created_at: Date;
}

/** A workflow may say more after its answer, for so long. */
const FOLLOW_UP_WITHIN = "interval '10 minutes'";

/** What a reply does, each in one transaction: outbox, session, conversation state and the turn's end together. */
export function createAnswering(deps: {
	database: Database;
	turns: TurnPort;
	outbox: OutboxPort;
	links: PaymentLinks;
	publicUrl: string;
	now: () => Date;
}): Answering {
	const { database, turns, outbox, now } = deps;

	/** The turn, or how it ended before. */
	async function open(sql: Sql, turnId: string): Promise<OpenTurn | ReplyAnswer> {
		await lockConversationOfTurn(sql, turnId);
		let opened: OpenTurn;
		try {
			opened = await turns.loadOpenTurn(sql, turnId);
		} catch (error) {
			if (error instanceof AppError && error.code === 'turn_superseded') return { status: 'superseded', parts: [] };
			if (error instanceof AppError && error.code === 'turn_closed') return closed(sql, turnId, error);
			throw error;
		}
		// The customer has written more than this answer knows of.
		if (opened.conversation.generation !== opened.event.generation) return { status: 'superseded', parts: [] };
		return opened;
	}

	async function closed(sql: Sql, turnId: string, error: AppError): Promise<ReplyAnswer> {
		const { rows } = await sql.query<{ state: string; parts: string[] | null; human: boolean }>(
			`SELECT t.state, (SELECT array_agg(o.id ORDER BY o.position) FROM outbox o WHERE o.turn_id = t.id) AS parts, c.state = 'human' AS human
			 FROM turns t JOIN conversations c ON c.id = t.conversation_id WHERE t.id = $1`,
			[turnId],
		);
		const turn = rows[0];
		if (turn?.parts) return { status: 'already_queued', parts: turn.parts };
		if (turn?.state === 'human' || turn?.human === true) return { status: 'human', parts: [] };
		if (turn?.state === 'done') return { status: 'no_reply', parts: [] };
		throw error;
	}

	async function reply(sql: Sql, tenantId: string, turnId: string, source: { decisionId: string } | { text: string }): Promise<ReplyAnswer> {
		const opened = await open(sql, turnId);
		if ('text' in source) return replyWithText(sql, tenantId, turnId, opened, source.text);
		if ('status' in opened) return opened;
		const { conversation, event } = opened;
		if (conversation.state === 'human') {
			await turns.finish(sql, turnId);
			return { status: 'human', parts: [] };
		}
		const row = await findDecision(sql, turnId, source.decisionId);
		const order = await orderRepository.findByDecision(sql, source.decisionId);
		if (row.next === 'checkout' && !order && !row.checkout_refusal) {
			throw new AppError('checkout_missing', 'This decision commits to an order: lead it through the Checkout node (POST /v1/turns/{id}/checkout) before Send Reply.', {
				status: 409,
			});
		}
		const link = order && isPayable(order, now()) && order.totalCents > 0 ? paymentUrl(deps.publicUrl, order.payToken) : '';
		// A note that a person takes over is sent although a person has the conversation then.
		const generation = row.next === 'handover' ? null : event.generation;
		const parts = await outbox.enqueue(sql, {
			tenantId,
			connectionId: event.connectionId,
			conversationId: conversation.id,
			turnId,
			generation,
			keyPrefix: `reply:${turnId}`,
			author: 'assistant',
			parts: partsOf(row, order, link),
		});
		if (row.decision.change_payment_status) await cancelOtherOrders(sql, conversation.id, order);
		await storeSession(sql, conversation.id, source.decisionId, row, order, link);
		await turns.finish(sql, turnId);
		return { status: 'queued', parts };
	}

	/**
	 * Words of the operator, in the workflow or of the person who has the conversation: sent in either state, each text once. More than
	 * one may answer a turn, as long as the customer has not written again.
	 */
	async function replyWithText(sql: Sql, tenantId: string, turnId: string, opened: OpenTurn | ReplyAnswer, text: string): Promise<ReplyAnswer> {
		const keyPrefix = `reply-text:${turnId}:${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
		const queued = await sql.query<{ id: string }>('SELECT id FROM outbox WHERE turn_id = $1 AND starts_with(idempotency_key, $2) ORDER BY position', [
			turnId, `${keyPrefix}:`,
		]);
		if (queued.rows.length > 0) return { status: 'already_queued', parts: queued.rows.map(({ id }) => id) };
		if ('status' in opened && opened.status === 'superseded') return opened;
		const { rows } = await sql.query<{ conversation_id: string; connection_id: string; generation: number; follows: boolean }>(
			`SELECT t.conversation_id, t.connection_id, t.generation,
				t.generation = c.generation AND (t.done_at IS NULL OR t.done_at > clock_timestamp() - ${FOLLOW_UP_WITHIN}) AS follows
			 FROM turns t JOIN conversations c ON c.id = t.conversation_id WHERE t.id = $1`,
			[turnId],
		);
		const turn = rows[0];
		if (!turn) throw missing('turn', turnId);
		if (!turn.follows) throw new AppError('turn_closed', `Turn ${turnId} was answered: it is too late for more.`, { status: 409 });
		const parts = await outbox.enqueue(sql, {
			tenantId,
			connectionId: turn.connection_id,
			conversationId: turn.conversation_id,
			turnId,
			generation: turn.generation,
			keyPrefix,
			author: 'operator',
			parts: [textPart(text)],
		});
		if (!('status' in opened)) await turns.finish(sql, turnId);
		return { status: 'queued', parts };
	}

	/** The customer wants something else (rule 14): what was not paid is taken back, silently. */
	async function cancelOtherOrders(sql: Sql, conversationId: string, own: Order | undefined): Promise<void> {
		for (const order of await orderRepository.unpaidOf(sql, conversationId)) {
			if (order.id !== own?.id) await orderRepository.apply(sql, order, { type: 'cancelled' }, now());
		}
	}

	async function storeSession(sql: Sql, conversationId: string, decisionId: string, row: DecisionRow, order: Order | undefined, link: string): Promise<void> {
		const session = readSession(row.session);
		const { rows } = await sql.query(`SELECT 1 FROM orders WHERE conversation_id = $1 AND paid_at > $2 LIMIT 1`, [conversationId, row.created_at]);
		let { paymentStatus } = session;
		if (link !== '') paymentStatus = 'payment_link_sent';
		// A payment that came while the answer was on its way must not be forgotten again.
		else if (rows.length > 0) paymentStatus = 'paid';
		// A new order has begun, or the open one was taken back: what was paid before is over.
		else if (order || row.decision.change_payment_status) paymentStatus = 'no_payment_link';
		const stored = JSON.stringify({ ...session, paymentStatus });
		await sql.query(`UPDATE conversations SET session = $2, state = CASE WHEN $3 THEN 'human' ELSE state END WHERE id = $1`, [
			conversationId, stored, row.next === 'handover',
		]);
		// The gateway puts the earlier session back when this answer is superseded unsent, and knows it by being the decision's.
		await sql.query('UPDATE decisions SET session = $2 WHERE id = $1', [decisionId, stored]);
	}

	return {
		async reply(tenantId, turnId, source) {
			const answer = await database.withTenant(tenantId, (sql) => reply(sql, tenantId, turnId, source));
			if (answer.status === 'queued' && 'decisionId' in source) await closeWhatIsLeft(tenantId, turnId);
			return answer;
		},
		handOver: (tenantId, turnId, decisionId) =>
			database.withTenant(tenantId, async (sql) => {
				const opened = await open(sql, turnId);
				if ('status' in opened) return opened;
				if (decisionId !== undefined) await findDecision(sql, turnId, decisionId);
				await sql.query(`UPDATE conversations SET state = 'human' WHERE id = $1`, [opened.conversation.id]);
				await turns.finish(sql, turnId);
				return { status: 'human', parts: [] };
			}),
		noReply: (tenantId, turnId) =>
			database.withTenant(tenantId, async (sql) => {
				const opened = await open(sql, turnId);
				if ('status' in opened) return opened;
				await turns.finish(sql, turnId);
				return { status: 'no_reply', parts: [] };
			}),
	};

	/** Sessions of orders that the reply has taken back; outside the transaction, because the provider is asked. */
	async function closeWhatIsLeft(tenantId: string, turnId: string): Promise<void> {
		const { rows } = await database.withTenant(tenantId, (sql) =>
			sql.query<{ conversation_id: string }>(
				`SELECT t.conversation_id FROM turns t JOIN decisions d ON d.turn_id = t.id
				 WHERE t.id = $1 AND (d.decision->>'change_payment_status')::boolean`,
				[turnId],
			),
		);
		if (rows[0]) await deps.links.closeLeftOpen(tenantId, rows[0].conversation_id);
	}
}

async function findDecision(sql: Sql, turnId: string, decisionId: string): Promise<DecisionRow> {
	const { rows } = await sql.query<DecisionRow>(
		'SELECT decision, session, next, checkout_refusal, created_at FROM decisions WHERE id = $1 AND turn_id = $2',
		[decisionId, turnId],
	);
	const row = rows[0];
	if (!row) throw missing('decision', decisionId);
	return row;
}

/** The text with the payment link below it, then the media. */
function partsOf(row: DecisionRow, order: Order | undefined, link: string): OutboxPart[] {
	const { decision, checkout_refusal: refusal } = row;
	if (refusal && withheldByGuard(decision) === null) return [textPart(refusalText(refusal, decision.language))];
	return [
		textPart(link === '' || order === undefined ? decision.response : `${decision.response}\n\n${link}`),
		...(decision.imageurl === '' ? [] : [{ kind: 'image' as const, text: '', mediaUrl: decision.imageurl }]),
		...(decision.videourl === '' ? [] : [{ kind: 'video' as const, text: '', mediaUrl: decision.videourl }]),
	];
}

/** The decision's own words promise a link that its checkout could not give. */
function refusalText({ code, subject }: Refusal, language: string): string {
	const phrases = phrasesFor(language);
	if (code === 'price_changed' && subject) {
		const total = formatMoney(subject.totalCents, subject.currency, phrases.language);
		return `${phrases.priceChanged(subject.name, subject.totalCents === 0 ? phrases.free : total)} ${phrases.wantToOrder}`;
	}
	if (code === 'quantity_not_available' && subject) return phrases.quantityUnavailable(subject.name);
	if (code === 'item_not_available') return phrases.notFound.hybrid;
	return phrases.teamArrangesPayment;
}

function textPart(text: string): OutboxPart {
	return { kind: 'text', text, mediaUrl: '' };
}
