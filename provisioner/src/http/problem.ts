import type { ServerResponse } from 'node:http';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { AppError } from '../../../core/errors.ts';

/** RFC 9457 problem details, with our stable `code`. https://www.rfc-editor.org/rfc/rfc9457 */
export const problemSchema = z
	.looseObject({
		type: z.string(),
		title: z.string(),
		status: z.int(),
		detail: z.string(),
		code: z.string(),
	})
	.meta({ id: 'Problem', description: 'What went wrong (RFC 9457). `code` is stable.' });

const TITLES: Readonly<Record<number, string>> = {
	400: 'Bad request',
	401: 'Unauthorized',
	403: 'Forbidden',
	404: 'Not found',
	408: 'Request timeout',
	409: 'Conflict',
	413: 'Content too large',
	415: 'Unsupported media type',
	422: 'Unprocessable content',
	429: 'Too many requests',
	502: 'Bad gateway',
	503: 'Service unavailable',
};

export function toProblem(error: AppError): z.infer<typeof problemSchema> {
	return {
		...error.details,
		type: 'about:blank',
		title: TITLES[error.status] ?? 'Internal server error',
		status: error.status,
		detail: error.message,
		code: error.code,
	};
}

export const notFound: RequestHandler = (request, _response, next) => {
	next(new AppError('route_not_found', `There is no ${request.method} ${request.path}. See /docs.`, { status: 404 }));
};

/** The one error handler of express's routes. */
export function problemHandler(log: Logger): ErrorRequestHandler {
	return (error: unknown, request, response, next) => {
		if (response.headersSent) next(error);
		else sendProblem(log, error, `${request.method} ${request.path}`, response);
	};
}

/**
 * The one mapping of errors to answers. What isn't an AppError is a defect: logged whole, answered without detail. A `retry_after` in
 * the details (seconds) is also a header.
 */
export function sendProblem(log: Logger, error: unknown, route: string, response: ServerResponse): void {
	const known = asAppError(error);
	if (known.status >= 500) log.error({ err: error, route }, known.message);
	if (known.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
	const retryAfter = known.details['retry_after'];
	if (typeof retryAfter === 'number') response.setHeader('Retry-After', String(Math.max(1, Math.ceil(retryAfter))));
	const body = JSON.stringify(toProblem(known));
	response.writeHead(known.status, { 'Content-Type': 'application/problem+json; charset=utf-8', 'Content-Length': Buffer.byteLength(body) }).end(body);
}

/** What isn't an AppError is a defect: its detail is nobody's business. */
export function asAppError(error: unknown): AppError {
	if (error instanceof AppError) return error;
	// express's own body parsers (http-errors): client mistakes carry `status` and `type`.
	const type = error instanceof Error && 'type' in error ? error.type : undefined;
	switch (type) {
		case 'entity.too.large':
			return new AppError('body_too_large', 'The body is larger than this route accepts. Send less at once.', { status: 413 });
		case 'entity.parse.failed':
			return new AppError('body_not_json', 'The body is not valid JSON. Check the quotes and commas.', { status: 400 });
		case 'encoding.unsupported':
		case 'charset.unsupported':
			return new AppError('encoding_not_supported', 'Send the body as UTF-8, without or with gzip encoding.', { status: 415 });
		case 'request.aborted':
			return new AppError('request_aborted', 'The connection closed before the body was complete.', { status: 400 });
		default:
			return new AppError('internal_error', 'Something went wrong on our side. Try again; the error is logged.', { cause: error });
	}
}
