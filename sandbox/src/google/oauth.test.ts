import { calendar } from '@googleapis/calendar';
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EMAIL, googleError, NO_RETRY, REDIRECT, SCOPE, startGoogleWorld, type GoogleWorld } from './test-support.ts';

let world: GoogleWorld;
beforeAll(async () => {
	world = await startGoogleWorld();
});
afterAll(() => world.sandbox.close());
beforeEach(() => world.reset());

const grantError = (error: string, description: string) => expect.objectContaining({ response: expect.objectContaining({ data: { error, error_description: description } }) });

describe('OAuth 2.0', () => {
	it('asks a person, who is sent back with a code that works once', async () => {
		const client = world.oauth();
		const url = client.generateAuthUrl({ access_type: 'offline', scope: SCOPE, state: 'st-1', login_hint: EMAIL });
		const page = await (await fetch(url)).text();
		expect(page).toContain('127.0.0.1:8080 wants access to your Google Account');
		const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ email: EMAIL, answer: 'allow' }), redirect: 'manual' });
		const location = new URL(answer.headers.get('location') ?? '');
		expect([answer.status, location.origin + location.pathname, location.searchParams.get('state'), location.searchParams.get('scope')]).toEqual([303, REDIRECT, 'st-1', SCOPE]);
		const code = location.searchParams.get('code') ?? '';
		const { tokens } = await client.getToken(code);
		expect(tokens).toMatchObject({ access_token: expect.stringMatching(/^ya29\./), refresh_token: expect.stringMatching(/^1\/\//), scope: SCOPE, token_type: 'Bearer' });
		await expect(client.getToken(code)).rejects.toEqual(grantError('invalid_grant', 'Malformed auth code.'));
	});

	it('sends whoever declines back with access_denied', async () => {
		const { location } = await world.consented({ answer: { deny: true } });
		expect(location.search).toBe('?state=st-1&error=access_denied');
	});

	it('wants the verifier that belongs to the challenge', async () => {
		const verifier = randomBytes(48).toString('base64url');
		const challenge = createHash('sha256').update(verifier).digest('base64url');
		const code = async () => {
			const { client, location } = await world.consented({ url: (one) => `${one.generateAuthUrl({ access_type: 'offline', scope: SCOPE })}&code_challenge=${challenge}&code_challenge_method=S256` });
			return { client, code: location.searchParams.get('code') ?? '' };
		};
		const first = await code();
		await expect(first.client.getToken({ code: first.code, codeVerifier: 'another' })).rejects.toEqual(grantError('invalid_grant', 'Invalid code verifier.'));
		const second = await code();
		await expect(second.client.getToken(second.code)).rejects.toEqual(grantError('invalid_grant', 'Missing code verifier.'));
		const third = await code();
		expect((await third.client.getToken({ code: third.code, codeVerifier: verifier })).tokens.refresh_token).toMatch(/^1\/\//);
	});

	it('shows a refresh token with the first consent, and again only when consent is asked for', async () => {
		await world.connected();
		const tokensOf = async (prompt?: string) => {
			const { client, location } = await world.consented({ url: (one) => one.generateAuthUrl({ access_type: 'offline', scope: SCOPE, ...(prompt === undefined ? {} : { prompt }) }) });
			return (await client.getToken(location.searchParams.get('code') ?? '')).tokens;
		};
		expect((await tokensOf()).refresh_token).toBeUndefined();
		expect((await tokensOf('consent')).refresh_token).toMatch(/^1\/\//);
	});

	it('refreshes an access token that has expired, until the grant is revoked', async () => {
		const { client, api } = await world.connected();
		world.clock += 3_600_000;
		// The SDK goes by its own world.clock, which has not moved: the first call is a 401.
		await expect(api.calendars.get({ calendarId: 'primary' })).rejects.toEqual(googleError(401, 'authError'));
		const { credentials } = await client.refreshAccessToken();
		expect(credentials.access_token).toMatch(/^ya29\./);
		expect((await api.calendars.get({ calendarId: 'primary' })).data.id).toBe(EMAIL);
		expect((await client.revokeToken(credentials.refresh_token ?? '')).data).toEqual({});
		await expect(client.refreshAccessToken()).rejects.toEqual(grantError('invalid_grant', 'Token has been expired or revoked.'));
		await expect(client.revokeToken(credentials.refresh_token ?? '')).rejects.toEqual(grantError('invalid_token', 'Token expired or revoked'));
	});

	it('can be revoked by the person, and expired, by control', async () => {
		const { client, api } = await world.connected();
		expect(await world.sandbox.post(`/google/accounts/${EMAIL}/expire-access`)).toEqual({ expired: 1 });
		await expect(api.calendars.get({ calendarId: 'primary' })).rejects.toEqual(googleError(401, 'authError'));
		await client.refreshAccessToken();
		expect(await world.sandbox.post(`/google/accounts/${EMAIL}/revoke`)).toEqual({ revoked: 1 });
		await expect(client.refreshAccessToken()).rejects.toEqual(grantError('invalid_grant', 'Token has been expired or revoked.'));
	});

	it('refuses another application, and a call for what was not allowed', async () => {
		const stranger = world.oauth();
		stranger._clientSecret = 'wrong';
		const { location } = await world.consented({ answer: { scope: 'openid' } });
		await expect(stranger.getToken(location.searchParams.get('code') ?? '')).rejects.toEqual(grantError('invalid_client', 'The provided client secret is invalid.'));
		const client = world.oauth();
		client.setCredentials((await client.getToken(location.searchParams.get('code') ?? '')).tokens);
		await expect(calendar({ version: 'v3', auth: client, rootUrl: world.sandbox.url }).calendars.get({ calendarId: 'primary' }, NO_RETRY)).rejects.toEqual(googleError(403, 'insufficientPermissions'));
		expect((await fetch(`${world.sandbox.url}/o/oauth2/v2/auth?client_id=nobody&response_type=code`)).status).toBe(400);
	});
});

