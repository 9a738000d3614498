import { calendar, type calendar_v3 } from '@googleapis/calendar';
import type { AppError } from '../../../../core/errors.ts';
import { failureIn, toCalendarError } from './errors.ts';
import type { AccessToken, GoogleOAuth } from './oauth.ts';

/** Calls of the Calendar API for one account. */
export interface CalendarCalls {
	/**
	 * One call of the SDK, with a valid access token. One that is refused is refreshed once.
	 * @param absent what a 404 or 410 means
	 * @throws AppError calendar_disconnected, or that of `absent`; VendorError
	 */
	call<T>(operation: string, run: (api: calendar_v3.Calendar, options: CallOptions) => Promise<{ readonly data: T }>, absent: () => AppError): Promise<T>;
}

/** What every method of the SDK takes beside its parameters. */
export interface CallOptions {
	readonly rootUrl: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly timeout: number;
	/** Who calls decides what is tried again, and when. */
	readonly retry: false;
}

/** Before its end a token is not used any more: the call has to arrive. */
const MARGIN_MS = 60_000;
/** Tokens of more accounts would only be kept in vain. */
const MOST_TOKENS = 5_000;

/** Access tokens, kept in memory until they end; one refresh at a time for an account. */
export function createCalendarAccess(options: { url: string; oauth: GoogleOAuth; now: () => Date; timeoutMs: number }): (refreshToken: string) => CalendarCalls {
	const { oauth, now, timeoutMs } = options;
	const api = calendar({ version: 'v3' });
	const tokens = new Map<string, AccessToken>();
	const running = new Map<string, Promise<AccessToken>>();

	async function accessToken(refreshToken: string): Promise<string> {
		const kept = tokens.get(refreshToken);
		if (kept !== undefined && kept.expiresAt.getTime() - MARGIN_MS > now().getTime()) return kept.accessToken;
		const refreshing = running.get(refreshToken) ?? oauth.refresh(refreshToken).finally(() => running.delete(refreshToken));
		running.set(refreshToken, refreshing);
		const token = await refreshing;
		if (tokens.size >= MOST_TOKENS) tokens.clear();
		tokens.set(refreshToken, token);
		return token.accessToken;
	}

	return (refreshToken) => ({
		async call(operation, run, absent) {
			for (let attempt = 1; ; attempt += 1) {
				const token = await accessToken(refreshToken);
				try {
					return (await run(api, { rootUrl: options.url, headers: { Authorization: `Bearer ${token}` }, timeout: timeoutMs, retry: false })).data;
				} catch (error) {
					const stale = attempt === 1 && failureIn(error)?.status === 401;
					if (!stale) throw toCalendarError(operation, error, timeoutMs, absent);
					if (tokens.get(refreshToken)?.accessToken === token) tokens.delete(refreshToken);
				}
			}
		},
	});
}
