import { z } from 'zod';
import { callVendor, VendorError } from '../http.ts';
import type { VendorRequest } from '../http.ts';
import { brokenAnswer, refusalOf, TbankError } from './errors.ts';
import { tokenOf } from './token.ts';

/** Whose payments they are: a terminal of a shop, from its account at the bank. */
export interface Terminal {
	readonly terminalKey: string;
	readonly password: string;
}

export interface NewTbankPayment {
	/** Our own, at most 36 characters. The bank makes another payment when it gets one twice. */
	readonly orderId: string;
	/** Kopecks. */
	readonly amount: number;
	/** Shown on the page; at most 140 characters. */
	readonly description: string;
	readonly language: 'ru' | 'en';
	readonly notificationUrl: string;
	readonly successUrl: string;
	readonly failUrl: string;
	/** The page can be paid until then; up to 90 days ahead. */
	readonly redirectDueDate: Date;
	/** Kept with the payment, and shown in the shop's account. */
	readonly data: Readonly<Record<string, string>>;
}

export interface TbankPayment {
	readonly paymentId: string;
	readonly orderId: string;
	/** The bank's word: NEW, CONFIRMED … https://developer.tbank.ru/eacq/intro/statuses */
	readonly status: string;
	/** Kopecks. */
	readonly amount: number;
}

/** What T-Bank's internet acquiring does, API v2. Every function throws TbankError (a VendorError) and nothing else. https://developer.tbank.ru/eacq/ */
export interface TbankClient {
	/** A payment in one stage (`PayType` O), and the page where it is paid. */
	init(terminal: Terminal, payment: NewTbankPayment): Promise<TbankPayment & { readonly paymentUrl: string }>;
	getState(terminal: Terminal, paymentId: string): Promise<TbankPayment>;
	/**
	 * Ends a payment that is not paid, gives back one that is: NEW → CANCELED, CONFIRMED → REFUNDED or PARTIAL_REFUNDED. A repeat with the
	 * same `externalRequestId` answers how the first one stands. `amount` in kopecks; null: all of it.
	 */
	cancel(
		terminal: Terminal,
		cancellation: { readonly paymentId: string; readonly amount: number | null; readonly externalRequestId: string },
	): Promise<{ readonly status: string; /** Kopecks, before and after. */ readonly originalAmount: number; readonly newAmount: number }>;
	/** Whether the bank takes this TerminalKey with this Password; asks for a payment that nobody has. */
	accepts(terminal: Terminal): Promise<boolean>;
}

/** Numbers come as numbers or as texts, by method. */
const text = z.union([z.string(), z.number()]).transform(String);
const kopecks = z.coerce.number().int().nonnegative();
const answer = z.object({ Success: z.boolean(), ErrorCode: text.default('0'), Message: z.string().nullish(), Details: z.string().nullish() });
const payment = z.object({ PaymentId: text, OrderId: text, Status: z.string(), Amount: kopecks });

/** @param options.url `https://securepay.tinkoff.ru/v2`, or a stand-in's address, without a slash at the end */
export function createTbankClient(options: { readonly url: string; readonly timeoutMs?: number }): TbankClient {
	async function call<T>(terminal: Terminal, method: string, params: Readonly<Record<string, unknown>>, schema: z.ZodType<T>): Promise<T> {
		const message = { TerminalKey: terminal.terminalKey, ...params };
		const request: VendorRequest = {
			vendor: 'tbank',
			operation: method,
			method: 'POST',
			url: `${options.url}/${method}`,
			json: { ...message, Token: tokenOf(message, terminal.password) },
			timeoutMs: options.timeoutMs ?? 10_000,
			secrets: [terminal.password],
		};
		const answered = await callVendor(request).catch((error: unknown) => {
			throw error instanceof VendorError ? new TbankError(error, '') : error;
		});
		const outcome = answer.safeParse(answered.json);
		if (!outcome.success) throw brokenAnswer(request, answered);
		if (!outcome.data.Success) throw refusalOf(request, answered, outcome.data);
		const body = schema.safeParse(answered.json);
		if (!body.success) throw brokenAnswer(request, answered);
		return body.data;
	}

	return {
		async init(terminal, wanted) {
			const made = await call(
				terminal,
				'Init',
				{
					Amount: wanted.amount,
					OrderId: wanted.orderId,
					// Half a pair of UTF-16 would be signed as something else than what is sent.
					Description: wanted.description.slice(0, 140).replace(/[\uD800-\uDBFF]$/, ''),
					PayType: 'O',
					Language: wanted.language,
					NotificationURL: wanted.notificationUrl,
					SuccessURL: wanted.successUrl,
					FailURL: wanted.failUrl,
					RedirectDueDate: wanted.redirectDueDate.toISOString().replace(/\.\d+Z$/, '+00:00'),
					DATA: wanted.data,
				},
				payment.extend({ PaymentURL: z.url() }),
			);
			return { ...toPayment(made), paymentUrl: made.PaymentURL };
		},
		async getState(terminal, paymentId) {
			return toPayment(await call(terminal, 'GetState', { PaymentId: paymentId }, payment));
		},
		async cancel(terminal, { paymentId, amount, externalRequestId }) {
			const done = await call(
				terminal,
				'Cancel',
				{ PaymentId: paymentId, ...(amount === null ? {} : { Amount: amount }), ExternalRequestId: externalRequestId },
				z.object({ Status: z.string(), OriginalAmount: kopecks, NewAmount: kopecks }),
			);
			return { status: done.Status, originalAmount: done.OriginalAmount, newAmount: done.NewAmount };
		},
		async accepts(terminal) {
			try {
				await call(terminal, 'GetState', { PaymentId: '1' }, z.unknown());
				return true;
			} catch (error) {
				// "No such payment" is an answer to somebody whom the bank knows.
				if (error instanceof TbankError && error.errorCode !== '' && error.outcome === 'refused') return !error.wrongTerminal;
				throw error;
			}
		},
	};
}

function toPayment({ PaymentId, OrderId, Status, Amount }: z.output<typeof payment>): TbankPayment {
	return { paymentId: PaymentId, orderId: OrderId, status: Status, amount: Amount };
}
