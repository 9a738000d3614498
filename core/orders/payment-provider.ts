/**
 * What every payment provider does for an order, whatever its API is like. One adapter a provider; `test/contracts/payment-provider.ts`
 * is what each of them must do.
 */
export const PAYMENT_PROVIDERS = ['stripe', 'tbank', 'manual'] as const;
export type PaymentProviderName = (typeof PAYMENT_PROVIDERS)[number];

/**
 * - `open`: can be paid;
 * - `processing`: the customer has done their part, the money is not here yet;
 * - `paid`: the whole sum came, and at least a part of it is still here;
 * - `expired`: ended without money;
 * - `refunded`: the whole sum was given back.
 */
export type PaymentStatus = 'open' | 'processing' | 'paid' | 'expired' | 'refunded';

export interface PaymentCapabilities {
	/** ISO 4217, lower case; `any`: whatever the account takes. */
	readonly currencies: readonly string[] | 'any';
	/** How long a payment can wait for its customer, in milliseconds. */
	readonly shortestLifeMs: number;
	readonly longestLifeMs: number;
	/** The provider has a page where the customer pays; without one we show how to. */
	readonly hostedPage: boolean;
	/** A repeat with the same idempotency key gets the payment that was made first. Without it, the one whose address we gave out is the payment. */
	readonly idempotentCreate: boolean;
	/** `by_hand`: nobody but the business can send the money back. */
	readonly refunds: 'provider' | 'by_hand';
	readonly partialRefunds: boolean;
}

export interface PaymentLine {
	readonly name: string;
	readonly quantity: number;
	/** Minor units of the payment's currency. */
	readonly unitCents: number;
}

export interface NewPayment {
	/** Derived from our order and attempt: the same payment has the same one, whatever crashed meanwhile. */
	readonly idempotencyKey: string;
	readonly orderId: string;
	/** Counts the payments of an order from 1. */
	readonly attempt: number;
	/** Minor units; the sum of the lines. */
	readonly amountCents: number;
	/** ISO 4217, lower case. */
	readonly currency: string;
	readonly lines: readonly PaymentLine[];
	/** Of the page: a two-letter code, or `auto`. */
	readonly locale: string;
	/** Where the customer comes back to after paying. */
	readonly successUrl: string;
	readonly expiresAt: Date;
	readonly metadata: { readonly order_id: string; readonly conversation_id: string; readonly company_id: string };
}

/** A payment as the provider knows it now. */
export interface Payment {
	readonly id: string;
	/** What its refunds and disputes name: Stripe's payment intent, the id elsewhere; null while nothing was paid. */
	readonly reference: string | null;
	/** Where the customer pays; '' without a page, or when it can't be paid any more. */
	readonly url: string;
	readonly status: PaymentStatus;
	/** What was asked for, in minor units, as the provider counts it. */
	readonly amountCents: number;
	/** What was given back; null when the provider doesn't say how much. */
	readonly refundedCents: number | null;
	readonly currency: string;
	readonly expiresAt: Date;
}

export interface NewRefund {
	readonly paymentId: string;
	/** Minor units; null: all that is left. */
	readonly amountCents: number | null;
	readonly idempotencyKey: string;
}

export interface Refund {
	/** `pending`: the provider does it later. `by_hand`: the business sends the money itself; nothing was moved. */
	readonly status: 'succeeded' | 'pending' | 'by_hand';
	/** Minor units of this refund. */
	readonly amountCents: number;
}

/** A provider, on one account of one company. Every function throws VendorError when the vendor does not do it, or gives no answer. */
export interface PaymentProvider {
	readonly name: PaymentProviderName;
	readonly capabilities: PaymentCapabilities;
	create(payment: NewPayment): Promise<Payment>;
	retrieve(paymentId: string): Promise<Payment>;
	/** Ends an open payment so that nobody can pay it. Returns its state then: one that ended before is success, `paid` means the customer was faster. */
	end(paymentId: string): Promise<PaymentStatus>;
	/** Gives money back; a repeat with the same key, and a payment that was given back before, change nothing. */
	refund(refund: NewRefund): Promise<Refund>;
}

/** Why the provider can't charge in a currency, in words for the operator; null when it can. */
export function currencyProblem(provider: PaymentProviderName, capabilities: Pick<PaymentCapabilities, 'currencies'>, currency: string): string | null {
	if (capabilities.currencies === 'any' || capabilities.currencies.includes(currency)) return null;
	const taken = capabilities.currencies.map((one) => one.toUpperCase()).join(', ');
	return `${PROVIDER_NAMES[provider]} takes ${taken} only, and the company's currency is ${currency.toUpperCase()}. Change the currency, or choose another provider.`;
}

/** When a payment for something that waits until `wanted` ends, within the provider's bounds. */
export function paymentEnd(capabilities: Pick<PaymentCapabilities, 'shortestLifeMs' | 'longestLifeMs'>, wanted: Date, now: Date): Date {
	const left = wanted.getTime() - now.getTime();
	return new Date(now.getTime() + Math.min(capabilities.longestLifeMs, Math.max(capabilities.shortestLifeMs, left)));
}

/** As people know them. */
export const PROVIDER_NAMES: Readonly<Record<PaymentProviderName, string>> = { stripe: 'Stripe', tbank: 'T-Bank', manual: 'Payment by hand' };
