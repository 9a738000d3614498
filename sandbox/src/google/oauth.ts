import { createHash } from 'node:crypto';
import type { SandboxContext } from '../context.ts';
import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { GoogleError, unauthorized } from './errors.ts';
import type { GoogleAccount, GoogleGrant } from './state.ts';
import { isZone } from './time.ts';

/** The application that the sandbox knows. */
export const GOOGLE_CLIENT = { id: 'sandbox-client.apps.googleusercontent.com', secret: 'sandbox-google-secret' } as const;
/** Whose consent a page suggests when nobody is named. */
export const DEFAULT_EMAIL = 'business@gmail.example';
const CALENDAR_SCOPE = 'https://www.googleapis.com/auth/calendar';
const CODE_LIFETIME_MS = 10 * 60_000;
const ACCESS_LIFETIME_SECONDS = 3_599;

/** A token endpoint's refusal: `{error, error_description}`, RFC 6749. */
export class OAuthError extends Error {
	readonly status: number;
	readonly code: string;

	constructor(status: number, code: string, description: string) {
		super(description);
		this.name = 'OAuthError';
		this.status = status;
		this.code = code;
	}
}

export interface AuthorizationRequest {
	readonly clientId: string;
	readonly redirectUri: string;
	readonly scope: string;
	readonly state: string;
	readonly challenge: { readonly value: string; readonly method: 'S256' | 'plain' } | null;
	readonly offline: boolean;
	readonly forced: boolean;
	readonly loginHint: string;
}

/** Reads what an application asks for; a text says what is wrong. https://developers.google.com/identity/protocols/oauth2/web-server */
export function readAuthorization(query: URLSearchParams): AuthorizationRequest | string {
	const text = (name: string) => query.get(name) ?? '';
	if (text('client_id') !== GOOGLE_CLIENT.id) return 'Error 401: invalid_client. The OAuth client was not found.';
	if (text('response_type') !== 'code') return `Error 400: unsupported_response_type. ${text('response_type')}`;
	if (!/^https?:\/\//.test(text('redirect_uri'))) return 'Error 400: redirect_uri_mismatch. redirect_uri must be an absolute URL.';
	if (text('scope') === '') return 'Error 400: invalid_request. Missing required parameter: scope';
	const method = text('code_challenge_method') || 'plain';
	if (text('code_challenge') !== '' && method !== 'S256' && method !== 'plain') return `Error 400: invalid_request. Invalid code_challenge_method: ${method}`;
	return {
		clientId: text('client_id'), redirectUri: text('redirect_uri'), scope: text('scope'), state: text('state'),
		challenge: text('code_challenge') === '' ? null : { value: text('code_challenge'), method: method === 'S256' ? 'S256' : 'plain' },
		offline: text('access_type') === 'offline', forced: text('prompt').split(' ').includes('consent'), loginHint: text('login_hint'),
	};
}

/** The account of an e-mail address; made, with its primary calendar, when it is new. */
export function accountOf(context: SandboxContext, email: string, options: { name?: string; timeZone?: string } = {}): GoogleAccount {
	const { google } = context.store.current;
	const known = google.accounts[email];
	if (known !== undefined) return known;
	const account = { email, name: options.name || (email.split('@')[0] ?? email), timeZone: isZone(options.timeZone ?? '') ? (options.timeZone ?? '') : 'Europe/Madrid' };
	google.accounts[email] = account;
	google.calendars[email] = { id: email, owner: email, primary: true, summary: email, timeZone: account.timeZone, access: { [email]: 'owner' }, version: 1, oldestSync: 0, events: {} };
	context.store.changed();
	return account;
}

/** A person says yes (or no): where the browser goes next. `scope`: what was left ticked. */
export function decide(context: SandboxContext, request: AuthorizationRequest, answer: { email: string; allow: boolean; scope?: string }): string {
	const target = new URL(request.redirectUri);
	if (request.state !== '') target.searchParams.set('state', request.state);
	if (!answer.allow) {
		target.searchParams.set('error', 'access_denied');
		return target.href;
	}
	accountOf(context, answer.email);
	const scope = answer.scope ?? request.scope;
	const code = `4/0${alphanumeric(60)}`;
	context.store.current.google.codes[code] = {
		clientId: request.clientId, redirectUri: request.redirectUri, challenge: request.challenge, email: answer.email, scope, offline: request.offline, forced: request.forced,
		expiresAt: context.now() + CODE_LIFETIME_MS,
	};
	context.store.changed();
	target.searchParams.set('code', code);
	target.searchParams.set('scope', scope);
	return target.href;
}

/** `POST /token`. @throws OAuthError */
export function issueToken(context: SandboxContext, form: URLSearchParams): JsonObject {
	if (form.get('client_id') !== GOOGLE_CLIENT.id) throw new OAuthError(401, 'invalid_client', 'The OAuth client was not found.');
	if (form.get('client_secret') !== GOOGLE_CLIENT.secret) throw new OAuthError(401, 'invalid_client', 'The provided client secret is invalid.');
	const type = form.get('grant_type') ?? '';
	if (type === 'authorization_code') return exchange(context, form);
	if (type === 'refresh_token') return refresh(context, form.get('refresh_token') ?? '');
	throw new OAuthError(400, 'unsupported_grant_type', `Invalid grant_type: ${type}`);
}

function exchange(context: SandboxContext, form: URLSearchParams): JsonObject {
	const { google } = context.store.current;
	const key = form.get('code') ?? '';
	const code = google.codes[key];
	// A code works once.
	delete google.codes[key];
	context.store.changed();
	if (code === undefined || code.expiresAt <= context.now()) throw new OAuthError(400, 'invalid_grant', 'Malformed auth code.');
	if (form.get('redirect_uri') !== code.redirectUri) throw new OAuthError(400, 'redirect_uri_mismatch', 'Bad Request');
	if (code.challenge !== null) {
		const verifier = form.get('code_verifier') ?? '';
		if (verifier === '') throw new OAuthError(400, 'invalid_grant', 'Missing code verifier.');
		const shown = code.challenge.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
		if (shown !== code.challenge.value) throw new OAuthError(400, 'invalid_grant', 'Invalid code verifier.');
	}
	const before = Object.values(google.grants).some((grant) => grant.email === code.email && grant.clientId === code.clientId && !grant.revoked);
	const grant: GoogleGrant = { email: code.email, clientId: code.clientId, scope: code.scope, refreshToken: `1//0${alphanumeric(80)}`, revoked: false };
	google.grants[grant.refreshToken] = grant;
	// A refresh token is shown with the first consent only, unless consent is asked for again.
	return { ...accessToken(context, grant), ...(code.offline && (code.forced || !before) ? { refresh_token: grant.refreshToken } : {}) };
}

function refresh(context: SandboxContext, token: string): JsonObject {
	const grant = context.store.current.google.grants[token];
	if (grant === undefined || grant.revoked) throw new OAuthError(400, 'invalid_grant', 'Token has been expired or revoked.');
	return accessToken(context, grant);
}

function accessToken(context: SandboxContext, grant: GoogleGrant): JsonObject {
	const token = `ya29.${alphanumeric(120)}`;
	context.store.current.google.access[token] = { grant: grant.refreshToken, expiresAt: context.now() + ACCESS_LIFETIME_SECONDS * 1000 };
	context.store.changed();
	return { access_token: token, expires_in: ACCESS_LIFETIME_SECONDS, scope: grant.scope, token_type: 'Bearer' };
}

/** `POST /revoke`: the whole grant goes, whichever of its tokens is named. @throws OAuthError */
export function revokeToken(context: SandboxContext, token: string): void {
	const { google } = context.store.current;
	const grant = google.grants[token] ?? google.grants[google.access[token]?.grant ?? ''];
	if (grant === undefined || grant.revoked) throw new OAuthError(400, 'invalid_token', 'Token expired or revoked');
	revokeGrant(context, grant);
}

export function revokeGrant(context: SandboxContext, grant: GoogleGrant): void {
	const { google } = context.store.current;
	grant.revoked = true;
	for (const [token, access] of Object.entries(google.access)) if (access.grant === grant.refreshToken) delete google.access[token];
	context.store.changed();
}

/** Whose call this is. @throws GoogleError 401, or 403 when the calendar was not among what was allowed */
export function callerOf(context: SandboxContext, authorization: string | undefined): GoogleAccount {
	const { google } = context.store.current;
	const access = google.access[/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? ''];
	const grant = access === undefined ? undefined : google.grants[access.grant];
	if (access === undefined || grant === undefined || grant.revoked || access.expiresAt <= context.now()) throw unauthorized();
	if (!grant.scope.split(' ').some((scope) => scope.startsWith(CALENDAR_SCOPE))) {
		throw new GoogleError(403, 'Request had insufficient authentication scopes.', { domain: 'global', reason: 'insufficientPermissions' });
	}
	return accountOf(context, grant.email);
}
