import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { callVendor, failureOf, VendorError, type VendorAnswer, type VendorRequest } from '../http.ts';
import { disconnected } from './errors.ts';

/** What bookings need, no more: https://developers.google.com/workspace/calendar/api/auth */
export const SCOPES = ['events', 'freebusy', 'calendarlist.readonly', 'app.created'].map((part) => `https://www.googleapis.com/auth/calendar.${part}`);
const TIMEOUT_MS = 10_000;

export interface AccessToken {
	readonly accessToken: string;
	readonly expiresAt: Date;
}

export interface CalendarGrant extends AccessToken {
	/** Lives until the account takes it back. A secret. */
	readonly refreshToken: string;
}

/** Google's OAuth 2.0 for web servers: https://developers.google.com/identity/protocols/oauth2/web-server */
export interface GoogleOAuth {
	/** The consent page. @param codeChallenge base64url SHA-256 of the verifier that `exchangeCode` gets (PKCE) */
	authorizationUrl(request: { readonly state: string; readonly codeChallenge: string; readonly redirectUri: string; readonly loginHint?: string }): string;
	/** A code works once. @throws AppError calendar_code_invalid, calendar_permission_missing; VendorError */
	exchangeCode(code: { readonly code: string; readonly codeVerifier: string; readonly redirectUri: string }): Promise<CalendarGrant>;
	/** @throws AppError calendar_disconnected when the consent has ended; VendorError */
	refresh(refreshToken: string): Promise<AccessToken>;
	/** Ends the consent; one that has ended is no error. @throws VendorError */
	revoke(token: string): Promise<void>;
}

export interface GoogleOAuthOptions {
	/** In place of Google's own hosts: has `/o/oauth2/v2/auth`, `/token` and `/revoke`. */
	readonly url?: string | undefined;
	readonly clientId: string;
	readonly clientSecret: string;
	readonly now?: () => Date;
	readonly timeoutMs?: number;
}

const issued = z.object({ access_token: z.string().min(1), expires_in: z.number(), scope: z.string().default(''), refresh_token: z.string().optional() });
const refused = z.object({ error: z.string(), error_description: z.string().default('') });

export function createGoogleOAuth(options: GoogleOAuthOptions): GoogleOAuth {
	const { clientId, clientSecret } = options;
	const now = options.now ?? (() => new Date());
	const tokens = options.url ?? 'https://oauth2.googleapis.com';

	async function token(operation: string, form: Readonly<Record<string, string>>, refusal: (error: string) => AppError | undefined): Promise<z.output<typeof issued>> {
		const request: VendorRequest = {
			vendor: 'google_calendar', operation, method: 'POST', url: `${tokens}/token`, timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
			params: new URLSearchParams({ ...form, client_id: clientId, client_secret: clientSecret }), secrets: [clientSecret, ...Object.values(form)],
		};
		const answer = await callVendor(request);
		if (answer.status >= 300) {
			const { error = '', error_description: words = '' } = refused.safeParse(answer.json).data ?? {};
			const hint = error === 'invalid_client' ? ' Check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.' : '';
			throw refusal(error) ?? failureOf(request, answer, `${[error, words].filter((part) => part !== '').join(': ')}${hint}`, outcomeOf(answer));
		}
		const parsed = issued.safeParse(answer.json);
		if (!parsed.success) throw new VendorError('google_calendar', 'ambiguous', `Google answered ${operation} in an unknown form.`, { vendorStatus: answer.status });
		return parsed.data;
	}

	const access = ({ access_token: accessToken, expires_in: seconds }: z.output<typeof issued>): AccessToken => ({ accessToken, expiresAt: new Date(now().getTime() + seconds * 1000) });

	return {
		authorizationUrl({ state, codeChallenge, redirectUri, loginHint }) {
			const query = new URLSearchParams({
				client_id: clientId, redirect_uri: redirectUri, response_type: 'code', scope: SCOPES.join(' '), state, code_challenge: codeChallenge, code_challenge_method: 'S256',
				// A refresh token comes with `offline`, and with every consent only when consent is asked for.
				access_type: 'offline', prompt: 'consent', ...(loginHint === undefined ? {} : { login_hint: loginHint }),
			});
			return `${options.url ?? 'https://accounts.google.com'}/o/oauth2/v2/auth?${query}`;
		},
		async exchangeCode({ code, codeVerifier, redirectUri }) {
			const grant = await token('exchange the code', { grant_type: 'authorization_code', code, code_verifier: codeVerifier, redirect_uri: redirectUri }, (error) =>
				error === 'invalid_grant' ? new AppError('calendar_code_invalid', 'Google does not know this consent (it was used before, or took too long). Connect the calendar again.', { status: 400 }) : undefined,
			);
			const given = new Set(grant.scope.split(' '));
			const missing = SCOPES.filter((scope) => !given.has(scope));
			if (missing.length > 0) {
				const names = missing.map((scope) => scope.split('/').at(-1)).join(', ');
				throw new AppError('calendar_permission_missing', `Not everything that bookings need was allowed: ${names} is missing. Connect again and leave every box ticked.`, { status: 422, details: { missing } });
			}
			if (grant.refresh_token === undefined) throw new VendorError('google_calendar', 'refused', 'Google gave no refresh token with this consent. Connect the calendar again.');
			return { ...access(grant), refreshToken: grant.refresh_token };
		},
		async refresh(refreshToken) {
			return access(await token('refresh the access token', { grant_type: 'refresh_token', refresh_token: refreshToken }, (error) => (error === 'invalid_grant' ? disconnected('its consent has ended') : undefined)));
		},
		revoke: createRevocation(options),
	};
}

/** Needs no client of ours: a consent can be given back when calendars are off by now. @param options.url in place of Google's own host: has `/revoke` */
export function createRevocation({ url = 'https://oauth2.googleapis.com', timeoutMs = TIMEOUT_MS }: Pick<GoogleOAuthOptions, 'url' | 'timeoutMs'>): GoogleOAuth['revoke'] {
	return async (ended) => {
		const request: VendorRequest = { vendor: 'google_calendar', operation: 'revoke the consent', method: 'POST', url: `${url}/revoke`, timeoutMs, params: new URLSearchParams({ token: ended }), secrets: [ended] };
		const answer = await callVendor(request);
		const { error = '' } = refused.safeParse(answer.json).data ?? {};
		if (answer.status >= 300 && error !== 'invalid_token') throw failureOf(request, answer, error, outcomeOf(answer));
	};
}

function outcomeOf({ status }: VendorAnswer): 'ambiguous' | undefined {
	return status >= 500 ? 'ambiguous' : undefined;
}
