import type { ICredentialsDecrypted, IDataObject, IExecuteFunctions, IHookFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { AppError } from '../../core/errors.ts';

/** The one credential type of the package. */
export const CREDENTIAL_TYPE = 'conciergeApi';

const DEFAULT_TIMEOUT_MS = 30_000;
/** An import of a long list takes a while. */
const FILE_TIMEOUT_MS = 120_000;

export interface ConciergeCredential {
	readonly baseUrl: string;
	readonly apiKey: string;
}

export interface PlatformCall {
	readonly method: 'GET' | 'POST' | 'DELETE';
	/** Path with its leading slash; put ids in with `encodeURIComponent`. */
	readonly path: string;
	readonly query?: IDataObject;
	readonly body?: Readonly<Record<string, unknown>>;
	/** A file as the body, instead of JSON. */
	readonly file?: { readonly bytes: Buffer; readonly contentType: string };
	/** Repeating a call with the same key has no second effect. */
	readonly idempotencyKey?: string;
	/** W3C trace context of the turn that the call is for. */
	readonly traceparent?: string;
}

/** What became of one turn of a call for several. */
export type TurnOutcome = { readonly ok: true; readonly answer: unknown } | { readonly ok: false; readonly error: AppError };

export interface Platform {
	/**
	 * One call of the platform's HTTP API (docs/api.md).
	 * Resolves to the JSON of a 2xx answer (null without a body).
	 * Throws AppError with the problem's `code` and `status`; `platform_unreachable` (status 503) when there was no answer.
	 */
	request(call: PlatformCall): Promise<unknown>;
	/** The same for a file: resolves to its bytes. */
	download(call: PlatformCall): Promise<Buffer>;
	/**
	 * One call for several turns (at most MOST_TURNS): an outcome for each, in their order. A turn's own failure is an AppError with its problem's
	 * code and status and `details.ofTurn`; throws like `request` when the call itself fails.
	 */
	requestForTurns(path: string, turns: readonly Readonly<Record<string, unknown>>[]): Promise<TurnOutcome[]>;
}

/** How many turns the platform takes in one call. */
export const MOST_TURNS = 50;

/** The only way from a node to the platform. Reads the credential once, however many items and calls follow. */
export async function connectPlatform(context: IExecuteFunctions | IHookFunctions): Promise<Platform> {
	const credential = await context.getCredentials<ConciergeCredential>(CREDENTIAL_TYPE);
	const decrypted: ICredentialsDecrypted = { id: '', name: '', type: CREDENTIAL_TYPE, data: { ...credential } };
	const executionId: string | undefined = context.getExecutionId();

	async function answerTo(call: PlatformCall, more: Partial<IHttpRequestOptions> = {}): Promise<unknown> {
		const baseUrl = parseBaseUrl(credential.baseUrl);
		const options = { ...requestOptions(baseUrl, call, executionId), ...more };
		try {
			return await context.helpers.httpRequestWithAuthentication.call(context, CREDENTIAL_TYPE, options, { credentialsDecrypted: decrypted });
		} catch (error) {
			throw unreachable(baseUrl, error);
		}
	}

	async function request(call: PlatformCall): Promise<unknown> {
		const { statusCode, body } = parseAnswer(await answerTo(call));
		if (statusCode >= 200 && statusCode < 300) return body;
		throw problem(statusCode, body, credential.apiKey);
	}

	async function download(call: PlatformCall): Promise<Buffer> {
		const answer = await answerTo(call, { json: false, encoding: 'arraybuffer' });
		const bytes = isRecord(answer) && Buffer.isBuffer(answer['body']) ? answer['body'] : null;
		if (bytes !== null && isRecord(answer) && answer['statusCode'] === 200) return bytes;
		const { statusCode, body } = parseAnswer(isRecord(answer) ? { ...answer, body: bytes?.toString('utf8') } : answer);
		throw problem(statusCode, body, credential.apiKey);
	}

	async function requestForTurns(path: string, turns: readonly Readonly<Record<string, unknown>>[]): Promise<TurnOutcome[]> {
		const answer = await request({ method: 'POST', path, body: { data: turns } });
		const outcomes: readonly unknown[] = isRecord(answer) && Array.isArray(answer['data']) ? answer['data'] : [];
		if (outcomes.length !== turns.length) throw unexpectedAnswer('list');
		return outcomes.map((outcome): TurnOutcome => {
			if (!isRecord(outcome)) throw unexpectedAnswer('list');
			if (outcome['ok'] === true) return { ok: true, answer: outcome['answer'] };
			const status = isRecord(outcome['problem']) ? Number(outcome['problem']['status']) : NaN;
			return { ok: false, error: problem(Number.isInteger(status) ? status : 502, outcome['problem'], credential.apiKey, { ofTurn: true }) };
		});
	}
	return { request, download, requestForTurns };
}

function parseBaseUrl(text: string): string {
	const trimmed = text.trim().replace(/\/+$/, '');
	if (/^https?:\/\//i.test(trimmed) && URL.canParse(trimmed)) return trimmed;
	throw new AppError('invalid_base_url', 'The Base URL of the Concierge API credential is not an http(s) address.', {
		status: 400,
	});
}

function requestOptions(baseUrl: string, call: PlatformCall, executionId: string | undefined): IHttpRequestOptions {
	const headers: IDataObject = {};
	if (executionId !== undefined) headers['Concierge-Execution-Id'] = executionId;
	if (call.idempotencyKey !== undefined) headers['Idempotency-Key'] = call.idempotencyKey;
	if (call.traceparent !== undefined && call.traceparent !== '') headers['traceparent'] = call.traceparent;
	// As text: n8n leaves an empty object out of the request, and a JSON endpoint wants `{}`.
	if (call.body !== undefined) headers['Content-Type'] = 'application/json';
	if (call.file !== undefined) headers['Content-Type'] = call.file.contentType;
	return {
		method: call.method,
		url: `${baseUrl}${call.path}`,
		headers,
		...(call.query === undefined ? {} : { qs: call.query }),
		...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
		...(call.file === undefined ? {} : { body: call.file.bytes }),
		json: call.file === undefined,
		timeout: call.file === undefined ? DEFAULT_TIMEOUT_MS : FILE_TIMEOUT_MS,
		disableFollowRedirect: true,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
	};
}

function parseAnswer(answer: unknown): { statusCode: number; body: unknown } {
	if (!isRecord(answer) || typeof answer['statusCode'] !== 'number') return { statusCode: 0, body: null };
	const { statusCode, body } = answer;
	if (typeof body !== 'string') return { statusCode, body: body ?? null };
	try {
		return { statusCode, body: body === '' ? null : (JSON.parse(body) as unknown) };
	} catch {
		// A proxy's HTML page, for one.
		return { statusCode: statusCode < 300 ? 502 : statusCode, body: null };
	}
}

/** The platform's RFC 9457 problem as an error. Its texts are the platform's; the key is struck out all the same. */
function problem(status: number, body: unknown, apiKey: string, details: Record<string, unknown> = {}): AppError {
	const fields = isRecord(body) ? body : {};
	const text = (key: string): string => {
		const value = fields[key];
		return typeof value !== 'string' ? '' : apiKey === '' ? value : value.replaceAll(apiKey, '[API key]');
	};
	const message = text('detail') || text('title') || `The Concierge platform answered with status ${String(status)}.`;
	const listed = Object.fromEntries(['errors', 'slots'].filter((key) => Array.isArray(fields[key])).map((key) => [key, fields[key]]));
	return new AppError(text('code') || `http_${String(status)}`, message, { status, details: { ...listed, ...details } });
}

/** The cause is left out on purpose: n8n's HTTP errors carry the request with its Authorization header. */
function unreachable(baseUrl: string, error: unknown): AppError {
	const { origin } = new URL(baseUrl);
	return new AppError('platform_unreachable', `The Concierge platform can't be reached at ${origin}.`, {
		status: 503,
		details: { reason: networkReason(error) },
	});
}

function networkReason(error: unknown): string {
	let current: unknown = error;
	for (let depth = 0; depth < 5 && isRecord(current); depth += 1) {
		for (const key of ['code', 'httpCode']) {
			const value = current[key];
			if (typeof value === 'string' && /^E[A-Z_]+$/.test(value)) return value;
		}
		current = current['cause'];
	}
	return 'no answer';
}

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A 2xx answer that says something else than it should. */
export function unexpectedAnswer(what: string): AppError {
	return new AppError(
		'unexpected_answer',
		`The platform's ${what} has an unknown form. Is the node package older than the platform?`,
		{ status: 502 },
	);
}
