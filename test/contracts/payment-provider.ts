import { beforeAll, describe, expect, test } from 'vitest';
import type { NewPayment, PaymentProvider } from '../../core/orders/payment-provider.ts';
import { AppError } from '../../core/errors.ts';
import { VendorError } from '../../provisioner/src/vendors/http.ts';

export interface PaymentProviderSubject {
	readonly name: string;
	/** On an account that can be charged. */
	readonly provider: () => PaymentProvider;
	/** A payment of a new order; `change` is laid over it. */
	newPayment(change?: Partial<NewPayment>): Promise<NewPayment>;
	/** The customer pays, or a person says so. */
	pay(paymentId: string): Promise<void>;
	/** The same provider where its vendor can't be reached; null: it has none. */
	readonly unreachable: (() => PaymentProvider) | null;
	/** The vendor does not answer the next call, having done what it was asked; null: it has none. */
	readonly loseNextAnswer: (() => Promise<void>) | null;
	/** How many payments of the order could be paid now. */
	openOf(orderId: string): Promise<number>;
}

/** What every payment provider must do. */
export function paymentProviderContract(subject: PaymentProviderSubject): void {
	describe(`payments through ${subject.name}`, () => {
		let provider: PaymentProvider;
		beforeAll(() => {
			provider = subject.provider();
		});
		const create = async (change: Partial<NewPayment> = {}) => provider.create(await subject.newPayment(change));
		const paid = async () => {
			const payment = await create();
			await subject.pay(payment.id);
			return payment;
		};

		test('a payment is made, is open, and is paid with the sum that was asked for', async () => {
			const wanted = await subject.newPayment();
			const made = await provider.create(wanted);
			expect(made).toMatchObject({ status: 'open', amountCents: wanted.amountCents, currency: wanted.currency, refundedCents: 0 });
			expect(made.url !== '').toBe(provider.capabilities.hostedPage);
			expect(Math.abs(made.expiresAt.getTime() - wanted.expiresAt.getTime())).toBeLessThan(1_000);
			expect(await provider.retrieve(made.id)).toMatchObject({ id: made.id, status: 'open', amountCents: wanted.amountCents, refundedCents: 0 });
			await subject.pay(made.id);
			expect(await provider.retrieve(made.id)).toMatchObject({ status: 'paid', amountCents: wanted.amountCents, currency: wanted.currency, refundedCents: 0 });
		});

		test('a page of the provider’s shows what is paid for', async () => {
			const { url } = await create({ lines: [{ name: 'Lámpara <azul> & Co', quantity: 1, unitCents: 2_500 }] });
			if (!provider.capabilities.hostedPage) return expect(url).toBe('');
			expect(await (await fetch(url)).text()).toContain('Lámpara &lt;azul&gt; &amp; Co');
		});

		test('one that is ended can’t be paid; ending it again is success', async () => {
			const payment = await create();
			expect(await provider.end(payment.id)).toBe('expired');
			expect(await provider.end(payment.id)).toBe('expired');
			expect(await provider.retrieve(payment.id)).toMatchObject({ status: 'expired', url: '' });
			if (provider.capabilities.hostedPage) await expect(subject.pay(payment.id)).rejects.toThrow();
		});

		test('one that was paid stays paid when it is ended: no money goes back', async () => {
			const payment = await paid();
			expect(await provider.end(payment.id)).toBe('paid');
			expect(await provider.retrieve(payment.id)).toMatchObject({ status: 'paid', refundedCents: 0 });
		});

		test('a repeat with the same key makes no second payment, where the provider knows keys', async () => {
			const wanted = await subject.newPayment();
			const [first, again] = [await provider.create(wanted), await provider.create(wanted)];
			expect(again.amountCents).toBe(first.amountCents);
			expect(again.id === first.id).toBe(provider.capabilities.idempotentCreate);
			if (provider.capabilities.idempotentCreate) expect(await subject.openOf(wanted.orderId)).toBe(1);
		});

		test('a sum that is given back in parts, and the rest', async () => {
			const payment = await paid();
			const refund = (amountCents: number | null, key: string) => provider.refund({ paymentId: payment.id, amountCents, idempotencyKey: `${payment.id}:${key}` });
			if (provider.capabilities.refunds === 'by_hand') {
				expect(await refund(100, '1')).toEqual({ status: 'by_hand', amountCents: 100 });
				expect(await refund(null, '2')).toEqual({ status: 'by_hand', amountCents: payment.amountCents });
				return expect(await provider.retrieve(payment.id)).toMatchObject({ status: 'paid', refundedCents: 0 });
			}
			expect(await refund(100, '1')).toEqual({ status: 'succeeded', amountCents: 100 });
			expect(await refund(100, '1')).toEqual({ status: 'succeeded', amountCents: 100 });
			const partly = await provider.retrieve(payment.id);
			expect(partly.status).toBe('paid');
			expect([100, null]).toContain(partly.refundedCents);
			expect(await refund(null, '2')).toEqual({ status: 'succeeded', amountCents: payment.amountCents - 100 });
			expect(await provider.retrieve(payment.id)).toMatchObject({ status: 'refunded', refundedCents: payment.amountCents });
			expect(await refund(null, '3')).toEqual({ status: 'succeeded', amountCents: 0 });
		});

		test('more than was paid, or what nobody has paid, is not given back', async () => {
			const [open, made] = [await create(), await paid()];
			const refusal = expect.toSatisfy((error) => error instanceof AppError && (!(error instanceof VendorError) || error.outcome === 'refused'));
			await expect(provider.refund({ paymentId: open.id, amountCents: null, idempotencyKey: `${open.id}:1` })).rejects.toEqual(refusal);
			expect((await provider.retrieve(open.id)).status).toBe('open');
			await expect(provider.refund({ paymentId: made.id, amountCents: made.amountCents + 1, idempotencyKey: `${made.id}:1` })).rejects.toEqual(refusal);
			expect(await provider.retrieve(made.id)).toMatchObject({ status: 'paid', refundedCents: 0 });
		});

		test.runIf(subject.unreachable !== null)('a vendor that can’t be reached: nothing was done, and the error says so', async () => {
			const away = subject.unreachable?.() ?? provider;
			const unreachable = expect.toSatisfy((error) => error instanceof VendorError && error.outcome === 'unreachable' && error.vendorStatus === null);
			await expect(away.create(await subject.newPayment())).rejects.toEqual(unreachable);
			await expect(away.retrieve('x')).rejects.toEqual(unreachable);
			await expect(away.end('x')).rejects.toEqual(unreachable);
			await expect(away.refund({ paymentId: 'x', amountCents: null, idempotencyKey: 'x' })).rejects.toEqual(unreachable);
		});

		test.runIf(subject.loseNextAnswer !== null)('an answer that was lost: it may have been done, and the repeat works', async () => {
			const wanted = await subject.newPayment();
			await subject.loseNextAnswer?.();
			await expect(provider.create(wanted)).rejects.toEqual(expect.toSatisfy((error) => error instanceof VendorError && error.outcome === 'ambiguous'));
			expect(await provider.create(wanted)).toMatchObject({ status: 'open', amountCents: wanted.amountCents });
		});
	});
}
