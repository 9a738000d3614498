import type { Request, Response } from 'express';
import { GoogleError } from '../google/errors.ts';
import { isObject, parseJson } from '../json.ts';
import { StripeApiError } from '../stripe/errors.ts';
import { WahaError } from '../waha/errors.ts';

/** A control call that cannot be done; `{error: {message}}` with this status. */
export class ControlError extends Error {
	readonly status: number;

	constructor(status: number, message: string) {
		super(message);
		this.name = 'ControlError';
		this.status = status;
	}
}

/** The JSON object of a control request; an empty body is `{}`. */
export function controlBody(req: Request): Readonly<Record<string, unknown>> {
	if (!Buffer.isBuffer(req.body) || req.body.length === 0) return {};
	const body = parseJson(req.body.toString('utf8'));
	if (!isObject(body)) throw new ControlError(400, 'The body must be a JSON object.');
	return body;
}

/** Wraps a control handler: its result becomes the JSON answer, its errors `{error: {message}}`. */
export function control(
	handler: (req: Request) => unknown,
	status = 200,
): (req: Request, res: Response) => Promise<void> {
	return async (req, res) => {
		try {
			const result: unknown = await handler(req);
			res.status(status).json(result);
		} catch (error) {
			if (!(error instanceof ControlError || error instanceof WahaError || error instanceof StripeApiError || error instanceof GoogleError)) throw error;
			res.status(error.status).json({ error: { message: error.message } });
		}
	};
}
