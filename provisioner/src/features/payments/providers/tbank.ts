import type { Payment, PaymentCapabilities, PaymentProvider, PaymentStatus } from '../../../../../core/orders/payment-provider.ts';
import { VendorError } from '../../../vendors/http.ts';
import type { TbankClient, Terminal } from '../../../vendors/tbank/client.ts';

export const TBANK_CURRENCY = 'rub';

/** The page lives from a minute to 90 days; some of each is left for the clocks and the way. */
export const TBANK_CAPABILITIES: PaymentCapabilities = {
	currencies: [TBANK_CURRENCY],
	shortestLifeMs: 5 * 60_000,
	longestLifeMs: 89 * 24 * 3_600_000,
	hostedPage: true,
	idempotentCreate: false,
	refunds: 'provider',
	partialRefunds: true,
};

/** What is not in it is a step on the bank's page: the customer may try again there. https://developer.tbank.ru/eacq/intro/statuses */
const STATUSES: Readonly<Record<string, PaymentStatus>> = {
	AUTHORIZED: 'processing', CONFIRMING: 'processing', PARTIAL_REVERSED: 'processing', REVERSING: 'processing',
	CONFIRMED: 'paid', REFUNDING: 'paid', ASYNC_REFUNDING: 'paid', PARTIAL_REFUNDED: 'paid',
	CANCELED: 'expired', DEADLINE_EXPIRED: 'expired', REJECTED: 'expired', REVERSED: 'expired',
	REFUNDED: 'refunded',
};

export function tbankStatusOf(status: string): PaymentStatus {
	return STATUSES[status] ?? 'open';
}

/** The order of a payment at the bank, whose OrderId is ours and the attempt's. */
export function orderOfTbank(orderId: string): string {
	return orderId.replace(/-\d+$/, '');
}

/**
 * Payments of a terminal. The bank has no idempotency keys for new payments: a repeat makes another one, which does no harm, because the
 * address of the first was given to nobody.
 */
export function createTbankProvider(client: TbankClient, terminal: Terminal, options: { readonly notificationUrl: string; readonly now: () => Date }): PaymentProvider {
	async function end(paymentId: string): Promise<PaymentStatus> {
		const status = tbankStatusOf((await client.getState(terminal, paymentId)).status);
		// Cancelling what was paid would give the money back.
		if (status !== 'open') return status;
		const cancelled = await client.cancel(terminal, { paymentId, amount: null, externalRequestId: `end:${paymentId}` });
		return tbankStatusOf(cancelled.status);
	}

	return {
		name: 'tbank',
		capabilities: TBANK_CAPABILITIES,
		async create({ orderId, attempt, amountCents, lines, locale, successUrl, expiresAt, metadata }) {
			const made = await client.init(terminal, {
				orderId: `${orderId}-${attempt}`,
				amount: amountCents,
				description: lines.map(({ name, quantity }) => `${name} × ${quantity}`).join(', '),
				language: locale === 'ru' || locale === 'uk' ? 'ru' : 'en',
				notificationUrl: options.notificationUrl,
				successUrl,
				failUrl: successUrl.replace(/\/done$/, ''),
				redirectDueDate: expiresAt,
				data: metadata,
			});
			return { id: made.paymentId, reference: made.paymentId, url: made.paymentUrl, status: tbankStatusOf(made.status), amountCents: made.amount, refundedCents: 0, currency: TBANK_CURRENCY, expiresAt };
		},
		async retrieve(paymentId): Promise<Payment> {
			const { status: word, amount } = await client.getState(terminal, paymentId);
			const status = tbankStatusOf(word);
			// GetState doesn't say how much of a payment went back.
			const refundedCents = status === 'refunded' ? amount : word === 'PARTIAL_REFUNDED' ? null : 0;
			return { id: paymentId, reference: paymentId, url: '', status, amountCents: amount, refundedCents, currency: TBANK_CURRENCY, expiresAt: options.now() };
		},
		end,
		async refund({ paymentId, amountCents, idempotencyKey }) {
			const { status } = await client.getState(terminal, paymentId);
			if (status === 'REFUNDED') return { status: 'succeeded', amountCents: 0 };
			// On a payment in any other state Cancel is not a refund: it ends it.
			if (tbankStatusOf(status) !== 'paid') throw new VendorError('tbank', 'refused', `The payment ${paymentId} is ${status}: there is nothing to give back.`);
			const done = await client.cancel(terminal, { paymentId, amount: amountCents, externalRequestId: idempotencyKey });
			const moved = done.originalAmount - done.newAmount;
			return { status: done.status.endsWith('REFUNDING') ? 'pending' : 'succeeded', amountCents: moved };
		},
	};
}
