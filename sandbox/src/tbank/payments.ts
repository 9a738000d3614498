import type { SandboxContext } from '../context.ts';
import type { Attempt } from '../deliveries.ts';
import type { TbankStatus, TbankStoredPayment } from './state.ts';
import { signedToken } from './token.ts';

/** The bank repeats every hour for a day, then daily for a month; the sandbox for a few minutes. */
const RETRY_DELAYS_MS = [1, 2, 4, 8, 15, 30, 60, 60, 60].map((seconds) => seconds * 1000);
const OPEN: readonly TbankStatus[] = ['NEW', 'FORM_SHOWED'];

/** A call that the bank does not carry out. */
export class TbankRefusal extends Error {
	readonly errorCode: string;

	constructor(errorCode: string, message: string) {
		super(message);
		this.name = 'TbankRefusal';
		this.errorCode = errorCode;
	}
}

export function findPayment(context: SandboxContext, id: string): TbankStoredPayment {
	const payment = context.store.current.tbank.payments[id];
	if (payment === undefined) throw new TbankRefusal('255', `Платеж ${id} не найден`);
	return payment;
}

export function isOpen(payment: TbankStoredPayment): boolean {
	return OPEN.includes(payment.status);
}

/** Sets the state and tells the shop; resolves with the first attempt of the call. */
export function moveTo(context: SandboxContext, payment: TbankStoredPayment, status: TbankStatus, amount = payment.amount): Promise<Attempt> {
	payment.status = status;
	const notification = {
		TerminalKey: payment.terminalKey,
		OrderId: payment.orderId,
		Success: status !== 'REJECTED' && status !== 'DEADLINE_EXPIRED',
		Status: status,
		PaymentId: Number(payment.id),
		ErrorCode: status === 'REJECTED' ? '1051' : '0',
		Amount: amount,
		CardId: 10_000_001,
		Pan: '430000******0777',
		ExpDate: '1230',
	};
	const body = JSON.stringify({ ...notification, Token: signedToken(notification, context.store.current.tbank.terminals[payment.terminalKey] ?? '') });
	payment.notifications.push(body);
	context.store.changed();
	context.announce('checkout', { vendor: 'tbank', id: payment.id, status });
	return notify(context, payment, body);
}

/** Sends a notification (again). Anything but a plain `OK` is no acknowledgement. */
export function notify(context: SandboxContext, payment: TbankStoredPayment, body: string): Promise<Attempt> {
	return context.deliveries.deliver({
		url: payment.notificationUrl,
		headers: {},
		body,
		retryDelays: RETRY_DELAYS_MS,
		acknowledged: (status, text) => status === 200 && text === 'OK',
	});
}

/** The customer pays: the sum is held, then taken. Notifications of both follow. */
export async function pay(context: SandboxContext, payment: TbankStoredPayment): Promise<readonly Attempt[]> {
	if (!isOpen(payment)) throw new TbankRefusal('8', `Платеж в статусе ${payment.status} нельзя оплатить`);
	return [await moveTo(context, payment, 'AUTHORIZED'), await moveTo(context, payment, 'CONFIRMED')];
}

/** The card is declined for good, or the page's time is over. */
export function endWithout(context: SandboxContext, payment: TbankStoredPayment, status: 'REJECTED' | 'DEADLINE_EXPIRED'): Promise<Attempt> {
	if (!isOpen(payment)) throw new TbankRefusal('8', `Неверный статус платежа: ${payment.status}`);
	return moveTo(context, payment, status);
}

/** Ends the payments whose time has come. */
export function expireDuePayments(context: SandboxContext): void {
	for (const payment of Object.values(context.store.current.tbank.payments)) {
		if (isOpen(payment) && payment.dueAt <= context.now()) void endWithout(context, payment, 'DEADLINE_EXPIRED');
	}
}

/** Ends, reverses or refunds, by the state that the payment is in. */
export function cancel(context: SandboxContext, payment: TbankStoredPayment, wanted: number | null, requestId: string): { before: number; after: number; status: TbankStatus } {
	const earlier = requestId === '' ? undefined : payment.cancellations[requestId];
	if (earlier !== undefined) return { ...earlier, status: payment.status };
	const before = payment.left;
	// A payment that nobody has paid is cancelled whole, whatever the amount.
	const amount = isOpen(payment) ? before : (wanted ?? before);
	if (amount < 1 || amount > before) throw new TbankRefusal('1126', `Сумма возврата ${amount} больше остатка ${before}`);
	const after = before - amount;
	const status = statusAfter(payment, after);
	payment.left = after;
	payment.cancellations[requestId === '' ? `#${Object.keys(payment.cancellations).length}` : requestId] = { amount, before, after, status };
	void moveTo(context, payment, status, amount);
	return { before, after, status };
}

function statusAfter(payment: TbankStoredPayment, left: number): TbankStatus {
	if (isOpen(payment)) return 'CANCELED';
	if (payment.status === 'AUTHORIZED' || payment.status === 'PARTIAL_REVERSED') return left === 0 ? 'REVERSED' : 'PARTIAL_REVERSED';
	if (payment.status === 'CONFIRMED' || payment.status === 'PARTIAL_REFUNDED') return left === 0 ? 'REFUNDED' : 'PARTIAL_REFUNDED';
	throw new TbankRefusal('8', `Неверный статус платежа: ${payment.status}`);
}
