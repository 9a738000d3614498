import { AppError } from '../../../core/errors.ts';

/**
 * What is known of a call that did not succeed:
 * - `refused`: the vendor answered that it did not do it;
 * - `rate_limited`: refused for now, `retryAfterMs` says for how long;
 * - `unreachable`: the request never reached the vendor's service, so nothing was done;
 * - `ambiguous`: the request left and no answer came (or the answer is a gateway's): it may have been done.
 */
export type VendorOutcome = 'refused' | 'rate_limited' | 'unreachable' | 'ambiguous';

/** A vendor's call failed. `code` is `<vendor>_<outcome>`; messages carry no URL (Telegram's holds the token) and no secret. */
export class VendorError extends AppError {
	readonly vendor: string;
	readonly outcome: VendorOutcome;
	/** How long the vendor asks to wait, in milliseconds; null when it doesn't say. */
	readonly retryAfterMs: number | null;
	/** The vendor's HTTP status; null when there was no answer. */
	readonly vendorStatus: number | null;

	constructor(
		vendor: string,
		outcome: VendorOutcome,
		message: string,
		options: { retryAfterMs?: number | null; vendorStatus?: number | null } = {},
	) {
		super(`${vendor}_${outcome}`, message, { status: outcome === 'rate_limited' ? 503 : 502 });
		this.name = 'VendorError';
		this.vendor = vendor;
		this.outcome = outcome;
		this.retryAfterMs = options.retryAfterMs ?? null;
		this.vendorStatus = options.vendorStatus ?? null;
	}
}

export interface VendorRequest {
	readonly vendor: string;
	/** Named in errors instead of the URL. */
	readonly operation: string;
	readonly method: string;
	readonly url: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly json?: unknown;
	/** Instead of `json`: JSON text that must go out byte for byte, because it is signed. */
	readonly jsonText?: string;
	/** Instead of `json`: a multipart body. */
	readonly form?: FormData;
	/** Instead of `json`: a form, as OAuth's token endpoints take it. */
	readonly params?: URLSearchParams;
	readonly timeoutMs: number;
	/** Never to appear in an error, even when the vendor echoes them. */
	readonly secrets: readonly string[];
	/** Aborting it ends the call as `ambiguous`. */
	readonly signal?: AbortSignal;
}

export interface VendorAnswer {
	readonly status: number;
	/** Parsed JSON; undefined when the body is empty or isn't JSON. */
	readonly json: unknown;
	readonly retryAfterMs: number | null;
}

/** Errors of the connection's making: no byte of the request was processed. Node's and undici's codes. */
const NEVER_LEFT = new Set([
	'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL',
	'UND_ERR_CONNECT_TIMEOUT', 'ERR_INVALID_URL', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * One HTTP call to a vendor. Any status is an answer; what it means is the client's matter (see `failureOf`).
 * @throws VendorError `unreachable` or `ambiguous` when no whole answer came within `timeoutMs`.
 */
export async function callVendor(request: VendorRequest): Promise<VendorAnswer> {
	const timeout = AbortSignal.timeout(request.timeoutMs);
	const text = request.jsonText ?? (request.json === undefined ? undefined : JSON.stringify(request.json));
	const body = request.form ?? request.params ?? text;
	try {
		const response = await fetch(request.url, {
			method: request.method,
			headers: { accept: 'application/json', ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...request.headers },
			...(body === undefined ? {} : { body }),
			// A redirect would carry the credentials elsewhere.
			redirect: 'manual',
			signal: request.signal ? AbortSignal.any([timeout, request.signal]) : timeout,
		});
		return { status: response.status, json: parseJson(await response.text()), retryAfterMs: retryAfter(response.headers.get('retry-after')) };
	} catch (error) {
		throw connectionError(request, error);
	}
}

/**
 * The error for an answer that is not a success. `description` is the vendor's own, shown without secrets.
 * 408, 502 and 504 are a gateway's words about a vendor that did not answer it: ambiguous.
 */
export function failureOf(
	request: Pick<VendorRequest, 'vendor' | 'operation' | 'secrets'>,
	answer: Pick<VendorAnswer, 'status' | 'retryAfterMs'>,
	description: string,
	outcome?: VendorOutcome,
): VendorError {
	const known = outcome ?? outcomeOf(answer.status);
	const words = description === '' ? '' : `: ${redact(description, request.secrets).slice(0, 300)}`;
	return new VendorError(request.vendor, known, `${request.vendor} answered ${answer.status} to ${request.operation}${words}`, {
		retryAfterMs: answer.retryAfterMs,
		vendorStatus: answer.status,
	});
}

/**
 * What is known of a message that a vendor answered with this: an error of its own (5xx) does not say that nothing was done, so it is ambiguous,
 * unless it asks to be called again after a while. undefined: as of any call.
 */
export function outcomeOfSend({ status, retryAfterMs }: Pick<VendorAnswer, 'status' | 'retryAfterMs'>): VendorOutcome | undefined {
	if (status < 500) return undefined;
	return retryAfterMs === null ? 'ambiguous' : 'rate_limited';
}

function outcomeOf(status: number): VendorOutcome {
	if (status === 429) return 'rate_limited';
	if (status === 408 || status === 502 || status === 504) return 'ambiguous';
	return 'refused';
}

/** The error for a call that got no whole answer. */
export function connectionError(request: Pick<VendorRequest, 'vendor' | 'operation' | 'timeoutMs'>, error: unknown): VendorError {
	const code = codeOf(error);
	// The error itself is not kept as `cause`: fetch puts the URL into some of its messages.
	if (NEVER_LEFT.has(code)) {
		return new VendorError(request.vendor, 'unreachable', `${request.vendor} can't be reached for ${request.operation} (${code}). Check its URL and that it runs.`);
	}
	const reason = code === 'TimeoutError' ? `no answer within ${request.timeoutMs} ms` : `the connection ended without an answer (${code})`;
	return new VendorError(request.vendor, 'ambiguous', `${request.vendor}: ${reason} to ${request.operation}. It may have been done.`);
}

/** The code of the innermost cause: undici wraps the socket's error in "fetch failed", and several addresses in an AggregateError. */
function codeOf(error: unknown): string {
	if (!(error instanceof Error)) return 'unknown';
	if (error.name === 'TimeoutError' || error.name === 'AbortError') return error.name;
	if (error instanceof AggregateError && error.errors.length > 0 && !hasCode(error)) return codeOf(error.errors[0]);
	if (error.cause instanceof Error) return codeOf(error.cause);
	return hasCode(error) ? error.code : error.name;
}

function hasCode(error: Error): error is Error & { code: string } {
	return 'code' in error && typeof error.code === 'string';
}

function redact(text: string, secrets: readonly string[]): string {
	return secrets.filter((secret) => secret !== '').reduce((shown, secret) => shown.replaceAll(secret, '•••'), text);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** Retry-After in seconds; the date form is not used by these vendors. */
function retryAfter(header: string | null): number | null {
	const seconds = Number(header ?? '');
	return header !== null && header !== '' && Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : null;
}
