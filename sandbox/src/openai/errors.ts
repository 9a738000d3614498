import type { Response } from 'express';
import type { JsonObject } from '../json.ts';

/** The error that OpenAI gives with a status. */
export function failWith(res: Response, status: number, error: JsonObject = {}): void {
	const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error';
	const code = status === 429 ? 'rate_limit_exceeded' : null;
	res.status(status).json({ error: { message: `Sandbox fault ${status}`, type, param: null, code, ...error } });
}

export function fail(res: Response, status: number, message: string, type: string, code: string | null): void {
	res.status(status).json({ error: { message, type, param: null, code } });
}
