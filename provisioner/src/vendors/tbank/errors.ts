import { failureOf, VendorError } from '../http.ts';
import type { VendorAnswer, VendorRequest } from '../http.ts';

/**
 * Codes that say the terminal or its password are wrong, whatever was asked: 202 the terminal is blocked, 204 the token is wrong, 205 and
 * 501 there is no such terminal. https://developer.tbank.ru/eacq/intro/errors
 */
const WRONG_TERMINAL = new Set(['202', '204', '205', '501']);
/** What the bank answers while it is overloaded or its parts don't answer each other: it may have been done. */
const UNSURE = new Set(['99', '9999']);

/** T-Bank did not do it. `errorCode`: the bank's own, '' when its gateway answered or nobody. */
export class TbankError extends VendorError {
	readonly errorCode: string;

	constructor(cause: VendorError, errorCode: string) {
		super('tbank', cause.outcome, cause.message, { retryAfterMs: cause.retryAfterMs, vendorStatus: cause.vendorStatus });
		this.name = 'TbankError';
		this.errorCode = errorCode;
	}

	/** TerminalKey and Password are not those of a working terminal. */
	get wrongTerminal(): boolean {
		return WRONG_TERMINAL.has(this.errorCode);
	}
}

/** The bank answers 200 to what it refuses, and says so in the body. */
export function refusalOf(request: VendorRequest, answer: VendorAnswer, body: { ErrorCode: string; Message?: string | null | undefined; Details?: string | null | undefined }): TbankError {
	const words = [`${body.ErrorCode}`, body.Message, body.Details].filter((part) => part !== undefined && part !== null && part !== '').join(' ');
	return new TbankError(failureOf(request, answer, words, UNSURE.has(body.ErrorCode) ? 'ambiguous' : 'refused'), body.ErrorCode);
}

/** An answer that is not the API's: a gateway's page, an error of the server. It may have been done. */
export function brokenAnswer(request: VendorRequest, answer: VendorAnswer): TbankError {
	const limited = answer.status === 429;
	return new TbankError(failureOf(request, answer, '', limited ? 'rate_limited' : answer.status >= 400 && answer.status < 500 && answer.status !== 408 ? 'refused' : 'ambiguous'), '');
}
