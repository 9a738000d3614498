import type { WahaSession, WahaStatus } from './state.ts';

/** An answer of WAHA that is not a success; `body` is sent as it is. */
export class WahaError extends Error {
	readonly status: number;
	readonly body: Readonly<Record<string, unknown>>;

	constructor(status: number, body: Readonly<Record<string, unknown>>) {
		super(String(body['message'] ?? body['error']));
		this.name = 'WahaError';
		this.status = status;
		this.body = body;
	}
}

export function sessionNotFound(name: string): WahaError {
	return new WahaError(404, { message: `Session "${name}" does not exist`, error: 'Not Found', statusCode: 404 });
}

export function badRequest(message: string): WahaError {
	return new WahaError(400, { message: [message], error: 'Bad Request', statusCode: 400 });
}

export function unprocessable(message: string): WahaError {
	return new WahaError(422, { message, error: 'Unprocessable Entity', statusCode: 422 });
}

/** The session is not in a status in which the call can work. */
export function wrongStatus(session: WahaSession, expected: readonly WahaStatus[]): WahaError {
	return new WahaError(422, {
		error: 'Session status is not as expected. Try again later or restart the session',
		session: session.name,
		status: session.status,
		expected,
	});
}
