import { moneyOfCancelled, type CancelledMoney } from '../../../../core/orders/cancelled-money.ts';
import type { Catalog } from '../../../../core/catalog/catalog.ts';
import type { PaymentProviderName } from '../../../../core/orders/payment-provider.ts';
import type { Sql } from '../../store/database.ts';
import { orderRepository } from '../orders/repository.ts';
import { cancellationRefunds } from '../payments/cancellation-refund-repository.ts';
import { CAPABILITIES } from '../payments/providers/providers.ts';
import type { Booking } from './booking.ts';
import type { CalendarSettings } from './calendar-settings.ts';
import { bookingRepository } from './repository.ts';
import { tellWorkflows } from './tell-workflows.ts';

/** What became of the money of a booking that its customer has cancelled. */
export interface CancelledByCustomer {
	readonly money: CancelledMoney;
	/** ISO 4217, lower case; '' when there is no order. */
	readonly currency: string;
}

/**
 * Ends a booking for its customer, within the company's rule, in the caller's transaction: its order is locked (`lockOrder`), then the booking. What was
 * paid for it is given back, which another process does when this has been committed, or waits for a person.
 */
export async function cancelByCustomer(sql: Sql, booking: Booking, { settings, catalog, now }: { readonly settings: CalendarSettings; readonly catalog: Catalog; readonly now: Date }): Promise<CancelledByCustomer> {
	await bookingRepository.end(sql, booking, 'customer', now);
	const decided = booking.status === 'confirmed' || booking.status === 'failed' ? await decide(sql, booking, settings, catalog) : null;
	const { money, given } = decided ?? { money: { is: 'none' } as const, given: 0 };
	if (money.is === 'refund' && booking.orderId !== null) await cancellationRefunds.ask(sql, { bookingId: booking.id, tenantId: booking.tenantId, orderId: booking.orderId, cents: money.cents, givenBefore: given }, now);
	if (money.is === 'team') await bookingRepository.refundDue(sql, booking.id);
	await tellWorkflows.cancelled(sql, booking, 'customer', now, money);
	return { money, currency: decided?.currency ?? '' };
}

async function decide(sql: Sql, booking: Booking, settings: CalendarSettings, catalog: Catalog): Promise<{ money: CancelledMoney; given: number; currency: string } | null> {
	const order = booking.orderId === null ? undefined : await orderRepository.find(sql, booking.orderId);
	if (order?.status !== 'paid') return null;
	const others = (await bookingRepository.ofOrderForUpdate(sql, order.id, ['held', 'confirmed', 'failed', 'cancelled'])).filter(({ id }) => id !== booking.id);
	const cancelled = others.filter(({ status }) => status === 'cancelled');
	const askedCents = await cancellationRefunds.askedOf(sql, order.id);
	const { rows } = await sql.query<{ provider: PaymentProviderName }>('SELECT provider FROM checkout_sessions WHERE order_id = $1 AND paid_at IS NOT NULL ORDER BY paid_at DESC, attempt DESC LIMIT 1', [order.id]);
	const provider = rows[0]?.provider;
	const money = moneyOfCancelled(
		{ ...order, disputed: order.disputeStatus !== null, askedCents },
		booking,
		{ cancelled, standing: others.length - cancelled.length },
		{ givesBack: settings.refund_on_cancellation && provider !== undefined && CAPABILITIES[provider].refunds === 'provider', isDelivered: (sku) => catalog.get(sku)?.online === false },
	);
	return { money, given: Math.max(order.refundedCents, askedCents), currency: order.currency };
}
