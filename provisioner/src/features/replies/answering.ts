import { createHash } from 'node:crypto';
import type { Decision } from '../../../../core/agent/decision.ts';
import { AppError } from '../../../../core/errors.ts';
import { isPayable } from '../../../../core/orders/order.ts';
import { missing } from '../../http/authenticate.ts';
import type { Database, Sql } from '../../store/database.ts';
import { lockConversationOfTurn } from '../agent/turn-port.ts';
import type { OpenTurn, TurnPort } from '../agent/turn-port.ts';
import type { Bookings } from '../bookings/bookings.ts';
import { askingIfNeeded, type Busy } from '../bookings/busy-times.ts';
import type { CustomerChange } from '../bookings/customer-changes.ts';
import type { PaymentLinks } from '../checkout/payment-links.ts';
import { paymentUrl } from '../orders/payment-url.ts';
import type { Order } from '../orders/repository.ts';
import { orderRepository } from '../orders/repository.ts';
import { newSession, partsOf, textPart } from './answer-parts.ts';
import type { DecisionRow, Outcome } from './answer-parts.ts';
import type { OutboxPort } from './outbox-port.ts';

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

type DatedDecision = DecisionRow & { readonly created_at: Date };

/** A workflow may say more after its answer, for so long. */
const FOLLOW_UP_WITHIN = "interval '10 minutes'";

/** What a reply does, each in one transaction: outbox, session, conversation state and the turn's end together. */
export function createAnswering(deps: {
	database: Database;
	turns: TurnPort;
	outbox: OutboxPort;
	links: PaymentLinks;
	bookings: Pick<Bookings, 'orders' | 'busyTime' | 'changeByCustomer'>;
	publicUrl: string;
	now: () => Date;
}): Answering {
	const { database, turns, outbox, bookings, now } = deps;

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

	/** `left`: a conversation of which the reply has taken orders back. @throws CalendarNeeded */
	async function reply(sql: Sql, tenantId: string, turnId: string, source: { decisionId: string } | { text: string }, busy: Busy | undefined): Promise<ReplyAnswer & { left?: string }> {
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
		if (row.decision.change_payment_status) await cancelOtherOrders(sql, conversation.id, order);
		const change = await changeBooking(sql, { companyId: event.companyId, conversationId: conversation.id }, row.decision, busy);
		const outcome = { link, now: now(), ...(change ? { change } : {}) };
		// A note that a person takes over is sent although a person has the conversation then; what was done to a booking is told in any case.
		const generation = row.next === 'handover' || change?.ok === true ? null : event.generation;
		const parts = await outbox.enqueue(sql, {
			tenantId,
			connectionId: event.connectionId,
			conversationId: conversation.id,
			turnId,
			generation,
			keyPrefix: `reply:${turnId}`,
			author: 'assistant',
			parts: partsOf(row, outcome),
		});
		await storeSession(sql, conversation.id, source.decisionId, row, order, outcome);
		await turns.finish(sql, turnId);
		return { status: 'queued', parts, ...(row.decision.change_payment_status ? { left: conversation.id } : {}) };
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
			if (order.id === own?.id) continue;
			await orderRepository.apply(sql, order, { type: 'cancelled' }, now());
			await bookings.orders.onReleased(sql, order);
		}
	}

	/** null: the decision changes none. */
	async function changeBooking(sql: Sql, of: { companyId: string; conversationId: string }, { booking_change: change, slot }: Decision, busy: Busy | undefined): Promise<CustomerChange | null> {
		return change ? await bookings.changeByCustomer(sql, of, { change, slot }, busy) : null;
	}

	async function storeSession(sql: Sql, conversationId: string, decisionId: string, row: DatedDecision, order: Order | undefined, outcome: Outcome): Promise<void> {
		const { rows } = await sql.query(`SELECT 1 FROM orders WHERE conversation_id = $1 AND paid_at > $2 LIMIT 1`, [conversationId, row.created_at]);
		const stored = JSON.stringify(newSession(row, { ...outcome, hasOrder: order !== undefined, paidSince: rows.length > 0 }));
		await sql.query(`UPDATE conversations SET session = $2, state = CASE WHEN $3 THEN 'human' ELSE state END WHERE id = $1`, [
			conversationId, stored, row.next === 'handover',
		]);
		// The gateway puts the earlier session back when this answer is superseded unsent, and knows it by being the decision's.
		await sql.query('UPDATE decisions SET session = $2 WHERE id = $1', [decisionId, stored]);
	}

	return {
		async reply(tenantId, turnId, source) {
			const { left, ...answer } = await askingIfNeeded(bookings.busyTime, tenantId, (busy) => database.withTenant(tenantId, (sql) => reply(sql, tenantId, turnId, source, busy)));
			// Sessions of orders that were taken back; outside the transaction, because the provider is asked.
			if (left !== undefined) await deps.links.closeLeftOpen(tenantId, left);
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
}

async function findDecision(sql: Sql, turnId: string, decisionId: string): Promise<DatedDecision> {
	const { rows } = await sql.query<DatedDecision>(
		'SELECT decision, session, next, checkout_refusal, created_at FROM decisions WHERE id = $1 AND turn_id = $2',
		[decisionId, turnId],
	);
	const row = rows[0];
	if (!row) throw missing('decision', decisionId);
	return row;
}
