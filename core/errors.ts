/**
 * The one error base of Concierge. `code` is stable and documented (docs/errors.md); `message` says what was wrong, with
 * which value, and what to do. Over HTTP it becomes an RFC 9457 problem with the same `code` and `status`.
 * Never put a secret or a customer's text in `message` or `details`.
 */
export class AppError extends Error {
	readonly code: string;
	/** HTTP status that this error maps to. */
	readonly status: number;
	/** Machine-readable extras for the problem body, e.g. `{ errors: [{ path, message }] }`. */
	readonly details: Readonly<Record<string, unknown>>;

	constructor(
		code: string,
		message: string,
		options: { status?: number; cause?: unknown; details?: Record<string, unknown> } = {},
	) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = 'AppError';
		this.code = code;
		this.status = options.status ?? 500;
		this.details = options.details ?? {};
	}
}
