import type { Logger } from 'pino';
import { isPayable } from '../../../../core/orders/order.ts';
import type { OrderStatus } from '../../../../core/orders/order.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import type { Caller } from '../../http/authenticate.ts';
import { settleEach } from '../../http/batch.ts';
import type { Outcome } from '../../http/batch.ts';
import type { Database } from '../../store/database.ts';
import { OUTBOX_CHANNEL, outboxRows } from '../outbox/enqueue.ts';
import { paymentUrl } from '../orders/payment-url.ts';
import { newSession, partsOf } from './answer-parts.ts';
import type { DecisionRow } from './answer-parts.ts';
import type { Answering, ReplyAnswer } from './answering.ts';

export interface ReplyInput {
	readonly turnId: string;
	readonly source: { readonly decisionId: string } | { readonly text: string };
}

/** Turns that are taken one by one, at a time. */
const CAREFUL_AT_ONCE = 4;

/** A row of the SQL function facts_of_replies. */
interface ReplyRow {
	turn_id: string;
	tenant_id: string;
	revision: string;
	open: boolean;
	current: boolean;
	queued: boolean;
	conversation_id: string;
	conversation_state: string;
	connection_id: string;
	channel: string;
	generation: number;
	decision_id: string;
	decision: DecisionRow['decision'];
	session: unknown;
	next: DecisionRow['next'];
	checkout_refusal: DecisionRow['checkout_refusal'];
	placed_order: { id: string; status: OrderStatus; total_cents: number; pay_token: string; expires_at: string; on_its_way: boolean } | null;
	paid_since: boolean;
}

/** What store_replies takes of a reply. */
interface FreshReply {
	readonly turn_id: string;
	readonly parts: readonly { readonly id: string }[];
}

/**
 * Answers turns of any tenants, in two round trips for all of them: what the replies rest on is read at once, and what they do is stored at
 * once as far as it still holds. Whatever is out of the ordinary (a text of the operator, a turn that isn't open, a person in charge, an
 * order taken back, a booking changed, something changed meanwhile) is taken by itself, with its conversation locked. Outcomes are in the order of the inputs;
 * a failure is one turn's alone.
 */
export async function replyToTurns(
	caller: Caller,
	inputs: readonly ReplyInput[],
	deps: { readonly database: Database; readonly answering: Answering; readonly publicUrl: string; readonly now: () => Date; readonly log?: Logger },
): Promise<Outcome<ReplyAnswer>[]> {
	const { database, answering, now } = deps;
	const tenants = new Map<string, string>();
	const fresh = new Map<ReplyInput, FreshReply>();
	await prepare();
	const stored = await store([...fresh.values()]);

	// Texts of one turn stay in their order: what belongs to one turn is taken one after the other.
	const byTurn = Map.groupBy(inputs, ({ turnId }) => turnId);
	const outcomes = new Map<ReplyInput, Outcome<ReplyAnswer>>();
	await settleEach([...byTurn.values()], CAREFUL_AT_ONCE, async (ofTurn) => {
		for (const input of ofTurn) {
			const [outcome] = await settleEach([input], 1, answer);
			if (outcome) outcomes.set(input, outcome);
		}
	});
	return inputs.map((input) => outcomes.get(input) ?? { ok: false, error: missing('turn', input.turnId) });

	async function answer(input: ReplyInput): Promise<ReplyAnswer> {
		const reply = fresh.get(input);
		if (reply && stored.has(input.turnId)) return { status: 'queued', parts: reply.parts.map(({ id }) => id) };
		const tenantId = tenants.get(input.turnId) ?? (await tenantFor(caller, database, 'turn', input.turnId));
		return answering.reply(tenantId, input.turnId, input.source);
	}

	/** Finds the replies that go the ordinary way. */
	async function prepare(): Promise<void> {
		const asked = new Map<string, ReplyInput>();
		for (const input of inputs) if ('decisionId' in input.source && !asked.has(input.turnId)) asked.set(input.turnId, input);
		if (asked.size === 0) return;
		const query = [...asked.values()].map(({ turnId, source }) => ({ turn_id: turnId, decision_id: 'decisionId' in source ? source.decisionId : '' }));
		const { rows } = await database.system.query<ReplyRow>('SELECT * FROM facts_of_replies($1, $2)', [caller.tenantId, JSON.stringify(query)], 'facts_of_replies');
		for (const row of rows) {
			tenants.set(row.turn_id, row.tenant_id);
			const input = asked.get(row.turn_id);
			if (input && isOrdinary(row)) fresh.set(input, freshReply(row));
		}
	}

	function freshReply(row: ReplyRow) {
		const order = row.placed_order && {
			status: row.placed_order.status,
			expiresAt: new Date(row.placed_order.expires_at),
			paymentOnItsWay: row.placed_order.on_its_way,
			totalCents: row.placed_order.total_cents,
			payToken: row.placed_order.pay_token,
		};
		const link = order && isPayable(order, now()) && order.totalCents > 0 ? paymentUrl(deps.publicUrl, order.payToken) : '';
		return {
			tenant_id: row.tenant_id,
			turn_id: row.turn_id,
			decision_id: row.decision_id,
			conversation_id: row.conversation_id,
			connection_id: row.connection_id,
			revision: row.revision,
			// A note that a person takes over is sent although a person has the conversation then.
			generation: row.next === 'handover' ? null : row.generation,
			human: row.next === 'handover',
			session: newSession(row, { hasOrder: order !== null, link, paidSince: row.paid_since }),
			parts: outboxRows(row.channel, `reply:${row.turn_id}`, partsOf(row, { link, now: now() })),
		};
	}

	async function store(replies: readonly FreshReply[]): Promise<ReadonlySet<string>> {
		if (replies.length === 0) return new Set();
		try {
			const { rows } = await database.system.query<{ turn: string }>('SELECT store_replies($1, $2) AS turn', [JSON.stringify(replies), OUTBOX_CHANNEL], 'store_replies');
			return new Set(rows.map(({ turn }) => turn));
		} catch (error) {
			deps.log?.warn({ err: error, turns: replies.length }, 'replies not stored together; they are queued one by one');
			return new Set();
		}
	}
}

/** An open turn that the customer has not written past, with nothing sent yet, nothing to be taken back and no booking to be changed. */
function isOrdinary(row: ReplyRow): boolean {
	const checkedOut = row.next !== 'checkout' || row.placed_order !== null || row.checkout_refusal !== null;
	return row.open && row.current && !row.queued && row.conversation_state === 'bot' && !row.decision.change_payment_status && !row.decision.booking_change && checkedOut;
}
