import type { Response } from 'express';
import type { JsonObject } from '../json.ts';

interface Detail {
	readonly domain: 'global' | 'calendar' | 'usageLimits' | 'push';
	readonly reason: string;
	readonly location?: string;
	readonly locationType?: 'parameter' | 'header';
}

/** An answer in the form of Google's JSON errors: https://developers.google.com/workspace/calendar/api/guides/errors */
export class GoogleError extends Error {
	readonly status: number;
	readonly detail: Detail;

	constructor(status: number, message: string, detail: Detail) {
		super(message);
		this.name = 'GoogleError';
		this.status = status;
		this.detail = detail;
	}

	body(): JsonObject {
		const { domain, reason, location, locationType } = this.detail;
		const place: JsonObject = location === undefined || locationType === undefined ? {} : { locationType, location };
		return { error: { errors: [{ domain, reason, message: this.message, ...place }], code: this.status, message: this.message } };
	}
}

export const notFound = () => new GoogleError(404, 'Not Found', { domain: 'global', reason: 'notFound' });
export const deleted = () => new GoogleError(410, 'Resource has been deleted', { domain: 'global', reason: 'deleted' });
export const duplicate = () => new GoogleError(409, 'The requested identifier already exists.', { domain: 'global', reason: 'duplicate' });
export const forbidden = (message = 'Forbidden', reason = 'forbidden') => new GoogleError(403, message, { domain: 'global', reason });
export const invalid = (message: string, location?: string) =>
	new GoogleError(400, message, { domain: 'global', reason: 'invalid', ...(location === undefined ? {} : { location, locationType: 'parameter' }) });
export const required = (message: string) => new GoogleError(400, message, { domain: 'global', reason: 'required' });
export const emptyRange = () => new GoogleError(400, 'The specified time range is empty.', { domain: 'calendar', reason: 'timeRangeEmpty', locationType: 'parameter', location: 'timeMax' });
export const preconditionFailed = () => new GoogleError(412, 'Precondition Failed', { domain: 'global', reason: 'conditionNotMet', locationType: 'header', location: 'If-Match' });
export const staleSync = () =>
	new GoogleError(410, 'Sync token is no longer valid, a full sync is required.', { domain: 'calendar', reason: 'fullSyncRequired', locationType: 'parameter', location: 'syncToken' });
export const unauthorized = () => new GoogleError(401, 'Invalid Credentials', { domain: 'global', reason: 'authError', locationType: 'header', location: 'Authorization' });

/** What a fault of a status looks like: 403 and 429 are the limits, 401 an expired token. */
export function faultOf(status: number): GoogleError {
	if (status === 403 || status === 429) return new GoogleError(status, 'Rate Limit Exceeded', { domain: 'usageLimits', reason: 'rateLimitExceeded' });
	if (status === 401) return unauthorized();
	if (status === 404) return notFound();
	if (status === 410) return staleSync();
	return new GoogleError(status, status >= 500 ? 'Backend Error' : 'Bad Request', { domain: 'global', reason: status >= 500 ? 'backendError' : 'badRequest' });
}

export function answerGoogleError(error: unknown, res: Response): void {
	if (!(error instanceof GoogleError)) throw error;
	res.status(error.status).json(error.body());
}
