import type { Sql } from '../../store/database.ts';
import type { TbankNotification } from '../../vendors/tbank/notification.ts';
import { applyMoneyEvent, lockPayment, rememberEvent } from './money.ts';
import type { MoneyDeps } from './money.ts';
import { orderOfTbank, TBANK_CURRENCY } from './providers/tbank.ts';

/** Ids of refunds that only the bank has told of; those made here have the id of their request. */
const TOLD = 'tbank:';

interface KnownRefund {
	readonly id: string;
	readonly amountCents: number;
}

export function isRefundTold({ Status }: Pick<TbankNotification, 'Status'>): boolean {
	return Status === 'REFUNDED' || Status === 'PARTIAL_REFUNDED';
}

/**
 * The bank tells that money went back: after a refund that was made here, or in the bank's own dashboard, which looks the same. What is not known here yet is
 * recorded; told again, or in another order, it comes to the same. Two refunds of one sum of the same payment are told alike, and counted once until all has gone back.
 */
export async function applyTbankRefund(sql: Sql, tenantId: string, accountId: string, notification: TbankNotification, deps: MoneyDeps): Promise<'duplicate' | 'recorded' | 'not_matched'> {
	const { PaymentId, OrderId, Status, Amount } = notification;
	await lockPayment(sql, accountId, PaymentId);
	const eventId = `tbank:${accountId}:${PaymentId}:${Status}:${Amount}`;
	const { rows } = await sql.query<{ amount_cents: number }>('SELECT amount_cents FROM checkout_sessions WHERE id = $1 AND account_id = $2 AND order_id = $3', [PaymentId, accountId, orderOfTbank(OrderId)]);
	const paidCents = Number(rows[0]?.amount_cents ?? Amount);
	const known = await refundsOf(sql, accountId, PaymentId);
	const left = paidCents - known.reduce((sum, { amountCents }) => sum + amountCents, 0);
	const own = known.find(({ id, amountCents }) => !id.startsWith(TOLD) && amountCents === Amount);
	const refund = Status === 'PARTIAL_REFUNDED' && own ? own : { id: `${TOLD}${PaymentId}:${Status}:${Amount}`, amountCents: Status === 'REFUNDED' ? left : Math.min(Amount, left) };
	if (refund.amountCents <= 0) {
		return (await rememberEvent(sql, tenantId, { id: eventId, type: `tbank.${Status}`, account: accountId })) ? 'recorded' : 'duplicate';
	}
	return await applyMoneyEvent(
		sql,
		tenantId,
		{
			id: eventId, object: 'event', type: 'refund.updated', account: accountId, created: Math.floor(deps.now.getTime() / 1_000),
			data: { object: { id: refund.id, object: 'refund', amount: refund.amountCents, currency: TBANK_CURRENCY, payment_intent: PaymentId, status: 'succeeded' } },
		},
		deps,
	);
}

/** What went back of a payment, as far as it is known. */
export async function refundsOf(sql: Sql, accountId: string, paymentId: string): Promise<readonly KnownRefund[]> {
	const { rows } = await sql.query<{ id: string; amount_cents: number }>(
		`SELECT id, amount_cents FROM payment_refunds WHERE account_id = $1 AND payment_intent_id = $2 AND status NOT IN ('failed', 'canceled')`,
		[accountId, paymentId],
	);
	return rows.map((row) => ({ id: row.id, amountCents: Number(row.amount_cents) }));
}
