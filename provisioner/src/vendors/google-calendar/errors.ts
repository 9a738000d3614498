import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { connectionError, VendorError, type VendorOutcome } from '../http.ts';

/** The account took its consent back, or the consent has ended: nothing works until the company connects its calendar again. */
export function disconnected(why: string): AppError {
	return new AppError('calendar_disconnected', `Google doesn't let us use this calendar any more (${why}). Connect it again.`, { status: 409 });
}

/** What Google answered, as far as it was read: the SDK's own error holds the request with its token, and is never passed on. */
export interface GoogleFailure {
	readonly status: number;
	/** "rateLimitExceeded", "notFound" …; '' when there is none. */
	readonly reason: string;
	readonly message: string;
	readonly retryAfterMs: number | null;
}

/** The SDK brings a fetch of its own, whose headers are not the global class. */
const headers = z.custom<Pick<Headers, 'get'>>((value) => typeof value === 'object' && value !== null && 'get' in value && typeof value.get === 'function');
const sdkError = z.object({ response: z.object({ status: z.number(), headers, data: z.unknown() }).optional() });
const errorBody = z.object({ error: z.object({ message: z.string().default(''), errors: z.array(z.object({ reason: z.string().default('') })).default([]) }) });

/** The answer in an error that the SDK threw; undefined when there was no answer. */
export function failureIn(error: unknown): GoogleFailure | undefined {
	const response = sdkError.safeParse(error).data?.response;
	if (response === undefined) return undefined;
	const body = errorBody.safeParse(response.data).data?.error;
	const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
	return { status: response.status, reason: body?.errors[0]?.reason ?? '', message: body?.message ?? '', retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : null };
}

/**
 * The error for a failed call of the Calendar API. https://developers.google.com/workspace/calendar/api/guides/errors
 * @param notFound what a 404 or 410 of this call means
 */
export function toCalendarError(operation: string, error: unknown, timeoutMs: number, notFound: () => AppError): AppError {
	const failure = failureIn(error);
	if (failure === undefined) return connectionError({ vendor: 'google_calendar', operation, timeoutMs }, causeOf(error));
	if (failure.status === 404 || failure.status === 410) return notFound();
	if (failure.status === 401) return disconnected('its access token is refused');
	if (failure.reason === 'insufficientPermissions') return disconnected('a permission that bookings need was not given');
	const words = [failure.reason, failure.message].filter((part) => part !== '').join(': ');
	return new VendorError('google_calendar', outcomeOf(failure), `Google Calendar answered ${failure.status} to ${operation}${words === '' ? '' : `: ${words.slice(0, 300)}`}`, {
		vendorStatus: failure.status, retryAfterMs: failure.retryAfterMs,
	});
}

const LIMITS: ReadonlySet<string> = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded', 'dailyLimitExceeded', 'calendarUsageLimitsExceeded']);

function outcomeOf({ status, reason }: GoogleFailure): VendorOutcome {
	if (status === 429 || (status === 403 && LIMITS.has(reason))) return 'rate_limited';
	// Google may have done it before it failed.
	return status >= 500 || status === 408 ? 'ambiguous' : 'refused';
}

/** The SDK wraps the connection's error. Nothing aborts a call but its time. */
function causeOf(error: unknown): unknown {
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	return cause instanceof Error && cause.name === 'AbortError' ? new DOMException('The call took too long.', 'TimeoutError') : cause;
}
