/** `{ok: false, error_code, description, parameters}`. */
export class TelegramError extends Error {
	readonly code: number;
	readonly retryAfter: number | null;

	constructor(code: number, description: string, retryAfter: number | null = null) {
		super(description);
		this.name = 'TelegramError';
		this.code = code;
		this.retryAfter = retryAfter;
	}

	/** The answer's body. */
	toJSON(): Readonly<Record<string, unknown>> {
		return {
			ok: false,
			error_code: this.code,
			description: this.message,
			...(this.retryAfter === null ? {} : { parameters: { retry_after: this.retryAfter } }),
		};
	}
}

export function badRequest(reason: string): TelegramError {
	return new TelegramError(400, `Bad Request: ${reason}`);
}
