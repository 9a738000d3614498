/** A Stripe error object: https://docs.stripe.com/api/errors */
export interface StripeErrorBody {
	readonly type: 'invalid_request_error' | 'api_error' | 'idempotency_error' | 'card_error' | 'rate_limit';
	readonly message: string;
	readonly code?: string;
	readonly param?: string;
}

/** An answer of Stripe that is not a success. */
export class StripeApiError extends Error {
	readonly status: number;
	readonly error: StripeErrorBody;
	/**
	 * Whether an idempotency key remembers this answer. Stripe keeps results from the moment an endpoint starts to
	 * execute: not for parameters that fail validation, bad keys, or rate limits.
	 */
	readonly kept: boolean;

	constructor(status: number, error: StripeErrorBody, kept = false) {
		super(error.message);
		this.name = 'StripeApiError';
		this.status = status;
		this.error = error;
		this.kept = kept;
	}
}

/** 400: a parameter is wrong. */
export function invalid(message: string, param?: string, code?: string): StripeApiError {
	return new StripeApiError(400, {
		type: 'invalid_request_error',
		message,
		...(param === undefined ? {} : { param }),
		...(code === undefined ? {} : { code }),
	});
}

/** 400: a required parameter is missing. */
export function missing(param: string): StripeApiError {
	return invalid(`Missing required param: ${param}.`, param, 'parameter_missing');
}

/** 404: `No such price: 'price_…'`. */
export function noSuch(kind: string, id: string, param = 'id'): StripeApiError {
	return new StripeApiError(
		404,
		{ type: 'invalid_request_error', code: 'resource_missing', message: `No such ${kind}: '${id}'`, param },
		true,
	);
}

/** 400, found while executing: the state of the object does not allow it. Remembered by idempotency keys. */
export function refused(message: string, code?: string): StripeApiError {
	return new StripeApiError(
		400,
		{ type: 'invalid_request_error', message, ...(code === undefined ? {} : { code }) },
		true,
	);
}
