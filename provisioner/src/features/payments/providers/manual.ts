import { AppError } from '../../../../../core/errors.ts';
import type { Payment, PaymentCapabilities, PaymentProvider, PaymentStatus } from '../../../../../core/orders/payment-provider.ts';
import type { Database } from '../../../store/database.ts';
import { sessionRepository } from '../../checkout/session-repository.ts';
import type { StoredSession } from '../../checkout/session-repository.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

export const MANUAL_CAPABILITIES: PaymentCapabilities = {
	currencies: 'any',
	shortestLifeMs: 60_000,
	longestLifeMs: YEAR_MS,
	hostedPage: false,
	idempotentCreate: true,
	refunds: 'by_hand',
	partialRefunds: true,
};

/** Bank transfer, Kaspi, cash: the customer is told how, and a person marks the order paid. What others keep at a vendor is kept in our own database. */
export function createManualProvider(deps: { readonly database: Database; readonly tenantId: string; readonly accountId: string }): PaymentProvider {
	const { database, tenantId, accountId } = deps;

	async function find(paymentId: string): Promise<StoredSession> {
		const session = await database.withTenant(tenantId, (sql) => sessionRepository.find(sql, paymentId));
		if (session?.provider !== 'manual' || session.accountId !== accountId) throw new AppError('payment_not_found', `There is no payment by hand ${JSON.stringify(paymentId)} on this account.`, { status: 404 });
		return session;
	}

	return {
		name: 'manual',
		capabilities: MANUAL_CAPABILITIES,
		async create({ orderId, attempt, amountCents, currency, expiresAt }) {
			const id = `manual_${orderId}_${attempt}`;
			await database.withTenant(tenantId, (sql) =>
				sessionRepository.insert(sql, { id: orderId, tenantId }, attempt, accountId, { provider: 'manual', id, url: '', status: 'open', amountCents, currency, expiresAt }),
			);
			return toPayment(await find(id));
		},
		retrieve: async (paymentId) => toPayment(await find(paymentId)),
		async end(paymentId) {
			await find(paymentId);
			await database.withTenant(tenantId, (sql) => sessionRepository.end(sql, paymentId, 'expired'));
			return toPayment(await find(paymentId)).status;
		},
		async refund({ paymentId, amountCents }) {
			const payment = toPayment(await find(paymentId));
			const amount = amountCents ?? payment.amountCents;
			if (payment.status !== 'paid' || amount > payment.amountCents) {
				throw new AppError('refund_not_possible', `${amount} ${payment.currency} can't be given back: the payment of ${payment.amountCents} is ${payment.status}.`, { status: 409 });
			}
			return { status: 'by_hand', amountCents: amount };
		},
	};
}

const STATUSES = { open: 'open', complete: 'paid', expired: 'expired' } as const satisfies Record<StoredSession['status'], PaymentStatus>;

function toPayment({ id, status, amountCents, currency, expiresAt }: StoredSession): Payment {
	return { id, reference: id, url: '', status: STATUSES[status], amountCents, refundedCents: 0, currency, expiresAt };
}
